//! The metadata of a FHIR server as a protected resource (RFC 9728).

use super::reply;
use super::state::{Server, Tenant};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde_json::json;

/// Where it lies at a host, before the path of the FHIR base (RFC 9728 3.1).
pub(super) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// Its URL, as challenges name it (RFC 9728 5.1).
pub(super) fn named(server: &Server, tenant: &Tenant) -> Option<String> {
    let faults = &server.faults;
    if faults.on("discovery.without-extensions") {
        return None;
    }
    let base = server.base(tenant.name);
    let path = base.strip_prefix(&server.origin).unwrap_or_default();
    let elsewhere = if faults.on("resource.challenge-leads-nowhere") { "/nowhere" } else { "" };
    Some(format!("{}{WELL_KNOWN}{path}{elsewhere}", server.origin))
}

/// The metadata of the tenant whose FHIR base has the path `at`.
pub(super) fn metadata(server: &Server, at: &str) -> Option<Response> {
    let faults = &server.faults;
    let base = format!("{}{at}", server.origin);
    let tenant = server.tenants.values().find(|tenant| server.base(tenant.name) == base)?;
    if faults.on("discovery.without-extensions") {
        return None;
    }
    let other = || server.tenants.keys().find(|name| **name != tenant.name);
    let of_another = |fault: &'static str| other().filter(|_| faults.on(fault)).unwrap_or(&tenant.name);
    let mut document = json!({
        "resource": server.base(of_another("resource.of-another")),
        "authorization_servers": [server.issuer(of_another("resource.of-another-authorization-server"))],
        "scopes_supported": ["patient/*.rs", "user/*.rs"],
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": ["ES256"],
        "resource_name": "Patient access",
    });
    if faults.on("resource.token-in-url-offered") {
        document["bearer_methods_supported"] = json!(["header", "query"]);
    }
    let mut answer = reply::document(&document);
    if faults.on("resource.as-text") {
        answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    }
    Some(answer)
}
