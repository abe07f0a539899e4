//! Dates in searches.

use super::*;
use crate::search::Span;
use std::collections::BTreeSet;

fn onset(at: &str) -> Query {
    let pairs = vec![("patient".to_owned(), "p".to_owned()), ("onset-date".to_owned(), at.to_owned())];
    Query::new("Condition", 0, pairs)
}

fn labels(queries: &[Query]) -> Vec<&str> {
    queries.iter().map(|query| query.label.as_str()).collect()
}

fn values(queries: &[Query]) -> BTreeSet<&str> {
    queries.iter().filter_map(|query| query.value("onset-date")).collect()
}

#[test]
fn a_date_is_compared_with_itself_the_time_around_it_and_the_days_beside_it() {
    let record = Record::of(&[]);
    let queries = record.basis().comparisons(&onset("2024-03-04"), Span::parse("2024-03-04")).expect("a date");
    let wanted = [
        "gt2024-03-04",
        "ge2024-03-04",
        "lt2024-03-04",
        "le2024-03-04",
        "gt2024-03",
        "le2024-03",
        "gt2024-03-03",
        "ge2024-03-03",
        "lt2024-03-05",
        "le2024-03-05",
    ];
    assert!(values(&queries).is_superset(&BTreeSet::from(wanted)), "{queries:?}");
    let between = queries.iter().find(|query| query.label == "between").expect("one between two days");
    assert_eq!(
        between.pairs[1..].iter().map(|(_, v)| v.as_str()).collect::<Vec<_>>(),
        ["ge2024-03-03", "le2024-03-05"]
    );
    assert!(record.basis().comparisons(&Query::new("Condition", 0, Vec::new()), None).is_none());
}

#[test]
fn a_moment_at_the_edge_of_its_month_has_the_year_around_it() {
    let record = Record::of(&[]);
    let queries = record.basis().comparisons(&onset("2024-03-01"), Span::parse("2024-03-01")).expect("a date");
    assert!(values(&queries).contains("gt2024") && !values(&queries).contains("gt2024-03"));
    let edge = record.basis().comparisons(&onset("2024-01-01"), Span::parse("2024-01-01")).expect("a date");
    assert!(!labels(&edge).iter().any(|label| label.ends_with("the time around")), "neither holds it in every zone");
}

#[test]
fn whether_a_day_is_after_its_first_instant_is_read_in_two_ways() {
    let record = Record::of(&[]);
    let strength = |at: &str| record.basis().comparisons(&onset(at), None).expect("a date")[0].strength;
    assert_eq!(strength("2024-03-04"), Strength::Shall);
    assert_eq!(strength("2024-03-04T10:00:00Z"), Strength::Should);
}

#[test]
fn no_date_is_asked_for_that_no_date_time_can_say() {
    let record = Record::of(&[]);
    let queries = record.basis().comparisons(&onset("9999-12-31"), None).expect("a date");
    assert!(labels(&queries).contains(&"gt") && !labels(&queries).contains(&"lt, a day beside"));
}

#[test]
fn an_instant_has_other_wordings_and_a_day_only_wider_ones() {
    let record = Record::of(&[]);
    let instant = record.basis().wordings(&onset("2024-03-04T10:00:00-05:00")).expect("a date");
    let wanted = [
        "ge2024-03-04T15:00:00Z",
        "ge2024-03-04T15:00:00+00:00",
        "ge2024-03-04T10:00:00-05:00",
        "ge2024-03-05T00:00:00+09:00",
        "ge2024-03-04",
        "ge2024-03",
        "ge2024",
    ];
    assert_eq!(values(&instant), BTreeSet::from(wanted));
    let day = record.basis().wordings(&onset("2024-03-04")).expect("a date");
    assert_eq!(labels(&day), ["the day", "the month", "the year"]);
}

#[test]
fn matches_are_on_the_right_side_of_a_moment() {
    let record = Record::of(&[]);
    let own = [with(condition("a", "1"), "onsetDateTime", json!("2024-03-04"))];
    for (value, met) in [
        ("gt2024-03-03", true),
        ("gt2024-03-04", false),
        ("ge2024-03-04", true),
        ("lt2024-03-04", false),
        ("le2024-03-04", true),
        ("lt2024-03-05", true),
        ("ge2024-03-05", false),
        ("2024-03", true),
        ("2024-04", false),
    ] {
        let search = made("Condition", "onset-date", value, &own);
        assert_eq!(record.basis().nothing_contradicts(&search).met, met, "{value}");
    }
}

fn worded(label: &str, at: &str, matches: &[Value]) -> Search {
    let mut search = made("Condition", "onset-date", at, matches);
    search.query.label = label.to_owned();
    search
}

#[test]
fn each_wording_of_an_instant_finds_the_same() {
    let record = Record::of(&[]);
    let (a, b) = ([condition("a", "1")], [condition("b", "1")]);
    let utc = worded("instant in UTC", "ge2024-03-04T15:00:00Z", &a);
    let west = |matches: &[Value]| worded("instant with -05:00", "ge2024-03-04T10:00:00-05:00", matches);
    assert!(record.basis().same_for_an_instant(&[utc.clone(), west(&a)]).met);
    assert!(!record.basis().same_for_an_instant(&[utc.clone(), west(&b)]).met);
    assert!(!record.basis().same_for_an_instant(&[utc.clone(), west(&[])]).met);
    // A day is another span than the instant: what it finds is judged by itself.
    assert!(record.basis().same_for_an_instant(&[utc, worded("the day", "ge2024-03-04", &b)]).met);
}

#[test]
fn a_wording_that_had_to_be_asked_for_with_each_status_finds_what_all_its_searches_find() {
    let record = Record::of(&[]);
    let (a, b) = (condition("a", "1"), condition("b", "1"));
    let utc = "ge2024-03-04T15:00:00Z";
    let whole = worded("instant with +00:00", "ge2024-03-04T15:00:00+00:00", &[a.clone(), b.clone()]);
    let first = worded("instant in UTC clinical-status active", utc, std::slice::from_ref(&a));
    let second = worded("instant in UTC clinical-status inactive", utc, &[b]);
    assert!(record.basis().same_for_an_instant(&[whole.clone(), first.clone(), second]).met);
    assert!(!record.basis().same_for_an_instant(&[whole, first]).met);
}
