//! Each kind of bad input has its own exit code, and a message that says what to do.

use crate::{Foreign, probity, ran};
use std::path::Path;

fn snapshot(name: &str, folder: &Path, (code, out, err): (i32, String, String)) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(&regex::escape(&folder.display().to_string()), "[FOLDER]");
    settings.add_filter(r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]");
    settings.add_filter(r"\(os error \d+\)", "(os error)");
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, format!("exit {code}\n--- stdout\n{out}--- stderr\n{err}")));
}

fn with_config(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("probity.toml"), text).unwrap();
    folder
}

#[test]
fn an_unknown_key_is_pointed_at() {
    let folder = with_config("[targets.mine]\nfhir_base = \"https://fhir.example.org/r4\"\nbodys = \"full\"\n");
    snapshot("unknown-key", folder.path(), ran(&mut probity(folder.path(), &["run"])));
}

#[test]
fn a_missing_secret_is_named_with_its_variable() {
    let text = "[targets.mine]\nfhir_base = \"https://fhir.example.org/r4\"\n[targets.mine.clients.confidential]\nid = \"x\"\nsecret = { env = \"NOBODY_SET_THIS\" }\n";
    let folder = with_config(text);
    snapshot("missing-secret", folder.path(), ran(&mut probity(folder.path(), &["run"])));
}

/// A loopback port on which nobody listens.
fn closed_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn an_unreachable_host_is_inconclusive_and_never_a_failure() {
    let folder = with_config(&format!(
        "[targets.mine]\nfhir_base = \"http://127.0.0.1:{}/r4\"\nenvironment = \"preview\"\n[targets.mine.limits]\nrequests_per_second = 0\n",
        closed_port()
    ));
    snapshot("unreachable-check", folder.path(), ran(&mut probity(folder.path(), &["check"])));
    let (code, out, err) = ran(&mut probity(folder.path(), &["run", "smart.discovery", "us-core.capability"]));
    assert_eq!(code, 3, "{out}{err}");
    assert!(!out.contains("FAIL "), "{out}");
    assert!(out.contains("cannot connect"), "{out}");
}

#[test]
fn wrong_credentials_are_said_and_blame_nobody() {
    let foreign = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    foreign.configure(folder.path());
    let wrong = ("PROBITY_EMBEDDED_HARBOR_USER_1_PASSWORD", "not-the-password");
    let checked = ran(foreign.probity(folder.path(), &["check"]).env(wrong.0, wrong.1));
    snapshot("wrong-credentials", folder.path(), checked);
    let (code, out, err) = ran(foreign.probity(folder.path(), &["run", "smart.standalone"]).env(wrong.0, wrong.1));
    assert_eq!(code, 3, "{out}{err}");
    assert!(!out.contains("FAIL "), "{out}");
}

fn with_feature(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("own")).unwrap();
    std::fs::write(folder.path().join("own/own.feature"), text).unwrap();
    folder
}

#[test]
fn a_step_that_no_phrase_matches_is_found_before_anything_is_sent() {
    let folder = with_feature("Feature: Own\n\n  @id:own.step\n  Scenario: One\n    Then the status was 200\n");
    snapshot("unmatched-step", folder.path(), ran(&mut probity(folder.path(), &["run", "--features", "own"])));
}

/// One scenario with this step.
fn with_step(step: &str) -> tempfile::TempDir {
    with_feature(&format!("Feature: Own\n\n  @id:own.step\n  Scenario: One\n    {step}\n    Then no token is issued\n"))
}

#[test]
fn a_misspelt_attack_is_pointed_at_in_its_row() {
    let folder = with_feature(
        "Feature: Own\n\n  @id:own.<id>\n  Scenario Outline: One\n    Given patient a has signed in to the public app\n    When the app exchanges its code with <change>\n    Then no token is issued\n\n    Examples:\n      | id    | change                |\n      | right | another code_verifier |\n      | wrong | an other code_verifer |\n",
    );
    snapshot("misspelt-attack", folder.path(), ran(&mut probity(folder.path(), &["run", "--features", "own"])));
}

#[test]
fn a_misspelt_profile_is_refused_with_the_nearest_ones() {
    let folder = with_step("Given every \"condition-problems-health-concern\" of the record");
    snapshot("misspelt-profile", folder.path(), ran(&mut probity(folder.path(), &["run", "--features", "own"])));
}

#[test]
fn a_misspelt_name_of_any_kind_is_refused_before_anything_is_sent() {
    for (step, written, nearest) in [
        ("When the patient is read with an inventd token", "an inventd token", "an invented token"),
        ("When the app uses an invented refresh-token", "an invented refresh-token", "an invented refresh token"),
        ("When the app introspects an inventive token", "an inventive token", "an invented token"),
        ("When the app signs in with an invented launch", "an invented launch", "an invented launch handle"),
        (
            "When patient a signs in to the public app without the \"nonces\"",
            "without the \"nonces\"",
            "without the \"scope\"",
        ),
        (
            "When patient a signs in to the public app with the added query in its redirect URI",
            "the added query",
            "an added query",
        ),
        ("Given a session of patient a with the publik app", "publik", "public"),
        (
            "Given a session of patient a with the public app for \"openid patient/Conditoin.rs\"",
            "patient/Conditoin.rs",
            "patient/Condition.rs",
        ),
        ("Then the document conforms to the schema \"jkws\"", "jkws", "jwks"),
        ("Then each conforms to \"us-core-patients\"", "us-core-patients", "us-core-patient"),
        ("Given patient a has a Conditoin", "Conditoin", "Condition"),
        ("Then the resource is a Bundel", "Bundel", "Bundle"),
    ] {
        let folder = with_step(step);
        let (code, out, err) = ran(&mut probity(folder.path(), &["run", "--features", "own"]));
        assert_eq!((code, out.as_str()), (2, ""), "{step}: {err}");
        assert!(
            err.contains("own.feature:5: ") && err.contains(&format!("`{written}` is not one of {{")),
            "{step}: {err}"
        );
        assert!(err.contains(&format!("the nearest names: `{nearest}`")), "{step}: {err}");
    }
}

#[test]
fn a_feature_that_is_not_gherkin_is_pointed_at() {
    let folder = with_feature("Feature: Own\n\n  @id:own.step\n  Scenario: One\n    Maybe the status is 200\n");
    snapshot("not-gherkin", folder.path(), ran(&mut probity(folder.path(), &["run", "--features", "own"])));
}

#[test]
fn a_scenario_without_an_id_is_refused() {
    let folder = with_feature("Feature: Own\n\n  Scenario: One\n    Then the status is 200\n");
    snapshot("no-id", folder.path(), ran(&mut probity(folder.path(), &["run", "--features", "own"])));
}

#[test]
fn nothing_selected_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    snapshot("nothing-selected", folder.path(), ran(&mut probity(folder.path(), &["run", "pkce.wrong-verifer"])));
}

#[test]
fn unknown_names_are_refused_with_what_is_known() {
    let folder = with_config("[targets.mine]\nfhir_base = \"https://fhir.example.org/r4\"\n");
    snapshot("unknown-target", folder.path(), ran(&mut probity(folder.path(), &["run", "--target", "mien"])));
    snapshot("unknown-fault", folder.path(), ran(&mut probity(folder.path(), &["serve", "--fault", "pkce.optionel"])));
    snapshot("no-run", folder.path(), ran(&mut probity(folder.path(), &["report", "nowhere"])));
    let (code, ..) = ran(&mut probity(folder.path(), &["run", "--fail-on", "everything"]));
    assert_eq!(code, 2);
}

#[test]
fn init_writes_a_configuration_that_loads_and_overwrites_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = ran(&mut probity(folder.path(), &["init"]));
    assert_eq!(code, 0, "{out}{err}");
    let written = std::fs::read_to_string(folder.path().join("probity.toml")).unwrap();
    snapshot("init-again", folder.path(), ran(&mut probity(folder.path(), &["init"])));
    assert_eq!(std::fs::read_to_string(folder.path().join("probity.toml")).unwrap(), written);
}
