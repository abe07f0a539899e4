//! The FHIR side of the reference target: what it says it can do, and the answers to reads and searches.

use super::access::Access;
use super::fault::Faults;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};

/// The resources of one tenant.
pub(super) struct Store;

impl Store {
    /// The tenant's synthetic people; made once per (tenant, seed) and process.
    pub(super) fn synthesize(_tenant: &str, _seed: u64) -> std::sync::Arc<Self> {
        std::sync::Arc::new(Self)
    }

    /// The id of an encounter of `patient` that an EHR may have in view.
    pub(super) fn encounter_of(&self, _patient: &str) -> Option<String> {
        None
    }

    /// The id of the Practitioner who is the EHR user `user`.
    pub(super) fn practitioner_of(&self, _user: &str) -> Option<String> {
        None
    }

    /// The ids of the patients.
    pub(super) fn patients(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The OAuth endpoints that the CapabilityStatement names.
pub(super) struct OauthUrls {
    pub(super) authorize: String,
    pub(super) token: String,
    pub(super) introspect: String,
    pub(super) revoke: String,
}

/// One request below the FHIR base.
pub(super) struct FhirRequest {
    pub(super) method: Method,
    /// The absolute FHIR base, without a slash at its end.
    pub(super) base: String,
    pub(super) oauth: OauthUrls,
    /// The path below the base, percent-encoded, without a slash at its start.
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Answers a request whose token has been verified; `access` is `None` for `metadata` only.
pub(super) fn answer(_store: &Store, _faults: &Faults, _access: Option<&Access>, _request: &FhirRequest) -> Response {
    StatusCode::NOT_IMPLEMENTED.into_response()
}
