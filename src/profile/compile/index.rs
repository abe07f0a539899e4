//! What a server of the profiles must offer: searches, includes, interactions and compartments, from the package's
//! CapabilityStatement and SearchParameters. The tables of the features are held to it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::package::Package;
use super::super::rules::Structure;
use super::unversioned;

const EXPECTATION: &str = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation";
const COMBINATION: &str = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-parameter-combination";

/// `index.json`
#[derive(Serialize, Deserialize, Debug, Default, Clone, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// By resource type.
    pub resources: BTreeMap<String, ResourceIndex>,
    /// By resource type and code of the parameter; `*` where several types share it.
    pub search_parameters: BTreeMap<String, BTreeMap<String, SearchParameter>>,
    /// The compartments: code, and by resource type the parameters that make a member.
    pub compartments: BTreeMap<String, Compartment>,
}

/// By resource type: the parameters whose value makes a resource a member.
pub type Compartment = BTreeMap<String, Vec<String>>;

/// What the CapabilityStatement of the guide demands of one type.
#[derive(Serialize, Deserialize, Debug, Default, Clone, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct ResourceIndex {
    /// SHALL, SHOULD, MAY.
    pub expectation: String,
    /// `read`, `search-type`...
    pub interactions: Vec<Interaction>,
    /// Parameters, by code, with their strength.
    pub parameters: BTreeMap<String, String>,
    /// Parameters that are asked together, joined by `+`, with their strength.
    pub combinations: BTreeMap<String, String>,
    /// Includes, with their strength.
    pub includes: BTreeMap<String, String>,
    /// Reverse includes, with their strength.
    pub reverse_includes: BTreeMap<String, String>,
    /// Operations, with their strength.
    pub operations: BTreeMap<String, String>,
    /// Profiles of this type, of the guide.
    pub profiles: BTreeSet<String>,
}

/// An interaction with its strength.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Interaction {
    /// Code.
    pub code: String,
    /// SHALL, SHOULD, MAY.
    pub expectation: String,
}

/// How a search parameter works.
#[derive(Serialize, Deserialize, Debug, Default, Clone, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct SearchParameter {
    /// Canonical URL.
    pub url: String,
    /// `token`, `date`, `reference`...
    #[serde(rename = "type")]
    pub kind: String,
    /// FHIRPath of the values.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expression: String,
    /// Types of resource that a reference points to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// Comparators, with their strength.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub comparators: BTreeMap<String, String>,
    /// Modifiers, with their strength.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub modifiers: BTreeMap<String, String>,
    /// Strength of `a,b`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub multiple_or: String,
    /// Strength of repeating the parameter.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub multiple_and: String,
}

pub(super) fn compile(packages: &[Package], structures: &BTreeMap<String, Structure>) -> Index {
    let mut out = Index::default();
    // A guide's own parameters say how strongly their forms are demanded; the base ones fill what is left.
    for resource in packages.iter().flat_map(|p| &p.resources) {
        match resource["resourceType"].as_str() {
            Some("SearchParameter") => search_parameter(resource, &mut out),
            Some("CompartmentDefinition") => compartment(resource, &mut out),
            Some("CapabilityStatement") if is_server(resource) => capability(resource, structures, &mut out),
            _ => {}
        }
    }
    out
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value[key].as_array().into_iter().flatten()
}

fn expectation(value: &Value) -> String {
    let mut extensions = list(value, "extension");
    extensions.find(|e| e["url"] == EXPECTATION).map(|e| text(e, "valueCode").to_owned()).unwrap_or_default()
}

/// A guide's CapabilityStatement of requirements on servers; the base's own two say nothing about a guide.
fn is_server(statement: &Value) -> bool {
    statement["kind"] == "requirements" && list(statement, "rest").any(|r| r["mode"] == "server")
}

fn search_parameter(resource: &Value, out: &mut Index) {
    // `_code` and its expectation in `_code.extension`, position by position.
    let strengths = |codes: &str| {
        let underscored = &resource[format!("_{codes}")];
        let strength = |n: usize| underscored.get(n).map(expectation).unwrap_or_default();
        let codes = list(resource, codes).enumerate();
        codes.filter_map(|(n, c)| Some((c.as_str()?.to_owned(), strength(n)))).collect::<BTreeMap<_, _>>()
    };
    let parameter = SearchParameter {
        url: text(resource, "url").to_owned(),
        kind: text(resource, "type").to_owned(),
        expression: text(resource, "expression").to_owned(),
        targets: list(resource, "target").filter_map(|t| t.as_str().map(str::to_owned)).collect(),
        comparators: strengths("comparator"),
        modifiers: strengths("modifier"),
        multiple_or: expectation(&resource["_multipleOr"]),
        multiple_and: expectation(&resource["_multipleAnd"]),
    };
    for base in list(resource, "base").filter_map(Value::as_str) {
        let of = out.search_parameters.entry(base.to_owned()).or_default();
        of.insert(text(resource, "code").to_owned(), parameter.clone());
    }
}

fn compartment(resource: &Value, out: &mut Index) {
    let members = list(resource, "resource").filter_map(|r| {
        let params: Vec<_> = list(r, "param").filter_map(|p| p.as_str().map(str::to_owned)).collect();
        (!params.is_empty()).then(|| (text(r, "code").to_owned(), params))
    });
    out.compartments.insert(text(resource, "code").to_owned(), members.collect());
}

fn capability(statement: &Value, structures: &BTreeMap<String, Structure>, out: &mut Index) {
    for resource in list(statement, "rest").filter(|r| r["mode"] == "server").flat_map(|r| list(r, "resource")) {
        let of = text(resource, "type");
        let entry = out.resources.entry(of.to_owned()).or_default();
        entry.expectation = expectation(resource);
        entry.interactions = list(resource, "interaction")
            .map(|i| Interaction { code: text(i, "code").to_owned(), expectation: expectation(i) })
            .collect();
        entry.parameters =
            list(resource, "searchParam").map(|p| (text(p, "name").to_owned(), expectation(p))).collect();
        let combinations = list(resource, "extension").filter(|e| e["url"] == COMBINATION);
        entry.combinations = combinations
            .map(|c| {
                let names = list(c, "extension").filter(|e| e["url"] == "required").map(|e| text(e, "valueString"));
                (names.collect::<Vec<_>>().join("+"), expectation(c))
            })
            .collect();
        let includes = |key: &str| {
            let underscored = &resource[format!("_{key}")];
            let strength = |n: usize| underscored.get(n).map(expectation).unwrap_or_default();
            let named = list(resource, key).enumerate();
            named.filter_map(|(n, i)| Some((i.as_str()?.to_owned(), strength(n)))).collect::<BTreeMap<_, _>>()
        };
        entry.includes = includes("searchInclude");
        entry.reverse_includes = includes("searchRevInclude");
        entry.operations = list(resource, "operation").map(|o| (text(o, "name").to_owned(), expectation(o))).collect();
        let named = list(resource, "supportedProfile").filter_map(Value::as_str).chain(resource["profile"].as_str());
        entry.profiles = named.map(|p| unversioned(p).to_owned()).filter(|p| structures.contains_key(p)).collect();
    }
}
