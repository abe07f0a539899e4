//! Every attack alters one thing of a correct request, needs what it says, and has words of its own.

use super::*;
use crate::smart::{Ask, Carriage, Claims, Grant, TokenRequest, peek, rebuild};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;
use url::Url;

type Pairs = Vec<(String, String)>;

fn pairs(text: &str) -> Pairs {
    text.split(' ').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
}

/// What a person would call one thing: parameters that have a meaning only together.
fn thing(parameter: &str) -> &str {
    match parameter {
        "client_id" | "client_secret" | "basic" => "client authentication",
        "code_challenge" | "code_challenge_method" => "PKCE",
        other => other,
    }
}

fn differ(before: &Pairs, after: &Pairs) -> BTreeSet<String> {
    let of = |pairs: &Pairs| {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        pairs.iter().for_each(|(name, value)| all.entry(name.clone()).or_default().push(value.clone()));
        all
    };
    let (before, after) = (of(before), of(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    changed.map(|name| thing(name).to_owned()).collect()
}

fn parts(request: &TokenRequest) -> Pairs {
    let mut all = request.parameters.clone();
    all.push(("endpoint".to_owned(), request.endpoint.to_string()));
    all.extend(request.basic.iter().map(|basic| ("basic".to_owned(), format!("{basic:?}"))));
    all.push(("carriage".to_owned(), format!("{:?}", request.carriage)));
    all
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// A request with every parameter that any attack changes, and everything lent.
fn attempt() -> Attempt {
    let request = TokenRequest {
        endpoint: url("https://auth.example.org/token"),
        parameters: pairs(
            "grant_type=x code=right redirect_uri=https://app.example.org/cb code_verifier=aB9 refresh_token=right token=right scope=few",
        ),
        basic: Some(("app".to_owned(), "secret".to_owned())),
        bearer: None,
        carriage: Carriage::Form,
        origin: None,
        proof: None,
    };
    let mut other = request.clone();
    other.basic = Some(("other".to_owned(), "its own".to_owned()));
    let lent = Lent {
        challenge: Some("challenge".to_owned()),
        verifier: Some("of another sign-in".to_owned()),
        by_other_client: Some(other),
        elsewhere: Some(url("https://auth.example.org/other/token")),
        scopes: Some("many".to_owned()),
        id_token: Some("id-token".to_owned()),
        access_token: Some("access-token".to_owned()),
        assertion: None,
        used_assertion: Some("used".to_owned()),
        lure: None,
    };
    Attempt { request, lent }
}

/// A request that has nothing but its own.
fn bare() -> Attempt {
    let mut request = attempt().request;
    request.basic = None;
    request.set("client_id", Some("app"));
    Attempt::correct(request)
}

fn needs_what_it_says<A: Attack>(attack: A, mut bare: A::Subject) {
    if let Err(need) = attack.make(&mut bare) {
        assert!(attack.about().needs.contains(&need), "{}: {need} is not among its needs", attack.about().words);
    }
}

fn alters_one_thing_of_an_attempt<A: Attack<Subject = Attempt>>() {
    for attack in A::ALL {
        let words = attack.about().words;
        let mut altered = attempt();
        assert_eq!(attack.make(&mut altered), Ok(()), "{words}");
        let changed = differ(&parts(&attempt().request), &parts(&altered.request));
        let expected = match words {
            // The same request at another time alters nothing.
            "again" | "at once" | "after its replacement" => 0,
            // What is moved is missing in one place and there in another.
            "its secret in the query" => 2,
            "its refresh token without its secret" | "its refresh token with a wrong secret" => 1,
            // Another grant has other parameters altogether.
            "its code as a refresh token" => 4,
            "with its own credentials alone" | "for an invented device code" => 5,
            "for an assertion about a user that it wrote itself" => 6,
            "with a user's password" | "for an access token with wider scopes" => 7,
            _ => 1,
        };
        assert_eq!(changed.len(), expected, "{words} changes {changed:?}");
        needs_what_it_says(*attack, bare());
    }
}

#[test]
fn an_attack_at_the_token_endpoint_alters_one_thing() {
    alters_one_thing_of_an_attempt::<PkceChange>();
    alters_one_thing_of_an_attempt::<PushChange>();
    alters_one_thing_of_an_attempt::<CodeChange>();
    alters_one_thing_of_an_attempt::<CodeMisuse>();
    alters_one_thing_of_an_attempt::<ClientAuthChange>();
    alters_one_thing_of_an_attempt::<RefreshChange>();
    alters_one_thing_of_an_attempt::<RefreshMisuse>();
    alters_one_thing_of_an_attempt::<IntrospectedToken>();
    alters_one_thing_of_an_attempt::<IntrospectionCaller>();
    alters_one_thing_of_an_attempt::<GrantChange>();
    alters_one_thing_of_an_attempt::<RequestForm>();
    alters_one_thing_of_an_attempt::<RevocationCaller>();
    alters_one_thing_of_an_attempt::<RevokedToken>();
}

#[test]
fn a_public_app_has_no_secret_to_be_wrong() {
    for attack in ClientAuthChange::ALL {
        let made = attack.make(&mut bare());
        let expected = if *attack == ClientAuthChange::UnknownClient { Ok(()) } else { Err(Need::SecretClient) };
        assert_eq!(made, expected, "{attack:?}");
    }
}

#[test]
fn a_secret_in_the_body_is_taken_out_of_it() {
    let mut attempt = bare();
    attempt.request.set("client_secret", Some("secret"));
    ClientAuthChange::WrongSecretInHeader.make(&mut attempt).unwrap();
    assert_eq!((attempt.request.get("client_id"), attempt.request.get("client_secret")), (None, None));
    assert!(attempt.request.basic.is_some_and(|(id, secret)| id == "app" && secret != "secret"));
}

fn ask() -> Ask {
    let redirect = url("https://app.example.org/callback");
    let mut parameters =
        pairs("response_type=code client_id=app state=s nonce=n aud=https://fhir.example.org code_challenge=c");
    parameters.extend(pairs("code_challenge_method=S256 launch=handle scope=few"));
    parameters.push(("redirect_uri".to_owned(), redirect.to_string()));
    Ask {
        endpoint: url("https://auth.example.org/authorize"),
        parameters,
        verifier: "verifier".to_owned(),
        state: "s".to_owned(),
        nonce: "n".to_owned(),
        registered: redirect.clone(),
        redirect_uri: redirect,
        posted: false,
        jar: crate::smart::Jar::default(),
    }
}

fn alters_one_thing_of_an_ask<A: Attack<Subject = Ask>>() {
    for attack in A::ALL {
        let words = attack.about().words;
        let mut altered = ask();
        assert_eq!(attack.make(&mut altered), Ok(()), "{words}");
        let changed = differ(&ask().parameters, &altered.parameters);
        assert_eq!(changed.len(), 1, "{words} changes {changed:?}");
        assert_eq!((altered.endpoint, altered.state), (ask().endpoint, ask().state), "{words}");
        let mut without = ask();
        without.set("launch", None);
        needs_what_it_says(*attack, without);
    }
}

#[test]
fn an_attack_on_the_authorization_request_alters_one_thing() {
    alters_one_thing_of_an_ask::<AuthorizeChange>();
    alters_one_thing_of_an_ask::<RedirectPlace>();
    alters_one_thing_of_an_ask::<LaunchHandle>();
}

#[test]
fn every_redirect_place_differs_from_the_registered_one_and_is_where_the_answer_is_awaited() {
    let mut seen = BTreeSet::new();
    for place in RedirectPlace::ALL {
        let mut ask = ask();
        place.make(&mut ask).unwrap();
        let awaited = |(name, value): &(String, String)| name == "redirect_uri" && *value == ask.redirect_uri.as_str();
        assert!(ask.parameters.iter().any(awaited), "{place:?} is not in the request");
        assert!(seen.insert(ask.redirect_uri.clone()), "{place:?} is there twice");
    }
    assert!(!seen.contains(&self::ask().redirect_uri));
}

fn jwt() -> String {
    rebuild(&Claims {
        header: json!({ "alg": "RS256", "kid": "1" }),
        payload: json!({ "sub": "user-1", "patient": "1", "scope": "patient/Patient.r" }),
        signature: "c2lnbmF0dXJl".to_owned(),
    })
}

fn grant(access_token: &str) -> Grant {
    Grant {
        access_token: access_token.to_owned(),
        refresh_token: Some("refresh".to_owned()),
        id_token: Some("identity".to_owned()),
        scope: String::new(),
        scope_stated: false,
        expires_in: None,
        patient: None,
        encounter: None,
        response: Value::Null,
        asked: Instant::now(),
        obtained: Instant::now(),
        number: 1,
    }
}

fn reading(access_token: &str) -> Reading {
    let mut reading = Reading::correct(url("https://fhir.example.org/Patient/a"), Some(grant(access_token)));
    reading.elsewhere = Some(url("https://fhir.example.org/other/Patient/a"));
    reading.patients = Some(("1".to_owned(), "2".to_owned()));
    reading.keys = vec![json!({ "kty": "RSA", "n": "wLs1", "e": "AQAB" })];
    reading.code = Some("code".to_owned());
    reading.lure = Some(crate::http::Lure::unheard(url("http://127.0.0.1/probity-0")));
    reading
}

/// Where is read, and what is presented, wherever it stands.
fn said(reading: &Reading) -> (String, String) {
    let path = format!("{}{}", reading.url.origin().ascii_serialization(), reading.url.path());
    (path, format!("{:?} {:?}", reading.authorization, reading.url.query()))
}

/// How many of place and credential an altered read changes.
fn changes(altered: &Reading) -> usize {
    let ((place, credential), (other_place, other_credential)) = (said(&reading(&jwt())), said(altered));
    usize::from(place != other_place) + usize::from(credential != other_credential)
}

fn alters_one_thing_of_a_reading<A: Attack<Subject = Reading>>() {
    for attack in A::ALL {
        let words = attack.about().words;
        let mut altered = reading(&jwt());
        assert_eq!(attack.make(&mut altered), Ok(()), "{words}");
        assert_eq!(changes(&altered), 1, "{words}");
        needs_what_it_says(*attack, Reading::correct(reading("opaque").url, None));
        needs_what_it_says(*attack, Reading::correct(reading("opaque").url, Some(grant("opaque"))));
    }
}

#[test]
fn an_attack_on_a_read_alters_the_credential_or_the_place() {
    alters_one_thing_of_a_reading::<TokenMisuse>();
    alters_one_thing_of_a_reading::<TokenForgery>();
}

fn forms(credential: Credential, reading: Reading) -> Result<Vec<Reading>, Need> {
    let mut forms = Forms::of(reading);
    credential.make(&mut forms)?;
    Ok(forms.made)
}

#[test]
fn every_form_of_a_credential_is_another_one_in_the_same_place() {
    for credential in Credential::ALL {
        let made = forms(*credential, reading(&jwt())).unwrap();
        let said: BTreeSet<String> = made.iter().map(|form| said(form).1).collect();
        assert!(!made.is_empty() && said.len() == made.len(), "{credential:?}");
        assert!(made.iter().all(|form| changes(form) == 1), "{credential:?}");
        needs_what_it_says(*credential, Forms::of(Reading::correct(reading("opaque").url, None)));
        needs_what_it_says(*credential, Forms::of(Reading::correct(reading("opaque").url, Some(grant("opaque")))));
        needs_what_it_says(*credential, Forms::of(Reading::correct(reading("opaque").url, Some(grant(&jwt())))));
    }
}

#[test]
fn a_forged_token_differs_in_what_its_words_say() {
    let own = peek(&jwt()).unwrap();
    for (credential, header, payload) in [
        (Credential::OtherSignature, false, false),
        (Credential::AlgNone, true, false),
        (Credential::WiderScopes, false, true),
        (Credential::LaterEnd, false, true),
        (Credential::PublicKeyAsSecret, true, false),
        (Credential::KidAsPath, true, false),
    ] {
        for form in forms(credential, reading(&jwt())).unwrap() {
            let value = form.authorization.unwrap();
            let other = peek(value.strip_prefix("Bearer ").unwrap()).unwrap();
            let differences = (own.header != other.header, own.payload != other.payload);
            assert_eq!(differences, (header, payload), "{credential:?}");
        }
    }
}

#[test]
fn a_token_without_its_signature_has_three_parts_or_two() {
    let made = forms(Credential::NoSignature, reading(&jwt())).unwrap();
    let parts = made.iter().map(|form| form.authorization.as_deref().unwrap().split('.').count());
    assert_eq!(parts.collect::<Vec<_>>(), [3, 2]);
}

#[test]
fn a_rewritten_token_names_the_other_patient_everywhere() {
    let forged = |token: &str| {
        let mut reading = reading(token);
        TokenForgery::ForPatientB.make(&mut reading)?;
        let value = reading.authorization.unwrap();
        Ok(peek(value.strip_prefix("Bearer ").unwrap()).unwrap().payload)
    };
    let expected = json!({ "sub": "user-2", "patient": "2", "scope": "patient/Patient.r" });
    assert_eq!(forged(&jwt()), Ok(expected));
    assert_eq!(forged("opaque"), Err(Need::JwtAccessToken));
}

#[test]
fn every_attack_of_a_topic_has_words_of_its_own_and_says_all_of_it() {
    let mut names = BTreeSet::new();
    for topic in topics() {
        assert!(names.insert(topic.name), "{} is there twice", topic.name);
        let mut seen = BTreeSet::new();
        for about in topic.attacks {
            assert!(seen.insert(about.words), "`{}` is there twice", about.words);
            for text in [about.does, about.matters, about.right] {
                assert!(text.len() > 10 && !text.ends_with('.'), "{}: {text}", about.words);
            }
        }
    }
}
