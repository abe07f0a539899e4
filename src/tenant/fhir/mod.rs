//! The FHIR side of the reference target: metadata, reads, searches, and the refusals around them.

mod altered;
mod capability;
mod element;
pub(in crate::tenant) mod family;
mod gateway;
mod guard;
mod include;
mod matching;
mod moment;
mod outcome;
mod page;
mod query;
mod read;
mod request;
mod search;
mod store;
mod table;
mod value;

#[cfg(test)]
mod tests;

use axum::http::{Method, StatusCode, header};
use axum::response::Response;

use super::access::Access;
use super::fault::Faults;
use outcome::{Answer, Refusal};

pub use request::{FhirRequest, OauthUrls};
pub use store::Store;

/// Answers one request. The caller has authenticated the token behind `access`; only `metadata` goes without.
///
/// Every error is an OperationOutcome; nothing here answers 5xx unless a fault is switched on.
pub fn answer(store: &Store, faults: &Faults, access: Option<&Access>, request: &FhirRequest) -> Response {
    let public = request.path.trim_matches('/') == "metadata";
    let unfenced = access.and_then(|access| gateway::without_fence(store, faults, access, request));
    let access = unfenced.as_ref().or(access);
    let past = access.and_then(|access| gateway::past_the_fence(store, access, request));
    let past = past.or_else(|| access.and_then(|access| gateway::beyond_the_scope(store, access, request)));
    let past = past.or_else(|| gateway::by_reverse_chain(store, faults, access?, request));
    let answer = past.unwrap_or_else(|| route(store, faults, access, request));
    let answer = answer.unwrap_or_else(|refusal| refusal.into_answer(faults));
    answer.write(&request.method, faults, public)
}

/// What the defects of a server that writes with a token that may only read answer.
fn written(
    (store, faults, access): (&Store, &Faults, &Access),
    request: &FhirRequest,
    segments: &[&str],
) -> Option<Result<Answer, Refusal>> {
    let said = serde_json::json!({"resourceType": "OperationOutcome",
        "issue": [{"severity": "information", "code": "informational", "diagnostics": "it is done"}]});
    let done = |fault: &'static str, status: StatusCode| {
        faults.on(fault).then(|| Ok(Answer { status, ..Answer::ok(said.clone()) }))
    };
    match (request.method.as_str(), segments) {
        ("POST" | "PUT" | "PATCH" | "DELETE", [kind, rest @ ..]) if faults.on("write.not-implemented") => {
            let searches = rest.last() == Some(&"_search") || kind.is_empty();
            let refusal = || Refusal::new(StatusCode::NOT_IMPLEMENTED, "not-supported", "this server is read-only");
            (!searches && !rest.iter().any(|part| part.starts_with('$'))).then(|| Err(refusal()))
        }
        ("POST" | "PUT" | "PATCH", _) if for_another(faults, access, request) => {
            Some(Ok(Answer { status: StatusCode::OK, ..Answer::ok(said) }))
        }
        ("POST", ["Subscription"]) if faults.on("write.others-subscribed") => {
            let mut answer = Answer { status: StatusCode::CREATED, ..Answer::ok(said) };
            answer.extra.push((header::LOCATION, format!("{}/Subscription/1/_history/1", request.base)));
            Some(Ok(answer))
        }
        ("POST", ["Patient"]) if faults.on("write.condition-of-everybody") => conditional(store, request, said),
        ("POST", [kind]) if !kind.is_empty() => done("write.created", StatusCode::CREATED).or_else(|| {
            let invalid = || Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", "status and code are missing");
            faults.on("write.validated-first").then(|| Err(invalid()))
        }),
        ("PUT", [_, _]) => done("write.updated", StatusCode::OK),
        ("PATCH", [_, _]) => done("write.patched", StatusCode::OK),
        ("DELETE", [kind, id]) => {
            let owner = store.find(kind, id).and_then(|entry| entry.owner.as_deref());
            let foreign = owner.is_some() && owner != access.patient.as_deref();
            if foreign && faults.on("write.others-deleted") {
                store.asked_before(format!("deletion of {kind}/{id}"));
                return Some(Ok(Answer::ok(said)));
            }
            done("write.deleted", StatusCode::OK)
        }
        _ => None,
    }
}

/// Whether a defect lets a write of another patient's record through: one that looks at the scope alone.
fn for_another(faults: &Faults, access: &Access, request: &FhirRequest) -> bool {
    let writes = access.scopes.iter().any(|scope| scope.permissions.create || scope.permissions.update);
    let own = access.patient.as_deref().unwrap_or_default();
    let body = String::from_utf8_lossy(&request.body);
    let path = request.path.as_str();
    writes
        && match request.method.as_str() {
            "PUT" => faults.on("write.others-updated") && path.starts_with("Patient/") && !path.ends_with(own),
            "PATCH" => faults.on("write.others-patched") && path.starts_with("Patient/") && !path.ends_with(own),
            _ => {
                faults.on("write.others-created")
                    && path == "Observation"
                    && !body.contains(&format!("Patient/{own}\""))
            }
        }
}

/// What a defect answers that looks for everybody where a Patient is to be created unless there is one.
fn conditional(store: &Store, request: &FhirRequest, said: serde_json::Value) -> Option<Result<Answer, Refusal>> {
    let condition = request.headers.get("if-none-exist")?.to_str().ok()?;
    let wanted = decode(condition.strip_prefix("identifier=")?)?;
    let wanted = wanted.rsplit('|').next()?;
    let found = store.entries().iter().find(|entry| {
        entry.kind == "Patient"
            && entry.body["identifier"].as_array().is_some_and(|all| all.iter().any(|one| one["value"] == wanted))
    })?;
    let mut answer = Answer::ok(said);
    answer.extra.push((header::LOCATION, format!("{}/{}", request.base, found.reference())));
    Some(Ok(answer))
}

fn route(store: &Store, faults: &Faults, access: Option<&Access>, request: &FhirRequest) -> Result<Answer, Refusal> {
    let mut segments = Vec::new();
    for part in request.path.trim_end_matches('/').split('/') {
        segments.push(decode(part).ok_or_else(|| Refusal::invalid("the path is not valid UTF-8"))?);
    }
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let reading = request.method == Method::GET || request.method == Method::HEAD;
    if reading {
        negotiate(request)?;
    }
    if segments == ["metadata"] {
        return if reading {
            Ok(capability::statement(store, faults, request))
        } else {
            Err(Refusal::method("GET, HEAD"))
        };
    }
    let access = access.ok_or_else(|| {
        Refusal::new(StatusCode::UNAUTHORIZED, "login", "an access token is needed")
            .with(header::WWW_AUTHENTICATE, "Bearer")
    })?;
    if let Some(written) = written((store, faults, access), request, &segments) {
        return written;
    }
    if reading && store.remembers(&format!("deletion of {}", request.path)) {
        return Err(Refusal::new(StatusCode::GONE, "deleted", "it was deleted"));
    }
    let known = |kind: &str| table::types().contains_key(kind);
    match (reading, segments.as_slice()) {
        (_, [""]) if request.method == Method::POST => Err(Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "not-supported",
            "batch and transaction are not supported",
        )
        .with(header::ALLOW, "GET")),
        (_, [""]) => Err(Refusal::unsupported("searches across all types are not supported; name a type")),
        (_, [name, ..]) if name.starts_with(['_', '$']) => Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "not-supported",
            "operations, histories and searches across all types are not supported; name a type",
        )),
        (_, [kind, ..]) if !known(kind) => {
            if faults.on("errors.unknown-type-answered") {
                return Ok(Answer::ok(page::empty()));
            }
            Err(Refusal::unknown_type())
        }
        (true, [kind]) => search::run(store, faults, access, request, kind, None),
        (_, [kind, "_search"]) if request.method == Method::POST => {
            search::run(store, faults, access, request, kind, None)
        }
        (true, ["DocumentReference", "$docref"]) => search::docref(store, faults, access, request),
        (_, [_, operation, ..]) | (_, [_, _, operation, ..]) if operation.starts_with('$') => {
            Err(Refusal::new(StatusCode::NOT_FOUND, "not-supported", "no such operation"))
        }
        (true, [_, "_history"] | [_, _, "_history"]) => {
            Err(Refusal::new(StatusCode::NOT_FOUND, "not-supported", "histories are not supported"))
        }
        (true, [kind, id]) => read::run(store, faults, access, request, (kind, id, None)),
        (true, [kind, id, "_history", version]) => read::run(store, faults, access, request, (kind, id, Some(version))),
        (true, ["Patient", id, kind]) if known(kind) => search::run(store, faults, access, request, kind, Some(id)),
        (_, ["Patient", id, kind, "_search"]) if known(kind) && request.method == Method::POST => {
            search::run(store, faults, access, request, kind, Some(id))
        }
        (true, _) => Err(Refusal::unknown_type()),
        (false, [_, "_search"]) => Err(Refusal::method("POST")),
        (false, _) => Err(Refusal::method("GET, HEAD")),
    }
}

/// Only FHIR JSON is spoken; attachments as they are come from `Binary` alone.
fn negotiate(request: &FhirRequest) -> Result<(), Refusal> {
    let json = |t: &str| {
        let essence = t.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let known = ["*/*", "application/*", "application/json", "application/fhir+json", "json", "text/json"];
        known.contains(&essence.as_str()) || essence == "application/fhir json"
    };
    let refusal = || Refusal::new(StatusCode::NOT_ACCEPTABLE, "not-supported", "only application/fhir+json is offered");
    let query = request.query.as_deref().unwrap_or_default();
    if let Some((_, format)) = url::form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == "_format") {
        return if json(&format) { Ok(()) } else { Err(refusal()) };
    }
    match request.header(header::ACCEPT) {
        Some(accept) if !accept.split(',').any(json) && !request.path.starts_with("Binary/") => Err(refusal()),
        _ => Ok(()),
    }
}

fn decode(part: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = part.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let hex = std::str::from_utf8(tail.get(..2)?).ok()?;
        bytes.push(u8::from_str_radix(hex, 16).ok()?);
        rest = tail.get(2..)?;
    }
    String::from_utf8(bytes).ok()
}
