//! The shorthand of the data files.
//!
//! | a string that starts with | becomes |
//! | --- | --- |
//! | `~system\|code\|display` | CodeableConcept |
//! | `=system\|code\|display` | Coding |
//! | `^key` | Reference to the resource made under that key |
//! | `@day`, `@day+hours`, `@dayT` | dateTime counted from the record's own day; `T`: instant |
//! | `#day` | date |
//! | `$text` | text in base64 |
//! | `!value\|unit\|code` | Quantity in UCUM |
//!
//! `{name}` is a fact, `{0}` a cell of the row, `{rand:low:high:decimals}` a number, `{id:key}` a reference as text,
//! `{visit}` the key of the encounter on the record's day.

use std::collections::HashMap;

use base64::Engine;
use chrono::{Days, NaiveDate};
use fake::rand::RngExt;
use serde_json::{Value, json};

use super::person::{Person, Shared, generator};

const SYSTEMS: [(&str, &str); 24] = [
    ("loinc", "http://loinc.org"),
    ("sct", "http://snomed.info/sct"),
    ("rx", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ("icd", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("cvx", "http://hl7.org/fhir/sid/cvx"),
    ("cpt", "http://www.ama-assn.org/go/cpt"),
    ("nucc", "http://nucc.org/provider-taxonomy"),
    ("nubc", "http://www.nubc.org/patient-discharge"),
    ("dar", "http://terminology.hl7.org/CodeSystem/data-absent-reason"),
    ("obs", "http://terminology.hl7.org/CodeSystem/observation-category"),
    ("act", "http://terminology.hl7.org/CodeSystem/v3-ActCode"),
    ("reason", "http://terminology.hl7.org/CodeSystem/v3-ActReason"),
    ("role", "http://terminology.hl7.org/CodeSystem/v3-RoleCode"),
    ("participation", "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"),
    ("tribe", "http://terminology.hl7.org/CodeSystem/v3-TribalEntityUS"),
    ("race", "urn:oid:2.16.840.1.113883.6.238"),
    ("v2-0203", "http://terminology.hl7.org/CodeSystem/v2-0203"),
    ("v2-0074", "http://terminology.hl7.org/CodeSystem/v2-0074"),
    ("us-core", "http://hl7.org/fhir/us/core/CodeSystem/us-core-category"),
    ("careplan", "http://hl7.org/fhir/us/core/CodeSystem/careplan-category"),
    ("docs", "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category"),
    ("provenance", "http://terminology.hl7.org/CodeSystem/provenance-participant-type"),
    ("us-core-provenance", "http://hl7.org/fhir/us/core/CodeSystem/us-core-provenance-participant-type"),
    ("lang", "urn:ietf:bcp:47"),
];

/// Fills templates for one person, or for what is shared.
#[derive(Debug)]
pub(super) struct Expander<'a> {
    pub(super) tenant: String,
    pub(super) person: Option<&'a Person>,
    shared: &'a Shared,
    /// `Type/id` by key.
    pub(super) keys: HashMap<String, String>,
}

impl<'a> Expander<'a> {
    pub(super) fn new(
        tenant: &str,
        person: Option<&'a Person>,
        shared: &'a Shared,
        keys: HashMap<String, String>,
    ) -> Expander<'a> {
        Expander { tenant: tenant.to_owned(), person, shared, keys }
    }

    /// For one record: its key, its row and its day.
    pub(super) fn at(&self, key: &str, cells: Vec<String>, day: i64) -> Instance<'_, 'a> {
        Instance { all: self, key: key.to_owned(), cells, day }
    }

    /// When the record was last written: after everything in it.
    pub(super) fn updated(&self, id: &str) -> String {
        let minute = u32::from_str_radix(id.get(..4).unwrap_or_default(), 16).unwrap_or(17) % 1440;
        format!("{}T{:02}:{:02}:00.000Z", self.date(2), minute / 60, minute % 60)
    }

    fn date(&self, day: i64) -> NaiveDate {
        let days = Days::new(day.unsigned_abs());
        if day < 0 { self.shared.anchor - days } else { self.shared.anchor + days }
    }
}

/// One record being filled.
#[derive(Debug)]
pub(super) struct Instance<'e, 'a> {
    all: &'e Expander<'a>,
    key: String,
    cells: Vec<String>,
    day: i64,
}

impl Instance<'_, '_> {
    /// The value with all shorthand written out.
    pub(super) fn value(&self, template: &Value) -> Value {
        match template {
            Value::String(text) => self.shorthand(text),
            Value::Array(items) => items.iter().map(|v| self.value(v)).collect(),
            Value::Object(parts) => Value::Object(parts.iter().map(|(n, v)| (n.clone(), self.value(v))).collect()),
            other => other.clone(),
        }
    }

    fn shorthand(&self, raw: &str) -> Value {
        let text = self.text(raw);
        let mut chars = text.chars();
        let (mark, rest) = (chars.next(), chars.as_str());
        match mark {
            Some('~') => {
                let codings: Vec<Value> = rest.split('~').map(coding).collect();
                let display = codings.first().and_then(|c| c.get("display")).cloned().unwrap_or(Value::Null);
                json!({ "coding": codings, "text": display })
            }
            Some('=') => coding(rest),
            Some('$') => base64::engine::general_purpose::STANDARD.encode(rest).into(),
            Some('^') => self.reference(rest),
            Some('@') => self.moment(rest).into(),
            Some('#') => match rest.parse::<i64>() {
                Ok(day) => self.all.date(self.day + day).to_string().into(),
                Err(_) => text.into(),
            },
            Some('!') => {
                let mut parts = rest.split('|');
                let number = parts.next().unwrap_or_default().parse::<f64>().unwrap_or_default();
                let (unit, code) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                // Whole numbers are written as such.
                let value = if number.fract() == 0.0 { json!(number as i64) } else { json!(number) };
                json!({ "value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": code })
            }
            _ => text.into(),
        }
    }

    fn reference(&self, key: &str) -> Value {
        let reference = self.all.keys.get(key).cloned().unwrap_or_default();
        match self.all.person.filter(|_| key == "patient") {
            Some(person) => json!({ "reference": reference, "display": person.full_name() }),
            None => json!({ "reference": reference }),
        }
    }

    fn moment(&self, text: &str) -> String {
        let (text, instant) = text.strip_suffix('T').map_or((text, false), |t| (t, true));
        let (day, hours) = text.split_once('+').unwrap_or((text, "0"));
        let date = self.all.date(self.day + day.parse::<i64>().unwrap_or_default());
        let minutes = 540 + (hours.parse::<f64>().unwrap_or_default() * 60.0) as i64;
        let fraction = if instant { ".000" } else { "" };
        format!("{date}T{:02}:{:02}:00{fraction}-05:00", minutes / 60, minutes % 60)
    }

    /// The text with `{...}` replaced.
    pub(super) fn text(&self, raw: &str) -> String {
        let mut out = String::new();
        let mut rest = raw;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('}') else { break };
            out.push_str(&self.fact(name));
            rest = tail;
        }
        out.push_str(rest);
        // A cell may hold a fact in its turn.
        if out.contains('{') && out != raw { self.text(&out) } else { out }
    }

    fn fact(&self, name: &str) -> String {
        if let Ok(column) = name.parse::<usize>() {
            return self.cells.get(column).cloned().unwrap_or_default();
        }
        if name == "visit" {
            return if self.day == -30 { "visit" } else { "checkup" }.to_owned();
        }
        if let Some(key) = name.strip_prefix("id:") {
            return self.all.keys.get(key).cloned().unwrap_or_default();
        }
        if let Some(range) = name.strip_prefix("rand:") {
            return self.number(range);
        }
        let own = self.all.person.and_then(|p| p.measure(name, self.day).or_else(|| p.facts.get(name).cloned()));
        own.or_else(|| self.all.shared.facts.get(name).cloned()).unwrap_or_default()
    }

    fn number(&self, range: &str) -> String {
        let mut parts = range.split(':').map(|p| p.parse::<f64>().unwrap_or_default());
        let (low, high) = (parts.next().unwrap_or_default(), parts.next().unwrap_or(1.0));
        let decimals = parts.next().unwrap_or_default() as usize;
        let person = self.all.person.map_or("", |p| p.id.as_str());
        let mut rng = generator(&[&self.all.tenant, person, &self.key, range], self.all.shared.seed);
        format!("{:.decimals$}", rng.random_range(low..=high))
    }
}

fn coding(text: &str) -> Value {
    let mut parts = text.split('|');
    let system = parts.next().unwrap_or_default();
    let code = parts.next().unwrap_or_default();
    let known = SYSTEMS.iter().find(|(short, _)| *short == system);
    let url = known.map_or_else(|| full(system), |(_, url)| (*url).to_owned());
    match parts.next() {
        Some(display) => json!({ "system": url, "code": code, "display": display }),
        None => json!({ "system": url, "code": code }),
    }
}

/// Code systems of FHIR's own terminology are named by their last part.
fn full(system: &str) -> String {
    if system.contains(':') { system.to_owned() } else { format!("http://terminology.hl7.org/CodeSystem/{system}") }
}
