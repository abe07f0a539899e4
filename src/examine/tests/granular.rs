//! Granular scopes.

use super::super::granular::{Categories, granted, no_wider, only_granular, read};
use super::*;
use std::collections::BTreeMap;

const PROBLEM: &str = "http://terminology.hl7.org/CodeSystem/condition-category|problem-list-item";
const DIAGNOSIS: &str = "http://terminology.hl7.org/CodeSystem/condition-category|encounter-diagnosis";

/// Confined to problems.
fn inside() -> Categories {
    BTreeMap::from([("Condition".to_owned(), vec![PROBLEM.to_owned()])])
}

fn diagnosis(id: &str) -> Value {
    let category = json!([{ "coding": [
        { "system": "http://terminology.hl7.org/CodeSystem/condition-category", "code": "encounter-diagnosis" }] }]);
    with(condition(id, "1"), "category", category)
}

fn record() -> Record {
    Record::of(&[condition("a", "1"), diagnosis("d")])
}

#[test]
fn each_scope_is_granted_to_read_and_to_search_in_one_or_in_two() {
    let met = |scope: &str| granted(&inside(), scope, 7).met;
    assert!(met(&format!("openid patient/Condition.rs?category={PROBLEM}")));
    assert!(met(&format!("patient/Condition.r?category={PROBLEM} patient/Condition.s?category={PROBLEM}")));
    assert!(!met(&format!("patient/Condition.r?category={PROBLEM}")));
    assert!(!met(&format!("patient/Condition.rs?category={DIAGNOSIS}")));
    let seen = granted(&inside(), "patient/Condition.rs", 7);
    assert!(!seen.met && seen.observed.starts_with("not granted: Condition?category=") && seen.cites == [7]);
}

#[test]
fn no_scope_is_granted_without_its_constraint() {
    let own = format!("patient/Condition.rs?category={PROBLEM} patient/Patient.rs");
    assert!(no_wider(&own, &["Condition", "Observation"], 7).met);
    for wide in ["patient/Condition.rs", "patient/*.read", "user/Observation.s"] {
        assert!(!no_wider(&format!("{own} {wide}"), &["Condition", "Observation"], 7).met, "{wide}");
    }
    assert!(only_granular(&own, "Condition") && !only_granular(&own, "Observation"));
    assert!(!only_granular(&format!("{own} patient/*.rs"), "Condition"));
}

#[test]
fn a_read_inside_is_shown_and_one_outside_is_refused() {
    for (inside, status, met) in [
        (true, 200, true),
        (true, 403, false),
        (false, 403, true),
        (false, 404, true),
        (false, 200, false),
        (false, 500, false),
    ] {
        assert_eq!(read(inside, status, 7).met, met, "{inside} {status}");
    }
}

#[test]
fn one_resource_of_each_category_and_one_outside_them_are_chosen() {
    let ids = |record: &Record| -> Result<Vec<String>, super::super::Unjudged> {
        Ok(record.basis().inside_and_outside(&inside(), "Condition")?.iter().map(reference_to).collect())
    };
    assert_eq!(ids(&record()), Ok(vec!["Condition/a".to_owned(), "Condition/d".to_owned()]));
    let lacking = ids(&Record::of(&[diagnosis("d")])).unwrap_err();
    assert_eq!(lacking.0, "a Condition of the first patient with the category problem-list-item");
    assert!(ids(&Record::of(&[condition("a", "1")])).is_err());
}

#[test]
fn searches_are_made_inside_each_scope_and_outside_them() {
    let record = record();
    let plan = record.basis().granular_queries(&inside(), "Condition", &["patient", "category"]);
    let labels: Vec<_> =
        plan.queries.iter().map(|query| (query.label.as_str(), query.value("category").unwrap())).collect();
    assert_eq!(
        labels,
        [
            ("problem-list-item", PROBLEM),
            ("problem-list-item by its code alone", "problem-list-item"),
            ("outside", DIAGNOSIS),
            ("outside by its code alone", "encounter-diagnosis"),
        ]
    );
    assert!(plan.lacking.is_empty());
    let alone = Record::of(&[condition("a", "1")]);
    let plan = alone.basis().granular_queries(&inside(), "Condition", &["patient", "code"]);
    assert_eq!((plan.queries.len(), plan.lacking), (1, vec!["outside".to_owned()]));
    assert_eq!(plan.queries[0].label, "", "the only search needs no label");
}

#[test]
fn nothing_outside_the_scopes_comes_back() {
    let record = record();
    let met = |matches: &[Value]| {
        let seen = record.basis().nothing_outside(&inside(), &made("Condition", "category", DIAGNOSIS, matches));
        seen.into_iter().map(|seen| seen.met).collect::<Vec<_>>()
    };
    assert_eq!(met(&[]), [true]);
    assert_eq!(met(&[condition("a", "1")]), [true]);
    assert_eq!(met(&[condition("a", "1"), diagnosis("d")]), [false]);
    assert_eq!(met(&[with(diagnosis("d"), "id", Value::Null)]), [false], "a resource without an id is one too");
}

#[test]
fn a_refusal_outside_is_best_one_with_403_and_never_an_error_of_the_server() {
    let record = record();
    let seen = |status| {
        let search = Search { pages: refused(status), ..made("Condition", "category", DIAGNOSIS, &[]) };
        let all = record.basis().nothing_outside(&inside(), &search);
        all.into_iter().map(|seen| (seen.met, seen.strength)).collect::<Vec<_>>()
    };
    assert_eq!(seen(403), [(true, Strength::Shall)]);
    assert_eq!(seen(400), [(true, Strength::Shall), (false, Strength::Should)]);
    assert_eq!(seen(500), [(false, Strength::Shall)]);
}

#[test]
fn all_that_the_scopes_cover_comes_back() {
    let record = record();
    let judge = |search: &Search| record.basis().nothing_inside_missing(&inside(), &[], search).met;
    assert!(judge(&made("Condition", "category", PROBLEM, &[condition("a", "1")])));
    assert!(!judge(&made("Condition", "category", PROBLEM, &[])));
    let refuse = |category: &str| Search { pages: refused(403), ..made("Condition", "category", category, &[]) };
    assert!(!judge(&refuse(PROBLEM)), "who names a scope's own category cannot be refused");
    assert!(judge(&refuse("problem-list-item")), "without its system it may be another category");
    assert!(!judge(&made("Condition", "category", "problem-list-item", &[])), "but if answered, then whole");
    assert!(judge(&refuse(DIAGNOSIS)));
}

#[test]
fn a_search_that_reaches_beyond_the_scopes_may_be_empty_but_not_half_answered() {
    let record = Record::of(&[condition("a", "1"), condition("b", "1"), diagnosis("d")]);
    let judge = |matches: &[Value]| {
        let search = made("Condition", "code", "1", matches);
        record.basis().nothing_inside_missing(&inside(), &["outside".to_owned()], &search)
    };
    assert!(judge(&[]).met);
    assert!(judge(&[condition("a", "1"), condition("b", "1")]).met);
    let half = judge(&[condition("a", "1")]);
    assert!(!half.met && half.observed.ends_with("; the record shows no such Condition: outside"));
}
