//! Who somebody is: the id_token of a session, and the resource of a user.

use super::bearer;
use super::state::{Grant, Server, Tenant};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::atomic::Ordering;

/// The relative reference to the resource of the user called `name`.
pub(super) fn resource_of(tenant: &Tenant, name: &str) -> String {
    let own = tenant.user(name).and_then(|user| user.patient.clone()).map(|id| format!("Patient/{id}"));
    let of_staff = || tenant.store.practitioner_of(name).map(|id| format!("Practitioner/{id}"));
    own.or_else(of_staff).unwrap_or_default()
}

/// OpenID Connect Core 1.0, 2; `fhirUser` by SMART App Launch 2.0.0.
pub(super) fn id_token(server: &Server, tenant: &Tenant, grant: &Grant, access: &str) -> String {
    let faults = &server.faults;
    let made = faults.now();
    let hash = Sha256::digest(if faults.on("openid.at-hash-wrong") { "" } else { access });
    let audience = if faults.on("openid.aud-is-issuer") { server.issuer(tenant.name) } else { grant.client.clone() };
    let first = server.tenants.keys().min().filter(|_| faults.on("openid.one-issuer"));
    let all = || tenant.clients.iter().map(|client| client.id).collect::<Vec<_>>();
    let audience = if faults.on("openid.aud-of-all-apps") { json!(all()) } else { json!(audience) };
    let mut claims = json!({
        "iss": server.issuer(first.unwrap_or(&tenant.name)),
        "aud": audience,
        "sub": bearer::subject(tenant, &grant.user),
        "iat": made,
        "exp": if faults.on("openid.expired") { made - 300 } else { made + 300 },
        "at_hash": URL_SAFE_NO_PAD.encode(&hash[..16]),
    });
    if let Some(nonce) = grant.nonce.as_ref().filter(|_| !faults.on("openid.nonce-dropped")) {
        let kept = if faults.on("openid.nonce-cut") { 255 } else { usize::MAX };
        claims["nonce"] = json!(nonce.chars().take(kept).collect::<String>());
    }
    if grant.scopes.iter().any(|scope| scope == "fhirUser" || scope == "profile") {
        let user = resource_of(tenant, &grant.user);
        let user = match grant.patient.as_deref() {
            Some("patient-2") if faults.on("openid.fhir-user-of-another") => "Patient/patient-1".to_owned(),
            Some("patient-2") if faults.on("openid.fhir-user-unknown") => "Patient/probity-nobody".to_owned(),
            _ => user,
        };
        let user = if faults.on("openid.fhir-user-device") { "Device/unknown".to_owned() } else { user };
        claims["fhirUser"] = json!(format!("{}/{user}", server.base(tenant.name)));
    }
    let mut header = Header::new(Algorithm::RS256);
    let is_rotated = faults.on("openid.key-rotated") && tenant.keys_read.load(Ordering::Relaxed);
    let key = if is_rotated { tenant.keys.next_identity() } else { &tenant.keys.identity };
    header.kid = Some(key.kid.clone());
    let signed = jsonwebtoken::encode(&header, &claims, &key.signing).unwrap_or_default();
    if faults.on("openid.signature-broken") {
        let (rest, signature) = signed.rsplit_once('.').unwrap_or_default();
        return format!("{rest}.{}", signature.chars().rev().collect::<String>());
    }
    signed
}
