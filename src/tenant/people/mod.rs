//! Synthetic people.

use super::fhir::Entry;

pub(in crate::tenant) fn synthesize(_tenant: &str, _seed: u64) -> Vec<Entry> {
    Vec::new()
}
