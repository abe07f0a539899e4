//! Defects of a server that some requests break: long, deep, packed, in formats that it does not have.

use super::reply;
use super::request::Heard;
use super::state::Server;
use axum::http::{Method, StatusCode};
use axum::response::Response;

/// What of a request is long.
const LONG: usize = 6000;

/// The answer of a server that this request below the FHIR base breaks; none where it stands it.
pub(super) fn broken(server: &Server, path: &str, heard: &Heard) -> Option<Response> {
    if !server.faults.any() {
        return None;
    }
    let query = heard.query.as_deref().unwrap_or_default();
    let has = |name: &str| heard.header(name).unwrap_or_default();
    let post = heard.method == Method::POST;
    let breaks = |id: &'static str, when: bool| when && server.faults.on(id);
    let body = || String::from_utf8_lossy(&heard.body).into_owned();
    let document = post && !path.ends_with("_search");
    let is_broken = breaks("burden.long-address", query.contains("_tag=xxx") && query.len() > LONG)
        || breaks("burden.long-token", has("authorization").len() > LONG)
        || breaks("burden.large-count", query.contains("_count=1000000"))
        || breaks("burden.many-values", query.matches(',').count() > 150)
        || breaks("burden.patterns", path == "Patient" && query.contains("name=") && query.len() > 3000)
        || breaks("burden.includes", query.contains("include:iterate=*"))
        || breaks("burden.deep-json", document && heard.body.starts_with(b"{") && heard.body.len() > 3000)
        || breaks("burden.packed-body", has("content-encoding") == "gzip")
        || breaks("burden.malformed-body", post && heard.body.as_ref() == b"{")
        || breaks("burden.unknown-format", query.contains("_format=probity") || has("accept") == "image/png");
    if is_broken {
        return Some(reply::json_error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", "something went wrong"));
    }
    if path.ends_with("$export") && server.faults.on("burden.export-begun") {
        let place = format!("{}/jobs/1", server.origin);
        return Some(reply::answer(StatusCode::ACCEPTED, &[("content-location", &place)], String::new()));
    }
    if path.ends_with("$export") && server.faults.on("burden.export-at-once") {
        let manifest = "{\"output\": [{\"type\": \"Patient\", \"url\": \"https://files.example.org/1.ndjson\"}]}";
        return Some(reply::answer(StatusCode::OK, &[("content-type", "application/json")], manifest.to_owned()));
    }
    if heard.method == Method::TRACE && server.faults.on("errors.trace-answered") {
        let echo = format!("TRACE / HTTP/1.1\r\nauthorization: {}\r\n", has("authorization"));
        return Some(reply::answer(StatusCode::OK, &[("content-type", "message/http")], echo));
    }
    if document && body().contains("<!ENTITY") && server.faults.on("burden.entities-put-in") {
        let xml = "<OperationOutcome xmlns=\"http://hl7.org/fhir\"><issue><diagnostics \
                   value=\"not allowed: probity-entity-was-put-in\"/></issue></OperationOutcome>";
        return Some(reply::answer(
            StatusCode::BAD_REQUEST,
            &[("content-type", "application/fhir+xml")],
            xml.to_owned(),
        ));
    }
    None
}
