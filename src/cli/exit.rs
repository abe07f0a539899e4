//! What the process says when it ends. The numbers are an API.

use crate::record::{Cause, Gate, Run};
use crate::smart::Trouble;
use std::process::{ExitCode, Termination};

/// How a verb ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// The gate passed, or the verb did what it was asked.
    Passed = 0,
    /// The gate failed.
    Failed = 1,
    /// The command line or a configuration is wrong.
    Usage = 2,
    /// The target could not be tested, in whole or in part.
    Inconclusive = 3,
    /// Nothing was selected, so nothing was tested.
    NothingSelected = 4,
    /// The gate passed, but a report could not be written: a full disk, a folder that is no longer there.
    Unwritten = 5,
    /// A bug of Probity.
    Bug = 70,
    /// Interrupted; the reports of what was done are written.
    Interrupted = 130,
}

impl Exit {
    /// How a judged run ends.
    pub(super) fn of(run: &Run) -> Self {
        let Gate { failures, inconclusive, .. } = &run.gate;
        if run.interrupted {
            Self::Interrupted
        } else if run.scenarios.is_empty() {
            Self::NothingSelected
        } else if !failures.is_empty() {
            Self::Failed
        } else if run.scenarios.iter().any(|s| s.cause == Some(Cause::ToolBroke)) {
            Self::Bug
        } else if !inconclusive.is_empty() {
            Self::Inconclusive
        } else {
            Self::Passed
        }
    }
}

impl Exit {
    /// How a verb ends that could not sign in.
    pub(super) fn of_trouble(trouble: &Trouble) -> Self {
        match trouble {
            Trouble::NotConfigured(_) | Trouble::NotApplicable(_) => Self::Usage,
            _ => Self::Inconclusive,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        self.into()
    }
}
