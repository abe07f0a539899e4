//! Phrases about conformance: resources against FHIR R4 and a profile, by the validator.

use std::collections::BTreeMap;

use super::{Outcome, Words, World};
use crate::fhir::reference_to;
use crate::profile::json::Document;
use crate::profile::{HeldTo, Judgement, Library, Validator};
use crate::record::{Issue, IssueKind, IssueSeverity};

topic! {
    Check r"what only (?:this answer|these answers) shows? conforms to its profiles" "resources, and contents of them, that gathering the records did not bring; FHIR R4 and the profiles they claim or that their category and code choose" new_conforms;
    Check r"it conforms to FHIR R4" "the rules of its type in the base standard; what could not be judged is told" conforms_to_base;
    Check r#"each conforms to "{Profile}""# "FHIR R4 and the profile of that name or canonical URL; what could not be judged is told" each_conforms;
}

const US_CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";
/// Kinds of errors that a finding names; the rest are counted.
const NAMED: usize = 8;

async fn each_conforms(world: &mut World, words: Words) -> Outcome {
    let name = words.get(0);
    let url = if name.contains("://") { name.to_owned() } else { format!("{US_CORE}{name}") };
    let library = world.bench.library;
    if library.structure(&url).is_none() {
        return Err(world.misplaced(&format!("a compiled profile named {name}")));
    }
    let texts: Vec<String> = world.scene.resources.iter().map(ToString::to_string).collect();
    let document = world.scene.document.iter().map(|(_, number)| *number);
    let cites = document.chain(world.scene.answer.iter().map(crate::http::Answer::number)).collect();
    judged_as(world, &words, texts, HeldTo::These(vec![url]), name, cites).await
}

async fn conforms_to_base(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let texts = vec![answer.text().into_owned()];
    judged_as(world, &words, texts, HeldTo::Type, "FHIR R4", vec![answer.number()]).await
}

/// Formats that R4 itself writes where its binding has mime types (FHIR R4, RESTful API: `_format`).
const SHORT_FORMATS: [&str; 3] = ["json", "xml", "ttl"];

/// Whether an issue is about such a format.
fn is_short_format(issue: &Issue, text: &str) -> bool {
    let list = without_positions(&issue.path);
    issue.kind == IssueKind::Binding
        && ["CapabilityStatement.format", "CapabilityStatement.patchFormat"].contains(&list.as_str())
        && serde_json::from_str::<serde_json::Value>(text).is_ok_and(|body| {
            let name = list.rsplit('.').next().unwrap_or_default();
            let at = issue.path.rsplit('[').next().and_then(|rest| rest.trim_end_matches(']').parse::<usize>().ok());
            let own = at.and_then(|at| body[name][at].as_str());
            own.is_some_and(|own| SHORT_FORMATS.contains(&own))
        })
}

/// Judges resources, given as JSON text, and writes down the errors, those of one kind together.
async fn judged_as(
    world: &World,
    words: &Words,
    texts: Vec<String>,
    held_to: HeldTo,
    name: &str,
    cites: Vec<u32>,
) -> Outcome {
    let library = world.bench.library;
    let count = texts.len();
    // Judging is work for a processor; the steps of all scenarios share this thread.
    let judged = tokio::task::spawn_blocking(move || judge(library, &texts, held_to)).await;
    let Ok(judged) = judged else { return Err(world.misplaced("a resource that the validator can judge")) };
    let mut errors: BTreeMap<String, usize> = BTreeMap::new();
    let mut open: BTreeMap<&str, usize> = BTreeMap::new();
    for judgement in &judged {
        for issue in judgement.issues.iter().filter(|i| i.severity >= IssueSeverity::Error) {
            *errors.entry(format!("{}: {}", without_positions(&issue.path), issue.message())).or_insert(0) += 1;
        }
        for left in &judgement.not_evaluated {
            *open.entry(&left.what).or_insert(0) += 1;
        }
    }
    let wrong = judged.iter().filter(|j| !j.is_valid()).count();
    let mut observed = format!("resources: {count}, with errors: {wrong}");
    for (error, times) in errors.iter().take(NAMED) {
        observed += &format!("; {error} ({times} times)");
    }
    if errors.len() > NAMED {
        observed += &format!("; and {} more kinds of errors", errors.len() - NAMED);
    }
    if !open.is_empty() {
        let list: Vec<&str> = open.keys().copied().collect();
        observed += &format!("; not evaluated: {}", list.join(", "));
    }
    // A text that is no resource is not judged: it does not conform.
    let held = wrong == 0 && count > 0 && judged.len() == count;
    world.check(words, held, format!("conformance to {name}"), observed, cites)
}

async fn new_conforms(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let library = world.bench.library;
    for search in world.searches()? {
        let mut news: BTreeMap<String, Option<String>> = BTreeMap::new();
        for body in search.pages.resources().filter(|body| body["resourceType"] != "OperationOutcome") {
            let held = chart.find(&reference_to(body));
            if held.is_none_or(|held| held.body != *body) {
                news.insert(body.to_string(), held.map(|held| held.body.to_string()));
            }
        }
        let count = news.len();
        let judged = tokio::task::spawn_blocking(move || worse(library, &news)).await;
        let Ok(errors) = judged else { return Err(world.misplaced("a resource that the validator can judge")) };
        let mut observed = format!("{count} new, with errors: {}", errors.values().sum::<usize>());
        for (error, times) in errors.iter().take(NAMED) {
            observed += &format!("; {error} ({times} times)");
        }
        world.write(&words, search.observe(errors.is_empty(), "what was not seen before to conform", observed))?;
    }
    Ok(())
}

/// The kinds of errors in new contents, each counted; what was as wrong when the records were gathered is told there.
fn worse(library: &Library, news: &BTreeMap<String, Option<String>>) -> BTreeMap<String, usize> {
    let validator = Validator::new(library, HeldTo::Guide);
    let judge = |text: &String| Document::parse(text).ok().map(|document| validator.judge(&document));
    let mut errors: BTreeMap<String, usize> = BTreeMap::new();
    for (text, before) in news {
        let Some(judgement) = judge(text).filter(|judgement| !judgement.is_valid()) else { continue };
        if before.as_ref().and_then(judge).is_some_and(|before| !before.is_valid()) {
            continue;
        }
        if let Some(issue) = judgement.issues.iter().find(|issue| issue.severity >= IssueSeverity::Error) {
            *errors.entry(format!("{}: {}", without_positions(&issue.path), issue.message())).or_insert(0) += 1;
        }
    }
    errors
}

/// The same element of a list's items is one kind of finding.
fn without_positions(path: &str) -> String {
    let mut parts = path.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once(']').map_or(part, |(_, rest)| rest))
}

fn judge(library: &Library, texts: &[String], held_to: HeldTo) -> Vec<Judgement> {
    let validator = Validator::new(library, held_to);
    let parsed = texts.iter().filter_map(|text| Some((text, Document::parse(text).ok()?)));
    parsed
        .map(|(text, document)| {
            let mut judgement = validator.judge(&document);
            judgement.issues.retain(|issue| !is_short_format(issue, text));
            judgement
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(format: &str) -> usize {
        let text = format!(
            r#"{{"resourceType":"CapabilityStatement","status":"active","date":"2025-01-15","kind":"instance",
            "implementation":{{"description":"a server"}},"fhirVersion":"4.0.1","format":["{format}"],
            "rest":[{{"mode":"server"}}]}}"#
        );
        let judged = judge(Library::embedded(), &[text], HeldTo::Type);
        judged[0].issues.iter().filter(|i| i.severity >= IssueSeverity::Error).count()
    }

    #[test]
    fn a_capability_statement_may_name_its_formats_as_r4_does() {
        assert_eq!(errors("json"), 0);
        assert_eq!(errors("application/fhir+json"), 0);
        assert_eq!(errors("jason"), 1);
    }
}
