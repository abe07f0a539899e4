//! What the command line tells of phrases and attacks.

use crate::{probity, ran};
use probity::{steps, suite, target, tenant};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

fn told(arguments: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    ran(&mut probity(folder.path(), arguments))
}

#[test]
fn steps_are_listed_by_topic_with_an_example_and_the_names_they_take() {
    let (code, out, err) = told(&["steps"]);
    assert_eq!((code, err.as_str()), (0, ""));
    let headings: Vec<&str> = out.lines().filter(|line| !line.is_empty() && !line.starts_with([' ', '{'])).collect();
    assert!(headings.contains(&"access") && headings.contains(&"token") && headings.is_sorted(), "{headings:?}");
    let phrases = out.lines().filter(|line| ["  Given", "  When"].iter().any(|word| line.starts_with(word))).count();
    let examples = out.lines().filter(|line| line.trim_start().starts_with("example: ")).count();
    assert!(phrases > 100 && phrases == examples, "{phrases} phrases, {examples} examples");
    for known in ["{ClientRole}", "short-lived", "{Schema}", "introspection-active", "Condition, Consent"] {
        assert!(out.contains(known), "{known}");
    }
}

#[test]
fn steps_are_found_by_a_word_of_an_attack() {
    let (code, out, _) = told(&["steps", "ALG NONE"]);
    assert_eq!(code, 0);
    assert!(out.starts_with("access\n  When        the patient is read with {Credential}\n"), "{out}");
    assert!(out.contains("{Credential}  What the app presents") && !out.contains("{PkceChange}"), "{out}");
    let (code, out, err) = told(&["steps", "zebra"]);
    assert_eq!((code, out.as_str()), (4, ""));
    assert!(err.contains("no phrase has `zebra` in it"), "{err}");
}

#[test]
fn the_attack_of_a_scenario_is_explained() {
    let (code, out, _) = told(&["explain", "pkce.verifier-from-other-session"]);
    assert_eq!(code, 0);
    for line in [
        "  attack: the code_verifier of another sign-in\n",
        "    what it does: it sends the right code_verifier of another authorization",
        "    why it matters: ",
        "    a right server answers: 400 with invalid_grant",
        "    it needs: a second sign-in\n",
        "    first it must hold that the correct exchange gives a token\n",
        "    it guesses a secret\n",
    ] {
        assert!(out.contains(line), "{line}: {out}");
    }
    let (_, out, _) = told(&["explain", "code.other-client"]);
    assert!(out.contains("  attack: by another app\n"), "{out}");
    let (_, out, _) = told(&["explain", "smart.standalone.code"]);
    assert!(!out.contains("attack: "), "{out}");
}

#[test]
fn what_there_is_to_run_is_told_to_programs_too() {
    let folder = tempfile::tempdir().unwrap();
    let told = |arguments: &[&str]| {
        let (code, out, err) = ran(&mut probity(folder.path(), arguments));
        assert_eq!(code, 0, "{err}");
        serde_json::from_str::<Value>(&out).unwrap()
    };
    let listed = told(&["list", "pkce", "--format", "json"]);
    let explained = told(&["explain", "pkce.wrong-verifier", "--format", "json"]);
    let own = listed.as_array().unwrap().iter().find(|own| own["requirement"]["id"] == "pkce.wrong-verifier").unwrap();
    assert_eq!(own["file"], "security/pkce.feature");
    assert_eq!(own["steps"], explained[0]["steps"]);
    assert!(explained[0]["attacks"][0]["matters"].is_string() && explained[0]["proved_by"][0]["fault"].is_string());
}

#[test]
fn check_tells_a_program_each_step_and_its_help() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = ran(&mut probity(folder.path(), &["check", "--format", "json"]));
    let steps: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert!(code == 0 && steps.len() > 10 && steps.iter().all(|step| step["state"] == "ok"), "{out}");
    let text = "[targets.t]\nfhir_base = \"http://127.0.0.1:1/fhir\"\nlimits.retries = 0\n";
    std::fs::write(folder.path().join("probity.toml"), text).unwrap();
    let (code, out, _) = ran(&mut probity(folder.path(), &["check", "--format", "json"]));
    let steps: Vec<Value> = serde_json::from_str(&out).unwrap();
    let last = steps.last().unwrap();
    assert!(code == 3 && last["step"] == "reachable" && last["state"] == "fail", "{out}");
    assert!(last["help"].as_str().unwrap().contains("check fhir_base"), "{out}");
}

#[test]
fn each_verb_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, err) = ran(&mut probity(folder.path(), &["man", "pages"]));
    assert_eq!(code, 0, "{err}");
    for page in ["probity.1", "probity-run.1", "probity-verify.1"] {
        let text = std::fs::read_to_string(folder.path().join("pages").join(page)).unwrap();
        assert!(text.contains(".SH SYNOPSIS"), "{page}");
    }
}

#[test]
fn what_phrases_need_and_leave_is_as_a_run_shows() {
    let observed = Arc::new(steps::Observed::default());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let serving = tenant::serve(tenant::Options::default()).await.unwrap();
        let target = target::embedded(serving.origin(), &target::Values::new(serving.secrets().clone())).unwrap();
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/own-features");
        let mut plan = suite::Plan::new(suite::Catalogue::with_own(&own, None).unwrap(), &[]).unwrap();
        plan.observed = Some(Arc::clone(&observed));
        plan.intrusive = true;
        suite::run(plan, Arc::new(target), Arc::new(|_| ()), std::future::pending()).await.unwrap();
    });
    let wrong = observed.contradicts(steps::ORDER);
    assert!(
        wrong.is_empty(),
        "make it again by `cargo run --release --example order > src/steps/order.tsv`: {wrong:#?}"
    );
}

#[test]
fn a_step_without_what_it_needs_is_refused_before_the_run() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("features")).unwrap();
    let text = "Feature: Own\n\n  @id:own.read\n  Scenario: A read\n    When the app reads the patient in context\n    Then the status is 200\n";
    std::fs::write(folder.path().join("features/own.feature"), text).unwrap();
    let (code, _, err) = ran(&mut probity(folder.path(), &["run", "--features", "features", "own.read"]));
    assert_eq!(code, 2, "{err}");
    assert!(
        err.contains("own.feature:5: the step `When the app reads the patient in context` needs a session"),
        "{err}"
    );
    assert!(err.contains("such as `Given a session of patient "), "{err}");
}
