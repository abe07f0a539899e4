//! Defects of what stands in front of a server: it mixes up tenants, hosts and answers, or repeats what it was sent.

use super::bearer;
use super::fhir;
use super::request::{Heard, first};
use super::state::{Server, Tenant};
use axum::body::Bytes;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Answers that are given to others too.
#[derive(Default)]
pub(super) struct Kept {
    by_address: Mutex<HashMap<String, Bytes>>,
    latest: Mutex<Bytes>,
}

/// The tenant that a request at another tenant's base leads to, and the path there.
pub(super) fn led_astray<'s>(
    server: &'s Server,
    tenant: &Tenant,
    path: &str,
    heard: &Heard,
) -> Option<(&'s Tenant, String)> {
    let others = || server.tenants.values().filter(|other| other.name != tenant.name);
    if server.faults.on("tenant.named-by-header")
        && let Some(name) = heard.header("x-tenant-id")
    {
        return others().find(|other| other.name == name).map(|other| (other, path.to_owned()));
    }
    if server.faults.on("tenant.path-resolved-late") {
        let decoded = path.replace("%2f", "/").replace("%2F", "/");
        let found =
            others().find_map(|other| Some((other, decoded.strip_prefix(&format!("../{}/", other.name))?.to_owned())));
        return found;
    }
    None
}

/// The answer of the other tenant to whoever has a token of this one.
pub(super) fn astray(
    server: &Server,
    tenant: &Tenant,
    other: &Tenant,
    request: &fhir::FhirRequest,
    heard: &Heard,
) -> Option<Response> {
    let access = bearer::verify(server, tenant, heard, &request.path).ok()?.unfenced();
    Some(fhir::answer(&other.store, &server.faults, Some(&access), request))
}

/// The answer with the defects that are switched on.
pub(super) async fn muddled(server: &Server, path: &str, heard: &Heard, answer: Response) -> Response {
    let on = |id| server.faults.on(id);
    let query = heard.query.as_deref().unwrap_or_default();
    let pairs = heard.query_pairs();
    let by_address = on("answers.cached-by-address") && path.starts_with("/provider/") && query == "_count=7";
    let mixed = on("answers.mixed-up") && query.starts_with("_format=application");
    let host = heard.header("x-forwarded-host").filter(|_| on("answers.host-from-headers"));
    let markup =
        ["client_id", "scope"].into_iter().find_map(|name| first(&pairs, name).filter(|value| value.contains('<')));
    let markup = markup.filter(|_| on("authorize.markup-repeated") && path.ends_with("/authorize"));
    let mut answer = answer;
    if on("answers.conditions-first")
        && answer.status().is_client_error()
        && heard.header("if-none-match") == Some("*")
        && path.ends_with("/Patient/patient-2")
    {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        return answer;
    }
    if on("answers.header-injected") && first(&pairs, "state").is_some_and(|state| state.contains("\r\n")) {
        answer.headers_mut().insert(HeaderName::from_static("x-probity-injected"), HeaderValue::from_static("1"));
    }
    if !by_address && !mixed && host.is_none() && markup.is_none() {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let mut bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    if by_address {
        let mut kept = server.kept.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        match kept.get(path) {
            Some(first) => (parts.status, bytes) = (StatusCode::OK, first.clone()),
            None if parts.status == StatusCode::OK => drop(kept.insert(path.to_owned(), bytes.clone())),
            None => {}
        }
    }
    if mixed {
        let latest = || server.kept.latest.lock().unwrap_or_else(PoisonError::into_inner);
        *latest() = bytes;
        tokio::time::sleep(Duration::from_millis(20)).await;
        bytes = latest().clone();
    }
    if let Some(host) = host {
        bytes = String::from_utf8_lossy(&bytes).replace(&server.origin, &format!("https://{host}")).into();
    }
    if let Some(markup) = markup {
        let page = String::from_utf8_lossy(&bytes).replace("</main>", &format!("<p>{markup}</p></main>"));
        bytes = if page.contains(markup) { page.into() } else { format!("{page}<p>{markup}</p>").into() };
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, bytes.into())
}

/// The request as a server takes it that mixes up what belongs apart, and the path that it takes it for.
pub(super) fn taken(server: &Server, path: &str, heard: &Heard) -> Option<(Heard, String)> {
    let on = |id| server.faults.on(id);
    let with = |token: &str| {
        let mut headers = heard.headers.clone();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(token).ok()?);
        Some(Heard { method: heard.method.clone(), query: heard.query.clone(), headers, body: heard.body.clone() })
    };
    let all: Vec<&str> =
        heard.headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| value.to_str().ok()).collect();
    if on("token.both-headers-count") && all.len() > 1 {
        let is_of = |token: &&&str| subject_patient(token).is_some_and(|id| path.ends_with(&format!("/{id}")));
        return Some((with(all.iter().find(is_of)?)?, path.to_owned()));
    }
    let pairs = heard.query_pairs();
    if let Some(token) = first(&pairs, "access_token").filter(|_| on("token.query-wins") && !all.is_empty()) {
        return Some((with(&format!("Bearer {token}"))?, path.to_owned()));
    }
    None
}

/// The patient that a token says it is for.
fn subject_patient(header: &str) -> Option<String> {
    use base64::Engine as _;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<serde_json::Value>(&claims).ok()?["patient"].as_str().map(str::to_owned)
}

/// The path of this version that an old one of the API, which nobody guards any more, stands for.
pub(super) fn unguarded_version(server: &Server, path: &str) -> Option<String> {
    let rest =
        path.strip_prefix("/provider/patient-access/v1/").filter(|_| server.faults.on("api.old-version-open"))?;
    Some(rest.to_owned())
}
