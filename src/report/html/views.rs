//! The run as tables: US Core by profile and kind, the steps of the (g)(10) procedure, what was not tested.

use super::super::outline;
use crate::record::{Counts, Run, ScenarioRecord, Verdict};
use std::collections::BTreeMap;

/// What some scenarios came to together.
pub(super) struct Cell {
    /// The worst of their verdicts.
    pub(super) verdict: Verdict,
    pub(super) count: usize,
    /// What selects them in the filter.
    pub(super) query: String,
}

/// The verdict that a reader should hear of first.
fn worst(scenarios: &[&ScenarioRecord]) -> Option<Verdict> {
    scenarios.iter().map(|scenario| scenario.verdict).min_by_key(|verdict| outline::rank(*verdict))
}

/// A table of profiles by kind of requirement.
pub(super) struct Matrix<'a> {
    pub(super) kinds: Vec<&'a str>,
    pub(super) rows: Vec<(&'a str, Vec<Option<Cell>>)>,
}

/// A kind is a column where so many profiles have it.
const COMMON: usize = 4;

/// `us-core.condition.search.patient` is of the row `condition` and the column `search`.
pub(super) fn profiles(run: &Run) -> Matrix<'_> {
    let mut rows: BTreeMap<&str, BTreeMap<&str, Vec<&ScenarioRecord>>> = BTreeMap::new();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for scenario in &run.scenarios {
        let mut parts = scenario.requirement.id.as_str().splitn(4, '.');
        if let (Some("us-core"), Some(row), Some(kind)) = (parts.next(), parts.next(), parts.next()) {
            rows.entry(row).or_default().entry(kind).or_default().push(scenario);
        }
    }
    for kind in rows.values().flat_map(BTreeMap::keys) {
        *kinds.entry(kind).or_default() += 1;
    }
    let kinds: Vec<&str> = kinds.into_iter().filter(|(_, rows)| *rows >= COMMON).map(|(kind, _)| kind).collect();
    let rows = rows.into_iter().map(|(row, cells)| {
        let cell = |kind: &&str| {
            let own = cells.get(kind)?;
            let verdict = worst(own)?;
            Some(Cell { verdict, count: own.len(), query: format!("r:us-core.{row}.{kind}") })
        };
        (row, kinds.iter().map(cell).collect::<Vec<_>>())
    });
    let rows = rows.filter(|(_, cells)| cells.iter().any(Option::is_some)).collect();
    Matrix { kinds, rows }
}

/// One step of the (g)(10) procedure, with the scenarios that are evidence for it.
pub(super) struct Step<'a> {
    pub(super) name: &'a str,
    pub(super) counts: Counts,
    /// The worst verdict.
    pub(super) verdict: Verdict,
}

/// The steps in their own order.
pub(super) fn steps(run: &Run) -> Vec<Step<'_>> {
    let steps = outline::steps(run).filter_map(|(name, own)| {
        let verdict = worst(&own)?;
        Some(Step { name, counts: Counts::of(own), verdict })
    });
    steps.collect()
}
