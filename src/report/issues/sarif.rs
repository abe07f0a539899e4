//! Issues as SARIF 2.1.0, which code scanning services read.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::record::{Checked, Issue, IssueKind, IssueSeverity};

/// All resources as one run of one tool.
pub fn sarif(all: &[Checked]) -> String {
    let used: BTreeSet<IssueKind> = all.iter().flat_map(|c| c.issues.iter().map(|i| i.kind)).collect();
    let kinds: Vec<IssueKind> = used.into_iter().collect();
    let rules: Vec<Value> =
        kinds.iter().map(|kind| json!({ "id": kind.name(), "help": { "text": kind.advice() } })).collect();
    let results: Vec<Value> = all.iter().flat_map(|c| c.issues.iter().map(|i| result(c, i, &kinds))).collect();
    let report = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": { "name": "probity", "version": env!("CARGO_PKG_VERSION"), "rules": rules },
            },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{report:#}\n")
}

fn result(checked: &Checked, issue: &Issue, kinds: &[IssueKind]) -> Value {
    let level = match issue.severity {
        IssueSeverity::Fatal | IssueSeverity::Error => "error",
        IssueSeverity::Warning => "warning",
        IssueSeverity::Information => "note",
    };
    json!({
        "ruleId": issue.kind.name(),
        "ruleIndex": kinds.iter().position(|k| *k == issue.kind),
        "level": level,
        "message": { "text": format!("{}: {}", issue.path, issue.message()) },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": file(&checked.name) },
                "region": { "startLine": issue.line, "startColumn": issue.column },
            },
            "logicalLocations": [{ "fullyQualifiedName": issue.path, "kind": "element" }],
        }],
        "properties": {
            "pointer": issue.pointer,
            "profile": issue.profile,
            "element": issue.element,
            "constraint": issue.constraint,
            "slice": issue.slice,
        },
    })
}

/// The path of the file, without the line of NDJSON, as a relative URI.
fn file(name: &str) -> String {
    let path = name.rsplit_once(" line ").map_or(name, |(path, _)| path);
    path.replace('\\', "/").replace('%', "%25").replace(' ', "%20")
}

/// The issue with what to do next, for those who read JSON.
pub(super) fn with_advice(issue: &Issue) -> Value {
    let mut value = serde_json::to_value(issue).unwrap_or_default();
    if let Value::Object(members) = &mut value {
        members.insert("message".to_owned(), issue.message().into());
        members.insert("code".to_owned(), issue.kind.code().into());
        members.insert("advice".to_owned(), issue.kind.advice().into());
    }
    value
}
