//! Canaries: values of one patient that stand nowhere in another's record, looked for in everything the other is told.

use crate::fhir::{Record, references};
use crate::http::Answer;
use serde_json::Value;
use std::collections::BTreeSet;

/// Shorter values occur by chance.
const SHORTEST: usize = 6;

/// What of patient b must not reach patient a.
pub struct Canaries {
    patient: String,
    /// Kind and value, for example (`Condition id`, `3f2a...`).
    values: Vec<(String, String)>,
}

/// One thing that reached patient a: its kind, never its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leak(pub String);

impl Canaries {
    /// The values of `b` that do not occur in `a`: ids of patient-bound resources, names, identifiers, telecoms.
    pub fn of(b: &Record, a: Option<&Record>) -> Self {
        let mut values: Vec<(String, String)> = Vec::new();
        let mut add = |kind: &str, value: &Value| {
            if let Some(text) = value.as_str().filter(|text| text.len() >= SHORTEST) {
                values.push((kind.to_owned(), text.to_lowercase()));
            }
        };
        for name in list(&b.demographics["name"]) {
            add("family name", &name["family"]);
        }
        for identifier in list(&b.demographics["identifier"]) {
            add("identifier", &identifier["value"]);
        }
        for telecom in list(&b.demographics["telecom"]) {
            add("telecom", &telecom["value"]);
        }
        for address in list(&b.demographics["address"]) {
            list(&address["line"]).for_each(|line| add("address line", line));
        }
        for resource in &b.resources {
            let kind = resource["resourceType"].as_str().unwrap_or_default();
            if is_of(resource, &b.patient) {
                add(&format!("{kind} id"), &resource["id"]);
            }
        }
        let own: Vec<String> = a.iter().flat_map(|a| &a.answers).map(|answer| answer.text().to_lowercase()).collect();
        values.retain(|(_, value)| !own.iter().any(|text| stands_in(text, value)));
        values.sort();
        values.dedup();
        Self { patient: b.patient.clone(), values }
    }

    /// Only what cannot be two people's: a household may share an address, a phone and a name.
    #[must_use]
    pub fn never_shared(mut self) -> Self {
        self.values.retain(|(kind, _)| kind.ends_with(" id") || kind == "identifier");
        self
    }

    /// How many values are looked for.
    pub fn count(&self) -> usize {
        self.values.len()
    }

    /// What of patient b stands in `answer`. Values that the request itself named are no leak when echoed, unless `strict`.
    pub fn scan(&self, answer: &Answer, request: &str, strict: bool) -> BTreeSet<Leak> {
        let mut leaks = BTreeSet::new();
        let mut texts = vec![answer.text().to_lowercase()];
        texts.extend(answer.all_headers().iter().map(|(_, value)| value.to_lowercase()));
        // What hides behind URL encoding is read too.
        let unescaped: Vec<String> =
            texts.iter().filter(|text| text.contains('%')).map(|text| percent_decoded(text)).collect();
        texts.extend(unescaped);
        let request = percent_decoded(&request.to_lowercase()).replace('+', " ");
        for (kind, value) in &self.values {
            let asked = !strict && request.contains(value.as_str());
            if !asked && texts.iter().any(|text| stands_in(text, value)) {
                leaks.insert(Leak(kind.clone()));
            }
        }
        if let Ok(body) = answer.json() {
            self.structure(&body, &mut leaks);
        }
        leaks
    }

    /// Resources that are of patient b by their own word.
    fn structure(&self, value: &Value, leaks: &mut BTreeSet<Leak>) {
        match value {
            Value::Object(members) => {
                let kind = members.get("resourceType").and_then(Value::as_str).unwrap_or_default();
                if !kind.is_empty() && !matches!(kind, "Bundle" | "OperationOutcome") && is_of(value, &self.patient) {
                    leaks.insert(Leak(format!("a {kind} of patient b")));
                }
                members.values().for_each(|value| self.structure(value, leaks));
            }
            Value::Array(items) => items.iter().for_each(|item| self.structure(item, leaks)),
            _ => {}
        }
    }
}

/// Whether a resource belongs to the patient: it is the Patient, or one of its references to its patient says so.
pub fn is_of(resource: &Value, patient: &str) -> bool {
    if resource["resourceType"] == "Patient" {
        return resource["id"] == patient;
    }
    let holders = ["subject", "patient", "beneficiary", "target"];
    let own: Vec<_> = references(resource).into_iter().filter(|(name, _)| holders.contains(&name.as_str())).collect();
    own.iter().any(|(_, reference)| {
        let mut parts = reference.rsplit('/');
        parts.next() == Some(patient) && parts.next() == Some("Patient")
    })
}

/// Whether `value` stands in `text` by itself, not as a part of a longer word or number.
fn stands_in(text: &str, value: &str) -> bool {
    text.match_indices(value).any(|(at, _)| {
        let part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        !part(text[..at].chars().next_back()) && !part(text[at + value.len()..].chars().next())
    })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
