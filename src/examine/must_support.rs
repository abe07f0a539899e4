//! What the records must show somewhere: the must-support elements of a profile, and what the guide demands beside them.

use super::absence::{Absence, not_shown, unknowable};
use super::profile::listed;
use super::{Observation, Unjudged, cited};
use crate::chart::{Chart, Resource, target_of};
use crate::fhir::End;
use crate::profile::{Library, selects_in, shown};
use crate::record::Cause;
use crate::search::Group;
use serde_json::Value;
use std::collections::BTreeSet;

/// Things that the records must show, each somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demanded {
    /// What is shown, with the exchange in which it was first seen.
    pub met: Vec<(String, u32)>,
    /// What is not shown.
    pub open: Vec<String>,
    /// Exchanges to look at.
    pub cites: Vec<u32>,
}

/// Codes of the categories of clinical reports: cardiology, pathology, radiology.
const REPORTS: [&str; 3] = ["LP29708-2", "LP7839-6", "LP29684-5"];
/// What makes an address.
const ADDRESS: [&str; 5] = ["line", "city", "state", "postalCode", "country"];

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value[name].as_array().into_iter().flatten()
}

fn of_type<'c>(chart: &'c Chart, of: &'static str) -> impl Iterator<Item = &'c Resource> {
    chart.resources.iter().filter(move |resource| resource.of == of)
}

/// The must-support elements of a profile.
///
/// # Errors
/// Nobody can know what the records show of its type.
pub fn elements(library: &Library, chart: &Chart, group: &Group) -> Result<Demanded, Absence> {
    let own: Vec<&Resource> = chart.of_group(group).collect();
    let texts: Vec<String> = own.iter().map(|resource| resource.body.to_string()).collect();
    let found = match own.is_empty() {
        true => Demanded { open: vec![format!("any {}", group.name)], ..Demanded::default() },
        false => {
            let judged = shown(library, &group.profile, &texts);
            let number = |at: usize| own.get(at).map(|resource| resource.number).unwrap_or_default();
            let met = judged.met.into_iter().map(|(what, at)| (what, number(at))).collect();
            Demanded { met, open: judged.open, cites: cited(own.iter().copied()) }
        }
    };
    match unknowable(chart, &group.of).filter(|_| !found.open.is_empty()) {
        Some(absence) => Err(absence),
        None => Ok(found),
    }
}

/// One row of a table of what the records must show.
pub struct Sought<'t> {
    /// What it is.
    pub what: &'t str,
    /// The type of resource that may show it, or `any`.
    pub of: &'t str,
    /// The FHIRPath that selects it.
    pub path: &'t str,
}

/// Each row of a table.
///
/// # Errors
/// What is wrong with the table, or why nobody can know what the records show.
pub fn each(chart: &Chart, rows: &[Sought<'_>]) -> Result<Result<Demanded, Absence>, Unjudged> {
    let mut found = Demanded::default();
    let mut hidden: BTreeSet<String> = BTreeSet::new();
    for Sought { what, of, path } in rows {
        let mut first = None;
        for resource in chart.resources.iter().filter(|resource| *of == "any" || resource.of == *of) {
            let shows = selects_in(path, &resource.body.to_string());
            if shows.map_err(|why| format!("the table has no FHIRPath in `{path}`: {why}"))? {
                first = Some(resource);
                break;
            }
        }
        match first {
            Some(resource) => found.met.push(((*what).to_owned(), resource.number)),
            None => {
                let types = chart.claimed.iter().flatten().filter(|own| *of == "any" || own == of);
                hidden.extend(types.filter(|own| !chart.may_be_seen(own)).cloned());
                found.open.push((*what).to_owned());
            }
        }
    }
    if hidden.is_empty() {
        return Ok(Ok(found));
    }
    let hidden: Vec<String> = hidden.into_iter().collect();
    let open = found.open.join(", ");
    let why = format!("not shown: {open}; the granted scopes do not permit to see {}", listed(&hidden));
    Ok(Err(Absence { cause: Cause::NotShown, why }))
}

/// Whether every document names its custodian, or its Provenance names an agent.
///
/// # Errors
/// The records show no document of which this can be known.
pub fn custodian(chart: &Chart) -> Result<Observation, Absence> {
    let mut told: BTreeSet<String> = BTreeSet::new();
    for provenance in of_type(chart, "Provenance") {
        let names = |agent: &Value| agent["who"].is_object() || agent["onBehalfOf"].is_object();
        if list(&provenance.body, "agent").any(names) {
            let targets = list(&provenance.body, "target");
            told.extend(targets.filter_map(|target| target_of(target["reference"].as_str()?)));
        }
    }
    if of_type(chart, "DocumentReference").next().is_none() {
        return Err(not_shown(chart, "DocumentReference", "a DocumentReference"));
    }
    let named = |resource: &Resource| resource.body["custodian"].is_object() || told.contains(&resource.reference());
    let asked = asked_for_provenance(chart);
    let all: Vec<&Resource> = of_type(chart, "DocumentReference")
        .filter(|resource| named(resource) || asked.contains(&resource.reference()))
        .collect();
    if all.is_empty() {
        let what = "a DocumentReference that was requested together with its Provenance";
        return Err(not_shown(chart, "DocumentReference", what));
    }
    let wrong: Vec<&Resource> = all.iter().copied().filter(|resource| !named(resource)).collect();
    let observed = format!("{} documents, {} without either", all.len(), wrong.len());
    let cites = cited(wrong.iter().chain(&all).copied());
    Ok(Observation::new(wrong.is_empty(), "a custodian, or a Provenance with an agent", observed, cites))
}

/// The documents that were found once more with their Provenance asked for.
fn asked_for_provenance(chart: &Chart) -> BTreeSet<String> {
    let made = chart.reverse_included.iter();
    let own = made.filter(|made| made.anchor.of == "DocumentReference" && made.pages.end == End::Whole);
    own.flat_map(|made| made.pages.ids()).collect()
}

fn urls<'v>(attachments: impl Iterator<Item = &'v Value>) -> Vec<&'v str> {
    attachments.filter_map(|attachment| attachment["url"].as_str()).collect()
}

/// Whether every attachment of a clinical report is one of a document of the same patient too.
///
/// # Errors
/// The records show no report and document that could be compared.
pub fn attachments(chart: &Chart) -> Result<Observation, Absence> {
    let is_report = |resource: &&Resource| {
        let category = resource.body["category"].to_string();
        REPORTS.iter().any(|code| category.contains(code))
    };
    let (mut count, mut wrong) = (0, 0);
    let mut reports: Vec<&Resource> = Vec::new();
    for resource in of_type(chart, "DiagnosticReport").filter(is_report) {
        let own = urls(list(&resource.body, "presentedForm"));
        let person = resource.people.first().copied().unwrap_or_default();
        let documents = chart.of_type(person, "DocumentReference").map(|document| &document.body);
        let theirs = urls(documents.flat_map(|body| list(body, "content")).map(|content| &content["attachment"]));
        // Documents may hold their content inline: then there is no URL to compare.
        if own.is_empty() || theirs.is_empty() {
            continue;
        }
        reports.push(resource);
        count += own.len();
        wrong += own.iter().filter(|url| !theirs.contains(url)).count();
    }
    if reports.is_empty() {
        let what = "a clinical report and a document of the same patient whose attachments have URLs";
        return Err(not_shown(chart, "DiagnosticReport", what));
    }
    let observed = format!("{count} attachments, {wrong} of no document");
    let expected = "each attachment in a DocumentReference of the patient too";
    Ok(Observation::new(wrong == 0, expected, observed, cited(reports)))
}

/// An address of a Practitioner, or a role of one.
///
/// # Errors
/// The records show no Practitioner.
pub fn address_or_role(chart: &Chart) -> Result<Demanded, Absence> {
    let practitioners: Vec<&Resource> = of_type(chart, "Practitioner").collect();
    if practitioners.is_empty() {
        return Err(not_shown(chart, "Practitioner", "a Practitioner that the record refers to"));
    }
    let has = |part: &str| {
        let mut all = practitioners.iter().flat_map(|resource| list(&resource.body, "address"));
        all.any(|address| !address[part].is_null())
    };
    let known: BTreeSet<String> = practitioners.iter().map(|resource| resource.reference()).collect();
    let points = |role: &&Resource| {
        let to = role.body["practitioner"]["reference"].as_str().and_then(target_of);
        to.is_some_and(|at| known.contains(&at))
    };
    let addressed = ADDRESS.iter().all(|part| has(part));
    let cites = cited(practitioners.iter().copied());
    let met: Option<(String, u32)> = match addressed {
        true => cites.first().map(|number| ("all parts of an address".to_owned(), *number)),
        false => of_type(chart, "PractitionerRole").find(points).map(|role| ("a role".to_owned(), role.number)),
    };
    let open = if met.is_none() { vec!["all parts of an address, or a role".to_owned()] } else { Vec::new() };
    Ok(Demanded { met: met.into_iter().collect(), open, cites })
}
