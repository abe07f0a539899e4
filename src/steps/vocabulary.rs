//! The whole vocabulary: built once, looked up by the text of a step, and explained where a text is not in it.

use super::{Phrase, Slot, World, slots};
use crate::probe::About;
use crate::profile::Library;
use cucumber::gherkin::{Step, StepType};
use cucumber::step::Collection;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A phrase that is broken: our bug.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}; this is a defect of probity, please report it")]
pub struct PhraseError(pub(super) String);

/// Every phrase.
///
/// # Errors
/// The first phrase that is broken.
pub fn phrases() -> Result<&'static [Phrase], PhraseError> {
    static PHRASES: OnceLock<Result<Vec<Phrase>, PhraseError>> = OnceLock::new();
    let built = PHRASES.get_or_init(|| {
        let topics = super::TOPICS.iter().map(|topic| topic());
        topics.flat_map(|(topic, rows)| rows.into_iter().map(move |row| Phrase::new(topic, row))).collect()
    });
    match built {
        Ok(phrases) => Ok(phrases),
        Err(error) => Err(error.clone()),
    }
}

/// The vocabulary as cucumber wants it.
///
/// # Errors
/// The first phrase that is broken.
pub fn collection() -> Result<Collection<World>, PhraseError> {
    let mut all = Collection::new();
    for phrase in phrases()? {
        let (given, when, then) = phrase.after();
        if given {
            all = all.given(None, phrase.pattern.clone(), phrase.step);
        }
        if when {
            all = all.when(None, phrase.pattern.clone(), phrase.step);
        }
        if then {
            all = all.then(None, phrase.pattern.clone(), phrase.step);
        }
    }
    Ok(all)
}

/// The phrase that a step says.
pub fn phrase_of(step: &Step) -> Option<&'static Phrase> {
    let after = |phrase: &Phrase| {
        let (given, when, then) = phrase.after();
        match step.ty {
            StepType::Given => given,
            StepType::When => when,
            StepType::Then => then,
        }
    };
    phrases().unwrap_or_default().iter().find(|phrase| after(phrase) && phrase.is_said_by(&step.value))
}

/// The attacks that a step makes.
pub fn attacks(text: &str) -> Vec<&'static About> {
    let said = phrases().unwrap_or_default().iter().filter(|phrase| phrase.is_said_by(text));
    said.flat_map(|phrase| phrase.attacks(text)).collect()
}

/// A name in a step that no slot takes.
#[derive(Debug, PartialEq, Eq)]
pub struct Misnamed {
    /// What was written.
    pub written: String,
    /// What it should have been a name of.
    pub slot: &'static str,
    /// The names most like it, the nearest first.
    pub nearest: Vec<String>,
}

/// So many names are suggested.
const SUGGESTED: usize = 3;

/// The name that no slot takes in a step that a phrase matches: `matches` are the groups of the pattern.
/// `libraries` are those whose names the step may use.
pub fn misnamed(matches: &[(Option<String>, String)], libraries: &[&Library]) -> Option<Misnamed> {
    let slot =
        |group: &str| slots().iter().find(|slot| slot.name == group.trim_end_matches(|c: char| c.is_ascii_digit()));
    let fillings = matches.iter().filter_map(|(group, text)| Some((slot(group.as_deref()?)?, text.clone())));
    least_wrong(fillings, libraries)
}

/// The misspelt name in a step that no phrase matches, if a phrase would match it with another name.
pub fn misspelt(text: &str, libraries: &[&Library]) -> Option<Misnamed> {
    let meant = phrases().unwrap_or_default().iter().flat_map(|phrase| phrase.loose_fillings(text));
    least_wrong(meant, libraries)
}

/// Of the names that no slot takes the one that is most like one that it takes: it was meant as such.
fn least_wrong(fillings: impl Iterator<Item = (&'static Slot, String)>, libraries: &[&Library]) -> Option<Misnamed> {
    let mut wrong: BTreeMap<String, Vec<(f64, String, &'static str)>> = BTreeMap::new();
    let one_by_one = |(slot, text): (&'static Slot, String)| -> Vec<(&'static Slot, String)> {
        if slot.is_list {
            text.split_whitespace().map(|part| (slot, part.to_owned())).collect()
        } else {
            vec![(slot, text)]
        }
    };
    // A part of a phrase that may be absent is empty where it is.
    for (slot, written) in fillings.flat_map(one_by_one).filter(|(_, written)| !written.is_empty()) {
        if libraries.iter().any(|library| slot.takes(library, &written)) {
            continue;
        }
        let names = libraries.iter().flat_map(|library| slot.names(library));
        let scored: Vec<_> =
            names.map(|name| (strsim::normalized_damerau_levenshtein(&name, &written), name, slot.name)).collect();
        wrong.entry(written).or_default().extend(scored);
    }
    let order = |a: &(f64, String, &str), b: &(f64, String, &str)| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1));
    wrong.values_mut().for_each(|names| names.sort_by(order));
    let best = |names: &Vec<(f64, String, &str)>| names.first().map_or(0.0, |(score, ..)| *score);
    let (written, mut names) = wrong.into_iter().max_by(|a, b| best(&a.1).total_cmp(&best(&b.1)))?;
    names.dedup_by(|a, b| a.1 == b.1);
    let slot = names.first()?.2;
    let nearest = names.into_iter().take(SUGGESTED).map(|(_, name, _)| name).collect();
    Some(Misnamed { written, slot, nearest })
}

/// The phrase most like a text that none matches.
pub fn nearest(text: &str) -> Option<String> {
    let scored = phrases().unwrap_or_default().iter().map(|phrase| {
        let readable = phrase.readable();
        (strsim::sorensen_dice(&readable, text), readable)
    });
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, phrase)| phrase)
}
