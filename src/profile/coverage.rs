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
        let looking = Looking { document, walk: &walk, root: &structure.root };
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

/// The ids of a profile's must-support elements, those of its extensions by the extension; of a choice that names types,
/// one for each: `Observation.value[x]:valueQuantity`.
pub fn must_support(structure: &Structure) -> Vec<String> {
    fn collect(rule: &Rule, id: &str, out: &mut Vec<String>) {
        for child in rule.children.iter() {
            let id = format!("{id}.{}", element_name(child));
            if child.must_support {
                match supported_types(child, &id) {
                    types if types.is_empty() => out.push(id.clone()),
                    types => out.extend(types.into_iter().map(|(_, id)| id)),
                }
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

/// The types of a choice that are must support, each with the id of the choice in that type; none if it names none, or
/// there is no choice left.
fn supported_types<'r>(rule: &'r Rule, id: &str) -> Vec<(&'r str, String)> {
    if !rule.choice || rule.types.len() < 2 {
        return Vec::new();
    }
    let of =
        |code: &str| code.chars().take(1).flat_map(char::to_uppercase).chain(code.chars().skip(1)).collect::<String>();
    let types = rule.types.iter().filter(|of| of.must_support).map(|of| of.code.as_str());
    types.map(|code| (code, format!("{id}:{}{}", rule.name, of(code)))).collect()
}

struct Looking<'a, 'l, 'd, 's> {
    document: &'d Document<'s>,
    walk: &'a Walk<'l, 'd, 's>,
    root: &'a Rule,
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
        if rule.must_support {
            let how = how(self.document, item);
            let mut types = supported_types(rule, id);
            if types.is_empty() {
                types.push((item.of, id.to_owned()));
            }
            for (_, id) in types.iter().filter(|(of, _)| of.eq_ignore_ascii_case(item.of)) {
                if let Some(at) = seen.get_mut(id) {
                    *at = how.max(*at);
                }
            }
        }
        // What stands within by reference counts as what it refers to: an item in an item is an item.
        let same = rule.linked.same_as.as_ref().zip(rule.same_as.as_ref()).and_then(|(steps, path)| {
            let rule = steps.iter().try_fold(self.root, |at, &n| at.children.get(usize::from(n)))?;
            Some((rule, path))
        });
        match same {
            Some((rule, path)) => self.children(item, rule, path, seen),
            None => self.children(item, rule, id, seen),
        }
    }
}

/// Whether the element says something itself: `false` and 0 do; extensions alone do not, nor what stands beside the
/// extension that says why there is no value.
pub(super) fn has_value(document: &Document<'_>, item: Element<'_>) -> bool {
    how(document, item) == Seen::Value
}

fn how(document: &Document<'_>, item: Element<'_>) -> Seen {
    let absent = |n: NodeId| {
        let list = document.child(n, "extension");
        list.is_some_and(|l| document.children(l).any(|e| document.string(e, "url") == Some(ABSENT)))
    };
    if item.sibling.is_some_and(absent) || item.node.is_some_and(absent) {
        return Seen::Absent;
    }
    if item.node.is_some_and(|node| is_told(document, node)) { Seen::Value } else { Seen::Not }
}

/// Whether there is a value in it, at any depth.
fn is_told(document: &Document<'_>, node: NodeId) -> bool {
    match document.kind(node) {
        Kind::Null => false,
        Kind::Array => document.children(node).any(|n| is_told(document, n)),
        Kind::Object => {
            // The URL of an extension is its name, no value yet; its parts are extensions too.
            let list = document.parent(node).map(|list| document.key(list));
            let extension = matches!(list, Some("extension" | "modifierExtension"));
            document.children(node).any(|member| match document.key(member) {
                "id" => false,
                "url" => !extension,
                "extension" | "modifierExtension" => extension && is_told(document, member),
                key => !key.starts_with('_') && is_told(document, member),
            })
        }
        Kind::String | Kind::Number | Kind::Boolean => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str, name: &str) -> Seen {
        let document = Document::parse(text).unwrap();
        let items = members(&document, document.root(), name, false);
        items.into_iter().map(|item| how(&document, item)).max().unwrap_or_default()
    }

    const WHY: &str =
        r#""extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]"#;

    #[test]
    fn false_and_0_are_values() {
        assert_eq!(seen(r#"{"active":false}"#, "active"), Seen::Value);
        assert_eq!(seen(r#"{"count":0}"#, "count"), Seen::Value);
        assert_eq!(seen(r#"{"content":{"url":"http://example.org/1"}}"#, "content"), Seen::Value);
    }

    #[test]
    fn extensions_alone_are_no_value() {
        let other = r#""extension":[{"url":"http://example.org/x","valueCode":"y"}]"#;
        assert_eq!(seen(&format!(r#"{{"_birthDate":{{{other}}}}}"#), "birthDate"), Seen::Not);
        assert_eq!(seen(&format!(r#"{{"code":{{{other}}}}}"#), "code"), Seen::Not);
        assert_eq!(seen(&format!(r#"{{"name":[{{"_family":{{{other}}}}}]}}"#), "name"), Seen::Not);
        assert_eq!(seen(&format!(r#"{{"name":[{{"given":[null],"_given":[{{{other}}}]}}]}}"#), "name"), Seen::Not);
    }

    #[test]
    fn what_stands_beside_a_reason_for_no_value_is_none() {
        assert_eq!(seen(&format!(r#"{{"_birthDate":{{{WHY}}}}}"#), "birthDate"), Seen::Absent);
        assert_eq!(seen(&format!(r#"{{"birthDate":"1970","_birthDate":{{{WHY}}}}}"#), "birthDate"), Seen::Absent);
        assert_eq!(seen(&format!(r#"{{"code":{{"text":"unknown",{WHY}}}}}"#), "code"), Seen::Absent);
    }

    #[test]
    fn an_extension_is_seen_by_its_value_or_its_parts() {
        let with = |inner: &str| format!(r#"{{"extension":[{{"url":"http://example.org/race",{inner}}}]}}"#);
        assert_eq!(seen(&with(r#""valueCode":"F""#), "extension"), Seen::Value);
        assert_eq!(seen(&with(r#""extension":[{"url":"text","valueString":"x"}]"#), "extension"), Seen::Value);
        assert_eq!(seen(&with(r#""extension":[{"url":"text"}]"#), "extension"), Seen::Not);
        assert_eq!(seen(&with(&format!(r#""_valueCode":{{{WHY}}}"#)), "extension"), Seen::Not);
        assert_eq!(seen(&with(WHY), "extension"), Seen::Absent);
    }

    /// The elements of a profile that a resource shows.
    fn shows(profile: &str, text: &str) -> Vec<String> {
        let library = Library::embedded();
        let document = Document::parse(text).unwrap();
        let mut coverage = Coverage::default();
        let url = format!("http://hl7.org/fhir/us/core/StructureDefinition/{profile}");
        coverage.see_as(library, &document, document.root(), &url);
        let all = coverage.profiles()[&url].elements.clone();
        all.into_iter().filter(|(_, seen)| *seen == Seen::Value).map(|(id, _)| id).collect()
    }

    #[test]
    fn each_type_of_a_choice_that_is_must_support_is_shown_by_itself() {
        let lab = Library::embedded()
            .structure("http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab")
            .map(must_support)
            .unwrap();
        for of in ["Quantity", "CodeableConcept", "String"] {
            assert!(lab.contains(&format!("Observation.value[x]:value{of}")), "{lab:?}");
        }
        assert!(!lab.contains(&"Observation.value[x]".to_owned()));
        let text = r#"{"resourceType":"Observation","valueString":"+++"}"#;
        assert_eq!(shows("us-core-observation-lab", text), ["Observation.value[x]:valueString"]);
        let text = r#"{"resourceType":"Observation","effectivePeriod":{"start":"2020"}}"#;
        assert_eq!(shows("us-core-observation-lab", text), Vec::<String>::new());
    }

    #[test]
    fn an_answer_within_a_group_of_items_is_an_answer() {
        let text = r#"{"resourceType":"QuestionnaireResponse","item":[{"item":[{"answer":[{"valueDecimal":0}]}]}]}"#;
        let shown = shows("us-core-questionnaireresponse", text);
        assert!(shown.contains(&"QuestionnaireResponse.item.answer.value[x]:valueDecimal".to_owned()), "{shown:?}");
    }
}
