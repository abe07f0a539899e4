//! The public documents: SMART configuration, OpenID metadata, keys, style.

use super::access::PLAIN;
use super::reply;
use super::state::{Server, Tenant};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;

/// `scopes_supported`
fn scopes() -> Vec<&'static str> {
    PLAIN.into_iter().chain(["patient/*.rs", "user/*.rs"]).collect()
}

/// `.well-known/smart-configuration` (SMART App Launch 2.0.0, Conformance).
pub(super) fn smart(server: &Server, tenant: &Tenant) -> Response {
    let issuer = server.issuer(tenant.name);
    let faults = &server.faults;
    let mut capabilities = vec![
        "launch-standalone",
        "launch-ehr",
        "client-public",
        "client-confidential-symmetric",
        "client-confidential-asymmetric",
        "sso-openid-connect",
        "context-standalone-patient",
        "context-banner",
        "context-style",
        "context-ehr-patient",
        "context-ehr-encounter",
        "permission-offline",
        "permission-patient",
        "permission-user",
        "permission-v1",
        "permission-v2",
        "authorize-post",
    ];
    if faults.on("discovery.without-launch-standalone") {
        capabilities.retain(|own| *own != "launch-standalone");
    }
    if faults.on("discovery.without-launch-ehr") {
        capabilities.retain(|own| *own != "launch-ehr");
    }
    let methods = if faults.on("discovery.plain-offered") { json!(["S256", "plain"]) } else { json!(["S256"]) };
    let mut document = json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/jwks"),
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": server.token_endpoint(tenant.name),
        "introspection_endpoint": format!("{issuer}/introspect"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "scopes_supported": scopes(),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": methods,
        "authorization_response_iss_parameter_supported": true,
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS384", "ES384"],
        "capabilities": capabilities,
    });
    extend(server, &issuer, &mut document);
    // The first tenant is the one under test, the other one is what it is told from.
    if let Some(first) = server.tenants.values().min_by_key(|one| one.name).filter(|first| first.name != tenant.name) {
        let first = server.issuer(first.name);
        if faults.on("tenant.discovery-of-another") {
            document["introspection_endpoint"] = json!(format!("{first}/introspect"));
            document["revocation_endpoint"] = json!(format!("{first}/revoke"));
        }
    }
    if !faults.on("discovery.smart-2-0") {
        document["user_access_brand_bundle"] = json!(format!("{issuer}/brands"));
        document["user_access_brand_identifier"] = brand(tenant.name);
    }
    if faults.on("discovery.without-revocation") {
        remove(&mut document, "revocation_endpoint");
    }
    if faults.on("answers.with-more-members") {
        document["x_probity"] = json!({ "more": [1, null] });
    }
    if faults.on("discovery.without-grant-types") {
        remove(&mut document, "grant_types_supported");
    }
    if faults.on("discovery.without-jwks-uri") {
        // What depends on the keys can then not be verified either.
        remove(&mut document, "jwks_uri");
    }
    if faults.on("discovery.insecure-endpoint") {
        document["registration_endpoint"] = json!("http://register.example/apps");
    }
    if faults.on("discovery.password-offered") {
        document["grant_types_supported"] = json!(["authorization_code", "refresh_token", "password"]);
    }
    if faults.on("discovery.secret-published") {
        document["clients"] = json!([{ "client_id": "portal", "client_secret": "portal-secret" }]);
    }
    if faults.on("discovery.endpoint-not-there") {
        document["revocation_endpoint"] = json!(format!("{issuer}/revocation"));
    }
    if faults.on("registration.open") {
        document["registration_endpoint"] = json!(format!("{issuer}/register"));
    }
    let mut response = reply::document(&document);
    if faults.on("discovery.content-type-html") {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    }
    response
}

/// What the server does beyond SMART: pushed requests (RFC 9126 5) and bound tokens (RFC 9449 5.1).
fn extend(server: &Server, issuer: &str, document: &mut Value) {
    if !server.faults.on("discovery.without-extensions") {
        document["pushed_authorization_request_endpoint"] = json!(format!("{issuer}/par"));
        document["dpop_signing_alg_values_supported"] = json!(["ES256"]);
    }
}

fn remove(document: &mut Value, member: &str) {
    if let Some(members) = document.as_object_mut() {
        members.remove(member);
    }
}

/// OpenID Connect Discovery 1.0, 3.
pub(super) fn openid(server: &Server, tenant: &Tenant) -> Response {
    if server.faults.on("openid.no-metadata") {
        return reply::answer(StatusCode::NOT_FOUND, &[], String::new());
    }
    let issuer = server.issuer(tenant.name);
    let faults = &server.faults;
    let algorithms = if faults.on("openid.none-offered") { json!(["RS256", "none"]) } else { json!(["RS256"]) };
    let own = if faults.on("openid.other-issuer") { format!("{issuer}/") } else { issuer.clone() };
    let mut document = json!({
        "issuer": own,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": server.token_endpoint(tenant.name),
        "jwks_uri": format!("{issuer}/jwks"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "introspection_endpoint": format!("{issuer}/introspect"),
        "revocation_endpoint": format!("{issuer}/revoke"),
        "scopes_supported": scopes(),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algorithms,
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "nonce", "fhirUser"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": true,
    });
    extend(server, &issuer, &mut document);
    if faults.on("openid.without-subject-types") {
        remove(&mut document, "subject_types_supported");
    }
    reply::document(&document)
}

/// The public keys (RFC 7517).
pub(super) fn keys(server: &Server, tenant: &Tenant) -> Response {
    if server.faults.on("openid.no-keys") {
        return reply::answer(StatusCode::NOT_FOUND, &[], String::new());
    }
    let mut keys = vec![tenant.keys.access.jwk.clone(), tenant.keys.identity.jwk.clone()];
    // Rotated once somebody has read the keys: what they keep is out of date.
    if server.faults.on("openid.key-rotated") && tenant.keys_read.swap(true, Ordering::Relaxed) {
        keys.push(tenant.keys.next_identity().jwk.clone());
    }
    if server.faults.on("openid.private-key-published") {
        keys[0]["d"] = json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    }
    if server.faults.on("openid.weak-key") {
        let short = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, [0xb5; 128]);
        keys.push(json!({ "kty": "RSA", "use": "sig", "kid": "short", "n": short, "e": "AQAB" }));
    }
    reply::document(&json!({ "keys": keys }))
}

/// The style an EHR wants apps to follow.
pub(super) fn style(server: &Server) -> Response {
    if server.faults.on("ehr.style-is-html") {
        return reply::page(axum::http::StatusCode::OK, "Style", "", None);
    }
    reply::document(&json!({ "color_background": "#ffffff", "color_text": "#1b1b1b", "dim_font_size": "16px" }))
}

/// The identifier of a brand.
fn brand(tenant: &str) -> Value {
    json!({ "system": "urn:ietf:rfc:3986", "value": format!("https://{tenant}.example.org") })
}

/// The brands of the server, one for each tenant (SMART App Launch 2.2.0, User-access Brands and Endpoints).
pub(super) fn brands(server: &Server) -> Response {
    let faults = &server.faults;
    if faults.on("brands.gone") {
        return reply::answer(StatusCode::NOT_FOUND, &[], String::new());
    }
    let of = |tenant: &Tenant| {
        let (name, own) = (tenant.name, format!("{}/brands", server.issuer(tenant.name)));
        let other = faults.on("brands.of-another-server");
        let address = if other { "https://fhir.example.org/r4".to_owned() } else { server.base(name) };
        let identifier = if faults.on("brands.unidentified") { json!([]) } else { json!([brand(name)]) };
        let system = "http://terminology.hl7.org/CodeSystem";
        [
            json!({ "fullUrl": format!("{own}/Organization/{name}"), "resource": {
                "resourceType": "Organization", "id": name, "active": true, "name": format!("Clinic {name}"),
                "identifier": identifier,
                "endpoint": [{ "reference": format!("Endpoint/{name}") }],
            } }),
            json!({ "fullUrl": format!("{own}/Endpoint/{name}"), "resource": {
                "resourceType": "Endpoint", "id": name, "status": "active", "address": address,
                "connectionType": { "system": format!("{system}/endpoint-connection-type"), "code": "hl7-fhir-rest" },
                "payloadType": [{ "coding": [{ "system": format!("{system}/endpoint-payload-type"), "code": "none" }] }],
            } }),
        ]
    };
    let mut bundle = json!({
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": "2025-01-15T00:00:00Z",
        "entry": server.tenants.values().flat_map(of).collect::<Vec<Value>>(),
    });
    if faults.on("brands.without-timestamp") {
        remove(&mut bundle, "timestamp");
    }
    reply::document(&bundle)
}
