//! Values as the demands of rules see them: properties spread into items, equal to or containing a given value.

use serde_json::Value;
use smallvec::smallvec;

use super::super::element::{Items, members, object_of};
use super::super::json::{Document, Kind, NodeId};
use super::super::path::{Element, decimals};
use super::super::rules::Rule;

/// The elements at a path of names, through lists and choices.
pub(super) fn at<'d>(document: &'d Document<'_>, element: Element<'d>, steps: &[String]) -> Items<'d> {
    let mut found: Items<'d> = smallvec![element];
    for step in steps {
        let name = step.strip_suffix("[x]").unwrap_or(step);
        found = found
            .into_iter()
            .filter_map(|e| object_of(document, e))
            .flat_map(|object| members(document, object, name, true))
            .collect();
    }
    found
}

/// Whether the node says at least what the pattern says.
pub(super) fn contains(document: &Document<'_>, node: NodeId, pattern: &Value) -> bool {
    match pattern {
        Value::Object(members) => members
            .iter()
            .all(|(key, value)| document.child(node, key).is_some_and(|child| contains(document, child, value))),
        Value::Array(items) => {
            document.kind(node) == Kind::Array
                && items.iter().all(|item| document.children(node).any(|child| contains(document, child, item)))
        }
        _ => equals(document, node, pattern),
    }
}

/// Whether the node says exactly what the value says.
pub(super) fn equals(document: &Document<'_>, node: NodeId, value: &Value) -> bool {
    match (document.kind(node), value) {
        (Kind::Object, Value::Object(members)) => {
            document.len(node) == members.len()
                && members
                    .iter()
                    .all(|(key, v)| document.child(node, key).is_some_and(|child| equals(document, child, v)))
        }
        (Kind::Array, Value::Array(items)) => {
            document.len(node) == items.len()
                && document.children(node).zip(items).all(|(child, item)| equals(document, child, item))
        }
        (Kind::String, Value::String(text)) => document.text(node) == text,
        (Kind::Boolean, Value::Bool(b)) => document.text(node) == if *b { "true" } else { "false" },
        (Kind::Number, Value::Number(n)) => decimals(document.text(node), &n.to_string()).is_some_and(|o| o.is_eq()),
        (Kind::Null, Value::Null) => true,
        _ => false,
    }
}

/// A value in few words, for a message.
pub(super) fn brief(value: &Value) -> String {
    match value {
        Value::Object(members) if members.len() == 1 && members.contains_key("coding") => brief(&members["coding"]),
        Value::Array(items) => items.iter().map(brief).collect::<Vec<_>>().join(" and "),
        Value::Object(members) => {
            if let (Some(system), Some(code)) = (members.get("system"), members.get("code")) {
                return format!("{}|{}", system.as_str().unwrap_or_default(), code.as_str().unwrap_or_default());
            }
            let parts: Vec<_> = members.iter().map(|(key, v)| format!("{key} {}", brief(v))).collect();
            parts.join(", ")
        }
        Value::String(text) => text.clone(),
        _ => value.to_string(),
    }
}

/// Compares a number or moment with a limit of the same sort.
pub(super) fn within(document: &Document<'_>, node: NodeId, rule: &Rule) -> bool {
    let text = document.text(node);
    let compare = |limit: &Value| match limit {
        Value::Number(n) => decimals(text, &n.to_string()),
        Value::String(limit) => {
            let (a, b) =
                (super::super::primitive::Instant::parse(text)?, super::super::primitive::Instant::parse(limit)?);
            a.compare(&b)
        }
        _ => None,
    };
    let above = rule.min_value.as_ref().and_then(compare).is_none_or(|o| o.is_ge());
    let below = rule.max_value.as_ref().and_then(compare).is_none_or(|o| o.is_le());
    above && below
}

impl super::Walk<'_, '_, '_> {
    /// Whether the node says at least what the pattern says.
    pub(in super::super) fn says(&self, node: NodeId, pattern: &Value) -> bool {
        contains(self.document, node, pattern)
    }
}
