//! What can be known of the patients' records: whose sessions there are, what their scopes permit, and how a scenario ends
//! that nothing known serves.

use super::{Outcome, World};
use crate::chart::Chart;
use crate::fhir::End;
use crate::record::Halt;
use crate::smart::{Session, covers};
use std::sync::Arc;

impl World {
    /// The session of a person of the chart.
    pub(super) fn session_of(&self, chart: &Chart, person: usize) -> Result<Arc<Session>, Halt> {
        chart.people.get(person).map(|p| Arc::clone(&p.session)).ok_or_else(|| self.misplaced("a person of the chart"))
    }

    /// Ends the scenario where nobody can know what the records show of a type.
    pub(super) fn unknowable(&self, chart: &Chart, of: &str) -> Option<Halt> {
        if chart.people.is_empty() {
            let why = if chart.troubles.is_empty() {
                "no user with a patient is configured".to_owned()
            } else {
                chart.troubles.join("; ")
            };
            return Some(self.page.skip(format!("no patient's record can be seen: {why}")));
        }
        if !chart.claims(of) {
            return Some(self.page.skip(format!("not applicable: the CapabilityStatement does not claim {of}")));
        }
        let mut of_type = chart.made.iter().filter(|made| made.anchor.of == of);
        if let Some(why) = of_type.find_map(|made| made.pages.untested()) {
            return Some(self.page.inconclusive(self.door.redact(&why)));
        }
        (!chart.may_be_seen(of)).then(|| self.page.skip(format!("the granted scopes do not permit to see {of}")))
    }

    /// Ends the scenario: nothing known serves it. Says what would.
    pub(super) fn not_shown(&self, chart: &Chart, of: &str, what: &str) -> Halt {
        if let Some(halt) = self.unknowable(chart, of) {
            return halt;
        }
        let mut of_type = chart.made.iter().filter(|made| made.anchor.of == of);
        if let Some(made) = of_type.find(|made| made.pages.end != End::Whole) {
            let numbers: Vec<String> = made.pages.numbers().iter().map(|number| format!("#{number}")).collect();
            let end = made.pages.end.words();
            return self
                .page
                .skip(format!("{what} is not known: the search for {of} ended with {end} ({})", numbers.join(", ")));
        }
        self.page.skip(format!("not shown by the records of the configured users: {what}"))
    }

    /// Skips where the session may not do this with the type: `r` to read, `s` to search.
    pub(super) fn permitted(&self, session: &Session, of: &str, letter: char) -> Outcome {
        if covers(session.scope(), of, letter) {
            return Ok(());
        }
        let what = if letter == 's' { "search for" } else { "read" };
        Err(self.page.skip(format!("the granted scopes do not permit to {what} {of}")))
    }
}
