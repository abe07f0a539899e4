//! One patient's record asked for with another's token.

use super::super::canary::Canaries;
use super::super::crossing::*;
use super::super::isolation::{Received, Record};
use serde_json::{Value, json};

fn goal(id: &str, patient: &str) -> Value {
    json!({"resourceType": "Goal", "id": id, "meta": {"versionId": "2"},
        "subject": {"reference": format!("Patient/{patient}")}})
}

struct People(Vec<Value>);

impl People {
    fn new() -> Self {
        let name = json!([{"family": "Wu & Li"}]);
        Self(vec![
            json!({"resourceType": "Patient", "id": "pat-b", "name": name, "birthDate": "1980-02-03"}),
            goal("goal-of-b", "pat-b"),
            json!({"resourceType": "Observation", "id": "obs-of-b", "subject": {"reference": "Patient/pat-b"}}),
            goal("goal-of-a", "pat-a"),
        ])
    }

    fn parties(&self) -> Parties<'_> {
        let rest = vec![("category".to_owned(), "vital signs".to_owned())];
        Parties {
            asker: Record { patient: "pat-a", resources: self.0.iter().collect() },
            owner: Record { patient: "pat-b", resources: self.0.iter().collect() },
            base: "https://fhir.example.org/r4".to_owned(),
            searches: [("Observation".to_owned(), ("patient".to_owned(), rest))].into(),
            next: None,
        }
    }
}

fn urls(asks: &[&'static str], extent: Extent) -> Vec<String> {
    let people = People::new();
    requests(asks, &people.parties(), extent).0.into_iter().map(|request| request.url).collect()
}

#[test]
fn a_request_is_made_for_each_type_with_what_finds_it() {
    assert_eq!(
        urls(&["GET {Type}?{search}"], Extent::EveryType),
        ["Goal?patient=pat-b", "Observation?patient=pat-b&category=vital+signs", "Patient?_id=pat-b"]
    );
    assert_eq!(
        urls(&["GET {Type}?subject={b}&{rest}"], Extent::EveryType)[..2],
        ["Goal?subject=pat-b", "Observation?subject=pat-b&category=vital+signs"]
    );
    assert_eq!(urls(&["GET Patient/{b}/{Type}?{rest}"], Extent::EveryType)[0], "Patient/pat-b/Goal");
}

#[test]
fn the_first_request_takes_every_type_and_the_others_one_each() {
    let asks = ["GET {Type}/{b.id}", "GET {Type}/{b.id}?_summary=true", "GET Patient/{a}"];
    assert_eq!(urls(&asks, Extent::EveryType).len(), 3 + 1 + 1);
    assert_eq!(urls(&asks, Extent::Everything).len(), 3 + 3 + 1);
    assert_eq!(urls(&asks, Extent::One(1)), ["Observation/obs-of-b"]);
    let people = People::new();
    assert_eq!(requests(&asks, &people.parties(), Extent::EveryType).1, 7);
}

#[test]
fn what_a_record_does_not_show_is_not_asked_for() {
    assert_eq!(urls(&["GET Encounter?location={b.location}"], Extent::Everything), Vec::<String>::new());
    // The asker has a Goal only.
    assert_eq!(urls(&["GET {Type}/{b.id}?_id={a.id}"], Extent::Everything), ["Goal/goal-of-b?_id=goal-of-a"]);
}

#[test]
fn values_are_written_as_their_place_needs() {
    let people = People::new();
    let parties = people.parties();
    let one = |template| parties.fill(template, None).unwrap();
    assert_eq!(one("GET Patient?name={b.family}").url, "Patient?name=Wu+%26+Li");
    let posted = one("POST Patient/$match || {\"name\":\"{b.family}\",\"x\":{\"y\":\"{b}\"}}");
    assert_eq!(posted.body.unwrap(), (r#"{"name":"Wu & Li","x":{"y":"pat-b"}}"#.to_owned(), "application/fhir+json"));
    let searched = parties.fill("POST {Type}/_search || {search}", Some("Goal")).unwrap();
    assert_eq!(searched.body.unwrap(), ("patient=pat-b".to_owned(), "application/x-www-form-urlencoded"));
    let headed = one("GET Patient/{a} | X-Original-URL: {base}/Patient/{b} | Prefer: x");
    assert_eq!(headed.headers[0].1, "https://fhir.example.org/r4/Patient/pat-b");
    assert_eq!(headed.headers.len(), 2);
}

fn answered(template: &'static str, of: &str, body: &str, for_nobody: Option<u16>) -> Try {
    let people = People::new();
    let parties = people.parties();
    let request = parties.fill(template, Some(of)).unwrap();
    let received =
        Received { request: Some(request.text()), body: body.to_owned(), headers: Vec::new(), no_answer: None };
    Try::new(request, &[(7, received)], 200, for_nobody, &Canaries::all(&parties.owner))
}

#[test]
fn a_finding_names_the_request_and_the_types() {
    let clean = answered("GET {Type}/{b.id}", "Observation", "{}", None);
    let leaky = answered("GET {Type}/{b.id}", "Goal", &goal("goal-of-b", "pat-b").to_string(), None);
    let seen = nothing_crossed(&[clean, leaky], 9, 3, "shown to its owner");
    assert!(!seen.met);
    assert_eq!(seen.observed, "disclosed by `GET {Type}/{b.id}` for Goal: a whole Goal");
    assert_eq!(seen.cites, [7]);
    let clean = answered("GET {Type}/{b.id}", "Observation", "{}", None);
    let seen = nothing_crossed(&[clean], 9, 3, "shown to its owner");
    assert_eq!(seen.observed, "1 of 9 requests for 1 types: 2 bytes hold none of 3 values; shown to its owner");
}

#[test]
fn head_discloses_that_a_resource_exists() {
    let head = |for_nobody| answered("HEAD {Type}/{b.id}", "Goal", "", Some(for_nobody));
    assert_eq!(head(404).leaks.len(), 1);
    // It answers 200 to everything.
    assert!(head(200).leaks.is_empty());
}
