//! Tokens that outlive a run: kept by one, and used by a later one after their end.

use crate::{Foreign, ran};
use serde_json::Value;
use std::path::Path;

const KEY: &str = "a passphrase of the test";
/// Scenarios that wait for the end of a token, in the order of their names.
const IDS: [&str; 4] =
    ["expired.introspection-inactive", "expired.read", "expired.refresh-recovers", "token.jwt-exp-edited"];

/// A configuration with a client whose tokens live for seconds, or without one; no run waits longer than `longest`.
fn configure(server: &Foreign, folder: &Path, has_short_lived: bool, longest: &str) {
    server.configure(folder);
    let path = folder.join("probity.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("cluster_lag = \"0s\"", &format!("cluster_lag = \"0s\"\nlongest = \"{longest}\""));
    let client = "[targets.foreign.clients.short_lived]\nid = \"probity-short\"\n";
    std::fs::write(path, format!("{text}{}", if has_short_lived { client } else { "" })).unwrap();
}

fn run(server: &Foreign, folder: &Path, arguments: &[&str], key: Option<&str>) -> (i32, String, Value) {
    let all: Vec<&str> = ["run", "--target", "foreign", "--intrusive", "--out", "out"]
        .into_iter()
        .chain(arguments.iter().copied())
        .collect();
    let mut command = server.probity(folder, &all);
    command.env_remove("PROBITY_PARKING_KEY");
    if let Some(key) = key {
        command.env("PROBITY_PARKING_KEY", key);
    }
    let (code, out, err) = ran(&mut command);
    let run = std::fs::read(folder.join("out/run.json")).map(|bytes| serde_json::from_slice(&bytes).unwrap());
    (code, format!("{out}{err}"), run.unwrap_or_default())
}

fn verdicts(run: &Value) -> Vec<(&str, &str)> {
    let all = run["scenarios"].as_array().unwrap();
    all.iter().map(|s| (s["requirement"]["id"].as_str().unwrap(), s["verdict"].as_str().unwrap())).collect()
}

fn park(server: &Foreign, folder: &Path) -> Value {
    configure(server, folder, true, "1s");
    let arguments: Vec<&str> = IDS.into_iter().chain(["--park", "parked.age"]).collect();
    let (code, told, run) = run(server, folder, &arguments, Some(KEY));
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("the tokens of 4 scenarios are kept"), "{told}");
    assert!(verdicts(&run).iter().all(|(_, verdict)| *verdict == "skip"), "{:?}", verdicts(&run));
    run
}

#[test]
fn what_waits_for_the_end_of_a_token_is_tested_by_a_later_run() {
    let server = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    let first = park(&server, folder.path());
    let bytes = std::fs::read(folder.path().join("parked.age")).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1"), "the tokens are encrypted");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = folder.path().join("parked.age").metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    configure(&server, folder.path(), true, "30s");
    let (code, told, run) = run(&server, folder.path(), &["--resume", "parked.age"], Some(KEY));
    assert_eq!(code, 0, "{told}");
    let mut all = verdicts(&run);
    all.sort_unstable();
    assert_eq!(all, IDS.map(|id| (id, "pass")).to_vec());
    let kept = run["setup"].as_array().unwrap().iter().find(|setup| setup["id"] == "setup.resumed").unwrap();
    assert!(kept["reason"].as_str().unwrap().contains(first["id"].as_str().unwrap()), "{kept}");
}

#[test]
fn a_token_that_works_after_its_end_is_found_by_the_later_run() {
    let server = Foreign::with(&["token.expiry-ignored"]);
    let folder = tempfile::tempdir().unwrap();
    park(&server, folder.path());
    configure(&server, folder.path(), true, "30s");
    let (code, told, run) = run(&server, folder.path(), &["--resume", "parked.age"], Some(KEY));
    assert_eq!(code, 1, "{told}");
    assert!(verdicts(&run).contains(&("expired.read", "fail")), "{:?}", verdicts(&run));
}

#[test]
fn any_app_does_where_tokens_are_kept_and_nobody_goes_on_too_early() {
    let server = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    configure(&server, folder.path(), false, "1s");
    let (_, told, _) = run(&server, folder.path(), &["expired.read", "--park", "parked.age"], Some(KEY));
    assert!(told.contains("the tokens of one scenario are kept"), "{told}");
    let (_, told, run) = run(&server, folder.path(), &["--resume", "parked.age"], Some(KEY));
    assert_eq!(verdicts(&run), [("expired.read", "skip")], "{told}");
    assert!(told.contains("the token that was kept expires at"), "{told}");
}

#[test]
fn what_is_wrong_with_a_file_of_kept_tokens_is_told_before_the_run() {
    let server = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    park(&server, folder.path());
    std::fs::write(folder.path().join("other.age"), "not encrypted").unwrap();
    let other = Foreign::with(&[]);
    for (server, file, key, wanted) in [
        (&server, "parked.age", None, "PROBITY_PARKING_KEY is not set"),
        (&server, "parked.age", Some("too short"), "has fewer than 16 characters"),
        (&server, "parked.age", Some("another passphrase"), "cannot be decrypted with PROBITY_PARKING_KEY"),
        (&server, "other.age", Some(KEY), "cannot be decrypted"),
        (&server, "nowhere.age", Some(KEY), "cannot be read"),
        (&other, "parked.age", Some(KEY), "holds tokens of http://127.0.0.1"),
    ] {
        configure(server, folder.path(), true, "1s");
        let (code, told, _) = run(server, folder.path(), &["--resume", file], key);
        assert_eq!(code, 2, "{told}");
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
}
