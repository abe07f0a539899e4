//! Answers of the introspection endpoint.

use super::super::introspection::*;
use super::*;
use std::time::Duration;

fn said(body: &Value) -> Answer {
    answer(200, body)
}

#[test]
fn inactive_is_the_boolean_with_success_and_nothing_else() {
    assert!(is_inactive(&said(&json!({ "active": false }))).met);
    for wrong in [json!({ "active": "false" }), json!({ "active": true }), json!({ "active": 0 }), json!({})] {
        assert!(!is_inactive(&said(&wrong)).met, "{wrong}");
    }
    assert!(!is_inactive(&answer(400, &json!({ "active": false }))).met);
    assert_eq!(is_inactive(&said(&json!({ "active": "false" }))).observed, "status 200 with `active` as a text");
    assert!(tells_nothing_else(&said(&json!({ "active": false }))).met);
    assert_eq!(tells_nothing_else(&said(&json!({ "active": false, "sub": "a" }))).observed, "also sub");
}

#[test]
fn active_is_seen_in_whatever_form_it_is_written() {
    for active in [json!(true), json!("true"), json!(1)] {
        assert!(is_active(&said(&json!({ "active": active }))));
    }
    assert!(!is_active(&answer(401, &json!({ "active": true }))) && !is_active(&said(&json!({ "active": "false" }))));
}

#[test]
fn who_may_not_ask_is_turned_away_and_a_bad_question_is_not() {
    assert!(turns_away(&answer(401, &json!({}))) && turns_away(&answer(403, &json!({}))));
    assert!(turns_away(&answer(400, &json!({ "error": "invalid_client" }))));
    assert!(!turns_away(&answer(400, &json!({ "error": "invalid_request" }))) && !turns_away(&said(&json!({}))));
    assert!(is_refused(&answer(401, &json!({}))).met && !is_refused(&said(&json!({ "active": false }))).met);
}

#[test]
fn whose_a_token_is_has_three_names() {
    assert!(tells_no_person(&said(&json!({ "active": true, "scope": "openid", "patient": "p" }))).met);
    assert_eq!(tells_no_person(&said(&json!({ "fhirUser": "Patient/1", "sub": "a" }))).observed, "sub, fhirUser");
}

#[test]
fn it_says_what_the_token_response_said() {
    let own = Grant { patient: Some("p".to_owned()), ..granted("openid patient/Patient.rs") };
    let told = json!({ "client_id": "app", "scope": "patient/Patient.rs openid", "patient": "p" });
    assert!(has_context_of(&said(&told), "app", &own).met, "the order of scopes says nothing");
    let other = with(with(told, "patient", json!("q")), "scope", json!("openid"));
    assert_eq!(has_context_of(&said(&other), "app", &own).observed, "differ: scope, patient");
    assert!(!has_context_of(&said(&json!({})), "app", &granted("")).met);
}

#[test]
fn the_end_is_the_one_that_was_told_give_or_take() {
    const NOW: i64 = 1_750_000_000;
    let own = Grant { expires_in: Some(300), ..granted("openid") };
    let seen =
        |end: i64| ends_as_told(&said(&json!({ "exp": NOW + end })), &own, Duration::from_secs(10), [NOW; 2]).unwrap();
    assert!(seen(300).met && seen(265).met && seen(340).met);
    assert_eq!(seen(100).observed, "it ends 200 s earlier than expires_in says");
    assert_eq!(seen(3900).observed, "it ends 3600 s later than expires_in says");
    assert!(ends_as_told(&said(&json!({})), &own, Duration::ZERO, [NOW; 2]).is_none());
    let endless = Grant { expires_in: None, ..granted("openid") };
    assert!(ends_as_told(&said(&json!({ "exp": NOW })), &endless, Duration::ZERO, [NOW; 2]).is_none());
    // The ends of all time are no reason to break.
    let far = Grant { expires_in: Some(u64::MAX), ..granted("openid") };
    assert!(ends_as_told(&said(&json!({ "exp": i64::MIN })), &far, Duration::ZERO, [NOW; 2]).is_none());
    assert!(!seen(i64::MAX - NOW).met);
}
