//! Phrases about the record as a whole: what it must show somewhere, and what must hold of all of it.

use super::group::listed;
use super::{Outcome, Words, World};
use crate::chart::{Chart, Resource, target_of};
use crate::fhir::{Bundle, End};
use crate::profile::json::Document;
use crate::profile::{HeldTo, Validator, selects_in};
use crate::record::{IssueSeverity, Strength};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

topic! {
    Given r"{ResourceType} is claimed and within the granted scopes" "else it cannot be seen" may_see;
    Given r"the record of every patient" "everything that the patients' sessions show" have_record;
    Check r"it shows each of:" "a table of what, resource type and FHIRPath; one resource is enough for each" shows_each;
    Check r"every DocumentReference names its custodian, or its Provenance does" "custodian, or an agent of a Provenance that points to it" custodian;
    Check r"every attachment of a clinical report is one of a document too" "presentedForm.url of reports of cardiology, pathology and radiology" attachments;
    Check r"a Practitioner has an address, or a role" "all parts of an address, or a PractitionerRole that points to one" address_or_role;
    Check r"every resource that no profile of the guide is about conforms to FHIR R4" "the rules of its type" base_conforms;
    Check r"no answer gives a member of an object twice" "JSON as received" no_repeats;
    Check r"every match is a current document of the patient" "DocumentReference, status current, subject" current_documents;
}

async fn may_see(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    world.unknowable(&chart, words.get(0)).map_or(Ok(()), Err)
}

async fn have_record(world: &mut World, _: Words) -> Outcome {
    let chart = world.chart().await?;
    if chart.people.is_empty() || chart.resources.is_empty() {
        return Err(world.not_shown(&chart, "Patient", "a patient's record"));
    }
    Ok(())
}

/// The exchanges of some resources, the first few.
fn cites<'h>(all: impl IntoIterator<Item = &'h Resource>) -> Vec<u32> {
    let numbers: BTreeSet<u32> = all.into_iter().map(|held| held.number).collect();
    numbers.into_iter().take(6).collect()
}

async fn shows_each(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let rows = words.0.step.table.iter().flat_map(|table| &table.rows);
    let (mut met, mut open) = (Vec::new(), Vec::new());
    let mut hidden: BTreeSet<String> = BTreeSet::new();
    for row in rows {
        let [what, of, path] = row.as_slice() else { return Err(world.misplaced("a table of three columns")) };
        let own = chart.resources.iter().filter(|held| *of == "any" || held.of == *of);
        let mut found = None;
        for held in own {
            match selects_in(path, &held.body.to_string()) {
                Ok(true) => {
                    found = Some(held);
                    break;
                }
                Ok(false) => {}
                Err(why) => return Err(world.misplaced(&format!("FHIRPath instead of `{path}`: {why}"))),
            }
        }
        match found {
            Some(held) => met.push((what.clone(), held.number)),
            None => {
                let types = chart.claimed.iter().flatten().filter(|own| *of == "any" || *own == of);
                hidden.extend(types.filter(|own| !chart.may_be_seen(own)).cloned());
                open.push(what.clone());
            }
        }
    }
    if !hidden.is_empty() {
        let hidden: Vec<String> = hidden.into_iter().collect();
        return Err(world.page.not_shown(format!(
            "not shown: {}; the granted scopes do not permit to see {}",
            open.join(", "),
            listed(&hidden)
        )));
    }
    world.demand_shown(&words, &met, &open)
}

async fn custodian(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let of_type = |of: &'static str| chart.resources.iter().filter(move |held| held.of == of);
    let mut told: BTreeSet<String> = BTreeSet::new();
    for provenance in of_type("Provenance") {
        let agents = provenance.body["agent"].as_array().into_iter().flatten();
        let names = agents.into_iter().any(|agent| agent["who"].is_object() || agent["onBehalfOf"].is_object());
        let targets = provenance.body["target"].as_array().into_iter().flatten();
        let targets = targets.filter_map(|target| target_of(target["reference"].as_str()?));
        told.extend(targets.filter(|_| names));
    }
    let documents: Vec<&Resource> = of_type("DocumentReference").collect();
    if documents.is_empty() {
        return Err(world.not_shown(&chart, "DocumentReference", "a DocumentReference"));
    }
    let named = |held: &Resource| held.body["custodian"].is_object() || told.contains(&held.reference());
    let asked = asked_for_provenance(&chart);
    let all: Vec<&Resource> =
        documents.into_iter().filter(|held| named(held) || asked.contains(&held.reference())).collect();
    if all.is_empty() {
        let what = "a DocumentReference that was asked for with its Provenance";
        return Err(world.not_shown(&chart, "DocumentReference", what));
    }
    let wrong: Vec<&Resource> = all.iter().copied().filter(|held| !named(held)).collect();
    let observed = format!("{} documents, {} without either", all.len(), wrong.len());
    let numbers = cites(wrong.iter().chain(&all).copied());
    world.check(&words, wrong.is_empty(), "a custodian, or a Provenance with an agent", observed, numbers)
}

/// The documents that were found once more with their Provenance asked for.
fn asked_for_provenance(chart: &Chart) -> BTreeSet<String> {
    let own = chart
        .reverse_included
        .iter()
        .filter(|made| made.anchor.of == "DocumentReference" && made.pages.end == End::Whole);
    own.flat_map(|made| made.pages.ids()).collect()
}

const REPORTS: [&str; 3] = ["LP29708-2", "LP7839-6", "LP29684-5"];

async fn attachments(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let urls = |held: &Resource, pointer: &str| -> Vec<String> {
        let (list, inner) = pointer.split_once('.').unwrap_or((pointer, ""));
        let items = held.body[list].as_array().into_iter().flatten();
        let attachment = |item: &Value| {
            if inner.is_empty() {
                item["url"].as_str().map(str::to_owned)
            } else {
                item[inner]["url"].as_str().map(str::to_owned)
            }
        };
        items.filter_map(attachment).collect()
    };
    let is_report = |held: &&Resource| {
        held.of == "DiagnosticReport" && REPORTS.iter().any(|code| held.body["category"].to_string().contains(code))
    };
    let mut wrong = 0;
    let mut reports: Vec<&Resource> = Vec::new();
    let mut count = 0;
    for held in chart.resources.iter().filter(is_report) {
        let own = urls(held, "presentedForm");
        if own.is_empty() {
            continue;
        }
        let person = held.people.first().copied().unwrap_or_default();
        let documents = chart.of_type(person, "DocumentReference");
        let theirs: BTreeSet<String> = documents.flat_map(|document| urls(document, "content.attachment")).collect();
        // Documents may hold their content inline: then there is no URL to compare.
        if theirs.is_empty() {
            continue;
        }
        reports.push(held);
        count += own.len();
        wrong += own.iter().filter(|url| !theirs.contains(*url)).count();
    }
    if reports.is_empty() {
        let what = "a clinical report and a document of the same patient whose attachments have URLs";
        return Err(world.not_shown(&chart, "DiagnosticReport", what));
    }
    let observed = format!("{count} attachments, {wrong} of no document");
    world.check(
        &words,
        wrong == 0,
        "each attachment in a DocumentReference of the patient too",
        observed,
        cites(reports),
    )
}

async fn address_or_role(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let of_type = |of: &'static str| chart.resources.iter().filter(move |held| held.of == of);
    let practitioners: Vec<&Resource> = of_type("Practitioner").collect();
    if practitioners.is_empty() {
        return Err(world.not_shown(&chart, "Practitioner", "a Practitioner that the record refers to"));
    }
    let parts = ["line", "city", "state", "postalCode", "country"];
    let has = |part: &str| {
        practitioners
            .iter()
            .any(|held| held.body["address"].as_array().into_iter().flatten().any(|address| !address[part].is_null()))
    };
    let addressed = parts.iter().all(|part| has(part));
    let known: BTreeSet<String> = practitioners.iter().map(|held| held.reference()).collect();
    let role = of_type("PractitionerRole").find(|held| {
        held.body["practitioner"]["reference"].as_str().and_then(target_of).is_some_and(|at| known.contains(&at))
    });
    let numbers = cites(practitioners);
    let met: Vec<(String, u32)> = match (addressed, role) {
        (true, _) => numbers.iter().map(|number| ("all parts of an address".to_owned(), *number)).take(1).collect(),
        (false, Some(role)) => vec![("a role".to_owned(), role.number)],
        (false, None) => Vec::new(),
    };
    world.page.cite(&numbers);
    let open = if met.is_empty() { vec!["all parts of an address, or a role".to_owned()] } else { Vec::new() };
    world.demand_shown(&words, &met, &open)
}

async fn base_conforms(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let own: Vec<&Resource> = chart.resources.iter().filter(|held| held.profiles.is_empty()).collect();
    if own.is_empty() {
        return Err(world.page.not_applicable("not applicable: every resource is held to a profile of the guide"));
    }
    let texts: Vec<String> = own.iter().map(|held| held.body.to_string()).collect();
    let library = world.bench.library;
    let judged = tokio::task::spawn_blocking(move || {
        let validator = Validator::new(library, HeldTo::Type);
        let documents = texts.iter().filter_map(|text| Document::parse(text).ok());
        let mut errors: BTreeMap<String, usize> = BTreeMap::new();
        for document in documents {
            for issue in validator.judge(&document).issues.iter().filter(|i| i.severity >= IssueSeverity::Error) {
                *errors.entry(issue.message()).or_insert(0) += 1;
            }
        }
        errors
    });
    let Ok(errors) = judged.await else { return Err(world.misplaced("resources that the validator can judge")) };
    let all: Vec<String> = errors.iter().map(|(what, n)| format!("{what} ({n} times)")).collect();
    let observed = match all.is_empty() {
        true => format!("resources: {}, none with errors", own.len()),
        false => format!("resources: {}; {}", own.len(), listed(&all)),
    };
    world.check(&words, all.is_empty(), "conformance to FHIR R4", observed, cites(own))
}

async fn no_repeats(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let answers: Vec<_> = chart.made.iter().flat_map(|made| &made.pages.answers).cloned().collect();
    let texts: Vec<(u32, String)> =
        answers.iter().map(|answer| (answer.number(), answer.text().into_owned())).collect();
    let judged = tokio::task::spawn_blocking(move || {
        let repeats = |text: &str| Document::parse(text).is_ok_and(|document| !document.repeated().is_empty());
        texts.into_iter().filter(|(_, text)| repeats(text)).map(|(number, _)| number).collect::<Vec<u32>>()
    });
    let Ok(wrong) = judged.await else { return Err(world.misplaced("answers that can be read")) };
    let observed = format!("{} answers, {} with a member twice", answers.len(), wrong.len());
    let numbers: Vec<u32> = match wrong.is_empty() {
        true => answers.iter().map(crate::http::Answer::number).take(3).collect(),
        false => wrong.iter().copied().take(6).collect(),
    };
    world.check(&words, wrong.is_empty(), "each member once", observed, numbers)
}

async fn current_documents(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let patient = super::access::patient(world)?;
    let number = answer.number();
    let Some(bundle) = answer.json().ok().and_then(Bundle::of) else {
        world.find(Strength::Shall, false, "a Bundle", "no Bundle", vec![number]);
        return Err(world.page.stop());
    };
    let (all, wrong) = documents(&bundle, &patient);
    if all == 0 {
        world.page.cite(&[number]);
        // A server that can make none answers an empty searchset.
        return world.demand_shown(&words, &[], &["a current document that $docref brings".to_owned()]);
    }
    let observed = format!("{all} documents, {wrong} others");
    world.check(&words, wrong == 0, "current documents of the patient", observed, vec![number])
}

/// The documents that matched, and how many of them are not current ones of the patient. Of other types is what comes
/// with them.
fn documents(bundle: &Bundle, patient: &str) -> (usize, usize) {
    let is = |body: &&Value| {
        let subject = body["subject"]["reference"].as_str().and_then(target_of);
        body["status"] == "current" && subject == Some(format!("Patient/{patient}"))
    };
    let own: Vec<&Value> = bundle.matches().filter(|body| body["resourceType"] == "DocumentReference").collect();
    (own.len(), own.iter().filter(|body| !is(body)).count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(status: &str, patient: &str) -> Value {
        json!({ "resource": { "resourceType": "DocumentReference", "status": status,
            "subject": { "reference": format!("https://example.org/fhir/Patient/{patient}") } } })
    }

    fn counted(entries: &[Value]) -> (usize, usize) {
        documents(&Bundle::of(json!({ "resourceType": "Bundle", "entry": entries })).unwrap(), "a")
    }

    #[test]
    fn what_comes_with_the_documents_of_docref_is_not_one_of_them() {
        let included = json!({ "resource": { "resourceType": "Practitioner" } });
        assert_eq!(counted(&[document("current", "a"), included]), (1, 0));
        let mut superseded = document("superseded", "a");
        superseded["search"] = json!({ "mode": "include" });
        assert_eq!(counted(&[superseded]), (0, 0));
    }

    #[test]
    fn documents_that_are_not_current_or_of_another_patient_are_told_apart() {
        let all = [document("current", "a"), document("superseded", "a"), document("current", "b")];
        assert_eq!(counted(&all), (3, 2));
        assert_eq!(counted(&[]), (0, 0));
    }
}
