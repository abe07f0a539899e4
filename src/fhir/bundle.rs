//! Searchset Bundles and the references in resources.

use serde_json::Value;
use url::Url;

/// A searchset as received.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The whole Bundle.
    pub value: Value,
}

impl Bundle {
    /// Takes `value` for a Bundle; `None` when it is none.
    pub fn of(value: Value) -> Option<Self> {
        (value["resourceType"] == "Bundle").then_some(Self { value })
    }

    /// `Bundle.type`
    pub fn kind(&self) -> &str {
        self.value["type"].as_str().unwrap_or_default()
    }

    /// `Bundle.total`
    pub fn total(&self) -> Option<u64> {
        self.value["total"].as_u64()
    }

    /// The resources that matched; an entry without a search mode counts as a match. What the server says about the search
    /// is no match of it, whatever its mode.
    pub fn matches(&self) -> impl Iterator<Item = &Value> {
        let all = self.entries().filter(|entry| entry["search"]["mode"].as_str().is_none_or(|mode| mode == "match"));
        all.map(resource).filter(|body| body["resourceType"] != "OperationOutcome")
    }

    /// Every resource, included ones and outcomes too.
    pub fn resources(&self) -> impl Iterator<Item = &Value> {
        self.entries().map(resource)
    }

    /// The link of that relation.
    pub fn link(&self, relation: &str) -> Option<&str> {
        let links = self.value["link"].as_array()?;
        links.iter().find(|link| link["relation"] == relation)?["url"].as_str()
    }

    /// The `next` link, resolved against the URL that was asked.
    pub fn next(&self, asked: &Url) -> Option<Url> {
        asked.join(self.link("next")?).ok()
    }

    fn entries(&self) -> impl Iterator<Item = &Value> {
        self.value["entry"].as_array().into_iter().flatten()
    }
}

fn resource(entry: &Value) -> &Value {
    &entry["resource"]
}

/// Every `reference` in a resource, at any depth, with the name of the element that holds it.
pub fn references(value: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    any_reference(value, &mut |name, reference| {
        found.push((name.to_owned(), reference.to_owned()));
        false
    });
    found
}

/// Whether `holds` holds for the name and the text of one of the [`references`] of a value: it is asked until it does.
pub fn any_reference(value: &Value, holds: &mut impl FnMut(&str, &str) -> bool) -> bool {
    of_member(value, "", holds)
}

fn of_member(value: &Value, name: &str, holds: &mut impl FnMut(&str, &str) -> bool) -> bool {
    match value {
        Value::Object(members) => {
            let own = members.get("reference").and_then(Value::as_str);
            own.is_some_and(|reference| holds(name, reference))
                || members.iter().any(|(name, value)| of_member(value, name, holds))
        }
        Value::Array(items) => items.iter().any(|item| of_member(item, name, holds)),
        _ => false,
    }
}
