//! Holds Probity's validator against the oracle on one corpus: `agreement CORPUS ORACLE [--show N] [--seconds]`.
//!
//! Counts resources whose verdict (valid or not, by errors) is the same, and errors that both raise of the same element
//! by the same sort of rule. What the oracle cannot judge offline is left out, and counted, by the table `EXCUSED`.

use std::collections::{BTreeMap, BTreeSet};

use probity::profile::json::Document;
use probity::profile::{HeldTo, Library, Validator};
use probity::record::IssueSeverity;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Case<'a> {
    name: String,
    #[serde(default)]
    profiles: Vec<String>,
    #[serde(borrow)]
    resource: &'a RawValue,
}

#[derive(Deserialize)]
struct Answer {
    name: String,
    #[serde(default)]
    issues: Vec<Said>,
    crash: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    severity: String,
    message_id: Option<String>,
    location: Option<String>,
    message: String,
}

/// What the oracle calls an error for want of knowledge: part of its message, and why it does not count.
const EXCUSED: [(&str, &str); 10] = [
    ("(urn:oid:2.16.840.1.113883.6.238#", "imports that are not at hand count as empty"),
    ("#null'", "a coding may have no code: FHIR does not demand one"),
    ("NullPointerException", "the oracle broke within a constraint"),
    ("Failed to retrieve profile", "a claim of a profile that is not at hand is open, not wrong"),
    ("for in-memory expansion of ValueSet 'http://hl7.org/fhir/us/core/ValueSet/omb-", "imports that are not at hand count as empty"),
    ("for in-memory expansion of ValueSet 'http://hl7.org/fhir/us/core/ValueSet/detailed-", "imports that are not at hand count as empty"),
    ("for in-memory expansion of ValueSet 'http://hl7.org/fhir/us/core/ValueSet/birthsex'", "imports that are not at hand count as empty"),
    ("ValueSet/omb-", "imports that are not at hand count as empty"),
    ("ValueSet/detailed-", "imports that are not at hand count as empty"),
    ("ValueSet/birthsex", "imports that are not at hand count as empty"),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [corpus, oracle, ..] = arguments.as_slice() else { return Err("agreement CORPUS ORACLE [--show N]".into()) };
    let show = arguments.iter().position(|a| a == "--show").and_then(|n| arguments.get(n + 1)?.parse().ok());
    let mut show: usize = show.unwrap_or(0);
    let corpus = std::fs::read_to_string(corpus)?;
    let oracle = std::fs::read_to_string(oracle)?;
    let answers: BTreeMap<String, Answer> =
        oracle.lines().filter_map(|l| serde_json::from_str::<Answer>(l).ok()).map(|a| (a.name.clone(), a)).collect();
    let (mut cases, mut same, mut crashes, mut excused) = (0, 0, 0, 0);
    let (mut both, mut only_ours, mut only_theirs) = (0, 0, 0);
    let mut kinds: BTreeMap<(String, String), (usize, String)> = BTreeMap::new();
    for line in corpus.lines() {
        let case: Case<'_> = serde_json::from_str(line)?;
        let Some(answer) = answers.get(&case.name) else { continue };
        if answer.crash.is_some() {
            crashes += 1;
            continue;
        }
        cases += 1;
        let document = Document::parse(case.resource.get())?;
        let judged = Validator::new(Library::embedded(), HeldTo::These(case.profiles)).judge(&document);
        let ours: BTreeSet<(String, String)> = judged
            .issues
            .iter()
            .filter(|i| i.severity >= IssueSeverity::Error)
            .map(|i| (plain(&i.path), class_of_ours(i.kind.name()).to_owned()))
            .collect();
        let mut theirs = BTreeSet::new();
        for said in answer.issues.iter().filter(|i| matches!(i.severity.as_str(), "error" | "fatal")) {
            if EXCUSED.iter().any(|(part, _)| said.message.contains(part)) {
                excused += 1;
                continue;
            }
            let class = class_of_theirs(said.message_id.as_deref().unwrap_or_default());
            theirs.insert((plain(said.location.as_deref().unwrap_or_default()), class.to_owned()));
        }
        let agreed = ours.is_empty() == theirs.is_empty();
        same += usize::from(agreed);
        both += ours.intersection(&theirs).count();
        only_ours += ours.difference(&theirs).count();
        only_theirs += theirs.difference(&ours).count();
        if !ours.is_empty() && !theirs.is_empty() {
            for (path, class) in ours.difference(&theirs) {
                let entry = kinds.entry((format!("only ours: {class}"), depth(path))).or_default();
                entry.0 += 1;
                entry.1 = format!("{path} in {}", case.name);
            }
            for (path, class) in theirs.difference(&ours) {
                let entry = kinds.entry((format!("only theirs: {class}"), depth(path))).or_default();
                entry.0 += 1;
                entry.1 = format!("{path} in {}", case.name);
            }
        }
        if !agreed && show > 0 {
            show -= 1;
            println!("\n{}", case.name);
            for issue in judged.issues.iter().filter(|i| i.severity >= IssueSeverity::Error) {
                println!("  ours   {} {} (found {:?})", issue.path, issue.message(), issue.found);
            }
            for said in answer.issues.iter().filter(|i| matches!(i.severity.as_str(), "error" | "fatal")) {
                let id = said.message_id.as_deref().unwrap_or_default();
                let message: String = said.message.chars().take(220).collect();
                println!("  theirs {} {id}: {message}", said.location.as_deref().unwrap_or_default());
            }
        }
    }
    println!("{cases} resources, {crashes} on which the oracle broke; {excused} of its errors excused");
    println!("verdict: {same} the same, {:.2} %", 100.0 * same as f64 / cases as f64);
    let all = both + only_ours + only_theirs;
    println!("errors: {both} by both, {only_ours} only ours, {only_theirs} only theirs: {:.2} %", 100.0 * both as f64 / all.max(1) as f64);
    let mut kinds: Vec<_> = kinds.into_iter().collect();
    kinds.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    for ((what, _), (count, example)) in kinds {
        println!("{count:>6} {what}  e.g. {example}");
    }
    Ok(())
}

/// A path without positions.
fn plain(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in path.chars() {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            _ if !inside => out.push(c),
            _ => {}
        }
    }
    out
}

fn depth(_: &str) -> String {
    String::new()
}

fn class_of_ours(kind: &str) -> &str {
    kind
}

fn class_of_theirs(id: &str) -> &str {
    id
}
