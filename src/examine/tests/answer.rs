//! One answer: status, headers, and what its body gives.

use super::super::answer::*;
use super::super::refusal::{no_answer, unserved};
use super::*;

fn bundle(entries: &[Value]) -> Answer {
    let entries: Vec<Value> = entries.iter().map(|body| json!({ "resource": body })).collect();
    answer(200, &json!({ "resourceType": "Bundle", "type": "searchset", "entry": entries }))
}

#[test]
fn any_of_the_named_statuses_will_do() {
    let lost = answer(404, &Value::Null);
    assert!(status(&lost, "404, 410 or 403").met && status(&lost, "404").met);
    let seen = status(&lost, "410 or 403");
    assert_eq!((seen.met, seen.observed.as_str(), seen.cites), (false, "status 404", vec![PAGE]));
}

#[test]
fn a_media_type_is_compared_without_its_parameters() {
    let own = answer(200, &json!({}));
    assert!(content_type(&own, r#""application/json" or "application/fhir+json""#).met);
    assert!(!content_type(&own, r#""application/json""#).met);
}

#[test]
fn a_header_is_searched_for_words_in_any_case() {
    let own = answer(200, &json!({}));
    assert!(header(&own, "content-type", r#""UTF-8""#).met);
    assert!(!header(&own, "content-type", r#""latin1""#).met);
    assert_eq!(header(&own, "etag", r#""1""#).observed, "no header etag");
}

#[test]
fn a_body_is_named_without_its_content() {
    assert_eq!(kind_of(&answer(200, &json!({ "resourceType": "Patient", "id": "a" }))), "a resource Patient");
    assert_eq!(kind_of(&answer(200, &json!({ "resourceType": "<secret 1>" }))), "JSON without a resourceType");
    assert!(is_object(&answer(200, &json!({}))).met && !is_object(&answer(200, &json!([]))).met);
    assert!(is_searchset(&bundle(&[])).met && !is_searchset(&answer(200, &json!({}))).met);
}

#[test]
fn the_same_type_with_another_id_is_another_resource() {
    let own = answer(200, &json!({ "resourceType": "Patient", "id": "a" }));
    assert!(is_that_resource(&own, "Patient", "a").met);
    assert_eq!(is_that_resource(&own, "Patient", "b").observed, "a Patient with another id");
    assert_eq!(is_that_resource(&own, "Encounter", "a").observed, "a resource Patient");
}

#[test]
fn access_is_denied_where_no_record_content_comes_whatever_the_status() {
    let met = |answer: &Answer| denied(answer)[0].met;
    let outcome = json!({ "resourceType": "OperationOutcome" });
    assert!(met(&answer(200, &outcome)) && met(&answer(401, &Value::Null)) && met(&bundle(&[outcome])));
    assert!(!met(&answer(200, &condition("a", "1"))) && !met(&answer(403, &condition("a", "1"))));
    assert_eq!(denied(&bundle(&[condition("a", "1")]))[0].observed, "status 200 with a Bundle with 1 resources");
}

#[test]
fn a_success_without_a_resource_is_no_refusal_and_an_empty_searchset_is_a_weak_one() {
    let second = |answer: &Answer| denied(answer).get(1).map(|seen| (seen.met, seen.strength));
    let outcome = json!({ "resourceType": "OperationOutcome" });
    assert_eq!(second(&answer(200, &outcome)), Some((false, Strength::Shall)));
    assert_eq!(second(&bundle(&[])), Some((false, Strength::Should)));
    assert_eq!(second(&answer(404, &outcome)), None);
}

#[test]
fn what_the_server_does_not_serve_or_breaks_on_says_nothing() {
    for status in [408, 425, 429, 503, 500, 502] {
        assert!(no_answer(&answer(status, &Value::Null)).is_some(), "{status}");
    }
    for status in [200, 400, 401, 403, 404, 501] {
        assert!(no_answer(&answer(status, &Value::Null)).is_none(), "{status}");
    }
    let error = json!({ "error": "invalid_grant" });
    assert!(no_answer(&answer(500, &error)).is_none() && no_answer(&answer(503, &error)).is_some());
    for broken in ["server_error", "temporarily_unavailable"] {
        assert!(no_answer(&answer(500, &json!({ "error": broken }))).is_some(), "{broken}");
    }
    assert!(unserved(&answer(500, &Value::Null)).is_none() && unserved(&answer(429, &error)).is_some());
}

#[test]
fn one_type_in_a_bundle_is_counted_alone() {
    let both = bundle(&[condition("a", "1"), json!({ "resourceType": "Patient", "id": "p" })]);
    assert_eq!((count_of(&both, "Condition"), count_of(&both, "Goal")), (1, 0));
    assert!(!gives_none_of(&both, "Condition").met && gives_none_of(&both, "Goal").met);
}

#[test]
fn a_subject_is_the_patient_by_relative_or_absolute_reference() {
    let about = |subject: Value| is_about(&answer(200, &json!({ "subject": subject })), "p");
    assert!(about(json!({ "reference": "Patient/p" })).met);
    assert!(about(json!({ "reference": "https://fhir.example.org/r4/Patient/p" })).met);
    assert_eq!(about(json!({ "reference": "Patient/q" })).observed, "another patient");
    assert_eq!(about(Value::Null).observed, "no subject");
}

fn document(status: &str, patient: &str) -> Value {
    json!({ "resourceType": "DocumentReference", "status": status,
        "subject": { "reference": format!("https://example.org/fhir/Patient/{patient}") } })
}

#[test]
fn what_comes_with_the_documents_of_docref_is_not_one_of_them() {
    let with = [document("current", "a"), json!({ "resourceType": "Practitioner" })];
    assert!(current_documents(&bundle(&with), "a").unwrap().met);
    assert_eq!(current_documents(&bundle(&with[1..]), "a").unwrap_err().cites, [PAGE]);
    assert!(!current_documents(&answer(200, &json!({})), "a").unwrap().met);
}

#[test]
fn documents_that_are_not_current_or_of_another_patient_are_counted() {
    let all = [document("current", "a"), document("superseded", "a"), document("current", "b")];
    let seen = current_documents(&bundle(&all), "a").unwrap();
    assert_eq!((seen.met, seen.observed.as_str()), (false, "3 documents, 2 others"));
}

#[test]
fn a_page_of_another_origin_reads_with_credentials_only_where_both_headers_say_so() {
    let with = |pairs: &[(&str, &str)]| {
        let headers = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Answer::new(PAGE, url::Url::parse("https://fhir.example.org/r4/any").unwrap(), 200, headers, Vec::new())
    };
    let (origin, credentials) = ("access-control-allow-origin", "access-control-allow-credentials");
    let reflected = with(&[(origin, "https://app.attacker.example"), (credentials, "true")]);
    assert_eq!(is_unread_with_credentials(&reflected).observed, "https://app.attacker.example may, with credentials");
    assert!(!is_unread_with_credentials(&with(&[(origin, "null"), (credentials, "true")])).met);
    // A browser does not take a star for it.
    assert!(is_unread_with_credentials(&with(&[(origin, "*"), (credentials, "true")])).met);
    assert!(is_unread_with_credentials(&with(&[(origin, "https://app.example")])).met);
    assert!(is_unread_with_credentials(&with(&[])).met && is_unread(&with(&[])).met);
    assert!(!is_unread(&with(&[(origin, "*")])).met);
}
