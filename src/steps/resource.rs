//! Phrases about resources: the Patient, Observations by code, their basic form.

use super::{Outcome, Words, World, access};
use crate::fhir::{self, Bundle};
use crate::probe::canary::is_of;
use crate::record::Halt;
use crate::smart::Launch;
use serde_json::Value;

topic! {
    Given r"the Patient in context" "reads it for examination" have_patient;
    Given r#"a patient with an Observation of code "([^"]+)""# "the first configured user who has one (LOINC)" have_observation;
    Check r"the Bundle is a searchset" "Bundle.type" searchset;
    Check r"every match is a ([A-Z]\w+)" "no match of another type" every_match_type;
    Check r"a match is the Patient in context" "by id" match_is_context;
    Check r#"every match is an Observation of code "([^"]+)""# "a LOINC coding of Observation.code" every_match_code;
    Check r"every match is of the patient in context" "its subject" every_match_patient;
    Check r"the resource is that Observation" "its type and id" is_that;
    Check r#"it has at least one "([^"]+)""# "an element that is there" at_least_one;
    Check r#"every "([^"]+)" has "([^"]+)"(?: or "([^"]+)")?(?: or a reason why not)?"# "a part of each element; a data-absent-reason counts where the phrase says so" every_has;
    Check r#"each has the form of a vital sign measured in "([^"]+)""# "status, category, code, subject, time, value with a UCUM unit" vital_sign;
    Check r"each has the form of a vital sign with components" "status, category, code, subject, time" vital_sign_with_parts;
    Check r#"each has a component "([^"]+)" measured in "([^"]+)""# "a component with a UCUM unit, or a reason why not" component;
}

const LOINC: &str = "http://loinc.org";
const UCUM: &str = "http://unitsofmeasure.org";
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        other => vec![other],
    }
}

fn has_code(concept: &Value, system: &str, code: &str) -> bool {
    list(&concept["coding"]).iter().any(|coding| coding["system"] == system && coding["code"] == code)
}

async fn have_patient(world: &mut World, words: Words) -> Outcome {
    let session = world.session()?;
    let path = format!("Patient/{}", access::patient(world)?);
    let site = world.bench.site.clone();
    let answer = fhir::read(&world.door, &site, &session, &path, "read of the patient in context").await;
    let answer = world.answered(answer)?;
    match answer.json() {
        Ok(body) if answer.is_success() && body["resourceType"] == "Patient" => {
            world.scene.document = Some((body.clone(), answer.number()));
            world.scene.resources = vec![body];
            Ok(())
        }
        _ if words.is_given() => {
            Err(world.page.skip(format!("the patient in context cannot be read: status {}", answer.status())))
        }
        _ => Err(world.misplaced("a Patient")),
    }
}

/// Everyone's Observations are looked through, because a record need not hold every vital sign.
async fn have_observation(world: &mut World, words: Words) -> Outcome {
    let code = words.get(0);
    let site = world.bench.site.clone();
    let mut why = "no user is configured".to_owned();
    for user in site.user_names() {
        let has_patient = site.user(&user).is_ok_and(|user| user.patient.is_some());
        let key = world.key(&user, "public", "", Launch::Standalone)?;
        if !has_patient {
            continue;
        }
        let bench = std::sync::Arc::clone(&world.bench);
        let session = match bench.sessions.get(&world.door, &world.page, &site, key).await {
            Ok(session) => session,
            Err(trouble) => {
                why = world.door.redact(&trouble.to_string());
                continue;
            }
        };
        let Some(patient) = session.patient.clone() else { continue };
        why = format!("no configured user has an Observation with the LOINC code {code}");
        for path in [
            format!("Observation?patient={patient}&category=vital-signs"),
            format!("Observation?patient={patient}&code={LOINC}|{code}"),
        ] {
            let answer = fhir::read(&world.door, &site, &session, &path, "Observations of a patient").await;
            let answer = world.answered(answer)?;
            let bundle = answer.json().ok().and_then(Bundle::of);
            let found: Vec<Value> = bundle
                .iter()
                .flat_map(Bundle::matches)
                .filter(|r| r["resourceType"] == "Observation" && has_code(&r["code"], LOINC, code))
                .cloned()
                .collect();
            if !found.is_empty() {
                world.scene.session = Some(session);
                world.scene.resources = found;
                return Ok(());
            }
        }
    }
    Err(world.page.skip(why))
}

/// The last answer as a Bundle; `Null` inside when it is none, so that expectations of it fail.
fn bundle(world: &World) -> Result<(Option<Bundle>, Vec<u32>), Halt> {
    let answer = world.answer()?;
    Ok((answer.json().ok().and_then(Bundle::of), vec![answer.number()]))
}

async fn searchset(world: &mut World, words: Words) -> Outcome {
    let (bundle, cites) = bundle(world)?;
    let observed = match &bundle {
        Some(bundle) => format!("a Bundle of type `{}`", bundle.kind()),
        None => "no Bundle".to_owned(),
    };
    let held = bundle.is_some_and(|bundle| bundle.kind() == "searchset");
    world.check(&words, held, "a Bundle of type `searchset`", observed, cites)
}

/// Expects every match to satisfy `is`; no match at all does not satisfy anything.
fn every_match(world: &World, words: &Words, expected: &str, is: impl Fn(&Value) -> bool) -> Outcome {
    let (bundle, cites) = bundle(world)?;
    let all: Vec<&Value> = bundle.iter().flat_map(Bundle::matches).collect();
    let wrong = all.iter().filter(|resource| !is(resource)).count();
    let held = wrong == 0 && !all.is_empty();
    world.check(words, held, format!("matches, each {expected}"), format!("{} matches, {wrong} not", all.len()), cites)
}

async fn every_match_type(world: &mut World, words: Words) -> Outcome {
    let kind = words.get(0).to_owned();
    every_match(world, &words, &format!("a {kind}"), |resource| resource["resourceType"] == kind.as_str())
}

async fn every_match_code(world: &mut World, words: Words) -> Outcome {
    let code = words.get(0).to_owned();
    let is = |r: &Value| r["resourceType"] == "Observation" && has_code(&r["code"], LOINC, &code);
    every_match(world, &words, &format!("of code {code}"), is)
}

async fn every_match_patient(world: &mut World, words: Words) -> Outcome {
    let patient = access::patient(world)?;
    every_match(world, &words, "of the patient in context", |resource| is_of(resource, &patient))
}

async fn match_is_context(world: &mut World, words: Words) -> Outcome {
    let patient = access::patient(world)?;
    let (bundle, cites) = bundle(world)?;
    let count = bundle.iter().flat_map(Bundle::matches).filter(|resource| resource["id"] == patient.as_str()).count();
    world.check(&words, count == 1, "the Patient in context, once", format!("{count} times"), cites)
}

async fn is_that(world: &mut World, words: Words) -> Outcome {
    world.expect_that(&words)
}

async fn at_least_one(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let count = list(&document[words.get(0)]).len();
    world.check(&words, count > 0, format!("at least one `{}`", words.get(0)), format!("{count}"), vec![number])
}

fn is_absent_for_a_reason(value: &Value) -> bool {
    list(&value["extension"]).iter().any(|extension| extension["url"] == ABSENT)
}

async fn every_has(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let excused = words.0.step.value.ends_with("or a reason why not");
    let parts = [words.get(1), words.get(2)];
    let all = list(&document[words.get(0)]);
    let has = |element: &Value| {
        let part = |part: &str| !part.is_empty() && element.get(part).is_some_and(|value| !value.is_null());
        parts.iter().any(|name| part(name)) || (excused && is_absent_for_a_reason(element))
    };
    let wrong = all.iter().filter(|element| !has(element)).count();
    let expected = format!("`{}` in every `{}`", parts.join(" or ").trim_end_matches(" or "), words.get(0));
    world.check(&words, wrong == 0, expected, format!("{} elements, {wrong} without", all.len()), vec![number])
}

/// What is wrong with the frame of a vital sign (FHIR R4 vitalsigns, which US Core builds on).
fn frame(resource: &Value) -> Vec<&'static str> {
    let mut wrong = Vec::new();
    let statuses =
        ["registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"];
    if !statuses.iter().any(|status| resource["status"] == *status) {
        wrong.push("status");
    }
    let category = "http://terminology.hl7.org/CodeSystem/observation-category";
    if !list(&resource["category"]).iter().any(|concept| has_code(concept, category, "vital-signs")) {
        wrong.push("category vital-signs");
    }
    if !list(&resource["code"]["coding"]).iter().any(|coding| coding["system"] == LOINC) {
        wrong.push("code");
    }
    if !resource["subject"]["reference"].as_str().is_some_and(|reference| reference.contains("Patient/")) {
        wrong.push("subject");
    }
    let timed = ["effectiveDateTime", "effectivePeriod", "_effectiveDateTime"];
    if !timed.iter().any(|name| resource.get(*name).is_some()) {
        wrong.push("effective[x]");
    }
    wrong
}

/// Whether a value is a number in one of `units`, or absent for a reason.
fn is_measured(holder: &Value, units: &str) -> bool {
    let quantity = &holder["valueQuantity"];
    let unit = units.split(',').any(|unit| quantity["code"] == unit.trim());
    (quantity["value"].is_number() && quantity["system"] == UCUM && unit) || holder.get("dataAbsentReason").is_some()
}

fn each(world: &World, words: &Words, expected: String, faults: impl Fn(&Value) -> Vec<&'static str>) -> Outcome {
    let all = &world.scene.resources;
    let wrong: std::collections::BTreeSet<&str> = all.iter().flat_map(&faults).collect();
    let observed = match wrong.is_empty() {
        true => format!("{} resources, all so", all.len()),
        false => format!("{} resources; wrong: {}", all.len(), wrong.into_iter().collect::<Vec<_>>().join(", ")),
    };
    let held = !all.is_empty() && all.iter().all(|resource| faults(resource).is_empty());
    let cites = world.scene.answer.iter().map(crate::http::Answer::number).collect();
    world.check(words, held, expected, observed, cites)
}

async fn vital_sign(world: &mut World, words: Words) -> Outcome {
    let units = words.get(0).to_owned();
    each(world, &words, format!("a vital sign in {units}"), |resource| {
        let mut wrong = frame(resource);
        if !is_measured(resource, &units) {
            wrong.push("value[x] or its unit");
        }
        wrong
    })
}

async fn vital_sign_with_parts(world: &mut World, words: Words) -> Outcome {
    each(world, &words, "a vital sign".to_owned(), frame)
}

async fn component(world: &mut World, words: Words) -> Outcome {
    let (code, units) = (words.get(0).to_owned(), words.get(1).to_owned());
    each(world, &words, format!("a component {code} in {units}"), |resource| {
        let parts = list(&resource["component"]);
        let found = parts.iter().any(|part| has_code(&part["code"], LOINC, &code) && is_measured(part, &units));
        if found || resource.get("dataAbsentReason").is_some() { Vec::new() } else { vec!["component"] }
    })
}
