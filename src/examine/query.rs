//! One search of a scenario: what is asked for, and what came.

use super::Observation;
use crate::fhir::{Pages, Pairs};
use crate::record::Strength;

/// A search that is to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// What tells it from the others of the scenario; empty for the only one.
    pub label: String,
    /// The resource type.
    pub of: String,
    /// Whose session makes it: a position in the chart's people.
    pub person: usize,
    /// Parameters and values.
    pub pairs: Pairs,
    /// Parameters that a server could overlook unnoticed, for want of a resource that would come only then.
    pub unproven: Vec<String>,
    /// Whether it asks for what nothing has: a refusal of the value is as good as an empty answer.
    pub counter: bool,
    /// How strongly its form is demanded.
    pub strength: Strength,
}

impl Query {
    /// A search of a type with these parameters, whose form is demanded.
    pub fn new(of: &str, person: usize, pairs: Pairs) -> Self {
        let (label, unproven) = (String::new(), Vec::new());
        Self { label, of: of.to_owned(), person, pairs, unproven, counter: false, strength: Strength::Shall }
    }

    /// The same search with another value for a parameter.
    #[must_use]
    pub fn with_value(&self, label: &str, strength: Strength, name: &str, value: &str) -> Self {
        let mut other = Self { label: label.to_owned(), strength, ..self.clone() };
        other.pairs.iter_mut().filter(|(own, _)| own == name).for_each(|(_, own)| value.clone_into(own));
        other
    }

    /// The value of a parameter.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The parameters that say what matches; the others are about the answer.
    pub fn criteria(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        all.filter(|(name, _)| !is_about_the_answer(name))
    }
}

fn is_about_the_answer(name: &str) -> bool {
    let plain = name.split(':').next().unwrap_or_default();
    matches!(plain, "_count" | "_include" | "_revinclude" | "_sort" | "_total" | "_summary" | "_elements" | "_format")
}

/// A search that was made.
#[derive(Clone, Debug)]
pub struct Search {
    /// What was asked for.
    pub query: Query,
    /// What came.
    pub pages: Pages,
}

impl Search {
    /// Whether an expectation about it held, demanded as strongly as its form is.
    pub fn observe(&self, met: bool, expected: impl Into<String>, observed: impl Into<String>) -> Observation {
        let seen = Observation::new(met, expected, observed, self.pages.numbers());
        seen.with_strength(self.query.strength).with_label(&self.query.label)
    }
}
