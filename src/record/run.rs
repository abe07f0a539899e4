//! A whole run: what `run.json` holds.

use super::{
    Again, Attestation, Cause, Entry, Exchange, FailOn, Finding, Gate, GateFailure, Requirement, SetupRecord, Shard,
    Verdict, Waiver, WaiverState,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Version of the `run.json` format; readers refuse a higher one.
pub const SCHEMA_VERSION: u32 = 5;

/// Everything known before the first request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStart {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// Folder name under `reports/`: UTC time and target name.
    pub id: String,
    /// Version of Probity.
    pub probity: String,
    /// When it started.
    pub started: DateTime<Utc>,
    /// What was examined.
    pub target: TargetRecord,
    /// The ids, prefixes and tags asked for; empty means everything.
    pub selection: Vec<String>,
    /// What the command line said besides that changes what is examined, such as `--thorough`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Which part of them it holds, if other runs hold the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// SHA-256 over the feature files and requirement entries, hex.
    pub features_sha256: String,
    /// How many scenarios were selected.
    pub planned: usize,
    /// What it was made with.
    #[serde(default, skip_serializing_if = "Provenance::is_unknown")]
    pub provenance: Provenance,
}

/// What a run was made with: digests, SHA-256 in hex, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// The program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The configuration file, which holds no secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// What the compiled profiles were made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profiles: Option<String>,
}

impl Provenance {
    fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// The examined target, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetRecord {
    /// Name in the configuration.
    pub name: String,
    /// The preset it was made from.
    pub preset: String,
    /// FHIR base URL.
    pub fhir_base: String,
    /// `embedded`, `preview` or `production`.
    pub environment: String,
    /// What is kept of bodies: `full`, `shape` or `none`.
    pub bodies: String,
    /// The configuration file that the command line named, if it named one; version 4 did not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
}

impl TargetRecord {
    /// Whether it is the same target: the embedded one has another port each time.
    pub fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.place() == other.place()
    }

    /// What tells it from another target of the same name.
    pub fn place(&self) -> &str {
        if self.environment == "embedded" { "embedded" } else { &self.fhir_base }
    }
}

/// One step of a scenario, as it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// `Given`, `When`, `Then`, as effective (an `And` takes the keyword before it).
    pub keyword: String,
    /// The phrase.
    pub text: String,
    /// Whether it was reached.
    pub reached: bool,
    /// The expectations it put.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// One scenario and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioRecord {
    /// The requirement; its id is the scenario's.
    pub requirement: Requirement,
    /// The scenario's name.
    pub name: String,
    /// The feature's name.
    pub feature: String,
    /// The feature file, below `features/`.
    pub file: String,
    /// Line of the scenario in that file.
    pub line: usize,
    /// Its tags without `@`, without the id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// What is said of it.
    pub verdict: Verdict,
    /// What ended it, if its findings did not decide; version 1 did not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The cause in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its steps in order.
    pub steps: Vec<StepRecord>,
    /// Exchanges that it made or shared, by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<u32>,
    /// The preconditions that it needs and that do not work, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<String>,
    /// From its first step to its last, in microseconds.
    pub duration_us: u64,
    /// What a waiver did to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<WaiverState>,
    /// The word of a person, where it rests on one; version 4 did not have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestation: Option<Attestation>,
    /// The second attempt, where it is a check of security and failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Again>,
}

impl ScenarioRecord {
    /// All its findings, in order.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.steps.iter().flat_map(|step| &step.findings)
    }

    /// The findings whose expectation was not met, in order.
    pub fn broken(&self) -> impl Iterator<Item = &Finding> {
        self.findings().filter(|finding| !finding.met)
    }

    /// Whether `wanted` selects it: its id, a dotted prefix of its id, or a tag of it.
    pub fn is_selected_by(&self, wanted: &str) -> bool {
        match wanted.strip_prefix('@') {
            Some(tag) => self.tags.iter().any(|own| own == tag),
            None => {
                let rest = self.requirement.id.as_str().strip_prefix(wanted.trim_end_matches('.'));
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            }
        }
    }

    /// Whether it failed and then held when it was tried once more. It counts as failed: what was seen was seen.
    pub fn is_flaky(&self) -> bool {
        self.verdict == Verdict::Fail && self.again.as_ref().is_some_and(Again::held)
    }

    /// Whether the question was right but could not be put.
    pub fn is_inconclusive(&self) -> bool {
        self.verdict == Verdict::Error || self.cause.is_some_and(Cause::is_inconclusive)
    }
}

/// Requests made and requests saved by sharing answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Requests sent.
    pub requests: u64,
    /// Answers shared instead of asked for again.
    pub saved: u64,
}

/// A whole run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Everything known before the first request.
    #[serde(flatten)]
    pub start: RunStart,
    /// When the last scenario ended; for a killed run, when its last recorded event was.
    pub finished: DateTime<Utc>,
    /// Whether it ended before every planned scenario had.
    pub interrupted: bool,
    /// Requests made and saved.
    pub traffic: Traffic,
    /// What was tried before the scenarios that need it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<SetupRecord>,
    /// The scenarios, in the order of the features.
    pub scenarios: Vec<ScenarioRecord>,
    /// What is wrong with the waivers themselves.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiver_failures: Vec<GateFailure>,
    /// An older run whose failures do not count again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// Whether it may pass a pipeline.
    pub gate: Gate,
    /// Every exchange, by number.
    pub exchanges: Vec<Arc<Exchange>>,
}

/// An older run, and what failed or warned there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The id of that run.
    pub run: String,
    /// The scenarios that failed there, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<String>,
    /// The scenarios that warned there, by id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warned: Vec<String>,
}

impl Baseline {
    /// What is known of `run`.
    pub fn of(run: &Run) -> Self {
        let with = |wanted: Verdict| {
            let own = run.scenarios.iter().filter(|scenario| scenario.verdict == wanted);
            own.map(|scenario| scenario.requirement.id.to_string()).collect()
        };
        Self { run: run.start.id.clone(), failed: with(Verdict::Fail), warned: with(Verdict::Warn) }
    }

    /// Whether a verdict is no worse than it was there.
    pub fn knows(&self, scenario: &ScenarioRecord) -> bool {
        let id = scenario.requirement.id.as_str();
        let among = |all: &[String]| all.iter().any(|own| own == id);
        match scenario.verdict {
            Verdict::Fail => among(&self.failed),
            Verdict::Warn => among(&self.failed) || among(&self.warned),
            _ => false,
        }
    }
}

/// How many scenarios got each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Every expectation held.
    pub pass: usize,
    /// A SHOULD did not hold.
    pub warn: usize,
    /// A precondition was missing.
    pub skip: usize,
    /// A person answers for it.
    pub attested: usize,
    /// A person must look.
    pub outstanding: usize,
    /// Could not test.
    pub error: usize,
    /// A SHALL did not hold (waived ones too).
    pub fail: usize,
    /// Failures and warnings that a waiver covers; they are counted above too.
    pub waived: usize,
}

impl Counts {
    /// Counts `scenarios`.
    pub fn of<'a>(scenarios: impl IntoIterator<Item = &'a ScenarioRecord>) -> Self {
        let mut counts = Self::default();
        for scenario in scenarios {
            *counts.slot(scenario.verdict) += 1;
            if matches!(scenario.waiver, Some(WaiverState::Waived { .. })) {
                counts.waived += 1;
            }
        }
        counts
    }

    /// The number for one verdict.
    pub fn get(mut self, verdict: Verdict) -> usize {
        *self.slot(verdict)
    }

    /// The number of all.
    pub fn total(self) -> usize {
        self.pass + self.warn + self.skip + self.attested + self.outstanding + self.error + self.fail
    }

    fn slot(&mut self, verdict: Verdict) -> &mut usize {
        match verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Warn => &mut self.warn,
            Verdict::Skip => &mut self.skip,
            Verdict::Attested => &mut self.attested,
            Verdict::Outstanding => &mut self.outstanding,
            Verdict::Error => &mut self.error,
            Verdict::Fail => &mut self.fail,
        }
    }
}

impl Run {
    /// Folds a journal into a run. `None` when it holds no start.
    ///
    /// A journal that was cut off gives an interrupted run of what it holds.
    pub fn from_journal(entries: impl IntoIterator<Item = Entry>) -> Option<Self> {
        let mut entries = entries.into_iter();
        let start = entries.find_map(|entry| match entry {
            Entry::Start(start) => Some(*start),
            _ => None,
        })?;
        let mut run = Self {
            finished: start.started,
            start,
            interrupted: true,
            traffic: Traffic::default(),
            setup: Vec::new(),
            scenarios: Vec::new(),
            waiver_failures: Vec::new(),
            baseline: None,
            gate: Gate::default(),
            exchanges: Vec::new(),
        };
        let mut second = Vec::new();
        for entry in entries {
            match entry {
                Entry::Start(_) => {}
                Entry::Exchange(exchange) => {
                    run.finished = run.finished.max(exchange.started);
                    run.traffic.requests += 1;
                    run.exchanges.push(Arc::from(exchange));
                }
                Entry::Setup(setup) => run.setup.push(*setup),
                Entry::Scenario(scenario) => run.scenarios.push(*scenario),
                Entry::Again { scenario, attempt } => second.push((scenario, *attempt)),
                Entry::End { finished, interrupted, saved } => {
                    run.finished = finished;
                    run.interrupted = interrupted;
                    run.traffic.saved = saved;
                }
            }
        }
        for (scenario, again) in second {
            if let Some(own) = run.scenarios.iter_mut().find(|s| s.requirement.id == scenario) {
                own.exchanges.extend(&again.exchanges);
                own.exchanges.sort_unstable();
                own.exchanges.dedup();
                own.again = Some(again);
            }
        }
        run.scenarios.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        run.setup.sort_by(|a, b| a.id.cmp(&b.id));
        for setup in run.setup.iter_mut().filter(|setup| setup.is_broken()) {
            let blocked = run.scenarios.iter().filter(|s| s.is_inconclusive() && s.setup.contains(&setup.id));
            setup.blocks = blocked.map(|s| s.requirement.id.clone()).collect();
        }
        // An end that does not fit the plan is no end.
        run.interrupted |= run.scenarios.len() < run.start.planned;
        run.exchanges.sort_by_key(|exchange| exchange.number);
        Some(run)
    }

    /// Judges it: what `waivers` do on the day `today`, and what the gate says by `fail_on` and `require`.
    pub fn judge(&mut self, waivers: &[Waiver], fail_on: FailOn, require: &[String], today: NaiveDate) {
        self.waiver_failures = Waiver::apply(waivers, &mut self.scenarios, today);
        self.gate = Gate::judge(self, fail_on, require);
    }

    /// The exchange that a finding cites.
    pub fn exchange(&self, number: u32) -> Option<&Exchange> {
        let place = self.exchanges.binary_search_by_key(&number, |exchange| exchange.number).ok()?;
        self.exchanges.get(place).map(Arc::as_ref)
    }

    /// How many scenarios got each verdict.
    pub fn counts(&self) -> Counts {
        Counts::of(&self.scenarios)
    }
}
