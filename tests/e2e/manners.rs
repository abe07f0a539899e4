//! What a target is spared, and what it is told: a budget of requests, who asks, and grants that are given back.

use crate::{Foreign, probity, ran};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

fn run(foreign: &Foreign, folder: &Path, wanted: &[&str]) -> Value {
    let arguments = [&["run", "--out", "out"], wanted].concat();
    let (_, out, err) = ran(&mut foreign.probity(folder, &arguments));
    let text = std::fs::read(folder.join("out/run.json")).unwrap_or_else(|_| panic!("{out}{err}"));
    serde_json::from_slice(&text).unwrap()
}

fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// The answers to what was given back.
fn given_back(run: &Value) -> Vec<u64> {
    let given = |one: &&Value| one["purpose"].as_str().is_some_and(|purpose| purpose.contains("given back"));
    list(run, "exchanges").iter().filter(given).filter_map(|one| one["response"]["status"].as_u64()).collect()
}

#[test]
fn no_grant_of_a_run_outlives_it() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = Foreign::with(&[]);
    foreign.configure(folder.path());
    let ended = run(&foreign, folder.path(), &["smart.standalone", "smart.refresh"]);
    let statuses = given_back(&ended);
    assert!(statuses.len() >= 3 && statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert!(list(&ended, "setup").iter().all(|setup| setup["id"] != "setup.grants"));
}

#[test]
fn what_cannot_be_given_back_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = Foreign::with(&["discovery.without-revocation"]);
    foreign.configure(folder.path());
    let ended = run(&foreign, folder.path(), &["smart.standalone.token-exchange"]);
    let told = list(&ended, "setup").iter().find(|setup| setup["id"] == "setup.grants").unwrap();
    assert!(told["state"] == "noted" && told["reason"].as_str().unwrap().contains("no revocation endpoint"), "{told}");
}

#[test]
fn beyond_the_budget_nothing_is_asked_and_nothing_is_passed() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = Foreign::with(&[]);
    let few = ("requests_per_second = 0", "requests_per_second = 0\nrequests = 3");
    foreign.configure_with(folder.path(), &[few]);
    let ended = run(&foreign, folder.path(), &["smart.standalone"]);
    let answers = list(&ended, "exchanges").iter().filter(|one| !one["response"].is_null()).count();
    assert_eq!(answers, 3);
    let reasons: Vec<String> = list(&ended, "scenarios").iter().map(|one| one["reason"].to_string()).collect();
    assert!(list(&ended, "scenarios").iter().all(|one| one["verdict"] != "pass"), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("limits.requests")), "{reasons:?}");
}

#[test]
fn a_target_is_told_which_run_asks() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut seen = [0; 4096];
        let many = stream.read(&mut seen).unwrap();
        stream.write_all(b"HTTP/1.1 404 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").unwrap();
        String::from_utf8_lossy(&seen[..many]).into_owned()
    });
    let folder = tempfile::tempdir().unwrap();
    let text = format!("[targets.t]\nfhir_base = \"http://127.0.0.1:{port}/fhir\"\nlimits.retries = 0\n");
    std::fs::write(folder.path().join("probity.toml"), text).unwrap();
    let (_, out, err) = ran(&mut probity(folder.path(), &["run", "smart.discovery.well-known", "--out", "out"]));
    let request = heard.join().unwrap();
    let run = std::fs::read(folder.path().join("out/run.json")).unwrap_or_else(|_| panic!("{out}{err}"));
    let id = serde_json::from_slice::<Value>(&run).unwrap()["id"].as_str().unwrap().to_owned();
    assert!(request.contains(&format!("(run {id})")), "{request}");
    assert!(err.contains("1 scenarios, against t") && err.contains("environment production; at most 50000"), "{err}");
}
