//! The CapabilityStatement: what it claims, what the guide demands of it, and what it claims beyond the guide.

use super::document::{Document, in_words, is_canonical, texts};
use super::profile::listed;
use super::{Basis, Observation, Query};
use crate::chart::Resource;
use crate::profile::Library;
use crate::profile::compile::ResourceIndex;
use crate::record::Strength;
use crate::search::{Kind, queried, strength};
use crate::smart::covers;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The extension that names parameters which are searched together.
const COMBINATION: &str = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-parameter-combination";
const OAUTH_URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";
const CORE_PROFILES: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";
/// Patient-access tokens do not write, so `create` (DiagnosticReport, DocumentReference) is not demanded: docs/us-core.md.
const READING: [&str; 4] = ["read", "search-type", "vread", "history-instance"];

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value[name].as_array().into_iter().flatten()
}

fn resources(statement: &Value) -> impl Iterator<Item = &Value> {
    list(statement, "rest").flat_map(|rest| list(rest, "resource"))
}

fn named<'v>(resource: &'v Value, name: &str, member: &str) -> BTreeSet<&'v str> {
    list(resource, name)
        .filter_map(|item| if member.is_empty() { item.as_str() } else { item[member].as_str() })
        .collect()
}

/// The search parameters that a statement claims of a type: listed, or named in a combination.
fn parameters(resource: &Value) -> BTreeSet<&str> {
    let mut all = named(resource, "searchParam", "name");
    let combinations = list(resource, "extension").filter(|extension| extension["url"] == COMBINATION);
    let parts = combinations.flat_map(|combination| list(combination, "extension"));
    all.extend(parts.filter_map(|part| part["valueString"].as_str()));
    all
}

fn demands(word: &str) -> bool {
    strength(word) == Some(Strength::Shall)
}

/// What is demanded of one kind and not claimed.
fn unclaimed<'d>(
    kind: &'d str,
    demanded: &'d BTreeMap<String, String>,
    claims: impl Fn(&str) -> bool + 'd,
) -> impl Iterator<Item = String> + 'd {
    let lacking = demanded.iter().filter(move |(name, word)| demands(word) && !claims(name));
    lacking.map(move |(name, _)| format!("{kind} {name}"))
}

impl Document {
    /// What a CapabilityStatement claims of a type; none if it does not claim the type.
    pub fn claimed(&self, of: &str) -> Option<Self> {
        let own = resources(&self.value).find(|resource| resource["type"] == of)?;
        Some(Self { value: own.clone(), number: self.number })
    }

    /// Whether what is claimed of a type covers what the guide demands of it.
    pub fn covers_demands(&self, of: &str, demanded: &ResourceIndex) -> Vec<Observation> {
        let own = &self.value;
        let (interactions, known) = (named(own, "interaction", "code"), parameters(own));
        // Parameters of every type need not be repeated at each.
        let claims_parameter = |name: &str| name.starts_with('_') || known.contains(name);
        let lacks = |code: &&str| READING.contains(code) && !interactions.contains(code);
        let wanted = demanded.interactions.iter().filter(|one| demands(&one.expectation)).map(|one| one.code.as_str());
        let mut missing: Vec<String> = wanted.filter(lacks).map(|code| format!("interaction {code}")).collect();
        missing.extend(unclaimed("search parameter", &demanded.parameters, claims_parameter));
        for (kind, all) in [("searchInclude", &demanded.includes), ("searchRevInclude", &demanded.reverse_includes)] {
            let claimed = named(own, kind, "");
            missing.extend(unclaimed(kind, all, |name| claimed.contains(name) || claimed.contains("*")));
        }
        let operations = named(own, "operation", "name");
        missing.extend(unclaimed("operation", &demanded.operations, |name| operations.contains(name)));
        let not_claimed = |all: &[String]| format!("not claimed: {}", listed(all));
        let observed = if missing.is_empty() { "all of it".to_owned() } else { not_claimed(&missing) };
        let mut seen = vec![self.seen(missing.is_empty(), format!("what the guide demands of {of}"), observed)];
        // What the guide demands in combinations only may be named there, and its own listing is not demanded.
        let combined = demanded.combinations.iter().filter(|(_, word)| demands(word));
        let combined: BTreeSet<&str> = combined.flat_map(|(all, _)| all.split('+')).collect();
        let alone = |name: &str| demanded.parameters.get(name).is_some_and(|word| demands(word));
        let unnamed = combined.into_iter().filter(|name| !claims_parameter(name) && !alone(name));
        let unnamed: Vec<String> = unnamed.map(str::to_owned).collect();
        if !unnamed.is_empty() {
            let expected = "the parameters that the guide demands in combinations, each or in a combination";
            seen.push(self.seen(false, expected, not_claimed(&unnamed)).with_strength(Strength::Should));
        }
        seen
    }

    fn supported_profiles(&self) -> Vec<String> {
        resources(&self.value).flat_map(|resource| texts(&resource["supportedProfile"])).collect()
    }

    /// Whether a profile is supported, of any version.
    pub fn supports(&self, profile: &str) -> Observation {
        let all = self.supported_profiles();
        let met = all.iter().any(|own| is_canonical(own, profile));
        self.seen(met, profile, format!("{} supported profiles", all.len()))
    }

    /// Whether so many profiles of US Core are supported.
    pub fn supports_at_least(&self, least: usize) -> Observation {
        let own = self.supported_profiles().iter().filter(|own| own.starts_with(CORE_PROFILES)).count();
        self.seen(own >= least, format!("at least {least} US Core profiles"), format!("{own} US Core profiles"))
    }

    /// Whether each of these profiles is supported, named by the end of its URL.
    pub fn supports_each(&self, wanted: &[String]) -> Observation {
        let all = self.supported_profiles();
        let ends: BTreeSet<&str> = all.iter().filter_map(|url| url.split('|').next()?.rsplit('/').next()).collect();
        let missing: Vec<String> = wanted.iter().filter(|name| !ends.contains(name.as_str())).cloned().collect();
        let observed = match missing.is_empty() {
            true => format!("all {}", wanted.len()),
            false => format!("{} of {}; not {}", wanted.len() - missing.len(), wanted.len(), listed(&missing)),
        };
        self.seen(missing.is_empty(), "every profile of the list", observed)
    }

    /// Whether an interaction is offered on a type.
    pub fn offers(&self, interaction: &str, of: &str) -> Observation {
        let own = resources(&self.value).filter(|resource| resource["type"] == of);
        let codes = own.flat_map(|resource| list(resource, "interaction")).flat_map(|one| texts(&one["code"]));
        let codes: Vec<String> = codes.collect();
        let met = codes.iter().any(|code| code == interaction);
        self.seen(met, format!("{interaction} on {of}"), in_words(&codes))
    }

    fn security(&self) -> impl Iterator<Item = &Value> {
        list(&self.value, "rest").map(|rest| &rest["security"])
    }

    /// Whether a security service is named.
    pub fn has_security_service(&self, wanted: &str) -> Observation {
        let codings = self.security().flat_map(|own| list(own, "service")).flat_map(|service| list(service, "coding"));
        let codes: Vec<String> = codings.flat_map(|coding| texts(&coding["code"])).collect();
        let met = codes.iter().any(|code| code == wanted);
        self.seen(met, format!("the service {wanted}"), in_words(&codes))
    }

    fn oauth_uris(&self) -> BTreeMap<&str, &str> {
        let all = self.security().flat_map(|own| list(own, "extension"));
        let parts = all.filter(|own| own["url"] == OAUTH_URIS).flat_map(|own| list(own, "extension"));
        parts.filter_map(|part| Some((part["url"].as_str()?, part["valueUri"].as_str()?))).collect()
    }

    /// Whether it names OAuth endpoints.
    pub fn has_oauth_uris(&self) -> Observation {
        let met = !self.oauth_uris().is_empty();
        let observed = if met { "it is there" } else { "there is none" };
        self.seen(met, "the oauth-uris extension in the CapabilityStatement", observed)
    }

    /// Whether it names the same OAuth endpoint as a member of the SMART configuration.
    pub fn has_oauth_uri(&self, name: &str, wanted: &Value) -> Observation {
        let (own, wanted) = (self.oauth_uris().remove(name).unwrap_or("absent"), texts(wanted));
        self.seen(wanted == [own], in_words(&wanted), own)
    }
}

/// Whether any search of the guide contains a parameter: a server may support it in the guide's combinations only.
fn is_in(guide: &[(String, Strength)], parameter: &str) -> bool {
    guide.iter().any(|(all, _)| all.split('+').any(|name| name == parameter))
}

/// Why no search is made of what is claimed beyond the guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoMore {
    /// No scope permits searches of the type.
    NotPermitted,
    /// Nothing more is claimed, or the records show no value of it.
    Nothing,
}

impl Basis<'_> {
    fn may_search(&self, resource: &Resource) -> bool {
        let person = resource.people.first().and_then(|person| self.chart.people.get(*person));
        person.is_some_and(|person| covers(person.session.scope(), &resource.of, 's'))
    }

    /// Searches by the parameters that are claimed of a type and are in no search of the guide.
    ///
    /// # Errors
    /// There is none to make.
    pub fn claimed_searches(&self, claimed: &Document, of: &str) -> Result<Vec<Query>, NoMore> {
        let known = || self.chart.resources.iter().filter(|resource| resource.of == of);
        let permitted: Vec<&Resource> = known().filter(|resource| self.may_search(resource)).collect();
        if known().next().is_some() && permitted.is_empty() {
            return Err(NoMore::NotPermitted);
        }
        let names = named(&claimed.value, "searchParam", "name");
        let (guide, by_patient) = (queried(self.library, of), names.contains("patient"));
        let mut queries = Vec::new();
        for parameter in names {
            // The address of a server's own parameter says nothing about what it means.
            if is_in(&guide, parameter) || parameter == "patient" || self.kind(of, parameter).is_none() {
                continue;
            }
            let parameters = if by_patient { vec!["patient", parameter] } else { vec![parameter] };
            if let Some((_, mut one)) = self.best_query(permitted.iter().copied(), &parameters) {
                one.label = parameter.to_owned();
                let loose = self.kind(of, parameter) == Some(Kind::Text);
                one.strength = if loose { Strength::Should } else { Strength::Shall };
                queries.extend(self.with_counters(one));
            }
        }
        if queries.is_empty() { Err(NoMore::Nothing) } else { Ok(queries) }
    }
}

/// What the guide demands of a type.
pub fn demanded<'l>(library: &'l Library, of: &str) -> Option<&'l ResourceIndex> {
    library.index().resources.get(of)
}
