//! The synthetic people against the US Core package and against each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use super::synthesize;
use crate::tenant::entry::Entry;

const SEED: u64 = 7;

/// Do `values` show the element path (slices by name, choices by any alternative)?
fn shown(values: &[&Value], steps: &[&str], slices: &BTreeMap<String, Value>, so_far: &str) -> bool {
    let Some((step, rest)) = steps.split_first() else { return !values.is_empty() };
    let (name, slice) = step.split_once(':').map_or((*step, None), |(n, s)| (n, Some(s)));
    let here = if so_far.is_empty() { (*step).to_owned() } else { format!("{so_far}.{step}") };
    let mut next: Vec<&Value> = Vec::new();
    for value in values {
        for (key, inner) in value.as_object().into_iter().flatten() {
            let hit = match name.strip_suffix("[x]") {
                Some(stem) => key.strip_prefix(stem).is_some_and(|t| t.starts_with(|c: char| c.is_ascii_uppercase())),
                None => key == name || key.strip_prefix('_') == Some(name),
            };
            if !hit || (slice.is_some_and(|s| name.ends_with("[x]") && s != key)) {
                continue;
            }
            match inner {
                Value::Array(items) => next.extend(items),
                other => next.push(other),
            }
        }
    }
    if slice.is_some()
        && let Some(pattern) = slices.get(&here)
    {
        next.retain(|v| fits(v, pattern));
    }
    shown(&next, rest, slices, &here)
}

/// Is the pattern contained in the value?
fn fits(value: &Value, pattern: &Value) -> bool {
    match (value, pattern) {
        (Value::Object(v), Value::Object(p)) => p.iter().all(|(n, p)| v.get(n).is_some_and(|v| fits(v, p))),
        (Value::Array(v), Value::Array(p)) => p.iter().all(|p| v.iter().any(|v| fits(v, p))),
        (v, p) => v == p,
    }
}

fn package() -> Option<PathBuf> {
    std::env::var_os("PROBITY_US_CORE_PACKAGE").map(PathBuf::from)
}

fn profile_of(entry: &Entry, url: &str) -> bool {
    let profiles = entry.body.pointer("/meta/profile").and_then(Value::as_array);
    profiles.into_iter().flatten().any(|p| p == url)
}

#[test]
fn every_must_support_element_of_every_profile_is_shown() {
    let Some(package) = package() else {
        eprintln!("SKIPPED: no US Core package; set PROBITY_US_CORE_PACKAGE to its folder");
        return;
    };
    let entries = synthesize("harbor", SEED);
    let mut missing = Vec::new();
    let mut profiles = 0;
    for file in std::fs::read_dir(package).unwrap() {
        let path = file.unwrap().path();
        if !path.file_name().unwrap().to_string_lossy().starts_with("StructureDefinition-") {
            continue;
        }
        let definition: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        if definition["type"] == "Extension" {
            continue;
        }
        profiles += 1;
        let (url, id) = (definition["url"].as_str().unwrap(), definition["id"].as_str().unwrap());
        let instances: Vec<&Value> = entries.iter().filter(|e| profile_of(e, url)).map(|e| &e.body).collect();
        let elements = definition["snapshot"]["element"].as_array().unwrap();
        let mut slices = BTreeMap::new();
        for element in elements {
            let Some((_, path)) = element["id"].as_str().unwrap().split_once('.') else { continue };
            let mut pattern = element.as_object().unwrap().iter().find(|(k, _)| k.starts_with("pattern"));
            // A slice told apart by a child: the child's pattern.
            let child = format!("{}.code", element["id"].as_str().unwrap());
            let inner = elements.iter().find(|e| e["id"] == child.as_str());
            let inner = inner.and_then(|e| e.as_object().unwrap().iter().find(|(k, _)| k.starts_with("pattern")));
            let nested = inner.map(|(_, v)| serde_json::json!({ "code": v }));
            let profile = element.pointer("/type/0/profile/0").filter(|_| path.starts_with("extension:"));
            let by_url = profile.map(|p| serde_json::json!({ "url": p }));
            if let Some((_, value)) = pattern.take() {
                slices.insert(path.to_owned(), value.clone());
            } else if let Some(value) = by_url.or(nested) {
                slices.insert(path.to_owned(), value);
            }
        }
        // Only blood pressure and pulse oximetry have components of their own.
        let plain = !elements.iter().any(|e| e["id"].as_str().unwrap().contains("component:"));
        for element in elements.iter().filter(|e| e["mustSupport"] == true) {
            let path = element["id"].as_str().unwrap().split_once('.').unwrap().1;
            // A pressure is in its components.
            if id == "us-core-blood-pressure" && path == "value[x]" {
                continue;
            }
            if plain && id != "us-core-vital-signs" && path.starts_with("component") {
                continue;
            }
            let steps: Vec<&str> = path.split('.').collect();
            if !shown(&instances, &steps, &slices, "") {
                missing.push(format!("{id}: {path}"));
            }
        }
        for element in elements.iter().filter(|e| e["id"].as_str().unwrap().matches('.').count() == 1) {
            let types = element["type"].as_array().map_or(0, Vec::len);
            let path = element["id"].as_str().unwrap().split_once('.').unwrap().1;
            if element["mustSupport"] == true && element["min"] == 1 && types > 0 && instances.is_empty() {
                missing.push(format!("{id}: no instance for {path}"));
            }
        }
    }
    assert!(profiles > 40, "only {profiles} profiles read");
    assert!(missing.is_empty(), "{} missing:\n{}", missing.len(), missing.join("\n"));
}

/// The elements below a path without slices; a choice by any of its types.
fn at<'v>(values: Vec<&'v Value>, steps: &[&str]) -> Vec<&'v Value> {
    let Some((step, rest)) = steps.split_first() else { return values };
    let stem = step.split(':').next().unwrap_or_default();
    let means = |key: &str| match stem.strip_suffix("[x]") {
        Some(stem) => key.strip_prefix(stem).is_some_and(|of| of.starts_with(|c: char| c.is_ascii_uppercase())),
        None => key == stem,
    };
    let members = values.into_iter().filter_map(Value::as_object).flatten().filter(|(key, _)| means(key));
    let items = members.flat_map(|(_, value)| match value {
        Value::Array(items) => items.iter().collect(),
        single => vec![single],
    });
    at(items.collect(), rest)
}

#[test]
fn every_reference_target_that_a_profile_flags_as_must_support_is_shown() {
    const FLAG: &str = "http://hl7.org/fhir/StructureDefinition/elementdefinition-type-must-support";
    let Some(package) = package() else {
        eprintln!("SKIPPED: no US Core package; set PROBITY_US_CORE_PACKAGE to its folder");
        return;
    };
    let entries = synthesize("harbor", SEED);
    let (mut flagged, mut missing) = (0, Vec::new());
    for file in std::fs::read_dir(package).unwrap() {
        let path = file.unwrap().path();
        if !path.file_name().unwrap().to_string_lossy().starts_with("StructureDefinition-us-core-") {
            continue;
        }
        let definition: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let (url, id) = (definition["url"].as_str().unwrap(), definition["id"].as_str().unwrap());
        let instances: Vec<&Value> = entries.iter().filter(|e| profile_of(e, url)).map(|e| &e.body).collect();
        let elements = definition["snapshot"]["element"].as_array().unwrap();
        for element in elements.iter().filter(|element| element["mustSupport"] == true) {
            let Some((_, path)) = element["id"].as_str().unwrap().split_once('.') else { continue };
            let references = at(instances.clone(), &path.split('.').collect::<Vec<_>>());
            let targets: Vec<&Entry> = references
                .iter()
                .filter_map(|value| value["reference"].as_str())
                .filter_map(|own| entries.iter().find(|entry| format!("{}/{}", entry.kind, entry.id) == own))
                .collect();
            for kind in element["type"].as_array().into_iter().flatten() {
                let marks = kind["_targetProfile"].as_array().into_iter().flatten();
                for (target, mark) in kind["targetProfile"].as_array().into_iter().flatten().zip(marks) {
                    let marks = mark["extension"].as_array().into_iter().flatten();
                    if !marks.into_iter().any(|own| own["url"] == FLAG && own["valueBoolean"] == true) {
                        continue;
                    }
                    flagged += 1;
                    if !targets.iter().any(|entry| profile_of(entry, target.as_str().unwrap())) {
                        missing.push(format!("{id}: {path} to {target}"));
                    }
                }
            }
        }
    }
    assert!(flagged > 20, "only {flagged} flagged targets read");
    assert!(missing.is_empty(), "{} missing:\n{}", missing.len(), missing.join("\n"));
}

#[test]
fn references_point_to_resources_of_the_same_patient_or_to_shared_ones() {
    fn references<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
        match value {
            Value::Array(items) => items.iter().for_each(|v| references(v, found)),
            Value::Object(parts) => {
                found.extend(parts.get("reference").and_then(Value::as_str));
                parts.values().for_each(|v| references(v, found));
            }
            _ => {}
        }
    }
    let entries = synthesize("harbor", SEED);
    for entry in &entries {
        let mut found = Vec::new();
        references(&entry.body, &mut found);
        for reference in found.iter().filter(|r| !r.starts_with('#')) {
            let target = entries.iter().find(|e| format!("{}/{}", e.kind, e.id) == **reference);
            let target = target.unwrap_or_else(|| panic!("{}/{} points to '{reference}'", entry.kind, entry.id));
            assert!(target.owner.is_none() || target.owner == entry.owner, "{reference}");
        }
        let text = entry.body.to_string();
        assert!(!text.contains(":\"\"") && !text.contains("\"{"), "a value was not filled in: {text}");
    }
}

#[test]
fn ids_are_unique_in_a_tenant_and_one_clinical_id_is_met_in_two_tenants() {
    let ids = |tenant: &str| -> Vec<String> {
        synthesize(tenant, SEED).iter().map(|e| format!("{}/{}", e.kind, e.id)).collect()
    };
    let (harbor, meadow) = (ids("harbor"), ids("meadow"));
    let set: BTreeSet<&String> = harbor.iter().collect();
    assert_eq!(set.len(), harbor.len());
    let both: Vec<&String> = meadow.iter().filter(|id| set.contains(id)).collect();
    assert!(both.iter().any(|id| id.starts_with("Observation/")), "{both:?}");
}

#[test]
fn people_are_the_same_on_every_start_and_differ_between_tenants() {
    let text = |tenant, seed| synthesize(tenant, seed).iter().map(|e| e.body.to_string()).collect::<Vec<_>>();
    assert_eq!(text("harbor", SEED), text("harbor", SEED));
    assert_ne!(text("harbor", SEED), text("meadow", SEED));
    assert_ne!(text("harbor", SEED), text("harbor", SEED + 1));
}

#[test]
fn family_names_record_numbers_and_phones_are_a_patients_own() {
    let entries = synthesize("harbor", SEED);
    let patients: Vec<&Entry> = entries.iter().filter(|e| e.kind == "Patient").collect();
    assert_eq!(patients.len(), 4);
    for patient in &patients {
        for canary in ["/name/0/family", "/identifier/0/value", "/telecom/0/value"] {
            let canary = patient.body.pointer(canary).and_then(Value::as_str).unwrap();
            for entry in entries.iter().filter(|e| e.owner.as_deref() != Some(&patient.id)) {
                assert!(!entry.body.to_string().contains(canary), "{canary} in {}/{}", entry.kind, entry.id);
            }
        }
    }
}
