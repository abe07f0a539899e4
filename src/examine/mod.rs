//! Whether expectations held, judged from what is at hand: a chart, a plan and its answers. Nothing here asks anybody.
//!
//! `steps` looks up what a phrase names, makes the requests and writes down the [`Observation`]s that come from here.

pub mod absence;
mod basis;
pub mod canary;
mod chain;
mod dates;
mod forms;
pub mod granular;
mod include;
pub mod isolation;
pub mod profile;
mod query;
mod results;
mod searchset;
mod values;

pub use basis::Basis;
pub use include::Include;
pub use query::{Query, Search};
pub use searchset::searchset;
pub use values::Plan;

use crate::record::Strength;

/// Whether one expectation held, in words that may still hold secrets: whoever writes it down redacts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Whether the expectation held.
    pub held: bool,
    /// How strongly it is demanded.
    pub strength: Strength,
    /// The expectation, as a phrase for reports.
    pub expected: String,
    /// What was seen, as a phrase for reports; never record content.
    pub observed: String,
    /// The exchanges that show it.
    pub cites: Vec<u32>,
}

impl Observation {
    /// Whether something that is demanded held.
    pub fn new(held: bool, expected: impl Into<String>, observed: impl Into<String>, cites: Vec<u32>) -> Self {
        Self { held, strength: Strength::Shall, expected: expected.into(), observed: observed.into(), cites }
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

#[cfg(test)]
mod tests;
