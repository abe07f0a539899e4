//! The elements of a resource that a path of the table leads to.

use serde_json::Value;

/// One step of a path: a member, and for extensions the URL of those that are meant.
struct Step<'p> {
    member: &'p str,
    url: Option<&'p str>,
}

/// The first step of `path`, and the rest. A URL in brackets may hold dots.
fn step(path: &str) -> (Step<'_>, &str) {
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (member, rest) = path.split_at(end);
    let (url, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((url, rest)) => (Some(url), rest),
        None => (None, rest),
    };
    (Step { member, url }, rest.strip_prefix('.').unwrap_or(rest))
}

/// All elements at `path`, each item of a list for itself.
pub(super) fn at<'v>(resource: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut here = vec![resource];
    let mut rest = path;
    while !rest.is_empty() {
        let (step, after) = step(rest);
        let next = here.into_iter().filter_map(|value| value.get(step.member)).flat_map(items);
        here = next.filter(|value| step.url.is_none_or(|url| value.get("url").is_some_and(|own| own == url))).collect();
        rest = after;
    }
    here
}

fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        single => std::slice::from_ref(single),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_are_entered_and_extensions_are_chosen_by_their_url() {
        let resource = json!({ "name": [{ "given": ["Ana", "Eva"] }, { "given": ["Ida"] }],
            "extension": [{ "url": "http://a.example/x", "valueCode": "1" }, { "url": "http://b.example/y", "valueCode": "2" }] });
        assert_eq!(at(&resource, "name.given"), [&json!("Ana"), &json!("Eva"), &json!("Ida")]);
        assert_eq!(at(&resource, "extension[http://b.example/y].valueCode"), [&json!("2")]);
        assert!(at(&resource, "name.family").is_empty());
    }
}
