//! The client assertion of a confidential asymmetric client (SMART App Launch 2.0.0, Client Authentication: Asymmetric).

use super::discovery::Endpoints;
use super::id_token::{self, Claims};
use super::trouble::Trouble;
use crate::target::{Client, ClientAuth, KeyAlg, Target};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

/// The value of `client_assertion_type`.
pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Why an assertion cannot be signed. The key stands in none of the reasons.
#[derive(Debug, thiserror::Error)]
pub(super) enum AssertionError {
    #[error("the private key is not a PKCS#8 PEM for {0}")]
    Key(&'static str),
    #[error("cannot sign the assertion")]
    Sign,
}

impl From<AssertionError> for Trouble {
    fn from(why: AssertionError) -> Self {
        Self::NotConfigured(why.to_string())
    }
}

/// The right assertion of a client, with the key that signs it.
#[derive(Clone)]
pub struct Assertion {
    /// What it says, not yet signed.
    pub claims: Claims,
    key: EncodingKey,
    algorithm: Algorithm,
}

impl Assertion {
    /// That of `client_id` at `token_endpoint`, valid for four minutes.
    ///
    /// # Errors
    /// [`AssertionError`] when the key cannot be used.
    pub(super) fn new(
        client_id: &str,
        endpoints: &Endpoints,
        pem: &str,
        alg: KeyAlg,
        kid: Option<&str>,
    ) -> Result<Self, AssertionError> {
        let (algorithm, key) = encoding(pem, alg)?;
        let mut header = json!({ "typ": "JWT", "alg": alg.word() });
        if let Some(kid) = kid {
            header["kid"] = json!(kid);
        }
        let now = chrono::Utc::now().timestamp().saturating_add(endpoints.clock_ahead);
        let jti = oauth2::CsrfToken::new_random().secret().clone();
        let payload = json!({ "iss": client_id, "sub": client_id, "aud": endpoints.token.as_str(), "exp": now + 240, "iat": now, "jti": jti });
        Ok(Self { claims: Claims { header, payload, signature: String::new() }, key, algorithm })
    }

    /// That of a client at its token endpoint; none of a client without a key that can be used.
    pub fn of(client: &Client, endpoints: &Endpoints) -> Option<Self> {
        match &client.auth {
            ClientAuth::PrivateKey { key, alg, kid } => {
                Self::new(&client.id, endpoints, key.expose(), *alg, kid.as_deref()).ok()
            }
            _ => None,
        }
    }

    /// Claims signed with its key; none if they cannot be.
    pub fn signed(&self, claims: &Claims) -> Option<String> {
        id_token::sign(claims, &self.key, self.algorithm)
    }

    /// The public part of its key, as a JWK.
    pub fn public_key(&self) -> Option<Value> {
        serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).ok()?).ok()
    }
}

/// A signed assertion for `client_id` at its token endpoint.
///
/// # Errors
/// [`AssertionError`] when the key cannot be used.
pub(super) fn sign(
    client_id: &str,
    endpoints: &Endpoints,
    pem: &str,
    alg: KeyAlg,
    kid: Option<&str>,
) -> Result<String, AssertionError> {
    let own = Assertion::new(client_id, endpoints, pem, alg, kid)?;
    own.signed(&own.claims).ok_or(AssertionError::Sign)
}

/// The public keys of a target's clients, as a JSON Web Key Set (RFC 7517 5).
///
/// # Errors
/// [`Trouble::NotConfigured`] when a key cannot be used.
pub fn public_keys(target: &Target) -> Result<Value, Trouble> {
    let mut keys: Vec<Value> = Vec::new();
    for client in target.clients.values() {
        let ClientAuth::PrivateKey { key, alg, kid } = &client.auth else { continue };
        let (algorithm, key) = encoding(key.expose(), *alg)?;
        let jwk = Jwk::from_encoding_key(&key, algorithm).map_err(|_| AssertionError::Key(alg.word()))?;
        let mut jwk = serde_json::to_value(jwk).map_err(|_| AssertionError::Sign)?;
        jwk["use"] = json!("sig");
        if let Some(kid) = kid {
            jwk["kid"] = json!(kid);
        }
        keys.push(jwk);
    }
    Ok(json!({ "keys": keys }))
}

fn encoding(pem: &str, alg: KeyAlg) -> Result<(Algorithm, EncodingKey), AssertionError> {
    let (algorithm, key) = match alg {
        KeyAlg::Es384 => (Algorithm::ES384, EncodingKey::from_ec_pem(pem.as_bytes())),
        KeyAlg::Rs384 => (Algorithm::RS384, EncodingKey::from_rsa_pem(pem.as_bytes())),
    };
    Ok((algorithm, key.map_err(|_| AssertionError::Key(alg.word()))?))
}
