//! A correct read of the record, and what is at hand to alter it.

use crate::fhir;
use crate::http::Call;
use crate::smart::Grant;
use url::Url;

/// A read that is correct until an attack alters it.
#[derive(Clone)]
pub struct Reading {
    /// What is read.
    pub url: Url,
    /// The value of the `Authorization` header.
    pub authorization: Option<String>,
    /// The tokens of the session.
    pub grant: Option<Grant>,
    /// The same resource at another tenant.
    pub elsewhere: Option<Url>,
    /// Whose record the tokens open, and whose it is after.
    pub patients: Option<(String, String)>,
}

impl Reading {
    /// The read of `url` with the access token of `grant`, if there is one.
    pub fn correct(url: Url, grant: Option<Grant>) -> Self {
        let authorization = grant.as_ref().map(|grant| bearer(&grant.access_token));
        Self { url, authorization, grant, elsewhere: None, patients: None }
    }

    /// The same with this token, or without any.
    #[must_use]
    pub fn with_token(mut self, token: Option<&str>) -> Self {
        self.authorization = token.map(bearer);
        self
    }

    /// The read as a call.
    pub fn call(&self, purpose: &str) -> Call {
        let call = fhir::get(self.url.clone(), None, purpose);
        match &self.authorization {
            Some(value) => call.header("authorization", value),
            None => call,
        }
    }
}

/// The header's value for a bearer token (RFC 6750 2.1).
pub(super) fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}
