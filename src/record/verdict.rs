//! From findings to a verdict, from verdicts to a gate.

use super::{Cause, Finding, Run, ScenarioRecord, Severity, Strength, WaiverState};
use serde::{Deserialize, Serialize};

/// What is said of one requirement after a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every expectation held.
    Pass,
    /// A SHOULD did not hold.
    Warn,
    /// A precondition is missing; the reason says which. Never shown as passed.
    Skip,
    /// A person answers for it: their word, with who and when. Never shown as passed.
    Attested,
    /// A person must look, and nobody has yet.
    #[serde(alias = "attest")]
    Outstanding,
    /// Could not test: no answer, or the tool broke. Never the target's failure, never passed.
    Error,
    /// A SHALL did not hold.
    Fail,
}

impl Verdict {
    /// Every verdict, worst last.
    pub const ALL: [Self; 7] =
        [Self::Pass, Self::Warn, Self::Skip, Self::Attested, Self::Outstanding, Self::Error, Self::Fail];

    /// The word in reports and in `run.json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Skip => "skip",
            Self::Attested => "attested",
            Self::Outstanding => "outstanding",
            Self::Error => "error",
            Self::Fail => "fail",
        }
    }

    /// Whether a reader should see it without asking: what held, was not tested or is left to a person waits.
    pub fn wants_a_reader(self) -> bool {
        !matches!(self, Self::Pass | Self::Skip | Self::Attested | Self::Outstanding)
    }

    /// The verdict that `findings` amount to. No finding at all is an error: a check that asserts nothing.
    pub fn of(findings: &[Finding]) -> Self {
        let broken = |strength| findings.iter().any(|f| !f.met && f.strength == strength);
        if findings.is_empty() {
            Self::Error
        } else if broken(Strength::Shall) {
            Self::Fail
        } else if broken(Strength::Should) {
            Self::Warn
        } else {
            Self::Pass
        }
    }
}

/// What makes a run fail, besides expired or unused waivers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// Any broken SHALL.
    #[default]
    Fail,
    /// Any broken SHALL or SHOULD.
    Warn,
    /// Any broken SHALL or SHOULD, and anything skipped.
    Skip,
    /// Only broken SHALLs whose severity is critical; requirements without a severity do not count.
    Critical,
    /// Only broken SHALLs whose severity is high or critical.
    High,
    /// Nothing: the run only reports.
    Never,
}

impl FailOn {
    /// Every rule.
    pub const ALL: [Self; 6] = [Self::Fail, Self::Warn, Self::Skip, Self::High, Self::Critical, Self::Never];

    /// The word on the command line and in `run.json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Warn => "warn",
            Self::Skip => "skip",
            Self::High => "high",
            Self::Critical => "critical",
            Self::Never => "never",
        }
    }
}

/// One reason why the gate did not open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateFailure {
    /// The scenario, or the waiver's id.
    pub id: String,
    /// `fail`, `warn`, `skip`, `waiver expired`, `waiver unused`.
    pub why: String,
}

/// Whether a run may pass a pipeline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// The rule applied.
    pub fail_on: FailOn,
    /// Ids, dotted prefixes of ids and @tags of what must have been tested wherever it applies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub require: Vec<String>,
    /// Why it failed; empty when it passed.
    pub failures: Vec<GateFailure>,
    /// Scenarios that could not be tested, and preconditions that do not work; the run is inconclusive if nothing failed and this is not empty.
    pub inconclusive: Vec<String>,
}

impl Gate {
    /// Judges `run` by `fail_on`; what `require` selects must have been tested, unless it does not apply to the target or
    /// the records show none of it.
    pub fn judge(run: &Run, fail_on: FailOn, require: &[String]) -> Self {
        let counts = |s: &ScenarioRecord| -> bool {
            if matches!(s.waiver, Some(WaiverState::Waived { .. })) {
                return false;
            }
            if run.baseline.as_ref().is_some_and(|baseline| baseline.knows(s)) {
                return false;
            }
            let severe = |least: Severity| s.requirement.severity.is_some_and(|own| own >= least);
            match (fail_on, s.verdict) {
                (FailOn::Never, _) => false,
                (FailOn::Critical, Verdict::Fail) => severe(Severity::Critical),
                (FailOn::High, Verdict::Fail) => severe(Severity::High),
                (FailOn::Fail | FailOn::Warn | FailOn::Skip, Verdict::Fail) => true,
                (FailOn::Warn | FailOn::Skip, Verdict::Warn) => true,
                (FailOn::Skip, Verdict::Skip) => true,
                _ => false,
            }
        };
        let mut failures: Vec<GateFailure> = run
            .scenarios
            .iter()
            .filter(|s| counts(s))
            .map(|s| GateFailure { id: s.requirement.id.to_string(), why: s.verdict.word().to_owned() })
            .collect();
        if fail_on != FailOn::Never {
            failures.extend(run.waiver_failures.iter().cloned());
        }
        for wanted in require {
            let mut found = run.scenarios.iter().filter(|s| s.is_selected_by(wanted)).peekable();
            if found.peek().is_none() {
                failures.push(GateFailure { id: wanted.clone(), why: "required, and not run".to_owned() });
            }
            let counts = |s: &&ScenarioRecord| s.is_inconclusive() || s.cause == Some(Cause::NotConfigured);
            for scenario in found.filter(counts) {
                let why = format!("required, and {}", scenario.cause.map_or("not tested", Cause::phrase));
                failures.push(GateFailure { id: scenario.requirement.id.to_string(), why });
            }
        }
        let untested = run.scenarios.iter().filter(|s| s.is_inconclusive()).map(|s| s.requirement.id.to_string());
        let broken = run.setup.iter().filter(|setup| setup.is_broken()).map(|setup| setup.id.clone());
        let inconclusive = broken.chain(untested).collect();
        Self { fail_on, require: require.to_vec(), failures, inconclusive }
    }
}
