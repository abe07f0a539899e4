//! Members of JSON documents.

use super::*;

fn document(value: Value) -> Document {
    Document { value, number: 5 }
}

fn smart() -> Document {
    document(json!({
        "issuer": "https://a.example.org", "token_endpoint": "https://a.example.org/token",
        "capabilities": ["launch-ehr", "permission-v2"], "nested": { "list": [] }, "empty": "",
    }))
}

#[test]
fn an_empty_member_is_not_present() {
    for path in ["nested.list", "empty", "nested.other", "nobody"] {
        let seen = smart().is_present(path);
        assert_eq!((seen.met, seen.observed.as_str()), (false, "absent or empty"), "{path}");
    }
    assert!(smart().is_present("issuer").met);
    assert_eq!(smart().is_present("issuer").cites, [5]);
}

#[test]
fn one_of_some_values_means_exactly_one_value() {
    assert!(smart().is_one_of("issuer", &["x", "https://a.example.org"]).met);
    assert!(!smart().is_one_of("capabilities", &["launch-ehr", "permission-v2"]).met);
    assert!(!smart().is_one_of("nobody", &["x"]).met);
}

#[test]
fn a_list_holds_one_value_some_or_all() {
    let own = smart();
    assert!(own.holds("capabilities", "launch-ehr").met && !own.holds("capabilities", "launch").met);
    assert!(own.holds_one_of("capabilities", &["x", "permission-v2"]).met);
    assert!(!own.holds_one_of("capabilities", &["x"]).met);
    assert!(own.lacks("capabilities", "x").met && !own.lacks("capabilities", "launch-ehr").met);
    let each = own.holds_each("capabilities", &["launch-ehr".to_owned(), "x".to_owned()]);
    assert_eq!((each.met, each.observed.as_str()), (false, "missing: x"));
}

#[test]
fn a_canonical_is_the_same_in_every_version() {
    let own = document(json!({ "instantiates": ["https://a.example.org/guide|6.1.0"] }));
    assert!(own.holds_canonical("instantiates", "https://a.example.org/guide").met);
    assert!(!own.holds_canonical("instantiates", "https://a.example.org/gui").met);
}

#[test]
fn endpoints_are_encrypted_but_on_the_machine_itself() {
    let at = |url: &str| document(json!({ "token_endpoint": url, "other": "http://elsewhere.example.org" }));
    assert!(at("https://a.example.org").encrypted().met);
    for local in ["http://127.0.0.1:80/x", "http://localhost/x", "http://[::1]/x"] {
        assert!(at(local).encrypted().met, "{local}");
    }
    let seen = at("http://a.example.org/x").encrypted();
    assert_eq!((seen.met, seen.observed.as_str()), (false, "token_endpoint is http: http://a.example.org/x"));
}

#[test]
fn endpoints_do_not_depend_on_where_the_document_was_found() {
    assert!(smart().absolute().met);
    let seen = document(json!({ "jwks_uri": "/keys", "token_endpoint": "https://a.example.org" })).absolute();
    assert_eq!((seen.met, seen.observed.as_str()), (false, "jwks_uri is not an absolute URL"));
}

#[test]
fn documents_agree_on_a_member_that_both_or_none_have() {
    let other = json!({ "issuer": "https://a.example.org", "jwks_uri": "https://a.example.org/keys" });
    assert!(smart().agrees_with(&other, "issuer").met && smart().agrees_with(&other, "nobody").met);
    assert!(!smart().agrees_with(&other, "jwks_uri").met);
    assert!(smart().has_issuer("https://a.example.org").met && !smart().has_issuer("https://a.example.org/").met);
}

#[test]
fn a_private_part_of_a_key_is_named_not_shown() {
    assert!(document(json!({ "keys": [{ "kty": "RSA", "n": "1", "e": "AQAB" }] })).no_private_part().met);
    let seen = document(json!({ "keys": [{ "kty": "RSA" }, { "kty": "RSA", "d": "secret" }] })).no_private_part();
    assert_eq!((seen.met, seen.observed.as_str()), (false, "keys[1].d"));
}

#[test]
fn each_broken_rule_of_a_schema_is_an_observation() {
    assert!(smart().follows_schema("jwks", Vec::new())[0].met);
    let seen = smart().follows_schema("jwks", vec!["one".to_owned(), "two".to_owned()]);
    assert_eq!(seen.iter().filter(|seen| !seen.met).count(), 2);
}

#[test]
fn addresses_of_another_tenant_are_told_by_what_tells_the_tenants_apart() {
    let url = |text: &str| url::Url::parse(text).unwrap();
    let (this, other) = (url("https://x.test/r4/harbor"), url("https://x.test/r4/meadow"));
    let names = |address: &str| document(json!({ "token_endpoint": address })).leads_not_to(&this, &other);
    assert!(names("https://x.test/auth/meadow/token").met && names("https://x.test/auth/token").met);
    assert!(names("https://login.test/harbor/token").met, "another host has paths of its own");
    assert_eq!(names("https://x.test/auth/harbor/token").observed, "they do: token_endpoint");
    let (this, other) = (url("https://one.test/r4"), url("https://two.test/r4"));
    let names = |address: &str| document(json!({ "token_endpoint": address })).leads_not_to(&this, &other);
    assert!(names("https://login.test/r4/token").met && !names("https://one.test/token").met);
}
