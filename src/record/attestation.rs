//! A person's word on what no program can see.

use super::{Cause, Finding, Id, Run, Verdict};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// One entry of `probity-attestations.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    /// The scenario that a person answers for.
    pub id: Id,
    /// The target that it is about; every target when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Whether what the scenario demands holds.
    pub holds: bool,
    /// What the person saw, and where.
    pub statement: String,
    /// Who says so: name and role.
    pub by: String,
    /// The day on which they saw it.
    pub on: NaiveDate,
    /// The last day on which it may be relied on; without one it does not end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// A file that shows it, beside the attestations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// SHA-256 of that file, hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl Attestation {
    /// The newest word on a scenario of a run against `target` that holds on that day.
    pub fn newest<'a>(all: &'a [Self], id: &Id, target: &str, today: NaiveDate) -> Option<&'a Self> {
        all.iter().filter(|own| own.answers(id, target, today)).max_by_key(|own| own.on)
    }

    fn answers(&self, id: &Id, target: &str, today: NaiveDate) -> bool {
        self.id == *id
            && self.target.as_deref().is_none_or(|own| own == target)
            && self.until.is_none_or(|until| today <= until)
    }

    /// Gives outstanding scenarios the word of a person where there is one: *attested* where it holds, failed where it does
    /// not. The newest word counts.
    pub fn apply(attestations: &[Self], run: &mut Run, today: NaiveDate) {
        let target = run.start.target.name.clone();
        for scenario in run.scenarios.iter_mut().filter(|s| s.verdict == Verdict::Outstanding) {
            let own = Self::newest(attestations, &scenario.requirement.id, &target, today);
            let Some(own) = own else { continue };
            scenario.verdict = if own.holds { Verdict::Attested } else { Verdict::Fail };
            scenario.cause = own.holds.then_some(Cause::Person);
            scenario.reason = own.holds.then(|| own.in_words());
            if let Some(step) = scenario.steps.last_mut() {
                step.findings.push(Finding {
                    met: own.holds,
                    strength: scenario.requirement.strength,
                    expected: scenario.requirement.text.clone(),
                    observed: own.in_words(),
                    cites: Vec::new(),
                    elements: Vec::new(),
                    not_evaluated: Vec::new(),
                });
            }
            scenario.attestation = Some(own.clone());
        }
    }

    /// `Jo Doe, tester, on 2026-03-02: the list is at ... (evidence: list.png, sha256 ...)`.
    fn in_words(&self) -> String {
        let until = self.until.map_or_else(String::new, |until| format!(", until {until}"));
        let evidence = match (&self.evidence, &self.sha256) {
            (Some(file), Some(digest)) => format!(" (evidence: {file}, sha256 {digest})"),
            (Some(file), None) => format!(" (evidence: {file})"),
            _ => String::new(),
        };
        format!("{}, on {}{until}: {}{evidence}", self.by, self.on, self.statement)
    }
}
