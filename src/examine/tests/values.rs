//! Which searches are made.

use super::*;

fn plan(record: &Record, parameters: &[&str]) -> Vec<Query> {
    let plan = record.basis().plan_for_group(&group("condition-problems-health-concerns"), parameters);
    plan.expect("a search").queries
}

#[test]
fn the_values_that_tell_most_are_searched_for() {
    let unknown = with(
        condition("a", "1"),
        "code",
        json!({ "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", "code": "UNK" }] }),
    );
    let record = Record::of(&[unknown, condition("b", "22")]);
    let queries = plan(&record, &["patient", "code"]);
    assert_eq!(queries[0].value("patient"), Some("p"));
    assert_eq!(queries[0].value("code"), Some("http://snomed.info/sct|22"));
}

#[test]
fn a_parameter_that_could_be_overlooked_unnoticed_gets_a_search_for_what_nothing_has() {
    let alone = plan(&Record::of(&[condition("a", "1")]), &["patient", "code"]);
    assert_eq!(alone.iter().map(|query| query.counter).collect::<Vec<_>>(), [false, true]);
    assert_eq!(alone[1].label, "another code");
    assert_eq!(alone[1].value("code"), Some("http://snomed.info/sct|probity-none"));
    // Another resource that the code alone keeps out tells as much.
    let two = plan(&Record::of(&[condition("a", "1"), condition("b", "2")]), &["patient", "code"]);
    assert_eq!(two.len(), 1);
}

#[test]
fn a_status_that_nothing_has_is_one_that_there_is() {
    let queries = plan(&Record::of(&[condition("a", "1")]), &["patient", "clinical-status"]);
    let (own, other) = (queries[0].value("clinical-status").unwrap(), queries[1].value("clinical-status").unwrap());
    assert!(own.ends_with("active") && queries[1].counter);
    assert!(!other.ends_with("|active") && other != "active" && !other.contains("probity"), "{other}");
}

#[test]
fn a_reference_is_also_asked_for_as_an_id_alone() {
    let own = with(condition("a", "1"), "encounter", json!({ "reference": "Encounter/e" }));
    let queries = plan(&Record::of(&[own]), &["patient", "encounter"]);
    assert_eq!(queries[0].value("encounter"), Some("Encounter/e"));
    let by_id = queries.iter().find(|query| query.label == "encounter as an id alone").expect("one by id");
    assert_eq!((by_id.value("encounter"), by_id.value("patient")), (Some("e"), Some("p")));
}

#[test]
fn no_search_is_made_by_what_is_not_known_or_was_never_meant() {
    let group = group("condition-problems-health-concerns");
    let record = Record::of(&[condition("a", "1")]);
    assert!(record.basis().plan_for_group(&group, &["patient", "onset-date"]).is_none());
    let mistaken = json!({ "coding": [{ "code": "entered-in-error" }] });
    let record = Record::of(&[with(condition("a", "1"), "verificationStatus", mistaken)]);
    assert!(record.basis().plan_for_group(&group, &["patient", "code"]).is_none());
}

#[test]
fn a_gathering_search_is_under_examination_where_it_failed_or_brought_strays() {
    let group = group("condition-problems-health-concerns");
    let own = condition("a", "1");
    let of_another = with(condition("b", "1"), "subject", json!({ "reference": "Patient/q" }));
    let gathered = |shown: &Value, pages: Pages| {
        let record = Record::of(std::slice::from_ref(shown)).gathered("Condition", pages);
        record.basis().gathered(&group, &["patient"])
    };
    let right = gathered(&own, pages(&[searchset_of(std::slice::from_ref(&own))]));
    assert!(right.broken.is_empty() && right.untested.is_none());
    assert_eq!(right.numbers, [PAGE]);
    assert_eq!(gathered(&own, refused(500)).broken.len(), 1);
    assert_eq!(gathered(&of_another, pages(&[searchset_of(&[of_another.clone()])])).broken.len(), 1);
    let endless = Pages { end: End::Endless, ..pages(&[searchset_of(&[])]) };
    assert!(gathered(&own, endless).untested.is_some());
}

#[test]
fn a_broken_gathering_search_names_its_patient_where_there_are_several() {
    let group = group("condition-problems-health-concerns");
    let record = Record::of(&[]).gathered("Condition", refused(403)).person("q", "patient/*.rs");
    assert_eq!(record.basis().gathered(&group, &["patient"]).broken[0].query.label, "patient of user user-p");
    let alone = Record::of(&[]).gathered("Condition", refused(403));
    assert_eq!(alone.basis().gathered(&group, &["patient"]).broken[0].query.label, "");
}
