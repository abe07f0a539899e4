//! Patients, scopes and refusals.

use axum::http::{Method, header};

use super::super::table;
use super::{BASE, Client, canaries, clinician, patient, scope};
use crate::tenant::access::Level;

#[test]
fn a_foreign_id_is_answered_as_an_unknown_one() {
    let (a, b) = (Client::new(patient(1)), Client::new(patient(2)));
    let unknown = a.get("Observation/nobody-has-this");
    unknown.is_refusal(404);
    for kind in ["Condition", "Observation", "Encounter", "Binary", "Provenance", "DocumentReference"] {
        let id = b.first(kind)["id"].as_str().unwrap().to_owned();
        assert_eq!(b.get(&format!("{kind}/{id}")).status, 200, "{kind}");
        for path in [format!("{kind}/{id}"), format!("{kind}/{id}/_history/1")] {
            let refused = a.get(&path);
            refused.is_refusal(404);
            assert_eq!(refused.text, unknown.text);
            assert_eq!(refused.headers, unknown.headers);
        }
    }
    a.get("Patient/patient-2").is_refusal(404);
}

#[test]
fn no_search_of_any_type_shows_or_counts_another_patient() {
    let (a, foreign) = (Client::new(patient(1)), canaries(2));
    for kind in table::types().keys() {
        for query in [
            "",
            "?patient=patient-2",
            "?patient=Patient/patient-2",
            "?patient=patient-1,patient-2",
            "?patient=",
            "?_revinclude=*:*&_include=*",
            "?_summary=count",
            "?_count=100&subject=Patient/patient-2",
        ] {
            let found = a.get(&format!("{kind}{query}"));
            assert!(found.status == 200, "{kind}{query} {}", found.text);
            assert!(!foreign.iter().any(|c| found.text.contains(c.as_str())), "{kind}{query}");
        }
    }
    for empty in ["Observation?patient=patient-2", "Patient?_id=patient-2", "Patient/patient-2/Observation"] {
        assert_eq!(a.get(empty).total(), 0, "{empty}");
    }
    assert_eq!(a.get(&format!("Patient?identifier={}", foreign[1])).total(), 0);
    assert_eq!(a.get("Patient?birthdate=gt1900").total(), 1);
    assert_eq!(a.post("Observation/_search", "patient=patient-2").total(), 0);
    assert_eq!(a.post("Observation/_search?patient=patient-1", "patient=patient-2").total(), 0);
}

#[test]
fn shared_resources_do_not_lead_to_other_patients() {
    let (a, foreign) = (Client::new(patient(1)), canaries(2));
    for query in [
        "Practitioner?_revinclude=Encounter:participant&_revinclude=Observation:performer&_revinclude=Provenance:agent",
        "Organization?_revinclude=Patient:organization",
        "Location?_revinclude=Encounter:location",
        "Medication?_revinclude=MedicationRequest:medication",
    ] {
        let found = a.get(query);
        assert!(found.resources().len() as u64 > found.total(), "{query}");
        assert!(!foreign.iter().any(|c| found.text.contains(c.as_str())), "{query}");
    }
}

#[test]
fn a_clinician_sees_every_patient_and_a_portal_user_only_oneself() {
    assert_eq!(Client::new(clinician()).get("Patient").total(), 4);
    let mut own = patient(3);
    own.patient = None;
    own.scopes = vec![scope(Level::User, "*", "rs")];
    let found = Client::new(own).get("Patient");
    assert_eq!(found.total(), 1);
    assert_eq!(found.resources()[0]["id"], "patient-3");
}

#[test]
fn reads_need_r_and_searches_need_s() {
    let id = Client::new(patient(1)).first("Condition")["id"].as_str().unwrap().to_owned();
    for (letters, read, search) in [("r", 200, 403), ("s", 403, 200), ("rs", 200, 200)] {
        let mut access = patient(1);
        access.scopes = vec![scope(Level::Patient, "Condition", letters)];
        let client = Client::new(access);
        assert_eq!(client.get(&format!("Condition/{id}")).status, read, "{letters}");
        assert_eq!(client.get("Condition").status, search, "{letters}");
        let refused = client.get("Observation?patient=patient-1");
        refused.is_refusal(403);
        assert!(refused.headers[header::WWW_AUTHENTICATE].to_str().unwrap().contains("insufficient_scope"));
        assert!(!client.get("Condition?_include=Condition:encounter").text.contains("\"resourceType\":\"Encounter\""));
    }
}

#[test]
fn a_granular_scope_restricts_reads_searches_and_includes() {
    let all = Client::new(patient(1));
    let mut access = patient(1);
    let mut granular = scope(Level::Patient, "Observation", "rs");
    let laboratory = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
    granular.query = vec![("category".into(), laboratory.into())];
    access.scopes = vec![granular, scope(Level::Patient, "DiagnosticReport", "rs")];
    let narrow = Client::new(access);
    let (some, every) = (narrow.get("Observation"), all.get("Observation"));
    assert!(some.total() > 0 && some.total() < every.total());
    let vital = all.get("Observation?category=vital-signs").resources()[0]["id"].as_str().unwrap().to_owned();
    narrow.get(&format!("Observation/{vital}")).is_refusal(404);
    let lab = some.resources()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(narrow.get(&format!("Observation/{lab}")).status, 200);
    let with = narrow.get("DiagnosticReport?_include=DiagnosticReport:result");
    assert!(with.text.contains("2951-2") && !with.text.contains("19005-8"));
}

#[test]
fn a_page_link_works_for_its_own_token_only() {
    let next = Client::new(patient(1)).get("Observation?_count=2").link("next").unwrap();
    assert_eq!(Client::new(patient(1)).get(&next).status, 200);
    Client::new(patient(2)).get(&next).is_refusal(400);
}

#[test]
fn every_refusal_is_an_operation_outcome_with_its_status() {
    let client = Client::new(patient(1));
    for (method, target, status) in [
        (Method::GET, "Nonsense/1", 404),
        (Method::GET, "Nonsense?x=1", 404),
        (Method::POST, "", 405),
        (Method::GET, "?_type=Observation", 400),
        (Method::PUT, "Patient/patient-1", 405),
        (Method::DELETE, "Patient/patient-1", 405),
        (Method::POST, "Observation", 405),
        (Method::GET, "Observation?date=notadate", 400),
        (Method::GET, "Observation?_count=-1", 400),
        (Method::GET, "Observation?category=%7C%7C%7C", 400),
        (Method::GET, "Patient?birthdate=2024-13-45", 400),
        (Method::GET, "Patient?_has:Observation:patient:code=1", 400),
        (Method::GET, "Condition?encounter.class=AMB", 400),
        (Method::GET, "Patient/patient-1?_format=xml", 406),
        (Method::GET, "Patient/patient-1/$everything", 404),
        (Method::GET, "Patient/%ff%fe", 400),
        (Method::GET, "_history", 404),
        (Method::POST, "metadata", 405),
        (Method::POST, "Observation/_search", 200),
    ] {
        let answered = client.send(method.clone(), target, "");
        if status == 200 {
            assert_eq!(answered.status, 200);
        } else {
            answered.is_refusal(status);
            assert!(answered.headers.contains_key(header::CACHE_CONTROL), "{method} {target}");
        }
    }
    Client::new(patient(1)).with(header::ACCEPT, "application/fhir+xml").get("Patient/patient-1").is_refusal(406);
    Client::new(patient(1))
        .with(header::CONTENT_TYPE, "application/json")
        .send(Method::POST, "Observation/_search", "{}")
        .is_refusal(415);
    assert!(BASE.ends_with("harbor"));
}
