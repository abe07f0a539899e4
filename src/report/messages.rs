//! A run as Cucumber messages: a line of JSON each, which the reporters of the Cucumber family read.
//!
//! A run keeps scenarios as they were played, so the documents here have no outlines, and a step stands a line below the one
//! before it.

use super::outline::Outcome;
use super::words;
use crate::record::{Finding, Run, ScenarioRecord, StepRecord, Strength, Verdict};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::io::{self, Write};

/// The version of the messages that this is written in.
const PROTOCOL: &str = "27.0.0";

pub(super) fn render(run: &Run, to: &mut dyn Write) -> io::Result<()> {
    let mut put = |message: Value| writeln!(to, "{message}");
    put(meta(run))?;
    let mut seen: Vec<&str> = Vec::new();
    for file in run.scenarios.iter().map(|scenario| scenario.file.as_str()) {
        if !seen.contains(&file) {
            seen.push(file);
            put(document(file, run.scenarios.iter().filter(|scenario| scenario.file == file)))?;
        }
    }
    run.scenarios.iter().map(pickle).try_for_each(&mut put)?;
    put(json!({ "testRunStarted": { "timestamp": timestamp(run.start.started) } }))?;
    run.scenarios.iter().map(test_case).try_for_each(&mut put)?;
    run.scenarios.iter().flat_map(|scenario| played(run, scenario)).try_for_each(&mut put)?;
    let success = Outcome::of(run) == Outcome::Passed;
    put(json!({ "testRunFinished": { "success": success, "timestamp": timestamp(run.finished) } }))
}

fn meta(run: &Run) -> Value {
    let named = |name: &str| json!({ "name": name });
    json!({ "meta": {
        "protocolVersion": PROTOCOL,
        "implementation": { "name": "probity", "version": run.start.probity },
        "runtime": named("probity"), "os": named("any"), "cpu": named("any"),
    } })
}

fn timestamp(time: DateTime<Utc>) -> Value {
    json!({ "seconds": time.timestamp(), "nanos": time.timestamp_subsec_nanos() })
}

fn duration(us: u64) -> Value {
    json!({ "seconds": us / 1_000_000, "nanos": us % 1_000_000 * 1_000 })
}

fn uri(file: &str) -> String {
    format!("features/{file}")
}

fn step_id(scenario: &ScenarioRecord, at: usize) -> String {
    format!("{}#{at}", scenario.requirement.id)
}

fn ast_id(id: &str) -> String {
    format!("ast:{id}")
}

fn place(line: usize) -> Value {
    json!({ "line": line.max(1), "column": 1 })
}

fn document<'r>(file: &str, scenarios: impl Iterator<Item = &'r ScenarioRecord>) -> Value {
    let mut name = "";
    let mut children = Vec::new();
    for scenario in scenarios {
        name = &scenario.feature;
        let step = |(at, step): (usize, &StepRecord)| {
            json!({
                "id": ast_id(&step_id(scenario, at)),
                "location": place(scenario.line + 1 + at),
                "keyword": format!("{} ", step.keyword),
                "keywordType": keyword_type(&step.keyword),
                "text": step.text,
            })
        };
        children.push(json!({ "scenario": {
            "id": ast_id(scenario.requirement.id.as_str()),
            "location": place(scenario.line),
            "tags": tags(scenario, |name, id| json!({ "name": name, "id": id, "location": place(scenario.line) })),
            "keyword": "Scenario",
            "name": scenario.name,
            "description": scenario.requirement.text,
            "steps": scenario.steps.iter().enumerate().map(step).collect::<Vec<Value>>(),
            "examples": [],
        } }));
    }
    json!({ "gherkinDocument": { "uri": uri(file), "comments": [], "feature": {
        "location": place(1), "tags": [], "language": "en", "keyword": "Feature", "name": name, "description": "",
        "children": children,
    } } })
}

fn tags(scenario: &ScenarioRecord, tag: impl Fn(String, String) -> Value) -> Vec<Value> {
    let id = |at: usize| format!("{}@{at}", ast_id(scenario.requirement.id.as_str()));
    scenario.tags.iter().enumerate().map(|(at, own)| tag(format!("@{own}"), id(at))).collect()
}

fn keyword_type(keyword: &str) -> &'static str {
    match keyword {
        "Given" => "Context",
        "When" => "Action",
        "Then" => "Outcome",
        _ => "Conjunction",
    }
}

fn pickle(scenario: &ScenarioRecord) -> Value {
    let id = scenario.requirement.id.as_str();
    let step = |(at, step): (usize, &StepRecord)| {
        let own = step_id(scenario, at);
        json!({ "id": own, "text": step.text, "astNodeIds": [ast_id(&own)], "type": keyword_type(&step.keyword) })
    };
    json!({ "pickle": {
        "id": id,
        "uri": uri(&scenario.file),
        "name": scenario.name,
        "language": "en",
        "astNodeIds": [ast_id(id)],
        "tags": tags(scenario, |name, id| json!({ "name": name, "astNodeId": id })),
        "steps": scenario.steps.iter().enumerate().map(step).collect::<Vec<Value>>(),
    } })
}

fn test_id(id: &str) -> String {
    format!("test:{id}")
}

fn test_case(scenario: &ScenarioRecord) -> Value {
    let id = scenario.requirement.id.as_str();
    let step = |at: usize| {
        let own = step_id(scenario, at);
        json!({ "id": test_id(&own), "pickleStepId": own, "stepDefinitionIds": [] })
    };
    let steps: Vec<Value> = (0..scenario.steps.len()).map(step).collect();
    json!({ "testCase": { "id": test_id(id), "pickleId": id, "testSteps": steps } })
}

/// What a scenario is to Cucumber. What could not be tested is not passed, and no failure of the server.
fn status(scenario: &ScenarioRecord) -> &'static str {
    match scenario.verdict {
        Verdict::Pass | Verdict::Warn => "PASSED",
        Verdict::Fail if words::waived(scenario) => "SKIPPED",
        Verdict::Fail => "FAILED",
        Verdict::Skip | Verdict::Attested => "SKIPPED",
        Verdict::Outstanding => "PENDING",
        Verdict::Error => "UNKNOWN",
    }
}

fn played(run: &Run, scenario: &ScenarioRecord) -> Vec<Value> {
    let mut all = Vec::new();
    let started = format!("run:{}", scenario.requirement.id);
    let ended = run.start.started + TimeDelta::microseconds(i64::try_from(scenario.duration_us).unwrap_or(0));
    all.push(json!({ "testCaseStarted": {
        "id": started, "testCaseId": test_id(scenario.requirement.id.as_str()), "attempt": 0,
        "timestamp": timestamp(run.start.started),
    } }));
    let said = status(scenario);
    let is_broken = |step: &StepRecord| step.findings.iter().any(|own| !own.met && own.strength == Strength::Shall);
    let last = scenario.steps.iter().rposition(|step| step.reached);
    let by_step = said == "FAILED" && scenario.steps.iter().any(is_broken);
    for (at, step) in scenario.steps.iter().enumerate() {
        let own = match (step.reached, by_step) {
            // Of what could not be tested nothing is skipped on purpose.
            (false, _) if said == "UNKNOWN" => said,
            (false, _) => "SKIPPED",
            (true, true) if is_broken(step) => "FAILED",
            (true, false) if Some(at) == last => said,
            (true, _) => "PASSED",
        };
        let spent = if Some(at) == last { scenario.duration_us } else { 0 };
        let mut result = json!({ "status": own, "duration": duration(spent) });
        if let Some(message) = message(scenario, step, own, Some(at) == last) {
            result["message"] = message.into();
        }
        let id = test_id(&step_id(scenario, at));
        all.push(json!({ "testStepStarted": {
            "testCaseStartedId": started, "testStepId": id, "timestamp": timestamp(run.start.started) } }));
        all.push(json!({ "testStepFinished": {
            "testCaseStartedId": started, "testStepId": id, "testStepResult": result, "timestamp": timestamp(ended) } }));
    }
    all.push(json!({ "testCaseFinished": {
        "testCaseStartedId": started, "timestamp": timestamp(ended), "willBeRetried": false } }));
    all
}

/// What was seen in a step, or why the scenario ended there.
fn message(scenario: &ScenarioRecord, step: &StepRecord, status: &str, is_last: bool) -> Option<String> {
    let broken: Vec<&Finding> = step.findings.iter().filter(|own| !own.met).collect();
    if !broken.is_empty() {
        return Some(broken.into_iter().map(words::finding).collect::<Vec<_>>().join("\n"));
    }
    let waived = words::waiver(scenario);
    let reason = scenario.reason.clone().or(waived);
    reason.filter(|_| is_last && status != "PASSED")
}
