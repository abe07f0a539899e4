//! Chained searches.

use super::*;

fn role(id: &str, practitioner: &str) -> Value {
    json!({ "resourceType": "PractitionerRole", "id": id, "practitioner": { "reference": practitioner } })
}

fn practitioner(id: &str, family: &str) -> Value {
    json!({ "resourceType": "Practitioner", "id": id, "name": [{ "family": family }] })
}

fn record() -> Record {
    Record::of(&[
        practitioner("d", "Lund"),
        practitioner("e", "Berg"),
        role("r", "Practitioner/d"),
        role("s", "Practitioner/e"),
        role("t", "Practitioner/unknown"),
    ])
}

fn chained(value: &str, matches: &[Value]) -> Search {
    made("PractitionerRole", "practitioner.name", value, matches)
}

#[test]
fn a_chain_is_asked_for_by_a_known_value_and_by_one_that_nothing_has() {
    let record = record();
    let plan = record.basis().chained("PractitionerRole", "practitioner", "name").expect("a chain");
    let values: Vec<_> = plan.queries.iter().map(|q| (q.value("practitioner.name").unwrap(), q.counter)).collect();
    assert_eq!(values, [("Lund", false), ("probity-nobody", true)]);
    let alone = Record::of(&[role("r", "Practitioner/d")]);
    assert!(alone.basis().chained("PractitionerRole", "practitioner", "name").is_none(), "its target is not known");
}

#[test]
fn every_match_leads_to_the_value_as_far_as_its_target_is_known() {
    let record = record();
    let met = |matches: &[Value]| record.basis().matches_lead_there(&chained("Lund", matches)).expect("a chain").met;
    assert!(met(&[role("r", "Practitioner/d")]));
    assert!(met(&[role("t", "Practitioner/unknown")]), "nobody knows where it leads");
    assert!(!met(&[role("r", "Practitioner/d"), role("s", "Practitioner/e")]));
    assert!(!met(&[practitioner("d", "Lund")]), "another type than asked for");
}

#[test]
fn nothing_comes_for_a_value_that_nothing_has() {
    let record = record();
    let mut search = chained("probity-nobody", &[role("t", "Practitioner/unknown")]);
    search.query.counter = true;
    assert!(!record.basis().matches_lead_there(&search).expect("a chain").met);
    search.pages = pages(&[searchset_of(&[])]);
    assert!(record.basis().matches_lead_there(&search).expect("a chain").met);
}

#[test]
fn every_resource_that_is_known_to_lead_to_the_value_comes() {
    let record = record();
    let met = |matches: &[Value]| record.basis().all_that_lead_come(&chained("Lund", matches)).expect("a chain").met;
    assert!(met(&[role("r", "Practitioner/d")]));
    assert!(!met(&[role("s", "Practitioner/e")]));
    assert!(!met(&[]));
}

#[test]
fn a_search_without_a_chain_is_not_judged_as_one() {
    let record = record();
    let plain = made("PractitionerRole", "practitioner", "Practitioner/d", &[]);
    assert!(record.basis().matches_lead_there(&plain).is_none());
    assert!(record.basis().all_that_lead_come(&plain).is_none());
}
