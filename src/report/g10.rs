//! What a run is evidence for: each step of the (g)(10) test procedure with its requirements, verdicts and exchanges, as CSV.

use super::csv::table;
use super::{outline, words};
use crate::record::{Run, ScenarioRecord, Verdict};
use std::collections::BTreeSet;

const COLUMNS: [&str; 9] =
    ["step", "state", "requirement", "verdict", "demand", "source", "answered_by", "exchanges", "observed"];

pub(super) fn render(run: &Run) -> Result<Vec<u8>, csv::Error> {
    let rows = outline::steps(run).flat_map(|(step, own)| own.into_iter().map(move |scenario| row(step, scenario)));
    table(COLUMNS, rows)
}

fn row(step: &str, scenario: &ScenarioRecord) -> [String; 9] {
    let requirement = &scenario.requirement;
    let cites = scenario.findings().flat_map(|finding| &finding.cites).collect::<BTreeSet<_>>();
    let seen: Vec<&str> = scenario.findings().map(|finding| finding.observed.as_str()).collect();
    [
        step.to_owned(),
        state(scenario.verdict).to_owned(),
        requirement.id.to_string(),
        scenario.verdict.word().to_owned(),
        requirement.text.clone(),
        requirement.sources.iter().map(words::source).collect::<Vec<_>>().join("; "),
        scenario.attestation.as_ref().map_or_else(|| "Probity".to_owned(), |own| own.by.clone()),
        cites.iter().map(|number| format!("#{number}")).collect::<Vec<_>>().join(" "),
        scenario.reason.clone().unwrap_or_else(|| seen.join("; ")),
    ]
}

/// Whether there is evidence, and of what kind.
fn state(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass | Verdict::Warn | Verdict::Fail => "automated",
        Verdict::Attested => "attested",
        Verdict::Outstanding => "outstanding",
        Verdict::Skip | Verdict::Error => "no evidence",
    }
}
