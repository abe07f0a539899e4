//! Where the browser ended.

use super::super::landing::*;
use crate::smart::{Ask, Landing};
use url::Url;

const APP: &str = "https://app.example.org/callback";
const WRONG: &str = "https://evil.example.org/callback";

fn parameters(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn at_app(all: &[(&str, &str)]) -> Landing {
    Landing::Redirected { url: Url::parse(APP).unwrap(), parameters: parameters(all), exchanges: vec![2, 3] }
}

fn elsewhere(all: &[(&str, &str)]) -> Landing {
    Landing::Elsewhere { url: Url::parse(WRONG).unwrap(), parameters: parameters(all), exchanges: vec![3] }
}

fn refused() -> Landing {
    Landing::RefusedPage { status: 400, number: 3, why: "an error page".to_owned(), at_once: false }
}

fn ask(redirect_uri: &str) -> Ask {
    Ask {
        endpoint: Url::parse("https://a.example.org/authorize").unwrap(),
        parameters: Vec::new(),
        verifier: String::new(),
        state: "s-1".to_owned(),
        nonce: String::new(),
        redirect_uri: Url::parse(redirect_uri).unwrap(),
        registered: Url::parse(APP).unwrap(),
        posted: false,
        jar: crate::smart::Jar::default(),
    }
}

#[test]
fn a_redirect_to_the_app_comes_back_with_whatever() {
    assert!(comes_back(&at_app(&[("error", "access_denied")])).met);
    assert!(!comes_back(&refused()).met && !comes_back(&elsewhere(&[("code", "c")])).met);
    assert_eq!(comes_back(&at_app(&[])).cites, [3], "the exchange that ended there");
}

#[test]
fn a_code_beside_an_error_or_an_empty_one_is_none() {
    assert!(brings_code(&at_app(&[("code", "c")])).met);
    for landing in [at_app(&[("code", "")]), at_app(&[("code", "c"), ("error", "e")]), elsewhere(&[("code", "c")])] {
        assert!(!brings_code(&landing).met, "{landing}");
    }
}

#[test]
fn a_state_is_told_apart_and_never_shown() {
    assert!(brings_state(&at_app(&[("state", "s-1")]), "s-1").met);
    assert_eq!(brings_state(&at_app(&[("state", "s-2")]), "s-1").observed, "another state");
    assert!(brings_state(&at_app(&[]), "s-1").observed.starts_with("no state: "));
}

#[test]
fn a_code_is_one_wherever_it_went_and_a_refusal_says_so() {
    assert!(!no_code(&elsewhere(&[("code", "c")])).unwrap().met && !no_code(&at_app(&[("code", "c")])).unwrap().met);
    assert!(no_code(&refused()).unwrap().met && no_code(&at_app(&[("error", "e")])).unwrap().met);
    assert!(no_code(&at_app(&[])).is_err(), "neither a code nor an error says nothing");
}

#[test]
fn no_answer_goes_to_a_redirect_uri_that_is_not_registered() {
    assert!(not_sent_there(&ask(WRONG), &refused()).met);
    assert!(!not_sent_there(&ask(WRONG), &elsewhere(&[("error", "e")])).met, "not even an error");
    assert!(not_sent_there(&ask(WRONG), &at_app(&[("error", "e")])).met);
    assert_eq!(not_sent_there(&ask(WRONG), &refused()).expected, format!("no redirect to {WRONG}"));
}

#[test]
fn a_launch_names_the_server_with_or_without_a_slash_and_brings_a_handle() {
    let launch = at_app(&[("iss", "https://a.example.org/r4/"), ("launch", "h-1")]);
    assert!(carries_iss(&launch, "https://a.example.org/r4").met && carries_handle(&launch).met);
    assert!(!carries_iss(&launch, "https://a.example.org/r5").met);
    assert!(carries_iss(&at_app(&[]), "https://a.example.org").observed.starts_with("no iss: "));
    assert!(!carries_handle(&at_app(&[("launch", "")])).met);
    assert_eq!(carries_handle(&launch).observed, "a launch handle");
}
