//! Bundles: what holds for each, whoever asked for it and whatever is in it.

use super::{Breach, Watcher};
use serde_json::{Map, Value};

/// FHIR R4, Bundle; JSON representation of resources.
pub(super) const BUNDLES: Watcher = Watcher {
    words: "is a Bundle in the wrong form",
    looks_at: "Bundles",
    needs_sign_in: true,
    least: 1,
    look: |sight| {
        if !sight.is_fhir() || sight.resource_type() != Some("Bundle") {
            return None;
        }
        Some(
            wrong(sight.json()?.as_object()?)
                .into_iter()
                .map(|what| Breach::of(format!("a Bundle has {what}")))
                .collect(),
        )
    },
};

/// The largest number of the type unsignedInt.
const MOST: u64 = 2_147_483_647;

const TYPES: [&str; 9] = [
    "document",
    "message",
    "transaction",
    "transaction-response",
    "batch",
    "batch-response",
    "history",
    "searchset",
    "collection",
];

fn wrong(bundle: &Map<String, Value>) -> Vec<&'static str> {
    let mut wrong = Vec::new();
    let mut unless = |holds: bool, what| {
        if !holds {
            wrong.push(what);
        }
    };
    let kind = bundle.get("type").and_then(Value::as_str).unwrap_or_default();
    unless(TYPES.contains(&kind), "no type of FHIR");
    unless(
        bundle.get("total").is_none_or(|total| total.as_u64().is_some_and(|total| total <= MOST)),
        "a total that is no unsignedInt",
    );
    unless(
        bundle.get("link").is_none_or(|links| each(links, is_link)),
        "a link that is no list of relations with their URLs",
    );
    let Some(entries) = bundle.get("entry") else { return wrong };
    unless(each(entries, |entry| !entry.is_empty()), "an entry that is no list of objects with something in them");
    let resources = || entries.as_array().into_iter().flatten().filter_map(Value::as_object);
    unless(
        resources()
            .filter_map(|entry| entry.get("resource"))
            .all(|body| body["resourceType"].as_str().is_some_and(is_type)),
        "a resource without a type",
    );
    if matches!(kind, "searchset" | "collection" | "document" | "message") {
        unless(resources().all(|entry| entry.contains_key("resource")), "an entry without a resource");
    }
    unless(resources().all(|entry| entry.values().all(|own| !own.is_null())), "an entry with null in it");
    unless(resources().all(|entry| entry.get("search").is_none_or(is_search)), "a search mode that FHIR does not have");
    unless(
        resources().all(|entry| entry.get("fullUrl").is_none_or(|url| url.as_str().is_some_and(is_absolute))),
        "a fullUrl that is no absolute URI",
    );
    wrong
}

/// Whether it is a list that is not empty, of objects that all hold.
fn each(list: &Value, holds: impl Fn(&Map<String, Value>) -> bool) -> bool {
    list.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(|one| one.as_object().is_some_and(&holds)))
}

fn is_link(link: &Map<String, Value>) -> bool {
    ["relation", "url"].iter().all(|name| link.get(*name).and_then(Value::as_str).is_some_and(|text| !text.is_empty()))
}

fn is_type(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphabetic())
}

fn is_search(search: &Value) -> bool {
    search.is_object()
        && search.get("mode").is_none_or(|mode| ["match", "include", "outcome"].iter().any(|own| mode == own))
}

fn is_absolute(url: &str) -> bool {
    url::Url::parse(url).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn seen(change: impl FnOnce(&mut Value)) -> Vec<&'static str> {
        let mut bundle = json!({"resourceType": "Bundle", "type": "searchset", "total": 1,
            "link": [{"relation": "self", "url": "https://fhir.example.org/Goal?patient=1"}],
            "entry": [{"fullUrl": "https://fhir.example.org/Goal/1", "search": {"mode": "match"},
                "resource": {"resourceType": "Goal", "id": "1"}}]});
        change(&mut bundle);
        wrong(bundle.as_object().unwrap())
    }

    #[test]
    fn what_fhir_permits_holds() {
        assert!(seen(|_| ()).is_empty());
        assert!(seen(|bundle| *bundle = json!({"type": "searchset", "total": 0})).is_empty());
        assert!(
            seen(|bundle| bundle["entry"][0]["fullUrl"] = json!("urn:uuid:5a9b4a5c-6d0b-4b0e-9c51-6b1d5c0f2a11"))
                .is_empty()
        );
        let history = json!({"type": "history", "entry": [{"request": {"method": "DELETE", "url": "Goal/1"}}]});
        assert!(seen(|bundle| *bundle = history).is_empty());
    }

    #[test]
    fn a_total_of_any_size_or_kind_is_told() {
        for total in ["1000000000000000000000000000000", "-1", "1.5", "\"1\"", "null", "2147483648"] {
            let total: Value = serde_json::from_str(total).unwrap();
            assert_eq!(seen(|bundle| bundle["total"] = total), ["a total that is no unsignedInt"]);
        }
    }

    #[test]
    fn lists_are_lists_with_something_in_them() {
        for none in [json!(null), json!([]), json!({}), json!("x"), json!([null]), json!([{}])] {
            assert_eq!(
                seen(|bundle| bundle["entry"] = none.clone()).first(),
                Some(&"an entry that is no list of objects with something in them"),
                "{none}"
            );
            assert_eq!(
                seen(|bundle| bundle["link"] = none.clone()),
                ["a link that is no list of relations with their URLs"],
                "{none}"
            );
        }
    }

    #[test]
    fn an_entry_has_a_resource_with_a_type() {
        let without = seen(|bundle| bundle["entry"][0] = json!({"fullUrl": "https://fhir.example.org/Goal/1"}));
        assert_eq!(without, ["an entry without a resource"]);
        for body in [json!({}), json!("x"), json!({"resourceType": 5}), json!({"resourceType": "goal"})] {
            assert_eq!(seen(|bundle| bundle["entry"][0]["resource"] = body), ["a resource without a type"]);
        }
        assert_eq!(
            seen(|bundle| bundle["entry"][0]["search"]["mode"] = json!("hit")),
            ["a search mode that FHIR does not have"]
        );
        assert_eq!(
            seen(|bundle| bundle["entry"][0]["fullUrl"] = json!("Goal/1")),
            ["a fullUrl that is no absolute URI"]
        );
        assert_eq!(
            seen(|bundle| bundle["entry"][0]["search"] = json!(null)).first(),
            Some(&"an entry with null in it")
        );
    }
}
