//! The granular scopes that are asked for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Sets of granular scopes: by set and resource type, the categories as search values.
pub type GranularSets = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// The sets of granular scopes that are asked for.
pub fn granular_sets() -> &'static GranularSets {
    static SETS: LazyLock<GranularSets> =
        LazyLock::new(|| toml::from_str(include_str!("../../profiles/granular-scopes.toml")).unwrap_or_default());
    &SETS
}
