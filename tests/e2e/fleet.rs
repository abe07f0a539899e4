//! Many targets and many machines: parts of a run put together, and every target in one table.

use crate::{Foreign, probity, ran};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

fn verdicts(run: &Path) -> BTreeMap<String, String> {
    let run: Value = serde_json::from_slice(&std::fs::read(run).unwrap()).unwrap();
    let known: Vec<u64> =
        run["exchanges"].as_array().unwrap().iter().map(|own| own["number"].as_u64().unwrap()).collect();
    let mut all = BTreeMap::new();
    for scenario in run["scenarios"].as_array().unwrap() {
        let steps = scenario["steps"].as_array().unwrap();
        let findings = steps.iter().flat_map(|step| step["findings"].as_array().into_iter().flatten());
        let cites = findings.flat_map(|finding| finding["cites"].as_array().into_iter().flatten());
        for cited in cites.filter_map(Value::as_u64) {
            assert!(known.contains(&cited), "{} cites {cited}, which is not there", scenario["requirement"]["id"]);
        }
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        all.insert(text(&scenario["requirement"]["id"]), text(&scenario["verdict"]));
    }
    all
}

#[test]
fn parts_put_together_say_what_the_whole_says() {
    let folder = tempfile::tempdir().unwrap();
    let selection = ["pkce", "token", "us-core.patient"];
    let run = |more: &[&str]| {
        let arguments: Vec<&str> = ["run", "--quiet"].iter().chain(more).chain(&selection).copied().collect();
        ran(&mut probity(folder.path(), &arguments)).0
    };
    assert_eq!(run(&["--out", "whole"]), 0);
    for part in ["1/3", "2/3", "3/3"] {
        let out = format!("parts/{}", part.replace('/', "-of-"));
        assert_eq!(run(&["--shard", part, "--out", &out, "--require", "pkce"]), 0, "{part}");
    }
    let (code, out, err) = ran(&mut probity(folder.path(), &["merge", "parts", "--out", "merged"]));
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("embedded") && out.contains("passed") && out.contains("fleet.html"), "{out}");
    let (mut whole, mut merged) =
        (verdicts(&folder.path().join("whole/run.json")), verdicts(&folder.path().join("merged/embedded/run.json")));
    // It looks at every token of a run, and a part has fewer of them.
    assert!(whole.remove("token.strength").is_some() && merged.remove("token.strength").is_some());
    assert!(merged == whole && whole.len() > 50, "{merged:?}\n{whole:?}");
    let page = std::fs::read_to_string(folder.path().join("merged/fleet.html")).unwrap();
    assert!(page.contains("1 of 1 targets pass") && page.contains("embedded/report.html"));

    // A part that is not there makes the whole inconclusive, and one that is there twice is refused.
    std::fs::remove_dir_all(folder.path().join("parts/2-of-3")).unwrap();
    let (code, out, err) = ran(&mut probity(folder.path(), &["merge", "parts", "--out", "less"]));
    assert_eq!(code, 3, "{out}{err}");
    assert!(err.contains("embedded is not whole"), "{err}");
    std::fs::create_dir_all(folder.path().join("parts/again")).unwrap();
    std::fs::copy(folder.path().join("parts/1-of-3/run.json"), folder.path().join("parts/again/run.json")).unwrap();
    let (code, _, err) = ran(&mut probity(folder.path(), &["merge", "parts", "--out", "twice"]));
    assert!(code == 2 && err.contains("both hold part 1/3"), "{err}");
    let (code, _, err) = ran(&mut probity(folder.path(), &["run", "--shard", "4/3"]));
    assert!(code == 2 && err.contains("write it as 2/4"), "{err}");
}

#[test]
fn every_target_of_a_configuration_stands_in_one_table() {
    let (right, wrong) = (Foreign::with(&[]), Foreign::with(&["pkce.verifier-optional"]));
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for (name, server) in [("right", &right), ("wrong", &wrong)] {
        server.configure(folder.path());
        let own = std::fs::read_to_string(folder.path().join("probity.toml")).unwrap();
        let own = own.replace("targets.foreign", &format!("targets.{name}"));
        text.push_str(
            &own.replace("EMBEDDED_HARBOR_", if name == "wrong" { "EMBEDDED_WRONG_" } else { "EMBEDDED_HARBOR_" }),
        );
    }
    std::fs::write(folder.path().join("probity.toml"), text).unwrap();
    let mut command = right.probity(folder.path(), &["run", "--all-targets", "--out", "all", "pkce", "--quiet"]);
    for (name, value) in wrong.named_secrets() {
        command.env(name.replace("EMBEDDED_HARBOR_", "EMBEDDED_WRONG_"), value);
    }
    let (code, out, err) = ran(&mut command);
    assert_eq!(code, 1, "{out}{err}");
    let table = std::fs::read_to_string(folder.path().join("all/fleet.csv")).unwrap();
    let told = |name: &str, verdict: &str| {
        table.lines().filter(|line| line.starts_with(name) && line.trim_end().ends_with(verdict)).count()
    };
    assert!(told("right", "pass") > 10 && told("right", "fail") == 0, "{table}");
    assert_eq!(told("wrong", "fail"), 1, "{table}");
    let json: Value = serde_json::from_slice(&std::fs::read(folder.path().join("all/fleet.json")).unwrap()).unwrap();
    assert_eq!(json["targets"][1]["gate"], "failed");
    assert!(folder.path().join("all/wrong/report.html").exists() && folder.path().join("all/right/run.json").exists());
}

#[test]
fn what_is_not_the_same_each_time_is_flaky() {
    // The defect shows itself once.
    let server = Foreign::with(&["code.beginning-suffices-once"]);
    let folder = tempfile::tempdir().unwrap();
    server.configure(folder.path());
    let ids = ["code.tampered", "pkce.wrong-verifier"];
    let arguments = ["run", "--target", "foreign", "--intrusive", "--repeat", "2", "--quiet", "--out", "times"];
    let arguments: Vec<&str> = arguments.into_iter().chain(ids).collect();
    let (code, out, err) = ran(&mut server.probity(folder.path(), &arguments));
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.contains("flaky: code.tampered: fail, pass") && out.contains("1 are flaky in 2 runs"), "{out}");
    assert!(folder.path().join("times/2/report.html").exists() && folder.path().join("times/fleet.html").exists());
}

/// The options that a manifest or a template gives to a verb.
fn options(text: &str) -> Vec<String> {
    let words = text.split_whitespace().filter(|word| word.starts_with("--"));
    let named = words.map(|word| word.split(['=', '\'', ',', ']']).next().unwrap_or_default().to_owned());
    named.filter(|name| !["--locked", "---"].contains(&name.as_str())).collect()
}

#[test]
fn manifests_name_options_that_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy");
    let help = |verb: &str| ran(&mut probity(&root, &[verb, "--help"])).1;
    let (run, merge) = (help("run"), help("merge"));
    let mut seen = 0;
    for (file, known) in [("kubernetes/run.yaml", &run), ("kubernetes/merge.yaml", &merge)] {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        let text: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
        for option in options(&text.join("\n")) {
            assert!(
                known.contains(&format!("{option} ")) || known.contains(&format!("{option}\n")),
                "{file}: {option}"
            );
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen}");
}
