//! What every rendering shares: areas, what to look at first, why things were skipped, what the gate says.

use super::words;
use crate::record::{Cause, Counts, FailOn, Run, ScenarioRecord, SetupRecord, Severity, Verdict};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// What the gate says of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Failed,
    Inconclusive,
    Interrupted,
    Empty,
}

impl Outcome {
    pub(super) fn of(run: &Run) -> Self {
        if !run.gate.failures.is_empty() {
            Self::Failed
        } else if run.interrupted {
            Self::Interrupted
        } else if run.scenarios.is_empty() {
            Self::Empty
        } else if !run.gate.inconclusive.is_empty() {
            Self::Inconclusive
        } else {
            Self::Passed
        }
    }

    /// `failed`, used as a class name too.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Inconclusive => "inconclusive",
            Self::Interrupted => "interrupted",
            Self::Empty => "empty",
        }
    }

    /// A sentence on the decision.
    pub(super) fn sentence(self, run: &Run) -> String {
        match self {
            Self::Passed => "Gate passed.".to_owned(),
            Self::Failed => format!("Gate failed: {}.", words::count(run.gate.failures.len(), "reason")),
            Self::Inconclusive => {
                let broken = broken_setup(run).count();
                let untested = run.gate.inconclusive.len().saturating_sub(broken);
                let mut parts = Vec::new();
                if broken > 0 {
                    let verb = if broken == 1 { "does" } else { "do" };
                    parts.push(format!("{} of the setup {verb} not work", words::count(broken, "part")));
                }
                if untested > 0 {
                    parts.push(format!("{} could not be tested", scenarios(untested)));
                }
                format!("Gate inconclusive: {}.", parts.join(", "))
            }
            Self::Interrupted => "Gate undecided: the run was interrupted.".to_owned(),
            Self::Empty => "Gate undecided: nothing was tested.".to_owned(),
        }
    }
}

/// What the rule of the gate is, in words.
pub(super) fn rule(fail_on: FailOn) -> &'static str {
    match fail_on {
        FailOn::Fail => "any broken SHALL",
        FailOn::Warn => "any broken SHALL or SHOULD",
        FailOn::Skip => "any broken SHALL or SHOULD, and anything skipped",
        FailOn::Critical => "a broken SHALL of critical severity",
        FailOn::High => "a broken SHALL of high or critical severity",
        FailOn::Never => "nothing; the run only reports",
    }
}

fn scenarios(number: usize) -> String {
    words::count(number, "scenario")
}

/// The scenarios whose ids begin alike.
pub(super) struct Area<'a> {
    pub(super) name: &'a str,
    pub(super) counts: Counts,
    pub(super) longest_us: u64,
    /// In the order of the features.
    pub(super) scenarios: Vec<&'a ScenarioRecord>,
}

/// The order of a run for a reader.
pub(super) struct Outline<'a> {
    pub(super) outcome: Outcome,
    /// In the order of the features.
    pub(super) areas: Vec<Area<'a>>,
    /// All scenarios, what needs a reader first.
    pub(super) all: Vec<&'a ScenarioRecord>,
    /// Neither passed nor skipped, in the same order.
    pub(super) attention: Vec<&'a ScenarioRecord>,
    /// Skipped or outstanding, by reason.
    pub(super) skipped: Vec<(String, Vec<&'a ScenarioRecord>)>,
}

impl<'a> Outline<'a> {
    pub(super) fn of(run: &'a Run) -> Self {
        let mut areas: Vec<Area<'a>> = Vec::new();
        let mut skipped: Vec<(String, Vec<&ScenarioRecord>)> = Vec::new();
        for scenario in &run.scenarios {
            let name = scenario.requirement.id.area();
            match areas.iter_mut().find(|area| area.name == name) {
                Some(area) => area.scenarios.push(scenario),
                None => {
                    areas.push(Area { name, counts: Counts::default(), longest_us: 0, scenarios: vec![scenario] });
                }
            }
            if matches!(scenario.verdict, Verdict::Skip | Verdict::Outstanding) {
                let reason = words::not_tested(scenario);
                match skipped.iter_mut().find(|(known, _)| *known == reason) {
                    Some((_, group)) => group.push(scenario),
                    None => skipped.push((reason, vec![scenario])),
                }
            }
        }
        for area in &mut areas {
            area.counts = Counts::of(area.scenarios.iter().copied());
            area.longest_us = area.scenarios.iter().map(|s| s.duration_us).max().unwrap_or_default();
        }
        let mut all: Vec<&ScenarioRecord> = areas.iter().flat_map(|area| area.scenarios.iter().copied()).collect();
        all.sort_by_key(|s| urgency(s));
        let attention = all.iter().copied().filter(|s| s.verdict.wants_a_reader()).collect();
        skipped.sort_by_key(|(_, group)| Reverse(group.len()));
        Self { outcome: Outcome::of(run), areas, all, attention, skipped }
    }
}

/// The steps of the (g)(10) procedure, each with the scenarios that are evidence for it: by name, numbers by value.
pub(super) fn steps(run: &Run) -> impl Iterator<Item = (&str, Vec<&ScenarioRecord>)> {
    let mut steps: BTreeMap<(&str, u32), (&str, Vec<&ScenarioRecord>)> = BTreeMap::new();
    for scenario in &run.scenarios {
        for step in &scenario.requirement.g10 {
            let (name, number) = step.rsplit_once('-').unwrap_or((step, ""));
            let key = (name, number.parse().unwrap_or_default());
            steps.entry(key).or_insert_with(|| (step, Vec::new())).1.push(scenario);
        }
    }
    steps.into_values()
}

/// Sort key: failures by severity, then what could not be tested, warnings, questions, what is waived, the rest.
fn urgency(scenario: &ScenarioRecord) -> (u8, Reverse<Option<Severity>>) {
    let rank = match scenario.verdict {
        Verdict::Fail | Verdict::Warn if words::waived(scenario) => 4,
        verdict => rank(verdict),
    };
    (rank, Reverse(scenario.requirement.severity))
}

/// What a reader should hear of first comes first.
pub(super) fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fail => 0,
        Verdict::Error => 1,
        Verdict::Warn => 2,
        Verdict::Outstanding => 3,
        Verdict::Skip => 5,
        Verdict::Attested => 6,
        Verdict::Pass => 7,
    }
}

/// The words for a verdict in reports.
pub(super) fn title(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "passed",
        Verdict::Warn => "warning",
        Verdict::Skip => "skipped",
        Verdict::Attested => "attested",
        Verdict::Outstanding => "outstanding",
        Verdict::Error => "could not test",
        Verdict::Fail => "failed",
    }
}

/// `112 scenarios: 3 failed, 2 could not test, 107 passed; 1 waived`: every verdict that occurs, worst first.
pub(super) fn summary(run: &Run) -> String {
    let counts = run.counts();
    let parts: Vec<String> = Verdict::ALL
        .into_iter()
        .rev()
        .filter(|verdict| counts.get(*verdict) > 0)
        .map(|verdict| match verdict {
            Verdict::Warn if counts.warn != 1 => format!("{} warnings", counts.warn),
            _ => format!("{} {}", counts.get(verdict), title(verdict)),
        })
        .collect();
    if parts.is_empty() {
        return "0 scenarios: nothing was tested".to_owned();
    }
    let waived = if counts.waived > 0 { format!("; {} waived", counts.waived) } else { String::new() };
    format!("{}: {}{waived}", scenarios(counts.total()), parts.join(", "))
}

/// What stands above the preconditions that are told.
pub(super) fn setup_heading(run: &Run) -> &'static str {
    if broken_setup(run).next().is_some() { "Setup: mend this first" } else { "Setup: worth knowing" }
}

/// The preconditions that do not work.
pub(super) fn broken_setup(run: &Run) -> impl Iterator<Item = &SetupRecord> {
    run.setup.iter().filter(|setup| setup.is_broken())
}

/// `Examined 154 of the 863 selected scenarios. Not tested: 640 blocked, 69 not shown.`
pub(super) fn examined(run: &Run) -> String {
    let tested = run.scenarios.iter().filter(|s| s.cause.is_none() && s.verdict != Verdict::Skip).count();
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for kind in
        run.scenarios.iter().filter(|s| s.verdict != Verdict::Attested).filter_map(|s| s.cause).map(Cause::phrase)
    {
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    kinds.sort_by_key(|(_, count)| Reverse(*count));
    let missing = run.start.planned.saturating_sub(run.scenarios.len());
    if missing > 0 {
        kinds.push(("not reached", missing));
    }
    let kinds: Vec<String> = kinds.into_iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let rest = if kinds.is_empty() { String::new() } else { format!(" Not tested: {}.", kinds.join(", ")) };
    format!("Examined {tested} of {}.{rest}", words::count(run.start.planned, "selected scenario"))
}

/// What was not reached, of an interrupted run.
pub(super) fn interruption(run: &Run) -> Option<String> {
    run.interrupted.then(|| {
        format!(
            "This run was interrupted: {} of the planned {} ended. What is missing was not tested.",
            run.scenarios.len(),
            scenarios(run.start.planned)
        )
    })
}

/// Failures named before they are only counted.
const NAMED: usize = 20;

/// What the baseline knows already: how many failures and warnings do not count again.
pub(super) fn known(run: &Run) -> Option<String> {
    let baseline = run.baseline.as_ref()?;
    let known = run.scenarios.iter().filter(|scenario| baseline.knows(scenario)).count();
    Some(format!("{} known from the run {} do not count again.", words::count(known, "finding"), baseline.run))
}

/// What the gate says, and the first of its reasons.
pub(super) fn decision(run: &Run) -> String {
    let mut lines = vec![Outcome::of(run).sentence(run)];
    let failed = run.gate.failures.iter().map(|failure| format!("  {}: {}", failure.id, failure.why));
    let untested = run.gate.inconclusive.iter().map(|id| format!("  {id}: could not test"));
    let all: Vec<String> = failed.chain(untested).collect();
    let more = all.len().saturating_sub(NAMED);
    lines.extend(all.into_iter().take(NAMED));
    if more > 0 {
        lines.push(format!("  and {more} more"));
    }
    lines.push(String::new());
    lines.join("\n")
}
