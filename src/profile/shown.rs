//! What showing must-support elements means where a profile's bare list says too much or too little: alternatives that
//! `profiles/must-support.toml` names, and which of the demands a set of resources leaves open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::coverage::{Coverage, Seen};
use super::json::{Document, NodeId};
use super::library::Library;
use super::path::{Around, NotCompiled, Path};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    instead: Vec<Instead>,
}

/// One demand in the place of several elements.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Instead {
    profile: String,
    elements: Vec<String>,
    what: String,
    #[serde(default)]
    any: Vec<String>,
}

static INSTEAD: LazyLock<Vec<Instead>> = LazyLock::new(|| {
    toml::from_str::<File>(include_str!("../../profiles/must-support.toml"))
        .map(|file| file.instead)
        .unwrap_or_default()
});

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
    let own: Vec<&Instead> = INSTEAD.iter().filter(|instead| instead.is_about(library, profile)).collect();
    let replaced: BTreeSet<&str> = own.iter().flat_map(|instead| &instead.elements).map(String::as_str).collect();
    let mut out = Shown::default();
    let mut note = |met: Option<usize>, what: &str| match met {
        Some(at) => out.met.push((what.to_owned(), at)),
        None => out.open.push(what.to_owned()),
    };
    for (id, seen) in first.iter().filter(|(id, _)| !replaced.contains(id.as_str())) {
        note(*seen, id);
    }
    for instead in own.iter().filter(|instead| !instead.any.is_empty()) {
        let paths: Vec<Path> = instead.any.iter().filter_map(|source| Path::compile(source).ok()).collect();
        note(documents.iter().position(|document| paths.iter().any(|path| selects(path, document))), &instead.what);
    }
    out
}

/// The ids of a profile's elements for which something else may be shown.
pub fn replaceable(library: &Library, profile: &str) -> BTreeSet<String> {
    let own = INSTEAD.iter().filter(|instead| instead.is_about(library, profile));
    own.flat_map(|instead| instead.elements.clone()).collect()
}

impl Instead {
    fn is_about(&self, library: &Library, profile: &str) -> bool {
        let ends = |url: &str, name: &str| url.rsplit('/').next() == Some(name);
        match self.profile.strip_suffix('*') {
            Some(name) => library.urls().any(|url| ends(url, name) && library.is_or_builds_on(profile, url)),
            None => ends(profile, &self.profile),
        }
    }
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
    let root = document.root();
    let nothing = |_: &str| -> Option<NodeId> { None };
    let around = Around { document, resource: root, root_resource: root, resolve: &nothing };
    !path.select(root.into(), &around).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alternative_names_a_profile_its_elements_and_expressions_that_compile() {
        let library = Library::embedded();
        for instead in INSTEAD.iter() {
            let about: Vec<&str> = library.urls().filter(|url| instead.is_about(library, url)).collect();
            assert!(!about.is_empty(), "no profile {}", instead.profile);
            let known = super::super::must_support(library.structure(about[0]).unwrap());
            for element in instead.elements.iter().filter(|_| !instead.profile.ends_with('*')) {
                assert!(
                    known.contains(element),
                    "{} has no must-support element {element}: {known:?}",
                    instead.profile
                );
            }
            for path in &instead.any {
                assert!(Path::compile(path).is_ok(), "{path}");
            }
        }
        assert!(INSTEAD.len() > 10);
    }
}
