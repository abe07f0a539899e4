//! Why the features cannot be read, and why a plan cannot be run.

use crate::http::DoorError;
use crate::steps::PhraseError;

/// What is wrong with the features.
#[derive(Debug, thiserror::Error)]
#[error("{file}:{line}: {what}\n  help: {help}")]
pub struct CatalogueError {
    /// The feature or requirement file.
    pub file: String,
    /// The line in it.
    pub line: usize,
    /// What is wrong.
    pub what: String,
    /// The next step.
    pub help: String,
}

/// Why there is no run.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The way to the target cannot be opened.
    #[error(transparent)]
    Door(#[from] DoorError),
    /// The vocabulary itself is broken.
    #[error(transparent)]
    Phrase(#[from] PhraseError),
    /// The system gives no thread or no runtime.
    #[error("cannot start the thread of the run: {0}; free some resources of the system and run again")]
    Thread(#[source] std::io::Error),
    /// The thread of the run ended without an answer.
    #[error("the thread of the run panicked; this is a defect of probity, please report it")]
    Panicked,
    /// The run left no start.
    #[error("the run left no start; this is a defect of probity, please report it")]
    NoStart,
}

impl EngineError {
    /// Whether Probity is to blame, not its surroundings.
    pub fn is_defect(&self) -> bool {
        matches!(self, Self::Phrase(_) | Self::Panicked | Self::NoStart)
    }
}
