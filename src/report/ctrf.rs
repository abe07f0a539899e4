//! A run in the Common Test Report Format, which dashboards of many tools read.

use super::words;
use crate::record::{Run, ScenarioRecord, Verdict};
use serde_json::{Value, json};

pub(super) fn render(run: &Run) -> String {
    let of = |wanted: &str| run.scenarios.iter().filter(|scenario| status(scenario) == wanted).count();
    let start = &run.start;
    let report = json!({
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "results": {
            "tool": { "name": "probity", "version": start.probity },
            "summary": {
                "tests": run.scenarios.len(),
                "passed": of("passed"),
                "failed": of("failed"),
                "skipped": of("skipped"),
                "pending": of("pending"),
                "other": of("other"),
                "start": start.started.timestamp_millis(),
                "stop": run.finished.timestamp_millis(),
            },
            "tests": run.scenarios.iter().map(|scenario| test(run, scenario)).collect::<Vec<Value>>(),
            "environment": { "testEnvironment": start.target.environment, "extra": { "target": start.target.name, "fhirBase": start.target.fhir_base } },
        },
    });
    format!("{report:#}\n")
}

fn status(scenario: &ScenarioRecord) -> &'static str {
    match scenario.verdict {
        Verdict::Pass | Verdict::Warn => "passed",
        Verdict::Fail if words::waived(scenario) => "skipped",
        Verdict::Fail => "failed",
        Verdict::Skip => "skipped",
        Verdict::Outstanding => "pending",
        // Neither a pass nor a failure of the server.
        Verdict::Error | Verdict::Attested => "other",
    }
}

fn test(run: &Run, scenario: &ScenarioRecord) -> Value {
    let requirement = &scenario.requirement;
    let mut test = json!({
        "name": requirement.id.as_str(),
        "status": status(scenario),
        "rawStatus": scenario.verdict.word(),
        "duration": scenario.duration_us / 1000,
        "filePath": format!("features/{}", scenario.file),
        "line": scenario.line,
        "tags": scenario.tags,
        "extra": {
            "title": scenario.name,
            "strength": requirement.strength.word(),
            "severity": requirement.severity.map(|severity| severity.word()),
            "g10": requirement.g10,
        },
    });
    let broken: Vec<_> = scenario.broken().collect();
    if let Some(first) = broken.first() {
        test["message"] = json!(words::finding(first));
        test["extra"]["runAgain"] = json!(words::run_again(run, requirement.id.as_str()));
    } else if let Some(reason) = &scenario.reason {
        test["message"] = json!(reason);
    }
    if scenario.again.as_ref().is_some_and(|again| again.held()) {
        test["flaky"] = json!(true);
    }
    test
}
