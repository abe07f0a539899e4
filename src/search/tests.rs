//! What searches mean, by examples of the standard's rules and of its gaps.

use super::*;
use crate::profile::Library;
use serde_json::json;

fn fits(kind: Kind, value: serde_json::Value, wanted: &str) -> Fit {
    fit(kind, &[], &[value], wanted)
}

#[test]
fn every_parameter_of_the_guide_has_a_meaning() {
    let library = Library::embedded();
    let meaning = Meaning::of(library);
    for (of, index) in &library.index().resources {
        let names = index.parameters.keys().chain(index.combinations.keys());
        for name in names.flat_map(|names| names.split('+')) {
            assert!(meaning.parameter(of, name).is_some(), "{of} {name}");
        }
    }
}

#[test]
fn values_are_those_that_the_expressions_select() {
    let meaning = Meaning::of(Library::embedded());
    let text = json!({
        "resourceType": "Condition", "id": "c", "onsetPeriod": { "start": "2024-01-01" },
        "extension": [{ "url": "http://hl7.org/fhir/StructureDefinition/condition-assertedDate", "valueDateTime": "2024-02-01" }],
        "subject": { "reference": "Patient/p" },
    });
    let values = meaning.values("Condition", &text.to_string());
    assert_eq!(values["onset-date"], [json!({ "start": "2024-01-01" })]);
    assert_eq!(values["asserted-date"], [json!("2024-02-01")]);
    assert_eq!(values["patient"], [json!({ "reference": "Patient/p" })]);
    assert_eq!(values["_id"], [json!("c")]);
    assert!(!values.contains_key("abatement-date"));
}

#[test]
fn an_element_whose_name_begins_like_another_is_not_its_value() {
    let meaning = Meaning::of(Library::embedded());
    let coverage = json!({ "resourceType": "Coverage", "id": "c", "subscriberId": "MEM1" });
    assert!(!meaning.values("Coverage", &coverage.to_string()).contains_key("subscriber"));
}

#[test]
fn tokens_fit_by_system_and_code() {
    let concept = json!({ "coding": [{ "system": "http://loinc.org", "code": "8867-4" }, { "code": "HR" }] });
    for (wanted, expected) in [
        ("8867-4", Fit::Yes),
        ("http://loinc.org|8867-4", Fit::Yes),
        ("|8867-4", Fit::No),
        ("|HR", Fit::Yes),
        ("http://snomed.info/sct|8867-4", Fit::No),
        ("hr", Fit::Either),
        ("other,8867-4", Fit::Yes),
        ("http://loinc.org|", Fit::Yes),
    ] {
        assert_eq!(fits(Kind::Token, concept.clone(), wanted), expected, "{wanted}");
    }
    assert_eq!(fits(Kind::Token, json!("final"), "final"), Fit::Yes);
    // A code element's system is implied: a server may know it.
    assert_eq!(fits(Kind::Token, json!("final"), "http://hl7.org/fhir/observation-status|final"), Fit::Either);
    assert_eq!(fits(Kind::Token, json!({ "system": "urn:x", "value": "a,b" }), r"urn:x|a\,b"), Fit::Yes);
}

#[test]
fn dates_fit_by_range_whatever_zone_they_were_meant_in() {
    for (element, wanted, expected) in [
        (json!("2024-03-04"), "2024-03-04", Fit::Yes),
        (json!("2024-03-04"), "2024-03", Fit::Yes),
        (json!("2024-03-04"), "gt2024-03-04", Fit::No),
        (json!("2024-03-04"), "ge2024-03-04", Fit::Yes),
        (json!("2024-03-04"), "lt2024-03-05", Fit::Yes),
        (json!("2024-03-04T10:00:00Z"), "2024-03-04T10:00:00+00:00", Fit::Yes),
        (json!("2024-03-04T10:00:00-05:00"), "2024-03-04T15:00:00Z", Fit::Yes),
        (json!("2024-03-04T10:00:00-05:00"), "gt2024-03-04T15:00:00Z", Fit::No),
        // Late in the evening of which zone?
        (json!("2024-03-04T23:30:00-05:00"), "2024-03-04", Fit::Either),
        (json!("2024-03-04T12:00:00Z"), "ge2024-03-01", Fit::Yes),
        (json!("2024-03-04T12:00:00Z"), "lt2024-03-01", Fit::No),
        (json!({ "start": "2024-01-01", "end": "2024-02-01" }), "ge2024-01-01", Fit::Yes),
        (json!({ "start": "2024-01-01", "end": "2024-02-01" }), "gt2024-01-15", Fit::Either),
        (json!({ "start": "2024-01-01" }), "lt2023-01-01", Fit::No),
        (json!({ "repeat": {} }), "2024", Fit::Either),
        (json!("2024-03-04"), "sa2024", Fit::Either),
    ] {
        assert_eq!(fits(Kind::Date, element.clone(), wanted), expected, "{element} {wanted}");
    }
}

#[test]
fn references_fit_by_type_and_id() {
    let relative = json!({ "reference": "Encounter/e1/_history/2" });
    for (wanted, expected) in [
        ("e1", Fit::Yes),
        ("Encounter/e1", Fit::Yes),
        ("https://fhir.example.org/r4/Encounter/e1", Fit::Yes),
        ("Patient/e1", Fit::No),
        ("e2", Fit::No),
    ] {
        assert_eq!(fits(Kind::Reference, relative.clone(), wanted), expected, "{wanted}");
    }
    assert_eq!(fits(Kind::Reference, json!({ "identifier": {} }), "e1"), Fit::Either);
    let group = json!({ "reference": "Group/p" });
    assert_eq!(fit(Kind::Reference, &["Patient".to_owned()], &[group], "p"), Fit::No);
}

#[test]
fn texts_fit_from_their_start_regardless_of_case_and_accents() {
    let name = json!({ "family": "Müller-Lüdenscheid", "given": ["Zoë"], "use": "official" });
    assert_eq!(fits(Kind::Text, name.clone(), "muller"), Fit::Yes);
    assert_eq!(fits(Kind::Text, name.clone(), "ZOE"), Fit::Yes);
    assert_eq!(fits(Kind::Text, name.clone(), "ludenscheid"), Fit::Either);
    assert_eq!(fits(Kind::Text, name, "official"), Fit::No);
}

#[test]
fn the_value_that_tells_most_is_searched_for() {
    let unknown =
        json!({ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "UNK" }] });
    let local =
        json!({ "coding": [{ "system": "urn:local", "code": "x" }, { "system": "http://loinc.org", "code": "1-8" }] });
    let wanted = best(Kind::Token, &[unknown.clone(), local]).unwrap();
    assert_eq!((wanted.text.as_str(), wanted.worth), ("http://loinc.org|1-8", 3));
    assert_eq!(best(Kind::Token, &[unknown]).unwrap().worth, 0);
    assert_eq!(best(Kind::Date, &[json!({ "start": "2024-01-01" })]).unwrap().text, "ge2024-01-01");
    assert_eq!(best(Kind::Text, &[json!({ "family": "O,Neil" })]).unwrap().text, r"O\,Neil");
    assert!(best(Kind::Reference, &[json!({ "reference": "#inner" })]).is_none());
    let forms = forms(&[json!({ "system": "urn:s", "code": "c" })]).unwrap();
    assert_eq!(forms.map(|(_, text)| text), ["c", "urn:s|c", "|c"]);
}

#[test]
fn a_record_is_gathered_by_the_patient_or_by_codes_of_the_profiles() {
    let library = Library::embedded();
    let all = anchors(library);
    let of = |of: &str| all.iter().filter(|anchor| anchor.of == of).collect::<Vec<_>>();
    assert!(of("Condition").iter().all(|anchor| anchor.fixed.is_none()));
    let fixed = |of: &str| all.iter().filter(|a| a.of == of).filter_map(|a| a.fixed.clone()).collect::<Vec<_>>();
    assert_eq!(fixed("CareTeam").len(), 5);
    assert_eq!(fixed("MedicationRequest").len(), 8);
    let observations = fixed("Observation");
    let has = |code: &str| observations.iter().any(|(_, value)| value.ends_with(code));
    assert!(has("|vital-signs") && has("|laboratory") && has("|sdoh") && has("|76690-7"));
    assert!(of("Practitioner").is_empty());
    assert_eq!(status(library, "Condition").unwrap().0, "clinical-status");
    // The version of a canonical is no part of what is asked for, and a contact has no system.
    let canonical = best(Kind::Reference, &[json!("https://example.org/q|1.0")]).unwrap().text;
    assert_eq!(fits(Kind::Reference, json!("https://example.org/q|1.0"), &canonical), Fit::Yes);
    assert_eq!(canonical, "https://example.org/q");
    assert_eq!(best(Kind::Token, &[json!({ "system": "phone", "value": "555-1234" })]).unwrap().text, "555-1234");
}

#[test]
fn groups_are_named_after_profiles_and_types() {
    let all = groups(Library::embedded());
    let name = |end: &str| all.iter().find(|g| g.profile.ends_with(end)).unwrap().name.clone();
    assert_eq!(name("us-core-allergyintolerance"), "allergy-intolerance");
    assert_eq!(name("us-core-condition-encounter-diagnosis"), "condition-encounter-diagnosis");
    assert_eq!(name("us-core-diagnosticreport-lab"), "diagnostic-report-lab");
    assert_eq!(name("pediatric-bmi-for-age"), "pediatric-bmi-for-age");
}
