//! What SMART App Launch 2.2 adds for apps: a `fhirContext` of objects, bundles of brands, and pages that may read.

use super::{Document, Observation};
use crate::http::Answer;
use crate::smart::Grant;
use serde_json::Value;
use url::Url;

/// The form of the entries of `fhirContext`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Relative references: SMART App Launch 2.0.
    Texts,
    /// Objects: SMART App Launch 2.2.
    Objects,
    /// Nobody says which.
    Either,
}

/// Whether each entry of `fhirContext` says what it names, in this form.
pub fn names_what_is_in_view(grant: &Grant, form: Form) -> Vec<Observation> {
    let expected = match form {
        Form::Texts => "a relative reference, as SMART 2.0 has it",
        Form::Objects => "an object with a reference, canonical or identifier, as SMART 2.2 has it",
        Form::Either => "a relative reference, or an object with a reference, canonical or identifier",
    };
    let seen = |met, observed: String| Observation::new(met, expected, observed, vec![grant.number]);
    let Some(entries) = grant.response["fhirContext"].as_array() else {
        return vec![seen(false, "fhirContext is no array".to_owned())];
    };
    let wrong: Vec<Observation> = entries
        .iter()
        .enumerate()
        .filter_map(|(at, entry)| Some(seen(false, format!("entry {at} {}", lack(entry, form)?))))
        .collect();
    if wrong.is_empty() { vec![seen(true, format!("{} of them", entries.len()))] } else { wrong }
}

/// What an entry of `fhirContext` lacks, without its values.
fn lack(entry: &Value, form: Form) -> Option<&'static str> {
    let text = |name: &str| entry[name].as_str().filter(|text| !text.is_empty());
    let (reference, role) = match entry {
        Value::String(_) if form == Form::Objects => return Some("is a text"),
        Value::String(reference) => (Some(reference.as_str()), None),
        Value::Object(_) if form == Form::Texts => return Some("is an object"),
        Value::Object(members) => {
            if members.get("role").is_some_and(|role| role.as_str().is_none_or(str::is_empty)) {
                return Some("has a role that is empty or no text");
            }
            if text("reference").or_else(|| text("canonical")).is_none() && !entry["identifier"].is_object() {
                return Some("has no reference, no canonical and no identifier");
            }
            (text("reference"), text("role"))
        }
        _ => return Some("is neither a text nor an object"),
    };
    if role.is_some_and(|role| role != "launch" && Url::parse(role).is_err()) {
        return Some("has a role that is neither `launch` nor an absolute URI");
    }
    let (of, id) = reference?.split_once('/').unwrap_or_default();
    match of {
        _ if of.is_empty() || id.is_empty() || id.contains('/') => {
            Some("has a reference that is not of the form Type/id")
        }
        // They are in context by members of their own.
        "Patient" | "Encounter" if role.is_none_or(|role| role == "launch") => Some("names a Patient or an Encounter"),
        _ => None,
    }
}

/// The references in `fhirContext`.
pub fn in_view(grant: &Grant) -> Vec<String> {
    let entries = grant.response["fhirContext"].as_array().into_iter().flatten();
    entries.filter_map(|entry| entry.as_str().or_else(|| entry["reference"].as_str()).map(str::to_owned)).collect()
}

/// Whether a page of `origin` may read the answer (Fetch Standard, CORS check without credentials).
pub fn may_read(answer: &Answer, origin: &str) -> Observation {
    let allowed: Vec<&str> = answer.headers("access-control-allow-origin").map(str::trim).collect();
    let observed = match allowed.as_slice() {
        [] => "no header access-control-allow-origin".to_owned(),
        all => format!("access-control-allow-origin: {}", all.join(", ")),
    };
    let met = matches!(allowed.as_slice(), [one] if *one == "*" || *one == origin);
    Observation::new(met, format!("access-control-allow-origin: {origin}, or *"), observed, vec![answer.number()])
}

/// Whether the answer to a preflight lets a page of `origin` send a header (Fetch Standard, CORS-preflight fetch). A star does
/// not stand for the header Authorization.
pub fn may_send(answer: &Answer, origin: &str, header: &str) -> Vec<Observation> {
    let number = vec![answer.number()];
    let status = answer.status().to_string();
    let names: Vec<String> =
        answer.headers("access-control-allow-headers").map(|names| names.trim().to_ascii_lowercase()).collect();
    let named = names.iter().flat_map(|names| names.split(',')).any(|name| name.trim() == header);
    let observed = match names.as_slice() {
        [] => "no header access-control-allow-headers".to_owned(),
        all => format!("access-control-allow-headers: {}", all.join(", ")),
    };
    vec![
        Observation::new(answer.is_success(), "a status of success", format!("status {status}"), number.clone()),
        may_read(answer, origin),
        Observation::new(named, format!("access-control-allow-headers with {header}"), observed, number),
    ]
}

impl Document {
    fn resources(&self, of: &'static str) -> impl Iterator<Item = &Value> {
        let entries = self.value["entry"].as_array().into_iter().flatten();
        entries.map(|entry| &entry["resource"]).filter(move |resource| resource["resourceType"] == of)
    }

    /// Whether one of the Endpoints of a bundle of brands is this FHIR base.
    pub fn leads_to(&self, base: &Url) -> Observation {
        let same = |url: &Url| url.as_str().trim_end_matches('/') == base.as_str().trim_end_matches('/');
        let addresses: Vec<&str> = self.resources("Endpoint").filter_map(|one| one["address"].as_str()).collect();
        let met = addresses.iter().any(|address| Url::parse(address).is_ok_and(|url| same(&url)));
        let observed = if met { "one is".to_owned() } else { format!("{} others", addresses.len()) };
        self.seen(met, format!("an Endpoint with the address {base}"), observed)
    }

    /// Whether `identifier`, which the SMART configuration has, is that of exactly one of the brands. One brand needs none. It has
    /// a value, and should have a system.
    pub fn identifies_a_brand(&self, identifier: &Value) -> Observation {
        let brands = self.resources("Organization").count();
        let named = |one: &Value| {
            let same = identifier["value"].is_string() && one["value"] == identifier["value"];
            same && (identifier["system"].is_null() || one["system"] == identifier["system"])
        };
        let own = |brand: &&Value| brand["identifier"].as_array().into_iter().flatten().any(named);
        let expected = "user_access_brand_identifier is that of one brand";
        if identifier.is_null() {
            let observed = format!("no user_access_brand_identifier, and {brands} brands");
            return self.seen(brands == 1, expected, observed);
        }
        let met = self.resources("Organization").filter(own).count();
        self.seen(met == 1, expected, format!("it is that of {met} of {brands} brands"))
    }
}
