//! What two runs say differently of the same scenarios.

use super::run::{Run, ScenarioRecord};
use super::verdict::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A scenario of two runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its id.
    pub id: String,
    /// The verdict of the older run; none where it was not selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<Verdict>,
    /// The verdict of the newer run; none where it was not selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<Verdict>,
    /// What the newer run says of it: what was observed, or why it was not tested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
}

/// The differences between two runs, each in the order of the newer one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Fails now, and did not fail before.
    pub new: Vec<Change>,
    /// Failed before, and passes now.
    pub fixed: Vec<Change>,
    /// Fails in both.
    pub still: Vec<Change>,
    /// Was tested before, and is not now.
    pub untested: Vec<Change>,
    /// Any other change of the verdict.
    pub other: Vec<Change>,
    /// Takes more than twice the time, and a second more.
    pub slower: Vec<Change>,
    /// Only in the older run.
    pub gone: Vec<Change>,
}

/// What is slower by less is a matter of the moment.
const SLOWER_US: u64 = 1_000_000;

fn told(scenario: &ScenarioRecord) -> Option<String> {
    scenario.broken().next().map(|finding| finding.observed.clone()).or_else(|| scenario.reason.clone())
}

/// Whether the scenario was looked at to its end.
fn tested(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Pass | Verdict::Warn | Verdict::Fail | Verdict::Attested)
}

impl Difference {
    /// What `newer` says differently from `older`.
    pub fn between(older: &Run, newer: &Run) -> Self {
        let before: BTreeMap<&str, &ScenarioRecord> =
            older.scenarios.iter().map(|own| (own.requirement.id.as_str(), own)).collect();
        let mut all = Self::default();
        for own in &newer.scenarios {
            let id = own.requirement.id.as_str();
            let was = before.get(id).copied();
            let change =
                Change { id: id.to_owned(), was: was.map(|was| was.verdict), is: Some(own.verdict), told: told(own) };
            let Some(was) = was else {
                if own.verdict == Verdict::Fail {
                    all.new.push(change);
                }
                continue;
            };
            if own.duration_us > was.duration_us.saturating_mul(2) && own.duration_us - was.duration_us > SLOWER_US {
                all.slower.push(change.clone());
            }
            match (was.verdict, own.verdict) {
                (Verdict::Fail, Verdict::Fail) => all.still.push(change),
                (_, Verdict::Fail) => all.new.push(change),
                (Verdict::Fail, Verdict::Pass | Verdict::Warn) => all.fixed.push(change),
                (was, is) if tested(was) && !tested(is) => all.untested.push(change),
                (was, is) if was != is => all.other.push(change),
                _ => {}
            }
        }
        let now: std::collections::BTreeSet<&str> =
            newer.scenarios.iter().map(|own| own.requirement.id.as_str()).collect();
        let gone = older.scenarios.iter().filter(|own| !now.contains(own.requirement.id.as_str()));
        all.gone = gone
            .map(|own| Change { id: own.requirement.id.to_string(), was: Some(own.verdict), is: None, told: None })
            .collect();
        all
    }
}
