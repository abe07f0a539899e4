//! Each fault shows its defect.

use super::{Client, canaries, faulty, patient, scope};
use crate::tenant::access::Level;

#[test]
fn every_leak_shows_another_patient_on_its_interaction_only() {
    let b = Client::new(patient(2));
    let id = b.first("Condition")["id"].as_str().unwrap().to_owned();
    let foreign = canaries(2);
    let requests = [
        ("read", "Patient/patient-2".to_owned()),
        ("read-clinical", format!("Condition/{id}")),
        ("vread", "Patient/patient-2/_history/1".to_owned()),
        ("search", "Condition?patient=patient-2".to_owned()),
        ("reference-forms", "Condition?patient=Patient/patient-2".to_owned()),
        ("multi-or", "Condition?patient=patient-1,patient-2".to_owned()),
        ("missing-patient", "Condition?patient=".to_owned()),
        ("id", format!("Condition?_id={id}")),
        ("identifier", format!("Patient?identifier={}", foreign[1])),
        ("demographics", "Patient?birthdate=gt1900".to_owned()),
        ("compartment", "Patient/patient-2/Condition".to_owned()),
        ("revinclude", "Location?_id=LOCATION&_revinclude=Encounter:location".to_owned()),
        ("include", "Observation?patient=patient-1&_include=Observation:has-member".to_owned()),
        ("canary", "Condition?patient=patient-1".to_owned()),
    ];
    let location = b.first("Location")["id"].as_str().unwrap().to_owned();
    for (fault, _) in &requests {
        let client = faulty(patient(1), &format!("leak:{fault}"));
        for (kind, request) in &requests {
            let answered = client.get(&request.replace("LOCATION", &location));
            // The self link may repeat what was asked.
            let bundle = answered.json["resourceType"] == "Bundle";
            let shown = if bundle { answered.json["entry"].to_string() } else { answered.text.clone() };
            let leaks = foreign.iter().any(|c| shown.contains(c.as_str()));
            assert_eq!(leaks, kind == fault, "leak:{fault} on {request}");
        }
    }
    let posted = faulty(patient(1), "leak:post-search").post("Condition/_search", "patient=patient-2");
    assert!(posted.total() > 0);
    let counted = faulty(patient(1), "leak:total").get("Patient?_summary=count");
    assert_eq!(counted.total(), 4);
}

#[test]
fn faults_of_data_touch_their_profile_only() {
    let sound = Client::new(patient(1));
    let observation = |code: &str| sound.get(&format!("Observation?code={code}")).resources()[0].clone();
    let (bmi, pulse) = (observation("39156-5"), observation("8867-4"));
    let path = |o: &serde_json::Value| format!("Observation/{}", o["id"].as_str().unwrap());
    let unread = faulty(patient(1), "read.fails:us-core-bmi");
    unread.get(&path(&bmi)).is_refusal(404);
    assert_eq!(unread.get(&path(&pulse)).json, pulse);
    let dropped = faulty(patient(1), "data.drop:us-core-bmi.value[x]");
    assert!(dropped.get(&path(&bmi)).json.get("valueQuantity").is_none());
    assert_eq!(dropped.get(&path(&pulse)).json, pulse);
    let coded = faulty(patient(1), "data.code:us-core-bmi.code").get(&path(&bmi)).json;
    assert_eq!(coded["code"]["coding"][0]["code"], "probity-invented");
    let twice = faulty(patient(1), "data.twice:us-core-bmi.status").get(&path(&bmi)).json;
    assert_eq!(twice["status"], serde_json::json!(["final", "final"]));
    let lost = faulty(patient(1), "data.reference:us-core-bmi.subject").get(&path(&bmi)).json;
    assert_eq!(lost["subject"]["reference"], "Patient/probity-nowhere");
}

#[test]
fn faults_of_searches_misread_one_form_only() {
    let total = |fault: &str, request: &str| faulty(patient(1), fault).get(request).total();
    let sound = |request: &str| Client::new(patient(1)).get(request).total();
    let (bare, full) = ("Observation?code=8867-4", "Observation?code=http://loinc.org|8867-4");
    assert_eq!(total("search.token:Observation.code.bare", bare), 0);
    assert_eq!(total("search.token:Observation.code.bare", full), sound(full));
    assert_eq!(total("search.token:Observation.code.system", full), 0);
    let either = "Observation?code=8867-4,39156-5";
    assert_eq!(total("search.or:Observation.code", either), sound(bare));
    assert_eq!(total("search.ignore:Observation.code", bare), sound("Observation"));
    assert_eq!(total("search.patient-form:Condition", "Condition?patient=Patient/patient-1"), 0);
    assert_eq!(
        total("bundle:Condition.total", "Condition?patient=patient-1"),
        sound("Condition?patient=patient-1") + 1
    );
}

#[test]
fn faults_of_the_list_have_an_id_a_text_and_scenarios() {
    let list: toml::Table = include_str!("../../faults/fhir.toml").parse().unwrap();
    let faults = list["fault"].as_array().unwrap();
    assert!(faults.len() >= 30);
    for fault in faults {
        assert!(!fault["what"].as_str().unwrap().is_empty());
        // What gets no answer could not be tested, and so breaks nothing.
        let silent = fault["id"].as_str().unwrap().ends_with(".no-answer");
        assert_eq!(fault["breaks"].as_array().unwrap().is_empty(), silent, "{fault}");
    }
}

#[test]
fn an_encounter_can_be_given_another_subject() {
    let id = Client::new(patient(1)).first("Encounter")["id"].as_str().unwrap().to_owned();
    let read = faulty(patient(1), "encounter.subject-swapped").get(&format!("Encounter/{id}"));
    assert_eq!(read.json["subject"]["reference"], "Patient/patient-3");
}

#[test]
fn faults_on_scopes_open_one_door_each() {
    let mut access = patient(1);
    access.scopes = vec![scope(Level::Patient, "Condition", "rs")];
    let id = Client::new(patient(1)).first("Encounter")["id"].as_str().unwrap().to_owned();
    let read = format!("Encounter/{id}");
    let requests = [
        ("scope.read-unchecked", read.as_str()),
        ("scope.search-unchecked", "Encounter?patient=patient-1"),
        ("scope.include-unchecked", "Condition?_include=Condition:encounter"),
    ];
    for (fault, _) in requests {
        for (kind, request) in requests {
            let text = faulty(access.clone(), fault).get(request).text;
            assert_eq!(text.contains("\"resourceType\":\"Encounter\""), kind == fault, "{fault} on {request}");
        }
    }
}

#[test]
fn faults_on_elements_and_parameters_touch_what_they_name() {
    let dropped = faulty(patient(1), "data.drop:us-core-patient.name");
    assert!(dropped.get("Patient/patient-1").json.get("name").is_none());
    assert!(dropped.get("Patient").resources()[0].get("name").is_none());
    assert!(dropped.get("RelatedPerson").resources()[0].get("name").is_some());
    let ignoring = faulty(patient(1), "search.ignore:Observation.code");
    assert_eq!(ignoring.get("Observation?code=39156-5").total(), ignoring.get("Observation").total());
    assert!(ignoring.get("Condition?code=233604007").total() < ignoring.get("Condition").total());
    let hidden = faulty(patient(2), "control.b-invisible");
    hidden.get("Patient/patient-2").is_refusal(404);
}
