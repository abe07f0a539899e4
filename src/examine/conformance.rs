//! Whether resources conform to FHIR R4 and to profiles, by the validator.

use super::{Observation, Search, Shown, cited};
use crate::chart::{Chart, Resource};
use crate::fhir::reference_to;
use crate::http::Answer;
use crate::profile::json::Document;
use crate::profile::{HeldTo, Judgement, Library, Validator};
use crate::record::{Issue, IssueKind, IssueSeverity, NotEvaluated};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const US_CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";
/// Kinds of errors that a finding names; the rest are counted.
const NAMED: usize = 8;
/// Formats that R4 itself writes where its binding has mime types (FHIR R4, RESTful API: `_format`).
const SHORT_FORMATS: [&str; 3] = ["json", "xml", "ttl"];

/// Errors by their kind.
type Errors = BTreeMap<String, Seen>;

/// How often an error was seen, and where first.
#[derive(Default)]
struct Seen {
    times: usize,
    first: Option<String>,
}

/// The canonical URL of a profile that a library has, named by that URL or by the end of a US Core one.
pub fn profile_url(library: &Library, name: &str) -> Option<String> {
    let url = if name.contains("://") { name.to_owned() } else { format!("{US_CORE}{name}") };
    library.structure(&url).map(|_| url)
}

/// Whether resources conform to what `name` says; errors of one kind are named together.
pub fn conform(library: &Library, all: &[Shown], held_to: HeldTo, name: &str) -> Observation {
    let judged = judge(library, all, held_to);
    let mut errors = Errors::new();
    let mut open: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let (mut wrong, mut cites) = (0, BTreeSet::new());
    for (shown, judgement) in &judged {
        if !judgement.is_valid() {
            wrong += 1;
            cites.extend(shown.number());
        }
        serious(judgement).for_each(|issue| note(&mut errors, issue, shown));
        for left in &judgement.not_evaluated {
            *open.entry((&left.what, &left.reason)).or_default() += left.count;
        }
    }
    let mut observed = format!("resources: {}, with errors: {wrong}{}", all.len(), in_words(&errors));
    if !open.is_empty() {
        let what: BTreeSet<&str> = open.keys().map(|(what, _)| *what).collect();
        observed += &format!("; not evaluated: {}", what.into_iter().collect::<Vec<_>>().join(", "));
    }
    // A text that is no resource is not judged: it does not conform.
    let met = wrong == 0 && !all.is_empty() && judged.len() == all.len();
    if wrong == 0 {
        cites.extend(all.iter().filter_map(Shown::number));
    }
    let not_evaluated = open.into_iter().map(|((what, reason), count)| {
        let (what, reason) = (what.to_owned(), reason.to_owned());
        NotEvaluated { what, reason, count }
    });
    let seen =
        Observation::new(met, format!("conformance to {name}"), observed, cites.into_iter().take(NAMED).collect());
    Observation { not_evaluated: not_evaluated.collect(), ..seen }
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
    let found: Vec<Value> = news.keys().filter_map(|text| serde_json::from_str(text).ok()).collect();
    let shown = Shown::all(&found, &search.pages.answers);
    let errors = worse(library, shown.iter().zip(news.values()));
    let wrong: usize = errors.values().map(|seen| seen.times).sum();
    let observed = format!("{} new, with errors: {wrong}{}", news.len(), in_words(&errors));
    search.observe(errors.is_empty(), "what was not seen before to conform", observed)
}

/// Whether what no profile of the guide is about conforms to FHIR R4; none where there is no such resource.
pub fn rest_conforms(library: &Library, chart: &Chart) -> Option<Observation> {
    let own: Vec<&Resource> = chart.resources.iter().filter(|resource| resource.profiles.is_empty()).collect();
    if own.is_empty() {
        return None;
    }
    let bodies: Vec<Value> = own.iter().map(|resource| resource.body.clone()).collect();
    let mut seen = conform(library, &Shown::all(&bodies, &chart.sources_of(&own)), HeldTo::Type, "FHIR R4");
    if seen.cites.is_empty() {
        seen.cites = cited(own);
    }
    Some(seen)
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
fn note(errors: &mut Errors, issue: &Issue, shown: &Shown) {
    let seen = errors.entry(format!("{}: {}", without_positions(&issue.path), issue.message())).or_default();
    seen.times += 1;
    if seen.first.is_none() {
        seen.first = shown.place(issue);
    }
}

fn in_words(errors: &Errors) -> String {
    let one = |(error, seen): (&String, &Seen)| {
        let first = seen.first.as_ref().map(|first| format!(", first in {first}")).unwrap_or_default();
        format!("; {error} ({} times{first})", seen.times)
    };
    let mut words: String = errors.iter().take(NAMED).map(one).collect();
    if errors.len() > NAMED {
        words += &format!("; and {} more kinds of errors", errors.len() - NAMED);
    }
    words
}

/// The errors in new contents; what was as wrong when the records were gathered is told there.
fn worse<'s>(library: &Library, news: impl Iterator<Item = (&'s Shown, &'s Option<String>)>) -> Errors {
    let validator = Validator::new(library, HeldTo::Guide);
    let judge = |text: &str| Document::parse(text).ok().map(|document| validator.judge(&document));
    let mut errors = Errors::new();
    for (shown, before) in news {
        let Some(judgement) = judge(&shown.text).filter(|judgement| !judgement.is_valid()) else { continue };
        if before.as_deref().and_then(judge).is_some_and(|before| !before.is_valid()) {
            continue;
        }
        serious(&judgement).take(1).for_each(|issue| note(&mut errors, issue, shown));
    }
    errors
}

fn without_positions(path: &str) -> String {
    let mut parts = path.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| out + part.split_once(']').map_or(part, |(_, rest)| rest))
}

fn judge<'s>(library: &Library, all: &'s [Shown], held_to: HeldTo) -> Vec<(&'s Shown, Judgement)> {
    let validator = Validator::new(library, held_to);
    let parsed = all.iter().filter_map(|shown| Some((shown, Document::parse(&shown.text).ok()?)));
    parsed
        .map(|(shown, document)| {
            let mut judgement = validator.judge(&document);
            judgement.issues.retain(|issue| !is_short_format(issue, &shown.text));
            (shown, judgement)
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
