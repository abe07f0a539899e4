//! Whether resources conform to FHIR R4 and to profiles, by the validator.

use super::profile::listed;
use super::{Observation, Search, cited};
use crate::chart::{Chart, Resource};
use crate::fhir::reference_to;
use crate::http::Answer;
use crate::profile::json::Document;
use crate::profile::{HeldTo, Judgement, Library, Validator};
use crate::record::{Issue, IssueKind, IssueSeverity};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const US_CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";
/// Kinds of errors that a finding names; the rest are counted.
const NAMED: usize = 8;
/// Formats that R4 itself writes where its binding has mime types (FHIR R4, RESTful API: `_format`).
const SHORT_FORMATS: [&str; 3] = ["json", "xml", "ttl"];

/// Errors by their kind, each counted.
type Errors = BTreeMap<String, usize>;

/// The canonical URL of a profile that a library has, named by that URL or by the end of a US Core one.
pub fn profile_url(library: &Library, name: &str) -> Option<String> {
    let url = if name.contains("://") { name.to_owned() } else { format!("{US_CORE}{name}") };
    library.structure(&url).map(|_| url)
}

/// Whether resources, given as JSON text, conform to what `name` says; errors of one kind are named together.
pub fn conform(library: &Library, texts: &[String], held_to: HeldTo, name: &str, cites: Vec<u32>) -> Observation {
    let judged = judge(library, texts, held_to);
    let mut errors = Errors::new();
    let mut open: BTreeSet<&str> = BTreeSet::new();
    for judgement in &judged {
        serious(judgement).for_each(|issue| note(&mut errors, issue));
        open.extend(judgement.not_evaluated.iter().map(|left| left.what.as_str()));
    }
    let wrong = judged.iter().filter(|judgement| !judgement.is_valid()).count();
    let mut observed = format!("resources: {}, with errors: {wrong}{}", texts.len(), in_words(&errors));
    if errors.len() > NAMED {
        observed += &format!("; and {} more kinds of errors", errors.len() - NAMED);
    }
    if !open.is_empty() {
        observed += &format!("; not evaluated: {}", open.into_iter().collect::<Vec<_>>().join(", "));
    }
    // A text that is no resource is not judged: it does not conform.
    let met = wrong == 0 && !texts.is_empty() && judged.len() == texts.len();
    Observation::new(met, format!("conformance to {name}"), observed, cites)
}

/// Whether what only this search showed conforms: resources, and contents of them, that the chart does not have.
pub fn new_conform(library: &Library, chart: &Chart, search: &Search) -> Observation {
    let mut news: BTreeMap<String, Option<String>> = BTreeMap::new();
    for body in search.pages.resources().filter(|body| body["resourceType"] != "OperationOutcome") {
        let met = chart.find(&reference_to(body));
        if met.is_none_or(|known| known.body != *body) {
            news.insert(body.to_string(), met.map(|known| known.body.to_string()));
        }
    }
    let errors = worse(library, &news);
    let observed = format!("{} new, with errors: {}{}", news.len(), errors.values().sum::<usize>(), in_words(&errors));
    search.observe(errors.is_empty(), "what was not seen before to conform", observed)
}

/// Whether what no profile of the guide is about conforms to FHIR R4; none where there is no such resource.
pub fn rest_conforms(library: &Library, chart: &Chart) -> Option<Observation> {
    let own: Vec<&Resource> = chart.resources.iter().filter(|resource| resource.profiles.is_empty()).collect();
    if own.is_empty() {
        return None;
    }
    let validator = Validator::new(library, HeldTo::Type);
    let mut errors = Errors::new();
    for text in own.iter().map(|resource| resource.body.to_string()) {
        let Ok(document) = Document::parse(&text) else { continue };
        for issue in serious(&validator.judge(&document)) {
            *errors.entry(issue.message()).or_insert(0) += 1;
        }
    }
    let all: Vec<String> = errors.iter().map(|(what, n)| format!("{what} ({n} times)")).collect();
    let observed = match all.is_empty() {
        true => format!("resources: {}, none with errors", own.len()),
        false => format!("resources: {}; {}", own.len(), listed(&all)),
    };
    Some(Observation::new(all.is_empty(), "conformance to FHIR R4", observed, cited(own)))
}

/// Whether no answer that brought the chart has a member of an object twice, as it was received.
pub fn no_repeats(chart: &Chart) -> Observation {
    let repeats = |answer: &&Answer| {
        let text = answer.text();
        Document::parse(&text).is_ok_and(|document| !document.repeated().is_empty())
    };
    let answers = || chart.made.iter().flat_map(|made| &made.pages.answers);
    let wrong: Vec<u32> = answers().filter(repeats).map(Answer::number).collect();
    let observed = format!("{} answers, {} with a member twice", answers().count(), wrong.len());
    let cites = match wrong.is_empty() {
        true => answers().map(Answer::number).take(3).collect(),
        false => wrong.iter().copied().take(6).collect(),
    };
    Observation::new(wrong.is_empty(), "each member once", observed, cites)
}

fn serious(judgement: &Judgement) -> impl Iterator<Item = &Issue> {
    judgement.issues.iter().filter(|issue| issue.severity >= IssueSeverity::Error)
}

/// The same element of a list's items is one kind of error.
fn note(errors: &mut Errors, issue: &Issue) {
    *errors.entry(format!("{}: {}", without_positions(&issue.path), issue.message())).or_insert(0) += 1;
}

fn in_words(errors: &Errors) -> String {
    errors.iter().take(NAMED).map(|(error, times)| format!("; {error} ({times} times)")).collect()
}

/// The errors in new contents; what was as wrong when the records were gathered is told there.
fn worse(library: &Library, news: &BTreeMap<String, Option<String>>) -> Errors {
    let validator = Validator::new(library, HeldTo::Guide);
    let judge = |text: &String| Document::parse(text).ok().map(|document| validator.judge(&document));
    let mut errors = Errors::new();
    for (text, before) in news {
        let Some(judgement) = judge(text).filter(|judgement| !judgement.is_valid()) else { continue };
        if before.as_ref().and_then(judge).is_some_and(|before| !before.is_valid()) {
            continue;
        }
        serious(&judgement).take(1).for_each(|issue| note(&mut errors, issue));
    }
    errors
}

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

/// Whether an issue is about a format that R4 writes so itself.
fn is_short_format(issue: &Issue, text: &str) -> bool {
    let list = without_positions(&issue.path);
    issue.kind == IssueKind::Binding
        && ["CapabilityStatement.format", "CapabilityStatement.patchFormat"].contains(&list.as_str())
        && serde_json::from_str::<Value>(text).is_ok_and(|body| {
            let name = list.rsplit('.').next().unwrap_or_default();
            let at = issue.path.rsplit('[').next().and_then(|rest| rest.trim_end_matches(']').parse::<usize>().ok());
            let own = at.and_then(|at| body[name][at].as_str());
            own.is_some_and(|own| SHORT_FORMATS.contains(&own))
        })
}
