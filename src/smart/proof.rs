//! Demonstrating proof of possession as a client (RFC 9449): a key of the app's own, and what it signs for one request.

use super::id_token::{self, Claims};
use super::token::TokenRequest;
use crate::http::{Answer, Call};
use aws_lc_rs::encoding::{AsBigEndian as _, EcPrivateKeyBin};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use url::Url;

/// The algorithm of the proofs: every server that takes any takes it.
pub const PROOF_ALGORITHM: &str = "ES256";

/// A key of the app's own, and the nonces that servers have given for its proofs.
#[derive(Clone)]
pub struct ProofKey {
    key: EncodingKey,
    /// Its public part.
    public: Value,
    /// The number that makes it private.
    secret: String,
    nonces: Arc<Mutex<HashMap<String, String>>>,
}

/// What a proof says of a request, not yet signed (RFC 9449 4.2).
#[derive(Clone)]
pub struct Proof {
    /// Its header, with the public key, and its claims.
    pub claims: Claims,
    /// The key that signs it.
    pub key: ProofKey,
}

impl ProofKey {
    /// A fresh one; none when the system gives no randomness.
    pub fn new() -> Option<Self> {
        let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let made = EcdsaKeyPair::generate_pkcs8(kind, &SystemRandom::new()).ok()?;
        let pair = EcdsaKeyPair::from_pkcs8(kind, made.as_ref()).ok()?;
        let number: EcPrivateKeyBin<'_> = pair.private_key().as_be_bytes().ok()?;
        let key = EncodingKey::from_ec_der(made.as_ref());
        let public = serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::ES256).ok()?).ok()?;
        let named = ["kty", "crv", "x", "y"].into_iter().map(|name| (name.to_owned(), public[name].clone()));
        let public = Value::Object(named.collect());
        Some(Self { key, public, secret: URL_SAFE_NO_PAD.encode(number.as_ref()), nonces: Arc::default() })
    }

    /// The proof for a request with this method to `url`, with `token` where it opens the record.
    pub fn proof(&self, method: &str, url: &Url, token: Option<&str>, clock_ahead: i64) -> Proof {
        let mut place = url.clone();
        place.set_query(None);
        place.set_fragment(None);
        let now = chrono::Utc::now().timestamp().saturating_add(clock_ahead);
        let id = oauth2::CsrfToken::new_random().secret().clone();
        let mut payload = json!({ "jti": id, "htm": method, "htu": place.as_str(), "iat": now });
        if let Some(token) = token {
            payload["ath"] = json!(hash(token));
        }
        if let Some(nonce) = self.nonces().get(&origin(url)) {
            payload["nonce"] = json!(nonce);
        }
        let header = json!({ "typ": "dpop+jwt", "alg": PROOF_ALGORITHM, "jwk": self.public });
        Proof { claims: Claims { header, payload, signature: String::new() }, key: self.clone() }
    }

    /// Its thumbprint, by which requests and tokens name it (RFC 7638 3).
    pub fn thumbprint(&self) -> String {
        // The members of a JSON object of ours stand in the order of their names.
        let members: std::collections::BTreeMap<&String, &Value> =
            self.public.as_object().into_iter().flatten().collect();
        hash(&json!(members).to_string())
    }

    /// Learns the nonce that an answer gives for proofs to come (RFC 9449 8.2); whether it asks for the request again with it.
    pub fn hears(&self, answer: &Answer) -> bool {
        let Some(nonce) = answer.header("dpop-nonce") else { return false };
        let known = self.nonces().insert(origin(answer.url()), nonce.to_owned());
        matches!(answer.status(), 400 | 401) && known.as_deref() != Some(nonce)
    }

    fn nonces(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// How a proof names the token that it goes with (RFC 9449 4.2, `ath`).
pub fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

impl Proof {
    /// Signed with its key; none if it cannot be.
    pub fn signed(&self) -> Option<String> {
        id_token::sign(&self.claims, &self.key.key, Algorithm::ES256)
    }

    /// Signed with the text of the public key as a secret.
    pub fn signed_with_shared_secret(&self) -> Option<String> {
        let secret = self.key.public["x"].as_str()?;
        id_token::sign(&self.claims, &EncodingKey::from_secret(secret.as_bytes()), Algorithm::HS256)
    }

    /// The same of another key.
    pub fn of(&self, key: &ProofKey) -> Self {
        let mut claims = self.claims.clone();
        claims.header["jwk"] = key.public.clone();
        Self { claims, key: key.clone() }
    }

    /// The same with the private part of its key beside the public one.
    pub fn with_private_key(&self) -> Self {
        let mut proof = self.clone();
        proof.claims.header["jwk"]["d"] = json!(self.key.secret);
        proof
    }
}

impl TokenRequest {
    /// The same with this proof in its header (RFC 9449 5).
    #[must_use]
    pub fn proved(mut self, proof: Option<String>) -> Self {
        self.proof = proof;
        self
    }
}

/// A call with an access token and the proof that goes with it (RFC 9449 7.1).
pub fn with_proof(call: Call, scheme: &str, token: &str, proof: Option<&str>) -> Call {
    let call = call.header("authorization", format!("{scheme} {token}"));
    match proof {
        Some(proof) => call.header("dpop", proof),
        None => call,
    }
}
