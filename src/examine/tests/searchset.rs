//! What is demanded of a searchset.

use super::*;

/// The expectations that do not hold of these pages.
fn unmet(pages: Pages) -> Vec<(String, Strength)> {
    let query = Query::new("Condition", 0, vec![("patient".to_owned(), "p".to_owned())]);
    let seen = searchset(&Search { query, pages });
    assert_eq!(seen.len(), 10);
    seen.into_iter().filter(|seen| !seen.met).map(|seen| (seen.expected, seen.strength)).collect()
}

fn one() -> Value {
    searchset_of(&[condition("a", "1")])
}

/// The one expectation that this page does not meet.
fn unmet_by(bundle: Value) -> (String, Strength) {
    let all = unmet(pages(&[bundle]));
    assert_eq!(all.len(), 1, "{all:?}");
    all.into_iter().next().unwrap()
}

#[test]
fn a_faultless_searchset_meets_every_demand() {
    assert_eq!(unmet(pages(&[one()])), []);
    let outcome = json!({ "resource": { "resourceType": "OperationOutcome" }, "search": { "mode": "outcome" } });
    let mut told = one();
    told["entry"].as_array_mut().unwrap().push(outcome);
    assert_eq!(unmet(pages(&[told])), [], "what the server says about the search is no entry to be judged");
}

#[test]
fn type_and_media_type_are_demanded() {
    assert_eq!(unmet_by(with(one(), "type", json!("collection"))).0, "a Bundle of type searchset");
    let plain = unmet(answers(&[one()], 200, "application/json", End::Whole));
    assert_eq!(plain, [("application/fhir+json".to_owned(), Strength::Shall)]);
}

#[test]
fn a_total_counts_the_matches_of_all_pages() {
    let (first, second) = (searchset_of(&[condition("a", "1")]), searchset_of(&[condition("b", "1")]));
    let both = |total: u64| [with(first.clone(), "total", json!(total)), with(second.clone(), "total", json!(total))];
    assert_eq!(unmet(pages(&both(2))), []);
    assert_eq!(unmet(pages(&both(1)))[0].0, "a total, where there is one, that is the number of matches");
    let included = with_included(one(), &[]);
    assert_eq!(unmet(pages(&[with(included, "total", Value::Null)])), [], "a total is optional");
}

#[test]
fn a_self_link_is_demanded_and_should_name_the_parameters() {
    assert_eq!(unmet_by(with(one(), "link", json!([]))), ("a self link".to_owned(), Strength::Shall));
    let other = json!([{ "relation": "self", "url": "https://fhir.example.org/r4/Condition" }]);
    let expected = "a self link that names the parameters".to_owned();
    assert_eq!(unmet_by(with(one(), "link", other)), (expected, Strength::Should));
}

#[test]
fn entries_have_an_address_that_agrees_and_a_mode() {
    let entry = |name: &str, value: Value| {
        let mut bundle = one();
        bundle["entry"][0][name] = value;
        bundle
    };
    assert_eq!(unmet_by(entry("fullUrl", Value::Null)).0, "a fullUrl in every entry");
    let wrong = json!("https://fhir.example.org/r4/Condition/other");
    assert_eq!(unmet_by(entry("fullUrl", wrong)).0, "a fullUrl that agrees with type and id");
    assert_eq!(unmet(pages(&[entry("fullUrl", json!("urn:uuid:0"))])), []);
    assert_eq!(unmet_by(entry("search", Value::Null)), ("a search mode in every entry".to_owned(), Strength::Should));
}

#[test]
fn matches_are_of_the_type_and_each_comes_once() {
    let patient = json!({ "resourceType": "Patient", "id": "p" });
    assert_eq!(unmet_by(searchset_of(&[patient])).0, "matches of the type that was asked for");
    let repeated = searchset_of(&[condition("a", "1"), condition("a", "1")]);
    assert_eq!(unmet_by(repeated).0, "each resource once");
}
