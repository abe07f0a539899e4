//! What is decided on pages as they are rendered; no browser is needed for it.

use super::seen::{Decision, Entry, Move, Progress, Seen};
use super::{Consent, Unread};
use crate::target::{Act, Form, LoginStep, PagesBy, Secret, User, With};
use serde_json::json;
use std::time::Duration;

fn rules() -> Form {
    let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Form {
        by: PagesBy::Browser,
        webdriver_url: None,
        page_timeout: Duration::from_secs(1),
        username_field: list(&["username", "user"]),
        password_field: list(&["password"]),
        submit_text: list(&["sign in", "next", "continue"]),
        consent_approve: list(&["allow"]),
        consent_deny: list(&["deny"]),
        picker: Vec::new(),
        max_pages: 8,
        extra: std::collections::BTreeMap::new(),
        steps: Vec::new(),
    }
}

fn decide(controls: serde_json::Value, consent: &Consent, progress: &mut Progress) -> Decision {
    decide_by(&rules(), controls, consent, progress)
}

fn decide_by(rules: &Form, controls: serde_json::Value, consent: &Consent, progress: &mut Progress) -> Decision {
    let seen: Seen = serde_json::from_value(json!({
        "url": "https://as.test/", "title": "T", "text": "some text", "status": 200, "ready": true,
        "controls": controls, "origins": [], "html": "",
    }))
    .unwrap();
    let user = User {
        username: "dora".to_owned(),
        password: Some(Secret::new("pw".to_owned())),
        patient: Some("p-1".to_owned()),
        totp: None,
        tokens: None,
    };
    seen.decide(rules, &user, consent, progress, true)
}

fn signed_in() -> Progress {
    Progress { named: true, signed_in: true, chose: false, ..Progress::default() }
}

fn pressed(decision: &Decision) -> Option<usize> {
    match decision {
        Decision::Do(step) => step.press,
        _ => None,
    }
}

#[test]
fn name_and_password_are_entered_on_one_page_or_on_two() {
    let one = json!([
        { "kind": "text", "label": "Search" }, { "kind": "text", "name": "user" },
        { "kind": "password" }, { "kind": "button", "label": "Sign in" },
    ]);
    let entries = vec![(1, Entry::UserName), (2, Entry::Password)];
    let both = decide(one.clone(), &Consent::All, &mut Progress::default());
    assert_eq!(both, Decision::Do(Move { entries, press: Some(3) }));
    let mut progress = Progress::default();
    let first = json!([{ "kind": "text", "autocomplete": "username" }, { "kind": "button", "label": "Next" }]);
    let named = Decision::Do(Move { entries: vec![(0, Entry::UserName)], press: Some(1) });
    assert_eq!(decide(first, &Consent::All, &mut progress), named);
    let second = json!([{ "kind": "password" }]);
    let entered = Decision::Do(Move { entries: vec![(0, Entry::Password)], press: None });
    assert_eq!(decide(second.clone(), &Consent::All, &mut progress), entered);
    assert_eq!(decide(second, &Consent::All, &mut progress), Decision::RefusedUser);
}

#[test]
fn where_nobody_sits_no_page_is_told_who_signs_in_and_none_refuses_the_user() {
    let password = json!([{ "kind": "password" }, { "kind": "button", "label": "Sign in" }]);
    let code = json!([{ "kind": "text", "autocomplete": "one-time-code" }, { "kind": "button", "label": "Next" }]);
    let name = json!([{ "kind": "text", "autocomplete": "username" }, { "kind": "button", "label": "Next" }]);
    for page in [password.clone(), code, name] {
        assert_eq!(decide(page, &Consent::Nobody, &mut Progress::default()), Decision::AsksWho);
    }
    let go_on = json!([{ "kind": "button", "label": "Allow access" }]);
    assert_eq!(pressed(&decide(go_on, &Consent::Nobody, &mut Progress::default())), Some(0));
    // The browser that signed in is told; another one, which sent the consent, is not, and that blames nobody's password.
    let first = decide(password.clone(), &Consent::FromElsewhere, &mut Progress::default());
    assert!(matches!(first, Decision::Do(_)), "{first:?}");
    let mut sent = Progress { chose: true, ..signed_in() };
    assert_eq!(decide(password, &Consent::FromElsewhere, &mut sent), Decision::AsksWho);
}

#[test]
fn consent_is_given_refused_and_narrowed() {
    let page = json!([
        { "kind": "checkbox", "marks": ["openid"], "checked": true },
        { "kind": "checkbox", "label": "patient/Condition.rs", "checked": true },
        { "kind": "button", "label": "Don't allow" }, { "kind": "button", "label": "Allow access" },
        { "kind": "button", "label": "Deny" },
    ]);
    assert_eq!(pressed(&decide(page.clone(), &Consent::All, &mut signed_in())), Some(3));
    assert_eq!(pressed(&decide(page.clone(), &Consent::Refuse, &mut signed_in())), Some(4));
    let mut progress = signed_in();
    let narrowed = decide(page, &Consent::Exactly(vec!["openid".to_owned()]), &mut progress);
    assert_eq!(narrowed, Decision::Do(Move { entries: vec![(1, Entry::Tick(false))], press: Some(3) }));
    assert!(progress.chose);
}

#[test]
fn the_own_record_is_chosen_by_what_stands_for_it() {
    let cards = json!([
        { "kind": "button", "label": "Select", "marks": ["row-p-2", "p-2"] },
        { "kind": "button", "label": "Select", "marks": ["Patient/p-1"] },
    ]);
    assert_eq!(pressed(&decide(cards, &Consent::All, &mut signed_in())), Some(1));
    let list = json!([
        { "kind": "select", "options": [["p-2", "B"], ["p-1", "A"]] }, { "kind": "button", "label": "Continue" },
    ]);
    let chosen = Decision::Do(Move { entries: vec![(0, Entry::Option("p-1".to_owned()))], press: Some(1) });
    assert_eq!(decide(list, &Consent::All, &mut signed_in()), chosen);
}

#[test]
fn what_cannot_be_worked_says_why() {
    assert_eq!(decide(json!([]), &Consent::All, &mut Progress::default()), Decision::RefusedPage);
    let code = json!([{ "kind": "text", "autocomplete": "one-time-code" }, { "kind": "button", "label": "Next" }]);
    let wanted = decide(code, &Consent::All, &mut signed_in());
    assert!(matches!(wanted, Decision::Unread(Unread::OneTimeCode(_))), "{wanted:?}");
    let colours = json!([{ "kind": "button", "label": "Red" }, { "kind": "button", "label": "Blue" }]);
    let unknown = decide(colours, &Consent::All, &mut signed_in());
    assert!(matches!(unknown, Decision::Unread(Unread::UnknownButtons { .. })), "{unknown:?}");
}

#[test]
fn steps_are_done_once_each_where_what_they_are_about_is_there() {
    let step = |what: &str, act: Act| LoginStep { what: what.to_owned(), act };
    let steps = vec![
        step("Patients and family", Act::Click),
        step("Member ID", Act::Fill(With::UserName)),
        step("css=#clinic", Act::Fill(With::Text("NORTH".to_owned()))),
        step("Region", Act::Choose(Some("West".to_owned()))),
        step("Enter", Act::Click),
        step("Secret word", Act::Fill(With::Password)),
    ];
    let rules = Form { steps, ..rules() };
    let mut progress = Progress::default();
    let mut on = |controls: serde_json::Value| decide_by(&rules, controls, &Consent::All, &mut progress);
    let doors = json!([{ "kind": "button", "label": "Staff" }, { "kind": "link", "label": "Patients and family" }]);
    assert_eq!(on(doors), Decision::Do(Move { entries: Vec::new(), press: Some(1) }));
    let first = json!([
        { "kind": "text", "label": "Member ID" }, { "kind": "text", "id": "clinic", "css": ["#clinic"] },
        { "kind": "select", "name": "region", "options": [["", "?"], ["w", "West"]] },
        { "kind": "button", "label": "Help" }, { "kind": "button", "label": "Enter portal" },
    ]);
    let entries = vec![(0, Entry::UserName), (1, Entry::Text("NORTH".to_owned())), (2, Entry::Option("w".to_owned()))];
    assert_eq!(on(first.clone()), Decision::Do(Move { entries, press: Some(4) }));
    // What was done is not done again: the page is read as any other.
    let again = on(first);
    assert!(matches!(again, Decision::Unread(Unread::UnknownButtons { .. })), "{again:?}");
    let word = json!([{ "kind": "password", "label": "Secret word" }]);
    let typed = Decision::Do(Move { entries: vec![(0, Entry::Password)], press: None });
    assert_eq!(on(word.clone()), typed);
    assert_eq!(on(word), Decision::RefusedUser);
}

#[test]
fn a_code_is_entered_twice_at_most_and_terms_are_agreed_to() {
    let code = json!([{ "kind": "text", "label": "Enter the 6-digit code" }, { "kind": "button", "label": "Next" }]);
    let mut progress = signed_in();
    let mut on = |totp: Option<Secret>| {
        let seen: Seen = serde_json::from_value(json!({
            "url": "https://as.test/", "title": "T", "text": "some text", "status": 200, "ready": true,
            "controls": code, "origins": [], "html": "",
        }))
        .unwrap();
        let user = User { username: "dora".to_owned(), password: None, totp, patient: None, tokens: None };
        seen.decide(&rules(), &user, &Consent::All, &mut progress, true)
    };
    assert!(matches!(on(None), Decision::Unread(Unread::OneTimeCode(_))));
    let key = || Some(Secret::new("GEZDGNBVGY3TQOJQ".to_owned()));
    for number in 0..2 {
        let entered = Decision::Do(Move { entries: vec![(0, Entry::Code(number))], press: Some(1) });
        assert_eq!(on(key()), entered);
    }
    assert!(matches!(on(key()), Decision::Unread(Unread::OtherCode(_))));
    let terms = json!([{ "kind": "checkbox", "label": "I agree", "required": true }, { "kind": "button", "label": "Continue" }]);
    let agreed = Decision::Do(Move { entries: vec![(0, Entry::Tick(true))], press: Some(1) });
    assert_eq!(decide(terms, &Consent::All, &mut signed_in()), agreed);
}

#[test]
fn among_ways_to_sign_in_that_with_a_password_is_chosen() {
    let ways = json!([
        { "kind": "button", "label": "Sign in with Google" }, { "kind": "link", "label": "Forgot password?" },
        { "kind": "button", "label": "Sign in with email and password" },
    ]);
    assert_eq!(pressed(&decide(ways, &Consent::All, &mut Progress::default())), Some(2));
}
