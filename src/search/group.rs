//! What a guide's index demands: its profiles as groups, their searches, and the searches that bring a record together.

use crate::profile::Library;
use crate::profile::rules::{Rule, Strength as Binding};
use crate::record::Strength;
use serde_json::Value;

/// A profile of the guide, under the name that ids of requirements use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// `condition-encounter-diagnosis`
    pub name: String,
    /// `Condition`
    pub of: String,
    /// Canonical URL of the profile.
    pub profile: String,
}

/// Every profile that the guide's server supports, by resource type and name.
pub fn groups(library: &Library) -> Vec<Group> {
    let mut all = Vec::new();
    for (of, resource) in &library.index().resources {
        let only = resource.profiles.len() == 1;
        let mut own: Vec<Group> = resource
            .profiles
            .iter()
            .map(|url| Group {
                name: if only { kebab(of) } else { named(url, of) },
                of: of.clone(),
                profile: url.clone(),
            })
            .collect();
        own.sort_by(|a, b| a.name.cmp(&b.name));
        all.append(&mut own);
    }
    all
}

/// `AllergyIntolerance` as `allergy-intolerance`.
pub fn kebab(of: &str) -> String {
    let mut out = String::new();
    for c in of.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// The last part of a profile's URL, with the type's name spelt as everywhere.
fn named(url: &str, of: &str) -> String {
    let last = url.rsplit('/').next().unwrap_or_default().to_lowercase();
    let last = last.strip_prefix("us-core-").unwrap_or(&last);
    match last.strip_prefix(&of.to_lowercase()) {
        Some(rest) => format!("{}{rest}", kebab(of)),
        None => last.to_owned(),
    }
}

/// A word of the index as a strength.
pub fn strength(word: &str) -> Option<Strength> {
    match word {
        "SHALL" => Some(Strength::Shall),
        "SHOULD" => Some(Strength::Should),
        "MAY" => Some(Strength::May),
        _ => None,
    }
}

/// The searches that the guide demands or recommends for a type: parameters joined by `+`, and how strongly.
pub fn queried(library: &Library, of: &str) -> Vec<(String, Strength)> {
    let Some(resource) = library.index().resources.get(of) else { return Vec::new() };
    let all = resource.parameters.iter().chain(&resource.combinations);
    let mut all: Vec<(String, Strength)> = all
        .filter_map(|(parameters, word)| Some((parameters.clone(), strength(word)?)))
        .filter(|(_, strength)| *strength >= Strength::Should)
        .collect();
    all.sort_by_key(|(parameters, _)| (parameters.matches('+').count(), parameters.clone()));
    all
}

/// A search that needs nothing but the patient: what it asks for beside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anchor {
    /// The resource type.
    pub of: String,
    /// The parameter that names the patient: `patient`, or `_id` of Patient.
    pub patient: &'static str,
    /// Another parameter and its fixed value.
    pub fixed: Option<(String, String)>,
}

impl Anchor {
    /// The parameters and values for a patient.
    pub fn pairs(&self, patient: &str) -> Vec<(String, String)> {
        let first = std::iter::once((self.patient.to_owned(), patient.to_owned()));
        first.chain(self.fixed.clone()).collect()
    }

    /// The same by the code without its system, if it has one.
    pub fn bare(&self) -> Option<Self> {
        let (parameter, value) = self.fixed.as_ref()?;
        let (_, code) = value.split_once('|')?;
        Some(Self { fixed: Some((parameter.clone(), code.to_owned())), ..self.clone() })
    }
}

/// More alternatives are not asked for one by one.
const MOST: usize = 24;

/// The searches that bring together what a guide's server shows of a patient.
pub fn anchors(library: &Library) -> Vec<Anchor> {
    let patient = Anchor { of: "Patient".to_owned(), patient: "_id", fixed: None };
    let groups = groups(library);
    let mut all: Vec<Anchor> = groups.iter().flat_map(|group| anchors_of(library, group)).chain([patient]).collect();
    all.sort();
    all.dedup();
    all
}

/// Those that bring the resources of one profile: the patient alone, or the patient and each code that the profile has.
pub fn anchors_of(library: &Library, group: &Group) -> Vec<Anchor> {
    let of = &group.of;
    let searches = queried(library, of);
    let anchor = |fixed| Anchor { of: of.clone(), patient: "patient", fixed };
    let offers = |parameters: &str| searches.iter().any(|(own, _)| own == parameters);
    if offers("patient") {
        return vec![anchor(None)];
    }
    let pair = ["category", "intent", "status", "code"].iter().find_map(|parameter| {
        let offered = offers(&format!("patient+{parameter}")) || offers(&format!("{parameter}+patient"));
        let codes = if offered { codes(library, &group.profile, parameter) } else { Vec::new() };
        (!codes.is_empty() && codes.len() <= MOST).then_some((parameter, codes))
    });
    let Some((parameter, codes)) = pair else { return Vec::new() };
    codes.into_iter().map(|code| anchor(Some(((*parameter).to_owned(), code)))).collect()
}

/// The parameter for the status of a type and all its codes, joined by commas.
pub fn status(library: &Library, of: &str) -> Option<(String, String)> {
    let resource = library.index().resources.get(of)?;
    let named = ["status", "clinical-status", "lifecycle-status"];
    let parameter = named.iter().find(|name| resource.parameters.contains_key(**name))?;
    let element = camel(parameter);
    let base = library.type_(of)?;
    let rule = base.root.children.iter().find(|child| child.name == element)?;
    let binding = rule.binding.as_ref().filter(|binding| binding.strength == Binding::Required)?;
    let codes: Vec<String> = library.enumerated(&binding.value_set)?.into_iter().map(|(_, code)| code).collect();
    Some(((*parameter).to_owned(), codes.join(",")))
}

fn camel(parameter: &str) -> String {
    let mut parts = parameter.split('-');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut out, part| {
        let mut letters = part.chars();
        out.extend(letters.next().into_iter().flat_map(char::to_uppercase));
        out.push_str(letters.as_str());
        out
    })
}

/// The codes that a profile permits or demands for an element of this name, as search values.
fn codes(library: &Library, profile: &str, element: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut at = library.structure(profile);
    while let (Some(structure), true) = (at, out.is_empty()) {
        for rule in structure.root.children.iter().filter(|child| child.name == element) {
            // Slices that must be there tell more than those that may be.
            let demanded = rule.slices.iter().filter(|slice| slice.min > 0);
            out.extend(std::iter::once(rule).chain(demanded).flat_map(|rule| coded(library, rule)));
            if out.is_empty() {
                out.extend(rule.slices.iter().flat_map(|slice| coded(library, slice)));
            }
        }
        at = structure.base.as_deref().and_then(|base| library.structure(base));
    }
    out.sort();
    out.dedup();
    out
}

fn coded(library: &Library, rule: &Rule) -> Vec<String> {
    let coding = |coding: &Value| match (coding["system"].as_str(), coding["code"].as_str()) {
        (Some(system), Some(code)) => Some(format!("{system}|{code}")),
        (None, Some(code)) => Some(code.to_owned()),
        _ => None,
    };
    let known = rule.pattern.as_ref().or(rule.fixed.as_ref());
    if let Some(known) = known {
        let codings = known["coding"].as_array().map_or_else(|| vec![known], |codings| codings.iter().collect());
        return codings.into_iter().filter_map(coding).collect();
    }
    let within = |rule: &Rule, name: &str| rule.children.iter().find(|child| child.name == name)?.fixed.clone();
    if let Some(coding) = rule.children.iter().find(|child| child.name == "coding")
        && let (Some(Value::String(system)), Some(Value::String(code))) =
            (within(coding, "system"), within(coding, "code"))
    {
        return vec![format!("{system}|{code}")];
    }
    let required = rule.binding.as_ref().filter(|binding| binding.strength == Binding::Required);
    let all = required.and_then(|binding| library.enumerated(&binding.value_set)).unwrap_or_default();
    // A code element implies its system; the element's rule in a type is never a profile's slice.
    let is_code = rule.slice.is_none() && rule.types.iter().any(|t| t.code == "code");
    let plain = |(system, code): (String, String)| if is_code { code } else { format!("{system}|{code}") };
    all.into_iter().map(plain).collect()
}
