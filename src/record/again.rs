//! The second attempt at a failed check of security: fresh sessions, no shared answer.

use super::{Cause, StepRecord, Verdict};
use serde::{Deserialize, Serialize};

/// What a failed scenario came to when it was tried once more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Again {
    /// What is said of it this time.
    pub verdict: Verdict,
    /// What ended it, if its findings did not decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The cause in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Its steps in order.
    pub steps: Vec<StepRecord>,
    /// Exchanges that it made, by number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<u32>,
}

impl Again {
    /// Whether the second attempt contradicts the first one, which failed.
    pub fn held(&self) -> bool {
        matches!(self.verdict, Verdict::Pass | Verdict::Warn)
    }
}
