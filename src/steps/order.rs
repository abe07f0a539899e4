//! What each phrase needs of the steps before it, and what it leaves for those after it.
//!
//! Nobody writes it down: it is observed while the scenarios run, and the table `order.tsv` holds what was observed on the
//! embedded tenant (`examples/order.rs` makes it). So a scenario whose steps stand in an order that makes no sense is
//! refused before the run. A phrase that was never observed is taken to leave whatever is needed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex, PoisonError};

/// Topics, of which one is enough.
pub(super) type Need = BTreeSet<&'static str>;

/// What one step needed and left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Handover {
    pub(super) needs: BTreeSet<Need>,
    pub(super) leaves: BTreeSet<&'static str>,
}

/// What the steps of runs needed and left, by the words of their phrases.
#[derive(Debug, Default)]
pub struct Observed(Mutex<BTreeMap<&'static str, Handover>>);

impl Observed {
    /// A step that reached its end. What only some such steps need is no need of the phrase.
    pub(super) fn note(&self, words: &'static str, step: &Handover) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get_mut(words) {
            Some(known) => {
                known.needs.retain(|need| step.needs.contains(need));
                known.leaves.extend(&step.leaves);
            }
            None => drop(all.insert(words, step.clone())),
        }
    }

    /// The table: words, needs and what is left, parted by tabs; needs by `;`, and those of which one is enough by `|`.
    pub fn table(&self) -> String {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let joined = |names: &BTreeSet<&'static str>, by: &str| names.iter().copied().collect::<Vec<_>>().join(by);
        let rows = all.iter().map(|(words, step)| {
            let needs: Vec<String> = step.needs.iter().map(|need| joined(need, "|")).collect();
            format!("{words}\t{}\t{}\n", needs.join(";"), joined(&step.leaves, ";"))
        });
        rows.collect()
    }

    /// The phrases that a run showed otherwise than a table says: it demands what was not needed, or does not know that
    /// something is left.
    pub fn contradicts(&self, table: &'static str) -> Vec<&'static str> {
        let (known, all) = (read(table), self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let wrong = all.iter().filter(|(words, seen)| {
            known
                .get(*words)
                .is_none_or(|told| !told.needs.is_subset(&seen.needs) || !seen.leaves.is_subset(&told.leaves))
        });
        wrong.map(|(words, _)| *words).collect()
    }
}

/// The table that is compiled in.
pub const ORDER: &str = include_str!("order.tsv");

static TABLE: LazyLock<BTreeMap<&'static str, Handover>> = LazyLock::new(|| read(ORDER));

fn read(table: &'static str) -> BTreeMap<&'static str, Handover> {
    let names = |text: &'static str, by: char| text.split(by).filter(|name| !name.is_empty());
    let row = |line: &'static str| {
        let mut cells = line.split('\t');
        let (words, needs, leaves) = (cells.next()?, cells.next()?, cells.next()?);
        let needs = names(needs, ';').map(|need| names(need, '|').collect()).collect();
        Some((words, Handover { needs, leaves: names(leaves, ';').collect() }))
    };
    table.lines().filter_map(row).collect()
}

/// What a phrase needs, each as a person reads it, and what it leaves; nothing where it was never observed.
pub fn handover(words: &str) -> Option<(Vec<String>, Vec<&'static str>)> {
    let step = TABLE.get(words)?;
    Some((step.needs.iter().map(either).collect(), step.leaves.iter().copied().collect()))
}

fn either(need: &Need) -> String {
    need.iter().copied().collect::<Vec<_>>().join(", or ")
}

/// A step that needs what no step before it leaves.
#[derive(Debug, PartialEq, Eq)]
pub struct Missing {
    /// The place of the step in its scenario.
    pub at: usize,
    /// What it needs.
    pub what: String,
    /// The words of phrases that leave it, and need nothing that is not there.
    pub leave_it: Vec<&'static str>,
}

/// The first of a scenario's steps, of which the words of the phrases are given, that needs what none before it leaves.
pub fn missing(steps: &[&str]) -> Option<Missing> {
    let mut there: BTreeSet<&'static str> = BTreeSet::new();
    for (at, words) in steps.iter().enumerate() {
        // Nothing is known of what it leaves: the rest is not judged.
        let step = TABLE.get(words)?;
        if let Some(need) = step.needs.iter().find(|need| need.is_disjoint(&there)) {
            let can = |known: &Handover| known.needs.iter().all(|need| !need.is_disjoint(&there));
            let leave_it = TABLE.iter().filter(|(_, known)| !need.is_disjoint(&known.leaves) && can(known));
            return Some(Missing { at, what: either(need), leave_it: leave_it.map(|(words, _)| *words).collect() });
        }
        there.extend(&step.leaves);
    }
    None
}
