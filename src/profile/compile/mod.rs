//! FHIR packages as rules: StructureDefinitions with snapshots become rule trees, value sets become codes, search
//! parameters and the CapabilityStatement become the index. The same input gives the same bytes.

mod index;
mod prune;
mod terms;
mod tree;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::package::{Package, Source};
use super::rules::{CodeSystem, NotCompiledRule, Structure, ValueSet};
pub use index::{Compartment, Index, Interaction, ResourceIndex, SearchParameter};

/// Everything that was compiled.
pub struct Compiled {
    /// Types and profiles, by URL.
    pub structures: BTreeMap<String, Structure>,
    /// Bound value sets, by URL.
    pub value_sets: BTreeMap<String, ValueSet>,
    /// Whole code systems, by URL.
    pub systems: BTreeMap<String, CodeSystem>,
    /// Searches, compartments, profiles of the server.
    pub index: Index,
    /// What it was compiled from, and what was left open.
    pub provenance: Provenance,
}

/// Where compiled rules came from: `provenance.json`.
#[derive(Serialize, Deserialize, Debug, Clone)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Raised when the form of the files changes.
    pub format: u32,
    /// The packages, in the order given.
    pub packages: Vec<Source>,
    /// How many of each there are.
    pub counts: BTreeMap<String, usize>,
    /// Rules that this tool cannot evaluate: structure, element and reason.
    pub not_evaluated: Vec<LeftOpen>,
    /// Value sets of required or extensible bindings that the packages do not give whole.
    pub open_value_sets: BTreeMap<String, Vec<String>>,
}

/// A rule that could not be compiled.
#[derive(Serialize, Deserialize, Debug, Clone)]
#[serde(deny_unknown_fields)]
pub struct LeftOpen {
    /// Canonical URL.
    pub structure: String,
    /// The rule.
    #[serde(flatten)]
    pub rule: NotCompiledRule,
}

/// The form of the files that this version writes and reads.
pub const FORMAT: u32 = 1;

/// Why packages do not compile.
#[derive(Debug, thiserror::Error)]
pub enum NotCompilable {
    /// A structure has no snapshot.
    #[error("{url} has no snapshot; use a package that was published with snapshots")]
    NoSnapshot {
        /// The structure.
        url: String,
    },
    /// A definition lacks what every definition has.
    #[error("a {kind} of {package} has no {element}; the package is damaged")]
    Incomplete {
        /// The type of resource.
        kind: String,
        /// The package.
        package: String,
        /// What is missing.
        element: &'static str,
    },
    /// The base is missing.
    #[error("no package defines the FHIR type Element; give FHIR R4's own definitions too")]
    NoBase,
}

/// Compiles packages; where two define the same URL, the later one counts.
pub fn compile(packages: &[Package]) -> Result<Compiled, NotCompilable> {
    let mut raw: BTreeMap<String, &Value> = BTreeMap::new();
    let mut definitions = Definitions::default();
    for package in packages {
        for resource in &package.resources {
            let kind = resource["resourceType"].as_str().unwrap_or_default();
            if kind == "CompartmentDefinition" || kind == "CapabilityStatement" || kind == "SearchParameter" {
                continue;
            }
            let Some(url) = resource["url"].as_str() else {
                let package = package.source.package.clone();
                return Err(NotCompilable::Incomplete { kind: kind.to_owned(), package, element: "url" });
            };
            match kind {
                "StructureDefinition" => {
                    // Logical models describe no instance of FHIR.
                    if resource["kind"] != "logical" {
                        raw.insert(url.to_owned(), resource);
                    }
                }
                "ValueSet" => {
                    definitions.value_sets.insert(url.to_owned(), resource);
                }
                _ => {
                    definitions.systems.insert(url.to_owned(), resource);
                }
            }
        }
    }
    let mut structures = BTreeMap::new();
    for (url, resource) in &raw {
        structures.insert(url.clone(), tree::structure(resource)?);
    }
    if !structures.contains_key("http://hl7.org/fhir/StructureDefinition/Element") {
        return Err(NotCompilable::NoBase);
    }
    prune::all(&mut structures);
    let (value_sets, systems) = terms::compile(&definitions, &structures);
    let index = index::compile(packages, &structures);
    let not_evaluated = structures
        .values()
        .flat_map(|s| s.not_compiled.iter().map(|rule| LeftOpen { structure: s.url.clone(), rule: rule.clone() }));
    let open = value_sets.values().filter(|v| !v.open.is_empty());
    let provenance = Provenance {
        format: FORMAT,
        packages: packages.iter().map(|p| p.source.clone()).collect(),
        counts: BTreeMap::from([
            ("structures".to_owned(), structures.len()),
            ("profiles".to_owned(), structures.values().filter(|s| s.profile).count()),
            ("value_sets".to_owned(), value_sets.len()),
            ("code_systems".to_owned(), systems.len()),
        ]),
        not_evaluated: not_evaluated.collect(),
        open_value_sets: open.map(|v| (v.url.clone(), v.open.iter().map(|o| o.reason.clone()).collect())).collect(),
    };
    Ok(Compiled { structures, value_sets, systems, index, provenance })
}

/// Terminology as the packages give it.
#[derive(Default)]
struct Definitions<'p> {
    value_sets: BTreeMap<String, &'p Value>,
    systems: BTreeMap<String, &'p Value>,
}

/// A canonical reference without its version.
pub(crate) fn unversioned(canonical: &str) -> &str {
    canonical.split_once('|').map_or(canonical, |(url, _)| url)
}

impl Compiled {
    /// The files of the folder: name and content.
    pub fn files(&self) -> Result<Vec<(&'static str, String)>, serde_json::Error> {
        Ok(vec![
            ("structures.jsonl", lines(self.structures.values())?),
            ("terms.jsonl", lines(self.value_sets.values())?),
            ("systems.jsonl", lines(self.systems.values())?),
            ("index.json", serde_json::to_string_pretty(&self.index)? + "\n"),
            ("provenance.json", serde_json::to_string_pretty(&self.provenance)? + "\n"),
        ])
    }
}

fn lines<T: Serialize>(items: impl Iterator<Item = T>) -> Result<String, serde_json::Error> {
    let mut out = String::new();
    for item in items {
        out.push_str(&serde_json::to_string(&item)?);
        out.push('\n');
    }
    Ok(out)
}
