//! Cucumber's events as entries of the ledger.

use super::Scenario;
use super::catalogue::id_of;
use crate::record::{Again, Cause, Closing, Entry, Id, Ledger, Page, ScenarioRecord, Verdict};
use crate::steps::{Halted, World};
use cucumber::event::{self, Hook, StepError};
use cucumber::{Event, cli, gherkin, parser, writer};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// Whether a scenario is played for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    First,
    Second,
}

/// Writes each scenario into the ledger when it ends.
pub(super) struct Recorder {
    pages: Arc<HashMap<String, (Scenario, Page)>>,
    attempt: Attempt,
    ledger: Ledger,
    observer: Box<dyn Fn(&Id)>,
    started: HashMap<String, Instant>,
}

impl Recorder {
    pub(super) fn new(
        pages: Arc<HashMap<String, (Scenario, Page)>>,
        attempt: Attempt,
        ledger: Ledger,
        observer: Box<dyn Fn(&Id)>,
    ) -> Self {
        Self { pages, attempt, ledger, observer, started: HashMap::new() }
    }

    fn scenario(&mut self, scenario: &gherkin::Scenario, event: &event::Scenario<World>) {
        let Some(id) = id_of(&scenario.tags) else { return };
        let Some((own, page)) = self.pages.get(id).cloned() else { return };
        match event {
            event::Scenario::Started => {
                self.started.insert(id.to_owned(), Instant::now());
                (self.observer)(&own.requirement.id);
            }
            event::Scenario::Hook(_, Hook::Failed(_, payload)) => blame(&page, payload, "before the first step"),
            event::Scenario::Background(step, event::Step::Failed(.., error))
            | event::Scenario::Step(step, event::Step::Failed(.., error)) => match error {
                StepError::Panic(payload) => blame(&page, payload, &step.value),
                StepError::NotFound => page.broke(format!("no phrase matches `{}`", step.value)),
                StepError::AmbiguousMatch(_) => page.broke(format!("several phrases match `{}`", step.value)),
            },
            event::Scenario::Background(step, event::Step::Skipped)
            | event::Scenario::Step(step, event::Step::Skipped) => {
                page.broke(format!("no phrase matches `{}`", step.value));
            }
            event::Scenario::Finished => self.finish(own, &page),
            _ => {}
        }
    }

    fn finish(&mut self, own: Scenario, page: &Page) {
        let Closing { verdict, cause, reason, steps, exchanges, setup } = controlled(&own, page.close());
        let started = self.started.remove(own.requirement.id.as_str());
        if self.attempt == Attempt::Second {
            let attempt = Box::new(Again { verdict, cause, reason, steps, exchanges });
            return self.ledger.write(&Entry::Again { scenario: own.requirement.id, attempt });
        }
        let record = ScenarioRecord {
            requirement: own.requirement,
            name: own.name,
            feature: own.feature,
            file: own.file,
            line: own.line,
            tags: own.tags,
            verdict,
            cause,
            reason,
            steps,
            exchanges,
            setup,
            duration_us: started.map_or(0, |at| u64::try_from(at.elapsed().as_micros()).unwrap_or(u64::MAX)),
            waiver: None,
            attestation: None,
            again: None,
        };
        self.ledger.write(&Entry::Scenario(Box::new(record)));
    }
}

/// An attack proves nothing where what it alters does not work unaltered: what the server refuses it may refuse to all.
fn controlled(own: &Scenario, mut closing: Closing) -> Closing {
    let attacks = || own.steps.iter().any(|(_, text)| !crate::steps::attacks(text).is_empty());
    if closing.verdict == Verdict::Pass && !closing.setup.is_empty() && attacks() {
        closing.verdict = Cause::Blocked.verdict();
        closing.cause = Some(Cause::Blocked);
        closing.reason = Some(format!("the same without the attack does not work: {}", closing.setup.join(", ")));
    }
    closing
}

/// Unwinding that is not our own way to end a scenario is a panic: the tool broke. Its text may hold anything.
fn blame(page: &Page, payload: &event::Info, place: &str) {
    if !payload.is::<Halted>() {
        page.broke(format!("a panic in `{place}`"));
    }
}

impl cucumber::Writer<World> for Recorder {
    type Cli = cli::Empty;

    async fn handle_event(&mut self, event: parser::Result<Event<event::Cucumber<World>>>, _: &cli::Empty) {
        let Ok(event) = event else { return };
        if let event::Cucumber::Feature(_, event) = event.value {
            match event {
                event::Feature::Scenario(scenario, event) => self.scenario(&scenario, &event.event),
                event::Feature::Rule(_, event::Rule::Scenario(scenario, event)) => {
                    self.scenario(&scenario, &event.event);
                }
                _ => {}
            }
        }
    }
}

impl writer::Normalized for Recorder {}
