//! What a family and its members are, and what their arguments may name.

use serde_json::Value;

use super::super::request::FhirRequest;
use super::super::table;
use super::gateway::Reach;
use super::interaction::{Asked, Interaction};
use crate::tenant::entry::Entry;

/// A family: all that differs between its members is their arguments.
pub(in crate::tenant) struct Family {
    pub(in crate::tenant) id: &'static str,
    /// What a member does; `{0}` is the first argument, `{1}` the second, `{2}` the rest, `{rest}` all after the first.
    pub(in crate::tenant) what: &'static str,
    /// A member with these arguments; `None` when they name nothing that the server has.
    pub(super) read: fn(&str) -> Option<Box<dyn Member>>,
}

/// The points at which a member can act. Each does nothing unless the member says otherwise.
pub(in crate::tenant::fhir) trait Member: std::fmt::Debug + Send + Sync {
    /// Changes what the server holds.
    fn record(&self, _entry: &mut Entry) {}

    /// The fence around the patient is down for this interaction.
    fn lifts(&self, _interaction: Interaction) -> bool {
        false
    }

    /// The request is answered past the fence, by something in front of the server.
    fn opens(&self, _request: &FhirRequest) -> Option<Reach> {
        None
    }

    /// The request is answered with more types than the token was granted.
    fn exceeds(&self, _request: &FhirRequest) -> bool {
        false
    }

    /// The search answers 500.
    fn crashes(&self, _search: &Asked<'_>) -> bool {
        false
    }

    /// A parameter is not looked at.
    fn ignores(&self, _kind: &str, _parameter: &str) -> bool {
        false
    }

    /// A value is taken for another one.
    fn reads(&self, _kind: &str, _parameter: &str, _value: &str) -> Option<Reading> {
        None
    }

    /// The search finds nothing.
    fn finds_nothing(&self, _search: &Asked<'_>) -> bool {
        false
    }

    /// A search by this parameter leaves a match out.
    fn omits(&self, _kind: &str, _parameter: &str) -> bool {
        false
    }

    /// `_count` is said to be used and is not.
    fn pages_whole(&self, _kind: &str) -> bool {
        false
    }

    /// Where a page that should begin at `from` (not the first one) begins.
    fn begins(&self, _kind: &str, from: usize) -> usize {
        from
    }

    /// Changes a finished searchset.
    fn bundle(&self, _search: &Asked<'_>, _bundle: &mut Value) {}

    /// An include, or a reverse one, brings nothing.
    fn includes_nothing(&self, _kind: &str, _parameter: &str, _reverse: bool) -> bool {
        false
    }

    /// An include, or a reverse one, brings something that has nothing to do with the matches.
    fn includes_stray(&self, _kind: &str, _reverse: bool) -> bool {
        false
    }

    /// A read does not find the resource.
    fn misses(&self, _entry: &Entry) -> bool {
        false
    }

    /// Changes what a read shows.
    fn shows(&self, _entry: &Entry, _body: &mut Value) {}

    /// Whether a type is granted, whatever the patient left ticked.
    fn consents(&self, _kind: &str) -> Option<bool> {
        None
    }

    /// The CapabilityStatement does not say that the type has this.
    fn hides(&self, _kind: &str, _what: &str) -> bool {
        false
    }
}

/// What a faulty server makes of a value.
pub(in crate::tenant::fhir) enum Reading {
    /// It reads this instead.
    As(String),
    /// It reads something that nothing has.
    Nothing,
}

/// A resource type that the server has.
pub(super) fn kind(name: &str) -> Option<&'static str> {
    table::types().get_key_value(name).map(|(kind, _)| kind.as_str())
}

/// `Type.parameter`, of those that the server has.
pub(super) fn parameter(text: &str) -> Option<(&'static str, String)> {
    let (of, name) = text.split_once('.')?;
    table::types().get(of)?.parameter(name)?;
    Some((kind(of)?, name.to_owned()))
}

/// A profile that the server has, by the end of its URL.
pub(super) fn profile(name: &str) -> Option<String> {
    table::types().values().any(|row| row.profiles.iter().any(|own| own == name)).then(|| name.to_owned())
}
