//! JSON Web Tokens as a client reads them: looked into, verified against published keys, rebuilt for an attack.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;

/// Header and payload of a JWT.
#[derive(Clone)]
pub struct Claims {
    /// The JOSE header.
    pub header: Value,
    /// The claims.
    pub payload: Value,
    /// The signature, encoded as in the token.
    pub signature: String,
}

/// Looks into a JWT without verifying it; `None` when the text is not one (an opaque token).
pub fn peek(token: &str) -> Option<Claims> {
    let mut parts = token.split('.');
    let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let read = |part: &str| -> Option<Value> {
        let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok().filter(Value::is_object)
    };
    Some(Claims { header: read(header)?, payload: read(payload)?, signature: signature.to_owned() })
}

/// A JWT of these parts, with the signature as given.
pub fn rebuild(claims: &Claims) -> String {
    let write = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{}", write(&claims.header), write(&claims.payload), claims.signature)
}

/// Why a signature does not verify. The token stands in none of the reasons.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// It is an opaque token.
    #[error("not a JSON Web Token")]
    NoToken,
    /// The keys cannot be read.
    #[error("the key set is not a JSON Web Key Set")]
    NoKeySet,
    /// The algorithm is unknown, or is `none`.
    #[error("the header names no known algorithm")]
    NoAlgorithm,
    /// HMAC: whoever can verify it can forge it.
    #[error("it is signed with a shared secret, not with a published key")]
    SharedSecret,
    /// It cannot be known which key was used.
    #[error("the header has no kid and the key set holds several keys")]
    NoKid,
    /// The key is not published.
    #[error("no key of the set has the kid of the header")]
    NoSuchKey,
    /// Another key signed it, or other content.
    #[error("the {0:?} signature does not verify with the published key")]
    Signature(Algorithm),
}

/// Verifies the signature of `token` against a JSON Web Key Set. Claims are judged by the caller.
///
/// # Errors
/// [`Unverified`] says why it does not verify.
pub fn verify(token: &str, keys: &Value) -> Result<Claims, Unverified> {
    let claims = peek(token).ok_or(Unverified::NoToken)?;
    let set: JwkSet = serde_json::from_value(keys.clone()).map_err(|_| Unverified::NoKeySet)?;
    let header = jsonwebtoken::decode_header(token).map_err(|_| Unverified::NoAlgorithm)?;
    if matches!(header.alg, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) {
        return Err(Unverified::SharedSecret);
    }
    let candidates: Vec<_> = match &header.kid {
        Some(kid) => set.keys.iter().filter(|key| key.common.key_id.as_ref() == Some(kid)).collect(),
        None if set.keys.len() == 1 => set.keys.iter().collect(),
        None => return Err(Unverified::NoKid),
    };
    if candidates.is_empty() {
        return Err(Unverified::NoSuchKey);
    }
    let mut validation = Validation::new(header.alg);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    for key in candidates {
        let Ok(key) = DecodingKey::from_jwk(key) else { continue };
        if jsonwebtoken::decode::<Value>(token, &key, &validation).is_ok() {
            return Ok(claims);
        }
    }
    Err(Unverified::Signature(header.alg))
}
