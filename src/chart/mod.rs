//! The chart: everything that the sessions of the configured patients show, gathered once a run.
//!
//! Checks of data look at it rather than at one search's answer: values to search for come from all of it, and what is
//! known to be there must come back. It says of each resource who saw it, in which exchange, and what it is held to.

mod ask;
mod follow;
mod gather;
mod held;
mod pointer;

pub use ask::{Answered, Asking};
pub use gather::Gathering;
pub use held::{Held, Resolution, Resolved};
pub use pointer::{Pointer, pointers, target_of};

use crate::fhir::{Pages, Pairs};
use crate::search::{Anchor, Group};
use crate::smart::{Session, covers};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One patient whose session could be made.
pub struct Person {
    /// The user's name in the configuration.
    pub user: String,
    /// The patient in context.
    pub patient: String,
    /// The session.
    pub session: Arc<Session>,
}

/// A search that the chart was gathered by.
pub struct Made {
    /// Position in [`Chart::people`].
    pub person: usize,
    /// What was wanted.
    pub anchor: Anchor,
    /// What was asked: the same, with a status where the server insists on one.
    pub pairs: Pairs,
    /// What came.
    pub pages: Pages,
}

/// All that was seen.
#[derive(Default)]
pub struct Chart {
    /// Whose sessions.
    pub people: Vec<Person>,
    /// Why other configured patients have no session.
    pub troubles: Vec<String>,
    /// The searches that brought it.
    pub made: Vec<Made>,
    /// Those of them that were made once more with what points to their matches.
    pub beside: Vec<Made>,
    /// Each resource once.
    pub held: Vec<Held>,
    /// What became of references that were followed, by person and reference as written.
    pub resolved: BTreeMap<(usize, String), Resolved>,
    /// The resource types that the CapabilityStatement claims; none if it does not say.
    pub claimed: Option<Vec<String>>,
    at: BTreeMap<String, usize>,
}

impl Chart {
    /// The resource `Type/id`, if any session showed it.
    pub fn find(&self, reference: &str) -> Option<&Held> {
        self.held.get(*self.at.get(reference)?)
    }

    /// The resources that are held to the profile of a group.
    pub fn of_group<'c>(&'c self, group: &'c Group) -> impl Iterator<Item = &'c Held> {
        self.held.iter().filter(move |held| held.of == group.of && held.groups.contains(&group.name))
    }

    /// The resources of a type that a person's session showed.
    pub fn of_type<'c>(&'c self, person: usize, of: &'c str) -> impl Iterator<Item = &'c Held> {
        self.held.iter().filter(move |held| held.of == of && held.people.contains(&person))
    }

    /// Whether the server says, or does not deny, that it serves a type.
    pub fn claims(&self, of: &str) -> bool {
        self.claimed.as_ref().is_none_or(|claimed| claimed.iter().any(|own| own == of))
    }

    /// Whether any session's scopes permit to see a type.
    pub fn may_be_seen(&self, of: &str) -> bool {
        let permits = |letter| self.people.iter().any(|person| covers(person.session.scope(), of, letter));
        permits('s') || permits('r')
    }

    /// Takes a resource in; the first to show it is remembered.
    pub fn take(&mut self, held: Held) {
        match self.at.get(&held.reference()) {
            Some(&at) => self.held[at].people.extend(held.people),
            None => {
                self.at.insert(held.reference(), self.held.len());
                self.held.push(held);
            }
        }
    }
}
