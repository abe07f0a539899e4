//! Synthetic people: records written as data, filled with facts drawn from a seeded generator.

mod expand;
mod person;

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::entry::Entry;
use expand::Expander;
use person::{Person, Shared};

/// Patients in a tenant.
const PATIENTS: usize = 4;
const US_CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";

/// One record of the data files: `key`, `who`, `profiles`, `rows`, `days` and the `resource` to fill in.
fn templates() -> &'static [Value] {
    static TEMPLATES: OnceLock<Vec<Value>> = OnceLock::new();
    TEMPLATES.get_or_init(|| {
        let files = [
            include_str!("shared.json"),
            include_str!("person.json"),
            include_str!("history.json"),
            include_str!("vitals.json"),
            include_str!("observations.json"),
            include_str!("documents.json"),
        ];
        let read = |text: &&str| serde_json::from_str::<Vec<Value>>(text).unwrap_or_default();
        files.iter().flat_map(read).collect()
    })
}

/// All resources of a tenant: those shared by all first, then each patient's.
pub(in crate::tenant) fn synthesize(tenant: &str, seed: u64) -> Vec<Entry> {
    let shared = Shared::draw(tenant, seed);
    let people: Vec<Person> = (1..=PATIENTS).map(|n| Person::draw(tenant, seed, n, &shared)).collect();
    let mut entries = Vec::new();
    let commons = Expander::new(tenant, None, &shared, keys(tenant, None, HashMap::new()));
    let (common, own): (Vec<&Value>, Vec<&Value>) = templates().iter().partition(|t| text(t, "who") == "shared");
    common.iter().for_each(|t| fill(t, &commons, None, &mut entries));
    for person in &people {
        let keys = keys(tenant, Some(person), commons.keys.clone());
        let expander = Expander::new(tenant, Some(person), &shared, keys);
        let start = entries.len();
        own.iter().filter(|t| person.is(text(t, "who"))).for_each(|t| fill(t, &expander, Some(person), &mut entries));
        let provenances = provenances(entries.get(start..).unwrap_or_default(), &expander, person);
        entries.extend(provenances);
    }
    entries
}

/// The records of a tenant as FHIR resources, as its server would answer them.
pub fn records(tenant: &str, seed: u64) -> Vec<Value> {
    synthesize(tenant, seed).into_iter().map(|entry| entry.body).collect()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The instances of a template: one for each row and day, with its key.
fn instances(template: &Value) -> Vec<(String, Vec<String>, i64)> {
    let list = |name: &str| template.get(name).and_then(Value::as_array).cloned();
    let rows = list("rows").unwrap_or_else(|| vec![json!([])]);
    let days = list("days").unwrap_or_else(|| vec![json!(0)]);
    let mut all = Vec::new();
    for row in &rows {
        let cells: Vec<String> =
            row.as_array().into_iter().flatten().filter_map(|c| c.as_str().map(str::to_owned)).collect();
        for (n, day) in days.iter().enumerate() {
            let name = cells.first().map_or_else(String::new, |c| format!("-{c}"));
            let repeat = if days.len() > 1 { format!("-{n}") } else { String::new() };
            let key = format!("{}{name}{repeat}", text(template, "key"));
            all.push((key, cells.clone(), day.as_i64().unwrap_or_default()));
        }
    }
    all
}

/// References by key of everything a person's (or the shared) templates make.
fn keys(tenant: &str, person: Option<&Person>, mut known: HashMap<String, String>) -> HashMap<String, String> {
    for template in templates() {
        let who = text(template, "who");
        if person.map_or(who != "shared", |p| who == "shared" || !p.is(who)) {
            continue;
        }
        let kind = template.pointer("/resource/resourceType").and_then(Value::as_str).unwrap_or_default();
        for (key, ..) in instances(template) {
            let id = match person {
                Some(person) if kind == "Patient" => person.id.clone(),
                _ => id(tenant, person.map_or("", |p| &p.id), &key),
            };
            known.insert(key, format!("{kind}/{id}"));
        }
    }
    known
}

/// Opaque, the same on every start. The smoking status shares its id across tenants: the same id, another person.
fn id(tenant: &str, patient: &str, key: &str) -> String {
    let tenant = if key == "smoking" { "" } else { tenant };
    let digest = Sha256::digest(format!("{tenant}\n{patient}\n{key}"));
    format!("{digest:.16x}")
}

fn fill(template: &Value, expander: &Expander<'_>, person: Option<&Person>, entries: &mut Vec<Entry>) {
    for (key, cells, day) in instances(template) {
        let Some(reference) = expander.keys.get(&key) else { continue };
        let Some((kind, id)) = reference.split_once('/') else { continue };
        let instance = expander.at(&key, cells, day);
        let mut filled = instance.value(template.get("resource").unwrap_or(&Value::Null));
        let profiles = template.get("profiles").and_then(Value::as_array).into_iter().flatten();
        let profiles: Vec<String> = profiles.filter_map(Value::as_str).map(|p| instance.text(p)).collect();
        let body = dress(kind, id, &profiles, &mut filled, expander);
        entries.push(Entry {
            kind: kind.to_owned(),
            id: id.to_owned(),
            owner: person.map(|p| p.id.clone()),
            body,
            indexed: None,
        });
    }
}

/// Adds id, meta and narrative in the order people expect them.
fn dress(kind: &str, id: &str, profiles: &[String], filled: &mut Value, expander: &Expander<'_>) -> Value {
    let mut body = Map::new();
    body.insert("resourceType".to_owned(), json!(kind));
    body.insert("id".to_owned(), json!(id));
    let mut meta = json!({ "versionId": "1", "lastUpdated": expander.updated(id) });
    if !profiles.is_empty() {
        let url = |p: &String| if p.starts_with("http") { p.clone() } else { format!("{US_CORE}{p}") };
        meta["profile"] = profiles.iter().map(url).collect::<Vec<String>>().into();
    }
    body.insert("meta".to_owned(), meta);
    if kind != "Binary" && filled.get("text").is_none() {
        body.insert("text".to_owned(), narrative(kind, filled, expander));
    }
    if let Some(own) = filled.as_object_mut() {
        body.extend(std::mem::take(own).into_iter().filter(|(name, _)| name != "resourceType"));
    }
    Value::Object(body)
}

fn narrative(kind: &str, filled: &Value, expander: &Expander<'_>) -> Value {
    let pointers = ["/code/text", "/description/text", "/vaccineCode/text", "/type/0/text", "/type/text", "/name"];
    let what = pointers.iter().find_map(|p| filled.pointer(p).and_then(Value::as_str)).unwrap_or_default();
    let whom = expander.person.map_or(String::new(), |p| format!(" for {}", p.full_name()));
    let escaped = format!("{kind} {what}{whom}").replace('&', "&amp;").replace('<', "&lt;");
    json!({ "status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{escaped}</p></div>") })
}

/// One Provenance for each type in a patient's record: who wrote it, who sent it.
fn provenances(record: &[Entry], expander: &Expander<'_>, person: &Person) -> Vec<Entry> {
    let mut kinds: Vec<&str> = record.iter().map(|e| e.kind.as_str()).filter(|k| *k != "Binary").collect();
    kinds.sort_unstable();
    kinds.dedup();
    let agent = |system: &str, code: &str, who: &str| json!({ "type": format!("~{system}|{code}|{code}"), "who": format!("^{who}"), "onBehalfOf": "^clinic" });
    let each = kinds.into_iter().map(|kind| {
        let key = format!("provenance-{kind}");
        let id = id(&expander.tenant, &person.id, &key);
        let targets: Vec<Value> = record
            .iter()
            .filter(|e| e.kind == kind)
            .map(|e| json!({ "reference": format!("{}/{}", e.kind, e.id) }))
            .collect();
        let template = json!({
            "recorded": "@-1T",
            "agent": [agent("provenance", "author", "clinician"), {
                "type": "~us-core-provenance|transmitter|Transmitter", "who": "^clinic"
            }],
        });
        let mut filled = expander.at(&key, Vec::new(), 0).value(&template);
        if let Some(object) = filled.as_object_mut() {
            object.shift_insert(0, "target".to_owned(), targets.into());
        }
        let body = dress("Provenance", &id, &["us-core-provenance".to_owned()], &mut filled, expander);
        Entry { kind: "Provenance".to_owned(), id, owner: Some(person.id.clone()), body, indexed: None }
    });
    each.collect()
}

#[cfg(test)]
mod tests;
