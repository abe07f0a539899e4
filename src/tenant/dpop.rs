//! Demonstrating proof of possession (RFC 9449): the proof of a request, and the key that a token is bound to.

use super::bearer::{peek, signed_by};
use super::reply;
use super::request::Heard;
use super::state::{Client, ClientAuth, Server, Tenant, random};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The age of a proof that is still taken, and how far its clock may be ahead, in seconds.
const AGE: i64 = 300;

/// Why a proof is not taken.
enum Wrong {
    Proof(&'static str),
    /// It must hold this nonce (RFC 9449 8 and 9).
    Nonce(String),
}

/// The thumbprint of the key that a request to `url` proves, if it proves one (RFC 9449 4.3).
fn proved(
    server: &Server,
    tenant: &Tenant,
    heard: &Heard,
    url: &str,
    token: Option<&str>,
) -> Result<Option<String>, Wrong> {
    let faults = &server.faults;
    let mut proofs = heard.headers.get_all("dpop").iter();
    let Some(proof) = proofs.next() else { return Ok(None) };
    if proofs.next().is_some() {
        return Err(Wrong::Proof("there are two proofs"));
    }
    let proof = proof.to_str().unwrap_or_default();
    let (header, claims) = peek(proof).ok_or(Wrong::Proof("it is not a JSON Web Token"))?;
    let unless = |fault: &'static str, right: bool, why: &'static str| match right || faults.on(fault) {
        true => Ok(()),
        false => Err(Wrong::Proof(why)),
    };
    unless("dpop.type-unchecked", header["typ"] == "dpop+jwt", "its type is another one")?;
    unless("dpop.private-key-accepted", header["jwk"].get("d").is_none(), "its header holds a private key")?;
    unless("dpop.signature-unchecked", is_signed(server, proof, &header), "its signature does not verify")?;
    let method = heard.method.as_str();
    unless("dpop.method-unchecked", claims["htm"] == method, "it is for another method")?;
    let here = claims["htu"].as_str().is_some_and(|own| place(own) == place(url));
    unless("dpop.url-unchecked", here, "it is for another URL")?;
    let age = server.faults.now() - claims["iat"].as_i64().unwrap_or_default();
    unless("dpop.age-unchecked", age.abs() <= AGE, "it is not of now")?;
    let id = claims["jti"].as_str().ok_or(Wrong::Proof("it has no jti"))?;
    let is_new = tenant.book().proofs.insert(id.to_owned());
    unless("dpop.replay-accepted", is_new, "it was used before")?;
    if let Some(token) = token {
        let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(token));
        let told = claims["ath"].as_str();
        unless("dpop.token-hash-unchecked", told.is_none_or(|own| own == hash), "it is for another token")?;
        unless("dpop.token-hash-optional", told.is_some(), "it is for no token")?;
    }
    if faults.on("dpop.nonce-demanded") {
        let mut book = tenant.book();
        let nonce = book.nonce.get_or_insert_with(random).clone();
        if claims["nonce"] != nonce.as_str() {
            return Err(Wrong::Nonce(nonce));
        }
    }
    Ok(Some(thumbprint(&header["jwk"])))
}

/// A URL as proofs are compared by: without query and fragment.
fn place(url: &str) -> Option<String> {
    let mut url = url::Url::parse(url).ok()?;
    url.set_query(None);
    url.set_fragment(None);
    Some(url.into())
}

/// Whether the key of its own header signed a proof, by the one algorithm that is offered.
fn is_signed(server: &Server, proof: &str, header: &Value) -> bool {
    if header["alg"] == "none" {
        return server.faults.on("dpop.unsigned-accepted");
    }
    let Ok(key) = serde_json::from_value::<Jwk>(header["jwk"].clone()) else { return false };
    let (algorithm, key) = match header["alg"] == "HS256" && server.faults.on("dpop.shared-secret-accepted") {
        // The defect: the text of the public key is taken for a secret.
        true => {
            (Algorithm::HS256, Ok(DecodingKey::from_secret(header["jwk"]["x"].as_str().unwrap_or_default().as_bytes())))
        }
        false => (Algorithm::ES256, DecodingKey::from_jwk(&key)),
    };
    key.is_ok_and(|key| signed_by(proof, &key, algorithm))
}

/// The thumbprint of a key on a curve (RFC 7638 3.2).
fn thumbprint(key: &Value) -> String {
    let part = |name: &str| key[name].as_str().unwrap_or_default();
    let text =
        format!(r#"{{"crv":"{}","kty":"{}","x":"{}","y":"{}"}}"#, part("crv"), part("kty"), part("x"), part("y"));
    URL_SAFE_NO_PAD.encode(Sha256::digest(text))
}

/// The key to which the tokens of a token request are bound, if it brings a proof (RFC 9449 5).
pub(super) fn key(server: &Server, tenant: &Tenant, heard: &Heard) -> Result<Option<String>, Box<Response>> {
    let (error, why, nonce) = match proved(server, tenant, heard, &server.token_endpoint(tenant.name), None) {
        Ok(key) => return Ok(key.filter(|_| !server.faults.on("dpop.ignored"))),
        Err(Wrong::Proof(why)) => ("invalid_dpop_proof", why, None),
        Err(Wrong::Nonce(nonce)) => ("use_dpop_nonce", "the proof must hold the nonce", Some(nonce)),
    };
    if server.faults.on("dpop.wrong-proofs-passed-over") && nonce.is_none() {
        return Ok(None);
    }
    let error = if server.faults.on("dpop.refusals-misnamed") { "invalid_request" } else { error };
    Err(Box::new(with_nonce(reply::json_error(StatusCode::BAD_REQUEST, error, why), nonce)))
}

/// Whether the key of a refresh is that of its grant; only those of public apps are bound (RFC 9449 5).
pub(super) fn may_refresh(server: &Server, caller: &Client, bound: Option<&String>, key: Option<&String>) -> bool {
    bound.is_none()
        || !matches!(caller.auth, ClientAuth::Public)
        || bound == key
        || server.faults.on("dpop.refresh-unbound")
}

/// Refuses a request whose token is bound to a key that the request does not prove (RFC 9449 7.1 and 7.2).
pub(super) fn admit(
    server: &Server,
    tenant: &Tenant,
    heard: &Heard,
    url: &str,
    claims: &Value,
) -> Result<(), Box<Response>> {
    let faults = &server.faults;
    let (scheme, token) = heard.header("authorization").and_then(|value| value.split_once(' ')).unwrap_or_default();
    let by_proof = scheme.eq_ignore_ascii_case("dpop");
    let refuse = |error: &str, why: &str, nonce: Option<String>| {
        let scheme = if faults.on("dpop.challenge-of-bearer") { "Bearer" } else { "DPoP" };
        let challenge = format!("{scheme} algs=\"ES256\", error=\"{error}\", error_description=\"{why}\"");
        Err(Box::new(with_nonce(reply::unauthorized(Some(&challenge), why), nonce)))
    };
    let Some(bound) = claims["cnf"]["jkt"].as_str() else {
        return if by_proof { refuse("invalid_token", "the token is bound to no key", None) } else { Ok(()) };
    };
    if !by_proof {
        let open = faults.on("dpop.bearer-accepted");
        return if open { Ok(()) } else { refuse("invalid_token", "the token is bound to a key", None) };
    }
    match proved(server, tenant, heard, url, Some(token.trim())) {
        Ok(Some(own)) if own == bound || faults.on("dpop.key-unchecked") => Ok(()),
        Ok(Some(_)) => refuse("invalid_token", "the token is bound to another key", None),
        Ok(None) if faults.on("dpop.proof-optional") => Ok(()),
        Ok(None) => refuse("invalid_dpop_proof", "there is no proof", None),
        Err(Wrong::Proof(why)) => refuse("invalid_dpop_proof", why, None),
        Err(Wrong::Nonce(nonce)) => refuse("use_dpop_nonce", "the proof must hold the nonce", Some(nonce)),
    }
}

fn with_nonce(mut answer: Response, nonce: Option<String>) -> Response {
    if let Some(nonce) = nonce.and_then(|nonce| HeaderValue::from_str(&nonce).ok()) {
        answer.headers_mut().insert("dpop-nonce", nonce);
    }
    answer
}
