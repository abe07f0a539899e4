//! Whether expectations held, judged from what is at hand: a chart, a plan and its answers. Nothing here asks anybody.
//!
//! `steps` looks up what a phrase names, makes the requests and writes down the [`Observation`]s that come from here.

pub mod absence;
pub mod answer;
mod basis;
pub mod canary;
pub mod capability;
mod chain;
pub mod chance;
pub mod conformance;
pub mod context;
pub mod crossing;
mod dates;
mod document;
mod forms;
pub mod granular;
pub mod handshake;
mod id_token;
mod include;
pub mod injection;
pub mod introspection;
pub mod isolation;
pub mod landing;
pub mod must_support;
pub mod own;
pub mod profile;
mod query;
pub mod reference;
pub mod refusal;
pub mod resource;
mod results;
mod searchset;
mod shown;
pub mod token;
mod values;

pub use basis::Basis;
pub use document::Document;
pub use id_token::IdToken;
pub use include::Include;
pub use must_support::Demanded;
pub use query::{Query, Search};
pub use searchset::searchset;
pub use shown::Shown;
pub use values::Plan;

use crate::chart::Resource;
use crate::record::{Element, NotEvaluated, Strength};
use std::collections::BTreeSet;

/// Why nothing could be judged, as a phrase for reports.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unjudged(pub String);

impl From<String> for Unjudged {
    fn from(why: String) -> Self {
        Self(why)
    }
}

/// Whether one expectation was met, in words that may still hold secrets: whoever writes it down redacts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Whether the expectation was met.
    pub met: bool,
    /// How strongly it is demanded.
    pub strength: Strength,
    /// The expectation, as a phrase for reports.
    pub expected: String,
    /// What was seen, as a phrase for reports; never record content.
    pub observed: String,
    /// The exchanges that show it.
    pub cites: Vec<u32>,
    /// The elements that it asks for one by one, where it does.
    pub elements: Vec<Element>,
    /// What of it could not be judged.
    pub not_evaluated: Vec<NotEvaluated>,
}

impl Observation {
    /// Whether something that is demanded held.
    pub fn new(met: bool, expected: impl Into<String>, observed: impl Into<String>, cites: Vec<u32>) -> Self {
        let (expected, observed) = (expected.into(), observed.into());
        Self {
            met,
            strength: Strength::Shall,
            expected,
            observed,
            cites,
            elements: Vec::new(),
            not_evaluated: Vec::new(),
        }
    }

    /// The same, asked for each of these elements.
    #[must_use]
    pub fn about(self, elements: Vec<Element>) -> Self {
        Self { elements, ..self }
    }

    /// The same, demanded this strongly.
    #[must_use]
    pub fn with_strength(self, strength: Strength) -> Self {
        Self { strength, ..self }
    }

    /// The same, with what tells it from others of its kind in front; nothing changes for an empty label.
    #[must_use]
    pub fn with_label(mut self, label: &str) -> Self {
        if !label.is_empty() {
            self.expected = format!("{label}: {}", self.expected);
            self.observed = format!("{label}: {}", self.observed);
        }
        self
    }
}

/// The exchanges in which some resources came, the first few.
pub fn cited<'h>(all: impl IntoIterator<Item = &'h Resource>) -> Vec<u32> {
    let numbers: BTreeSet<u32> = all.into_iter().map(|resource| resource.number).collect();
    numbers.into_iter().take(profile::NAMED).collect()
}

#[cfg(test)]
mod tests;
