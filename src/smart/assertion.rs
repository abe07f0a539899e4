//! The client assertion of a confidential asymmetric client (SMART App Launch 2.0.0, Client Authentication: Asymmetric).

use super::trouble::Trouble;
use crate::target::KeyAlg;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use url::Url;

/// The value of `client_assertion_type`.
pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Why an assertion cannot be signed. The key stands in none of the reasons.
#[derive(Debug, thiserror::Error)]
pub(super) enum AssertionError {
    #[error("the private key is not a PKCS#8 PEM for {0}")]
    Key(&'static str),
    #[error("cannot sign the assertion: {0}")]
    Sign(jsonwebtoken::errors::Error),
}

impl From<AssertionError> for Trouble {
    fn from(why: AssertionError) -> Self {
        Self::NotConfigured(why.to_string())
    }
}

/// A signed assertion for `client_id` at `token_endpoint`, valid for four minutes.
///
/// # Errors
/// [`AssertionError`] when the key cannot be used.
pub(super) fn sign(
    client_id: &str,
    token_endpoint: &Url,
    pem: &str,
    alg: KeyAlg,
    kid: Option<&str>,
) -> Result<String, AssertionError> {
    let (algorithm, key) = match alg {
        KeyAlg::Es384 => (Algorithm::ES384, EncodingKey::from_ec_pem(pem.as_bytes())),
        KeyAlg::Rs384 => (Algorithm::RS384, EncodingKey::from_rsa_pem(pem.as_bytes())),
    };
    let key = key.map_err(|_| AssertionError::Key(alg.word()))?;
    let mut header = Header::new(algorithm);
    header.kid = kid.map(str::to_owned);
    let now = chrono::Utc::now().timestamp();
    let jti = oauth2::CsrfToken::new_random().secret().clone();
    let claims = json!({ "iss": client_id, "sub": client_id, "aud": token_endpoint.as_str(), "exp": now + 240, "iat": now, "jti": jti });
    jsonwebtoken::encode(&header, &claims, &key).map_err(AssertionError::Sign)
}
