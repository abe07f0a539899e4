//! The formats that machines read: each holds what the run holds, in the form that its standard gives.

use crate::sample;
use probity::record::{Baseline, Gate, Verdict, WaiverState};
use probity::report::{Format, Look, render};
use serde_json::Value;
use std::collections::BTreeSet;

fn text(format: Format) -> String {
    String::from_utf8(render(&sample::run(), format, Look::default()).unwrap()).unwrap()
}

fn data(format: Format) -> Value {
    serde_json::from_str(&text(format)).unwrap()
}

fn with(verdict: Verdict) -> usize {
    sample::run().scenarios.iter().filter(|scenario| scenario.verdict == verdict).count()
}

#[test]
fn sarif_has_a_rule_and_a_result_for_whatever_did_not_hold() {
    let report = data(Format::Sarif);
    let run = &report["runs"][0];
    let results = run["results"].as_array().unwrap();
    let of = |level: &str| results.iter().filter(|result| result["level"] == level).count();
    assert_eq!((of("error"), of("warning")), (with(Verdict::Fail), with(Verdict::Warn)));
    assert_eq!(results.iter().filter(|result| result["kind"] == "open").count(), with(Verdict::Error));
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[at]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["artifactLocation"]["uri"].as_str().unwrap().starts_with("features/"), "{place}");
        assert!(place["region"]["startLine"].as_u64().unwrap() > 0);
        // SARIF 2.1.0, 3.27.10: a level other than none is of a failure.
        assert_eq!(result["level"] == "none", result["kind"] != "fail");
    }
    let prints: BTreeSet<&str> =
        results.iter().map(|result| result["partialFingerprints"]["probity/v1"].as_str().unwrap()).collect();
    assert_eq!(prints.len(), results.len());
    let waived = sample::run().scenarios.iter().filter(|s| s.verdict == Verdict::Fail && s.waiver.is_some()).count();
    let suppressed = results.iter().filter(|result| result["suppressions"].is_array()).count();
    assert!(suppressed <= waived && suppressed > 0, "{suppressed} of {waived}");
}

#[test]
fn csv_has_a_row_for_each_scenario_and_no_formula() {
    let text = text(Format::Csv);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let run = sample::run();
    assert_eq!(rows.len(), run.scenarios.len());
    for (row, scenario) in rows.iter().zip(&run.scenarios) {
        assert_eq!((&row[0], &row[3]), (scenario.requirement.id.as_str(), scenario.verdict.word()));
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{row:?}");
    }
}

#[test]
fn ctrf_adds_up() {
    let report = data(Format::Ctrf);
    let (summary, tests) = (&report["results"]["summary"], report["results"]["tests"].as_array().unwrap());
    let of = |status: &str| tests.iter().filter(|test| test["status"] == status).count();
    for status in ["passed", "failed", "skipped", "pending", "other"] {
        assert_eq!(summary[status], of(status), "{status}");
    }
    assert_eq!(summary["tests"], tests.len());
    assert_eq!(tests.len(), sample::run().scenarios.len());
}

#[test]
fn tap_keeps_its_plan() {
    let text = text(Format::Tap);
    let many = sample::run().scenarios.len();
    assert!(text.starts_with(&format!("TAP version 14\n1..{many}\n")));
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("ok ") || line.starts_with("not ok ")).collect();
    assert_eq!(lines.len(), many);
    let failed = lines.iter().filter(|line| line.starts_with("not ok ")).count();
    assert_eq!(failed, with(Verdict::Fail) + with(Verdict::Error));
}

#[test]
fn har_has_an_entry_for_each_exchange() {
    let report = data(Format::Har);
    let (entries, run) = (report["log"]["entries"].as_array().unwrap(), sample::run());
    assert_eq!(entries.len(), run.exchanges.len());
    for (entry, exchange) in entries.iter().zip(&run.exchanges) {
        assert_eq!(entry["request"]["url"], exchange.request.url);
        assert_eq!(entry["response"]["status"], exchange.response.as_ref().map_or(0, |response| response.status));
        let parts: f64 =
            ["blocked", "send", "wait", "receive"].map(|part| entry["timings"][part].as_f64().unwrap()).iter().sum();
        assert!(parts + 0.001 >= entry["time"].as_f64().unwrap(), "{entry}");
    }
}

#[test]
fn the_summary_of_a_job_begins_with_the_gate_and_names_what_failed() {
    let text = text(Format::Markdown);
    assert!(text.lines().nth(2).unwrap().starts_with("**Gate failed"), "{text}");
    for scenario in sample::run().scenarios.iter().filter(|scenario| scenario.verdict == Verdict::Fail) {
        assert!(text.contains(&format!("`{}`", scenario.requirement.id)), "{}", scenario.requirement.id);
    }
}

#[test]
fn what_failed_in_the_baseline_does_not_count_again() {
    let mut run = sample::run();
    let failing = run.gate.failures.len();
    assert!(failing > 0);
    run.baseline = Some(Baseline::of(&run));
    run.gate = Gate::judge(&run, run.gate.fail_on, &[]);
    assert!(run.gate.failures.iter().all(|failure| failure.why.contains("waiver")), "{:?}", run.gate.failures);
    let text = String::from_utf8(render(&run, Format::Console, Look::default()).unwrap()).unwrap();
    assert!(text.split_whitespace().collect::<Vec<_>>().join(" ").contains("known from the run"), "{text}");
}

#[test]
fn annotations_are_one_command_a_line_with_nothing_that_ends_it() {
    let text = text(Format::Annotations);
    assert!(text.lines().all(|line| line.starts_with("::error title=")
        || line.starts_with("::warning title=")
        || line.starts_with("::notice title=")));
    let errors = text.lines().filter(|line| line.starts_with("::error") && !line.contains("title=setup.")).count();
    let waived = text.lines().filter(|line| line.starts_with("::notice")).count();
    assert_eq!(errors + waived, with(Verdict::Fail) + usize::from(waived > 1));
    assert!(text.lines().all(|line| line.matches("::").count() >= 2));
}

#[test]
fn each_step_of_the_procedure_has_its_requirements_and_a_state() {
    let text = text(Format::G10);
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let named: usize = sample::run().scenarios.iter().map(|scenario| scenario.requirement.g10.len()).sum();
    assert_eq!(rows.len(), named);
    let of =
        |id: &str| rows.iter().find(|row| &row[2] == id).map(|row| (row[0].to_owned(), row[1].to_owned())).unwrap();
    assert_eq!(of("discovery.smart.present"), ("AUT-PAT-1".to_owned(), "automated".to_owned()));
    assert!(rows.iter().all(|row| ["automated", "attested", "outstanding", "no evidence"].contains(&&row[1])));
}

/// The messages of the sample, by their kind.
fn messages(kind: &str) -> Vec<Value> {
    let text = render(&sample::run(), Format::Messages, Look::default()).unwrap();
    let all = std::str::from_utf8(&text).unwrap().lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    all.filter_map(|message| message.get(kind).cloned()).collect()
}

#[test]
fn cucumber_reads_each_scenario_with_what_became_of_it() {
    let run = sample::run();
    let (pickles, started, finished) = (messages("pickle"), messages("testCaseStarted"), messages("testCaseFinished"));
    assert_eq!(pickles.len(), run.scenarios.len());
    assert_eq!((started.len(), finished.len()), (pickles.len(), pickles.len()));
    let documents = messages("gherkinDocument");
    let scenarios: usize = documents.iter().map(|own| own["feature"]["children"].as_array().unwrap().len()).sum();
    assert_eq!(scenarios, run.scenarios.len());
    let results = messages("testStepFinished");
    for scenario in &run.scenarios {
        let own = format!("run:{}", scenario.requirement.id);
        let statuses: Vec<&str> = results
            .iter()
            .filter(|result| result["testCaseStartedId"] == own.as_str())
            .map(|result| result["testStepResult"]["status"].as_str().unwrap())
            .collect();
        assert_eq!(statuses.len(), scenario.steps.len());
        let waived = matches!(scenario.waiver, Some(WaiverState::Waived { .. }));
        assert_eq!(statuses.contains(&"FAILED"), scenario.verdict == Verdict::Fail && !waived, "{own}: {statuses:?}");
        let all_passed = statuses.iter().all(|status| *status == "PASSED");
        assert_eq!(all_passed, matches!(scenario.verdict, Verdict::Pass | Verdict::Warn), "{own}: {statuses:?}");
    }
    assert_eq!(messages("testRunFinished")[0]["success"], false);
}

#[test]
fn allure_has_a_result_for_each_scenario_and_says_what_was_not_tested() {
    let run = sample::run();
    let bytes = render(&run, Format::Allure, Look::default()).unwrap();
    assert_eq!(bytes, render(&run, Format::Allure, Look::default()).unwrap(), "the same run gives the same bytes");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let all: Vec<String> = (0..archive.len()).map(|at| archive.by_index(at).unwrap().name().unwrap().into()).collect();
    let names: Vec<&String> = all.iter().filter(|name| name.ends_with("-result.json")).collect();
    assert_eq!(names.len(), run.scenarios.len());
    let mut statuses = std::collections::BTreeMap::new();
    for name in names {
        let result: Value = serde_json::from_reader(archive.by_name(name).unwrap()).unwrap();
        *statuses.entry(result["status"].as_str().unwrap().to_owned()).or_insert(0) += 1;
        assert!(result["historyId"].is_string() && result["stop"].as_i64() >= result["start"].as_i64(), "{result}");
        assert!(!result["steps"].as_array().unwrap().is_empty(), "{result}");
    }
    let (counts, waived) = (run.counts(), run.counts().waived);
    assert_eq!(statuses["passed"], counts.pass + counts.warn);
    assert_eq!(statuses["failed"], counts.fail - waived);
    assert_eq!(statuses["broken"], counts.error);
    assert_eq!(statuses["skipped"], counts.skip + waived);
}
