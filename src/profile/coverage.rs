//! Must support: which elements that a profile names so were seen, over many resources.
//!
//! An answer of its own, apart from conformance: a server that never shows an element may have nothing to show. Elements
//! count as seen with a value; those that only say why they have none (data-absent-reason) are told apart.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::element::{members, object_of};
use super::json::{Document, Kind, NodeId};
use super::library::Library;
use super::path::Element;
use super::rules::{Rule, Structure};
use super::terminology::Member;
use super::validator::Validator;
use super::walk::{Walk, element_name};

const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// How an element was seen; the greater one stays.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Seen {
    /// In no resource.
    #[default]
    Not,
    /// Only as data-absent-reason.
    Absent,
    /// With a value.
    Value,
}

/// By profile and element: how it was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    profiles: BTreeMap<String, ProfileCoverage>,
}

/// What was seen of one profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileCoverage {
    /// Resources that were held to it.
    pub resources: usize,
    /// By id of the element, each must-support element once.
    pub elements: BTreeMap<String, Seen>,
}

impl Coverage {
    /// Looks at a resource, and at the entries of a Bundle, by the profiles they claim or the guide chooses for them.
    pub fn see(&mut self, validator: &Validator<'_>, document: &Document<'_>) {
        let root = document.root();
        self.see_at(validator, document, root);
        if document.string(root, "resourceType") == Some("Bundle")
            && let Some(list) = document.child(root, "entry")
        {
            let resources = document.children(list).filter_map(|e| document.child(e, "resource"));
            resources.for_each(|resource| self.see_at(validator, document, resource));
        }
    }

    fn see_at(&mut self, validator: &Validator<'_>, document: &Document<'_>, node: NodeId) {
        for url in validator.profiles_of(document, node) {
            self.see_as(validator.library(), document, node, &url);
        }
    }

    /// Looks at a resource as one of this profile.
    pub fn see_as(&mut self, library: &Library, document: &Document<'_>, node: NodeId, profile: &str) {
        let Some(structure) = library.structure(profile).filter(|s| s.profile) else { return };
        let none = |_: &Document<'_>, _: NodeId| Vec::new();
        let walk = Walk::new(library, document, &none, false);
        let seen = self.profiles.entry(structure.url.clone()).or_insert_with(|| ProfileCoverage {
            resources: 0,
            elements: must_support(structure).into_iter().map(|id| (id, Seen::Not)).collect(),
        });
        seen.resources += 1;
        let looking = Looking { document, walk: &walk };
        looking.children(node.into(), &structure.root, &structure.root.name, &mut seen.elements);
    }

    /// Adds what another saw.
    pub fn merge(&mut self, other: Self) {
        for (url, theirs) in other.profiles {
            let ours = self.profiles.entry(url).or_default();
            ours.resources += theirs.resources;
            for (id, seen) in theirs.elements {
                let at = ours.elements.entry(id).or_default();
                *at = seen.max(*at);
            }
        }
    }

    /// By URL of the profile.
    pub const fn profiles(&self) -> &BTreeMap<String, ProfileCoverage> {
        &self.profiles
    }

    /// A table for people: profile, share seen, and what is missing.
    pub fn table(&self, library: &Library) -> String {
        let mut out = String::new();
        for (url, coverage) in &self.profiles {
            let name = library.structure(url).map_or(url.as_str(), |s| s.name.as_str());
            let total = coverage.elements.len();
            let of = |seen| coverage.elements.iter().filter(move |(_, s)| **s == seen).map(|(id, _)| id.as_str());
            let seen = of(Seen::Value).count();
            let _ = writeln!(out, "must support {name}: {seen} of {total} seen in {} resources", coverage.resources);
            for (what, list) in [("only absent with a reason", of(Seen::Absent)), ("not seen", of(Seen::Not))] {
                for id in list {
                    let _ = writeln!(out, "  {what}: {id}");
                }
            }
        }
        out
    }
}

/// The ids of a profile's must-support elements, those of its extensions by the extension.
pub fn must_support(structure: &Structure) -> Vec<String> {
    fn collect(rule: &Rule, id: &str, out: &mut Vec<String>) {
        for child in rule.children.iter() {
            let id = format!("{id}.{}", element_name(child));
            if child.must_support {
                out.push(id.clone());
            }
            collect(child, &id, out);
            for slice in &child.slices {
                let (above, _) = id.rsplit_once('.').unwrap_or(("", &id));
                let id = format!("{above}.{}", element_name(slice));
                if slice.must_support {
                    out.push(id.clone());
                }
                collect(slice, &id, out);
            }
        }
    }
    let mut out = Vec::new();
    collect(&structure.root, &structure.root.name, &mut out);
    out
}

struct Looking<'a, 'l, 'd, 's> {
    document: &'d Document<'s>,
    walk: &'a Walk<'l, 'd, 's>,
}

impl<'d> Looking<'_, '_, 'd, '_> {
    fn children(&self, element: Element<'d>, rule: &Rule, id: &str, seen: &mut BTreeMap<String, Seen>) {
        let document = self.document;
        let Some(object) = object_of(document, element) else { return };
        for child in &rule.children {
            let items = members(document, object, &child.name, child.choice);
            let id = format!("{id}.{}", element_name(child));
            for item in items {
                self.note(item, child, &id, seen);
                for slice in &child.slices {
                    let within = slice.linked.matcher.as_ref().is_some_and(|m| self.walk.is_in(item, m) == Member::Yes);
                    if within {
                        let (above, _) = id.rsplit_once('.').unwrap_or(("", &id));
                        self.note(item, slice, &format!("{above}.{}", element_name(slice)), seen);
                    }
                }
            }
        }
    }

    fn note(&self, item: Element<'d>, rule: &Rule, id: &str, seen: &mut BTreeMap<String, Seen>) {
        // A choice restricted to some types is supported by one of those.
        let fits = rule.types.is_empty()
            || item.of.is_empty()
            || rule.types.iter().any(|t| t.code.eq_ignore_ascii_case(item.of));
        if !fits {
            return;
        }
        if rule.must_support
            && let Some(at) = seen.get_mut(id)
        {
            *at = self.how(item).max(*at);
        }
        self.children(item, rule, id, seen);
    }

    fn how(&self, item: Element<'d>) -> Seen {
        let document = self.document;
        let absent = |n: NodeId| {
            let list = document.child(n, "extension");
            list.is_some_and(|l| document.children(l).any(|e| document.string(e, "url") == Some(ABSENT)))
        };
        match item.node {
            Some(node) if document.kind(node) == Kind::Object => {
                let others = document.children(node).any(|m| !matches!(document.key(m), "extension" | "id"));
                if absent(node) && !others { Seen::Absent } else { Seen::Value }
            }
            Some(_) => Seen::Value,
            None if item.sibling.is_some_and(absent) => Seen::Absent,
            None => Seen::Not,
        }
    }
}
