//! Signing keys: made once per tenant name and process, because hundreds of servers may start in one process.

use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, EcdsaSigningAlgorithm,
    KeyPair as _, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// One signing key.
pub(super) struct Key {
    /// Its id in the key set.
    pub(super) kid: String,
    pub(super) signing: EncodingKey,
    pub(super) verifying: DecodingKey,
    /// The public key as a JWK.
    pub(super) jwk: Value,
    /// The private key, PKCS#8 PEM.
    pub(super) pem: String,
}

/// The keys of one tenant.
pub(super) struct Keys {
    /// Signs access tokens (ES256).
    pub(super) access: Key,
    /// Signs id_tokens (RS256).
    pub(super) identity: Key,
    /// Signs them after a rotation; made when it is wanted.
    next_identity: OnceLock<Option<Key>>,
    /// The registered keys of the asymmetric client: one for ES384, one for RS384.
    pub(super) client: [Key; 2],
}

static MADE: Mutex<Option<HashMap<String, Arc<Keys>>>> = Mutex::new(None);

impl Keys {
    /// The keys of the tenant called `name`; `None` when the system gives no randomness.
    pub(super) fn of(name: &str) -> Option<Arc<Self>> {
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        let made = made.get_or_insert_default();
        if let Some(keys) = made.get(name) {
            return Some(Arc::clone(keys));
        }
        let keys = Arc::new(Self {
            access: elliptic(&ECDSA_P256_SHA256_FIXED_SIGNING, "P-256", "ES256", &format!("{name}-access"))?,
            identity: rsa("RS256", &format!("{name}-identity"))?,
            next_identity: OnceLock::new(),
            client: [
                elliptic(&ECDSA_P384_SHA384_FIXED_SIGNING, "P-384", "ES384", &format!("{name}-client"))?,
                rsa("RS384", &format!("{name}-client-rsa"))?,
            ],
        });
        made.insert(name.to_owned(), Arc::clone(&keys));
        Some(keys)
    }

    /// The key that follows the one that signs id_tokens.
    pub(super) fn next_identity(&self) -> &Key {
        let next = self.next_identity.get_or_init(|| rsa("RS256", &format!("{}-2", self.identity.kid)));
        next.as_ref().unwrap_or(&self.identity)
    }
}

fn pem(der: &[u8]) -> String {
    labelled("PRIVATE KEY", der)
}

fn labelled(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

impl Key {
    /// The public key as other tools write it: what stands before the point is the same for every key of a curve. Empty
    /// for an RSA key.
    pub(super) fn public_pem(&self) -> String {
        let head = match self.jwk["crv"].as_str() {
            Some("P-256") => "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE",
            Some("P-384") => "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE",
            _ => return String::new(),
        };
        let part = |name: &str| URL_SAFE_NO_PAD.decode(self.jwk[name].as_str().unwrap_or_default()).unwrap_or_default();
        labelled("PUBLIC KEY", &[STANDARD.decode(head).unwrap_or_default(), part("x"), part("y")].concat())
    }
}

fn elliptic(algorithm: &'static EcdsaSigningAlgorithm, curve: &str, alg: &str, kid: &str) -> Option<Key> {
    let document = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).ok()?;
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref()).ok()?;
    // An uncompressed point: 4, x, y.
    let point = pair.public_key().as_ref().get(1..)?.to_vec();
    let (x, y) = point.split_at(point.len() / 2);
    let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
    let pem = pem(document.as_ref());
    Some(Key {
        kid: kid.to_owned(),
        signing: EncodingKey::from_ec_pem(pem.as_bytes()).ok()?,
        verifying: DecodingKey::from_ec_components(&x, &y).ok()?,
        jwk: json!({ "kty": "EC", "crv": curve, "use": "sig", "alg": alg, "kid": kid, "x": x, "y": y }),
        pem,
    })
}

fn rsa(alg: &str, kid: &str) -> Option<Key> {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).ok()?;
    let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
    let (n, e) = modulus_and_exponent(pair.public_key().as_ref())?;
    let (n, e) = (URL_SAFE_NO_PAD.encode(n), URL_SAFE_NO_PAD.encode(e));
    let pem = pem(der.as_ref());
    Some(Key {
        kid: kid.to_owned(),
        signing: EncodingKey::from_rsa_pem(pem.as_bytes()).ok()?,
        verifying: DecodingKey::from_rsa_components(&n, &e).ok()?,
        jwk: json!({ "kty": "RSA", "use": "sig", "alg": alg, "kid": kid, "n": n, "e": e }),
        pem,
    })
}

/// The two INTEGERs of a DER `RSAPublicKey` (RFC 8017 A.1.1).
fn modulus_and_exponent(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (body, _) = element(der, 0x30)?;
    let (n, rest) = element(body, 0x02)?;
    let (e, _) = element(rest, 0x02)?;
    Some((unsigned(n), unsigned(e)))
}

/// An INTEGER without the zero that keeps it positive.
fn unsigned(bytes: &[u8]) -> &[u8] {
    if let [0, rest @ ..] = bytes { rest } else { bytes }
}

/// One DER element with this tag, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [own, first, rest @ ..] = der else { return None };
    if *own != tag {
        return None;
    }
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let bytes = rest.get(..usize::from(first & 0x7f))?;
        (bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest.get(bytes.len()..)?)
    };
    Some((rest.get(..length)?, rest.get(length..)?))
}
