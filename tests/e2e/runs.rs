//! Runs: what they leave behind, how they end early, and how they are judged.

use crate::{Foreign, probity, ran};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Stdio;

fn read_run(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("run.json")).unwrap()).unwrap()
}

fn verdicts(run: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = run["scenarios"].as_array().unwrap();
    all.iter().map(|s| (text(&s["requirement"]["id"]), text(&s["verdict"]))).collect()
}

#[test]
fn a_run_on_the_embedded_target_passes_and_can_be_rendered_again() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = ran(&mut probity(folder.path(), &["run", "--out", "first"]));
    assert_eq!(code, 0, "{out}{err}");
    let home = folder.path().join("first");
    let run = read_run(&home);
    // Loopback has no TLS, and the embedded tenant has no history, batch or operations: nothing is there to be said of them.
    // It registers no apps, and sets no cookie before a sign-in.
    let topics = [
        "transport.",
        "smart.tls.",
        "us-core.tls.",
        "isolation-patient.",
        "scope.",
        "discovery.registration-not-open",
        "launch.session-fixation",
    ];
    let absent = |id: &str| topics.iter().any(|topic| id.starts_with(topic));
    let is_wrong = |scenario: &&Value| {
        let skipped = scenario["verdict"] == "skip" && scenario["cause"] == "not-applicable";
        let of_people = scenario["verdict"] == "outstanding" && scenario["tags"].to_string().contains("attestation");
        scenario["verdict"] != "pass"
            && !of_people
            && !(skipped && absent(scenario["requirement"]["id"].as_str().unwrap()))
    };
    let wrong: Vec<&Value> = run["scenarios"].as_array().unwrap().iter().filter(is_wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let schema: Value = serde_json::from_str(include_str!("../../profiles/protocol/run.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = schema.iter_errors(&run).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    for name in ["report.html", "junit.xml", "summary.txt", "journal.jsonl"] {
        assert!(home.join(name).metadata().unwrap().len() > 0, "{name}");
    }
    // A report that cannot be written has an exit code of its own, and the verdict is told all the same.
    std::fs::create_dir(home.join(".report.html.part")).unwrap();
    let (code, out, err) = ran(&mut probity(folder.path(), &["report", "first", "--format", "html"]));
    assert_eq!(code, 5, "{out}{err}");
    assert!(out.contains("Gate passed") && err.contains("cannot write to"), "{out}{err}");
    std::fs::remove_dir(home.join(".report.html.part")).unwrap();
    std::fs::remove_file(home.join("run.json")).unwrap();
    let (code, out, err) = ran(&mut probity(folder.path(), &["report", "first", "-q"]));
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(verdicts(&read_run(&home)), verdicts(&run));
}

/// The run of one scenario against a server with one defect, and what the terminal says.
fn attempted_twice(fault: &str) -> (Value, String) {
    let server = Foreign::with(&[fault]);
    let folder = tempfile::tempdir().unwrap();
    server.configure(folder.path());
    let arguments = ["run", "code.tampered", "--target", "foreign", "--intrusive", "--out", "out"];
    let (code, out, err) = ran(&mut server.probity(folder.path(), &arguments));
    assert_eq!(code, 1, "{out}{err}");
    let run = read_run(&folder.path().join("out"));
    let schema: Value = serde_json::from_str(include_str!("../../profiles/protocol/run.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    assert!(schema.is_valid(&run), "{run:#}");
    assert_eq!(run["scenarios"][0]["verdict"], "fail");
    (run["scenarios"][0].clone(), out)
}

#[test]
fn a_failed_check_of_security_is_tried_again_and_says_so() {
    let (scenario, out) = attempted_twice("code.beginning-suffices");
    assert_eq!(scenario["again"]["verdict"], "fail");
    let own = |at: &Value| at.as_array().unwrap().iter().filter_map(Value::as_u64).collect::<Vec<_>>();
    let all = own(&scenario["exchanges"]);
    assert!(own(&scenario["again"]["exchanges"]).iter().all(|number| all.contains(number)));
    assert!(out.contains("it failed again"), "{out}");
}

#[test]
fn a_check_that_holds_the_second_time_is_flaky_and_still_fails() {
    let (scenario, out) = attempted_twice("code.beginning-suffices-once");
    assert_eq!(scenario["again"]["verdict"], "pass");
    assert!(out.contains("it is flaky"), "{out}");
}

/// Starts a run, waits until scenarios are in its journal, and sends it a signal.
fn interrupted_by(signal: &str, folder: &Path) -> Option<i32> {
    let mut child = probity(folder, &["run", "--out", "cut", "--concurrency", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let journal = folder.join("cut/journal.jsonl");
    // The journal is the only sign of life that matters here; a scenario in it is what we wait for.
    loop {
        if let Ok(file) = std::fs::File::open(&journal) {
            let scenarios =
                BufReader::new(file).lines().map_while(Result::ok).filter(|l| l.contains("\"entry\":\"scenario\""));
            if scenarios.count() >= 3 {
                break;
            }
        }
        assert!(child.try_wait().unwrap().is_none(), "the run ended before it could be interrupted");
        std::thread::yield_now();
    }
    let sent = std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    child.wait().unwrap().code()
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_a_report_of_what_was_done() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(interrupted_by("-INT", folder.path()), Some(130));
    let run = read_run(&folder.path().join("cut"));
    assert_eq!(run["interrupted"], true);
    assert!(verdicts(&run).len() >= 3);
}

#[cfg(unix)]
#[test]
fn a_killed_run_is_rendered_from_its_journal() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(interrupted_by("-KILL", folder.path()), None);
    assert!(!folder.path().join("cut/run.json").exists());
    let (code, out, err) = ran(&mut probity(folder.path(), &["report", "cut"]));
    assert_eq!(code, 3, "{out}{err}");
    let run = read_run(&folder.path().join("cut"));
    assert_eq!(run["interrupted"], true);
    assert!(verdicts(&run).len() >= 3);
}

#[test]
fn a_broken_requirement_fails_the_gate_unless_it_is_waived() {
    let foreign = Foreign::with(&["pkce.verifier-optional"]);
    let folder = tempfile::tempdir().unwrap();
    foreign.configure(folder.path());
    let (code, out, err) = ran(&mut foreign.probity(folder.path(), &["run", "pkce"]));
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.contains("pkce.missing-verifier"), "{out}");
    let (code, ..) = ran(&mut foreign.probity(folder.path(), &["run", "pkce", "--fail-on", "never", "-q"]));
    assert_eq!(code, 0);
    let waiver = |id: &str, day: &str| {
        format!("[[waiver]]\nid = \"{id}\"\nreason = \"known\"\nowner = \"tests\"\nexpires = {day}\n")
    };
    let waivers = folder.path().join("probity-waivers.toml");
    std::fs::write(&waivers, waiver("pkce.missing-verifier", "2999-01-01")).unwrap();
    let (code, out, err) = ran(&mut foreign.probity(folder.path(), &["run", "pkce"]));
    assert_eq!(code, 0, "{out}{err}");
    std::fs::write(&waivers, waiver("pkce.missing-verifier", "2001-01-01")).unwrap();
    let (code, ..) = ran(&mut foreign.probity(folder.path(), &["run", "pkce", "-q"]));
    assert_eq!(code, 1, "an expired waiver");
    let unused = waiver("pkce.missing-verifier", "2999-01-01") + waiver("pkce.wrong-verifier", "2999-01-01").as_str();
    std::fs::write(&waivers, unused).unwrap();
    let (code, ..) = ran(&mut foreign.probity(folder.path(), &["run", "pkce", "-q"]));
    assert_eq!(code, 1, "an unused waiver");
}

#[test]
fn own_features_run_with_the_same_vocabulary() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("own")).unwrap();
    let feature = "Feature: Own\n\n  @id:own.found\n  Scenario: The patient is found\n    Given a session of patient a with the public app\n    When the app requests \"Patient?_id={patient}\"\n    Then the status is 200\n\n  @id:own.skipped\n  Scenario: Nobody\n    Given a session of patient nobody with the public app\n    When the app reads the patient in context\n    Then the status is 200\n";
    std::fs::write(folder.path().join("own/own.feature"), feature).unwrap();
    let (code, out, err) = ran(&mut probity(folder.path(), &["run", "--features", "own", "--out", "r", "own"]));
    assert_eq!(code, 0, "{out}{err}");
    let pair = |id: &str, verdict: &str| (id.to_owned(), verdict.to_owned());
    assert_eq!(verdicts(&read_run(&folder.path().join("r"))), [pair("own.found", "pass"), pair("own.skipped", "skip")]);
    assert!(out.contains("no user `nobody` is configured"), "{out}");
}

#[test]
fn the_example_of_own_features_runs_beside_the_built_in_ones() {
    let folder = tempfile::tempdir().unwrap();
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/own-features");
    let arguments = ["run", "--features", own, "--out", "r", "portal", "smart.discovery.well-known"];
    let (code, out, err) = ran(&mut probity(folder.path(), &arguments));
    assert_eq!(code, 0, "{out}{err}");
    let run = read_run(&folder.path().join("r"));
    let verdicts = verdicts(&run);
    assert!(verdicts.len() == 5 && verdicts.iter().all(|(_, verdict)| verdict == "pass"), "{verdicts:?}");
    let requirement = &run["scenarios"][1]["requirement"];
    assert!(run.to_string().contains("Read the Prefer header before"), "{requirement}");
    let (code, out, _) = ran(&mut probity(folder.path(), &["explain", "portal.strict-search", "--features", own]));
    assert!(code == 0 && out.contains("handling=strict") && out.contains("SHOULD"), "{out}");
}

#[test]
fn own_requirements_that_do_not_fit_are_told_with_their_place() {
    let scenario = |id: &str| {
        format!(
            "Feature: Own\n\n  @id:{id}\n  Scenario: Found\n    Given a session of patient a with the public app\n    \
             When the app requests \"Patient?_id={{patient}}\"\n    Then the status is 200\n"
        )
    };
    let entry = |id: &str| {
        format!(
            "[[requirement]]\nid = \"{id}\"\nstrength = \"SHALL\"\ntext = \"x\"\nsource = [{{ specification = \"Ours\" }}]\n"
        )
    };
    for (id, text, told) in [
        ("own.a", entry("own.b"), "rules.toml:1: no scenario examines the requirement `own.b`"),
        ("own.a", entry("own.a").repeat(2), "the requirement `own.a` is there twice"),
        ("own.a", entry("own.a").replace("[{ specification = \"Ours\" }]", "[]"), "names no source"),
        ("own.a", entry("own.a").replace("SHALL", "MUST"), "rules.toml:3"),
        (
            "pkce.wrong-verifier",
            String::from("requirement = []\n"),
            "the id `pkce.wrong-verifier` is there twice, first in security/pkce.feature:",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("own")).unwrap();
        std::fs::write(folder.path().join("own/own.feature"), scenario(id)).unwrap();
        std::fs::write(folder.path().join("own/rules.toml"), text).unwrap();
        let (code, out, err) = ran(&mut probity(folder.path(), &["run", "--features", "own"]));
        assert!(code == 2 && err.contains(told), "{told}: {code} {out}{err}");
    }
}

#[test]
fn names_are_joined_to_an_expression() {
    let folder = tempfile::tempdir().unwrap();
    let listed = |wanted: &str| {
        let (code, out, err) = ran(&mut probity(folder.path(), &["list", wanted]));
        let ids = out.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
        (code, ids.collect::<BTreeSet<String>>(), err)
    };
    let (pkce, security) = (listed("pkce").1, listed("@security").1);
    assert_eq!(listed("@security and not pkce").1, security.difference(&pkce).cloned().collect());
    let others = security.difference(&pkce).filter(|id| !id.starts_with("token.")).cloned().collect();
    assert_eq!(listed("@security and not(pkce or token)").1, others);
    assert!(listed("pkce and not @intrusive or pkce.wrong-verifier").1.contains("pkce.wrong-verifier"));
    for (wanted, code, told) in [
        ("@security and", 2, "a name is missing at its end"),
        ("(pkce", 2, "a parenthesis is not closed"),
        ("pkce token", 2, "`token` stands where and, or or the end is expected"),
        ("pkce and not pkec", 4, "no scenario matches `pkec`"),
        ("pkce and not pkce", 4, "leaves no scenario"),
    ] {
        let (own, _, err) = listed(wanted);
        assert!(own == code && err.contains(told), "{wanted}: {own} {err}");
    }
}

#[test]
fn a_run_stops_at_the_first_new_failure_and_what_failed_is_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = Foreign::with(&["pkce.verifier-ignored", "discovery.plain-offered"]);
    foreign.configure(folder.path());
    let run = |more: &[&str]| {
        let arguments: Vec<&str> = ["run", "--target", "foreign", "-q"].iter().chain(more).copied().collect();
        ran(&mut foreign.probity(folder.path(), &arguments))
    };
    let (code, out, err) = run(&["--out", "whole", "pkce", "smart.discovery"]);
    assert_eq!(code, 1, "{out}{err}");
    let whole = read_run(&folder.path().join("whole"));
    let failed = |run: &Value| {
        verdicts(run).into_iter().filter(|(_, verdict)| verdict == "fail").map(|(id, _)| id).collect::<Vec<_>>()
    };
    let (code, out, err) = run(&["--out", "again", "--failed-from", "whole"]);
    assert_eq!(code, 1, "{out}{err}");
    let again = read_run(&folder.path().join("again"));
    assert_eq!(failed(&again), failed(&whole));
    assert!(verdicts(&again).len() < verdicts(&whole).len());
    let (code, out, err) = run(&["--out", "fast", "--fail-fast", "--concurrency", "1", "pkce", "smart.discovery"]);
    assert_eq!(code, 1, "{out}{err}");
    let fast = read_run(&folder.path().join("fast"));
    assert!(verdicts(&fast).len() < verdicts(&whole).len() && fast["interrupted"] == true);
    // What is known stops nothing.
    let (code, out, err) = run(&["--out", "known", "--fail-fast", "--baseline", "whole", "pkce", "smart.discovery"]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(verdicts(&read_run(&folder.path().join("known"))).len(), verdicts(&whole).len());
}

#[test]
fn the_verbs_that_only_tell_succeed() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in
        [&["list", "pkce"][..], &["explain", "pkce.wrong-verifier"], &["steps"], &["completions", "bash"], &["check"]]
    {
        let (code, out, err) = ran(&mut probity(folder.path(), arguments));
        assert_eq!(code, 0, "{arguments:?}\n{out}{err}");
        assert!(!out.is_empty());
    }
}

#[test]
fn a_run_outlives_its_access_tokens() {
    let foreign = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    // Tokens of this client live for two seconds; at this pace the run takes longer.
    let short = ("id = \"probity-public\"", "id = \"probity-short\"");
    let slow = ("requests_per_second = 0", "requests_per_second = 60");
    foreign.configure_with(folder.path(), &[short, slow]);
    let wanted = ["run", "us-core.condition", "us-core.encounter", "--out", "r"];
    let (code, out, err) = ran(&mut foreign.probity(folder.path(), &wanted));
    assert_eq!(code, 0, "{out}{err}");
    let run = read_run(&folder.path().join("r"));
    let wrong: Vec<_> = verdicts(&run).into_iter().filter(|(_, verdict)| verdict != "pass").collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let exchanges = run["exchanges"].as_array().unwrap();
    let logins = exchanges.iter().filter(|exchange| exchange["request"]["url"].as_str().unwrap().ends_with("/token"));
    assert!(logins.count() > 3, "more tokens than patients");
}

#[test]
fn a_search_without_an_answer_is_inconclusive_and_keeps_nothing_else_from_being_tested() {
    let foreign = Foreign::with(&["search.no-answer"]);
    let folder = tempfile::tempdir().unwrap();
    foreign.configure(folder.path());
    let wanted = ["run", "us-core.goal.search", "us-core.condition.token", "--out", "r", "-q"];
    let (code, out, err) = ran(&mut foreign.probity(folder.path(), &wanted));
    assert_eq!(code, 3, "{out}{err}");
    for (id, verdict) in verdicts(&read_run(&folder.path().join("r"))) {
        assert_eq!(verdict, if id.contains(".goal.") { "error" } else { "pass" }, "{id}");
    }
}

#[test]
fn a_search_that_fails_for_one_patient_alone_is_seen() {
    let foreign = Foreign::with(&["search.fails-for:Goal.patient-3"]);
    let folder = tempfile::tempdir().unwrap();
    foreign.configure(folder.path());
    let (code, out, err) =
        ran(&mut foreign.probity(folder.path(), &["run", "us-core.goal.search.patient", "--out", "r"]));
    assert_eq!(code, 1, "{out}{err}");
    assert!(out.contains("patient of user c: status 500"), "{out}");
}

#[test]
fn what_the_granted_scopes_do_not_permit_is_skipped_and_never_a_failure() {
    let foreign = Foreign::with(&[]);
    let folder = tempfile::tempdir().unwrap();
    let scopes = "scopes = [\"launch/patient\", \"patient/Patient.rs\", \"patient/Observation.rs\"]\npermitted = true";
    foreign.configure_with(folder.path(), &[("permitted = true", scopes)]);
    let (code, out, err) = ran(&mut foreign.probity(folder.path(), &["run", "us-core", "--out", "r", "-q"]));
    assert_eq!(code, 0, "{out}{err}");
    let all = verdicts(&read_run(&folder.path().join("r")));
    let wrong: Vec<_> = all.iter().filter(|(_, verdict)| verdict != "pass" && verdict != "skip").collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(all.iter().any(|(id, verdict)| id == "us-core.observation-lab.search.patient+code" && verdict == "pass"));
}

#[test]
#[cfg(unix)]
fn a_run_killed_in_a_folder_with_old_reports_leaves_nothing_that_says_the_gate_passed() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (code, out, err) = ran(&mut probity(folder.path(), &["run", "pkce", "--out", "cut", "-q"]));
    assert_eq!(code, 0, "{out}{err}");
    let home = folder.path().join("cut");
    let mode = home.join("run.json").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let first = read_run(&home)["id"].clone();
    // The target takes the connection and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let text = format!(
        "[targets.silent]\nfhir_base = \"http://{}/fhir\"\nenvironment = \"preview\"\npermitted = true\n\
         [targets.silent.login]\ndriver = \"none\"\n",
        silent.local_addr().unwrap()
    );
    std::fs::write(folder.path().join("probity.toml"), text).unwrap();
    let mut child = probity(folder.path(), &["run", "discovery", "--out", "cut", "-q"]).spawn().unwrap();
    let asked = silent.accept().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    drop(asked);
    let (code, out, _) = ran(&mut probity(folder.path(), &["report", "cut"]));
    assert_eq!(code, 3, "{out}");
    assert!(!out.contains("Gate passed"), "{out}");
    for name in ["run.json", "report.html", "summary.txt", "junit.xml", "journal.jsonl"] {
        let text = std::fs::read_to_string(home.join(name)).unwrap();
        assert!(!text.contains("Gate passed"), "{name}");
        assert!(!text.contains(first.as_str().unwrap()), "{name} is of the first run");
    }
    assert_eq!(read_run(&home.join("previous"))["id"], first);
}
