//! The engine: which features there are, which scenarios run, and how their events become a run.

mod catalogue;
mod error;
mod feature;
mod own;
mod recorder;
mod requirements;
mod run;
mod selection;
mod sources;
mod tables;
mod template;
#[cfg(test)]
mod tests;
mod wiring;

pub use catalogue::{Catalogue, Scenario, rendered};
pub use error::{CatalogueError, EngineError};
pub use run::{Event, Listener, Plan, run};
pub use selection::SelectionError;
pub use tables::{Rows, table};
