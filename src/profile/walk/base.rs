//! The rules of the types: which members there are, in what JSON form, how many, of what content.

use smallvec::{SmallVec, smallvec};

use super::super::element::pair;
use super::super::json::{Kind, NodeId};
use super::super::path::Element;
use super::super::primitive;
use super::super::rules::{Rule, Structure, TypeKind, TypeRule};
use super::super::{json, narrative};
use super::{Standing, Walk};
use crate::record::IssueKind;

impl<'l, 'd> Walk<'l, 'd, '_> {
    /// Judges the members of an object by the children of `rule`.
    pub(super) fn object(&mut self, node: NodeId, structure: &'l Structure, rule: &'l Rule, standing: Standing) {
        let document = self.document;
        let mut counts: SmallVec<[u32; 48]> = smallvec![0; rule.children.len()];
        let mut content = false;
        for member in document.children(node) {
            let key = document.key(member);
            if key == "resourceType" && structure.kind == TypeKind::Resource && std::ptr::eq(rule, &structure.root) {
                content = true;
                continue;
            }
            let (plain, underscored) = match key.strip_prefix('_') {
                Some(plain) => (plain, true),
                None => (key, false),
            };
            let Some(&(child, of)) = rule.linked.keys.get(plain) else {
                self.unknown(member, plain, rule);
                content = true;
                continue;
            };
            let child_rule = &rule.children[child as usize];
            content |= child_rule.name != "id";
            let (value, sibling) = if underscored {
                if document.child(node, plain).is_some() {
                    continue;
                }
                (None, Some(member))
            } else {
                (Some(member), document.sibling(node, plain))
            };
            self.trail.push((structure, child_rule));
            if let Some(sibling) = sibling {
                self.pairing(sibling, child_rule, of);
            }
            let count = self.property(value, sibling, structure, child_rule, of, standing);
            self.trail.pop();
            let counted = &mut counts[child as usize];
            if *counted > 0 && child_rule.choice {
                let expected = format!("one type of {}[x]", child_rule.name);
                self.raise(member, IssueKind::ChoiceTwice, expected);
            }
            *counted += count;
        }
        if !content && !structure.is_abstract {
            self.raise(node, IssueKind::EmptyObject, "a value, content or an extension (ele-1)".into());
        }
        for (child, &count) in rule.children.iter().zip(&counts) {
            if count < child.min {
                self.trail.push((structure, child));
                let expected = at_least(child, count);
                self.raise(node, IssueKind::Min, expected);
                self.trail.pop();
            }
        }
    }

    fn unknown(&mut self, member: NodeId, key: &str, rule: &Rule) {
        let near = rule.linked.keys.keys().map(|k| (strsim::osa_distance(k, key), k)).min();
        let known = match near {
            Some((distance, near)) if distance <= 2 => format!("an element of {}; did you mean {near}?", rule.name),
            _ => format!("an element of {}, not {key:?}", rule.name),
        };
        self.raise(member, IssueKind::UnknownElement, known);
    }

    /// Underscored members belong to primitives only.
    fn pairing(&mut self, sibling: NodeId, rule: &'l Rule, of: u16) {
        let slot = rule.linked.types.get(of as usize).copied().flatten();
        let primitive = self.library.at(slot).is_none_or(|s| s.kind == TypeKind::Primitive);
        if !primitive {
            let expected = format!("no underscored member: {} is not of a primitive type", rule.name);
            self.raise(sibling, IssueKind::UnknownElement, expected);
        }
    }

    /// Judges one member with all its items; returns how many there are.
    fn property(
        &mut self,
        value: Option<NodeId>,
        sibling: Option<NodeId>,
        structure: &'l Structure,
        rule: &'l Rule,
        of: u16,
        standing: Standing,
    ) -> u32 {
        let document = self.document;
        let many = rule.max != Some(1);
        for part in [value, sibling].into_iter().flatten() {
            let array = document.kind(part) == Kind::Array;
            if array != many && document.kind(part) != Kind::Null {
                let expected =
                    if many { "an array: the element may repeat" } else { "no array: the element does not repeat" };
                self.raise(part, IssueKind::JsonType, expected.into());
                // What is in the wrong form is judged all the same, as what it should have been.
                if array && document.len(part) != 1 {
                    return u32::try_from(document.len(part)).unwrap_or(u32::MAX);
                }
            }
            if array && document.is_empty(part) {
                self.raise(part, IssueKind::EmptyArray, "at least one item".into());
            }
        }
        let of_name = if rule.choice { suffix(document, value.or(sibling), rule) } else { "" };
        let items = pair(document, value, sibling, of_name);
        if let (Some(v), Some(s)) = (value, sibling)
            && document.kind(v) == Kind::Array
            && document.kind(s) == Kind::Array
            && document.len(v) != document.len(s)
        {
            let expected = format!("{} items, as many as the array it stands beside", document.len(v));
            self.raise(s, IssueKind::Pairing, expected);
        }
        let mut count = 0;
        for item in items {
            if item.node.is_none() && item.sibling.is_none() {
                continue;
            }
            count += 1;
            self.item(item, structure, rule, of, standing);
        }
        self.nulls(value, sibling);
        if let Some(max) = rule.max.filter(|&max| count > max && max != 1)
            && let Some(node) = value.or(sibling)
        {
            self.raise(node, IssueKind::Max, format!("at most {max}, not {count}"));
        }
        count
    }

    /// A null stands only where the other array has something.
    fn nulls(&mut self, value: Option<NodeId>, sibling: Option<NodeId>) {
        let document = self.document;
        for (part, other) in [(value, sibling), (sibling, value)] {
            let Some(part) = part else { continue };
            match document.kind(part) {
                Kind::Null => self.raise(part, IssueKind::NullValue, "no null".into()),
                Kind::Array => {
                    for (n, item) in document.children(part).enumerate() {
                        let underscored = other.and_then(|o| document.children(o).nth(n));
                        let covered = underscored.is_some_and(|b| document.kind(b) != Kind::Null);
                        if document.kind(item) == Kind::Null && !covered {
                            self.raise(item, IssueKind::NullValue, "no null without something beside it".into());
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn item(&mut self, item: Element<'d>, structure: &'l Structure, rule: &'l Rule, of: u16, standing: Standing) {
        if let Some(steps) = &rule.linked.same_as {
            let target = steps.iter().fold(&structure.root, |at, &n| &at.children[n as usize]);
            let Some(node) = self.as_object(item, rule) else { return };
            self.object(node, structure, target, standing);
            return self.invariants(item, target, standing);
        }
        let Some(of_rule) = rule.types.get(of as usize) else { return };
        let Some(of_structure) = self.library.at(rule.linked.types[of as usize]) else {
            return self.leave_open(format!("type {}", of_rule.code), "no compiled package has it".to_owned());
        };
        match of_structure.kind {
            TypeKind::Primitive => self.primitive(item, &of_rule.code, standing),
            TypeKind::Resource => {
                if let Some(node) = item.node {
                    // A Bundle's and a Parameters' resources stand for themselves; contained ones do not.
                    let within =
                        if rule.name == "contained" { standing } else { Standing { root_resource: node, ..standing } };
                    self.resource(node, Some(within));
                }
            }
            TypeKind::Complex => {
                let Some(node) = self.as_object(item, rule) else { return };
                if rule.children.is_empty() {
                    self.trail.push((of_structure, &of_structure.root));
                    self.object(node, of_structure, &of_structure.root, standing);
                    self.invariants(item, &of_structure.root, standing);
                    self.typed(node, &of_rule.code, of_rule, standing);
                    self.trail.pop();
                } else {
                    self.object(node, structure, rule, standing);
                }
            }
        }
        self.without_code(item, rule, &of_rule.code);
        self.invariants(item, rule, standing);
        self.demands(item, structure, rule, Some(of_rule), standing);
    }

    /// What some types demand beyond their elements.
    fn typed(&mut self, node: NodeId, code: &str, of: &'l TypeRule, standing: Standing) {
        match code {
            "Extension" => self.extension(node, standing),
            "Reference" => self.reference(node, of, standing),
            "Identifier" => self.identifier(node),
            "Attachment" => self.attachment(node),
            "Coding" | "Quantity" | "Age" | "Count" | "Distance" | "Duration" => self.coding(node),
            _ => {}
        }
    }

    /// The system of an identifier is absolute (R4 section 2.24.0.9).
    fn identifier(&mut self, node: NodeId) {
        if let Some(system) = self.document.child(node, "system").filter(|&n| self.document.kind(n) == Kind::String)
            && !self.document.text(system).contains(':')
        {
            self.raise(system, IssueKind::Primitive, "an absolute URI as the system of an identifier".into());
        }
    }

    /// The size of an attachment is that of its data, before base64 (R4 section 2.24.0.7).
    fn attachment(&mut self, node: NodeId) {
        let document = self.document;
        let (Some(data), Some(size)) = (document.string(node, "data"), document.child(node, "size")) else { return };
        let digits = data.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b'=').count();
        let actual = digits * 3 / 4;
        if primitive::problem("base64Binary", data).is_none() && document.text(size) != actual.to_string() {
            self.raise(size, IssueKind::Primitive, format!("the size of the data, {actual}"));
        }
    }

    fn as_object(&mut self, item: Element<'d>, rule: &Rule) -> Option<NodeId> {
        let node = item.node?;
        if self.document.kind(node) == Kind::Object {
            return Some(node);
        }
        self.raise(node, IssueKind::JsonType, format!("an object: {} has elements", rule.name));
        None
    }

    fn primitive(&mut self, item: Element<'d>, of: &str, standing: Standing) {
        let document = self.document;
        if let Some(sibling) = item.sibling {
            if document.kind(sibling) != Kind::Object {
                self.raise(sibling, IssueKind::JsonType, "an object with id or extension".into());
            } else if let Some(element) = self.library.type_("Element") {
                self.trail.push((element, &element.root));
                self.object(sibling, element, &element.root, standing);
                self.trail.pop();
                if document.is_empty(sibling) {
                    self.raise(sibling, IssueKind::EmptyObject, "an id or an extension".into());
                }
            }
        }
        let Some(node) = item.node else { return };
        let wanted = primitive::json_kind(of);
        let kind = document.kind(node);
        if kind != wanted {
            let expected = format!("a JSON {}, as {of} is written", name_of(wanted));
            return self.raise(node, IssueKind::JsonType, expected);
        }
        let text = document.text(node);
        if of == "xhtml" {
            if let Some(problem) = narrative::problem(text) {
                self.raise(node, IssueKind::Narrative, format!("narrative: {problem}"));
            }
            return;
        }
        if text.is_empty() {
            return self.raise(node, IssueKind::EmptyValue, "at least one character".into());
        }
        if let Some(expected) = primitive::problem(of, text) {
            return self.raise(node, IssueKind::Primitive, expected.to_owned());
        }
        let space = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
        if of == "string" && (text.starts_with(space) || text.ends_with(space)) {
            self.warn(node, IssueKind::Whitespace, "no white space around a string".into());
        }
    }
}

fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Boolean => "boolean",
        Kind::Number => "number",
        _ => "string",
    }
}

/// The type as the key says it, so that it lives as long as the text.
fn suffix<'d>(document: &'d json::Document<'_>, node: Option<NodeId>, rule: &Rule) -> &'d str {
    let Some(node) = node else { return "" };
    let key = document.key(node);
    let plain = key.strip_prefix('_').unwrap_or(key);
    plain.strip_prefix(rule.name.as_str()).unwrap_or_default()
}

pub(super) fn at_least(rule: &Rule, count: u32) -> String {
    let name = super::element_name(rule);
    if rule.min == 1 { name } else { format!("at least {} {name}, not {count}", rule.min) }
}
