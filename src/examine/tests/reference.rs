//! Must-support references, and where they lead.

use super::super::Unjudged;
use super::super::reference::{references, supported_targets};
use super::*;
use crate::chart::{Resolution, Resolved};

fn encounter(id: &str, participant: &str) -> Value {
    json!({
        "resourceType": "Encounter", "id": id, "status": "finished",
        "class": { "code": "AMB" }, "subject": { "reference": "Patient/p" },
        "participant": [{ "individual": { "reference": participant } }],
    })
}

/// What is seen of the references of encounters, with what became of each.
fn seen(bodies: &[Value], resolved: &[(&str, Resolution)]) -> Result<Vec<Observation>, Unjudged> {
    let mut record = Record::of(bodies);
    for (reference, resolution) in resolved {
        let own = Resolved { resolution: resolution.clone(), number: Some(42) };
        record.chart.resolved.insert((0, (*reference).to_owned()), own);
    }
    references(Library::embedded(), &record.chart, &group("encounter"), &[FIRST])
}

fn patient() -> (&'static str, Resolution) {
    ("Patient/p", Resolution::Seen("Patient/p".to_owned()))
}

#[test]
fn references_that_lead_to_permitted_types_are_right() {
    let practitioner = ("Practitioner/x", Resolution::Read("Practitioner/x".to_owned()));
    let all = seen(&[encounter("e", "Practitioner/x")], &[patient(), practitioner]).unwrap();
    assert!(all.iter().all(|seen| seen.met), "{all:?}");
    assert!(all[0].observed.starts_with("right: ") && all[0].cites == [FIRST], "{all:?}");
}

#[test]
fn a_reference_to_a_type_that_the_profile_does_not_permit_is_wrong() {
    let device = ("Device/x", Resolution::Read("Device/x".to_owned()));
    let all = seen(&[encounter("e", "Device/x")], &[patient(), device]).unwrap();
    assert!(!all[0].met && all[0].observed.contains("leads to a Device (1 times)"), "{all:?}");
}

#[test]
fn what_is_gone_once_is_a_warning_and_an_element_of_which_all_is_gone_is_wrong() {
    let there = ("Practitioner/x", Resolution::Read("Practitioner/x".to_owned()));
    let gone = ("Practitioner/y", Resolution::Lost(404));
    let both = [encounter("e", "Practitioner/x"), encounter("f", "Practitioner/y")];
    let all = seen(&both, &[patient(), there, gone.clone()]).unwrap();
    assert!(all[0].met && !all[1].met && all[1].strength == Strength::Should, "{all:?}");
    let all = seen(&both[1..], &[patient(), gone]).unwrap();
    assert!(!all[0].met && all[0].observed.contains("leads to status 404"), "{all:?}");
    assert_eq!((all.len(), all[0].cites.as_slice()), (1, [FIRST, 42].as_slice()));
}

#[test]
fn a_contained_resource_is_looked_for_where_it_must_be() {
    let own = encounter("e", "#x");
    let inner = json!([{ "resourceType": "Practitioner", "id": "x" }]);
    assert!(seen(&[with(own.clone(), "contained", inner)], &[patient()]).unwrap()[0].met);
    let all = seen(&[own], &[patient()]).unwrap();
    assert!(!all[0].met && all[0].observed.contains("is not contained"), "{all:?}");
}

#[test]
fn a_target_must_conform_to_a_permitted_profile_somewhere() {
    let practitioner = json!({ "resourceType": "Practitioner", "id": "x", "gender": "any" });
    let led = ("Practitioner/x", Resolution::Seen("Practitioner/x".to_owned()));
    let mut record = Record::of(&[encounter("e", "Practitioner/x"), practitioner]);
    for resource in record.chart.resources.iter_mut().filter(|resource| resource.of == "Practitioner") {
        resource.profiles.clear();
    }
    for (reference, resolution) in [patient(), led] {
        record.chart.resolved.insert((0, reference.to_owned()), Resolved { resolution, number: None });
    }
    let all = references(Library::embedded(), &record.chart, &group("encounter"), &[]).unwrap();
    assert!(!all[0].met && all[0].observed.contains("leads to nothing that conforms to"), "{all:?}");
}

#[test]
fn without_a_reference_that_was_followed_there_is_nothing_to_judge() {
    let all = seen(&[], &[]);
    assert_eq!(all.unwrap_err().0, "no must-support reference in any encounter");
    let why = seen(&[encounter("e", "Practitioner/x")], &[]).unwrap_err();
    assert!(why.0.contains("more references than are followed"), "{why}");
}

#[test]
fn each_marked_target_is_demanded_by_itself() {
    let report = |id: &str, performer: &str| {
        json!({
            "resourceType": "DiagnosticReport", "id": id, "status": "final",
            "category": [{ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v2-0074", "code": "LAB" }] }],
            "subject": { "reference": "Patient/p" }, "performer": [{ "reference": performer }],
        })
    };
    let open = |performers: &[&str]| {
        let reports: Vec<Value> =
            performers.iter().enumerate().map(|(n, performer)| report(&format!("r{n}"), performer)).collect();
        let mut record = Record::of(&reports);
        for performer in performers {
            let at = Resolution::Read((*performer).to_owned());
            record.chart.resolved.insert((0, (*performer).to_owned()), Resolved { resolution: at, number: Some(42) });
        }
        let open = supported_targets(Library::embedded(), &record.chart, &group("diagnostic-report-lab")).open;
        open.into_iter().filter(|what| what.starts_with("performer")).collect::<Vec<_>>()
    };
    assert_eq!(open(&["Organization/o"]), ["performer to us-core-practitioner"]);
    assert_eq!(open(&["Organization/o", "Practitioner/x"]), Vec::<String>::new());
    // Whether the element is there at all is asked elsewhere.
    assert_eq!(open(&[]), Vec::<String>::new());
}
