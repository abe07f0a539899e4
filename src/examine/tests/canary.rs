//! Values of one patient in what another is told.

use super::super::canary::*;
use super::super::isolation::{Received, Record};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn b_bodies() -> Vec<Value> {
    vec![
        json!({"resourceType": "Patient", "id": "patient-b", "name": [{"family": "Bee-family"}],
            "identifier": [{"system": "urn:mrn", "value": "MRN-7781"}], "telecom": [{"value": "555-0100"}]}),
        json!({"resourceType": "Condition", "id": "asthma-b", "subject": {"reference": "Patient/patient-b"}}),
        json!({"resourceType": "Coverage", "id": "coverage-b", "subscriberId": "SUB-99821",
            "beneficiary": {"reference": "Patient/patient-b"}}),
        json!({"resourceType": "DocumentReference", "id": "letter-b", "subject": {"reference": "Patient/patient-b"},
            "content": [{"attachment": {"url": "https://files.example/letters/b"}}]}),
        json!({"resourceType": "Practitioner", "id": "doctor-1", "identifier": [{"value": "NPI-123456"}]}),
    ]
}

fn a_bodies() -> Vec<Value> {
    vec![json!({"resourceType": "Patient", "id": "patient-a", "telecom": [{"value": "555-0100"}]})]
}

fn record<'c>(patient: &'c str, bodies: &'c [Value]) -> Record<'c> {
    Record { patient, resources: bodies.iter().collect() }
}

fn received(request: Option<&str>, body: &Value) -> Received {
    Received { request: request.map(str::to_owned), body: body.to_string(), headers: Vec::new(), no_answer: None }
}

fn kinds(leaks: &BTreeSet<Leak>) -> Vec<&str> {
    leaks.iter().map(|leak| leak.0.as_str()).collect()
}

#[test]
fn values_of_every_resource_of_the_patient_are_canaries_and_those_of_shared_ones_are_not() {
    let bodies = b_bodies();
    let canaries = Canaries::all(&record("patient-b", &bodies));
    let all: Vec<&str> = canaries.values.iter().map(|(kind, _)| kind.as_str()).collect();
    for kind in ["Coverage subscriber number", "DocumentReference attachment URL", "Condition id", "identifier"] {
        assert!(all.contains(&kind), "{kind}");
    }
    assert!(!canaries.values.iter().any(|(_, value)| value.contains("npi") || value == "doctor-1"));
}

#[test]
fn a_record_of_one_answer_is_still_searched_for_what_is_another_patients() {
    let (b, a) = (
        b_bodies(),
        vec![json!({"resourceType": "Patient", "id": "patient-a",
        "identifier": [{"value": "MRN-7781"}]})],
    );
    let canaries = Canaries::never_shared(&record("patient-b", &b), &record("patient-a", &a));
    assert_eq!(kinds(&canaries.leaks(&received(None, &a[0]), Echo::Permitted)), ["identifier"]);
}

#[test]
fn what_both_share_is_no_canary() {
    let (b, a) = (b_bodies(), a_bodies());
    let canaries = Canaries::against(&record("patient-b", &b), &record("patient-a", &a));
    assert!(canaries.leaks(&received(None, &json!({"text": "call 555-0100"})), Echo::Permitted).is_empty());
    assert_eq!(
        kinds(&canaries.leaks(&received(None, &json!({"text": "Bee-family"})), Echo::Permitted)),
        ["family name"]
    );
}

#[test]
fn what_leaked_into_the_record_of_a_stays_a_canary() {
    let (b, mut a) = (b_bodies(), a_bodies());
    a.push(b[0].clone());
    let canaries = Canaries::against(&record("patient-b", &b), &record("patient-a", &a));
    assert_eq!(kinds(&canaries.leaks(&received(None, &json!({"text": "MRN-7781"})), Echo::Permitted)), ["identifier"]);
}

#[test]
fn an_id_that_both_use_for_different_types_is_no_leak_in_the_own_record() {
    let (b, mut a) = (b_bodies(), a_bodies());
    a.push(json!({"resourceType": "Encounter", "id": "asthma-b", "subject": {"reference": "Patient/patient-a"}}));
    let canaries = Canaries::never_shared(&record("patient-b", &b), &record("patient-a", &a));
    assert!(canaries.leaks(&received(None, &a[1]), Echo::Permitted).is_empty());
}

#[test]
fn an_echo_is_a_leak_only_where_it_is_forbidden() {
    let (b, a) = (b_bodies(), a_bodies());
    let canaries = Canaries::against(&record("patient-b", &b), &record("patient-a", &a));
    let refusal =
        json!({"resourceType": "OperationOutcome", "issue": [{"diagnostics": "no access to Patient/patient-b"}]});
    let received = received(Some("GET Patient/patient-b"), &refusal);
    assert!(canaries.leaks(&received, Echo::Permitted).is_empty());
    assert_eq!(kinds(&canaries.leaks(&received, Echo::Leak)), ["Patient id"]);
}

#[test]
fn a_plus_of_the_request_is_known_again_in_its_echo() {
    let bodies = [json!({"resourceType": "Patient", "id": "patient-b", "telecom": [{"value": "+1-572-555-0100"}]})];
    let canaries = Canaries::all(&record("patient-b", &bodies));
    let echo = json!({"diagnostics": "nobody has +1-572-555-0100"});
    for request in ["GET Patient?phone=%2B1-572-555-0100", "GET Patient?phone=+1-572-555-0100"] {
        assert!(canaries.leaks(&received(Some(request), &echo), Echo::Permitted).is_empty(), "{request}");
    }
    assert!(!canaries.leaks(&received(Some("GET Patient?phone=1"), &echo), Echo::Permitted).is_empty());
}

#[test]
fn a_control_that_only_echoes_shows_nothing() {
    let (b, a) = (b_bodies(), a_bodies());
    let canaries = Canaries::against(&record("patient-b", &b), &record("patient-a", &a));
    let hollow = json!({"resourceType": "Patient", "id": "patient-b"});
    assert!(!canaries.shows_more_than_asked(&received(Some("GET Patient/patient-b"), &hollow)));
    assert!(canaries.shows_more_than_asked(&received(Some("GET Patient/patient-b"), &b[0])));
}

#[test]
fn escapes_of_json_and_base64_hide_nothing() {
    let (b, a) = (b_bodies(), a_bodies());
    let canaries = Canaries::against(&record("patient-b", &b), &record("patient-a", &a));
    let escaped = Received {
        request: None,
        body: r#"{"text":"B\u0065e-family"}"#.to_owned(),
        headers: Vec::new(),
        no_answer: None,
    };
    assert_eq!(kinds(&canaries.leaks(&escaped, Echo::Permitted)), ["family name"]);
    // "A letter about MRN-7781."
    let encoded = received(None, &json!({"data": "QSBsZXR0ZXIgYWJvdXQgTVJOLTc3ODEu"}));
    assert_eq!(kinds(&canaries.leaks(&encoded, Echo::Permitted)), ["identifier"]);
}

#[test]
fn headers_and_url_encoded_texts_are_searched() {
    let (b, a) = (b_bodies(), a_bodies());
    let canaries = Canaries::against(&record("patient-b", &b), &record("patient-a", &a));
    let received = Received {
        request: None,
        body: String::new(),
        headers: vec!["/Condition/%61sthma-b".to_owned()],
        no_answer: None,
    };
    assert_eq!(kinds(&canaries.leaks(&received, Echo::Permitted)), ["Condition id"]);
}

#[test]
fn what_was_not_granted_is_told_from_what_was() {
    let patient = json!({"resourceType": "Patient", "id": "patient-1", "name": [{"family": "Longname"}]});
    let goal =
        json!({"resourceType": "Goal", "id": "goal-of-the-patient", "subject": {"reference": "Patient/patient-1"}});
    let record = Record { patient: "patient-1", resources: vec![&patient, &goal] };
    let canaries = Canaries::beyond(&record, |of| of == "Patient");
    let leaks = |body: &Value| {
        let received = Received { request: None, body: body.to_string(), headers: Vec::new(), no_answer: None };
        canaries.leaks(&received, Echo::Permitted).len()
    };
    assert_eq!(leaks(&json!({"resourceType": "Bundle", "entry": [{"resource": patient}]})), 0);
    assert_eq!(leaks(&json!({"resourceType": "Bundle", "entry": [{"resource": goal}]})), 2);
    assert_eq!(leaks(&json!({"resourceType": "OperationOutcome", "text": "goal-of-the-patient"})), 1);
}

#[test]
fn the_same_id_at_two_tenants_tells_nobody_apart() {
    let of = |family: &str| json!({"resourceType": "Patient", "id": "patient-1", "name": [{"family": family}]});
    let (here, there) = (of("Here-name"), of("There-name"));
    let record = |body| Record { patient: "patient-1", resources: vec![body] };
    let canaries = Canaries::against(&record(&there), &record(&here));
    let leaks = |body: &Value| {
        let received = Received { request: None, body: body.to_string(), headers: Vec::new(), no_answer: None };
        canaries.leaks(&received, Echo::Permitted).len()
    };
    assert_eq!((leaks(&here), leaks(&there)), (0, 1));
}
