//! Canaries: values of one patient that stand nowhere in another's record, looked for in everything the other is told.

use super::isolation::{Received, Record, is_of, list};
use aho_corasick::AhoCorasick;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// Shorter values occur by chance.
const SHORTEST: usize = 6;

/// What of patient b must not reach patient a.
pub struct Canaries {
    patient: String,
    /// Kind and value, for example (`Condition id`, `3f2a...`).
    pub(super) values: Vec<(String, String)>,
    /// The types that may be shown as a whole.
    shown: BTreeSet<String>,
    /// Finds all values in one walk over a text: a run has thousands of answers, and a patient hundreds of values.
    finder: OnceLock<Option<AhoCorasick>>,
}

/// One thing that reached patient a: its kind, never its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leak(pub String);

/// What a value that the request itself named means where it stands in the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Echo {
    /// It is no leak: the app said it first.
    Permitted,
    /// It is a leak like any other.
    Leak,
}

impl Canaries {
    /// All that `b`'s record holds and could leak: ids, identifiers, names, telecoms, address lines and attachment URLs
    /// of the resources that are of the patient.
    pub fn all(b: &Record<'_>) -> Self {
        let mut values = Vec::new();
        for resource in b.own() {
            collect(resource, &mut values);
        }
        values.sort();
        values.dedup();
        Self { patient: b.patient.to_owned(), values, shown: BTreeSet::new(), finder: OnceLock::new() }
    }

    /// Those that stand nowhere in what is `a`'s by right. What leaked into `a`'s record already counts as leaked.
    pub fn against(b: &Record<'_>, a: &Record<'_>) -> Self {
        let theirs = |body: &Value| is_of(body, b.patient) && !is_of(body, a.patient);
        let mut canaries = Self::all(b).without(a.resources.iter().copied().filter(|body| !theirs(body)));
        // Two tenants may give the same id to two people: what names it is anybody's.
        if a.patient == b.patient {
            canaries.patient = String::new();
        }
        canaries
    }

    /// What of a record is of other types than `granted` allows.
    pub fn beyond(record: &Record<'_>, granted: impl Fn(&str) -> bool) -> Self {
        let of = |body: &&Value| granted(body["resourceType"].as_str().unwrap_or_default());
        let (allowed, rest): (Vec<_>, Vec<_>) = record.resources.iter().copied().partition(of);
        let types = allowed.iter().filter_map(|body| body["resourceType"].as_str().map(str::to_owned)).collect();
        let rest = Record { patient: record.patient, resources: rest };
        Self { shown: types, ..Self::all(&rest).without(allowed) }
    }

    /// Those that stand nowhere in these resources.
    fn without<'v>(mut self, bodies: impl IntoIterator<Item = &'v Value>) -> Self {
        let mut own = String::new();
        bodies.into_iter().for_each(|body| texts(body, &mut own));
        self.values.retain(|(_, value)| !stands_in(&own, value));
        self
    }

    /// Those that cannot be two people's, to look for in `a`'s own record: a household may share an address, a phone and
    /// a name, and ids need to differ only within a type.
    pub fn never_shared(b: &Record<'_>, a: &Record<'_>) -> Self {
        let mut canaries = Self::all(b);
        let own = a.own().filter(|body| !is_of(body, b.patient));
        let own: BTreeSet<String> = own.filter_map(|body| Some(body["id"].as_str()?.to_lowercase())).collect();
        let kept = |kind: &str, value: &String| match kind {
            "identifier" => true,
            kind => kind.ends_with(" id") && !own.contains(value),
        };
        canaries.values.retain(|(kind, value)| kept(kind, value));
        canaries
    }

    /// How many values are looked for.
    pub fn count(&self) -> usize {
        self.values.len()
    }

    /// What of patient b stands in an answer.
    pub fn leaks(&self, received: &Received, echo: Echo) -> BTreeSet<Leak> {
        let mut leaks = self.values_in(received, echo);
        if let Ok(body) = serde_json::from_str(&received.body) {
            self.resources_in(&body, &mut |kind, _| {
                leaks.insert(Leak(format!("a whole {kind}")));
            });
        }
        leaks
    }

    /// Whether an answer shows more of patient b than the request named: what comes back as it was said proves nothing.
    pub fn shows_more_than_asked(&self, received: &Received) -> bool {
        let mut shown = !self.values_in(received, Echo::Permitted).is_empty();
        if let Ok(body) = serde_json::from_str(&received.body) {
            self.resources_in(&body, &mut |_, resource| shown |= !is_hollow(resource));
        }
        shown
    }

    fn values_in(&self, received: &Received, echo: Echo) -> BTreeSet<Leak> {
        let mut texts = vec![received.body.to_lowercase()];
        texts.extend(received.headers.iter().map(|value| value.to_lowercase()));
        if let Ok(body) = serde_json::from_str::<Value>(&received.body) {
            texts.push(unwrapped(&body));
        }
        // What hides behind URL encoding is read too.
        let unescaped: Vec<String> =
            texts.iter().filter(|text| text.contains('%')).map(|text| percent_decoded(text)).collect();
        texts.extend(unescaped);
        let request = received.request.as_deref().unwrap_or_default();
        let request = percent_decoded(&request.to_lowercase());
        // In a query a plus is a space, unless it was encoded.
        let spaced = request.replace('+', " ");
        let asked = |value: &str| echo == Echo::Permitted && (request.contains(value) || spaced.contains(value));
        let shown = texts.iter().flat_map(|text| self.standing_in(text));
        shown.filter(|(_, value)| !asked(value)).map(|(kind, _)| Leak(kind.clone())).collect()
    }

    /// The values that stand in a text by themselves.
    fn standing_in<'t>(&'t self, text: &'t str) -> Vec<&'t (String, String)> {
        let finder = self.finder.get_or_init(|| AhoCorasick::new(self.values.iter().map(|(_, value)| value)).ok());
        match finder {
            Some(finder) => {
                let found = finder.find_overlapping_iter(text).filter(|hit| is_alone(text, hit.start(), hit.end()));
                found.filter_map(|hit| self.values.get(hit.pattern().as_usize())).collect()
            }
            // Too many values for one automaton.
            None => self.values.iter().filter(|(_, value)| stands_in(text, value)).collect(),
        }
    }

    /// Hands over the resources that are of patient b by their own word, with their type.
    fn resources_in(&self, value: &Value, found: &mut impl FnMut(&str, &Value)) {
        match value {
            Value::Object(members) => {
                let kind = members.get("resourceType").and_then(Value::as_str).unwrap_or_default();
                let told = matches!(kind, "" | "Bundle" | "OperationOutcome") || self.shown.contains(kind);
                if !told && is_of(value, &self.patient) {
                    found(kind, value);
                }
                members.values().for_each(|value| self.resources_in(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| self.resources_in(item, found)),
            _ => {}
        }
    }
}

/// Whether a resource says nothing but which it is and whose: a server can write that from the request alone.
fn is_hollow(resource: &Value) -> bool {
    let said = ["resourceType", "id", "meta", "subject", "patient", "beneficiary"];
    resource.as_object().is_none_or(|members| members.keys().all(|name| said.contains(&name.as_str())))
}

/// The values of one resource that tell whose it is.
fn collect(resource: &Value, values: &mut Vec<(String, String)>) {
    let kind = resource["resourceType"].as_str().unwrap_or_default();
    // The patient's own values go by their plain names.
    let named = |name: &str| if kind == "Patient" { name.to_owned() } else { format!("{kind} {name}") };
    let mut add = |kind: String, value: &Value| {
        if let Some(text) = value.as_str().filter(|text| text.len() >= SHORTEST) {
            values.push((kind, text.to_lowercase()));
        }
    };
    add(format!("{kind} id"), &resource["id"]);
    for name in list(&resource["name"]) {
        add(named("family name"), &name["family"]);
    }
    for identifier in list(&resource["identifier"]) {
        add(named("identifier"), &identifier["value"]);
    }
    for telecom in list(&resource["telecom"]) {
        add(named("telecom"), &telecom["value"]);
    }
    for address in list(&resource["address"]) {
        list(&address["line"]).for_each(|line| add(named("address line"), line));
    }
    add(named("subscriber number"), &resource["subscriberId"]);
    for content in list(&resource["content"]) {
        add(named("attachment URL"), &content["attachment"]["url"]);
    }
    for form in list(&resource["presentedForm"]) {
        add(named("attachment URL"), &form["url"]);
    }
}

/// All texts of a resource in small letters, a line each.
fn texts(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => {
            out.push_str(&text.to_lowercase());
            out.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| texts(item, out)),
        Value::Object(members) => members.values().for_each(|value| texts(value, out)),
        _ => {}
    }
}

/// All texts of a body in small letters, without JSON's escapes, and what stands in base64 in them.
fn unwrapped(body: &Value) -> String {
    use base64::Engine as _;
    let mut out = String::new();
    texts(body, &mut out);
    let mut data = String::new();
    base64_in(body, &mut |text| {
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
        data.push_str(&String::from_utf8_lossy(&bytes).to_lowercase());
        data.push('\n');
    });
    out + data.as_str()
}

/// Hands over the texts that can be data in base64 (FHIR R4, data type base64Binary).
fn base64_in(value: &Value, found: &mut impl FnMut(&str)) {
    const SHORTEST_DATA: usize = 16;
    let digit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    let data = |text: &str| text.len() >= SHORTEST_DATA && text.len().is_multiple_of(4) && text.bytes().all(digit);
    match value {
        Value::String(text) if data(text) => found(text),
        Value::Array(items) => items.iter().for_each(|item| base64_in(item, found)),
        Value::Object(members) => members.values().for_each(|value| base64_in(value, found)),
        _ => {}
    }
}

/// Whether `value` stands in `text` by itself, not as a part of a longer word or number.
fn stands_in(text: &str, value: &str) -> bool {
    text.match_indices(value).any(|(at, _)| is_alone(text, at, at + value.len()))
}

/// Whether what stands between two places is no part of a longer word or number.
fn is_alone(text: &str, start: usize, end: usize) -> bool {
    let part = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !part(text[..start].chars().next_back()) && !part(text[end..].chars().next())
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
