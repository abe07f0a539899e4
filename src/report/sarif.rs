//! A run as SARIF 2.1.0, which code scanning services read: a rule per requirement that did not hold, a result per scenario.

use super::words;
use crate::record::{Finding, Requirement, Run, ScenarioRecord, Severity, Strength, Verdict, WaiverState};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(super) fn render(run: &Run) -> String {
    let told: Vec<&ScenarioRecord> = run.scenarios.iter().filter(|s| level(s).is_some()).collect();
    let rules: Vec<Value> = told.iter().map(|s| rule(&s.requirement)).collect();
    let results: Vec<Value> = told.iter().enumerate().map(|(at, scenario)| result(run, scenario, at)).collect();
    let start = &run.start;
    let report = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": { "name": "probity", "version": start.probity, "rules": rules } },
            "automationDetails": { "id": format!("probity/{}/{}", start.target.name, start.id) },
            "invocations": [{
                "executionSuccessful": !run.interrupted,
                "startTimeUtc": start.started,
                "endTimeUtc": run.finished,
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{report:#}\n")
}

/// The kind and the level of a result; none where there is nothing to tell.
fn level(scenario: &ScenarioRecord) -> Option<(&'static str, &'static str)> {
    match scenario.verdict {
        Verdict::Fail => Some(("fail", "error")),
        Verdict::Warn => Some(("fail", "warning")),
        // It was not told whether the requirement holds.
        Verdict::Error => Some(("open", "none")),
        _ => None,
    }
}

fn rule(requirement: &Requirement) -> Value {
    let sources: Vec<String> = requirement.sources.iter().map(words::source).collect();
    let advice = requirement.advice.as_deref().unwrap_or(&requirement.text);
    let mut rule = json!({
        "id": requirement.id.as_str(),
        "shortDescription": { "text": requirement.text },
        "help": { "text": format!("{advice}\n\nSource: {}", sources.join("; ")) },
        "properties": { "tags": tags(requirement), "strength": requirement.strength.word() },
    });
    if let Some(url) = requirement.sources.iter().find_map(|source| source.url.as_ref()) {
        rule["helpUri"] = json!(url);
    }
    if let Some(severity) = requirement.severity {
        rule["properties"]["security-severity"] = json!(score(severity));
    }
    rule
}

fn tags(requirement: &Requirement) -> Vec<&str> {
    let own = requirement.g10.iter().map(String::as_str);
    own.chain(requirement.severity.map(|_| "security")).collect()
}

/// The middle of the ranges by which code scanning services tell severities apart.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
        Severity::Info => "0.5",
    }
}

fn result(run: &Run, scenario: &ScenarioRecord, at: usize) -> Value {
    let (kind, level) = level(scenario).unwrap_or(("notApplicable", "none"));
    let id = scenario.requirement.id.as_str();
    let strongest = |strength| scenario.broken().find(|f| f.strength == strength);
    let finding = strongest(Strength::Shall).or_else(|| strongest(Strength::Should));
    let told = |f: &Finding| format!("Expected {}; observed {}.", f.expected, f.observed);
    let reason = || scenario.reason.clone().unwrap_or_else(|| scenario.requirement.text.clone());
    let text = finding.map_or_else(reason, told);
    // What stays the same from run to run: which requirement, and what it expected.
    let print = Sha256::digest(format!("{id}\n{}", finding.map_or("", |f| f.expected.as_str())));
    let mut result = json!({
        "ruleId": id,
        "ruleIndex": at,
        "kind": kind,
        "level": level,
        "message": { "text": format!("{} {text}", scenario.requirement.text) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": format!("features/{}", scenario.file) },
                "region": { "startLine": scenario.line.max(1) },
            },
            "logicalLocations": [{ "fullyQualifiedName": id, "kind": "requirement" }],
        }],
        "partialFingerprints": { "probity/v1": format!("{print:x}") },
        "properties": {
            "exchanges": finding.map(|f| f.cites.clone()).unwrap_or_default(),
            "runAgain": words::run_again(run, id),
        },
    });
    if let Some(WaiverState::Waived { reason, .. }) = &scenario.waiver {
        result["suppressions"] = json!([{ "kind": "external", "status": "accepted", "justification": reason }]);
    }
    result
}
