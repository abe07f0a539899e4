//! Which profiles of the guide a resource should meet, by what it says of itself: its category and code, and what
//! `profiles/applies.toml` names.

use std::sync::LazyLock;

use serde::Deserialize;

use super::json::{Document, Kind, NodeId};
use super::library::Library;
use super::path::{Around, Path};
use super::rules::{Rule, Structure};
use super::terminology::Member;
use super::walk::Walk;

/// The elements by which a guide tells its profiles of one type apart.
const TELLING: [&str; 3] = ["category", "code", "type"];

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    only: Vec<Only>,
}

/// A profile that is for some resources of its type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Only {
    profile: String,
    when: Vec<String>,
}

/// Names of profiles, and the expressions of which one must select something.
static ONLY: LazyLock<Vec<(String, Vec<Path>)>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../../profiles/applies.toml")).unwrap_or_default();
    let compiled = |only: Only| {
        let paths = only.when.iter().filter_map(|source| Path::compile(source).ok()).collect();
        (only.profile, paths)
    };
    file.only.into_iter().map(compiled).collect()
});

/// Whether the profile is for this resource at all.
fn applies(profile: &str, document: &Document<'_>, node: NodeId) -> bool {
    let name = profile.rsplit('/').next().unwrap_or_default();
    let Some((_, paths)) = ONLY.iter().find(|(only, _)| only == name) else { return true };
    let nothing = |_: &str| -> Option<NodeId> { None };
    let around = Around { document, resource: node, root_resource: document.root(), resolve: &nothing };
    paths.iter().any(|path| !path.select(node.into(), &around).is_empty())
}

/// The profiles of the guide's server that the resource should meet, most specific first; empty if the guide has none
/// of this type.
pub(super) fn profiles(library: &Library, document: &Document<'_>, node: NodeId) -> Vec<String> {
    let Some(of) = document.string(node, "resourceType") else { return Vec::new() };
    let Some(resource) = library.index().resources.get(of) else { return Vec::new() };
    let candidates: Vec<&Structure> = resource.profiles.iter().filter_map(|url| library.structure(url)).collect();
    // The only profile of a type is for all of that type, unless it says for which.
    if let [only] = candidates.as_slice() {
        return if applies(&only.url, document, node) { vec![only.url.clone()] } else { Vec::new() };
    }
    let candidates: Vec<&Structure> = candidates.into_iter().filter(|p| applies(&p.url, document, node)).collect();
    let none = |_: &Document<'_>, _: NodeId| Vec::new();
    let walk = Walk::new(library, document, &none, false);
    let fits = |profile: &&Structure| {
        let telling = profile.root.children.iter().filter(|c| TELLING.contains(&c.name.as_str()));
        let mut tells = false;
        telling.fold(true, |fits, rule| {
            if tells_apart(rule) {
                tells = true;
                fits && shows(&walk, document, node, rule)
            } else {
                fits && !denies(library, &walk, document, node, rule)
            }
        }) && tells
    };
    let mut fitting: Vec<&Structure> = candidates.iter().copied().filter(fits).collect();
    if fitting.is_empty() {
        // Nothing that must be there chose: what may be there does.
        fitting = candidates.iter().copied().filter(|profile| may_be(&walk, document, node, profile)).collect();
    }
    // A profile that another one builds on says nothing that the other does not.
    let is_base_of = |a: &Structure, b: &Structure| {
        let mut at = b.base.as_deref();
        while let Some(url) = at {
            if url == a.url {
                return true;
            }
            at = library.structure(url).and_then(|s| s.base.as_deref());
        }
        false
    };
    let own = |p: &&&Structure| !fitting.iter().any(|other| is_base_of(p, other));
    fitting.iter().filter(own).map(|p| p.url.clone()).collect()
}

/// A short list of codes tells what a profile is about even where other codes are allowed.
const SHORT: usize = 20;

/// Whether the element's codes are all outside the short list that the profile names for it.
fn denies(library: &Library, walk: &Walk<'_, '_, '_>, document: &Document<'_>, node: NodeId, rule: &Rule) -> bool {
    let Some(binding) = rule.binding.as_ref().filter(|b| b.strength == super::rules::Strength::Extensible) else {
        return false;
    };
    let short = library.enumerated(&binding.value_set).is_some_and(|codes| codes.len() <= SHORT);
    let element = document.child(node, &rule.name);
    short && element.is_some_and(|element| walk.membership(element.into(), binding) == Member::No)
}

/// Whether a slice that is optional holds one of the resource's categories.
fn may_be(walk: &Walk<'_, '_, '_>, document: &Document<'_>, node: NodeId, profile: &Structure) -> bool {
    let telling = profile.root.children.iter().filter(|c| TELLING.contains(&c.name.as_str()));
    let certain = telling.clone().all(|rule| !tells_apart(rule) || shows(walk, document, node, rule));
    let holds = |rule: &Rule| {
        let items = document.child(node, &rule.name).into_iter().flat_map(|list| document.children(list));
        let items: Vec<NodeId> = items.collect();
        let matchers = rule.slices.iter().filter_map(|slice| slice.linked.matcher.as_ref());
        matchers.into_iter().any(|matcher| items.iter().any(|&n| walk.is_in(n.into(), matcher) == Member::Yes))
    };
    certain && telling.clone().any(holds)
}

/// Whether the rule demands a certain code.
fn tells_apart(rule: &Rule) -> bool {
    let certain = |r: &Rule| r.pattern.is_some() || r.fixed.is_some();
    let bound = |r: &Rule| r.binding.as_ref().is_some_and(|b| b.strength == super::rules::Strength::Required);
    certain(rule)
        || bound(rule)
        || rule.slices.iter().any(|s| s.min > 0 && s.linked.matcher.is_some())
        || rule.children.iter().any(|c| c.slices.iter().any(|s| s.min > 0 && s.linked.matcher.is_some()))
}

fn shows(walk: &Walk<'_, '_, '_>, document: &Document<'_>, node: NodeId, rule: &Rule) -> bool {
    let Some(member) = document.child(node, &rule.name) else { return false };
    let items: Vec<NodeId> = match document.kind(member) {
        Kind::Array => document.children(member).collect(),
        _ => vec![member],
    };
    let whole = |n: &NodeId| {
        rule.pattern.as_ref().is_none_or(|p| walk.says(*n, p))
            && rule.fixed.as_ref().is_none_or(|f| walk.says(*n, f))
            && rule
                .binding
                .as_ref()
                .filter(|b| b.strength == super::rules::Strength::Required)
                .is_none_or(|b| walk.membership((*n).into(), b) != Member::No)
    };
    let sliced = |rule: &Rule, items: &[NodeId]| {
        rule.slices.iter().filter(|s| s.min > 0).all(|slice| match &slice.linked.matcher {
            Some(matcher) => items.iter().any(|&n| walk.is_in(n.into(), matcher) != Member::No),
            None => true,
        })
    };
    items.iter().any(whole)
        && sliced(rule, &items)
        && rule.children.iter().filter(|c| !c.slices.is_empty()).all(|child| {
            let inner: Vec<NodeId> = items
                .iter()
                .filter_map(|&n| document.child(n, &child.name))
                .flat_map(|n| document.children(n))
                .collect();
            sliced(child, &inner)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_that_is_for_some_resources_is_known_and_its_expressions_compile() {
        let file: File = toml::from_str(include_str!("../../profiles/applies.toml")).unwrap();
        assert!(!file.only.is_empty());
        for only in &file.only {
            let known = Library::embedded().urls().any(|url| url.rsplit('/').next() == Some(&only.profile));
            assert!(known && !only.when.is_empty(), "{}", only.profile);
            only.when.iter().for_each(|path| assert!(Path::compile(path).is_ok(), "{path}"));
        }
    }

    fn held_to(text: &str) -> Vec<String> {
        super::super::held_to(Library::embedded(), &Document::parse(text).unwrap())
    }

    #[test]
    fn a_device_is_an_implant_if_it_says_so() {
        let implantable = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-implantable-device";
        let meter = r#"{"resourceType":"Device","type":{"text":"Glucose meter"}}"#;
        assert_eq!(held_to(meter), Vec::<String>::new());
        let claims = format!(r#"{{"resourceType":"Device","meta":{{"profile":["{implantable}"]}}}}"#);
        assert_eq!(held_to(&claims), [implantable]);
        assert_eq!(held_to(r#"{"resourceType":"Device","udiCarrier":[{"deviceIdentifier":"1"}]}"#), [implantable]);
        assert_eq!(held_to(r#"{"resourceType":"Practitioner"}"#).len(), 1);
    }
}
