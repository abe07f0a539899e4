//! What a gateway answers that goes past the fence: whatever of another patient the request names, or is after.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::family::Reach;
use super::outcome::{Answer, Payload, Refusal};
use super::request::FhirRequest;
use super::store::Store;
use super::table;
use crate::tenant::access::Access;
use crate::tenant::entry::Entry;
use crate::tenant::fault::Faults;

/// Of many resources so many are answered.
const MOST: usize = 20;

/// The answer of a gateway that knows this request; none where the request goes on to the server.
pub(super) fn past_the_fence(store: &Store, access: &Access, request: &FhirRequest) -> Option<Result<Answer, Refusal>> {
    let reach = store.members().iter().find_map(|member| member.opens(request))?;
    let foreign = |entry: &&Entry| entry.owner.is_some() && entry.owner != access.patient;
    let text = everything_said(request);
    let kind = kind_of(&text);
    let others: Vec<&Entry> = store.entries().iter().filter(foreign).collect();
    let people: Vec<&Entry> =
        others.iter().copied().filter(|entry| entry.kind == "Patient" && is_named(entry, &text)).collect();
    let named: Vec<&Entry> = others.iter().copied().filter(|entry| is_named(entry, &text)).collect();
    let of_kind = |entry: &&Entry| kind.is_none_or(|kind| entry.kind == kind);
    let found: Vec<&Entry> = if let Some(exact) = named.iter().copied().find(|entry| Some(entry.kind.as_str()) == kind)
    {
        vec![exact]
    } else if let Some(person) = people.first() {
        let all: Vec<&Entry> = others.iter().copied().filter(|entry| entry.owner == person.owner).collect();
        let near: Vec<&Entry> = all.iter().copied().filter(of_kind).collect();
        if near.is_empty() { vec![*person] } else { near }
    } else if let Some(any) = named.first() {
        vec![*any]
    } else if reach == Reach::Named {
        return None;
    } else {
        // Nobody is named: it is after everybody.
        let near: Vec<&Entry> = others.iter().copied().filter(of_kind).collect();
        if near.is_empty() { others.iter().copied().filter(|entry| entry.kind == "Patient").collect() } else { near }
    };
    if request.method == Method::HEAD {
        let empty = Payload::Raw("application/fhir+json".to_owned(), Vec::new());
        return named.first().map(|_| Ok(Answer { status: StatusCode::OK, body: empty, extra: Vec::new() }));
    }
    if found.is_empty() {
        return None;
    }
    let entries: Vec<_> = found.iter().take(MOST).map(|entry| json!({ "resource": entry.body })).collect();
    Some(Ok(Answer::ok(json!({ "resourceType": "Bundle", "type": "searchset", "entry": entries }))))
}

/// What the defects of reverse chains answer: those that look past the fence, and past the scopes.
pub(super) fn by_reverse_chain(
    store: &Store,
    faults: &Faults,
    access: &Access,
    request: &FhirRequest,
) -> Option<Result<Answer, Refusal>> {
    let query = super::decode(request.query.as_deref()?)?;
    let of = |fault: &'static str, path: &str, name: &str| -> Option<String> {
        let rest = query.split('&').find_map(|pair| pair.strip_prefix(name))?;
        (faults.on(fault) && request.path == path).then(|| rest.to_owned())
    };
    let shared = of("has.on-shared-types", "Practitioner", "_has:Encounter:participant:patient=");
    let ungranted = of("has.on-types-not-granted", "Patient", "_has:Condition:patient:code=");
    let found = if let Some(patient) = shared {
        let theirs = |entry: &&Entry| entry.kind == "Encounter" && entry.owner.as_deref() == Some(patient.as_str());
        store.entries().iter().filter(theirs).take(1).count()
    } else {
        let code = ungranted?;
        let code = code.rsplit('|').next()?;
        let has = |entry: &&Entry| {
            entry.kind == "Condition"
                && entry.owner == access.patient
                && entry.body["code"]["coding"].as_array().is_some_and(|all| all.iter().any(|one| one["code"] == code))
        };
        store.entries().iter().filter(has).take(1).count()
    };
    Some(Ok(Answer::ok(json!({ "resourceType": "Bundle", "type": "searchset", "total": found }))))
}

/// What of the own record a request shows that the token was not granted; none where scopes are heeded.
pub(super) fn beyond_the_scope(
    store: &Store,
    access: &Access,
    request: &FhirRequest,
) -> Option<Result<Answer, Refusal>> {
    if !store.members().any(|member| member.exceeds(request)) {
        return None;
    }
    let grants = |kind: &str| access.scopes.iter().any(|scope| scope.resource == "*" || scope.resource == kind);
    let own = store.entries().iter().filter(|entry| entry.owner.is_some() && entry.owner == access.patient);
    let found: Vec<_> = own.filter(|entry| !grants(&entry.kind)).take(MOST).collect();
    if found.is_empty() {
        return None;
    }
    let entries: Vec<_> = found.iter().map(|entry| json!({ "fullUrl": format!("{}/{}", request.base, entry.reference()), "resource": entry.body, "search": { "mode": "match" } })).collect();
    Some(Ok(Answer::ok(json!({ "resourceType": "Bundle", "type": "searchset", "entry": entries }))))
}

/// What a token permits where the fence was forgotten for one app, one patient or what was asked before; none where it
/// stands.
pub(super) fn without_fence(store: &Store, faults: &Faults, access: &Access, request: &FhirRequest) -> Option<Access> {
    let again = || {
        let named = request.query.as_deref().and_then(|query| query.split('&').next()?.strip_prefix("patient="));
        let of_another = named.is_some_and(|named| !named.is_empty()) && named != access.patient.as_deref();
        let search = of_another && access.client == "probity-public" && request.method == Method::GET;
        let asked = format!("{:?} {} {:?}", access.patient, request.path, request.query);
        faults.on("fence.none-for-a-repeated-search") && search && store.asked_before(asked)
    };
    let forgotten = again()
        || faults.on(match access.client.as_str() {
            "probity-confidential" => "fence.none-for-the-confidential-app",
            "probity-asymmetric" => "fence.none-for-the-asymmetric-app",
            "probity-second" => "fence.none-for-the-second-app",
            _ if access.patient.as_deref() == Some("patient-2") => "fence.none-for-patient-b",
            _ => "",
        });
    forgotten.then(|| access.clone().unfenced())
}

/// Path, query, headers and body, decoded.
fn everything_said(request: &FhirRequest) -> String {
    let headers = request.headers.iter().filter(|(name, _)| *name != "authorization");
    let headers: Vec<&str> = headers.filter_map(|(_, value)| value.to_str().ok()).collect();
    let query = request.query.as_deref().unwrap_or_default();
    let body = String::from_utf8_lossy(&request.body);
    let said = format!("{} {query} {} {body}", request.path, headers.join(" "));
    // Twice: a gateway that decodes what was decoded already is one of the defects.
    let once = super::decode(&said.replace('+', " ")).unwrap_or(said);
    super::decode(&once).unwrap_or(once)
}

/// The last type that is named in the path, or the first one elsewhere.
fn kind_of(text: &str) -> Option<&'static str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    let known = |word: &str| {
        let own =
            table::types().keys().find(|kind| kind.eq_ignore_ascii_case(word.strip_suffix("List").unwrap_or(word)))?;
        Some(own.as_str())
    };
    let path = text.split(' ').next().unwrap_or_default();
    let in_path = path.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(known).next_back();
    in_path.or_else(|| words.filter_map(known).next())
}

/// Whether a text has the id of a resource, or what a Patient says of itself.
fn is_named(entry: &Entry, text: &str) -> bool {
    let has = |value: Option<&str>| value.is_some_and(|value| value.len() > 3 && contains_alone(text, value));
    let body = &entry.body;
    has(Some(&entry.id))
        || (entry.kind == "Patient"
            && (has(body["name"][0]["family"].as_str())
                || has(body["identifier"][0]["value"].as_str())
                || has(body["telecom"][0]["value"].as_str())
                || has(body["birthDate"].as_str())))
}

fn contains_alone(text: &str, value: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '-');
    text.match_indices(value)
        .any(|(at, _)| edge(text[..at].chars().next_back()) && edge(text[at + value.len()..].chars().next()))
}
