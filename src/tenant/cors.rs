//! Which pages a browser lets read an answer (Fetch Standard, CORS protocol; SMART App Launch 2.2.0, CORS support): any page
//! the public documents, the pages of registered apps the token endpoint and the records. None with a user's cookies.

use super::reply;
use super::request::Heard;
use super::state::{ClientAuth, Server};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;

/// The answer to a browser that asks before it sends a page's request.
pub(super) fn preflight(server: &Server, path: &str, heard: &Heard) -> Option<Response> {
    let asks = heard.method == Method::OPTIONS && heard.header("access-control-request-method").is_some();
    let deaf = is_closed(server) || server.faults.on("cors.preflight-refused");
    if !asks || deaf || !(is_records(path) || is_token(path)) || !is_registered(server, heard) {
        return None;
    }
    let headers =
        if server.faults.on("cors.preflight-without-authorization") { "*" } else { "authorization, content-type" };
    let allowed = [("access-control-allow-methods", "GET, POST"), ("access-control-allow-headers", headers)];
    Some(open(reply::answer(StatusCode::NO_CONTENT, &allowed, String::new()), heard))
}

/// The answer, with the permission for pages that may read it.
pub(super) fn permitted(server: &Server, path: &str, heard: &Heard, mut answer: Response) -> Response {
    let closed = |fault| is_closed(server) || server.faults.on(fault);
    let of_all = [
        ("/.well-known/smart-configuration", "cors.configuration-closed"),
        ("/metadata", "cors.metadata-closed"),
        ("/brands", "cors.brands-closed"),
    ];
    if heard.header("origin").is_none() {
        return answer;
    }
    if let Some((_, fault)) = of_all.into_iter().find(|(end, _)| path.ends_with(end)) {
        if closed(fault) {
            answer.headers_mut().remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        } else {
            answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
        return answer;
    }
    let fault = if is_token(path) { "cors.token-closed" } else { "cors.records-closed" };
    let readable = (is_records(path) || is_token(path)) && is_registered(server, heard) && !closed(fault);
    if readable { open(answer, heard) } else { answer }
}

/// What is permitted: a server of SMART App Launch 2.0, which says nothing about pages.
fn is_closed(server: &Server) -> bool {
    server.faults.on("discovery.smart-2-0")
}

fn is_records(path: &str) -> bool {
    path.starts_with("/provider/")
}

fn is_token(path: &str) -> bool {
    path.ends_with("/token")
}

/// Whether the page is one of a registered app without a secret.
fn is_registered(server: &Server, heard: &Heard) -> bool {
    let origin = heard.header("origin").unwrap_or_default();
    let clients = server.tenants.values().flat_map(|tenant| &tenant.clients);
    let public = clients.filter(|client| matches!(client.auth, ClientAuth::Public));
    let mut origins = public.flat_map(|client| &client.redirect_uris).filter_map(|uri| url::Url::parse(uri).ok());
    origins.any(|uri| uri.origin().ascii_serialization() == origin)
}

fn open(mut answer: Response, heard: &Heard) -> Response {
    if let Some(value) = heard.header("origin").and_then(|origin| HeaderValue::from_str(origin).ok()) {
        answer.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value);
        answer.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    }
    answer
}
