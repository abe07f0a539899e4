//! One violation of each kind, on a record that is right without it.

use serde_json::{Value, json};

use crate::{errors, judge, record};

/// Applies an edit to the record of a profile and tells the errors; without the edit there must be none.
fn broken(profile: &str, edit: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut resource = record(profile);
    assert_eq!(errors(&judge(&resource, profile)), Vec::<String>::new(), "{profile} is right before the edit");
    edit(&mut resource);
    errors(&judge(&resource, profile))
}

fn drop(resource: &mut Value, key: &str) {
    resource.as_object_mut().unwrap().shift_remove(key);
}

macro_rules! violation {
    ($name:ident, $profile:literal, $edit:expr, $($expected:literal),+) => {
        #[test]
        fn $name() {
            let found = broken($profile, $edit);
            for expected in [$($expected),+] {
                assert!(found.iter().any(|f| f == expected), "expected {expected} among {found:?}");
            }
        }
    };
}

violation!(a_missing_required_element, "us-core-patient", |r| drop(r, "gender"), "cardinality.min");
violation!(a_missing_element_of_the_type, "us-core-observation-lab", |r| drop(r, "status"), "cardinality.min");
violation!(
    a_missing_choice,
    "us-core-medicationrequest",
    |r| {
        drop(r, "medicationCodeableConcept");
        drop(r, "medicationReference");
    },
    "cardinality.min"
);
violation!(a_code_outside_a_required_value_set, "us-core-patient", |r| r["gender"] = json!("femail"), "binding");
violation!(
    a_race_outside_the_omb_categories,
    "us-core-patient",
    |r| {
        let all = r["extension"].as_array_mut().unwrap();
        let race = all.iter_mut().find(|e| e["url"].as_str().unwrap().ends_with("us-core-race")).unwrap();
        race["extension"][0]["valueCoding"]["code"] = json!("9999-9");
    },
    "binding"
);
violation!(
    a_coding_of_no_code_of_its_system,
    "us-core-condition-problems-health-concerns",
    |r| {
        r["clinicalStatus"]["coding"][0]["code"] = json!("sleeping");
    },
    "binding",
    "code.unknown"
);
violation!(
    a_fixed_unit_that_is_another,
    "us-core-heart-rate",
    |r| r["valueQuantity"]["code"] = json!("Hz"),
    "value.fixed"
);
violation!(
    a_code_that_is_not_the_pattern,
    "us-core-heart-rate",
    |r| {
        r["code"]["coding"] = json!([{ "system": "http://loinc.org", "code": "8310-5" }]);
    },
    "value.pattern"
);
violation!(
    a_missing_slice,
    "us-core-blood-pressure",
    |r| {
        r["component"].as_array_mut().unwrap().remove(0);
    },
    "slice.min"
);
violation!(
    a_slice_too_often,
    "us-core-blood-pressure",
    |r| {
        let one = r["component"][0].clone();
        r["component"].as_array_mut().unwrap().push(one);
    },
    "slice.max"
);
violation!(
    a_missing_category_slice,
    "us-core-observation-lab",
    |r| {
        r["category"] = json!([{ "text": "laboratory" }]);
    },
    "slice.min"
);
violation!(
    a_broken_slice_within_an_extension,
    "us-core-patient",
    |r| {
        let all = r["extension"].as_array_mut().unwrap();
        let race = all.iter_mut().find(|e| e["url"].as_str().unwrap().ends_with("us-core-race")).unwrap();
        race["extension"].as_array_mut().unwrap().retain(|e| e["url"] != "text");
    },
    "slice.min"
);
violation!(
    an_extension_with_a_value_of_another_type,
    "us-core-patient",
    |r| {
        let all = r["extension"].as_array_mut().unwrap();
        let sex = all.iter_mut().find(|e| e["url"].as_str().unwrap().ends_with("us-core-birthsex")).unwrap();
        drop(sex, "valueCode");
        sex["valueString"] = json!("F");
    },
    "type.not-allowed"
);
violation!(
    an_extension_where_it_must_not_be,
    "us-core-observation-lab",
    |r| {
        r["extension"] =
            json!([{ "url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex", "valueCode": "F" }]);
    },
    "extension.context"
);
violation!(
    an_extension_that_is_no_modifier_used_as_one,
    "us-core-patient",
    |r| {
        r["modifierExtension"] =
            json!([{ "url": "http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex", "valueCode": "F" }]);
    },
    "extension.modifier"
);
violation!(
    a_reference_to_a_wrong_type,
    "us-core-observation-lab",
    |r| {
        r["subject"] = json!({ "reference": "Substance/1" });
    },
    "reference.target"
);
violation!(
    a_reference_whose_stated_type_is_wrong,
    "us-core-observation-lab",
    |r| {
        r["subject"] = json!({ "type": "Substance", "display": "x" });
    },
    "reference.target"
);
violation!(
    a_reference_that_is_none,
    "us-core-observation-lab",
    |r| {
        r["subject"]["reference"] = json!("Patient");
    },
    "reference.syntax"
);
violation!(
    a_contained_reference_to_nothing,
    "us-core-observation-lab",
    |r| {
        r["subject"] = json!({ "reference": "#nobody" });
    },
    "ref-1"
);
violation!(an_element_that_does_not_exist, "us-core-patient", |r| r["identifer"] = json!([]), "element.unknown");
violation!(a_number_as_text, "us-core-body-weight", |r| r["valueQuantity"]["value"] = json!("72"), "json.type");
violation!(an_object_in_the_place_of_a_list, "us-core-patient", |r| r["name"] = r["name"][0].clone(), "json.type");
violation!(an_empty_list, "us-core-patient", |r| r["name"][0]["given"] = json!([]), "json.empty-array");
violation!(an_empty_object, "us-core-observation-lab", |r| r["subject"] = json!({}), "json.empty-object");
violation!(an_empty_text, "us-core-patient", |r| r["name"][0]["family"] = json!(""), "primitive.empty");
violation!(a_null, "us-core-patient", |r| r["birthDate"] = Value::Null, "json.null");
violation!(
    a_day_that_is_not_in_the_calendar,
    "us-core-patient",
    |r| r["birthDate"] = json!("2023-02-29"),
    "primitive.format"
);
violation!(
    a_time_without_zone,
    "us-core-observation-lab",
    |r| {
        drop(r, "effectivePeriod");
        r["effectiveDateTime"] = json!("2024-01-01T10:00:00");
    },
    "primitive.format"
);
violation!(an_id_that_is_too_long, "us-core-patient", |r| r["id"] = json!("a".repeat(65)), "primitive.format");
violation!(two_types_of_one_choice, "us-core-body-weight", |r| r["valueString"] = json!("heavy"), "choice.twice");
violation!(
    a_broken_invariant_of_a_profile,
    "us-core-observation-lab",
    |r| {
        ["valueQuantity", "valueCodeableConcept", "valueString", "dataAbsentReason"].iter().for_each(|k| drop(r, k));
    },
    "us-core-2"
);
violation!(
    a_broken_invariant_of_the_base,
    "us-core-organization",
    |r| {
        r["telecom"] = json!([{ "value": "555-0100" }]);
    },
    "cpt-2"
);
violation!(
    an_identifier_that_is_no_npi,
    "us-core-practitioner",
    |r| {
        r["identifier"] = json!([{ "system": "http://hl7.org/fhir/sid/us-npi", "value": "123" }]);
    },
    "us-core-16"
);
violation!(
    a_script_in_the_narrative,
    "us-core-patient",
    |r| {
        r["text"] = json!({ "status": "generated", "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>x</script></div>" });
    },
    "narrative"
);
violation!(
    a_unit_that_ucum_does_not_know,
    "us-core-observation-lab",
    |r| {
        drop(r, "valueString");
        drop(r, "valueCodeableConcept");
        r["valueQuantity"] = json!({ "value": 1, "system": "http://unitsofmeasure.org", "code": "furlong" });
    },
    "code.unknown"
);
violation!(
    a_size_that_is_not_that_of_the_data,
    "us-core-documentreference",
    |r| {
        r["content"][0]["attachment"] = json!({ "contentType": "text/plain", "data": "AAAA", "size": 99 });
    },
    "primitive.format"
);

#[test]
fn all_of_the_two_allowed_edits_stay_allowed() {
    // Another category beside the demanded one, and an extension that nobody here knows.
    let more = broken("us-core-observation-lab", |r| {
        r["category"].as_array_mut().unwrap().push(json!({ "text": "also this" }));
        r["extension"] = json!([{ "url": "http://example.org/unknown", "valueString": "x" }]);
    });
    assert_eq!(more, Vec::<String>::new());
}

#[test]
fn a_bundle_is_judged_with_its_entries() {
    let patient = record("us-core-patient");
    let id = patient["id"].as_str().unwrap();
    let bundle = |url: String| json!({ "resourceType": "Bundle", "type": "searchset", "entry": [{ "fullUrl": url, "resource": patient }] });
    assert_eq!(errors(&judge(&bundle(format!("https://host.example/fhir/Patient/{id}")), "")), Vec::<String>::new());
    assert_eq!(errors(&judge(&bundle("https://host.example/fhir/Patient/other".into()), "")), ["bundle.full-url"]);
    let mut twice = bundle(format!("https://host.example/fhir/Patient/{id}"));
    let entry = twice["entry"][0].clone();
    twice["entry"].as_array_mut().unwrap().push(entry);
    assert_eq!(errors(&judge(&twice, "")), ["bdl-7"]);
}

#[test]
fn an_entry_is_resolved_within_its_bundle() {
    let observation = json!({
        "resourceType": "Observation", "status": "final", "code": { "text": "x" },
        "subject": { "reference": "urn:uuid:6b1f3c6e-1111-4222-8333-555555555555" },
    });
    let bundle = |other: Value| {
        json!({ "resourceType": "Bundle", "type": "collection", "entry": [
            { "fullUrl": "urn:uuid:6b1f3c6e-1111-4222-8333-444444444444", "resource": observation },
            { "fullUrl": "urn:uuid:6b1f3c6e-1111-4222-8333-555555555555", "resource": other },
        ]})
    };
    assert_eq!(errors(&judge(&bundle(json!({ "resourceType": "Patient" })), "")), Vec::<String>::new());
    let substance = json!({ "resourceType": "Substance", "code": { "text": "x" } });
    assert_eq!(errors(&judge(&bundle(substance), "")), ["reference.target"]);
}
