//! Values as the demands of rules see them: properties spread into items, equal to or containing a given value.

use serde_json::Value;
use smallvec::{SmallVec, smallvec};

use super::super::json::{Document, Kind, NodeId};
use super::super::path::{Element, decimals, is_choice_suffix};
use super::super::rules::Rule;

/// Elements of one name: nearly always few.
pub(in super::super) type Items<'d> = SmallVec<[Element<'d>; 4]>;

/// The items of a property and of the underscored one beside it, position by position.
pub(super) fn pair<'d>(
    document: &Document<'_>,
    value: Option<NodeId>,
    sibling: Option<NodeId>,
    of: &'d str,
) -> Items<'d> {
    let there = |n: &NodeId| document.kind(*n) != Kind::Null;
    let is_array = |n: Option<NodeId>| n.is_some_and(|n| document.kind(n) == Kind::Array);
    if !is_array(value) && !is_array(sibling) {
        let one = Element { node: value.filter(there), sibling: sibling.filter(there), of };
        return if one.node.is_some() || one.sibling.is_some() { smallvec![one] } else { Items::new() };
    }
    if sibling.is_none() {
        let items = value.into_iter().flat_map(|n| document.children(n)).filter(there);
        return items.map(|n| Element { node: Some(n), sibling: None, of }).collect();
    }
    let items = |n: Option<NodeId>| match n {
        Some(n) if document.kind(n) == Kind::Array => document.children(n).collect(),
        Some(n) => vec![n],
        None => Vec::new(),
    };
    let (values, siblings) = (items(value), items(sibling));
    let count = values.len().max(siblings.len());
    (0..count)
        .map(|n| Element {
            node: values.get(n).copied().filter(there),
            sibling: siblings.get(n).copied().filter(there),
            of,
        })
        .filter(|e| e.node.is_some() || e.sibling.is_some())
        .collect()
}

/// The items of the member that a child rule is about, and the member itself.
pub(in super::super) fn members<'d>(document: &'d Document<'_>, object: NodeId, name: &str, choice: bool) -> Items<'d> {
    let mut out = Items::new();
    if document.kind(object) != Kind::Object {
        return out;
    }
    if !choice && !document.is_paired(object) {
        return document.child(object, name).map(|member| pair(document, Some(member), None, "")).unwrap_or_default();
    }
    for member in document.children(object) {
        let key = document.key(member);
        let (plain, beside) = match key.strip_prefix('_') {
            Some(plain) => (plain, true),
            None => (key, false),
        };
        let of = match plain.strip_prefix(name) {
            Some("") => "",
            Some(suffix) if choice && is_choice_suffix(suffix) => suffix,
            _ => continue,
        };
        if beside {
            if document.child(object, plain).is_none() {
                out.extend(pair(document, None, Some(member), of));
            }
        } else {
            out.extend(pair(document, Some(member), document.sibling(object, plain), of));
        }
    }
    out
}

/// The object in which an element's members are looked for.
pub(in super::super) fn object_of(document: &Document<'_>, element: Element<'_>) -> Option<NodeId> {
    let object = |n: &NodeId| document.kind(*n) == Kind::Object;
    element.node.filter(object).or(element.sibling.filter(object))
}

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
