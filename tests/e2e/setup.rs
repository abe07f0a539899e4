//! Wrong setups: each is named once, blocks what needs it, and the server is blamed for nothing.

use crate::{Foreign, ran};
use serde_json::Value;
use std::path::Path;

/// What one wrong setup comes to.
struct Told {
    code: i32,
    out: String,
    run: Value,
}

impl Told {
    fn of(foreign: &Foreign, folder: &Path, wanted: &[&str], secrets: &[(&str, &str)]) -> Self {
        let arguments: Vec<&str> = ["run", "--out", "r"].iter().chain(wanted).copied().collect();
        let mut command = foreign.probity(folder, &arguments);
        command.envs(secrets.iter().copied());
        let (code, out, err) = ran(&mut command);
        let run =
            std::fs::read_to_string(folder.join("r/run.json")).unwrap_or_else(|_| panic!("no report: {out}{err}"));
        Self { code, out, run: serde_json::from_str(&run).unwrap() }
    }

    fn broken(&self) -> Vec<(&str, &str)> {
        let all = self.run["setup"].as_array().map(Vec::as_slice).unwrap_or_default();
        let broken = all.iter().filter(|setup| setup["state"] != "ready");
        broken.map(|setup| (setup["id"].as_str().unwrap(), setup["state"].as_str().unwrap())).collect()
    }

    fn verdicts(&self, verdict: &str) -> Vec<&str> {
        let scenarios = self.run["scenarios"].as_array().unwrap().iter().filter(|s| s["verdict"] == verdict);
        scenarios.map(|s| s["requirement"]["id"].as_str().unwrap()).collect()
    }

    /// How often a login form was sent.
    fn logins(&self) -> usize {
        let exchanges = self.run["exchanges"].as_array().unwrap();
        exchanges.iter().filter(|e| e["purpose"] == "login: credentials").count()
    }

    /// The setup is named with a next step, nothing is failed or warned of, and the gate is not passed.
    fn blames_nobody(&self, setup: &str) {
        assert_eq!(self.code, 3, "{}", self.out);
        assert_eq!(self.verdicts("fail"), Vec::<&str>::new(), "{}", self.out);
        assert!(self.broken().iter().any(|(id, state)| *id == setup && *state != "refused"), "{:?}", self.broken());
        assert!(self.out.contains("Setup: mend this first") && self.out.contains(setup), "{}", self.out);
        assert!(self.out.contains("next step"), "{}", self.out);
    }
}

const SIGN_INS: &[&str] = &[
    "smart.standalone",
    "pkce",
    "code and not @every-answer",
    "redirect.unregistered-host",
    "redirect.path-suffix",
    "redirect.fragment",
    "client-auth",
    "refresh",
    "launch",
];

#[test]
fn a_wrong_password_is_sent_once_and_blocks_what_needs_the_user() {
    let foreign = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    foreign.configure(folder.path());
    let wrong = [("PROBITY_EMBEDDED_HARBOR_USER_1_PASSWORD", "not-the-password")];
    let told = Told::of(&foreign, folder.path(), SIGN_INS, &wrong);
    told.blames_nobody("setup.a.public");
    assert!(told.verdicts("pass").is_empty(), "{:?}", told.verdicts("pass"));
    assert_eq!(told.logins(), 1);
}

#[test]
fn a_user_who_cannot_sign_in_blocks_only_what_their_record_may_show() {
    let foreign = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    foreign.configure_with(folder.path(), &[("permitted = true", "permitted = true\ndata_complete = true")]);
    let wrong = [("PROBITY_EMBEDDED_HARBOR_USER_3_PASSWORD", "not-the-password")];
    let wanted = ["us-core.patient", "us-core.goal", "us-core.observation-pregnancystatus", "smart.standalone"];
    let told = Told::of(&foreign, folder.path(), &wanted, &wrong);
    told.blames_nobody("setup.c.public");
    assert!(told.verdicts("pass").contains(&"smart.standalone.code"), "{}", told.out);
    let setup = &told.run["setup"].as_array().unwrap().iter().find(|setup| setup["id"] == "setup.c.public").unwrap();
    assert!(!setup["blocks"].as_array().unwrap().is_empty(), "{setup}");
}

#[test]
fn a_client_that_the_server_does_not_know_blocks_what_needs_it() {
    let foreign = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    foreign.configure_with(folder.path(), &[("id = \"probity-public\"", "id = \"probity-pubic\"")]);
    let told = Told::of(&foreign, folder.path(), SIGN_INS, &[]);
    told.blames_nobody("setup.a.public");
    for id in ["pkce.wrong-verifier", "redirect.unregistered-host", "launch.wrong-aud", "code.reuse-after-delay"] {
        assert!(!told.verdicts("pass").contains(&id), "{id}: {}", told.out);
    }
}

#[test]
fn a_second_client_that_is_not_registered_blocks_what_it_is_the_attacker_in() {
    let foreign = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    foreign.configure_with(folder.path(), &[("id = \"probity-second\"", "id = \"nobody\"")]);
    let told = Told::of(&foreign, folder.path(), &["code", "refresh"], &[]);
    assert_eq!(told.code, 3, "{}", told.out);
    assert!(told.verdicts("fail").is_empty(), "{}", told.out);
    for id in ["code.other-client", "refresh.other-client"] {
        assert!(!told.verdicts("pass").contains(&id), "{id}: {}", told.out);
    }
}

#[test]
fn a_wrong_secret_blocks_what_needs_the_client() {
    let foreign = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    foreign.configure(folder.path());
    let wrong = [("PROBITY_EMBEDDED_HARBOR_CONFIDENTIAL_SECRET", "not-the-secret")];
    let told = Told::of(&foreign, folder.path(), SIGN_INS, &wrong);
    told.blames_nobody("setup.a.confidential");
    assert!(told.verdicts("pass").contains(&"smart.standalone.code"), "{}", told.out);
    // Assertions are of another app, and a response type is asked for by the public one.
    let other = |id: &str| id.contains(".jwt-") || id == "client-auth.implicit-response-type";
    let passed = told.verdicts("pass");
    assert!(!passed.iter().any(|id| id.starts_with("client-auth") && !other(id)), "{passed:?}");
}

#[test]
fn swapped_users_and_a_wrong_patient_id_are_seen() {
    let foreign = Foreign::with(&[]);
    for (changes, hint) in [
        (vec![("patient = \"patient-1\"", "patient = \"no-such\"")], "the patient of nobody else"),
        (
            vec![
                ("patient = \"patient-1\"", "patient = \"patient-x\""),
                ("patient = \"patient-2\"", "patient = \"patient-1\""),
                ("patient = \"patient-x\"", "patient = \"patient-2\""),
            ],
            "swapped",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        foreign.configure_with(folder.path(), &changes);
        let told =
            Told::of(&foreign, folder.path(), &["smart.standalone", "isolation-patient.read", "us-core.goal"], &[]);
        told.blames_nobody("setup.a.public");
        let words = told.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(hint), "{hint}: {}", told.out);
    }
}

#[test]
fn what_is_required_and_not_configured_fails_the_gate() {
    let foreign = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    foreign.configure(folder.path());
    let wanted = ["isolation-tenant", "smart.discovery"];
    assert_eq!(Told::of(&foreign, folder.path(), &wanted, &[]).code, 0);
    let required = [&wanted[..], &["--require", "@security,smart.discovery"]].concat();
    let told = Told::of(&foreign, folder.path(), &required, &[]);
    assert_eq!(told.code, 1, "{}", told.out);
    let failures = told.run["gate"]["failures"].as_array().unwrap();
    assert!(
        failures.iter().all(|failure| failure["id"].as_str().unwrap().starts_with("isolation-tenant")),
        "{failures:?}"
    );
    assert!(failures.iter().any(|failure| failure["why"] == "required, and not configured"), "{failures:?}");
}

#[test]
fn what_nobody_grants_is_neither_missing_nor_refused_at_a_target_that_is_open_to_all() {
    let server = Foreign::with(&["token.optional"]);
    let folder = tempfile::tempdir().unwrap();
    let open = ("[targets.foreign.limits]", "[targets.foreign.login]\ndriver = \"none\"\n[targets.foreign.limits]");
    server.configure_with(folder.path(), &[open]);
    let wanted = ["g10.access.limited", "token.no-credentials-every-endpoint", "token.garbage-every-endpoint"];
    let told = Told::of(&server, folder.path(), &wanted, &[]);
    let scenarios = told.run["scenarios"].as_array().unwrap();
    assert_eq!(scenarios.len(), 19);
    for scenario in scenarios {
        let verdict = (scenario["verdict"].as_str().unwrap(), scenario["cause"].as_str().unwrap_or_default());
        assert_eq!(verdict, ("skip", "not-applicable"), "{}: {}", scenario["requirement"]["id"], scenario["reason"]);
    }
}
