//! What can be known of the patients' records: whose sessions there are, what their scopes permit, and how a scenario ends
//! that nothing known serves.

use super::{Outcome, World};
use crate::chart::Chart;
use crate::examine::absence::{self, Absence};
use crate::record::Halt;
use crate::smart::{Session, covers};
use std::sync::Arc;

impl World {
    /// The session of a person of the chart.
    pub(super) fn session_of(&self, chart: &Chart, person: usize) -> Result<Arc<Session>, Halt> {
        chart.people.get(person).map(|p| Arc::clone(&p.session)).ok_or_else(|| self.misplaced("a person of the chart"))
    }

    fn ended(&self, absence: Absence) -> Halt {
        self.page.end(absence.cause, self.door.redact(&absence.why))
    }

    /// Ends the scenario where nobody can know what the records show of a type.
    pub(super) fn unknowable(&self, chart: &Chart, of: &str) -> Option<Halt> {
        absence::unknowable(chart, of).map(|absence| self.ended(absence))
    }

    /// Ends the scenario: nothing known serves it. Says what would.
    pub(super) fn not_shown(&self, chart: &Chart, of: &str, what: &str) -> Halt {
        self.ended(absence::not_shown(chart, of, what))
    }

    /// Skips where the session may not do this with the type: `r` to read, `s` to search.
    pub(super) fn permitted(&self, session: &Session, of: &str, letter: char) -> Outcome {
        if covers(session.scope(), of, letter) {
            return Ok(());
        }
        let what = if letter == 's' { "search for" } else { "read" };
        Err(self.page.not_shown(format!("the granted scopes do not permit to {what} {of}")))
    }
}
