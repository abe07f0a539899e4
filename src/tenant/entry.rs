//! One resource as the server holds it.

use serde_json::Value;

/// One resource.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Resource type.
    pub(super) kind: String,
    /// Logical id.
    pub(super) id: String,
    /// Id of the patient whose compartment holds it; none: shared by all.
    pub(super) owner: Option<String>,
    /// The resource.
    pub(super) body: Value,
    /// What the index of searches knows of it, where a fault made that another thing.
    pub(super) indexed: Option<Value>,
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
