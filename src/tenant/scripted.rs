//! Pages that scripts make, for whoever wants to try a browser: the same pages, of which the HTML shows nothing.

use super::state::random;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;

const SCRIPT: &str = include_str!("scripted.js");
/// The longest page, in bytes.
const LONGEST: usize = 1 << 20;

/// The answer, made by a script if it is a page.
pub(super) async fn dressed(answer: Response) -> Response {
    let is_html = |value: &HeaderValue| value.as_bytes().starts_with(b"text/html");
    if !answer.headers().get(header::CONTENT_TYPE).is_some_and(is_html) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let page = axum::body::to_bytes(body, LONGEST).await.unwrap_or_default();
    // Within a script the end of a script ends it, in a text too.
    let text = serde_json::Value::from(String::from_utf8_lossy(&page)).to_string().replace("</", "<\\/");
    let nonce = random();
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"></head><body>\
         <script nonce=\"{nonce}\">const PAGE = {text};\n{SCRIPT}</script></body></html>"
    );
    let policy = format!("default-src 'none'; script-src 'nonce-{nonce}'; frame-ancestors 'none'; base-uri 'none'");
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        parts.headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(html))
}
