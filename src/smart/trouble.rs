//! Why the client could not go on.

use crate::http::NoAnswer;

/// Why the client could not go on.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Trouble {
    /// The configuration lacks something; the reason says what to add.
    #[error("{0}")]
    NotConfigured(String),
    /// It makes no sense at this target.
    #[error("{0}")]
    NotApplicable(&'static str),
    /// The target did not answer.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    /// The target answered, and not as the protocol needs it to go on.
    #[error("{0}")]
    Refused(String),
    /// The SMART configuration tells no endpoint, and the configuration names none. A check of its own asks for that.
    #[error("{0}")]
    NoEndpoint(String),
    /// A precondition does not work; it has an entry of its own.
    #[error("{id}: {reason}")]
    Setup {
        /// Its id.
        id: String,
        /// What was seen.
        reason: String,
    },
    /// The sign-in could not be played to its end, which says nothing about the target.
    #[error("{0}")]
    Unclear(String),
}
