//! Nothing secret and, by default, nothing of a record is left behind by a run.

use crate::{Foreign, ran};
use serde_json::Value;
use std::collections::BTreeSet;

/// Values of the synthetic people that stand nowhere but in their records, from a run that keeps whole bodies.
fn personal_values(run: &Value) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    for exchange in run["exchanges"].as_array().unwrap() {
        let Some(text) = exchange["response"]["body"]["text"].as_str() else { continue };
        let Ok(body) = serde_json::from_str::<Value>(text) else { continue };
        if body["resourceType"] != "Patient" {
            continue;
        }
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let mut add = |value: &Value| values.extend(value.as_str().filter(|v| v.len() > 4).map(str::to_owned));
        list(&body["name"]).iter().for_each(|name| add(&name["family"]));
        list(&body["identifier"]).iter().for_each(|identifier| add(&identifier["value"]));
        list(&body["telecom"]).iter().for_each(|telecom| add(&telecom["value"]));
        add(&body["birthDate"]);
    }
    values
}

#[test]
fn a_run_leaves_no_secret_and_no_record_behind() {
    let foreign = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    foreign.configure(folder.path());
    let (code, out, err) = ran(&mut foreign.probity(folder.path(), &["run", "--out", "shape"]));
    assert_eq!(code, 0, "{out}{err}");
    foreign.configure_with(folder.path(), &[("permitted = true", "permitted = true\nbodies = \"full\"")]);
    let (code, full_out, err) = ran(&mut foreign.probity(folder.path(), &["run", "--out", "full"]));
    assert_eq!(code, 0, "{full_out}{err}");

    let read = |home: &str| -> Vec<(String, String)> {
        let files = std::fs::read_dir(folder.path().join(home)).unwrap();
        let file = |path: std::path::PathBuf| (path.display().to_string(), std::fs::read_to_string(&path).unwrap());
        files.map(|entry| file(entry.unwrap().path())).collect()
    };
    let mut written = read("shape");
    written.push(("output".to_owned(), out + err.as_str()));
    let kept = read("full");
    let run = kept.iter().find(|(name, _)| name.ends_with("run.json")).unwrap();
    let personal = personal_values(&serde_json::from_str(&run.1).unwrap());
    assert!(personal.len() >= 8, "the people show values to look for: {personal:?}");

    let token = regex::Regex::new(r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}").unwrap();
    let code = regex::Regex::new(r#"[?&](?:code|launch|access_token)=[A-Za-z0-9_-]{16,}"#).unwrap();
    let secrets = foreign.secrets();
    for (name, text) in written.iter().chain(&kept) {
        assert!(!token.is_match(text), "{name} holds a token: {:?}", token.find(text));
        assert!(!code.is_match(text), "{name} holds a code: {:?}", code.find(text));
        for secret in &secrets {
            let line = secret.lines().nth(1).unwrap_or(secret);
            assert!(!text.contains(line), "{name} holds a secret of the configuration");
        }
    }
    for (name, text) in &written {
        for value in &personal {
            assert!(!text.contains(value.as_str()), "{name} holds {value:?} of a record");
        }
    }
}
