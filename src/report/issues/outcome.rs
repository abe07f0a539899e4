//! Issues as FHIR says them: a Bundle of one OperationOutcome for each resource.

use serde_json::{Value, json};

use crate::record::Checked;

const ISSUE: &str = "urn:probity:issue-kind";

/// All resources; each OperationOutcome is named by its resource.
pub fn outcome(all: &[Checked]) -> String {
    let entries: Vec<Value> = all.iter().map(|c| json!({ "resource": one(c) })).collect();
    let bundle = match <[Value; 1]>::try_from(entries) {
        Ok([mut only]) => only["resource"].take(),
        Err(entries) => json!({ "resourceType": "Bundle", "type": "collection", "entry": entries }),
    };
    format!("{bundle:#}\n")
}

fn one(checked: &Checked) -> Value {
    let mut issues: Vec<Value> = checked
        .issues
        .iter()
        .map(|issue| {
            json!({
                "severity": issue.severity,
                "code": issue.kind.code(),
                "details": {
                    "coding": [{ "system": ISSUE, "code": issue.kind.name() }],
                    "text": issue.message(),
                },
                "diagnostics": format!("{}:{}:{}", checked.name, issue.line, issue.column),
                "expression": [issue.path],
            })
        })
        .collect();
    for open in &checked.not_evaluated {
        let text = format!("not evaluated: {}: {}", open.what, open.reason);
        issues.push(json!({ "severity": "information", "code": "incomplete", "details": { "text": text } }));
    }
    if issues.is_empty() {
        let text = "no issue was found";
        issues.push(json!({ "severity": "information", "code": "informational", "details": { "text": text } }));
    }
    json!({ "resourceType": "OperationOutcome", "issue": issues })
}
