//! Holds Probity's validator against the oracle on one corpus: `agreement CORPUS ORACLE [--show N] [--seconds]`.
//!
//! Counts resources whose verdict (valid or not, by errors) is the same, and errors that both raise of the same element
//! by the same sort of rule. What the oracle cannot judge offline is left out, and counted, by the table `EXCUSED`.

#![allow(clippy::print_stdout, reason = "its output is its purpose")]

use std::collections::{BTreeMap, BTreeSet};

use probity::profile::json::Document;
use probity::profile::{HeldTo, Library, Validator};
use probity::record::{IssueKind, IssueSeverity};
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
const EXCUSED: [(&str, &str); 9] = [
    ("(urn:oid:2.16.840.1.113883.6.238#", "imports that are not at hand count as empty"),
    ("#null'", "a coding may have no code: FHIR does not demand one"),
    ("NullPointerException", "the oracle broke within a constraint"),
    (
        "for in-memory expansion of ValueSet 'http://hl7.org/fhir/us/core/ValueSet/omb-",
        "imports that are not at hand count as empty",
    ),
    (
        "for in-memory expansion of ValueSet 'http://hl7.org/fhir/us/core/ValueSet/detailed-",
        "imports that are not at hand count as empty",
    ),
    (
        "for in-memory expansion of ValueSet 'http://hl7.org/fhir/us/core/ValueSet/birthsex'",
        "imports that are not at hand count as empty",
    ),
    ("ValueSet/omb-", "imports that are not at hand count as empty"),
    ("ValueSet/detailed-", "imports that are not at hand count as empty"),
    ("ValueSet/birthsex", "imports that are not at hand count as empty"),
];

/// What the oracle lets pass and why it is an error all the same: sort of rule, part of what we say, reason.
const ALONE: [(&str, &str, &str); 3] = [
    ("reference.target", "a reference to", "the oracle holds only references that it can resolve to the types allowed"),
    (
        "binding",
        "ValueSet/omb-",
        "the oracle's own errors of these value sets were excused, so ours have no counterpart",
    ),
    ("invariant", "sdcqr-2", "the expression is false: two items of one linkId with answers"),
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
    let mut alone = 0;
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
            .filter(|i| {
                let known = ALONE.iter().any(|(kind, part, _)| i.kind.name() == *kind && i.message().contains(part));
                let excused_now = known && !answer.issues.iter().any(|t| t.message.contains("BadTargetType"));
                alone += usize::from(excused_now);
                !excused_now
            })
            .map(|i| ours_as(&plain(&i.path), i.kind, i.constraint.as_deref()))
            .collect();
        let mut theirs = BTreeSet::new();
        for said in answer.issues.iter().filter(|i| matches!(i.severity.as_str(), "error" | "fatal")) {
            if EXCUSED.iter().any(|(part, _)| said.message.contains(part)) {
                excused += 1;
                continue;
            }
            let location = plain(said.location.as_deref().unwrap_or_default());
            theirs.insert(theirs_as(&location, said.message_id.as_deref().unwrap_or_default(), &said.message));
        }
        let agreed = ours.is_empty() == theirs.is_empty();
        // Where both could not read an element, what each makes of that above and below is no second finding.
        let unread: Vec<String> =
            ours.intersection(&theirs).filter(|(_, class)| class == "form").map(|(path, _)| path.clone()).collect();
        let is_consequence = |(path, class): &(String, String)| {
            class != "form" && unread.iter().any(|u| u.starts_with(path.as_str()) || path.starts_with(u.as_str()))
        };
        let ours: BTreeSet<_> = ours.into_iter().filter(|o| !is_consequence(o)).collect();
        let theirs: BTreeSet<_> = theirs.into_iter().filter(|t| !is_consequence(t)).collect();
        same += usize::from(agreed);
        both += ours.intersection(&theirs).count();
        only_ours += ours.difference(&theirs).count();
        only_theirs += theirs.difference(&ours).count();
        if !ours.is_empty() && !theirs.is_empty() {
            for (path, class) in ours.difference(&theirs) {
                let entry = kinds.entry((format!("only ours: {class}"), String::new())).or_default();
                entry.0 += 1;
                entry.1 = format!("{path} in {}", case.name);
            }
            for (path, class) in theirs.difference(&ours) {
                let entry = kinds.entry((format!("only theirs: {class}"), String::new())).or_default();
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
    println!(
        "{cases} resources, {crashes} on which the oracle broke; {excused} of its errors and {alone} of ours classified"
    );
    println!("verdict: {same} the same, {:.2} %", 100.0 * same as f64 / cases as f64);
    let all = both + only_ours + only_theirs;
    println!(
        "errors: {both} by both, {only_ours} only ours, {only_theirs} only theirs: {:.2} %",
        100.0 * both as f64 / all.max(1) as f64
    );
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
    // A choice is the same element whatever its type.
    let mut path = path.to_owned();
    while let Some(start) = path.find(".ofType(") {
        let end = path[start..].find(')').map_or(path.len(), |n| start + n + 1);
        path.replace_range(start..end, "");
    }
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

/// Element and sort of rule, in words that both share.
fn ours_as(path: &str, kind: IssueKind, key: Option<&str>) -> (String, String) {
    use IssueKind as K;
    let class = match kind {
        K::JsonType | K::NullValue | K::EmptyArray | K::EmptyValue | K::EmptyObject | K::Pairing => "form",
        K::UnknownElement => return (above(path), "unknown element".into()),
        K::Primitive | K::Whitespace => "format",
        K::Min | K::SliceMin => "min",
        K::Max | K::SliceMax | K::SliceClosed | K::ChoiceTwice => return (above(path), "max".into()),
        K::Invariant => return (path.to_owned(), format!("invariant {}", key.unwrap_or_default())),
        K::Binding | K::UnknownCode => return (concept(path), "code".into()),
        K::Fixed | K::Pattern => "value",
        K::ReferenceSyntax | K::ReferenceTarget | K::ReferenceUnresolved => {
            return (path.strip_suffix(".reference").unwrap_or(path).to_owned(), "reference".into());
        }
        K::ExtensionUnknown | K::ExtensionContext | K::ExtensionModifier | K::TypeNotAllowed => "extension or type",
        K::FullUrl => "full URL",
        other => other.name(),
    };
    (path.to_owned(), class.into())
}

fn theirs_as(path: &str, id: &str, message: &str) -> (String, String) {
    let path = without_comments(path);
    if let Some((_, key)) = id.rsplit_once('#') {
        return match key {
            // The rule of empty elements, which both also tell as a matter of form.
            "ele-1" => (path, "form".into()),
            _ => (path, format!("invariant {key}")),
        };
    }
    let class = match id {
        "" if message.starts_with("Unrecognized property") => "unknown element",
        "" => "form",
        "Validation_VAL_Profile_Minimum" | "Validation_VAL_Profile_Minimum_SLICE" => "min",
        "Validation_VAL_Profile_Maximum" => return (path, "max".into()),
        "Type_Specific_Checks_DT_Primitive_NotEmpty" | "Type_Specific_Checks_DT_Primitive_ValueExt" => "form",
        // A pattern's coding that is not there at all.
        "TYPE_CHECKS_PATTERN_CC" | "_DT_Fixed_Wrong" | "Terminology_TX_Coding_Count" => "value",
        "REFERENCE_REF_INVALID_REF" | "Reference_REF_CantResolve" | "Reference_REF_CantMatchChoice" => "reference",
        _ if id.starts_with("Terminology_") => return (concept(&path), "code".into()),
        _ if id.starts_with("Type_Specific")
            || id.starts_with("TYPE_SPECIFIC")
            || id.starts_with("Resource_RES_ID") =>
        {
            "format"
        }
        _ if id.starts_with("Extension_") => "extension or type",
        _ if id.to_lowercase().contains("fullurl") => "full URL",
        other => other,
    };
    (path, class.into())
}

fn above(path: &str) -> String {
    path.rsplit_once('.').map_or(path, |(above, _)| above).to_owned()
}

/// The coded element that a code, coding or concept belongs to.
fn concept(path: &str) -> String {
    let path = path.split_once(".coding").map_or(path, |(concept, _)| concept);
    path.strip_suffix(".code").filter(|p| p.matches('.').count() > 0).unwrap_or(path).to_owned()
}

/// The oracle writes the type and id of a resource in a resource into its paths.
fn without_comments(path: &str) -> String {
    let mut out = path.to_owned();
    while let Some(start) = out.find("/*") {
        let end = out[start..].find("*/").map_or(out.len(), |n| start + n + 2);
        out.replace_range(start..end, "");
    }
    out.replace("value[x]", "value")
}
