//! The ledger of a run in progress: a page per scenario, and one stream of entries that is the journal.

use super::{
    Again, Cause, Exchange, Finding, Halt, Id, RunStart, ScenarioRecord, SetupRecord, StepRecord, Strength, Verdict,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "lowercase")]
pub enum Entry {
    /// The run began.
    Start(Box<RunStart>),
    /// A request was answered, or was not.
    Exchange(Box<Exchange>),
    /// A precondition was tried.
    Setup(Box<SetupRecord>),
    /// A scenario ended.
    Scenario(Box<ScenarioRecord>),
    /// A failed check of security was tried once more.
    Again {
        /// Which one.
        scenario: Id,
        /// What it came to.
        attempt: Box<Again>,
    },
    /// The run ended.
    End {
        /// When.
        finished: DateTime<Utc>,
        /// Whether before its time.
        interrupted: bool,
        /// Answers shared instead of asked for again.
        saved: u64,
    },
}

/// Where entries go as they happen.
pub type Sink = Box<dyn Fn(&Entry) + Send + Sync>;

/// The ledger of one run: numbers exchanges and passes every entry on. Cheap to clone.
#[derive(Clone)]
pub struct Ledger(Arc<Inner>);

struct Inner {
    last: AtomicU32,
    saved: AtomicU64,
    sink: Sink,
}

impl Ledger {
    /// A ledger whose entries go to `sink`.
    pub fn new(sink: Sink) -> Self {
        Self(Arc::new(Inner { last: AtomicU32::new(0), saved: AtomicU64::new(0), sink }))
    }

    /// Writes one entry.
    pub fn write(&self, entry: &Entry) {
        (self.0.sink)(entry);
    }

    /// The number of the next exchange, from 1.
    pub fn next_number(&self) -> u32 {
        self.0.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Notes that an answer was shared instead of asked for again.
    pub fn count_saved(&self) {
        self.0.saved.fetch_add(1, Ordering::Relaxed);
    }

    /// Answers shared so far.
    pub fn saved(&self) -> u64 {
        self.0.saved.load(Ordering::Relaxed)
    }
}

/// The page of one scenario: what its steps found, and why it stopped. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Page(Arc<Mutex<Inscription>>);

#[derive(Debug, Default)]
struct Inscription {
    steps: Vec<StepRecord>,
    exchanges: Vec<u32>,
    setup: Vec<String>,
    stop: Option<(Cause, String)>,
    broke: Option<String>,
}

impl Page {
    /// A page with the steps that lie ahead.
    pub fn new(steps: impl IntoIterator<Item = (String, String)>) -> Self {
        let steps = steps
            .into_iter()
            .map(|(keyword, text)| StepRecord { keyword, text, reached: false, findings: Vec::new() })
            .collect();
        Self(Arc::new(Mutex::new(Inscription { steps, ..Inscription::default() })))
    }

    fn lock(&self) -> MutexGuard<'_, Inscription> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks the next step as reached; what follows is written under it.
    pub fn enter_step(&self) {
        if let Some(step) = self.lock().steps.iter_mut().find(|s| !s.reached) {
            step.reached = true;
        }
    }

    /// Writes an expectation and what was seen.
    pub fn find(&self, finding: Finding) {
        let mut page = self.lock();
        for number in &finding.cites {
            if !page.exchanges.contains(number) {
                page.exchanges.push(*number);
            }
        }
        match page.steps.iter_mut().rfind(|s| s.reached) {
            Some(step) => step.findings.push(finding),
            None => page.broke = Some("a finding outside any step".to_owned()),
        }
    }

    /// Notes that the scenario made or shared these exchanges.
    pub fn cite(&self, numbers: &[u32]) {
        let mut page = self.lock();
        // 0 is nothing that was recorded.
        for number in numbers.iter().filter(|number| **number > 0) {
            if !page.exchanges.contains(number) {
                page.exchanges.push(*number);
            }
        }
    }

    /// Notes that the scenario depends on a precondition that does not work.
    pub fn depend_on(&self, setup: &str) {
        let mut page = self.lock();
        if !page.setup.iter().any(|id| id == setup) {
            page.setup.push(setup.to_owned());
        }
    }

    /// Neither claimed nor demanded: nothing to test.
    #[must_use]
    pub fn not_applicable(&self, reason: impl Into<String>) -> Halt {
        self.halt(Cause::NotApplicable, reason.into())
    }

    /// The configuration does not give what the check needs.
    #[must_use]
    pub fn not_configured(&self, reason: impl Into<String>) -> Halt {
        self.halt(Cause::NotConfigured, reason.into())
    }

    /// The records show none of it, or the granted scopes hide it.
    #[must_use]
    pub fn not_shown(&self, reason: impl Into<String>) -> Halt {
        self.halt(Cause::NotShown, reason.into())
    }

    /// A sign-in, a setup or a positive control did not work: inconclusive.
    #[must_use]
    pub fn blocked(&self, reason: impl Into<String>) -> Halt {
        self.halt(Cause::Blocked, reason.into())
    }

    /// The question got no answer: it could not be tested, for `reason`.
    #[must_use]
    pub fn inconclusive(&self, reason: impl Into<String>) -> Halt {
        self.halt(Cause::NoAnswer, reason.into())
    }

    /// A person must look.
    #[must_use]
    pub fn attest(&self, question: impl Into<String>) -> Halt {
        self.halt(Cause::Person, question.into())
    }

    /// The findings so far make going on pointless.
    #[must_use]
    pub fn stop(&self) -> Halt {
        Halt(())
    }

    /// The tool itself broke.
    pub fn broke(&self, what: impl Into<String>) {
        let mut page = self.lock();
        if page.broke.is_none() {
            page.broke = Some(what.into());
        }
    }

    /// The scenario ends for a reason of this kind.
    #[must_use]
    pub fn end(&self, cause: Cause, reason: impl Into<String>) -> Halt {
        self.halt(cause, reason.into())
    }

    fn halt(&self, cause: Cause, reason: String) -> Halt {
        self.lock().stop = Some((cause, reason));
        Halt(())
    }

    /// Whether a SHALL has been found broken.
    pub fn has_failed(&self) -> bool {
        let page = self.lock();
        page.steps.iter().flat_map(|s| &s.findings).any(|f| !f.met && f.strength == Strength::Shall)
    }

    /// What the page says at its end.
    ///
    /// A broken SHALL outweighs a later stop; a stop outweighs what held before it; a broken tool outweighs both.
    pub fn close(&self) -> Closing {
        let failed = self.has_failed();
        let mut page = self.lock();
        page.exchanges.sort_unstable();
        let findings: Vec<Finding> = page.steps.iter().flat_map(|s| s.findings.clone()).collect();
        let unreached = page.steps.iter().any(|s| !s.reached);
        let broke = |what: &str| Some((Cause::ToolBroke, format!("probity broke: {what}")));
        let ended = match (&page.broke, failed, &page.stop) {
            (Some(what), ..) => broke(what),
            (None, true, _) => None,
            (None, false, Some(stop)) => Some(stop.clone()),
            (None, false, None) if unreached => broke("a step ended without saying why"),
            (None, false, None) if findings.is_empty() => broke("the scenario put no expectation"),
            (None, false, None) => None,
        };
        let verdict = ended.as_ref().map_or_else(|| Verdict::of(&findings), |(cause, _)| cause.verdict());
        let (cause, reason) = ended.unzip();
        let (steps, exchanges, setup) = (page.steps.clone(), page.exchanges.clone(), page.setup.clone());
        Closing { verdict, cause, reason, steps, exchanges, setup }
    }
}

/// What a page says at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// The verdict.
    pub verdict: Verdict,
    /// What ended the scenario, if its findings did not decide.
    pub cause: Option<Cause>,
    /// The cause in a sentence.
    pub reason: Option<String>,
    /// The steps as they went.
    pub steps: Vec<StepRecord>,
    /// Numbers of the exchanges made or shared, in order.
    pub exchanges: Vec<u32>,
    /// The preconditions that it needs and that do not work.
    pub setup: Vec<String>,
}
