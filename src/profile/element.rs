//! The elements of an object as FHIR counts them: a value and the underscored member beside it are one, lists are spread,
//! and the key of a choice names its type. The walk and the expressions look at resources through these alone.

use smallvec::{SmallVec, smallvec};

use super::json::{Document, Kind, NodeId};
use super::path::{Element, is_choice_element, is_choice_suffix};

/// Elements of one name: nearly always few.
pub(super) type Items<'d> = SmallVec<[Element<'d>; 4]>;

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
pub(super) fn members<'d>(document: &'d Document<'_>, object: NodeId, name: &str, choice: bool) -> Items<'d> {
    let mut out = Items::new();
    if document.kind(object) != Kind::Object {
        return out;
    }
    if !document.is_paired(object) {
        // Nothing of one name is a choice too.
        match document.child(object, name) {
            Some(member) => return pair(document, Some(member), None, ""),
            None if !choice => return out,
            None => {}
        }
    }
    for member in document.children(object) {
        let key = document.key(member);
        let (plain, underscored) = match key.strip_prefix('_') {
            Some(plain) => (plain, true),
            None => (key, false),
        };
        let of = match plain.strip_prefix(name) {
            Some("") => "",
            Some(suffix) if choice && is_choice_suffix(suffix) && !is_of_another(name, suffix) => suffix,
            _ => continue,
        };
        if underscored {
            if document.child(object, plain).is_none() {
                out.extend(pair(document, None, Some(member), of));
            }
        } else {
            out.extend(pair(document, Some(member), document.sibling(object, plain), of));
        }
    }
    out
}

/// Whether the key is an element of its own that only looks like a choice: R4 has `TestScript...response` beside
/// `responseCode`, which is none. `sourceId` is the one element that begins like a choice of R4.
fn is_of_another(name: &str, suffix: &str) -> bool {
    !is_choice_element(name) || (name, suffix) == ("source", "Id")
}

/// The object in which an element's members are looked for.
pub(super) fn object_of(document: &Document<'_>, element: Element<'_>) -> Option<NodeId> {
    let object = |n: &NodeId| document.kind(*n) == Kind::Object;
    element.node.filter(object).or(element.sibling.filter(object))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::library::Library;
    use super::super::path::{CHOICE_ELEMENTS, is_choice_suffix};
    use super::super::rules::Rule;
    use super::is_of_another;

    fn look(rule: &Rule, choices: &mut BTreeSet<String>) {
        choices.extend(rule.children.iter().filter(|child| child.choice).map(|child| child.name.clone()));
        rule.children.iter().for_each(|child| look(child, choices));
        for one in &rule.children {
            let alike = rule.children.iter().filter_map(|other| other.name.strip_prefix(one.name.as_str()));
            for suffix in alike.filter(|suffix| is_choice_suffix(suffix)) {
                assert!(is_of_another(&one.name, suffix), "{} {suffix}", one.name);
            }
        }
    }

    #[test]
    fn the_choices_are_those_of_r4_and_no_other_key_is_taken_for_one() {
        let library = Library::embedded();
        let mut choices = BTreeSet::new();
        let types = library.urls().filter_map(|url| library.structure(url)).filter(|s| !s.profile);
        types.for_each(|structure| look(&structure.root, &mut choices));
        assert_eq!(choices.iter().map(String::as_str).collect::<Vec<_>>(), CHOICE_ELEMENTS);
    }
}
