//! The faults of data: what a record lacks, has twice, codes wrongly or points to in vain. They are put into the store, so
//! that searches and reads agree about them. A reference that leads nowhere is still found by where it led: the index has
//! not noticed, and so the resource is seen at all.

use serde_json::{Value, json};

use super::store::Entry;
use crate::tenant::fault::Faults;

/// The entry as a faulty system would hold it.
pub(super) fn put(faults: &Faults, entry: &mut Entry) {
    type Change = fn(&mut Value, &str);
    let families: [(&'static str, Change); 4] =
        [("data.drop", drop_at), ("data.twice", double), ("data.code", miscode), ("data.reference", misplace)];
    single(faults, entry);
    for (family, change) in families {
        let Some([profile, path @ ..]) = faults.family(family) else { continue };
        if entry.kind == *profile || has_profile(&entry.body, profile) {
            if family == "data.reference" {
                entry.indexed = Some(entry.body.clone());
            }
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            at(&mut entry.body, &path, change);
        }
    }
}

/// What a faulty system holds wrongly about two entries at a time.
pub(super) fn across(faults: &Faults, entries: &mut [Entry]) {
    if !faults.on("report.other-results") {
        return;
    }
    let weights = entries.iter().filter(|entry| has_profile(&entry.body, "us-core-body-weight"));
    let weights: Vec<(Option<String>, String)> =
        weights.map(|entry| (entry.owner.clone(), entry.reference())).collect();
    for entry in entries.iter_mut().filter(|entry| has_profile(&entry.body, "us-core-diagnosticreport-lab")) {
        if let Some((_, other)) = weights.iter().find(|(owner, _)| *owner == entry.owner)
            && entry.body.get("result").is_some()
        {
            entry.body["result"] = json!([{ "reference": other }]);
        }
    }
}

/// What single faults make of an entry.
fn single(faults: &Faults, entry: &mut Entry) {
    const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
    let Entry { kind, body, .. } = entry;
    if faults.on("absence.no-extension") {
        every(body, &mut |object| {
            if let Some(list) = object.get_mut("extension").and_then(Value::as_array_mut) {
                list.retain(|extension| extension["url"] != ABSENT);
            }
        });
    }
    if faults.on("absence.no-code") {
        every(body, &mut |object| {
            if object.get("system").is_some_and(|s| s == "http://terminology.hl7.org/CodeSystem/data-absent-reason")
                && object.get("code").is_some_and(|code| code == "unknown")
            {
                object.insert("code".to_owned(), json!("masked"));
            }
        });
    }
    if faults.on("absence.beside-text")
        && kind == "Goal"
        && let Some(description) = body.get_mut("description")
    {
        description["extension"] = json!([{ "url": ABSENT, "valueCode": "unknown" }]);
    }
    match kind.as_str() {
        "DocumentReference" if faults.on("document.without-keeper") => drop_at(body, "custodian"),
        "Provenance" if faults.on("document.without-keeper") => {
            if let Some(targets) = body["target"].as_array_mut()
                && targets.len() > 1
            {
                targets.retain(|target| !target.to_string().contains("DocumentReference/"));
            } else if body["target"].to_string().contains("DocumentReference/") {
                body["target"] = json!([{ "reference": "Patient/patient-1" }]);
            }
        }
        "DiagnosticReport" if faults.on("document.other-attachment") => {
            for form in body.get_mut("presentedForm").and_then(Value::as_array_mut).into_iter().flatten() {
                if form.get("url").is_some() {
                    form["url"] = json!("Binary/another");
                }
            }
        }
        "Practitioner" if faults.on("practitioner.nowhere") => drop_at(body, "address"),
        "PractitionerRole" if faults.on("practitioner.nowhere") => drop_at(body, "practitioner"),
        "Endpoint" | "Media" if faults.on("base.without-status") => drop_at(body, "status"),
        _ => {}
    }
}

/// Calls `change` on every object of a resource.
fn every(value: &mut Value, change: &mut dyn FnMut(&mut serde_json::Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| every(item, change)),
        Value::Object(object) => {
            change(object);
            object.values_mut().for_each(|inner| every(inner, change));
        }
        _ => {}
    }
}

/// Whether a resource claims the profile that ends so.
pub(super) fn has_profile(body: &Value, profile: &str) -> bool {
    let claimed = body.pointer("/meta/profile").and_then(Value::as_array).into_iter().flatten();
    claimed.filter_map(Value::as_str).any(|url| url.rsplit('/').next() == Some(profile))
}

/// Calls `change` on each object that holds the last element of the path.
fn at(value: &mut Value, path: &[&str], change: fn(&mut Value, &str)) {
    if let Value::Array(items) = value {
        return items.iter_mut().for_each(|item| at(item, path, change));
    }
    match path {
        [] => {}
        [last] => change(value, last),
        [first, rest @ ..] => {
            for name in names(value, first) {
                at(&mut value[name.as_str()], rest, change);
            }
        }
    }
}

/// The members that an element's name means: `value[x]` stands for each of its types.
fn names(value: &Value, name: &str) -> Vec<String> {
    let keys = value.as_object().into_iter().flat_map(|object| object.keys());
    let means = |key: &&String| match name.strip_suffix("[x]") {
        Some(stem) => {
            let rest = key.trim_start_matches('_').strip_prefix(stem);
            rest.is_some_and(|rest| rest.starts_with(char::is_uppercase))
        }
        None => key.trim_start_matches('_') == name,
    };
    keys.filter(means).cloned().collect()
}

fn drop_at(holder: &mut Value, name: &str) {
    if let Some(suffix) = name.strip_prefix("extension=") {
        if let Some(extensions) = holder.get_mut("extension").and_then(Value::as_array_mut) {
            extensions.retain(|extension| !extension["url"].as_str().is_some_and(|url| url.ends_with(suffix)));
        }
        return;
    }
    for key in names(holder, name) {
        holder.as_object_mut().and_then(|object| object.shift_remove(&key));
    }
}

fn double(holder: &mut Value, name: &str) {
    for key in names(holder, name) {
        let own = holder[key.as_str()].take();
        holder[key.as_str()] = json!([own.clone(), own]);
    }
}

fn miscode(holder: &mut Value, name: &str) {
    fn invent(value: &mut Value) {
        match value {
            Value::String(code) => *code = "probity-invented".to_owned(),
            Value::Array(items) => items.iter_mut().for_each(invent),
            Value::Object(object) if object.contains_key("coding") => {
                if let Some(codings) = object.get_mut("coding") {
                    invent(codings);
                }
            }
            Value::Object(object) => {
                object.insert("code".to_owned(), json!("probity-invented"));
            }
            _ => {}
        }
    }
    for key in names(holder, name) {
        invent(&mut holder[key.as_str()]);
    }
}

fn misplace(holder: &mut Value, name: &str) {
    fn lose(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(lose),
            value => {
                if let Some(reference) = value.get_mut("reference")
                    && let Some((kind, _)) = reference.as_str().and_then(|text| text.split_once('/'))
                {
                    *reference = json!(format!("{kind}/probity-nowhere"));
                }
            }
        }
    }
    for key in names(holder, name) {
        lose(&mut holder[key.as_str()]);
    }
}
