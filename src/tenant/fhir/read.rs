//! Read and version read of one resource.

use axum::http::{StatusCode, header};
use base64::Engine;
use serde_json::{Value, json};

use super::family::Interaction;
use super::guard::{Guard, Need};
use super::moment;
use super::outcome::{Answer, Payload, Refusal};
use super::request::FhirRequest;
use super::store::Store;
use crate::tenant::access::Access;
use crate::tenant::entry::Entry;
use crate::tenant::fault::Faults;

/// Answers `GET {kind}/{id}` and `GET {kind}/{id}/_history/{version}`.
pub(super) fn run(
    store: &Store,
    faults: &Faults,
    access: &Access,
    request: &FhirRequest,
    (kind, id, version): (&str, &str, Option<&str>),
) -> Result<Answer, Refusal> {
    let interaction = match (version, kind) {
        (Some(_), _) => Interaction::VersionRead,
        (None, "Patient") => Interaction::Read,
        (None, _) => Interaction::ReadClinical,
    };
    let guard = Guard { store, access, faults, lifted: store.members().any(|member| member.lifts(interaction)) };
    if !guard.granted(kind, Need::Read) {
        return Err(Refusal::scope(faults, kind));
    }
    let Some(entry) = store.find(kind, id) else {
        if faults.on("errors.unknown-id-answered") {
            return Ok(Answer::ok(json!({ "resourceType": kind, "id": id })));
        }
        if faults.on("errors.unknown-id-forbidden") {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "forbidden", "no access to such a resource"));
        }
        return Err(Refusal::unknown());
    };
    if !guard.sees(entry, Need::Read) {
        if guard.is_granular(kind) && faults.on("granular.read-crashes") {
            return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "exception", "the scopes cannot be applied"));
        }
        return Err(deny(store, faults, entry));
    }
    if version.is_some_and(|v| v != version_of(&entry.body)) {
        if faults.on("errors.unknown-id-forbidden") {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "forbidden", "no access to such a resource"));
        }
        return Err(Refusal::unknown());
    }
    if store.members().any(|member| member.misses(entry)) {
        if faults.on("errors.unknown-id-forbidden") {
            return Err(Refusal::new(StatusCode::FORBIDDEN, "forbidden", "no access to such a resource"));
        }
        return Err(Refusal::unknown());
    }
    let mut body = rendered(entry, &request.base);
    if faults.on("patient.read-wrong-id") && kind == "Patient" && version.is_none() {
        body["id"] = json!("patient-0");
    }
    store.members().iter().for_each(|member| member.shows(entry, &mut body));
    if faults.on("encounter.subject-swapped") && kind == "Encounter" {
        body["subject"] = json!({ "reference": "Patient/patient-3" });
    }
    let etag = format!("W/\"{}\"", version_of(&body));
    if request.header(header::IF_NONE_MATCH) == Some(&etag) {
        let empty = Payload::Raw("application/fhir+json".to_owned(), Vec::new());
        return Ok(Answer { status: StatusCode::NOT_MODIFIED, body: empty, extra: vec![(header::ETAG, etag)] });
    }
    let mut answer = Answer::ok(body);
    answer.extra.push((header::ETAG, etag));
    let updated = entry.body.pointer("/meta/lastUpdated").and_then(Value::as_str);
    if let Some(date) = updated.and_then(moment::http_date) {
        answer.extra.push((header::LAST_MODIFIED, date));
    }
    if kind == "Binary" {
        as_attachment(&mut answer, entry, request)?;
    }
    Ok(answer)
}

/// The refusal of a resource that exists: the same as of one that does not.
fn deny(store: &Store, faults: &Faults, entry: &Entry) -> Refusal {
    let refusal = Refusal::unknown();
    if faults.on("denial.names-the-patient") && entry.kind == "Patient" {
        let name = store.patient_name(&entry.id).unwrap_or_default();
        return Refusal::new(StatusCode::NOT_FOUND, "not-found", format!("the record of {name} is not yours"));
    }
    if faults.on("denial.as-forbidden") {
        return Refusal::new(StatusCode::FORBIDDEN, "forbidden", "no access to this resource");
    }
    if faults.on("denial.carries-version") {
        return refusal.with(header::ETAG, format!("W/\"{}\"", version_of(&entry.body)));
    }
    refusal
}

fn version_of(body: &Value) -> &str {
    body.pointer("/meta/versionId").and_then(Value::as_str).unwrap_or("1")
}

/// A Binary is its bytes unless FHIR JSON is asked for.
fn as_attachment(answer: &mut Answer, entry: &Entry, request: &FhirRequest) -> Result<(), Refusal> {
    let accept = request.header(header::ACCEPT).unwrap_or("application/fhir+json");
    if accept.contains("json") || accept.contains("*/*") {
        return Ok(());
    }
    let text = |name: &str| entry.body.get(name).and_then(Value::as_str).unwrap_or_default();
    let content_type = text("contentType");
    if !accept.split([',', ';']).any(|a| content_type.starts_with(a.trim())) {
        return Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, "not-supported", "the attachment has another type"));
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(text("data")).unwrap_or_default();
    answer.body = Payload::Raw(content_type.to_owned(), bytes);
    Ok(())
}

/// The resource as sent: addresses of attachments become absolute.
pub(super) fn rendered(entry: &Entry, base: &str) -> Value {
    let mut body = entry.body.clone();
    for (list, at) in [("content", "/attachment/url"), ("presentedForm", "/url")] {
        for content in body.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(url) = content.pointer_mut(at)
                && let Some(relative) = url.as_str().filter(|u| u.starts_with("Binary/"))
            {
                *url = Value::String(format!("{base}/{relative}"));
            }
        }
    }
    body
}
