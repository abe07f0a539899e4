//! Claims of an id_token.

use super::*;
use crate::smart::{Claims, rebuild};

/// When the token came.
const CAME: i64 = 1_750_000_000;

fn of(payload: Value) -> IdToken {
    let claims = Claims { header: json!({ "alg": "RS256" }), payload, signature: "c2ln".to_owned() };
    IdToken::of(&Grant { id_token: Some(rebuild(&claims)), number: 4, ..granted("openid") }).unwrap()
}

#[test]
fn a_response_without_one_has_none_and_an_opaque_one_says_nothing() {
    assert!(IdToken::of(&granted("openid")).is_none());
    let opaque = IdToken::of(&Grant { id_token: Some("opaque".to_owned()), ..granted("openid") }).unwrap();
    assert!(!opaque.has_algorithm("RS256").met && !opaque.has_subject().met && !opaque.is_for("app").met);
    assert_eq!(opaque.verifies(&json!({ "keys": [] }), 9).observed, "not a JSON Web Token");
}

#[test]
fn a_signature_needs_a_published_key() {
    let seen = of(json!({ "sub": "a" })).verifies(&json!({ "keys": [] }), 9);
    assert_eq!((seen.met, seen.cites), (false, vec![4, 9]));
    assert!(!of(json!({})).without_keys().met);
}

#[test]
fn it_is_from_the_issuer_character_by_character() {
    let own = of(json!({ "iss": "https://a.example.org" }));
    assert!(own.is_from(Some("https://a.example.org")).met);
    assert!(!own.is_from(Some("https://a.example.org/")).met && !own.is_from(None).met);
    assert!(own.has_algorithm("RS256").met && !own.has_algorithm("none").met);
}

#[test]
fn it_is_for_the_app_alone_or_among_others() {
    assert!(of(json!({ "aud": "app" })).is_for("app").met);
    assert!(of(json!({ "aud": ["other", "app"] })).is_for("app").met);
    assert!(!of(json!({ "aud": "application" })).is_for("app").met && !of(json!({})).is_for("app").met);
}

#[test]
fn it_is_current_when_it_came() {
    let times = |exp: i64, iat: i64| of(json!({ "exp": CAME + exp, "iat": CAME + iat }));
    assert!(times(300, 0).expires_after([CAME; 2], 30).met && times(300, -599).issued_at([CAME; 2]).met);
    assert!(times(-29, 0).expires_after([CAME; 2], 30).met && !times(-31, 0).expires_after([CAME; 2], 30).met);
    assert!(!times(0, -700).issued_at([CAME; 2]).met && !times(0, 700).issued_at([CAME; 2]).met);
    assert_eq!(of(json!({ "exp": "soon" })).expires_after([CAME; 2], 30).observed, "no numeric exp");
    assert!(!of(json!({ "iat": i64::MIN })).issued_at([CAME; 2]).met);
    // A time holds if it holds by this machine's clock or by the server's.
    let clocks = [CAME - 900, CAME];
    assert!(times(1, 0).expires_after(clocks, 30).met && times(300, -599).issued_at(clocks).met);
    assert!(!times(-931, -700).expires_after(clocks, 30).met && !times(0, -700).issued_at([CAME + 900, CAME]).met);
}

#[test]
fn a_subject_has_one_to_255_characters() {
    let subject = |length: usize| of(json!({ "sub": "x".repeat(length) })).has_subject();
    assert!(subject(1).met && subject(255).met && !subject(0).met && !subject(256).met);
    assert!(!of(json!({ "sub": "   " })).has_subject().met);
}

#[test]
fn a_nonce_is_told_apart_and_never_shown() {
    let own = of(json!({ "nonce": "n-1" }));
    assert!(own.has_nonce("n-1").met);
    assert_eq!(own.has_nonce("n-2").observed, "another nonce");
    assert_eq!(of(json!({})).has_nonce("n-1").observed, "no nonce");
}

#[test]
fn a_fhir_user_is_a_person_by_relative_or_absolute_url() {
    let user = |claim: &str| of(json!({ "fhirUser": claim })).fhir_user();
    assert_eq!(user("Patient/a").as_deref(), Some("Patient/a"));
    assert_eq!(user("https://a.example.org/r4/Practitioner/b/").as_deref(), Some("Practitioner/b"));
    assert_eq!((user("Device/c"), user("Patient"), user("")), (None, None, None));
    assert!(of(json!({ "fhirUser": "Person/a" })).has_fhir_user().met && !of(json!({})).has_fhir_user().met);
}

#[test]
fn two_people_have_a_subject_and_a_resource_each() {
    let a = of(json!({ "sub": "a", "fhirUser": "Patient/1" }));
    assert!(a.is_of_another_person_than(&of(json!({ "sub": "b", "fhirUser": "Patient/2" }))).met);
    let seen = a.is_of_another_person_than(&of(json!({ "sub": "b", "fhirUser": "Patient/1" })));
    assert_eq!((seen.met, seen.observed.as_str()), (false, "the same fhirUser"));
    // What neither names is the same of nobody.
    assert!(of(json!({})).is_of_another_person_than(&of(json!({}))).met);
}

#[test]
fn introspection_names_the_same_person() {
    let own = of(json!({ "iss": "https://i.test", "sub": "a" }));
    assert!(own.is_introspected(&answer(200, &json!({ "iss": "https://i.test", "sub": "a" }))).met);
    let seen = own.is_introspected(&answer(200, &json!({ "iss": "https://i.test", "sub": "b" })));
    assert_eq!(seen.observed, "differ: sub");
    assert_eq!(own.is_introspected(&answer(200, &json!({}))).observed, "differ: iss, sub");
}
