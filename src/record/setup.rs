//! Setup: what must work before anything can be examined, tried once, and an entry of its own in every report.

use super::Id;
use serde::{Deserialize, Serialize};

/// What became of one precondition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetupState {
    /// It works.
    Ready,
    /// It does not work, and the configuration is the likely reason: the server is not blamed.
    Misconfigured,
    /// It could not be tried to its end: no answer, or a page that cannot be read.
    Unclear,
    /// It works, and there is something to know of it.
    Noted,
    /// The server refuses what it should grant. The scenarios about this say so themselves.
    Refused,
}

impl SetupState {
    /// The words for people.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Misconfigured => "likely misconfigured",
            Self::Unclear => "could not be tried",
            Self::Noted => "worth knowing",
            Self::Refused => "refused by the server",
        }
    }
}

/// One precondition of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupRecord {
    /// `setup.a.public`: stable for one configuration.
    pub id: String,
    /// What was tried, in a sentence.
    pub what: String,
    /// What became of it.
    pub state: SetupState,
    /// What was seen, if it does not work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What to change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The exchanges that show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<u32>,
    /// The scenarios that could not be tested for want of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Id>,
}

impl SetupRecord {
    /// Whether it does not work.
    pub fn is_broken(&self) -> bool {
        self.is_told() && self.state != SetupState::Noted
    }

    /// Whether a reader should see it.
    pub fn is_told(&self) -> bool {
        self.state != SetupState::Ready
    }
}
