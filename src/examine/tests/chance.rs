//! What nobody may guess.

use super::super::chance::*;
use crate::record::Strength;

fn seen(values: impl Iterator<Item = String>) -> Option<(bool, Strength)> {
    let values: Vec<(String, u32)> = values.zip(1..).collect();
    is_unguessable("codes", &values).map(|seen| {
        assert_eq!(seen.cites.len(), ENOUGH);
        (seen.met, seen.strength)
    })
}

/// Text of this length whose characters are as good as chance.
fn noise(alphabet: &str, length: usize, seed: usize) -> String {
    let all: Vec<char> = alphabet.chars().collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        all[state % all.len()]
    };
    (0..length).map(|_| next()).collect()
}

const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[test]
fn long_random_values_pass_whatever_they_begin_with() {
    assert!(seen((1..30).map(|n| noise(BASE64, 32, n))).unwrap().0);
    assert!(seen((1..30).map(|n| format!("prefix.{}", noise("0123456789abcdef", 40, n)))).unwrap().0);
}

#[test]
fn a_random_uuid_is_warned_of() {
    let uuid = |n| {
        let part = |length, seed| noise("0123456789abcdef", length, n * 7 + seed);
        format!("{}-{}-4{}-{}{}-{}", part(8, 1), part(4, 2), part(3, 3), noise("89ab", 1, n), part(3, 4), part(12, 5))
    };
    assert_eq!(seen((1..40).map(uuid)), Some((false, Strength::Should)));
}

#[test]
fn numbers_counters_and_times_fail() {
    for own in [
        seen((1..20).map(|n| noise("0123456789", 8, n))),
        seen((1..20).map(|n| format!("code-for-the-public-app-of-the-harbor-clinic-{n:06}"))),
        seen((1..20).map(|n| format!("{:x}{:032}", 0x1234_5678 + n * 977, 0))),
        seen((1..20).map(|n| noise("abcdefghijklmnopqrstuvwxyz", 12, n))),
    ] {
        assert_eq!(own, Some((false, Strength::Shall)));
    }
}

#[test]
fn few_values_show_nothing() {
    assert_eq!(seen((1..ENOUGH).map(|n| n.to_string())), None);
}
