//! A run as Allure results: a file for each scenario, in one archive to be unpacked into `allure-results`.

use super::evidence::packed;
use super::words;
use crate::record::{Run, ScenarioRecord, Severity, StepRecord, Verdict};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use zip::result::ZipResult;

pub(super) fn render(run: &Run) -> ZipResult<Vec<u8>> {
    let mut files = Vec::new();
    for scenario in &run.scenarios {
        let name = format!("{}-result.json", digest(&format!("{} {}", run.start.id, scenario.requirement.id)));
        files.push((name, result(run, scenario).to_string().into_bytes()));
    }
    files.push(("environment.properties".to_owned(), environment(run).into_bytes()));
    files.push(("categories.json".to_owned(), categories().to_string().into_bytes()));
    packed(&files)
}

/// 32 hexadecimal digits, the same for the same text.
fn digest(text: &str) -> String {
    format!("{:x}", Sha256::digest(text)).chars().take(32).collect()
}

fn status(scenario: &ScenarioRecord) -> &'static str {
    match scenario.verdict {
        Verdict::Pass | Verdict::Warn => "passed",
        Verdict::Fail if words::waived(scenario) => "skipped",
        Verdict::Fail => "failed",
        // Allure's word for what could not be tested.
        Verdict::Error => "broken",
        Verdict::Skip => "skipped",
        Verdict::Attested | Verdict::Outstanding => "unknown",
    }
}

fn result(run: &Run, scenario: &ScenarioRecord) -> Value {
    let requirement = &scenario.requirement;
    let id = requirement.id.as_str();
    let start = run.start.started.timestamp_millis();
    let stop = start.saturating_add_unsigned(scenario.duration_us / 1000);
    let label = |name: &str, value: &str| json!({ "name": name, "value": value });
    let mut labels = vec![
        label("framework", "probity"),
        label("parentSuite", &run.start.target.name),
        label("suite", id.split('.').next().unwrap_or_default()),
        label("feature", &scenario.feature),
        label("severity", severity(scenario)),
    ];
    labels.extend(scenario.tags.iter().map(|tag| label("tag", tag)));
    labels.extend(requirement.g10.iter().map(|step| label("tag", &format!("(g)(10) {step}"))));
    let links = requirement.sources.iter().filter_map(|source| {
        Some(json!({ "type": "link", "name": words::source(source), "url": source.url.as_ref()? }))
    });
    let mut told = json!({
        "uuid": digest(&format!("{} {id}", run.start.id)),
        // The same scenario at the same target has one history.
        "historyId": digest(&format!("{} {id}", run.start.target.name)),
        "testCaseId": digest(id),
        "fullName": format!("features/{}:{}", scenario.file, scenario.line),
        "name": format!("{id}: {}", scenario.name),
        "description": requirement.text,
        "status": status(scenario),
        "stage": "finished",
        "start": start,
        "stop": stop,
        "labels": labels,
        "links": links.collect::<Vec<Value>>(),
        "steps": scenario.steps.iter().map(|step| self::step(step, start)).collect::<Vec<Value>>(),
        "parameters": [
            { "name": "verdict", "value": scenario.verdict.word() },
            { "name": "strength", "value": requirement.strength.word() },
        ],
    });
    let message = scenario.broken().next().map(words::finding).or_else(|| scenario.reason.clone());
    if let Some(message) = message {
        let again = format!("run again: {}", words::run_again(run, id));
        told["statusDetails"] = json!({ "message": message, "trace": again, "flaky": scenario.is_flaky() });
    }
    told
}

fn step(step: &StepRecord, start: i64) -> Value {
    let broken: Vec<String> = step.findings.iter().filter(|own| !own.met).map(words::finding).collect();
    let status = match (step.reached, broken.is_empty()) {
        (false, _) => "skipped",
        (true, true) => "passed",
        (true, false) => "failed",
    };
    let mut told = json!({
        "name": format!("{} {}", step.keyword, step.text), "status": status, "stage": "finished", "start": start, "stop": start,
    });
    if let Some(first) = broken.first() {
        told["statusDetails"] = json!({ "message": first });
    }
    told
}

/// In the words of Allure.
fn severity(scenario: &ScenarioRecord) -> &'static str {
    match scenario.requirement.severity {
        Some(Severity::Critical) => "blocker",
        Some(Severity::High) => "critical",
        Some(Severity::Medium) | None => "normal",
        Some(Severity::Low) => "minor",
        Some(Severity::Info) => "trivial",
    }
}

fn environment(run: &Run) -> String {
    let target = &run.start.target;
    let rows = [
        ("probity", run.start.probity.as_str()),
        ("target", &target.name),
        ("fhir_base", &target.fhir_base),
        ("environment", &target.environment),
        ("run", &run.start.id),
    ];
    // A line break would begin another property, and a backslash hide what follows (java.util.Properties).
    let plain = |value: &str| value.replace('\\', "\\\\").replace(['\n', '\r'], " ");
    rows.iter().map(|(name, value)| format!("{name}={}\n", plain(value))).collect()
}

/// How Allure groups what is not passed.
fn categories() -> Value {
    json!([
        { "name": "Failed requirements", "matchedStatuses": ["failed"] },
        { "name": "Could not be tested", "matchedStatuses": ["broken"] },
        { "name": "Not tested or waived", "matchedStatuses": ["skipped"] },
        { "name": "Left to people", "matchedStatuses": ["unknown"] },
    ])
}
