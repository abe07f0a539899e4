//! Named defects that are switched on at decision points of the server, so that a check can prove itself.

use std::collections::BTreeSet;
use std::sync::Arc;

/// The defects that are switched on. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<BTreeSet<String>>);

impl Faults {
    /// Switches on `ids` without asking the catalogue.
    pub(super) fn of(ids: &[&str]) -> Self {
        Self(Arc::new(ids.iter().map(|id| (*id).to_owned()).collect()))
    }

    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether the defect called `id` is on.
    pub(super) fn on(&self, id: &'static str) -> bool {
        !self.0.is_empty() && self.0.contains(id)
    }

    /// The time of the server's clock, in seconds since 1970.
    pub(super) fn now(&self) -> i64 {
        let ahead = if self.on("clock.ten-minutes-ahead") { 600 } else { 0 };
        super::state::now() + ahead
    }

    /// The ids of those that are on.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}
