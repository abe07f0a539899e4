//! How many values there could be of what nobody may guess: an upper bound, by what a run was given of it.

use super::Observation;
use crate::record::Strength;

/// So many are looked at, or none: few of them show nothing of the rest.
pub const ENOUGH: usize = 8;
/// What RFC 6749 10.10 demands, in bits. A random UUID has 122, and is only warned of.
const DEMANDED: f64 = 128.0;
const LEAST: f64 = 120.0;

/// Whether values like these are too many to be guessed, as far as their characters tell; `None` of too few.
///
/// Only where they differ can chance be, and no character holds more of it than its alphabet has. So a counter, a time or a
/// short number is found out. Chance that is badly made is not.
pub fn is_unguessable(what: &str, values: &[(String, u32)]) -> Option<Observation> {
    if values.len() < ENOUGH {
        return None;
    }
    let bits = most(values.iter().map(|(value, _)| value.as_str()));
    let observed = format!("{} {what}, of which there could be 2^{bits:.0} at most", values.len());
    let cites = values.iter().map(|(_, number)| *number).take(ENOUGH).collect();
    let seen = Observation::new(bits >= DEMANDED, "2^128 possible values", observed, cites);
    Some(if bits < LEAST { seen } else { seen.with_strength(Strength::Should) })
}

/// The most bits of chance that these can hold.
fn most<'v>(values: impl Iterator<Item = &'v str>) -> f64 {
    let all: Vec<Vec<char>> = values.map(|value| value.chars().collect()).collect();
    let shortest = all.iter().map(Vec::len).min().unwrap_or(0);
    // What they begin or end alike with is no chance, nor is any place in between where all are the same.
    let differs = |at: &usize| all.iter().any(|value| value.get(*at) != all.first().and_then(|first| first.get(*at)));
    let places: Vec<usize> = (0..shortest).filter(differs).collect();
    let used = places.iter().flat_map(|at| all.iter().filter_map(|value| value.get(*at).copied()));
    places.len() as f64 * alphabet(used).log2()
}

/// How many characters the alphabet has that these are from.
fn alphabet(used: impl Iterator<Item = char>) -> f64 {
    let mut known = [false; 4];
    let mut hex = true;
    for one in used {
        hex &= one.is_ascii_hexdigit();
        let class = match one {
            '0'..='9' => 0,
            'a'..='z' => 1,
            'A'..='Z' => 2,
            _ => 3,
        };
        known[class] = true;
    }
    match known {
        [true, false, false, false] => 10.0,
        _ if hex && known != [true, true, true, false] => 16.0,
        _ => [10.0, 26.0, 26.0, 32.0].iter().zip(known).filter(|(_, known)| *known).map(|(size, _)| size).sum(),
    }
}
