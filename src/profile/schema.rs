//! Placeholder.
use super::library::Library;
use serde_json::Value;
pub fn all(_: &Library) -> Vec<(String, Value)> { Vec::new() }
