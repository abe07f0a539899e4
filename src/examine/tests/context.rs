//! What SMART App Launch 2.2 adds.

use super::super::context::*;
use super::*;
use crate::smart::Grant;

fn grant(context: Value) -> Grant {
    let body = json!({ "access_token": "t", "token_type": "Bearer", "scope": "launch", "fhirContext": context });
    Grant::read(&answer(200, &body), "").unwrap()
}

fn lacks(context: Value, form: Form) -> String {
    let seen = names_what_is_in_view(&grant(context), form);
    seen.iter().filter(|one| !one.met).map(|one| one.observed.as_str()).collect::<Vec<_>>().join("; ")
}

#[test]
fn each_version_has_its_own_form_of_what_is_in_view() {
    let (text, object) = (json!(["ImagingStudy/1"]), json!([{ "reference": "ImagingStudy/1" }]));
    for (form, text_is_right, object_is_right) in
        [(Form::Either, true, true), (Form::Texts, true, false), (Form::Objects, false, true)]
    {
        assert_eq!(lacks(text.clone(), form).is_empty(), text_is_right, "{form:?}");
        assert_eq!(lacks(object.clone(), form).is_empty(), object_is_right, "{form:?}");
    }
    assert_eq!(in_view(&grant(text)), in_view(&grant(object)));
}

#[test]
fn what_is_in_view_has_a_name_and_is_neither_the_patient_nor_the_encounter() {
    let of = |entry: Value| lacks(json!([entry]), Form::Either);
    assert_eq!(of(json!({ "canonical": "https://example.org/q", "type": "Questionnaire" })), "");
    assert_eq!(of(json!({ "identifier": { "value": "1" }, "type": "Task" })), "");
    assert_eq!(of(json!({ "reference": "Patient/1", "role": "https://example.org/parent" })), "");
    for wrong in [
        json!({ "type": "Task" }),
        json!({ "reference": "" }),
        json!({ "reference": "Task" }),
        json!({ "reference": "Patient/1" }),
        json!({ "reference": "https://fhir.example.org/r4/Task/1" }),
        json!({ "reference": "Encounter/1", "role": "launch" }),
        json!({ "reference": "Task/1", "role": "parent" }),
        json!({ "reference": "Task/1", "role": "" }),
        json!("Patient/1"),
        json!(7),
    ] {
        assert_ne!(of(wrong.clone()), "", "{wrong}");
    }
    assert_eq!(lacks(json!({}), Form::Either), "fhirContext is no array");
}

fn headed(headers: &[(&str, &str)]) -> Answer {
    let own = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Answer::new(3, url::Url::parse("https://fhir.example.org/").unwrap(), 200, own, Vec::new())
}

#[test]
fn a_page_may_read_what_names_its_origin_or_all() {
    const ORIGIN: &str = "https://app.example.org";
    let allows = |value| may_read(&headed(&[("access-control-allow-origin", value)]), ORIGIN).met;
    assert!(allows("*") && allows(ORIGIN));
    assert!(!allows("https://app.example.org/") && !allows("null") && !may_read(&headed(&[]), ORIGIN).met);
    let twice = [("access-control-allow-origin", "*"), ("access-control-allow-origin", ORIGIN)];
    assert!(!may_read(&headed(&twice), ORIGIN).met);
}

#[test]
fn a_star_lets_no_page_send_its_token() {
    let sends = |headers: &str| {
        let own = [("access-control-allow-origin", "*"), ("access-control-allow-headers", headers)];
        may_send(&headed(&own), "https://app.example.org", "authorization").iter().all(|one| one.met)
    };
    assert!(sends("authorization") && sends("Content-Type, Authorization"));
    assert!(!sends("*") && !sends("x-authorization"));
}

#[test]
fn brands_lead_to_the_server_and_one_is_its_own() {
    let brand = |value: &str| json!({ "resource": { "resourceType": "Organization", "identifier": [{ "system": "urn:x", "value": value }] } });
    let endpoint = json!({ "resource": { "resourceType": "Endpoint", "address": "https://fhir.example.org/r4/" } });
    let bundle = Document { value: json!({ "entry": [brand("a"), brand("b"), endpoint] }), number: 1 };
    let base = |text| url::Url::parse(text).unwrap();
    assert!(bundle.leads_to(&base("https://fhir.example.org/r4")).met);
    assert!(!bundle.leads_to(&base("https://fhir.example.org/r5")).met);
    let own = |system: &str, value: &str| bundle.identifies_a_brand(&json!({ "system": system, "value": value })).met;
    assert!(own("urn:x", "a") && !own("urn:x", "c") && !own("urn:y", "a"));
    assert!(bundle.identifies_a_brand(&json!({ "value": "b" })).met, "a system should be there, and need not");
    assert!(
        !bundle.identifies_a_brand(&json!("a")).met && !bundle.identifies_a_brand(&json!({ "system": "urn:x" })).met
    );
    assert!(!bundle.identifies_a_brand(&Value::Null).met, "of two brands one must be named");
    let alone = Document { value: json!({ "entry": [brand("a")] }), number: 1 };
    assert!(alone.identifies_a_brand(&Value::Null).met);
}
