//! A correct read of the record, and what is at hand to alter it.

use crate::fhir;
use crate::http::{Call, Lure};
use crate::smart::{Claims, Grant, peek};
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
    /// The public keys of the issuer, each a JWK.
    pub keys: Vec<serde_json::Value>,
    /// A code that was not exchanged.
    pub code: Option<String>,
    /// An address of the app that the target can reach.
    pub lure: Option<Lure>,
}

/// A correct read, and what an attack makes of it: one form, or several that a server may confuse.
pub struct Forms {
    /// The correct read.
    pub correct: Reading,
    /// What is sent in its place.
    pub made: Vec<Reading>,
}

impl Forms {
    /// No form yet.
    pub fn of(correct: Reading) -> Self {
        Self { correct, made: Vec::new() }
    }

    /// The same read with another `Authorization` header, or without any.
    pub(super) fn present(&mut self, authorization: Option<String>) {
        self.made.push(Reading { authorization, ..self.correct.clone() });
    }
}

impl Reading {
    /// The read of `url` with the access token of `grant`, if there is one.
    pub fn correct(url: Url, grant: Option<Grant>) -> Self {
        let authorization = grant.as_ref().map(|grant| bearer(&grant.access_token));
        Self { url, authorization, grant, elsewhere: None, patients: None, keys: Vec::new(), code: None, lure: None }
    }

    /// The same with this token, or without any.
    #[must_use]
    pub fn with_token(mut self, token: Option<&str>) -> Self {
        self.authorization = token.map(bearer);
        self
    }

    /// The parts of the access token, if it is a JSON Web Token.
    pub(super) fn claims(&self) -> Option<Claims> {
        self.grant.as_ref().and_then(|grant| peek(&grant.access_token))
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

/// A token or signature with its middle character changed.
pub(super) fn flipped(text: &str) -> String {
    let middle = text.len() / 2;
    text.char_indices()
        .map(|(at, c)| match (at == middle, c) {
            (true, 'A') => 'B',
            (true, _) => 'A',
            (false, c) => c,
        })
        .collect()
}

/// A text with upper and lower case swapped.
pub(super) fn swapped(text: &str) -> String {
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    text.chars().map(swap).collect()
}
