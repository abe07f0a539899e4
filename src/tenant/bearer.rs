//! Access tokens: signed JWTs (RFC 9068), and their verification at the FHIR side.

use super::access::{Access, Scope};
use super::reply;
use super::request::Heard;
use super::state::{Grant, Server, Tenant, now, random};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde_json::{Value, json};

/// Signs an access token for `grant` that lives `lifetime` seconds.
pub(super) fn issue(server: &Server, tenant: &Tenant, grant: &Grant, lifetime: i64) -> Option<String> {
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(tenant.keys.access.kid.clone());
    let (made, scope) = (now(), grant.scopes.join(" "));
    let claims = json!({
        "iss": server.issuer(tenant.name),
        "aud": server.base(tenant.name),
        "sub": subject(tenant, &grant.user),
        "user": grant.user,
        "client_id": grant.client,
        "scope": scope,
        "patient": grant.patient,
        "encounter": grant.encounter,
        "grant": grant.id,
        "iat": made,
        // The second in which it was made has partly gone: without another one it would live shorter than was promised.
        "exp": made + lifetime + 1,
        "jti": random(),
    });
    jsonwebtoken::encode(&header, &claims, &tenant.keys.access.signing).ok()
}

/// A stable name of a person that says nothing about them.
pub(super) fn subject(tenant: &Tenant, user: &str) -> String {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(format!("{}/{user}", tenant.name));
    URL_SAFE_NO_PAD.encode(&hash[..18])
}

/// The claims of a live access token of this tenant; the error says what is wrong with it.
pub(super) fn claims(server: &Server, tenant: &Tenant, token: &str) -> Result<Value, &'static str> {
    let faults = &server.faults;
    let (header, payload) = peek(token).ok_or("not a token of this server")?;
    let mut verified = check_signature(server, tenant, token);
    if !verified {
        let signature = token.rsplit('.').next().unwrap_or_default();
        verified = match (header["alg"].as_str(), signature.is_empty()) {
            (Some("none"), true) => faults.on("token.alg-none-accepted"),
            (_, true) => faults.on("token.empty-signature-accepted"),
            (_, false) => faults.on("token.signature-unchecked") && header["typ"] == "at+jwt",
        };
    }
    if !verified && faults.on("token.cached-by-claims") {
        // The defect: the claims of a token seen before are trusted whatever the signature now is.
        verified = header["typ"] == "at+jwt" && payload["scope"] != "patient/*.cruds user/*.cruds system/*.cruds" && {
            payload["patient"].as_str() == tenant.users.first().and_then(|user| user.patient.as_deref())
        };
    }
    if !verified && faults.on("token.id-token-accepted") && header["alg"] == "RS256" {
        return Ok(trusted(server, tenant));
    }
    if !verified {
        return Err("the signature does not verify");
    }
    let shared = faults.on("tenant.tokens-shared");
    if header["typ"] != "at+jwt" || (!shared && payload["iss"] != server.issuer(tenant.name).as_str()) {
        return Err("not an access token of this tenant");
    }
    if !shared && payload["aud"] != server.base(tenant.name).as_str() {
        return Err("the token is for another server");
    }
    let grant = payload["grant"].as_u64();
    let alive = payload["exp"].as_i64().is_some_and(|exp| exp > now()) || faults.on("token.expiry-ignored");
    if let Some(grant) = grant {
        tenant.book().presented(grant, alive);
    }
    if !alive {
        return Err("the token has expired");
    }
    let revoked = grant.is_none_or(|grant| tenant.book().revoked.contains(&grant));
    if revoked { Err("the token was revoked") } else { Ok(payload) }
}

fn check_signature(server: &Server, tenant: &Tenant, token: &str) -> bool {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let own = jsonwebtoken::decode::<Value>(token, &tenant.keys.access.verifying, &validation).is_ok();
    own || (server.faults.on("tenant.tokens-shared")
        && server
            .tenants
            .values()
            .any(|other| jsonwebtoken::decode::<Value>(token, &other.keys.access.verifying, &validation).is_ok()))
}

/// What the defects that trust anything take for the claims of the first patient.
fn trusted(server: &Server, tenant: &Tenant) -> Value {
    json!({ "iss": server.issuer(tenant.name), "user": "user-1", "client_id": "probity-public",
        "scope": "patient/*.rs", "patient": "patient-1", "exp": now() + 300, "grant": 0 })
}

fn peek(token: &str) -> Option<(Value, Value)> {
    let mut parts = token.split('.');
    let mut read = || -> Option<Value> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok().filter(Value::is_object)
    };
    let both = (read()?, read()?);
    (parts.count() == 1).then_some(both)
}

/// The rights of a request at the FHIR side, or the refusal (RFC 6750 3).
pub(super) fn verify(server: &Server, tenant: &Tenant, heard: &Heard) -> Result<Access, Box<Response>> {
    let faults = &server.faults;
    let mut token = heard.header("authorization").and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        let right = scheme.eq_ignore_ascii_case("bearer") || faults.on("token.any-scheme");
        right.then(|| token.trim().to_owned())
    });
    if token.is_none() && faults.on("token.query-accepted") {
        token = super::request::first(&heard.query_pairs(), "access_token").map(str::to_owned);
    }
    let Some(token) = token else {
        if faults.on("token.optional") && heard.header("authorization").is_none() && heard.query.is_none() {
            return access(tenant, &trusted(server, tenant)).ok_or_else(|| refusal(server, "", false));
        }
        return Err(refusal(server, "an access token is needed", false));
    };
    let refresh = tenant.book().refresh.contains_key(&token);
    let opaque = !refresh && !token.contains('.');
    if (faults.on("token.refresh-token-accepted") && refresh) || (faults.on("token.anything-accepted") && opaque) {
        return access(tenant, &trusted(server, tenant)).ok_or_else(|| refusal(server, "", true));
    }
    match claims(server, tenant, &token) {
        Ok(claims) => access(tenant, &claims).ok_or_else(|| refusal(server, "the token says nothing", true)),
        Err(what) => Err(refusal(server, what, true)),
    }
}

fn access(tenant: &Tenant, claims: &Value) -> Option<Access> {
    let text = |name: &str| claims[name].as_str().map(str::to_owned);
    Some(Access {
        tenant: tenant.name.to_owned(),
        user: text("user")?,
        patient: text("patient"),
        client: text("client_id")?,
        scopes: text("scope")?.split_whitespace().filter_map(Scope::parse).collect(),
    })
}

fn refusal(server: &Server, what: &str, had_token: bool) -> Box<Response> {
    let faults = &server.faults;
    let challenge = match had_token && !faults.on("token.challenge-without-error") {
        true => format!("Bearer realm=\"fhir\", error=\"invalid_token\", error_description=\"{what}\""),
        false => "Bearer realm=\"fhir\"".to_owned(),
    };
    let body = json!({ "resourceType": "OperationOutcome",
        "issue": [{ "severity": "error", "code": "login", "diagnostics": what }] });
    let mut headers = vec![
        ("content-type", "application/fhir+json"),
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ];
    if !faults.on("token.no-challenge") || had_token {
        headers.push(("www-authenticate", &challenge));
    }
    Box::new(reply::answer(StatusCode::UNAUTHORIZED, &headers, body.to_string()))
}
