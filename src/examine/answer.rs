//! One answer: its status, its headers, and what its body is.

use super::{Demanded, Observation};
use crate::chart::target_of;
use crate::fhir::Bundle;
use crate::http::Answer;
use crate::record::Strength;
use serde_json::Value;

fn seen(answer: &Answer, met: bool, expected: impl Into<String>, observed: impl Into<String>) -> Observation {
    Observation::new(met, expected, observed, vec![answer.number()])
}

/// Every quoted word of a text.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

/// Whether a request was refused and `what` was not given, where `given` says that it was.
pub fn withholds(answer: &Answer, given: bool, what: &str) -> Observation {
    let observed = format!("status {}{}", answer.status(), if given { format!(" with {what}") } else { String::new() });
    seen(answer, !given && !answer.is_success(), "a refusal", observed)
}

/// Whether it has one of these statuses, given as `404, 410 or 403`.
pub fn status(answer: &Answer, wanted: &str) -> Observation {
    let own = answer.status().to_string();
    let met = wanted.split([',', ' ']).any(|word| word == own);
    let observed = if met { format!("status {own}") } else { answer.status_and_said() };
    seen(answer, met, format!("status {wanted}"), observed)
}

/// Whether it has one of these media types, given in quotes; parameters do not matter.
pub fn content_type(answer: &Answer, wanted: &str) -> Observation {
    let own = answer.media_type().unwrap_or_else(|| "no content type".to_owned());
    let met = quoted(wanted).any(|word| word == own);
    seen(answer, met, format!("content type {wanted}"), own)
}

/// Whether a header holds one of these words, given in quotes; case does not matter.
pub fn header(answer: &Answer, name: &str, wanted: &str) -> Observation {
    let values: Vec<&str> = answer.headers(name).collect();
    let text = values.join("\n").to_ascii_lowercase();
    let met = quoted(wanted).any(|word| text.contains(&word.to_ascii_lowercase()));
    let observed =
        if values.is_empty() { format!("no header {name}") } else { format!("{name}: {}", values.join(", ")) };
    seen(answer, met, format!("header {name} with {wanted}"), observed)
}

/// Whether the body is a searchset.
pub fn is_searchset(answer: &Answer) -> Observation {
    let bundle = answer.json().ok().and_then(Bundle::of);
    let observed = match &bundle {
        Some(bundle) => format!("a Bundle of type `{}`", bundle.kind()),
        None => "no Bundle".to_owned(),
    };
    let met = bundle.is_some_and(|bundle| bundle.kind() == "searchset");
    seen(answer, met, "a Bundle of type `searchset`", observed)
}

/// Whether the body is a JSON object.
pub fn is_object(answer: &Answer) -> Observation {
    let (met, observed) = match answer.json() {
        Ok(Value::Object(_)) => (true, "a JSON object".to_owned()),
        Ok(_) => (false, "JSON that is no object".to_owned()),
        Err(instead) => (false, instead.to_string()),
    };
    seen(answer, met, "a JSON object", observed)
}

/// Who a browser lets read an answer (Fetch Standard, CORS protocol).
fn readers(answer: &Answer) -> (Option<&str>, bool) {
    let origin = answer.headers("access-control-allow-origin").next().map(str::trim);
    let credentials = answer.headers("access-control-allow-credentials").any(|value| value.trim() == "true");
    (origin, credentials)
}

/// Whether no page of another origin may read an answer that a user's credentials brought. A browser takes `*` for no
/// such permission.
pub fn is_unread_with_credentials(answer: &Answer) -> Observation {
    let (origin, credentials) = readers(answer);
    let met = !credentials || origin.is_none_or(|origin| origin == "*");
    let observed = match origin {
        Some(origin) if !met => format!("{origin} may, with credentials"),
        _ => "it may not".to_owned(),
    };
    seen(answer, met, "that page may not read it with credentials", observed)
}

/// Whether no page of another origin may read an answer at all.
pub fn is_unread(answer: &Answer) -> Observation {
    let (origin, _) = readers(answer);
    let observed = origin.map_or_else(|| "none may".to_owned(), |origin| format!("{origin} may"));
    seen(answer, origin.is_none(), "no page of another origin may read it", observed)
}

/// Whether a change was not made: a success says that it was. 501 says that the server makes none.
pub fn refuses_change(answer: &Answer) -> Observation {
    seen(answer, !answer.is_success(), "a refusal, such as 403", format!("status {}", answer.status()))
}

/// Whether no export was begun (Bulk Data Access 2.0.0, Export): no job, and no records in the answer itself.
pub fn begins_no_export(answer: &Answer) -> Observation {
    let body = answer.json().unwrap_or(Value::Null);
    let full = |name: &str| body[name].as_array().is_some_and(|all| !all.is_empty());
    let lines = answer.media_type().is_some_and(|kind| kind.contains("ndjson")) && !answer.text().trim().is_empty();
    let (status, records) = (answer.status(), answer.is_success() && (full("output") || full("entry") || lines));
    let what = match (status, records) {
        (202, _) => ": a job was begun",
        (_, true) => " with records",
        (_, false) => "",
    };
    seen(answer, what.is_empty(), "a refusal, or nothing", format!("status {status}{what}"))
}

/// Whether a change was refused for want of the right to make it, before its content was looked at.
pub fn refuses_at_once(answer: &Answer) -> Observation {
    let status = answer.status();
    let met = answer.is_success() || !matches!(status, 400 | 409 | 412 | 422);
    seen(answer, met, "401, 403, 404, 405 or 501", format!("status {status}"))
}

/// Whether a resource is what it was.
pub fn is_unchanged(answer: &Answer, before: &Value) -> Observation {
    let now = answer.json().unwrap_or(Value::Null);
    let observed = if now == *before { "the same" } else { "another content" };
    seen(answer, now == *before, "the same content", observed)
}

/// Whether the body is a resource of a type.
pub fn is_resource_of(answer: &Answer, wanted: &str) -> Observation {
    let wanted = format!("a resource {wanted}");
    let observed = kind_of(answer);
    seen(answer, observed == wanted, wanted, observed)
}

/// Whether the body is the resource of this type and id.
pub fn is_that_resource(answer: &Answer, kind: &str, id: &str) -> Observation {
    let body = answer.json().unwrap_or(Value::Null);
    let observed = match (body["resourceType"] == kind, body["id"] == id) {
        (true, true) => format!("that {kind}"),
        (true, false) => format!("a {kind} with another id"),
        (false, _) => kind_of(answer),
    };
    seen(answer, observed == format!("that {kind}"), format!("that {kind}"), observed)
}

/// What an answer is, in words without content.
pub fn kind_of(answer: &Answer) -> String {
    match answer.json() {
        Ok(body) => match body["resourceType"].as_str() {
            // A resource type is letters only; anything else is the target's text and stays out.
            Some(kind) if !kind.is_empty() && kind.chars().all(|c| c.is_ascii_alphabetic()) => {
                format!("a resource {kind}")
            }
            _ => "JSON without a resourceType".to_owned(),
        },
        Err(instead) => instead.to_string(),
    }
}

/// Whether every document that `$docref` brings is a current one of the patient.
///
/// # Errors
/// It brings none: a server that can make none answers an empty searchset.
pub fn current_documents(answer: &Answer, patient: &str) -> Result<Observation, Demanded> {
    let Some(bundle) = answer.json().ok().and_then(Bundle::of) else {
        return Ok(seen(answer, false, "a Bundle", "no Bundle"));
    };
    let is_current = |body: &&&Value| {
        let subject = body["subject"]["reference"].as_str().and_then(target_of);
        body["status"] == "current" && subject == Some(format!("Patient/{patient}"))
    };
    // What comes with the documents is of other types.
    let all: Vec<&Value> = bundle.matches().filter(|body| body["resourceType"] == "DocumentReference").collect();
    if all.is_empty() {
        let open = vec!["a current document that $docref brings".to_owned()];
        return Err(Demanded { met: Vec::new(), open, cites: vec![answer.number()] });
    }
    let wrong = all.len() - all.iter().filter(is_current).count();
    let observed = format!("{} documents, {wrong} others", all.len());
    Ok(seen(answer, wrong == 0, "current documents of the patient", observed))
}

/// What record content an answer gives: any resource that is no OperationOutcome, or a Bundle with such entries.
fn given(answer: &Answer) -> Option<String> {
    let body = answer.json().ok()?;
    match body["resourceType"].as_str()? {
        "OperationOutcome" => None,
        "Bundle" => {
            let entries = body["entry"].as_array().into_iter().flatten();
            let given = entries.filter(|entry| entry["resource"]["resourceType"] != "OperationOutcome").count();
            (given > 0).then(|| format!("a Bundle with {given} resources"))
        }
        _ => Some(kind_of(answer)),
    }
}

/// Whether it gives nothing of a record, by a refusal. A search may find nothing instead.
pub fn denied(answer: &Answer) -> Vec<Observation> {
    let what = given(answer);
    let observed = format!(
        "status {} {}",
        answer.status(),
        match &what {
            Some(what) => format!("with {what}"),
            None => "without a resource".to_owned(),
        }
    );
    let mut all = vec![seen(answer, what.is_none(), "no resource", observed.as_str())];
    if what.is_none() && answer.is_success() {
        let empty = is_searchset(answer).met;
        let strength = if empty { Strength::Should } else { Strength::Shall };
        all.push(seen(answer, false, "a refusal: 401, 403 or 404", observed).with_strength(strength));
    }
    all
}

/// Whether no one of several answers is wrong: what is expected, what is observed where none is, and where one is.
pub fn no_one(all: &[Answer], is_wrong: impl Fn(&Answer) -> bool, [expected, right, wrong]: [&str; 3]) -> Observation {
    match all.iter().find(|one| is_wrong(one)) {
        Some(one) => seen(one, false, expected, wrong),
        None => Observation::new(true, expected, right, all.iter().map(Answer::number).collect()),
    }
}

/// Whether it does not succeed.
pub fn no_access(answer: &Answer) -> Observation {
    seen(answer, !answer.is_success(), "no access", format!("status {}", answer.status()))
}

/// Whether it gives no resource of a type.
pub fn gives_none_of(answer: &Answer, of: &str) -> Observation {
    let count = count_of(answer, of);
    seen(answer, count == 0, format!("no {of}"), format!("status {} with {count} {of}", answer.status()))
}

/// How many resources of a type a Bundle has.
pub fn count_of(answer: &Answer, of: &str) -> usize {
    let bundle = answer.json().ok().and_then(Bundle::of);
    bundle.map_or(0, |bundle| bundle.resources().filter(|body| body["resourceType"] == of).count())
}

/// Whether its resource is about the patient in context.
pub fn is_about(answer: &Answer, patient: &str) -> Observation {
    let body = answer.json().unwrap_or(Value::Null);
    let observed = match body["subject"]["reference"].as_str() {
        Some(reference) if reference.rsplit('/').next() == Some(patient) => "the patient in context",
        Some(_) => "another patient",
        None => "no subject",
    };
    seen(answer, observed == "the patient in context", "the patient in context", observed)
}
