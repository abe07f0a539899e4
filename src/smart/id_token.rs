//! JSON Web Tokens as a client reads them: looked into, verified against published keys, rebuilt for an attack.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
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

/// A token with these claims, signed by an algorithm that its header then names; none if it cannot be.
pub fn sign(claims: &Claims, key: &EncodingKey, algorithm: Algorithm) -> Option<String> {
    let mut claims = claims.clone();
    claims.header["alg"] = serde_json::to_value(algorithm).ok()?;
    claims.signature.clear();
    let token = rebuild(&claims);
    let message = token.trim_end_matches('.');
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).ok()?;
    Some(format!("{message}.{signature}"))
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

/// The key with its numbers as RFC 7518 wants them: base64url without padding, and `n` and `e` without leading zero octets.
/// How a key is written is another question than whether it verifies.
fn plain(key: &Value) -> Value {
    let mut key = key.clone();
    for name in ["n", "e", "x", "y"] {
        let Some(text) = key.get(name).and_then(Value::as_str) else { continue };
        let text = text.trim_end_matches('=').replace('+', "-").replace('/', "_");
        let Ok(octets) = URL_SAFE_NO_PAD.decode(&text) else { continue };
        let zeros = octets.iter().take_while(|octet| **octet == 0 && matches!(name, "n" | "e")).count();
        key[name] = Value::String(URL_SAFE_NO_PAD.encode(&octets[zeros..]));
    }
    key
}

/// Verifies the signature of `token` against a JSON Web Key Set. Claims are judged by the caller.
///
/// # Errors
/// [`Unverified`] says why it does not verify.
pub fn verify(token: &str, keys: &Value) -> Result<Claims, Unverified> {
    let claims = peek(token).ok_or(Unverified::NoToken)?;
    let published = keys.get("keys").and_then(Value::as_array).ok_or(Unverified::NoKeySet)?;
    // A key of another kind than we know is somebody else's (RFC 7517 5).
    let set: Vec<Jwk> = published.iter().filter_map(|key| serde_json::from_value(plain(key)).ok()).collect();
    let header = jsonwebtoken::decode_header(token).map_err(|_| Unverified::NoAlgorithm)?;
    if matches!(header.alg, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) {
        return Err(Unverified::SharedSecret);
    }
    let candidates: Vec<_> = match &header.kid {
        Some(kid) => set.iter().filter(|key| key.common.key_id.as_ref() == Some(kid)).collect(),
        None if published.len() == 1 => set.iter().collect(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{EncodingKey, Header};
    use serde_json::json;

    /// A token that a fresh RSA key signed, and the key as a server publishes it.
    fn signed() -> (String, Value) {
        use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
        use aws_lc_rs::rsa::{KeyPair, KeySize};
        use aws_lc_rs::signature::KeyPair as _;
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            base64::engine::general_purpose::STANDARD.encode(der.as_ref())
        );
        let header = Header { kid: Some("k".to_owned()), ..Header::new(Algorithm::RS256) };
        let token =
            jsonwebtoken::encode(&header, &json!({ "sub": "x" }), &EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap());
        let public = pair.public_key();
        let number = |octets: &[u8]| URL_SAFE_NO_PAD.encode(octets);
        let key = json!({ "kty": "RSA", "kid": "k", "alg": "RS256",
            "n": number(public.modulus().big_endian_without_leading_zero()),
            "e": number(public.exponent().big_endian_without_leading_zero()) });
        (token.unwrap(), key)
    }

    #[test]
    fn a_key_whose_numbers_are_padded_verifies_all_the_same() {
        let (token, key) = signed();
        assert!(verify(&token, &json!({ "keys": [key] })).is_ok());
        let mut padded = key.clone();
        let octets = [&[0][..], &URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap()].concat();
        padded["n"] = base64::engine::general_purpose::STANDARD.encode(octets).into();
        assert!(verify(&token, &json!({ "keys": [padded] })).is_ok());
    }

    #[test]
    fn keys_of_an_unknown_kind_are_passed_over_and_a_wrong_key_verifies_nothing() {
        let ((token, key), (_, mut other)) = (signed(), signed());
        let unknown = json!({ "kty": "AKP", "kid": "pq", "alg": "ML-DSA-44", "pub": "AA" });
        assert!(verify(&token, &json!({ "keys": [unknown, key] })).is_ok());
        other["kid"] = "k".into();
        assert_eq!(verify(&token, &json!({ "keys": [other] })).err(), Some(Unverified::Signature(Algorithm::RS256)));
        assert_eq!(verify(&token, &json!({ "keys": [] })).err(), Some(Unverified::NoSuchKey));
        assert_eq!(verify(&token, &json!({ "key": [] })).err(), Some(Unverified::NoKeySet));
    }
}
