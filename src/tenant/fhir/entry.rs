//! One resource as the server holds it.

use serde_json::Value;

/// One resource.
#[derive(Debug, Clone)]
pub(in crate::tenant) struct Entry {
    /// Resource type.
    pub(in crate::tenant) kind: String,
    /// Logical id.
    pub(in crate::tenant) id: String,
    /// Id of the patient whose compartment holds it; none: shared by all.
    pub(in crate::tenant) owner: Option<String>,
    /// The resource.
    pub(in crate::tenant) body: Value,
    /// What the index of searches knows of it, where a fault made that another thing.
    pub(in crate::tenant) indexed: Option<Value>,
}

impl Entry {
    /// `Type/id`.
    pub(super) fn reference(&self) -> String {
        format!("{}/{}", self.kind, self.id)
    }

    /// What searches look at.
    pub(super) fn searched(&self) -> &Value {
        self.indexed.as_ref().unwrap_or(&self.body)
    }
}

/// Whether a resource claims the profile that ends so.
pub(super) fn claims(body: &Value, profile: &str) -> bool {
    let claimed = body.pointer("/meta/profile").and_then(Value::as_array).into_iter().flatten();
    claimed.filter_map(Value::as_str).any(|url| url.rsplit('/').next() == Some(profile))
}
