//! Answers that are not FHIR resources: JSON, OAuth errors, redirects, HTML pages with their protection.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

/// An answer with these headers.
pub(super) fn answer(status: StatusCode, headers: &[(&'static str, &str)], body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().append(*name, value);
        }
    }
    response
}

/// A public JSON document.
pub(super) fn document(value: &Value) -> Response {
    let headers = [
        ("content-type", "application/json"),
        ("cache-control", "public, max-age=300"),
        ("access-control-allow-origin", "*"),
        ("x-content-type-options", "nosniff"),
    ];
    answer(StatusCode::OK, &headers, value.to_string())
}

/// JSON that must not be stored (RFC 6749 5.1).
pub(super) fn secret(status: StatusCode, value: &Value) -> Response {
    let headers = [
        ("content-type", "application/json"),
        ("cache-control", "no-store"),
        ("pragma", "no-cache"),
        ("x-content-type-options", "nosniff"),
    ];
    answer(status, &headers, value.to_string())
}

/// An OAuth error (RFC 6749 5.2).
pub(super) fn json_error(status: StatusCode, error: &str, description: &str) -> Response {
    secret(status, &json!({ "error": error, "error_description": description }))
}

/// A 401 that says how to do better (RFC 9110 11.6.1).
pub(super) fn challenge(scheme: &str, error: &str, description: &str) -> Response {
    let mut response = json_error(StatusCode::UNAUTHORIZED, error, description);
    if let Ok(value) = HeaderValue::from_str(scheme) {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, value);
    }
    response
}

/// A 401 of the FHIR side.
pub(super) fn unauthorized(challenge: Option<&str>, why: &str) -> Response {
    let body = json!({ "resourceType": "OperationOutcome",
        "issue": [{ "severity": "error", "code": "login", "diagnostics": why }] });
    let mut headers = vec![
        ("content-type", "application/fhir+json"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ];
    headers.extend(challenge.map(|challenge| ("www-authenticate", challenge)));
    answer(StatusCode::UNAUTHORIZED, &headers, body.to_string())
}

/// A refusal of a method.
pub(super) fn method(allow: &str) -> Response {
    let mut response = json_error(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", "this method is not allowed here");
    if let Ok(value) = HeaderValue::from_str(allow) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}

/// A redirect that never repeats a POST (RFC 9700 4.12).
pub(super) fn redirect(to: &str) -> Response {
    answer(
        StatusCode::SEE_OTHER,
        &[("location", to), ("cache-control", "no-store"), ("referrer-policy", "no-referrer")],
        String::new(),
    )
}

/// `uri` with these parameters in its query.
pub(super) fn with_query(uri: &str, parameters: &[(&str, &str)]) -> String {
    match url::Url::parse(uri) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(parameters);
            url.into()
        }
        Err(_) => uri.to_owned(),
    }
}

/// An HTML page that can be framed by nobody and leaks nothing.
pub(super) fn page(status: StatusCode, title: &str, body: &str, cookie: Option<&str>) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    );
    let mut headers = vec![
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"),
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
    ];
    if let Some(cookie) = cookie {
        headers.push(("set-cookie", cookie));
    }
    answer(status, &headers, html)
}

/// The page for a sign-in that is over.
pub(super) fn expired() -> Response {
    page(StatusCode::BAD_REQUEST, "Please start again", "<p>This sign-in is over. Go back to the app.</p>", None)
}

/// Text made harmless in HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
