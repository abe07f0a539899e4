//! What ended a scenario before its findings could decide, as data: the exit code and the gate read it, no text.

use super::Verdict;
use serde::{Deserialize, Serialize};

/// Why a scenario has no verdict from findings. The first four are the kinds of *not tested*.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The target neither claims this, nor is it demanded.
    NotApplicable,
    /// The configuration does not give what the check needs.
    NotConfigured,
    /// The records of the configured users have none of it, or the granted scopes hide it.
    NotShown,
    /// A sign-in, a setup or a positive control did not work.
    Blocked,
    /// No usable answer came.
    NoAnswer,
    /// A person must look.
    Person,
    /// Probity itself broke.
    ToolBroke,
}

impl Cause {
    /// The words for people.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::NotApplicable => "not applicable",
            Self::NotConfigured => "not configured",
            Self::NotShown => "not shown",
            Self::Blocked => "blocked",
            Self::NoAnswer => "no answer",
            Self::Person => "left to a person",
            Self::ToolBroke => "probity broke",
        }
    }

    /// The verdict of a scenario that ended so.
    pub fn verdict(self) -> Verdict {
        match self {
            Self::NotApplicable | Self::NotConfigured | Self::NotShown | Self::Blocked => Verdict::Skip,
            Self::NoAnswer | Self::ToolBroke => Verdict::Error,
            Self::Person => Verdict::Outstanding,
        }
    }

    /// Whether the question was right but could not be put: such a scenario never helps a gate to pass.
    pub fn is_inconclusive(self) -> bool {
        matches!(self, Self::Blocked | Self::NoAnswer | Self::ToolBroke)
    }
}
