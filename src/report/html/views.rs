//! The run as tables: US Core by profile and kind, must support by element, ways to another's record by type, the steps of the (g)(10) procedure, and what
//! is not as it was in an older run.

use super::super::outline;
use crate::record::{Counts, Element, Run, ScenarioRecord, Verdict};
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

/// A scenario that asks for elements one by one, such as those that are must support.
pub(super) struct Elements<'a> {
    pub(super) scenario: &'a ScenarioRecord,
    pub(super) all: &'a [Element],
}

impl Elements<'_> {
    /// How many of them something shows.
    pub(super) fn seen(&self) -> usize {
        self.all.iter().filter(|element| element.seen.is_some()).count()
    }
}

pub(super) fn elements(run: &Run) -> Vec<Elements<'_>> {
    let of = |scenario| {
        let all = ScenarioRecord::findings(scenario).map(|finding| finding.elements.as_slice());
        all.filter(|all| !all.is_empty()).map(move |all| Elements { scenario, all })
    };
    run.scenarios.iter().flat_map(of).collect()
}

/// What could not be judged, with the scenarios whose verdicts say nothing of it.
pub(super) struct Left<'a> {
    pub(super) what: &'a str,
    pub(super) reason: &'a str,
    pub(super) scenarios: Vec<&'a ScenarioRecord>,
}

pub(super) fn not_evaluated(run: &Run) -> Vec<Left<'_>> {
    let mut all: BTreeMap<(&str, &str), Vec<&ScenarioRecord>> = BTreeMap::new();
    for scenario in &run.scenarios {
        for left in scenario.findings().flat_map(|finding| &finding.not_evaluated) {
            let own = all.entry((&left.what, &left.reason)).or_default();
            if own.last().is_none_or(|last| last.requirement.id != scenario.requirement.id) {
                own.push(scenario);
            }
        }
    }
    all.into_iter().map(|((what, reason), scenarios)| Left { what, reason, scenarios }).collect()
}

/// What a person answers for, or still has to.
pub(super) fn attestations(run: &Run) -> Vec<&ScenarioRecord> {
    let is_left = |own: &&ScenarioRecord| own.attestation.is_some() || own.verdict == Verdict::Outstanding;
    run.scenarios.iter().filter(is_left).collect()
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

/// Ways to ask for what is another's, by the type of resource that was asked for.
pub(super) struct Crossings<'a> {
    pub(super) types: Vec<&'a str>,
    pub(super) rows: Vec<(&'a str, Vec<Option<Tried>>)>,
}

/// What one way came to for one type.
#[derive(Clone, Copy, Default)]
pub(super) struct Tried {
    pub(super) requests: usize,
    /// Whether a finding that is not met rests on one of them.
    pub(super) leaks: bool,
}

/// What is asked of the server as a whole, such as a batch.
const WHOLE: &str = "server";

/// How the purpose of a request ends that asks for what is another's.
const ATTACK: &str = "(attack)";

/// The type that a request below the FHIR base is about.
fn type_of<'a>(url: &'a str, base: &str) -> &'a str {
    let path = url.strip_prefix(base.trim_end_matches('/')).unwrap_or_default().trim_start_matches('/');
    let parts: Vec<&str> = path.split(['?', '#']).next().unwrap_or_default().split('/').collect();
    let is_type = |part: &&&str| {
        part.starts_with(|first: char| first.is_ascii_uppercase()) && part.chars().all(|own| own.is_ascii_alphabetic())
    };
    // In `Patient/1/Observation` the last type is meant.
    parts.get(2).filter(is_type).or(parts.first().filter(is_type)).copied().unwrap_or(WHOLE)
}

pub(super) fn crossings(run: &Run) -> Crossings<'_> {
    let attacks: BTreeMap<u32, &str> = run
        .exchanges
        .iter()
        .filter(|own| own.purpose.ends_with(ATTACK))
        .map(|own| (own.number, type_of(&own.request.url, &run.start.target.fhir_base)))
        .collect();
    let mut ways: Vec<(&str, BTreeMap<&str, Tried>)> = Vec::new();
    for scenario in &run.scenarios {
        let broken: Vec<u32> = scenario.broken().flat_map(|finding| finding.cites.iter().copied()).collect();
        let mut cells: BTreeMap<&str, Tried> = BTreeMap::new();
        for number in &scenario.exchanges {
            let Some(of) = attacks.get(number) else { continue };
            let cell = cells.entry(of).or_default();
            cell.requests += 1;
            cell.leaks |= broken.contains(number);
        }
        if !cells.is_empty() {
            ways.push((scenario.requirement.id.as_str(), cells));
        }
    }
    let types: std::collections::BTreeSet<&str> = ways.iter().flat_map(|(_, cells)| cells.keys().copied()).collect();
    let types: Vec<&str> = types.into_iter().collect();
    let row = |(id, cells): (_, BTreeMap<&str, Tried>)| (id, types.iter().map(|of| cells.get(of).copied()).collect());
    Crossings { rows: ways.into_iter().map(row).collect(), types }
}

/// What is not as it was in the run that this one is compared with.
pub(super) struct Since<'a> {
    pub(super) run: &'a str,
    pub(super) groups: Vec<(&'static str, Vec<(&'a str, Verdict)>)>,
}

pub(super) fn since(run: &Run) -> Option<Since<'_>> {
    let baseline = run.baseline.as_ref()?;
    let before = |id: &str| {
        let among = |all: &[String]| all.iter().any(|own| own == id);
        match (among(&baseline.failed), among(&baseline.warned)) {
            (true, _) => Some(Verdict::Fail),
            (_, true) => Some(Verdict::Warn),
            _ => None,
        }
    };
    let mut groups =
        [("New", Vec::new()), ("Still there", Vec::new()), ("Gone", Vec::new()), ("No longer tested", Vec::new())];
    for scenario in &run.scenarios {
        let (id, verdict) = (scenario.requirement.id.as_str(), scenario.verdict);
        let group = match (before(id), verdict) {
            (None, Verdict::Fail | Verdict::Warn) | (Some(Verdict::Warn), Verdict::Fail) => 0,
            (Some(_), Verdict::Fail | Verdict::Warn) => 1,
            (Some(_), Verdict::Pass) => 2,
            (Some(_), _) => 3,
            (None, _) => continue,
        };
        groups[group].1.push((id, verdict));
    }
    Some(Since { run: &baseline.run, groups: groups.into_iter().filter(|(_, own)| !own.is_empty()).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_about_the_last_type_that_it_names() {
        let of = |path: &'static str| type_of(path, "https://fhir.example.org/R4/");
        assert_eq!(of("https://fhir.example.org/R4/Condition/a?_format=json"), "Condition");
        assert_eq!(of("https://fhir.example.org/R4/Patient/Bob/Observation?code=1"), "Observation");
        assert_eq!(of("https://fhir.example.org/R4/Observation/_search"), "Observation");
        assert_eq!(of("https://fhir.example.org/R4"), "server");
        assert_eq!(of("https://other.example.org/Condition/a"), "server");
    }
}
