//! What a person answers for: asked, written down, counted, and never passed.

use crate::{probity, ran};
use serde_json::Value;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

const GUI: &str = "g10.attest.authorization-gui";
const NOTICE: &str = "g10.attest.offline-access-notice";

/// Runs `probity attest` with what a person types.
fn attest(folder: &Path, wanted: &[&str], typed: &str) -> String {
    let arguments: Vec<&str> = ["attest"].iter().chain(wanted).copied().collect();
    let mut command = probity(folder, &arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap()
}

fn verdicts(folder: &Path) -> (i32, Value) {
    let (code, out, err) = ran(&mut probity(folder, &["run", GUI, NOTICE, "--out", "r"]));
    let text = std::fs::read_to_string(folder.join("r/run.json")).unwrap_or_else(|_| panic!("{out}{err}"));
    let run: Value = serde_json::from_str(&text).unwrap();
    let all = run["scenarios"].as_array().unwrap();
    (code, all.iter().map(|s| (s["requirement"]["id"].as_str().unwrap().to_owned(), s.clone())).collect())
}

#[test]
fn what_nobody_has_looked_at_is_outstanding_and_what_somebody_has_is_attested() {
    let folder = tempfile::tempdir().unwrap();
    let (code, before) = verdicts(folder.path());
    assert_eq!(
        (code, &before[GUI]["verdict"], &before[NOTICE]["verdict"]),
        (0, &"outstanding".into(), &"outstanding".into())
    );

    std::fs::write(folder.path().join("page.png"), "a picture").unwrap();
    let typed = "maybe\ny\nThe page lists each type.\nA tester of the vendor\nno.png\npage.png\nn\nThe page does not say so.\n\n";
    let asked = attest(folder.path(), &[GUI, NOTICE], typed);
    assert!(asked.contains("no.png cannot be read") && asked.contains("2 answers written"), "{asked}");

    let (code, after) = verdicts(folder.path());
    assert_eq!((code, &after[GUI]["verdict"], &after[NOTICE]["verdict"]), (1, &"attested".into(), &"fail".into()));
    let own = &after[GUI]["attestation"];
    assert_eq!((&own["by"], &own["evidence"]), (&"A tester of the vendor".into(), &"page.png".into()));
    assert_eq!(own["sha256"].as_str().unwrap().len(), 64);
    assert_eq!(
        attest(folder.path(), &[GUI, NOTICE], "").lines().next().unwrap(),
        "0 answers outstanding for the target embedded."
    );
}

#[test]
fn a_word_for_another_target_or_of_yesterday_alone_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let word = |more: &str| {
        format!("[[attestation]]\nid = \"{GUI}\"\nstatement = \"seen\"\nby = \"a tester\"\non = 2026-01-01\n{more}\n")
    };
    for more in ["target = \"elsewhere\"", "until = 2026-01-02"] {
        std::fs::write(folder.path().join("probity-attestations.toml"), word(more)).unwrap();
        assert_eq!(verdicts(folder.path()).1[GUI]["verdict"], "outstanding", "{more}");
    }
    std::fs::write(folder.path().join("probity-attestations.toml"), word("")).unwrap();
    assert_eq!(verdicts(folder.path()).1[GUI]["verdict"], "attested");
}

#[test]
fn a_mistake_in_the_file_is_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("page.png"), "another picture").unwrap();
    let cases = [
        (
            "id = \"g10.attest.autorization-gui\"\nstatement = \"s\"\nby = \"b\"\non = 2026-01-01",
            "nobody is asked about",
        ),
        ("id = \"g10.standalone.scopes\"\nstatement = \"s\"\nby = \"b\"\non = 2026-01-01", "nobody is asked about"),
        ("id = \"g10.attest.accuracy\"\nstatement = \"s\"\nby = \"b\"\non = 2999-01-01", "a day to come"),
        ("id = \"g10.attest.accuracy\"\nby = \"b\"\non = 2026-01-01", "statement"),
        (
            "id = \"g10.attest.accuracy\"\nstatement = \"s\"\nby = \"b\"\non = 2026-01-01\nevidence = \"page.png\"\nsha256 = \"00\"",
            "not what its digest says",
        ),
        ("id = \"g10.attest.accuracy\"\nstatment = \"s\"", "statment"),
    ];
    for (text, told) in cases {
        std::fs::write(folder.path().join("probity-attestations.toml"), format!("[[attestation]]\n{text}\n")).unwrap();
        let (code, _, err) = ran(&mut probity(folder.path(), &["run", GUI]));
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(told) && err.contains("probity-attestations.toml") && err.contains("help"), "{err}");
    }
}

#[test]
fn the_evidence_of_a_run_is_verified_and_a_changed_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let wanted = ["run", "smart.discovery", "--format", "evidence", "--out", "out", "-q"];
    let (code, out, err) = ran(&mut probity(folder.path(), &wanted));
    assert_eq!(code, 0, "{out}{err}");
    let (code, out, err) = ran(&mut probity(folder.path(), &["verify", "out/evidence.zip"]));
    assert!(code == 0 && out.contains("8 files, none changed") && out.contains("gate passed"), "{out}{err}");
    let (_, out, _) = ran(&mut probity(folder.path(), &["verify", "out/evidence.zip", "--format", "json"]));
    let told: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&told["rendered_again"], &told["gate"]), (&true.into(), &"passed".into()));
    let path = folder.path().join("out/evidence.zip");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&path, bytes).unwrap();
    let (code, _, err) = ran(&mut probity(folder.path(), &["verify", "out/evidence.zip"]));
    assert!(code == 2 && err.contains("no bundle of evidence"), "{err}");
}
