//! What comes with matches.

use super::*;

fn role(id: &str, practitioner: &str) -> Value {
    json!({ "resourceType": "PractitionerRole", "id": id, "practitioner": { "reference": practitioner } })
}

fn practitioner(id: &str) -> Value {
    json!({ "resourceType": "Practitioner", "id": id, "name": [{ "family": "Lund" }] })
}

fn provenance(id: &str, target: &str) -> Value {
    json!({ "resourceType": "Provenance", "id": id, "target": [{ "reference": target }] })
}

fn including(of: &str, name: &str, value: &str, matches: &[Value], included: &[Value]) -> Search {
    let mut search = made(of, name, value, &[]);
    search.pages = pages(&[with_included(searchset_of(matches), included)]);
    search
}

fn roles(matches: &[Value], included: &[Value]) -> Search {
    including("PractitionerRole", "_include", "PractitionerRole:practitioner", matches, included)
}

fn provenances(matches: &[Value], included: &[Value]) -> Search {
    including("Condition", "_revinclude", "Provenance:target", matches, included)
}

#[test]
fn an_include_is_read_in_its_parts() {
    let include = Include::read("PractitionerRole:practitioner:Practitioner");
    assert_eq!(
        (include.source, include.parameter, include.target),
        ("PractitionerRole", "practitioner", Some("Practitioner"))
    );
    assert_eq!(Include::read("Provenance:target").target, None);
}

#[test]
fn every_known_target_of_a_match_comes_with_it() {
    let record = Record::of(&[practitioner("d"), role("r", "Practitioner/d")]);
    let basis = record.basis();
    assert!(basis.targets_come(&roles(&[role("r", "Practitioner/d")], &[practitioner("d")])).met);
    let seen = basis.targets_come(&roles(&[role("r", "Practitioner/d")], &[]));
    assert_eq!((seen.met, seen.observed.as_str()), (false, "1 known targets, 1 missing"));
    let seen = basis.targets_come(&roles(&[role("r", "Practitioner/unknown")], &[]));
    assert!(!seen.met, "nothing known to come is no success");
}

#[test]
fn nothing_comes_that_no_match_points_to() {
    let record = Record::of(&[]);
    let basis = record.basis();
    let matches = [role("r", "Practitioner/d")];
    assert!(basis.only_targets_come(&roles(&matches, &[practitioner("d")])).met);
    assert!(!basis.only_targets_come(&roles(&matches, &[practitioner("d"), practitioner("other")])).met);
}

#[test]
fn what_points_to_a_match_comes_and_nothing_else_that_points() {
    let record = Record::of(&[condition("a", "1")]);
    let basis = record.basis();
    let right = provenances(&[condition("a", "1")], &[provenance("v", "Condition/a")]);
    let astray = provenances(&[condition("a", "1")], &[provenance("v", "Condition/b")]);
    let none = provenances(&[condition("a", "1")], &[]);
    let group = group("condition-problems-health-concerns");
    for of_group in [None, Some(&group)] {
        assert!(basis.pointing_comes(&right, "Provenance", of_group).met);
        assert!(!basis.pointing_comes(&astray, "Provenance", of_group).met);
        assert!(!basis.pointing_comes(&none, "Provenance", of_group).met);
    }
    assert!(basis.all_pointing_do(&right, "Provenance").met);
    assert!(basis.all_pointing_do(&none, "Provenance").met);
    assert!(!basis.all_pointing_do(&astray, "Provenance").met);
}

#[test]
fn pointing_to_a_match_of_another_profile_is_not_enough() {
    let record = Record::of(&[condition("a", "1")]);
    let search = provenances(&[condition("a", "1")], &[provenance("v", "Condition/a")]);
    let other = group("condition-encounter-diagnosis");
    assert!(!record.basis().pointing_comes(&search, "Provenance", Some(&other)).met);
}

#[test]
fn a_search_is_taken_whose_matches_point_to_something_known() {
    let include = Include::read("PractitionerRole:practitioner");
    let known = Record::of(&[practitioner("d"), role("r", "Practitioner/d")]);
    let plan = known.basis().search_that_points(include).expect("a search");
    assert_eq!(plan.queries[0].of, "PractitionerRole");
    let unknown = Record::of(&[role("r", "Practitioner/d")]);
    assert!(unknown.basis().search_that_points(include).is_err(), "what nobody can read cannot come");
    let place = Include::read("PractitionerRole:practitioner:Location");
    assert!(known.basis().search_that_points(place).is_err());
}

#[test]
fn the_search_is_preferred_to_whose_matches_something_is_known_to_point() {
    let group = group("condition-problems-health-concerns");
    let include = Include::read("Provenance:target");
    let (a, b) = (condition("a", "1"), condition("b", "2"));
    let gathered = |record: Record| {
        record
            .gathered("Condition", pages(&[searchset_of(std::slice::from_ref(&a))]))
            .gathered("Condition", pages(&[searchset_of(std::slice::from_ref(&b))]))
    };
    let record = gathered(Record::of(&[a.clone(), b.clone(), provenance("v", "Condition/b")]));
    assert!(record.basis().search_pointed_to(&group, include, false).expect("a search").is_some());
    let astray = gathered(Record::of(&[a.clone(), b.clone(), provenance("v", "Encounter/e")]));
    assert!(astray.basis().search_pointed_to(&group, include, false).is_err(), "the records show none");
    assert!(astray.basis().search_pointed_to(&group, include, true).expect("no reason to skip").is_none());
    let none = gathered(Record::of(&[a.clone(), b.clone()]));
    assert!(none.basis().search_pointed_to(&group, include, false).expect("no reason to skip").is_none());
}

#[test]
fn a_gathering_search_that_found_a_profile_is_made_again() {
    let group = group("condition-problems-health-concerns");
    let own = condition("a", "1");
    let record = Record::of(std::slice::from_ref(&own))
        .gathered("Condition", pages(&[searchset_of(std::slice::from_ref(&own))]));
    let plan = record.basis().search_that_found(&group).expect("a search");
    assert_eq!((plan.from, plan.queries[0].value("patient")), (vec![PAGE], Some("p")));
    assert!(Record::of(&[own]).basis().search_that_found(&group).is_none());
}
