//! What the certificate of a server says of itself. That it is good now, for this name, the TLS library has checked before.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::PublicKey;

/// A certificate that a server has shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Until when it is good.
    pub ends: DateTime<Utc>,
    /// Why its key or its signature is too weak, if it is.
    pub weak: Option<String>,
    /// The digest of its public key, as browsers write it: SHA-256 of the SubjectPublicKeyInfo in base64 (RFC 7469 2.4).
    pub pin: String,
}

/// Signatures over MD5 and SHA-1, by their object identifiers (RFC 8017 A.2.4; RFC 5758 3.2).
const WEAK: [(&str, &str); 3] = [
    ("1.2.840.113549.1.1.4", "MD5 with RSA"),
    ("1.2.840.113549.1.1.5", "SHA-1 with RSA"),
    ("1.2.840.10045.4.1", "SHA-1 with ECDSA"),
];

/// Reads a certificate; none where it is none.
pub(super) fn read(der: &[u8]) -> Option<Certificate> {
    let (_, own) = X509Certificate::from_der(der).ok()?;
    let ends = DateTime::from_timestamp(own.validity().not_after.timestamp(), 0)?;
    let algorithm = own.signature_algorithm.algorithm.to_id_string();
    let signature = WEAK.iter().find(|(id, _)| *id == algorithm).map(|(_, name)| format!("signed by {name}"));
    let key = match own.public_key().parsed() {
        Ok(PublicKey::RSA(key)) if key.key_size() < 2048 => Some(format!("an RSA key of {} bits", key.key_size())),
        Ok(PublicKey::EC(key)) if key.key_size() < 256 => Some(format!("a key of {} bits on a curve", key.key_size())),
        Ok(PublicKey::DSA(_)) => Some("a DSA key".to_owned()),
        _ => None,
    };
    let pin = STANDARD.encode(Sha256::digest(own.public_key().raw));
    Some(Certificate { ends, weak: key.or(signature), pin })
}
