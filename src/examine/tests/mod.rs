//! Judgements by examples: small charts and answers made by hand, no server.

mod answer;
mod canary;
mod capability;
mod chain;
mod chance;
mod conformance;
mod context;
mod crossing;
mod dates;
mod document;
mod forms;
mod granular;
mod id_token;
mod include;
mod introspection;
mod landing;
mod must_support;
mod profile;
mod reference;
mod results;
mod searchset;
mod token;
mod values;

use super::*;
use crate::chart::{Chart, Made, Person, Resource};
use crate::fhir::{Bundle, End, Pages, reference_to};
use crate::http::Answer;
use crate::profile::Library;
use crate::search::{Anchor, Group, Meaning, groups};
use crate::smart::{Grant, Launch, Session, SessionKey};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};
use std::time::Instant;

static MEANING: LazyLock<Meaning> = LazyLock::new(|| Meaning::of(Library::embedded()));
static GROUPS: LazyLock<Vec<Group>> = LazyLock::new(|| groups(Library::embedded()));

const SNOMED: &str = "http://snomed.info/sct";
/// The exchange in which the first resource of a chart comes; each following one comes in the next.
const FIRST: u32 = 11;
/// The exchange in which the first page of a search comes.
const PAGE: u32 = 101;

/// A chart under construction.
#[derive(Default)]
struct Record {
    chart: Chart,
}

impl Record {
    /// The record of patient `p`, whose session may see everything, with these resources.
    fn of(resources: &[Value]) -> Self {
        resources.iter().fold(Self::default().person("p", "patient/*.rs"), |record, body| record.shown(0, body))
    }

    fn person(mut self, patient: &str, scope: &str) -> Self {
        let key = SessionKey {
            second_tenant: false,
            client: crate::target::ClientRole::Public,
            user: format!("user-{patient}"),
            scopes: None,
            launch: Launch::Standalone,
            kept: None,
        };
        let grant = Grant { patient: Some(patient.to_owned()), ..granted(scope) };
        let session = Arc::new(Session::own(key, grant, None, Some(patient.to_owned()), Vec::new()));
        self.chart.people.push(Person { user: format!("user-{patient}"), patient: patient.to_owned(), session });
        self
    }

    /// Shows a resource to a person, in an exchange of its own.
    fn shown(mut self, person: usize, body: &Value) -> Self {
        let number = FIRST + u32::try_from(self.chart.resources.len()).unwrap();
        let own = Resource::of(Library::embedded(), &MEANING, &GROUPS, body, person, number);
        self.chart.take(own.expect("a resource with type and id"));
        self
    }

    /// The gathering search of the first patient for a type, which brought this.
    fn gathered(mut self, of: &str, pages: Pages) -> Self {
        let anchor = Anchor { of: of.to_owned(), patient: "patient", fixed: None };
        let pairs = anchor.pairs("p");
        self.chart.made.push(Made { person: 0, anchor, pairs, pages });
        self
    }

    fn basis(&self) -> Basis<'_> {
        Basis { library: Library::embedded(), meaning: &MEANING, chart: &self.chart }
    }
}

/// A token with these scopes, and nothing beside it.
fn granted(scope: &str) -> Grant {
    Grant {
        access_token: String::new(),
        refresh_token: None,
        id_token: None,
        scope: scope.to_owned(),
        scope_stated: true,
        expires_in: None,
        patient: None,
        encounter: None,
        response: Value::Null,
        asked: Instant::now(),
        obtained: Instant::now(),
        number: 1,
    }
}

/// An answer in JSON.
fn answer(status: u16, body: &Value) -> Answer {
    let url = url::Url::parse("https://fhir.example.org/r4/any").unwrap();
    let headers = vec![("content-type".to_owned(), "application/fhir+json; charset=utf-8".to_owned())];
    Answer::new(PAGE, url, status, headers, body.to_string().into_bytes())
}

fn group(name: &str) -> Group {
    GROUPS.iter().find(|group| group.name == name).expect("a profile of the guide").clone()
}

/// Pages of a search, all with status 200 and the media type of FHIR.
fn pages(bundles: &[Value]) -> Pages {
    answers(bundles, 200, "application/fhir+json", End::Whole)
}

/// The one answer of a search that is refused.
fn refused(status: u16) -> Pages {
    answers(&[json!({ "resourceType": "OperationOutcome" })], status, "application/fhir+json", End::Refused(status))
}

fn answers(bodies: &[Value], status: u16, media_type: &str, end: End) -> Pages {
    let url = url::Url::parse("https://fhir.example.org/r4/any").unwrap();
    let answer = |(n, body): (usize, &Value)| {
        let number = PAGE + u32::try_from(n).unwrap();
        let headers = vec![("content-type".to_owned(), media_type.to_owned())];
        Answer::new(number, url.clone(), status, headers, body.to_string().into_bytes())
    };
    let bundles = bodies.iter().cloned().filter_map(Bundle::of).collect();
    Pages { answers: bodies.iter().enumerate().map(answer).collect(), bundles, end }
}

/// A faultless searchset of these matches.
fn searchset_of(resources: &[Value]) -> Value {
    let entry = |body: &Value| {
        json!({
            "fullUrl": format!("https://fhir.example.org/r4/{}", reference_to(body)),
            "resource": body,
            "search": { "mode": "match" },
        })
    };
    json!({
        "resourceType": "Bundle", "type": "searchset", "total": resources.len(),
        "link": [{ "relation": "self", "url": "https://fhir.example.org/r4/Condition?patient=p" }],
        "entry": resources.iter().map(entry).collect::<Vec<_>>(),
    })
}

/// The same with resources that did not match, but come with the matches.
fn with_included(mut bundle: Value, resources: &[Value]) -> Value {
    for body in resources {
        let entry = json!({ "resource": body, "search": { "mode": "include" } });
        bundle["entry"].as_array_mut().unwrap().push(entry);
    }
    bundle
}

/// A search for a type by one parameter, and the matches that came for it.
fn made(of: &str, name: &str, value: &str, matches: &[Value]) -> Search {
    let query = Query::new(of, 0, vec![(name.to_owned(), value.to_owned())]);
    Search { query, pages: pages(&[searchset_of(matches)]) }
}

/// An active condition of patient `p`, a health concern.
fn condition(id: &str, code: &str) -> Value {
    let coding = |system: &str, code: &str| json!({ "coding": [{ "system": system, "code": code }] });
    json!({
        "resourceType": "Condition", "id": id,
        "meta": { "profile":
            ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-condition-problems-health-concerns"] },
        "clinicalStatus": coding("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
        "category": [coding(
            "http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item")],
        "code": coding(SNOMED, code),
        "subject": { "reference": "Patient/p" },
    })
}

fn with(mut body: Value, name: &str, value: Value) -> Value {
    body[name] = value;
    body
}

#[test]
fn an_observation_is_demanded_as_strongly_and_labelled_as_its_search() {
    let mut search = made("Condition", "patient", "p", &[]);
    search.query.label = "between".to_owned();
    search.query.strength = Strength::Should;
    let seen = search.observe(false, "this", "that");
    assert_eq!((seen.expected.as_str(), seen.observed.as_str()), ("between: this", "between: that"));
    assert_eq!((seen.strength, seen.cites), (Strength::Should, vec![PAGE]));
    assert_eq!(made("Condition", "patient", "p", &[]).observe(true, "this", "that").expected, "this");
}
