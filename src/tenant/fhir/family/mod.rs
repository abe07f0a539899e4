//! Families of faults. A member is one defect: `search.omit:Goal.description` is a member of `search.omit`.
//!
//! A family reads its members' arguments once, when they are switched on, and says at which points of the server they act.
//! To add one, write its row and its type in the file of its topic here, and its members in `examples/faults.rs`.

mod beyond;
mod bundle;
mod consent;
mod data;
mod gateway;
mod include;
mod interaction;
mod leak;
mod member;
mod misreading;
mod read;
mod search;
mod silence;

use crate::tenant::fault::Faults;
pub(super) use gateway::Reach;
pub(super) use interaction::{Asked, Interaction};
pub(super) use member::Reading;
use member::{Family, Member};

/// All families, by topic.
const FAMILIES: [&[Family]; 11] = [
    &search::FAMILIES,
    &misreading::FAMILIES,
    &bundle::FAMILIES,
    &include::FAMILIES,
    &read::FAMILIES,
    &silence::FAMILIES,
    &data::FAMILIES,
    &leak::FAMILIES,
    &gateway::FAMILIES,
    &beyond::FAMILIES,
    &consent::FAMILIES,
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

/// The words that the last argument of a family's members takes, where it is one of a fixed list.
pub(in crate::tenant) fn words(id: &str) -> Vec<&'static str> {
    match id {
        "beyond" => beyond::SHAPES.iter().map(|(word, _)| *word).collect(),
        "bundle" => bundle::PARTS.iter().map(|(word, _)| *word).collect(),
        "gateway" => gateway::SHAPES.iter().map(|(word, ..)| *word).collect(),
        "leak" => leak::NAMES.iter().map(|(word, _)| *word).collect(),
        "search.comparator" => misreading::COMPARATORS.iter().map(|(word, _)| *word).collect(),
        "search.token" => misreading::TOKENS.iter().map(|(word, _)| *word).collect(),
        _ => Vec::new(),
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
