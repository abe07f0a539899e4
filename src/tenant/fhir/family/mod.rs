//! Families of faults. A member is one defect: `search.omit:Goal.description` is a member of `search.omit`.
//!
//! A family reads its members' arguments once, when they are switched on, and says at which points of the server they act.
//! To add one, write its row and its type in the file of its topic here, and its members in `examples/faults.rs`.

mod bundle;
mod data;
mod include;
mod leak;
mod misreading;
mod read;
mod search;
mod silence;

use serde_json::Value;

use super::query::Query;
use super::table;
use crate::tenant::entry::{Entry, claims};
use crate::tenant::fault::Faults;
pub(super) use leak::Interaction;
pub(super) use misreading::Reading;

/// A family: all that differs between its members is their arguments.
pub(in crate::tenant) struct Family {
    pub(in crate::tenant) id: &'static str,
    /// What a member does; `{0}` is the first argument, `{1}` the second, `{2}` the rest, `{rest}` all after the first.
    pub(in crate::tenant) what: &'static str,
    /// A member with these arguments; `None` when they name nothing that the server has.
    read: fn(&str) -> Option<Box<dyn Member>>,
}

/// All families, by topic.
const FAMILIES: [&[Family]; 8] = [
    &search::FAMILIES,
    &misreading::FAMILIES,
    &bundle::FAMILIES,
    &include::FAMILIES,
    &read::FAMILIES,
    &silence::FAMILIES,
    &data::FAMILIES,
    &leak::FAMILIES,
];

/// The family of a member's id, and the member's arguments.
pub(in crate::tenant) fn of(id: &str) -> Option<(&'static Family, &str)> {
    let (name, arguments) = id.split_once(':')?;
    let family = FAMILIES.iter().copied().flatten().find(|family| family.id == name)?;
    Some((family, arguments))
}

/// Whether an id is that of a member which can be switched on.
pub(in crate::tenant) fn is_member(id: &str) -> bool {
    member(id).is_some()
}

fn member(id: &str) -> Option<Box<dyn Member>> {
    let (family, arguments) = of(id)?;
    (family.read)(arguments)
}

/// A search as the faults see it.
pub(super) struct Asked<'a> {
    pub(super) kind: &'a str,
    pub(super) query: &'a Query,
    /// The patient in context.
    pub(super) patient: Option<&'a str>,
    pub(super) post: bool,
    /// Below `Patient/{id}/`.
    pub(super) compartment: bool,
}

/// The points at which a member can act. Each does nothing unless the member says otherwise.
pub(super) trait Member: std::fmt::Debug + Send + Sync {
    /// Changes what the server holds.
    fn record(&self, _entry: &mut Entry) {}

    /// The fence around the patient is down for this interaction.
    fn lifts(&self, _interaction: Interaction) -> bool {
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

    /// The CapabilityStatement does not say that the type has this.
    fn hides(&self, _kind: &str, _what: &str) -> bool {
        false
    }
}

/// The members that are switched on.
#[derive(Debug, Default)]
pub(super) struct Members(Vec<Box<dyn Member>>);

impl Members {
    pub(super) fn of(faults: &Faults) -> Members {
        Members(faults.ids().filter_map(member).collect())
    }

    pub(super) fn any(&self, acts: impl Fn(&dyn Member) -> bool) -> bool {
        self.iter().any(acts)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &dyn Member> {
        self.0.iter().map(AsRef::as_ref)
    }
}

/// A resource type that the server has.
fn kind(name: &str) -> Option<&'static str> {
    table::types().get_key_value(name).map(|(kind, _)| kind.as_str())
}

/// `Type.parameter`, of those that the server has.
fn parameter(text: &str) -> Option<(&'static str, String)> {
    let (of, name) = text.split_once('.')?;
    table::types().get(of)?.parameter(name)?;
    Some((kind(of)?, name.to_owned()))
}

/// A profile that the server has, by the end of its URL.
fn profile(name: &str) -> Option<String> {
    table::types().values().any(|row| row.profiles.iter().any(|own| own == name)).then(|| name.to_owned())
}
