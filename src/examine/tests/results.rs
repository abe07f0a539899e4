//! Success, matches that contradict, matches that are missing.

use super::*;

#[test]
fn a_search_succeeds_with_searchsets_up_to_the_last_page() {
    let mut search = made("Condition", "patient", "p", &[condition("c", "1")]);
    assert!(search.succeeds().met);
    search.pages.end = End::Loop;
    assert!(!search.succeeds().met);
    search.pages = refused(403);
    assert_eq!(search.succeeds().observed, "status 403");
    assert!(!search.succeeds().met);
    let history = with(searchset_of(&[]), "type", json!("history"));
    search.pages = pages(&[searchset_of(&[]), history]);
    assert!(!search.succeeds().met);
}

#[test]
fn only_who_asks_for_what_nothing_has_may_be_refused() {
    let mut search = made("Condition", "code", "none", &[]);
    search.pages = refused(400);
    assert!(!search.succeeds().met);
    search.query.counter = true;
    assert!(search.succeeds().met);
    search.pages = refused(500);
    assert!(!search.succeeds().met, "an error of the server is no refusal");
}

#[test]
fn a_match_contradicts_by_its_values_or_its_type() {
    let record = Record::of(&[]);
    let right = made("Condition", "code", "http://snomed.info/sct|1", &[condition("a", "1")]);
    assert!(record.basis().nothing_contradicts(&right).met);
    let patient = json!({ "resourceType": "Patient", "id": "p" });
    let wrong = made("Condition", "code", "1", &[condition("a", "1"), condition("b", "2"), patient]);
    let seen = record.basis().nothing_contradicts(&wrong);
    assert!(!seen.met);
    assert_eq!(seen.observed, "matches: 3; wrong: 1 by their code, 1 by their type");
}

#[test]
fn what_the_standard_leaves_to_the_server_is_no_contradiction() {
    let record = Record::of(&[]);
    let other_case = made("Condition", "code", "AB", &[condition("a", "ab")]);
    assert!(record.basis().nothing_contradicts(&other_case).met);
    let mut paged = made("Condition", "_count", "2", &[condition("a", "1")]);
    paged.query.pairs.push(("code".to_owned(), "2".to_owned()));
    assert!(!record.basis().nothing_contradicts(&paged).met);
}

#[test]
fn each_of_several_alternatives_may_be_satisfied() {
    let record = Record::of(&[]);
    let both = [condition("a", "1"), condition("b", "2")];
    assert!(record.basis().nothing_contradicts(&made("Condition", "code", "1,2", &both)).met);
    assert!(!record.basis().nothing_contradicts(&made("Condition", "code", "1,3", &both)).met);
}

#[test]
fn a_parameter_that_nothing_known_would_show_to_be_overlooked_is_named() {
    let mut search = made("Condition", "code", "1", &[condition("a", "1")]);
    search.query.unproven = vec!["code".to_owned()];
    let seen = Record::of(&[]).basis().nothing_contradicts(&search);
    assert!(seen.met && seen.observed.ends_with("no known resource would show that code was overlooked"));
}

#[test]
fn every_match_that_is_known_comes_back_or_is_cited_where_it_came() {
    let all = [condition("a", "1"), condition("b", "1"), condition("c", "2")];
    let record = Record::of(&all);
    assert!(record.basis().nothing_missing(&made("Condition", "code", "1", &all[..2])).met);
    let seen = record.basis().nothing_missing(&made("Condition", "code", "1", &all[..1]));
    assert!(!seen.met);
    assert_eq!(seen.observed, format!("2 known, 1 missing; they came in #{}", FIRST + 1));
    assert_eq!(seen.cites, [PAGE, FIRST + 1]);
}

#[test]
fn what_was_entered_in_error_or_is_another_patients_need_not_come() {
    let mistaken =
        with(condition("b", "1"), "verificationStatus", json!({ "coding": [{ "code": "entered-in-error" }] }));
    let own = [condition("a", "1"), mistaken];
    let record = Record::of(&own).person("q", "patient/*.rs").shown(1, &condition("c", "1"));
    assert!(record.basis().nothing_missing(&made("Condition", "code", "1", &own[..1])).met);
    assert!(!record.basis().nothing_missing(&made("Condition", "code", "1", &own[1..])).met);
}

#[test]
fn a_search_with_a_status_that_the_server_insisted_on_owes_only_what_has_it() {
    let status = json!({ "coding": [
        { "system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": "inactive" }] });
    let all = [condition("a", "1"), with(condition("b", "1"), "clinicalStatus", status)];
    let record = Record::of(&all);
    let mut search = made("Condition", "code", "1", &all[..1]);
    assert!(!record.basis().nothing_missing(&search).met);
    search.query.pairs.push(("clinical-status".to_owned(), "active".to_owned()));
    assert!(record.basis().nothing_missing(&search).met);
    search.pages = pages(&[searchset_of(&all[1..])]);
    assert!(!record.basis().nothing_missing(&search).met);
    assert!(!record.basis().nothing_contradicts(&search).met);
}
