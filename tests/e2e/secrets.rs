//! Nothing secret and, by default, nothing of a record is left behind by a run.

use crate::{Foreign, ran};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

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

/// Every file of a folder as text. What is packed is unpacked: nothing hides in an archive or in the parts of a page.
fn read(folder: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let (name, bytes) = (path.display().to_string(), std::fs::read(&path).unwrap());
        if !name.ends_with(".zip") {
            all.push((name, String::from_utf8(bytes).unwrap()));
            continue;
        }
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        for at in 0..archive.len() {
            let (mut file, mut text) = (archive.by_index(at).unwrap(), String::new());
            file.read_to_string(&mut text).unwrap();
            all.push((format!("{name}: {}", file.name().unwrap()), text));
        }
    }
    let part = regex::Regex::new("H4sI[A-Za-z0-9+/=]{20,}").unwrap();
    let mut parts = Vec::new();
    for (name, text) in all.iter().filter(|(name, _)| name.ends_with(".html")) {
        for found in part.find_iter(text) {
            let (packed, mut text) = (STANDARD.decode(found.as_str()).unwrap(), String::new());
            flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
            parts.push((format!("{name}: a part"), text));
        }
    }
    assert!(!parts.is_empty(), "a page has its exchanges in packed parts");
    all.extend(parts);
    all
}

/// The forms in which a value could slip through.
fn forms(value: &str) -> BTreeSet<String> {
    let hex = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent = url::form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>();
    let mut all = BTreeSet::from([
        value.to_owned(),
        percent.replace('+', "%20"),
        percent,
        serde_json::to_string(value).unwrap().trim_matches('"').to_owned(),
        hex,
    ]);
    // The place in a longer text decides which characters base64 has: the middle of each is the same anywhere.
    for lead in 0..3 {
        let shifted = [&b"\0\0"[..lead], value.as_bytes()].concat();
        for text in [STANDARD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
            let inner: String = text.chars().skip(4).take((value.len() - 3) / 3 * 4).collect();
            all.extend((inner.len() >= 8).then_some(inner));
        }
    }
    all
}

#[test]
fn a_run_leaves_no_secret_and_no_record_behind() {
    let foreign = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    foreign.configure(folder.path());
    let formats = probity::report::Format::ALL.map(probity::report::Format::word).join(",");
    let run = |out: &str| ran(&mut foreign.probity(folder.path(), &["run", "--format", &formats, "--out", out]));
    let (code, out, err) = run("shape");
    assert_eq!(code, 0, "{out}{err}");
    foreign.configure_with(folder.path(), &[("permitted = true", "permitted = true\nbodies = \"full\"")]);
    let (code, full_out, err) = run("full");
    assert_eq!(code, 0, "{full_out}{err}");

    let mut written = read(&folder.path().join("shape"));
    written.push(("output".to_owned(), out + err.as_str()));
    let kept = read(&folder.path().join("full"));
    let run = kept.iter().find(|(name, _)| name.ends_with("run.json")).unwrap();
    let personal = personal_values(&serde_json::from_str(&run.1).unwrap());
    assert!(personal.len() >= 8, "the people show values to look for: {personal:?}");

    let token = regex::Regex::new(r"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}").unwrap();
    let code = regex::Regex::new(r#"[?&](?:code|launch|access_token)=[A-Za-z0-9_-]{16,}"#).unwrap();
    let secrets = foreign.secrets();
    let all_of: Vec<BTreeSet<String>> =
        secrets.iter().map(|secret| forms(secret.lines().nth(1).unwrap_or(secret))).collect();
    for (name, text) in written.iter().chain(&kept) {
        assert!(!token.is_match(text), "{name} holds a token: {:?}", token.find(text));
        assert!(!code.is_match(text), "{name} holds a code: {:?}", code.find(text));
        for form in all_of.iter().flatten() {
            assert!(!text.contains(form.as_str()), "{name} holds a secret of the configuration");
        }
    }
    for (name, text) in &written {
        for form in personal.iter().flat_map(|value| forms(value)) {
            assert!(!text.contains(&form), "{name} holds {form:?} of a record");
        }
    }
}
