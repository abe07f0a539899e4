//! What a real server may want: parameters of its own, fewer clients, a key set, a configuration that stands by itself.

use crate::{Foreign, probity, ran, require};
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

fn run(foreign: &Foreign, folder: &Path, wanted: &[&str]) -> Value {
    let arguments: Vec<&str> = ["run", "--out", "r"].iter().chain(wanted).copied().collect();
    let (_, out, err) = ran(&mut foreign.probity(folder, &arguments));
    let text = std::fs::read_to_string(folder.join("r/run.json")).unwrap_or_else(|_| panic!("{out}{err}"));
    serde_json::from_str(&text).unwrap()
}

#[test]
fn requests_have_the_parameters_that_the_configuration_adds() {
    let (folder, foreign) = (tempfile::tempdir().unwrap(), Foreign::with(&[]));
    let own = "[targets.foreign.clients.public.authorize]\nprompt = \"consent\"\n\
               [targets.foreign.clients.public.token]\nresource = \"x-marks\"\n[targets.foreign.clients.second]";
    foreign.configure_with(folder.path(), &[("[targets.foreign.clients.second]", own)]);
    let run = run(&foreign, folder.path(), &["smart.standalone.token-exchange", "smart.refresh.works"]);
    let purpose = |wanted: &str| {
        let all = run["exchanges"].as_array().unwrap().iter();
        let own: Vec<String> =
            all.filter(|e| e["purpose"].as_str().unwrap().contains(wanted)).map(|e| e["request"].to_string()).collect();
        assert!(!own.is_empty(), "{wanted}");
        own
    };
    assert!(purpose("authorization request").iter().all(|request| request.contains("prompt=consent")));
    assert!(purpose("exchange of a code").iter().all(|request| request.contains("x-marks")));
    assert!(purpose("use of a refresh token").iter().all(|request| request.contains("x-marks")));
}

#[test]
fn what_probity_makes_itself_cannot_be_set() {
    let (folder, foreign) = (tempfile::tempdir().unwrap(), Foreign::with(&[]));
    let own = "[targets.foreign.clients.public.authorize]\nstate = \"x\"\n[targets.foreign.clients.second]";
    foreign.configure_with(folder.path(), &[("[targets.foreign.clients.second]", own)]);
    let (code, _, err) = ran(&mut foreign.probity(folder.path(), &["run", "smart"]));
    assert!(code == 2 && err.contains("cannot be set") && err.contains("probity.toml:"), "{err}");
}

#[test]
fn a_client_of_the_preset_can_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = Foreign::with(&[]);
    foreign.configure_with(
        folder.path(),
        &[("[targets.foreign.limits]", "without_clients = [\"second\"]\n[targets.foreign.limits]")],
    );
    let run = run(&foreign, folder.path(), &["code.other-client"]);
    assert_eq!(run["scenarios"][0]["cause"], "not-configured");
    foreign.configure_with(
        folder.path(),
        &[("[targets.foreign.limits]", "without_clients = [\"secnd\"]\n[targets.foreign.limits]")],
    );
    let (code, _, err) = ran(&mut foreign.probity(folder.path(), &["run", "code.other-client"]));
    assert!(code == 2 && err.contains("`secnd`") && err.contains("second"), "{err}");
}

#[test]
fn a_certificate_without_its_key_is_named() {
    let (folder, foreign) = (tempfile::tempdir().unwrap(), Foreign::with(&[]));
    let own = |text: &str| format!("[targets.foreign.tls]\n{text}\n[targets.foreign.limits]");
    for (text, told) in [
        ("client_certificate = \"c.pem\"", "client_key"),
        ("client_certificate = \"c.pem\"\nclient_key = { file = \"c.key\" }", "cannot read the certificate file"),
    ] {
        std::fs::write(folder.path().join("c.key"), "no key").unwrap();
        foreign.configure_with(folder.path(), &[("[targets.foreign.limits]", &own(text))]);
        let (code, _, err) = ran(&mut foreign.probity(folder.path(), &["run", "smart"]));
        assert!(code == 2 && err.contains(told) && !err.contains("no key"), "{err}");
    }
    std::fs::write(folder.path().join("c.pem"), "no certificate").unwrap();
    let (code, _, err) = ran(&mut foreign.probity(folder.path(), &["run", "smart"]));
    assert!(code == 2 && err.contains("PEM form"), "{err}");
}

#[test]
fn the_key_set_has_public_keys_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = ran(&mut probity(folder.path(), &["jwks"]));
    let keys: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{err}"));
    let key = &keys["keys"][0];
    assert_eq!((code, &key["kty"], &key["use"], &key["alg"]), (0, &"EC".into(), &"sig".into(), &"ES384".into()));
    assert!(key.get("d").is_none() && !out.contains("PRIVATE"));

    let mut served = started(probity(folder.path(), &["jwks", "--serve"]));
    let line = lines(&mut served, "http://");
    let address = &line[line.find("http://").unwrap()..];
    let foreign = Foreign::with(&[]);
    let same = foreign.block_on(async {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        http.get(address).send().await.unwrap().text().await.unwrap()
    });
    assert_eq!(serde_json::from_str::<Value>(&same).unwrap()["keys"][0]["kty"], "EC");
    served.kill().unwrap();
}

#[test]
fn the_configuration_that_serve_writes_stands_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut served = started(probity(folder.path(), &["serve", "--port", "0", "--write-config", "served.toml"]));
    lines(&mut served, "Stop with");
    let text = std::fs::read_to_string(folder.path().join("served.toml")).unwrap();
    assert!(!text.contains("env =") && text.contains("served.secrets/"), "{text}");
    let wanted =
        ["run", "--config", "served.toml", "smart.standalone", "smart.ehr", "isolation-tenant.token-at-other-base"];
    let (code, out, err) = ran(&mut probity(folder.path(), &wanted));
    served.kill().unwrap();
    assert!(code == 0 && !err.contains("warning"), "{out}{err}");
    let (code, _, err) = ran(&mut probity(folder.path(), &["serve", "--port", "0", "--write-config", "served.toml"]));
    assert!(code == 2 && err.contains("served.toml"), "{err}");
}

/// The reference target behind TLS, with these options; its configuration is `served.toml` in `folder`.
pub fn behind_tls(folder: &Path, options: &[&str]) -> Child {
    let arguments = [&["serve", "--tls", "--port", "0", "--write-config", "served.toml"], options].concat();
    let mut served = started(probity(folder, &arguments));
    lines(&mut served, "Stop with");
    served
}

#[test]
pub fn behind_tls_all_that_is_not_about_plain_connections_passes() {
    let folder = tempfile::tempdir().unwrap();
    let mut served = behind_tls(folder.path(), &[]);
    let (code, out, err) = ran(&mut probity(folder.path(), &["run", "--config", "served.toml", "--out", "out", "-q"]));
    served.kill().unwrap();
    served.wait().unwrap();
    assert_eq!(code, 0, "{out}{err}");
    let run: Value = serde_json::from_slice(&std::fs::read(folder.path().join("out/run.json")).unwrap()).unwrap();
    let of_tls = |scenario: &&Value| {
        let id = scenario["requirement"]["id"].as_str().unwrap();
        id.starts_with("transport.") || id.contains(".tls.")
    };
    let verdicts: Vec<&Value> =
        run["scenarios"].as_array().unwrap().iter().filter(of_tls).map(|scenario| &scenario["verdict"]).collect();
    assert!(verdicts.len() >= 12 && verdicts.iter().all(|verdict| *verdict == "pass"), "{verdicts:?}");
}

#[test]
fn a_browser_believes_the_authority_of_the_configuration() {
    let found = std::process::Command::new("chromedriver").arg("--version").output().ok();
    if require::require(found, "install chromium and its chromedriver, to sign in behind TLS").is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut served = behind_tls(folder.path(), &["--script-pages"]);
    let (code, out, err) =
        ran(&mut probity(folder.path(), &["login", "a", "--app", "public", "--config", "served.toml"]));
    served.kill().unwrap();
    served.wait().unwrap();
    assert!(code == 0 && out.contains("signed in: patient patient-1"), "{out}{err}");
}

fn started(mut command: std::process::Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// The first line that has these words.
fn lines(child: &mut Child, words: &str) -> String {
    let out = BufReader::new(child.stdout.as_mut().unwrap());
    out.lines().map(Result::unwrap).find(|line| line.contains(words)).unwrap()
}
