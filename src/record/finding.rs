//! One expectation put to the target, and what was seen.

use super::{NotEvaluated, Strength};
use serde::{Deserialize, Serialize};

/// An expectation that was met or was not, with the exchanges that show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Whether the expectation was met.
    #[serde(alias = "held")]
    pub met: bool,
    /// How strongly it is demanded: a broken SHALL fails, a broken SHOULD warns, a broken MAY is a note.
    pub strength: Strength,
    /// The expectation, as a phrase: `400 with error "invalid_grant"`.
    pub expected: String,
    /// What was seen instead, or as expected; never a secret, never record content.
    pub observed: String,
    /// Numbers of the exchanges that show it ([`super::Exchange::number`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cites: Vec<u32>,
    /// The elements that the expectation asks for one by one, where it does.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elements: Vec<Element>,
    /// What of the expectation could not be judged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_evaluated: Vec<NotEvaluated>,
}

/// An element that must be shown somewhere, such as one that is must support.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Element {
    /// Its path, with the slice or the type of a choice.
    pub name: String,
    /// The exchange in which it was first seen; none where nothing shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<u32>,
}

/// Why a scenario stopped before its end. The reason is on the scenario's page before this exists.
///
/// Only [`super::Page`] makes one, so that no step can stop without leaving its reason in the ledger.
#[derive(Debug)]
pub struct Halt(pub(super) ());
