//! Answers of the token endpoint.

use super::super::token::refused;
use super::super::token::*;
use super::*;

fn token(more: Value) -> Answer {
    let mut body = json!({ "access_token": "t", "token_type": "Bearer", "scope": "patient/Patient.rs" });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    answer(200, &body)
}

fn error(status: u16, code: &str) -> Answer {
    answer(status, &json!({ "error": code }))
}

#[test]
fn a_token_is_issued_with_success_and_an_access_token() {
    assert!(issued(&token(json!({}))).met);
    assert!(!issued(&error(400, "invalid_grant")).met && !issued(&answer(200, &json!({}))).met);
}

#[test]
fn a_token_of_any_kind_is_one_whatever_the_status() {
    for name in ["access_token", "refresh_token", "id_token"] {
        let seen = none_issued(&answer(400, &json!({ name: "t" })));
        assert!(!seen[0].met && seen[0].observed == format!("status 400 with {name}"), "{seen:?}");
    }
    assert!(none_issued(&error(400, "invalid_grant")).iter().all(|seen| seen.met));
}

#[test]
fn neither_a_servers_error_nor_an_empty_success_is_a_refusal() {
    for status in [200, 500] {
        let seen = none_issued(&answer(status, &json!({})));
        assert!(seen[0].met && !seen[1].met && seen[1].strength == Strength::Shall, "{status}");
    }
}

#[test]
fn a_refusal_has_one_of_the_statuses_and_errors() {
    let (statuses, errors) = (["400", "401"], ["invalid_grant", "invalid_request"]);
    assert!(refused(&error(400, "invalid_grant"), &statuses, &errors).met);
    assert!(!refused(&error(403, "invalid_grant"), &statuses, &errors).met);
    assert!(!refused(&error(400, "server_error"), &statuses, &errors).met);
    let seen = refused(&answer(400, &json!({})), &statuses, &errors);
    assert_eq!(seen.expected, r#"400 or 401 with error "invalid_grant" or "invalid_request""#);
    assert_eq!(seen.observed, "400 without an error code");
}

#[test]
fn a_client_that_authenticates_may_always_be_told_so() {
    assert!(refused(&error(401, "invalid_client"), &["400"], &["invalid_grant"]).met);
    assert!(!refused(&error(400, "invalid_client"), &["400"], &["invalid_grant"]).met);
}

#[test]
fn a_token_without_the_scope_gives_no_access_as_an_error_does() {
    assert!(gives_no_access(&token(json!({})), "Condition").met);
    assert!(!gives_no_access(&token(json!({ "scope": "patient/*.rs" })), "Condition").met);
    assert!(gives_no_access(&error(400, "invalid_scope"), "Condition").met);
}

#[test]
fn a_refresh_token_is_rotated_when_another_one_comes() {
    let seen = |more: Value| rotated(&token(more), Some("r-1")).observed;
    assert_eq!(seen(json!({ "refresh_token": "r-2" })), "another refresh token");
    assert_eq!(seen(json!({ "refresh_token": "r-1" })), "the same refresh token");
    assert_eq!(seen(json!({})), "no refresh token");
    assert!(rotated(&token(json!({ "refresh_token": "r-2" })), Some("r-1")).met);
}

#[test]
fn a_response_has_a_member_with_a_value_and_shows_names_only() {
    let own = Grant {
        response: json!({ "access_token": "secret", "patient": "", "need_patient_banner": false }),
        ..granted("")
    };
    assert!(has_member(&own, "need_patient_banner").met && !has_member(&own, "patient").met);
    assert!(!has_member(&own, "encounter").observed.contains("secret"));
}

#[test]
fn the_patient_in_context_is_the_configured_one() {
    let own = Grant { patient: Some("p".to_owned()), ..granted("") };
    assert!(has_context(&own, "a", "p").met);
    assert_eq!(has_context(&own, "a", "q").observed, "another patient");
    assert_eq!(has_context(&granted(""), "a", "p").observed, "no patient in the token response");
}

#[test]
fn granted_scopes_are_stated_and_no_wider_than_those_asked_for() {
    assert!(within(&granted("patient/Patient.r"), "patient/Patient.rs").met);
    assert!(!within(&granted("patient/*.r"), "patient/Patient.rs").met);
    assert!(!within(&granted("patient/Patient.rs"), "patient/Patient.r").met);
    let unstated = Grant { scope_stated: false, ..granted("patient/Patient.r") };
    assert_eq!(within(&unstated, "patient/Patient.rs").observed, "no scope in the token response");
    assert!(covers_nothing_of(&granted("patient/Patient.rs"), "Goal").met);
    assert!(!covers_nothing_of(&granted("patient/*.s"), "Goal").met);
}

#[test]
fn the_life_of_a_token_is_what_its_response_and_its_claims_say() {
    let of = |more: Value| {
        let seen = ends_within(&Grant::read(&token(more), "").unwrap(), 3600);
        (seen.met, seen.observed)
    };
    assert_eq!(of(json!({ "expires_in": 3600 })), (true, "3600 s".to_owned()));
    assert_eq!(of(json!({ "expires_in": 3600.0 })), (true, "3600 s".to_owned()));
    assert_eq!(of(json!({ "expires_in": 3601 })), (false, "3601 s".to_owned()));
    for none in [json!(-5), json!("3600"), json!(1.5), json!(null)] {
        assert_eq!(of(json!({ "expires_in": none })), (false, "nobody says when it ends".to_owned()));
    }
}
