//! What showing must-support elements means where a profile's bare list says too much or too little: alternatives and
//! exceptions that `profiles/must-support.toml` names, and which of the demands a set of resources leaves open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::coverage::{Coverage, Seen, has_value};
use super::json::{Document, NodeId};
use super::library::Library;
use super::path::{Around, Element, NotCompiled, Path};

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    instead: Vec<Instead>,
    not_demanded: Vec<NotDemanded>,
}

/// One demand in the place of several elements.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Instead {
    profile: String,
    elements: Vec<String>,
    what: String,
    any: Vec<String>,
    /// What says so beside the guide: the number of a tracker.
    #[serde(default, rename = "source")]
    _source: Option<String>,
}

/// Elements that a server is not failed for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotDemanded {
    profile: String,
    elements: Vec<String>,
    #[serde(rename = "why")]
    _why: String,
    #[serde(default, rename = "source")]
    _source: Option<String>,
}

static FILE: LazyLock<File> =
    LazyLock::new(|| toml::from_str(include_str!("../../profiles/must-support.toml")).unwrap_or_default());

/// What was shown of a profile's must-support elements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Demands that were met, each with the position of the first resource that meets it.
    pub met: Vec<(String, usize)>,
    /// Ids of elements, and names of alternatives, that no resource shows.
    pub open: Vec<String>,
}

/// Looks at `texts`, each a resource held to `profile`.
pub fn shown(library: &Library, profile: &str, texts: &[String]) -> Shown {
    let documents: Vec<Document<'_>> = texts.iter().filter_map(|text| Document::parse(text).ok()).collect();
    let mut first: BTreeMap<String, Option<usize>> = BTreeMap::new();
    for (at, document) in documents.iter().enumerate() {
        let mut coverage = Coverage::default();
        coverage.see_as(library, document, document.root(), profile);
        for (id, seen) in coverage.profiles().values().flat_map(|profile| &profile.elements) {
            let known = first.entry(id.clone()).or_default();
            if *seen == Seen::Value && known.is_none() {
                *known = Some(at);
            }
        }
    }
    let own = FILE.instead.iter().filter(|instead| is_about(&instead.profile, library, profile));
    let replaced = replaceable(library, profile);
    let mut out = Shown::default();
    let mut note = |by: Option<usize>, what: &str| match by {
        Some(at) => out.met.push((what.to_owned(), at)),
        None => out.open.push(what.to_owned()),
    };
    for (id, seen) in first.iter().filter(|(id, _)| !replaces(&replaced, id)) {
        note(*seen, id);
    }
    for instead in own {
        let paths: Vec<Path> = instead.any.iter().filter_map(|source| Path::compile(source).ok()).collect();
        let shows = |document: &Document<'_>| paths.iter().any(|path| selects_value(path, document));
        note(documents.iter().position(shows), &instead.what);
    }
    out
}

/// The ids of a profile's elements that need not be shown themselves.
pub fn replaceable(library: &Library, profile: &str) -> BTreeSet<String> {
    let instead = FILE.instead.iter().map(|instead| (&instead.profile, &instead.elements));
    let all = instead.chain(FILE.not_demanded.iter().map(|exception| (&exception.profile, &exception.elements)));
    all.filter(|(name, _)| is_about(name, library, profile)).flat_map(|(_, elements)| elements.clone()).collect()
}

/// Whether the element, or the choice that it is a type of, is among those.
fn replaces(elements: &BTreeSet<String>, id: &str) -> bool {
    elements.contains(id)
        || id
            .rsplit_once(':')
            .is_some_and(|(choice, of)| choice.ends_with("[x]") && !of.contains('.') && elements.contains(choice))
}

/// Whether a name of the file means the profile.
fn is_about(name: &str, library: &Library, profile: &str) -> bool {
    let ends = |url: &str, name: &str| url.rsplit('/').next() == Some(name);
    match name.strip_suffix('*') {
        Some("") => true,
        Some(name) => library.urls().any(|url| ends(url, name) && library.is_or_builds_on(profile, url)),
        None => ends(profile, name),
    }
}

/// Whether a FHIRPath expression is true of a resource.
///
/// # Errors
/// What of the expression is not understood.
pub fn holds_in(expression: &str, text: &str) -> Result<bool, NotCompiled> {
    let path = Path::compile(expression)?;
    Ok(Document::parse(text).is_ok_and(|document| at_root(&document, |root, around| path.holds(root, around))))
}

/// Whether a FHIRPath expression selects anything in a resource.
///
/// # Errors
/// What of the expression is not understood.
pub fn selects_in(expression: &str, text: &str) -> Result<bool, NotCompiled> {
    let path = Path::compile(expression)?;
    Ok(Document::parse(text).is_ok_and(|document| selects(&path, &document)))
}

fn selects(path: &Path, document: &Document<'_>) -> bool {
    at_root(document, |root, around| !path.select(root, around).is_empty())
}

/// What an expression says of the whole document, in which nothing is resolved.
fn at_root(document: &Document<'_>, ask: impl for<'d> FnOnce(Element<'d>, &'d Around<'d, '_>) -> bool) -> bool {
    let root = document.root();
    let nothing = |_: &str| -> Option<NodeId> { None };
    ask(root.into(), &Around { document, resource: root, root_resource: root, resolve: &nothing })
}

/// As [`selects`], of elements with a value.
fn selects_value(path: &Path, document: &Document<'_>) -> bool {
    at_root(document, |root, around| path.select(root, around).into_iter().any(|element| has_value(document, element)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";

    fn about<'l>(library: &'l Library, name: &str) -> Vec<&'l str> {
        library.urls().filter(|url| is_about(name, library, url)).collect()
    }

    #[test]
    fn every_alternative_and_exception_names_a_profile_and_its_elements() {
        let library = Library::embedded();
        let instead = FILE.instead.iter().map(|instead| (&instead.profile, &instead.elements));
        let all = instead.chain(FILE.not_demanded.iter().map(|exception| (&exception.profile, &exception.elements)));
        for (name, elements) in all {
            let about = about(library, name);
            assert!(!about.is_empty(), "no profile {name}");
            let known: Vec<String> =
                about.iter().flat_map(|url| crate::profile::must_support(library.structure(url).unwrap())).collect();
            for element in elements {
                let own = BTreeSet::from([element.clone()]);
                assert!(known.iter().any(|id| replaces(&own, id)), "{name} has no must-support element {element}");
            }
        }
        assert!(FILE.instead.len() > 10 && FILE.not_demanded.len() > 4);
    }

    #[test]
    fn every_alternative_has_expressions_that_compile() {
        for instead in &FILE.instead {
            assert!(!instead.any.is_empty(), "{}", instead.what);
            for path in &instead.any {
                assert!(Path::compile(path).is_ok(), "{path}");
            }
        }
    }

    /// What is open of a profile when only this resource is known.
    fn open(name: &str, text: &str) -> Vec<String> {
        shown(Library::embedded(), &format!("{CORE}{name}"), &[text.to_owned()]).open
    }

    #[test]
    fn a_reason_for_no_value_is_demanded_of_no_observation() {
        let names = about(Library::embedded(), "*").into_iter().filter_map(|url| url.strip_prefix(CORE));
        for name in names.filter(|name| !name.contains("valueset")) {
            let open = open(name, r#"{"resourceType":"Observation"}"#);
            assert!(!open.iter().any(|id| id.contains("dataAbsentReason")), "{name}: {open:?}");
        }
    }

    #[test]
    fn a_problem_tells_when_it_began_or_when_it_was_asserted() {
        let name = "us-core-condition-problems-health-concerns";
        let what = "when it began, or when it was asserted";
        let asserted = r#"{"resourceType":"Condition","extension":[{"url":
            "http://hl7.org/fhir/StructureDefinition/condition-assertedDate","valueDateTime":"2020"}]}"#;
        for text in [asserted, r#"{"resourceType":"Condition","onsetDateTime":"2020"}"#] {
            let open = open(name, text);
            assert!(!open.iter().any(|id| id == what || id.contains("onset") || id.contains("asserted")), "{open:?}");
        }
        assert!(open(name, r#"{"resourceType":"Condition"}"#).contains(&what.to_owned()));
        let absent = r#"{"resourceType":"Condition","_onsetDateTime":{"extension":[{"url":"http://example.org/x"}]}}"#;
        assert!(open(name, absent).contains(&what.to_owned()));
    }

    #[test]
    fn what_the_publisher_calls_an_error_is_not_demanded() {
        let diagnosis = open("us-core-condition-encounter-diagnosis", r#"{"resourceType":"Condition"}"#);
        assert!(!diagnosis.iter().any(|id| id.contains("Status") || id.contains("onset") || id.contains("asserted")));
        assert!(diagnosis.contains(&"Condition.encounter".to_owned()), "{diagnosis:?}");
        let note = open("us-core-diagnosticreport-note", r#"{"resourceType":"DiagnosticReport"}"#);
        assert!(!note.iter().any(|id| id.contains("media")) && note.iter().any(|id| id.contains("presentedForm")));
        let coverage = open("us-core-coverage", r#"{"resourceType":"Coverage"}"#);
        assert!(!coverage.contains(&"Coverage.class:group.name".to_owned()));
        assert!(coverage.contains(&"Coverage.class:group.value".to_owned()), "{coverage:?}");
        let patient = open("us-core-patient", r#"{"resourceType":"Patient"}"#);
        assert!(
            !patient.iter().any(|id| id.contains("genderIdentity")) && patient.iter().any(|id| id.contains("race"))
        );
    }
}
