//! The defects that can be switched on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The switched-on faults; cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<(BTreeSet<String>, BTreeMap<String, Vec<String>>)>);

impl Faults {
    /// These ids.
    pub fn of(ids: &[&str]) -> Faults {
        let mut families = BTreeMap::new();
        for id in ids {
            if let Some((family, rest)) = id.split_once(':') {
                families.insert(family.to_owned(), rest.split('.').map(str::to_owned).collect());
            }
        }
        Faults(Arc::new((ids.iter().map(|i| (*i).to_owned()).collect(), families)))
    }
    /// Is this named fault switched on?
    pub fn on(&self, id: &'static str) -> bool {
        self.0.0.contains(id)
    }
    /// Arguments of a family fault.
    pub fn family(&self, family: &'static str) -> Option<&[String]> {
        self.0.1.get(family).map(Vec::as_slice)
    }
}
