//! The forms of a search.

use super::*;

#[test]
fn another_form_of_a_search_finds_the_same() {
    let (a, b) = (condition("a", "1"), condition("b", "1"));
    let first = made("Condition", "patient", "p", &[a.clone(), b.clone()]);
    let again = made("Condition", "patient", "Patient/p", &[b.clone(), a.clone()]);
    assert!(again.finds_the_same_as(&first).met, "the order does not count");
    let fewer = made("Condition", "patient", "Patient/p", std::slice::from_ref(&a));
    assert_eq!(fewer.finds_the_same_as(&first).observed, "1 of 2 the same, 1 missing, 0 more");
    assert!(!fewer.finds_the_same_as(&first).met && !first.finds_the_same_as(&fewer).met);
    let silent = Search { pages: refused(400), ..first.clone() };
    assert!(!silent.finds_the_same_as(&first).met);
}

#[test]
fn a_server_that_says_it_used_count_keeps_to_it() {
    let three = [condition("a", "1"), condition("b", "1"), condition("c", "1")];
    let mut search = made("Condition", "patient", "p", &three);
    let seen = search.keeps_to_count(2);
    assert_eq!((seen.met, seen.strength), (false, Strength::Should), "it may overlook the parameter");
    let link = json!([{ "relation": "self", "url": "https://fhir.example.org/r4/Condition?patient=p&_count=2" }]);
    search.pages = pages(&[with(searchset_of(&three), "link", link)]);
    let seen = search.keeps_to_count(2);
    assert_eq!((seen.met, seen.strength), (false, Strength::Shall));
    search.pages = pages(&[searchset_of(&three[..2]), searchset_of(&three[2..])]);
    assert!(search.keeps_to_count(2).met);
}

#[test]
fn no_match_comes_twice_over_all_pages() {
    let (a, b) = (condition("a", "1"), condition("b", "1"));
    let mut search = made("Condition", "patient", "p", &[a.clone(), b.clone()]);
    assert!(search.finds_each_once().met);
    search.pages = pages(&[searchset_of(&[a.clone(), b]), searchset_of(&[a])]);
    let seen = search.finds_each_once();
    assert_eq!((seen.met, seen.observed.as_str()), (false, "3 matches, 2 different, 2 pages"));
    assert_eq!(seen.cites, [PAGE, PAGE + 1]);
}

#[test]
fn a_token_is_asked_for_with_and_without_its_system() {
    let record = Record::of(&[condition("a", "1")]);
    let plan = record.basis().token_forms("Condition", "code").expect("a code with its system");
    let forms: Vec<_> = plan.queries.iter().map(|query| (query.value("code").unwrap(), query.strength)).collect();
    let whole = "http://snomed.info/sct|1";
    assert_eq!(forms, [("1", Strength::Shall), (whole, Strength::Shall), ("|1", Strength::Should)]);
    assert_eq!(plan.from, [FIRST]);
    let local = with(condition("a", "1"), "code", json!({ "coding": [{ "code": "1" }] }));
    assert!(Record::of(&[local]).basis().token_forms("Condition", "code").is_none());
}

#[test]
fn a_code_said_to_have_no_system_finds_nothing_that_has_one() {
    let record = Record::of(&[]);
    let with_system = made("Condition", "code", "|1", &[condition("a", "1")]);
    assert!(!record.basis().nothing_contradicts(&with_system).met);
    let local = with(condition("a", "1"), "code", json!({ "coding": [{ "code": "1" }] }));
    assert!(record.basis().nothing_contradicts(&made("Condition", "code", "|1", &[local])).met);
}

#[test]
fn alternatives_are_different_values_of_one_patient() {
    let record = Record::of(&[condition("a", "1"), condition("b", "2"), condition("c", "2")]);
    let query = record.basis().alternatives("Condition", "code").expect("two codes");
    assert_eq!(query.value("code"), Some("http://snomed.info/sct|1,http://snomed.info/sct|2"));
    assert_eq!(query.value("patient"), Some("p"));
    let apart = Record::of(&[condition("a", "1")]).person("q", "patient/*.rs").shown(1, &condition("b", "2"));
    assert!(apart.basis().alternatives("Condition", "code").is_err(), "two patients have one each");
    assert!(Record::of(&[]).basis().alternatives("Condition", "code").is_err());
}

#[test]
fn the_one_status_that_is_known_stands_behind_one_that_nothing_has() {
    let record = Record::of(&[condition("a", "1")]);
    let query = record.basis().alternatives("Condition", "clinical-status").expect("a status");
    let (first, second) = query.value("clinical-status").unwrap().split_once(',').expect("two values");
    assert_eq!((first, second), ("inactive", "http://terminology.hl7.org/CodeSystem/condition-clinical|active"));
}

#[test]
fn the_smallest_search_that_found_enough_is_taken() {
    let all = [condition("a", "1"), condition("b", "1"), condition("c", "1")];
    let record = Record::of(&all)
        .gathered("Condition", pages(&[searchset_of(&all)]))
        .gathered("Condition", pages(&[searchset_of(&all[..1])]))
        .gathered("Condition", refused(500));
    let count = |least| Some(record.basis().smallest("Condition", least)?.pages.matches().count());
    assert_eq!((count(1), count(2), count(4)), (Some(1), Some(3), None));
}

#[test]
fn a_type_that_no_patient_search_brings_is_searched_for_by_its_own_values() {
    let practitioner = json!({ "resourceType": "Practitioner", "id": "d", "name": [{ "family": "Lund" }] });
    let record = Record::of(&[practitioner]);
    let plan = record.basis().search_by_values("Practitioner").expect("a search");
    assert_eq!(plan.queries.len(), 1);
    let anchored = Record::of(&[condition("a", "1")]).gathered("Condition", refused(500));
    assert!(anchored.basis().search_by_values("Condition").is_none());
}
