//! What the CapabilityStatement does not say.

use super::super::table;
use super::member::{Family, Member, kind};

pub(super) const FAMILIES: [Family; 1] = [Family {
    id: "capability.silent",
    what: "the CapabilityStatement does not say that {0} has {1}",
    read: |text| {
        let (of, what) = text.split_once('.')?;
        let row = table::types().get(of)?;
        let known = OTHERS.contains(&what) || row.parameter(what).is_some();
        known.then_some(Box::new(Silence { of: kind(of)?, what: what.to_owned() }))
    },
}];

/// What a type can have besides parameters.
const OTHERS: [&str; 6] = ["read", "vread", "search-type", "searchInclude", "searchRevInclude", "docref"];

#[derive(Debug)]
struct Silence {
    of: &'static str,
    what: String,
}

impl Member for Silence {
    fn hides(&self, kind: &str, what: &str) -> bool {
        kind == self.of && what == self.what
    }
}
