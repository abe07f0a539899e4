//! One request below the FHIR base.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, header};

/// Absolute URLs of the tenant's OAuth endpoints.
#[derive(Debug, Clone)]
pub struct OauthUrls {
    /// Authorization endpoint.
    pub authorize: String,
    /// Token endpoint.
    pub token: String,
    /// Introspection endpoint.
    pub introspect: String,
    /// Revocation endpoint.
    pub revoke: String,
}

/// A request below the FHIR base.
#[derive(Debug, Clone)]
pub struct FhirRequest {
    /// HTTP method.
    pub method: Method,
    /// Absolute FHIR base, no trailing slash.
    pub base: String,
    /// OAuth endpoints, for the CapabilityStatement.
    pub oauth: OauthUrls,
    /// Path below the base, percent-encoded, no leading slash.
    pub path: String,
    /// Query string without the question mark.
    pub query: Option<String>,
    /// Request headers.
    pub headers: HeaderMap,
    /// Request body.
    pub body: Bytes,
}

impl FhirRequest {
    pub(super) fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|v| v.to_str().ok())
    }

    pub(super) fn prefers_strict(&self) -> bool {
        let mut values = self.headers.get_all("prefer").iter().filter_map(|v| v.to_str().ok());
        values.any(|v| v.split([',', ';']).any(|p| p.trim() == "handling=strict"))
    }
}
