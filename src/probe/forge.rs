//! Tokens signed with what a confused server takes for the issuer's key (RFC 8725 2.1 and 3.1).

use crate::http::Lure;
use crate::smart::{Claims, sign as signed};
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use std::sync::OnceLock;

/// A key that no server knows.
struct Own {
    key: EncodingKey,
    algorithm: Algorithm,
    /// Its public part.
    jwk: Value,
}

/// A key for an algorithm; made once, because an RSA key takes its time.
fn own(alg: &str) -> Option<&'static Own> {
    static KEYS: [OnceLock<Option<Own>>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
    match alg {
        "ES384" => KEYS[0].get_or_init(|| elliptic(&ECDSA_P384_SHA384_FIXED_SIGNING, Algorithm::ES384)),
        alg if alg.starts_with("ES") => {
            KEYS[1].get_or_init(|| elliptic(&ECDSA_P256_SHA256_FIXED_SIGNING, Algorithm::ES256))
        }
        _ => KEYS[2].get_or_init(rsa),
    }
    .as_ref()
}

fn elliptic(kind: &'static EcdsaSigningAlgorithm, algorithm: Algorithm) -> Option<Own> {
    let made = EcdsaKeyPair::generate_pkcs8(kind, &SystemRandom::new()).ok()?;
    known(EncodingKey::from_ec_der(made.as_ref()), algorithm)
}

fn rsa() -> Option<Own> {
    let made: Pkcs8V1Der<'_> = RsaKeyPair::generate(KeySize::Rsa2048).ok()?.as_der().ok()?;
    known(EncodingKey::from_rsa_pem(pem("PRIVATE KEY", made.as_ref()).as_bytes()).ok()?, Algorithm::RS256)
}

fn known(key: EncodingKey, algorithm: Algorithm) -> Option<Own> {
    let jwk = serde_json::to_value(Jwk::from_encoding_key(&key, algorithm).ok()?).ok()?;
    Some(Own { key, algorithm, jwk })
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// The token signed with a key that the server cannot know, `told` in the header: the key itself, its id, or nothing.
pub(super) fn with_own_key(claims: &Claims, told: impl FnOnce(&mut Value, &Value)) -> Option<String> {
    let alg = claims.header["alg"].as_str().unwrap_or_default();
    let own = own(alg)?;
    // One RSA key signs by each of its algorithms.
    let algorithm = if alg.starts_with("RS") { alg.parse().ok()? } else { own.algorithm };
    let mut claims = claims.clone();
    told(&mut claims.header, &own.jwk);
    signed(&claims, &own.key, algorithm)
}

/// The claims signed with a key that lies at an address of ours. `told` writes the address, in its header or its claims.
pub(super) fn with_key_at(claims: &Claims, lure: &Lure, told: impl FnOnce(&mut Claims, &str)) -> Option<String> {
    let own = own(claims.header["alg"].as_str().unwrap_or_default())?;
    let (mut claims, address) = (claims.clone(), lure.url().to_string());
    let mut key = own.jwk.clone();
    key["kid"] = claims.header["kid"].clone();
    // One document is the key set, and the metadata of an issuer that has this key set.
    lure.lay(&json!({ "issuer": address, "jwks_uri": format!("{address}/jwks"), "keys": [key] }));
    told(&mut claims, &address);
    with_own_key(&claims, |_, _| ())
}

/// The token signed with a shared secret, as its header says.
pub(super) fn with_secret(claims: &Claims, secret: &[u8], algorithm: Algorithm) -> Option<String> {
    signed(claims, &EncodingKey::from_secret(secret), algorithm)
}

/// What a server may hold of a public key as bytes, and confuse with a shared secret: PEM with and without its last line
/// break, DER, and the modulus or point.
pub(super) fn as_secrets(jwk: &Value) -> Vec<Vec<u8>> {
    let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str()?.trim_end_matches('=')).ok();
    let (der, number) = match jwk["kty"].as_str() {
        Some("RSA") => {
            let (Some(n), Some(e)) = (part("n"), part("e")) else { return Vec::new() };
            let key = sequence(&[integer(&n), integer(&e)]);
            (public_key(&[RSA_ENCRYPTION.to_vec(), vec![5, 0]], &key), n)
        }
        Some("EC") => {
            let (Some(x), Some(y)) = (part("x"), part("y")) else { return Vec::new() };
            let Some(curve) = curve(jwk["crv"].as_str().unwrap_or_default()) else { return Vec::new() };
            let point = [&[4], x.as_slice(), &y].concat();
            (public_key(&[EC_PUBLIC_KEY.to_vec(), curve.to_vec()], &point), x)
        }
        _ => return Vec::new(),
    };
    let pem = pem("PUBLIC KEY", &der);
    vec![pem.trim_end().as_bytes().to_vec(), pem.into_bytes(), der, number]
}

/// OBJECT IDENTIFIERs (RFC 8017 A.1, RFC 5480 2.1.1), with tag and length.
const RSA_ENCRYPTION: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const EC_PUBLIC_KEY: [u8; 9] = [6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];

fn curve(name: &str) -> Option<&'static [u8]> {
    Some(match name {
        "P-256" => &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7],
        "P-384" => &[6, 5, 0x2b, 0x81, 4, 0, 0x22],
        "P-521" => &[6, 5, 0x2b, 0x81, 4, 0, 0x23],
        _ => return None,
    })
}

/// A SubjectPublicKeyInfo (RFC 5280 4.1).
fn public_key(algorithm: &[Vec<u8>], key: &[u8]) -> Vec<u8> {
    // No bit of the last byte is unused.
    sequence(&[sequence(algorithm), element(3, &[&[0], key].concat())])
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(0x30, &parts.concat())
}

/// A number that is not negative: a first bit that is set needs a zero in front.
fn integer(bytes: &[u8]) -> Vec<u8> {
    let zero: &[u8] = if bytes.first().is_some_and(|first| *first >= 0x80) { &[0] } else { &[] };
    element(2, &[zero, bytes].concat())
}

fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length = &length[length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1)..];
    let mut made = vec![tag];
    match length {
        [short] if *short < 0x80 => made.push(*short),
        long => {
            made.push(0x80 | u8::try_from(long.len()).unwrap_or(0));
            made.extend(long);
        }
    }
    made.extend(content);
    made
}

/// A private key for ES384, as an app keeps it.
#[cfg(test)]
pub(super) fn new_pem() -> String {
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &SystemRandom::new()).unwrap();
    pem("PRIVATE KEY", made.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::smart::peek;
    use jsonwebtoken::{DecodingKey, Validation};
    use serde_json::json;

    fn claims(alg: &str) -> Claims {
        Claims { header: json!({"alg": alg, "kid": "1"}), payload: json!({"sub": "u"}), signature: "x".to_owned() }
    }

    fn verifies(token: &str, key: &DecodingKey, algorithm: Algorithm) -> bool {
        let mut validation = Validation::new(algorithm);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        jsonwebtoken::decode::<Value>(token, key, &validation).is_ok()
    }

    #[test]
    fn an_own_key_is_of_the_kind_of_the_issuers_and_told_in_the_header() {
        for (alg, algorithm) in [
            ("ES256", Algorithm::ES256),
            ("ES384", Algorithm::ES384),
            ("RS512", Algorithm::RS512),
            ("PS256", Algorithm::RS256),
        ] {
            let token = with_own_key(&claims(alg), |header, jwk| header["jwk"] = jwk.clone()).unwrap();
            let header = peek(&token).unwrap().header;
            assert_eq!((&header["alg"], &header["kid"]), (&serde_json::to_value(algorithm).unwrap(), &json!("1")));
            assert!(header["jwk"].get("d").is_none());
            let jwk: Jwk = serde_json::from_value(header["jwk"].clone()).unwrap();
            assert!(verifies(&token, &DecodingKey::from_jwk(&jwk).unwrap(), algorithm));
        }
    }

    #[test]
    fn a_secret_may_be_empty_and_signs_what_its_header_says() {
        for (secret, algorithm) in [(b"".as_slice(), Algorithm::HS256), (b"key".as_slice(), Algorithm::HS384)] {
            let token = with_secret(&claims("RS256"), secret, algorithm).unwrap();
            assert!(verifies(&token, &DecodingKey::from_secret(secret), algorithm));
        }
    }

    #[test]
    fn a_public_key_is_written_as_other_tools_write_it() {
        for alg in ["ES256", "ES384", "RS256"] {
            let own = own(alg).unwrap();
            let [trimmed, pem, der, _] = as_secrets(&own.jwk).try_into().unwrap();
            let token = signed(&claims(alg), &own.key, own.algorithm).unwrap();
            let text = std::str::from_utf8(&pem).unwrap();
            let read = match alg {
                "ES256" | "ES384" => DecodingKey::from_ec_pem(text.as_bytes()),
                _ => DecodingKey::from_rsa_pem(text.as_bytes()),
            };
            assert!(verifies(&token, &read.unwrap(), own.algorithm), "{alg}");
            assert_eq!((&trimmed[..], der[0]), (text.trim_end().as_bytes(), 0x30));
        }
        assert!(as_secrets(&json!({"kty": "OKP"})).is_empty() && as_secrets(&json!({"kty": "RSA"})).is_empty());
    }
}
