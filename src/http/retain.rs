//! What is kept of a body: all of it, its structure, or its size. Bodies of a patient-access API are health records.

use crate::record::{Body, Outline};
use crate::target::Bodies;
use serde_json::{Map, Value};

/// Values that describe the answer and never the patient: they stay readable in an outline.
const PLAIN: [&str; 12] = [
    "resourceType",
    "error",
    "token_type",
    "expires_in",
    "scope",
    "active",
    "total",
    "severity",
    "grant_type",
    "response_type",
    "code_challenge_method",
    "fhirVersion",
];

/// Longest text kept of one body, in bytes; a report must stay readable.
const LONGEST: usize = 200_000;

/// Applies the retention rule to a body; `redacted` makes the text of it that may be kept, and is asked only where it is.
/// `public` bodies (discovery documents) are kept whole.
pub(super) fn retain(redacted: impl FnOnce() -> String, bytes: u64, rule: Bodies, public: bool) -> Body {
    if bytes == 0 {
        return Body::None;
    }
    match rule {
        _ if public => whole(&redacted(), bytes),
        Bodies::Full => whole(&redacted(), bytes),
        Bodies::Shape => Body::Shape {
            outline: serde_json::from_str(&redacted()).ok().map(|body| Outline::from(&outline(body))),
            bytes,
        },
        Bodies::None => Body::Size { bytes },
    }
}

fn whole(text: &str, bytes: u64) -> Body {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut kept = text[..end].to_owned();
    if end < text.len() {
        kept.push_str("\n[cut here]");
    }
    Body::Text { text: kept, bytes }
}

/// The structure of a JSON value: every leaf becomes the name of its kind, arrays keep one merged element.
fn outline(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let is_outcome = members.get("resourceType").is_some_and(|t| t == "OperationOutcome");
            Value::Object(
                members
                    .into_iter()
                    .map(|(key, value)| {
                        let keep = PLAIN.contains(&key.as_str()) && !value.is_object() && !value.is_array();
                        let value = if keep {
                            value
                        } else if is_outcome && key == "issue" {
                            outcome_issues(value)
                        } else {
                            outline(value)
                        };
                        (key, value)
                    })
                    .collect(),
            )
        }
        Value::Array(items) => {
            let count = items.len();
            let mut kept: Vec<Value> = Vec::new();
            for item in items {
                let shape = outline(item);
                if !kept.contains(&shape) && kept.len() < 8 {
                    kept.push(shape);
                }
            }
            if count > kept.len() {
                kept.push(Value::String(format!("[{count} in all]")));
            }
            Value::Array(kept)
        }
        Value::String(_) => "[string]".into(),
        Value::Number(_) => "[number]".into(),
        Value::Bool(_) => "[boolean]".into(),
        Value::Null => Value::Null,
    }
}

/// The coded part of an OperationOutcome's issues; the texts may quote a record.
fn outcome_issues(issues: Value) -> Value {
    let Value::Array(issues) = issues else { return outline(issues) };
    let coded = |issue: Value| -> Value {
        let Value::Object(issue) = issue else { return outline(issue) };
        let mut kept = Map::new();
        for (key, value) in issue {
            let value = if key == "severity" || key == "code" { value } else { outline(value) };
            kept.insert(key, value);
        }
        Value::Object(kept)
    };
    Value::Array(issues.into_iter().map(coded).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_outline_keeps_the_structure_and_no_value() {
        let body =
            json!({"resourceType":"Patient","id":"p","name":[{"family":"Quill"},{"family":"Quay"}],"active":true});
        let Body::Shape { outline: Some(kept), .. } = retain(|| body.to_string(), 9, Bodies::Shape, false) else {
            panic!("not an outline")
        };
        assert_eq!(
            kept.value(),
            json!({"resourceType":"Patient","id":"[string]","name":[{"family":"[string]"},"[2 in all]"],"active":true})
        );
    }

    #[test]
    fn an_operation_outcome_keeps_its_codes_and_not_its_texts() {
        let body = json!({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found","diagnostics":"Quill"}]});
        let Body::Shape { outline: Some(kept), .. } = retain(|| body.to_string(), 9, Bodies::Shape, false) else {
            panic!("not an outline")
        };
        assert_eq!(kept.value()["issue"][0], json!({"severity":"error","code":"not-found","diagnostics":"[string]"}));
    }
}
