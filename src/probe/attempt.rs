//! A correct request to the token, introspection or revocation endpoint, and what is at hand to alter it.

use crate::http::Lure;
use crate::smart::{Assertion, TokenRequest};
use url::Url;

/// A request that is correct until an attack alters it.
#[derive(Clone)]
pub struct Attempt {
    /// The request.
    pub request: TokenRequest,
    /// What is at hand besides it.
    pub lent: Lent,
}

/// What other steps lend to an attack.
#[derive(Clone, Default)]
pub struct Lent {
    /// The S256 `code_challenge` that was sent.
    pub challenge: Option<String>,
    /// The `code_verifier` of another sign-in.
    pub verifier: Option<String>,
    /// The same request as another client would make it.
    pub by_other_client: Option<TokenRequest>,
    /// The token endpoint of another tenant.
    pub elsewhere: Option<Url>,
    /// The client assertion, with the key that signs it.
    pub assertion: Option<Assertion>,
    /// A client assertion that was sent before.
    pub used_assertion: Option<String>,
    /// A live access token.
    pub access_token: Option<String>,
    /// The id_token of the session.
    pub id_token: Option<String>,
    /// Scopes beyond those that were granted.
    pub scopes: Option<String>,
    /// An address of the app that the target can reach.
    pub lure: Option<Lure>,
}

impl Attempt {
    /// A correct request with nothing lent.
    pub fn correct(request: TokenRequest) -> Self {
        Self { request, lent: Lent::default() }
    }

    /// Gives a parameter another value.
    pub(super) fn put(&mut self, name: &str, value: &str) {
        self.request.set(name, Some(value));
    }

    /// Takes a parameter away.
    pub(super) fn drop(&mut self, name: &str) {
        self.request.set(name, None);
    }
}
