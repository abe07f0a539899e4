//! Single faults of records: they are put into the store, so that searches and reads agree about them.

use serde_json::{Value, json};

use crate::tenant::entry::{Entry, claims};
use crate::tenant::fault::Faults;

/// What they make of several resources at a time.
pub(super) fn alter_together(faults: &Faults, entries: &mut [Entry]) {
    let organization = entries.iter().find(|entry| entry.kind == "Organization").map(Entry::reference);
    if let Some(organization) = organization.filter(|_| faults.on("report.performers-are-organizations")) {
        for entry in entries.iter_mut().filter(|entry| entry.kind == "DiagnosticReport") {
            for performer in entry.body["performer"].as_array_mut().into_iter().flatten() {
                performer["reference"] = json!(organization);
            }
        }
    }
    if !faults.on("report.other-results") {
        return;
    }
    let weights = entries.iter().filter(|entry| claims(&entry.body, "us-core-body-weight"));
    let weights: Vec<(Option<String>, String)> =
        weights.map(|entry| (entry.owner.clone(), entry.reference())).collect();
    for entry in entries.iter_mut().filter(|entry| claims(&entry.body, "us-core-diagnosticreport-lab")) {
        if let Some((_, other)) = weights.iter().find(|(owner, _)| *owner == entry.owner)
            && entry.body.get("result").is_some()
        {
            entry.body["result"] = json!([{ "reference": other }]);
        }
    }
}

/// What they make of one resource.
pub(super) fn alter(faults: &Faults, entry: &mut Entry) {
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
        "DocumentReference" if faults.on("document.without-keeper") => drop_member(body, "custodian"),
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
        "Practitioner" if faults.on("practitioner.nowhere") => drop_member(body, "address"),
        "PractitionerRole" if faults.on("practitioner.nowhere") => drop_member(body, "practitioner"),
        "Endpoint" | "Media" if faults.on("base.without-status") => drop_member(body, "status"),
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

fn drop_member(body: &mut Value, name: &str) {
    body.as_object_mut().and_then(|object| object.shift_remove(name));
}
