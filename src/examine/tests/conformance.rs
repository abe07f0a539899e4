//! Resources against FHIR R4 and profiles.

use super::super::conformance::*;
use super::*;
use crate::profile::HeldTo;

fn text_of(number: u32, text: &str) -> Answer {
    let url = url::Url::parse("https://fhir.example.org/r4/any").unwrap();
    Answer::new(number, url, 200, Vec::new(), text.as_bytes().to_vec())
}

fn base(texts: &[&str]) -> Observation {
    let all: Vec<Shown> = texts.iter().map(|text| Shown::whole(&text_of(3, text))).collect();
    conform(Library::embedded(), &all, HeldTo::Type, "FHIR R4")
}

#[test]
fn a_capability_statement_may_name_its_formats_as_r4_does() {
    let with = |format: &str| {
        base(&[&format!(
            r#"{{"resourceType":"CapabilityStatement","status":"active","date":"2025-01-15","kind":"instance",
            "implementation":{{"description":"a server"}},"fhirVersion":"4.0.1","format":["{format}"],
            "rest":[{{"mode":"server"}}]}}"#
        )])
    };
    assert!(with("json").met && with("application/fhir+json").met);
    assert!(with("jason").observed.starts_with("resources: 1, with errors: 1; CapabilityStatement.format: "));
}

#[test]
fn errors_of_one_kind_are_told_once_and_counted() {
    let wrong = r#"{"resourceType":"Patient","gender":"any"}"#;
    let seen = base(&[wrong, wrong]);
    assert!(!seen.met && seen.observed.starts_with("resources: 2, with errors: 2; Patient.gender: "), "{seen:?}");
    assert!(seen.observed.contains("(2 times, first in #3 /gender, line 1, column 36)"), "{seen:?}");
}

#[test]
fn an_error_is_told_with_its_place_in_the_body_that_was_received() {
    let bundle = "{\"resourceType\": \"Bundle\",\n \"entry\": [\n  {\"resource\": {\"resourceType\": \"Patient\", \"id\": \"a\"}},\n  \
        {\"resource\": {\n    \"resourceType\": \"Patient\", \"id\": \"b\",\n    \"gender\": \"any\"}}]}";
    let patient = |id: &str, gender: &str| json!({"resourceType": "Patient", "id": id, "gender": gender});
    let all = Shown::all(&[patient("b", "any"), patient("elsewhere", "male")], &[text_of(7, bundle)]);
    let seen = conform(Library::embedded(), &all, HeldTo::Type, "FHIR R4");
    assert!(seen.observed.contains("first in #7 /entry/1/resource/gender, line 6, column 15"), "{}", seen.observed);
    assert_eq!((seen.met, seen.cites), (false, vec![7]));
    let seen = conform(Library::embedded(), &Shown::all(&[patient("b", "any")], &[]), HeldTo::Type, "FHIR R4");
    assert!(seen.observed.contains("(1 times)") && seen.cites.is_empty(), "{seen:?}");
}

#[test]
fn what_is_no_resource_does_not_conform() {
    assert!(!base(&["no JSON"]).met);
    assert!(!base(&[]).met);
    assert!(base(&[r#"{"resourceType":"Patient","id":"a"}"#]).met);
}

#[test]
fn a_profile_is_named_by_its_url_or_by_the_end_of_it() {
    let library = Library::embedded();
    let url = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient";
    assert_eq!(profile_url(library, "us-core-patient").as_deref(), Some(url));
    assert_eq!(profile_url(library, url).as_deref(), Some(url));
    assert_eq!(profile_url(library, "us-core-nobody"), None);
}

#[test]
fn only_what_a_search_shows_anew_is_judged() {
    let library = Library::embedded();
    let record = Record::of(&[condition("a", "1")]);
    let again = made("Condition", "patient", "p", &[condition("a", "1")]);
    assert_eq!(new_conform(library, &record.chart, &again).observed, "0 new, with errors: 0");
    let broken = with(condition("b", "1"), "subject", Value::Null);
    let seen = new_conform(library, &record.chart, &made("Condition", "patient", "p", std::slice::from_ref(&broken)));
    assert!(!seen.met && seen.observed.starts_with("1 new, with errors: 1; Condition"), "{seen:?}");
    // What was wrong before is told where the records are judged.
    let known = Record::of(&[with(broken.clone(), "note", json!([{ "text": "x" }]))]);
    assert!(new_conform(library, &known.chart, &made("Condition", "patient", "p", &[broken])).met);
}

#[test]
fn what_no_profile_is_about_is_held_to_r4() {
    let library = Library::embedded();
    assert_eq!(rest_conforms(library, &Record::of(&[condition("a", "1")]).chart), None);
    let account = json!({ "resourceType": "Account", "id": "x", "status": "active" });
    let good = rest_conforms(library, &Record::of(std::slice::from_ref(&account)).chart).unwrap();
    assert_eq!((good.met, good.observed.as_str()), (true, "resources: 1, with errors: 0"));
    let bad = rest_conforms(library, &Record::of(&[with(account, "status", json!("any"))]).chart).unwrap();
    assert!(!bad.met && bad.cites == [FIRST], "{bad:?}");
}

#[test]
fn a_member_that_stands_twice_is_seen_in_what_was_received() {
    let twice = |text: &str| {
        let all = Pages { answers: vec![text_of(PAGE, text)], bundles: Vec::new(), end: End::Whole };
        no_repeats(&Record::of(&[]).gathered("Condition", all).chart)
    };
    assert!(twice(r#"{"a":1,"b":{"a":1}}"#).met);
    let seen = twice(r#"{"a":1,"a":2}"#);
    assert_eq!((seen.met, seen.observed.as_str(), seen.cites), (false, "1 answers, 1 with a member twice", vec![PAGE]));
}
