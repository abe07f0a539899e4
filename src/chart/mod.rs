//! The chart: everything that the sessions of the configured patients show, gathered once a run.
//!
//! Checks of data look at it rather than at one search's answer: values to search for come from all of it, and what is
//! known to be there must come back. It says of each resource who saw it, in which exchange, and what it is held to.

mod ask;
mod follow;
mod gather;
mod pointer;
mod resource;

pub use ask::{Answered, Asking};
pub use gather::Gathering;
pub use pointer::{Pointer, pointers, target_of};
pub use resource::{Resolution, Resolved, Resource};

use crate::fhir::{Pages, Pairs};
use crate::http::Answer;
use crate::search::{Anchor, Group};
use crate::smart::{Session, covers};
use std::collections::{BTreeMap, BTreeSet};
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
    /// The parts of the setup that are the reason of troubles, by id.
    pub missing: Vec<String>,
    /// The searches that brought it.
    pub made: Vec<Made>,
    /// Those of them that were made once more with what points to their matches.
    pub reverse_included: Vec<Made>,
    /// Each resource once.
    pub resources: Vec<Resource>,
    /// What became of references that were followed, by person and reference as written.
    pub resolved: BTreeMap<(usize, String), Resolved>,
    /// The resource types that the CapabilityStatement claims; none if it does not say.
    pub claimed: Option<Vec<String>>,
    /// The answers in which resources first came, by the number of their exchange.
    pub sources: BTreeMap<u32, Answer>,
    at: BTreeMap<String, usize>,
}

impl Chart {
    /// The answers in which these resources first came.
    pub fn sources_of(&self, resources: &[&Resource]) -> Vec<Answer> {
        let numbers: BTreeSet<u32> = resources.iter().map(|resource| resource.number).collect();
        numbers.iter().filter_map(|number| self.sources.get(number).cloned()).collect()
    }

    /// The resource `Type/id`, if any session showed it.
    pub fn find(&self, reference: &str) -> Option<&Resource> {
        self.resources.get(*self.at.get(reference)?)
    }

    /// The resources that are held to the profile of a group.
    pub fn of_group<'c>(&'c self, group: &'c Group) -> impl Iterator<Item = &'c Resource> {
        self.resources.iter().filter(move |resource| resource.of == group.of && resource.groups.contains(&group.name))
    }

    /// The resources of a type that a person's session showed.
    pub fn of_type<'c>(&'c self, person: usize, of: &'c str) -> impl Iterator<Item = &'c Resource> {
        self.resources.iter().filter(move |resource| resource.of == of && resource.people.contains(&person))
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
    pub fn take(&mut self, resource: Resource) {
        match self.at.get(&resource.reference()) {
            Some(&at) => self.resources[at].people.extend(resource.people),
            None => {
                self.at.insert(resource.reference(), self.resources.len());
                self.resources.push(resource);
            }
        }
    }
}
