//! Searches, reads and metadata.

use std::collections::BTreeSet;

use axum::http::{HeaderMap, Method, header};
use serde_json::Value;

use super::super::Store;
use super::super::moment::{Comparison, Span};
use super::{BASE, Client, clinician, none, patient};

fn total(query: &str) -> u64 {
    Client::new(patient(1)).get(query).total()
}

#[test]
fn dates_compare_by_their_spans() {
    for (query, element, holds) in [
        ("2024", "2024-05-01", true),
        ("eq2024-05", "2024", false),
        ("gt2024-05-01", "2024-05-01", false),
        ("gt2024-05-01", "2024-05-02", true),
        ("ge2024-05-01", "2024-05-01T10:00:00Z", true),
        ("lt2024-05-01", "2024-04-30T23:59:59-00:00", true),
        ("le2024-05-01", "2024-05-01T23:00:00Z", true),
        ("lt2024-05-01T12:00:00+02:00", "2024-05-01T10:30:00Z", false),
        ("gt2024-05-01T12:00:00+02:00", "2024-05-01T10:30:00Z", true),
        ("ne2024", "2023-01-01", true),
        ("sa2024-05-01", "2024-05-02", true),
        ("eb2024-05-01", "2024-04-30", true),
        ("ap2024-05-01", "2024-05-10", true),
    ] {
        let comparison = Comparison::parse(query).unwrap();
        assert_eq!(comparison.holds(Span::parse(element).unwrap()), holds, "{query} on {element}");
    }
    for bad in ["xx2024", "2024-13", "2024-05-01T25:00:00Z", "", "tomorrow", "2024-05-01T", "20é4"] {
        assert!(Comparison::parse(bad).is_none(), "{bad}");
    }
}

#[test]
fn tokens_are_found_by_code_system_or_both() {
    let loinc = "http://loinc.org";
    let plain = total("Observation?code=39156-5");
    assert!(plain > 0);
    assert_eq!(total(&format!("Observation?code={loinc}|39156-5")), plain);
    assert_eq!(total("Observation?code=http://other.example|39156-5"), 0);
    assert_eq!(total("Observation?code=|39156-5"), 0);
    assert!(total(&format!("Observation?code={loinc}|")) > plain);
    assert!(total("Observation?code=39156-5,8302-2") > plain);
    assert!(total("Observation?code:not=39156-5") > plain);
    assert_eq!(total("Observation?status=final") + total("Observation?status:not=final"), total("Observation"));
    assert_eq!(total("Patient?gender=female"), 1);
    assert_eq!(total("Device?patient:missing=true"), 0);
}

#[test]
fn names_match_by_their_start_unless_told_otherwise() {
    let own = Client::new(patient(1)).first("Patient");
    let family = own["name"][0]["family"].as_str().unwrap();
    let (start, end) = family.split_at(4);
    let start = start.to_lowercase();
    for (query, expected) in [
        (format!("family={start}"), 1),
        (format!("name={start}"), 1),
        (format!("family:exact={family}"), 1),
        (format!("family:exact={start}"), 0),
        (format!("family:contains={end}"), 1),
        (format!("family={end}x"), 0),
    ] {
        assert_eq!(total(&format!("Patient?{query}")), expected, "{query}");
    }
}

#[test]
fn a_patient_is_named_by_id_by_reference_or_by_url() {
    let all = total("Observation");
    for form in ["patient-1".into(), "Patient/patient-1".into(), format!("{BASE}/Patient/patient-1")] {
        assert_eq!(total(&format!("Observation?patient={form}")), all, "{form}");
    }
    for other in ["http://other.example/Patient/patient-1", "urn:uuid:patient-1", "Group/patient-1"] {
        assert_eq!(total(&format!("Observation?patient={other}")), 0, "{other}");
    }
    assert_eq!(total("Observation?patient:Patient=patient-1"), all);
    assert_eq!(total("Patient/patient-1/Observation"), all);
}

#[test]
fn pages_lead_to_every_match_once() {
    let client = Client::new(clinician());
    let mut page = client.get("Observation?_count=17");
    let (total, mut seen) = (page.total(), BTreeSet::new());
    loop {
        for resource in page.resources() {
            assert!(seen.insert(resource["id"].as_str().unwrap().to_owned()));
        }
        let Some(next) = page.link("next") else { break };
        page = client.get(&next);
    }
    assert_eq!(seen.len() as u64, total);
    let counted = client.get("Observation?_summary=count");
    assert_eq!((counted.total(), counted.resources().len()), (total, 0));
    client.get("Observation?_count=17&_cursor=bm9uc2Vuc2U").is_refusal(400);
}

#[test]
fn post_searches_find_what_get_finds() {
    let client = Client::new(patient(1));
    let form = "patient=patient-1&category=laboratory";
    let (get, post) = (client.get(&format!("Observation?{form}")), client.post("Observation/_search", form));
    assert_eq!(get.json["entry"], post.json["entry"]);
}

#[test]
fn includes_bring_what_is_referenced_and_what_refers() {
    let client = Client::new(patient(1));
    let kinds = |query: &str| -> BTreeSet<String> {
        let found = client.get(query);
        found.resources().iter().map(|r| r["resourceType"].as_str().unwrap().to_owned()).collect()
    };
    assert!(kinds("MedicationRequest?_include=MedicationRequest:medication").contains("Medication"));
    assert!(kinds("CareTeam?_include=CareTeam:participant").contains("PractitionerRole"));
    assert!(!kinds("CareTeam?_include=CareTeam:participant:Practitioner").contains("PractitionerRole"));
    assert!(kinds("PractitionerRole?_include=PractitionerRole:endpoint").contains("Endpoint"));
    for kind in ["Patient", "Observation", "Condition", "Coverage", "QuestionnaireResponse"] {
        assert!(kinds(&format!("{kind}?_revinclude=Provenance:target")).contains("Provenance"), "{kind}");
    }
    let found = client.get("Patient?_revinclude=Provenance:target");
    assert_eq!(found.total(), 1);
    assert_eq!(found.json["entry"][1]["search"]["mode"], "include");
}

#[test]
fn unknown_parameters_are_left_out_or_refused_as_preferred() {
    let lenient = Client::new(patient(1)).get("Observation?patient=patient-1&colour=red");
    assert!(!lenient.link("self").unwrap().contains("colour"));
    let strict = Client::new(patient(1)).with("prefer".parse().unwrap(), "handling=strict");
    strict.get("Observation?patient=patient-1&colour=red").is_refusal(400);
}

#[test]
fn every_advertised_parameter_finds_something_and_every_type_is_shown() {
    let client = Client::new(clinician());
    let metadata = Client { access: None, faults: none(), headers: HeaderMap::new() }.get("metadata").json;
    assert_eq!(metadata["fhirVersion"], "4.0.1");
    for resource in metadata["rest"][0]["resource"].as_array().unwrap() {
        let kind = resource["type"].as_str().unwrap();
        assert!(client.get(kind).total() > 0, "{kind}");
        for parameter in resource["searchParam"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            let found = client.get(&format!("{kind}?{name}:missing=false&_count=1"));
            assert!(found.total() > 0, "{kind}?{name}");
        }
    }
}

#[test]
fn a_read_carries_its_version_and_a_head_no_body() {
    let client = Client::new(patient(1));
    let read = client.get("Patient/patient-1");
    assert_eq!(read.json["id"], "patient-1");
    assert_eq!(read.headers[header::ETAG], "W/\"1\"");
    assert!(read.headers.contains_key(header::LAST_MODIFIED));
    assert_eq!(read.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(client.get("Patient/patient-1/_history/1").json, read.json);
    client.get("Patient/patient-1/_history/9").is_refusal(404);
    let head = client.send(Method::HEAD, "Patient/patient-1", "");
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
    assert_eq!(head.headers, read.headers);
}

#[test]
fn documents_lead_to_their_attachments() {
    let client = Client::new(patient(1));
    let found = client.get("DocumentReference/$docref?patient=patient-1");
    assert!(found.total() > 1);
    let url = found.resources()[0].pointer("/content/0/attachment/url").and_then(Value::as_str).unwrap().to_owned();
    let path = url.strip_prefix(BASE).unwrap()[1..].to_owned();
    assert_eq!(client.get(&path).json["resourceType"], "Binary");
    let raw = Client::new(patient(1)).with(header::ACCEPT, "text/plain").get(&path);
    assert!(raw.text.starts_with("Note about"));
    assert_eq!(client.get("DocumentReference/$docref?patient=patient-2").total(), 0);
    client.get("DocumentReference/$docref").is_refusal(400);
}

#[test]
fn the_store_knows_names_encounters_and_who_is_a_practitioner() {
    let store = Store::synthesize("harbor", 7);
    let practitioner = store.practitioner_of("clinician-1").unwrap();
    let client = Client::new(clinician());
    assert_eq!(client.get(&format!("Practitioner/{practitioner}")).status, 200);
    assert!(store.practitioner_of("user-1").is_none());
    for patient in 1..=4 {
        let id = format!("patient-{patient}");
        let encounter = client.get(&format!("Encounter/{}", store.encounter_of(&id).unwrap())).json;
        assert_eq!(encounter["subject"]["reference"], format!("Patient/{id}"));
        assert_eq!(encounter["subject"]["display"], store.patient_name(&id).unwrap());
    }
    assert!(store.encounter_of("patient-9").is_none());
}

#[test]
fn a_searchset_without_matches_has_no_entry_at_all() {
    let client = Client::new(patient(1));
    for query in
        ["Condition?code=nothing", "DocumentReference/$docref?patient=patient-1&start=2999", "Goal?_summary=count"]
    {
        let answer = client.get(query);
        assert_eq!((answer.status.as_u16(), answer.json.get("entry")), (200, None), "{query}: {}", answer.text);
    }
}
