//! `probity prove --blackouts`: everything of a kind is refused, broken or hidden, and nothing of that kind may pass.

use super::run::catalogue;
use super::trial::{broke, each, trial};
use super::{Exit, output};
use crate::record::{Run, ScenarioRecord, Strength, Verdict};
use crate::suite::Catalogue;
use crate::tenant::{self, Blackout};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// What became of the scenarios that one blackout darkens.
struct Proof {
    dark: usize,
    /// Those that passed all the same, and the first expectation that held.
    passed: BTreeMap<String, String>,
    broke: Option<String>,
    interrupted: bool,
}

/// Examines the blackouts whose ids begin with one of `wanted`; all when it is empty.
pub(super) fn prove(wanted: &[String], jobs: u8, list: bool) -> Exit {
    let named = |one: &&Blackout| wanted.is_empty() || wanted.iter().any(|own| one.id.starts_with(own.as_str()));
    let chosen: Vec<&Blackout> = tenant::blackouts().iter().filter(named).collect();
    if chosen.is_empty() {
        return output::fail(
            Exit::NothingSelected,
            "no blackout matches; `probity prove --blackouts --list` names them",
        );
    }
    let catalogue = match catalogue(None, None) {
        Ok(catalogue) => Arc::new(catalogue),
        Err(exit) => return exit,
    };
    if list {
        let mut text = String::new();
        for one in &chosen {
            let _ = writeln!(text, "{:<36} {:>4} scenarios  {}", one.id, darkened(&catalogue, one).len(), one.what);
        }
        output::print(&text);
        return Exit::Passed;
    }
    let proofs = each(&chosen, jobs, |one| examine(&catalogue, one), |proof| proof.interrupted);
    if proofs.len() < chosen.len() {
        let text = format!("interrupted after {} of {} blackouts", proofs.len(), chosen.len());
        return output::fail(Exit::Interrupted, &text);
    }
    let mut text = String::new();
    for (one, proof) in chosen.iter().zip(&proofs) {
        text.push_str(&lines(one, proof));
    }
    let good = proofs.iter().filter(|proof| proof.holds()).count();
    let passed: usize = proofs.iter().map(|proof| proof.passed.len()).sum();
    let _ = writeln!(
        text,
        "{good} of {} blackouts leave nothing passed; {passed} verdicts passed in the dark",
        chosen.len()
    );
    let lit = lit(&catalogue);
    for id in lit.iter().filter(|_| wanted.is_empty()) {
        let _ = writeln!(text, "NO BLACKOUT DARKENS {id}: nothing proves that it cannot pass for want of an answer");
    }
    output::print(&text);
    let failed = good != chosen.len() || (wanted.is_empty() && !lit.is_empty());
    if failed { Exit::Failed } else { Exit::Passed }
}

impl Proof {
    fn holds(&self) -> bool {
        self.passed.is_empty() && self.broke.is_none()
    }
}

fn lines(one: &Blackout, proof: &Proof) -> String {
    let mark = if proof.holds() { "ok   " } else { "WRONG" };
    let mut text = format!("{mark} {}: {} of {} passed\n", one.id, proof.passed.len(), proof.dark);
    for (id, met) in &proof.passed {
        let _ = writeln!(text, "        {id}: {met}");
    }
    if let Some(what) = &proof.broke {
        let _ = writeln!(text, "        {what}");
    }
    text
}

/// The ids of the scenarios that a blackout darkens.
fn darkened(catalogue: &Catalogue, one: &Blackout) -> Vec<String> {
    let ids = catalogue.scenarios().iter().map(|scenario| scenario.requirement.id.as_str());
    ids.filter(|id| one.covers(id)).map(str::to_owned).collect()
}

/// The scenarios that no blackout darkens.
fn lit(catalogue: &Catalogue) -> Vec<&str> {
    let ids = catalogue.scenarios().iter().map(|scenario| scenario.requirement.id.as_str());
    ids.filter(|id| !tenant::blackouts().iter().any(|one| one.covers(id))).collect()
}

/// Runs what is dark against a fresh embedded target with this blackout.
fn examine(catalogue: &Arc<Catalogue>, one: &Blackout) -> Proof {
    let selected = darkened(catalogue, one);
    let mut proof = Proof { dark: selected.len(), passed: BTreeMap::new(), broke: None, interrupted: false };
    match trial(catalogue, vec![one.id.clone()], &selected) {
        Ok(run) => {
            proof.interrupted = run.interrupted;
            proof.passed = passed(&run, one);
            proof.broke = broke(&run);
        }
        Err(what) => proof.broke = Some(what),
    }
    proof
}

/// Whether the demand of a scenario held. A warning under a SHALL is about the form of an answer only; under a SHOULD it
/// is the demand itself that was not met.
fn met(scenario: &ScenarioRecord) -> bool {
    match scenario.verdict {
        Verdict::Pass => true,
        Verdict::Warn => scenario.requirement.strength == Strength::Shall,
        Verdict::Fail | Verdict::Skip | Verdict::Error | Verdict::Attested | Verdict::Outstanding => false,
    }
}

/// What passed in the dark. Where the dark comes later, only what met it counts.
fn passed(run: &Run, one: &Blackout) -> BTreeMap<String, String> {
    let failed = |number: &u32| {
        let answer = run.exchange(*number).and_then(|exchange| exchange.response.as_ref());
        answer.is_some_and(|response| response.status >= 500)
    };
    run.scenarios
        .iter()
        // What was selected as something below a dark id need not be dark.
        .filter(|scenario| one.covers(scenario.requirement.id.as_str()))
        .filter(|scenario| met(scenario))
        .filter(|scenario| !one.comes_later() || scenario.exchanges.iter().any(failed))
        .map(|scenario| {
            let met = scenario.findings().find(|finding| finding.met);
            let met = met.map_or_else(
                || "nothing was expected".to_owned(),
                |own| format!("{} ({})", own.expected, own.observed),
            );
            (scenario.requirement.id.to_string(), met)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_is_darkened_by_a_blackout_and_every_pattern_names_a_scenario() {
        let catalogue = Catalogue::embedded().unwrap();
        assert_eq!(lit(&catalogue), Vec::<&str>::new());
        for one in tenant::blackouts() {
            assert!(!darkened(&catalogue, one).is_empty(), "{} darkens nothing", one.id);
            for pattern in one.patterns() {
                let ids = catalogue.scenarios().iter().map(|scenario| scenario.requirement.id.as_str());
                assert!(ids.into_iter().any(|id| tenant::matches(id, pattern)), "{}: no scenario is {pattern}", one.id);
            }
        }
    }
}
