//! What a CapabilityStatement claims, and what it leaves out.

use super::super::capability::{NoMore, demanded};
use super::*;

const COMBINATION: &str = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-parameter-combination";

fn document(value: Value) -> Document {
    Document { value, number: 7 }
}

fn statement(resources: &[Value]) -> Document {
    document(json!({ "resourceType": "CapabilityStatement", "rest": [{ "resource": resources }] }))
}

/// A claim of all that the guide demands of a type.
fn whole(of: &str) -> Value {
    let index = demanded(Library::embedded(), of).unwrap();
    let codes = index.interactions.iter().map(|one| json!({ "code": one.code }));
    let parameters = index.parameters.keys().map(|name| json!({ "name": name }));
    let operations = index.operations.keys().map(|name| json!({ "name": name }));
    json!({
        "type": of,
        "interaction": codes.collect::<Vec<_>>(),
        "searchParam": parameters.collect::<Vec<_>>(),
        "searchInclude": index.includes.keys().collect::<Vec<_>>(),
        "searchRevInclude": index.reverse_includes.keys().collect::<Vec<_>>(),
        "operation": operations.collect::<Vec<_>>(),
    })
}

fn covers(of: &str, claim: Value) -> Vec<Observation> {
    document(claim).covers_demands(of, demanded(Library::embedded(), of).unwrap())
}

#[test]
fn a_type_is_claimed_or_not() {
    let own = statement(&[json!({ "type": "Condition" })]);
    assert_eq!(own.claimed("Condition").map(|claim| claim.number), Some(7));
    assert!(own.claimed("Goal").is_none());
    assert!(demanded(Library::embedded(), "Account").is_none());
}

#[test]
fn a_claim_of_all_that_the_guide_demands_covers_it() {
    for of in ["Condition", "DiagnosticReport", "DocumentReference", "MedicationRequest"] {
        let seen = covers(of, whole(of));
        assert!(seen.iter().all(|seen| seen.met), "{seen:?}");
    }
}

#[test]
fn what_is_left_out_is_named_by_its_kind() {
    let left_out = |name: &str| covers("MedicationRequest", with(whole("MedicationRequest"), name, json!([])));
    assert!(left_out("interaction")[0].observed.contains("interaction read"));
    let include = covers("MedicationRequest", with(whole("MedicationRequest"), "searchInclude", json!(["*"])));
    assert!(include[0].met, "a star claims every include");
    let empty = covers("Patient", json!({ "type": "Patient" }));
    assert!(!empty[0].met && empty[0].observed.starts_with("not claimed: interaction "), "{empty:?}");
}

#[test]
fn a_parameter_may_be_claimed_by_a_combination() {
    let only = |parameters: &[&str]| {
        let parts: Vec<Value> = parameters.iter().map(|name| json!({ "valueString": name })).collect();
        let claim = json!([{ "url": COMBINATION, "extension": parts }]);
        with(with(whole("DiagnosticReport"), "searchParam", json!([])), "extension", claim)
    };
    let all: Vec<&str> =
        demanded(Library::embedded(), "DiagnosticReport").unwrap().parameters.keys().map(String::as_str).collect();
    assert!(covers("DiagnosticReport", only(&all)).iter().all(|seen| seen.met));
    let seen = covers("DiagnosticReport", only(&["patient"]));
    assert!(seen.iter().any(|seen| !seen.met), "{seen:?}");
}

#[test]
fn profiles_are_supported_in_any_version() {
    let core = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-goal";
    let own = statement(&[
        json!({ "supportedProfile": [format!("{core}|6.1.0")] }),
        json!({ "supportedProfile": ["https://other.example.org/StructureDefinition/own"] }),
    ]);
    assert!(own.supports(core).met && !own.supports("us-core-goal").met);
    assert!(own.supports_at_least(1).met && !own.supports_at_least(2).met, "others are not of US Core");
    assert!(own.supports_each(&["us-core-goal".to_owned()]).met);
    let missing = own.supports_each(&["us-core-goal".to_owned(), "us-core-patient".to_owned()]);
    assert_eq!(missing.observed, "1 of 2; not us-core-patient");
}

#[test]
fn an_interaction_is_offered_on_the_type_that_has_it() {
    let own =
        statement(&[json!({ "type": "Goal", "interaction": [{ "code": "read" }] }), json!({ "type": "Patient" })]);
    assert!(own.offers("read", "Goal").met && !own.offers("vread", "Goal").met);
    assert_eq!(own.offers("read", "Patient").observed, "absent or empty");
}

#[test]
fn oauth_endpoints_are_those_of_the_smart_configuration() {
    let uris = json!({ "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
        "extension": [{ "url": "token", "valueUri": "https://a.example.org/token" }] });
    let service = json!([{ "coding": [{ "code": "SMART-on-FHIR" }] }]);
    let own = document(json!({ "rest": [{ "security": { "extension": [uris], "service": service } }] }));
    assert!(own.has_oauth_uris().met && !statement(&[]).has_oauth_uris().met);
    assert!(own.has_oauth_uri("token", &json!("https://a.example.org/token")).met);
    assert!(!own.has_oauth_uri("token", &json!("https://b.example.org/token")).met);
    assert_eq!(own.has_oauth_uri("authorize", &json!("https://a.example.org")).observed, "absent");
    assert!(own.has_security_service("SMART-on-FHIR").met && !own.has_security_service("Basic").met);
}

#[test]
fn only_what_no_search_of_the_guide_contains_is_searched_for_beyond_it() {
    let record = Record::of(&[with(condition("a", "1"), "recordedDate", json!("2024-05-01"))]);
    let claim = |names: &[&str]| {
        let names: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
        document(json!({ "type": "Condition", "searchParam": names }))
    };
    // `category` is in the guide, and nobody knows what the other one means.
    let none = record.basis().claimed_searches(&claim(&["patient", "category", "own-parameter"]), "Condition");
    assert_eq!(none.unwrap_err(), NoMore::Nothing);
    let beyond = record.basis().claimed_searches(&claim(&["patient", "subject"]), "Condition").unwrap();
    assert!(beyond.iter().all(|query| query.value("patient") == Some("p")), "{beyond:?}");
    assert_eq!(beyond[0].label, "subject");
}

#[test]
fn nothing_is_searched_for_that_no_scope_permits() {
    let record = Record::default().person("p", "patient/Condition.r").shown(0, &condition("a", "1"));
    let claim = document(json!({ "type": "Condition", "searchParam": [{ "name": "subject" }] }));
    assert_eq!(record.basis().claimed_searches(&claim, "Condition").unwrap_err(), NoMore::NotPermitted);
}
