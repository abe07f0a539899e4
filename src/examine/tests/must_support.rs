//! What the records must show somewhere.

use super::super::must_support::*;
use super::*;
use crate::record::Cause;

fn of(of: &str, id: &str, more: Value) -> Value {
    let mut body = json!({ "resourceType": of, "id": id });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn row<'t>(what: &'t str, of: &'t str, path: &'t str) -> Sought<'t> {
    Sought { what, of, path }
}

#[test]
fn elements_are_met_by_the_first_resource_that_shows_them() {
    let record = Record::of(&[condition("a", "1"), with(condition("b", "1"), "onsetDateTime", json!("2024-05-01"))]);
    let found = elements(Library::embedded(), &record.chart, &group("condition-problems-health-concerns"));
    let found = found.unwrap();
    let number = |word: &str| found.met.iter().find(|(what, _)| what.contains(word)).map(|(_, number)| *number);
    assert_eq!((number("code"), number("began")), (Some(FIRST), Some(FIRST + 1)), "{found:?}");
    assert!(found.open.iter().any(|what| what.contains("abatement")), "{found:?}");
}

#[test]
fn a_profile_of_which_nothing_is_shown_is_open_and_one_that_nobody_may_see_unknown() {
    let found = elements(Library::embedded(), &Record::of(&[]).chart, &group("goal")).unwrap();
    assert_eq!((found.met.len(), found.open.as_slice()), (0, ["any goal".to_owned()].as_slice()));
    let hidden = Record::default().person("p", "patient/Patient.rs");
    let absence = elements(Library::embedded(), &hidden.chart, &group("goal")).unwrap_err();
    assert_eq!(absence.cause, Cause::NotShown);
}

#[test]
fn each_row_of_a_table_is_sought_in_its_type_or_in_any() {
    let record = Record::of(&[condition("a", "1")]);
    let rows = [
        row("a code", "Condition", "code"),
        row("a code of a goal", "Goal", "code"),
        row("a subject", "any", "subject"),
    ];
    let found = each(&record.chart, &rows).unwrap().unwrap();
    assert_eq!(found.met, [("a code".to_owned(), FIRST), ("a subject".to_owned(), FIRST)]);
    assert_eq!(found.open, ["a code of a goal"]);
    assert!(each(&record.chart, &[row("nothing", "any", "((")]).is_err(), "a table without FHIRPath is wrong");
}

#[test]
fn what_a_table_seeks_is_unknown_where_nobody_may_see_its_type() {
    let mut record = Record::default().person("p", "patient/Condition.rs");
    record.chart.claimed = Some(vec!["Condition".to_owned(), "Goal".to_owned()]);
    let absence = each(&record.chart, &[row("a goal", "Goal", "id")]).unwrap().unwrap_err();
    assert_eq!(absence.why, "not shown: a goal; the granted scopes do not permit to see Goal");
}

#[test]
fn a_document_names_its_custodian_or_its_provenance_does() {
    let document = of("DocumentReference", "d", json!({}));
    assert!(custodian(&Record::of(&[]).chart).is_err());
    assert!(custodian(&Record::of(std::slice::from_ref(&document)).chart).is_err(), "nobody asked for its Provenance");
    let named = with(document.clone(), "custodian", json!({ "reference": "Organization/o" }));
    assert!(custodian(&Record::of(std::slice::from_ref(&named)).chart).unwrap().met);
    let told = of(
        "Provenance",
        "v",
        json!({ "target": [{ "reference": "DocumentReference/d" }],
        "agent": [{ "who": { "reference": "Organization/o" } }] }),
    );
    assert!(custodian(&Record::of(&[document.clone(), told]).chart).unwrap().met);

    let mut record = Record::of(&[named, with(document.clone(), "id", json!("e"))]);
    let asked =
        Record::of(&[]).gathered("DocumentReference", pages(&[searchset_of(&[with(document, "id", json!("e"))])]));
    record.chart.reverse_included = asked.chart.made;
    let seen = custodian(&record.chart).unwrap();
    assert_eq!((seen.met, seen.observed.as_str()), (false, "2 documents, 1 without either"));
}

#[test]
fn an_attachment_of_a_report_is_one_of_a_document_of_the_same_patient() {
    let report = of(
        "DiagnosticReport",
        "r",
        json!({ "category": [{ "coding": [{ "code": "LP29684-5" }] }],
        "presentedForm": [{ "url": "Binary/1" }] }),
    );
    let document = |url: &str| of("DocumentReference", "d", json!({ "content": [{ "attachment": { "url": url } }] }));
    assert!(attachments(&Record::of(&[report.clone(), document("Binary/1")]).chart).unwrap().met);
    let seen = attachments(&Record::of(&[report.clone(), document("Binary/2")]).chart).unwrap();
    assert_eq!((seen.met, seen.observed.as_str()), (false, "1 attachments, 1 of no document"));
    assert!(attachments(&Record::of(std::slice::from_ref(&report)).chart).is_err(), "there is nothing to compare with");
    let lab = with(report, "category", json!([{ "coding": [{ "code": "LAB" }] }]));
    assert!(attachments(&Record::of(&[lab, document("Binary/2")]).chart).is_err(), "no clinical report");
}

#[test]
fn a_practitioner_has_a_whole_address_or_a_role() {
    let address = json!([{ "line": ["1"], "city": "c", "state": "s", "postalCode": "p", "country": "US" }]);
    let person = of("Practitioner", "x", json!({ "address": address }));
    let whole = address_or_role(&Record::of(std::slice::from_ref(&person)).chart).unwrap();
    assert_eq!(whole.met, [("all parts of an address".to_owned(), FIRST)]);
    let partly = with(person, "address", json!([{ "city": "c" }]));
    let open = address_or_role(&Record::of(std::slice::from_ref(&partly)).chart).unwrap();
    assert_eq!((open.met.len(), open.open.len()), (0, 1));
    let role = of("PractitionerRole", "r", json!({ "practitioner": { "reference": "Practitioner/x" } }));
    assert_eq!(address_or_role(&Record::of(&[partly, role]).chart).unwrap().met, [("a role".to_owned(), FIRST + 1)]);
    assert!(address_or_role(&Record::of(&[]).chart).is_err());
}
