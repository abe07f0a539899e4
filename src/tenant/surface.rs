//! Defects of what surrounds an answer: its headers, and words that slip into it. They are put on when it leaves.

use super::fault::Faults;
use super::request::{Heard, first};
use super::state::Server;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts answers, for what goes wrong only now and then.
#[derive(Default)]
pub(super) struct Turns(AtomicUsize);

impl Turns {
    /// True every third time.
    pub(super) fn third(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) % 3 == 2
    }
}

/// The answer with the defects that are switched on.
pub(super) async fn marred(server: &Server, path: &str, heard: &Heard, answer: Response) -> Response {
    if !server.faults.any() {
        return answer;
    }
    let mut answer = headers(server, path, answer);
    let origin = heard.header("origin").unwrap_or_default();
    let (stranger, lookalike) = (!origin.contains("127.0.0.1"), origin.contains("://127.0.0.1."));
    if (stranger && origin != "null" && !origin.is_empty() && server.faults.on("cors.any-origin"))
        || (origin == "null" && server.faults.on("cors.null-origin"))
        || (lookalike && server.faults.on("cors.origin-by-prefix"))
    {
        if let Ok(value) = HeaderValue::from_str(origin) {
            answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
        }
        put(&mut answer, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
    if path.ends_with("/authorize") && server.faults.on("cors.authorize-readable") {
        put(&mut answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    }
    if server.faults.on("answers.bad-request-breaks")
        && path.starts_with("/provider/")
        && answer.status() == StatusCode::BAD_REQUEST
    {
        *answer.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    }
    if server.faults.on("answers.token-cached-of-one-app")
        && path.ends_with("/token")
        && heard.form().is_some_and(|form| first(&form, "client_id").is_some_and(|id| id.contains("second")))
    {
        put(&mut answer, header::CACHE_CONTROL, "private");
    }
    let of = |response: &Response| {
        let kind = response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        kind.is_some_and(|kind| kind.contains("json"))
    };
    if of(&answer) { body(server, path, heard, answer).await } else { answer }
}

/// What a server behind TLS adds: that browsers shall never come, and never send a cookie, without it (RFC 6797 7.1; RFC 6265
/// 4.1.2.5).
pub(super) fn encrypted(server: &Server, path: &str, heard: &Heard, mut answer: Response) -> Response {
    if !server.origin.starts_with("https://") {
        return answer;
    }
    if !server.faults.on("tls.without-hsts") {
        put(&mut answer, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    let cookie = answer.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
    if let Some(value) = cookie.and_then(|text| HeaderValue::from_str(&format!("{text}; Secure")).ok()) {
        answer.headers_mut().insert(header::SET_COOKIE, value);
    }
    if path.ends_with("/authorize") && heard.query.is_none() && server.faults.on("tls.authorize-redirects-to-http") {
        *answer.status_mut() = StatusCode::FOUND;
        put(&mut answer, header::LOCATION, "http://portal.example.org/error");
    }
    answer
}

fn put(answer: &mut Response, name: HeaderName, value: &'static str) {
    answer.headers_mut().insert(name, HeaderValue::from_static(value));
}

fn headers(server: &Server, path: &str, mut answer: Response) -> Response {
    let on = |id| server.faults.on(id);
    let fhir = path.starts_with("/provider/");
    let page = answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if on("answers.now-and-then-public") && fhir && answer.status() == StatusCode::OK && server.turns.third() {
        put(&mut answer, header::CACHE_CONTROL, "public, max-age=60");
    }
    if on("answers.token-error-cached") && path.ends_with("/token") && answer.status().is_client_error() {
        put(&mut answer, header::CACHE_CONTROL, "max-age=60");
    }
    if on("answers.page-framed") && page {
        answer.headers_mut().remove(header::X_FRAME_OPTIONS);
        put(&mut answer, header::CONTENT_SECURITY_POLICY, "default-src 'none'");
    }
    if on("answers.page-framed-by-all") && page {
        put(&mut answer, header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors *");
    }
    if on("answers.page-inline-scripts") && page {
        put(&mut answer, header::CONTENT_SECURITY_POLICY, "script-src 'self' 'unsafe-inline'; frame-ancestors 'none'");
    }
    if on("answers.page-referrer") && page {
        put(&mut answer, header::REFERRER_POLICY, "unsafe-url");
    }
    if on("answers.cookie-readable") {
        let cookie = answer.headers().get(header::SET_COOKIE).and_then(|value| value.to_str().ok());
        if let Some(value) = cookie.and_then(|text| HeaderValue::from_str(&text.replace("; HttpOnly", "")).ok()) {
            answer.headers_mut().insert(header::SET_COOKIE, value);
        }
    }
    if on("answers.without-challenge") && fhir && answer.status() == StatusCode::UNAUTHORIZED {
        answer.headers_mut().remove(header::WWW_AUTHENTICATE);
    }
    if on("answers.form-redirected-307") && path.ends_with("/consent") && answer.status() == StatusCode::SEE_OTHER {
        *answer.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    }
    if on("clock.ten-minutes-ahead") {
        let date = chrono::DateTime::from_timestamp(server.faults.now(), 0).unwrap_or_default();
        if let Ok(date) = HeaderValue::from_str(&date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()) {
            answer.headers_mut().insert(header::DATE, date);
        }
    }
    if on("answers.plain-called-gzip") && server.turns.third() {
        put(&mut answer, header::CONTENT_ENCODING, "gzip");
    }
    if on("answers.now-and-then-version") && server.turns.third() {
        put(&mut answer, header::SERVER, "Harbor/4.11.2");
    }
    if on("answers.now-and-then-internal") && server.turns.third() {
        put(&mut answer, HeaderName::from_static("x-upstream"), "10.20.30.40:8080");
    }
    answer
}

/// Another address in the link of a Bundle to itself.
fn relink(bundle: &mut Value, to: impl Fn(&str) -> String) {
    for link in bundle["link"].as_array_mut().into_iter().flatten().filter(|link| link["relation"] == "self") {
        link["url"] = json!(to(link["url"].as_str().unwrap_or_default()));
    }
}

async fn body(server: &Server, path: &str, heard: &Heard, answer: Response) -> Response {
    const OF_BODIES: [&str; 11] = [
        "tenant.links-of-another",
        "tls.links-in-the-clear",
        "answers.odd-description",
        "answers.code-echoed",
        "answers.now-and-then-trace",
        "answers.database-error",
        "answers.token-in-link",
        "answers.script-in-narrative",
        "answers.other-patient-named",
        "answers.entry-null",
        "answers.now-and-then-total",
    ];
    if !OF_BODIES.iter().any(|id| server.faults.on(id)) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, bytes.into());
    };
    if value["error"].is_string() && path.ends_with("/token") {
        oauth_error(&server.faults, heard, &mut value);
    }
    if value["resourceType"] == "OperationOutcome" {
        outcome(server, parts.status, &mut value);
    }
    if server.faults.on("answers.token-in-link") && value["resourceType"] == "Bundle" {
        let token =
            heard.header("authorization").and_then(|value| value.split_once(' ')).map_or("", |(_, token)| token);
        relink(&mut value, |url| {
            let mark = if url.contains('?') { '&' } else { '?' };
            format!("{url}{mark}access_token={token}")
        });
    }
    if server.faults.on("tenant.links-of-another") && value["resourceType"] == "Bundle" {
        relink(&mut value, |url| url.replacen("/harbor", "/meadow", 1));
    }
    if server.faults.on("tls.links-in-the-clear") && value["resourceType"] == "Bundle" {
        relink(&mut value, |url| url.replacen("https:", "http:", 1));
    }
    if value["resourceType"] == "Bundle" {
        if server.faults.on("answers.entry-null") && value.get("entry").is_none() {
            value["entry"] = Value::Null;
        }
        // A count alone is left right: whether a third answer hits one would be chance.
        let counts = heard.query.as_deref().is_some_and(|query| query.contains("_summary="));
        if server.faults.on("answers.now-and-then-total") && !counts && server.turns.third() {
            value["total"] = json!(-1);
        }
    }
    if server.faults.on("answers.script-in-narrative") {
        scripted(&mut value);
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, value.to_string().into())
}

fn oauth_error(faults: &Faults, heard: &Heard, value: &mut Value) {
    if faults.on("answers.odd-description") {
        value["error_description"] = json!("the \"grant\" is\nnot known");
    }
    if faults.on("answers.code-echoed") {
        let form = heard.form().unwrap_or_default();
        if let Some(code) = first(&form, "code") {
            value["error_description"] = json!(format!("the code {code} is not known"));
        }
    }
}

fn outcome(server: &Server, status: StatusCode, value: &mut Value) {
    if server.faults.on("answers.now-and-then-trace") && server.turns.third() {
        value["issue"][0]["diagnostics"] = json!(
            "no such resource\n\tat ca.uhn.fhir.rest.server.Read.find(Read.java:211)\n\tat java.lang.Thread.run(Thread.java:833)"
        );
    }
    if server.faults.on("answers.database-error") && status == StatusCode::BAD_REQUEST {
        value["issue"][0]["diagnostics"] = json!("ERROR: syntax error at or near \"from\" (SQLSTATE 42601)");
    }
    if server.faults.on("answers.other-patient-named") && status == StatusCode::NOT_FOUND {
        value["issue"][0]["diagnostics"] = json!("did you mean Patient/patient-2?");
    }
}

/// A script in the narrative of one type.
fn scripted(value: &mut Value) {
    match value {
        Value::Object(members) => {
            if members.get("resourceType").is_some_and(|of| of == "Goal") {
                let div = "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p onclick=\"alert(1)\">goal</p></div>";
                members.insert("text".to_owned(), json!({ "status": "generated", "div": div }));
            }
            members.values_mut().for_each(scripted);
        }
        Value::Array(items) => items.iter_mut().for_each(scripted),
        _ => {}
    }
}
