//! Access tokens: signed JWTs (RFC 9068), and their verification at the FHIR side.

use super::access::{Access, Scope};
use super::request::Heard;
use super::state::{Grant, Server, Tenant, random};
use super::{dpop, reply, resource};
use axum::http::Method;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation};
use serde_json::{Value, json};

/// Signs an access token for `grant` that lives `lifetime` seconds.
pub(super) fn issue(server: &Server, tenant: &Tenant, grant: &Grant, lifetime: i64) -> Option<String> {
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(tenant.keys.access.kid.clone());
    let scopes: Vec<&str> = super::told::of_token(grant, &server.faults).map(String::as_str).collect();
    let (made, scope) = (server.faults.now(), scopes.join(" "));
    let mut claims = json!({
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
    if let Some(key) = &grant.key {
        claims["cnf"] = json!({ "jkt": key });
    }
    let signed = jsonwebtoken::encode(&header, &claims, &tenant.keys.access.signing).ok()?;
    if server.faults.on("token.opaque") {
        let handle = random();
        tenant.book().handles.insert(handle.clone(), signed);
        return Some(handle);
    }
    Some(signed)
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
    let behind = tenant.book().handles.get(token).cloned();
    let token = behind.as_deref().unwrap_or(token);
    let (header, mut payload) = peek(token).ok_or("not a token of this server")?;
    let mut verified = check_signature(server, tenant, token);
    if !verified {
        let signature = token.rsplit('.').next().unwrap_or_default();
        let alg = header["alg"].as_str();
        verified = match (alg, signature.is_empty()) {
            (Some("none"), true) => faults.on("token.alg-none-accepted"),
            (Some(alg), true) if alg.eq_ignore_ascii_case("none") => faults.on("token.alg-none-in-capitals-accepted"),
            (_, true) => faults.on("token.empty-signature-accepted"),
            (_, false) => faults.on("token.signature-unchecked") && header["typ"] == "at+jwt",
        };
    }
    verified = verified || confused(server, tenant, token, &header);
    if !verified && faults.on("token.issuer-looked-up") {
        let issuer = server.errands.brought(&payload["iss"]);
        verified = signed_by_first(token, &issuer);
        if verified {
            payload["iss"] = json!(server.issuer(tenant.name));
        }
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
    let alive = payload["exp"].as_i64().is_some_and(|exp| exp > faults.now()) || faults.on("token.expiry-ignored");
    let early = faults.on("token.ends-early")
        && payload["iat"].as_i64().zip(payload["exp"].as_i64()).is_some_and(|(made, end)| {
            // Of a client whose tokens are short alone, after a second or two of four.
            end - made < 60 && faults.now() >= made + 2
        });
    let alive = alive && !early;
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
    let by = |tenant: &Tenant| signed_by(token, &tenant.keys.access.verifying, Algorithm::ES256);
    by(tenant) || (server.faults.on("tenant.tokens-shared") && server.tenants.values().any(by))
}

pub(super) fn signed_by(token: &str, key: &DecodingKey, algorithm: Algorithm) -> bool {
    let mut validation = Validation::new(algorithm);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    jsonwebtoken::decode::<Value>(token, key, &validation).is_ok()
}

/// Whether the first key of a set has signed the token.
fn signed_by_first(token: &str, set: &Value) -> bool {
    let key: Option<Jwk> = serde_json::from_value(set["keys"][0].clone()).ok();
    key.and_then(|key| DecodingKey::from_jwk(&key).ok()).is_some_and(|key| signed_by(token, &key, Algorithm::ES256))
}

/// What the defects that take another key for the issuer's let pass.
fn confused(server: &Server, tenant: &Tenant, token: &str, header: &Value) -> bool {
    let faults = &server.faults;
    let jwk = &tenant.keys.access.jwk;
    let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap_or_default()).unwrap_or_default();
    let secret = |secret: &[u8]| signed_by(token, &DecodingKey::from_secret(secret), Algorithm::HS256);
    if faults.on("token.public-key-is-secret") {
        return secret(tenant.keys.access.public_pem().as_bytes());
    }
    if faults.on("token.public-number-is-secret") {
        return secret(&part("x"));
    }
    if faults.on("token.key-from-header") {
        let own = serde_json::from_value(header["jwk"].clone()).ok();
        return own
            .and_then(|own: Jwk| DecodingKey::from_jwk(&own).ok())
            .is_some_and(|own| signed_by(token, &own, Algorithm::ES256));
    }
    if faults.on("token.key-fetched") {
        return signed_by_first(token, &server.errands.brought(&header["jku"]));
    }
    let leads = |to: &str| header["kid"].as_str().is_some_and(|kid| kid.contains(to));
    (faults.on("token.kid-is-a-path") && leads("dev/null") && secret(b""))
        || (faults.on("token.kid-in-a-query") && leads("' UNION SELECT 'probity'") && secret(b"probity"))
}

/// What the defects that trust anything take for the claims of the first patient.
fn trusted(server: &Server, tenant: &Tenant) -> Value {
    json!({ "iss": server.issuer(tenant.name), "user": "user-1", "client_id": "probity-public",
        "scope": "patient/*.rs", "patient": "patient-1", "exp": server.faults.now() + 300, "grant": 0 })
}

pub(super) fn peek(token: &str) -> Option<(Value, Value)> {
    let mut parts = token.split('.');
    let mut read = || -> Option<Value> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok().filter(Value::is_object)
    };
    let both = (read()?, read()?);
    (parts.count() == 1).then_some(both)
}

/// The token in an `Authorization` header (RFC 6750 2.1; RFC 9110 11.1: the scheme in any case).
fn presented(server: &Server, value: &str) -> Option<String> {
    let faults = &server.faults;
    let Some((scheme, token)) = value.split_once(' ') else {
        // What is empty has lost its space on the way here (RFC 9110 5.5).
        let token = if value == "Bearer" { "" } else { value };
        return Some(token.to_owned()).filter(|token| token.is_empty() || faults.on("token.scheme-optional"));
    };
    let right = match faults.on("token.scheme-in-one-case") {
        true => scheme == "Bearer",
        false => scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("dpop"),
    };
    if faults.on("token.user-name-accepted") && scheme == "Basic" {
        let pair = STANDARD.decode(token).ok().and_then(|pair| String::from_utf8(pair).ok())?;
        return pair.split_once(':').map(|(user, _)| user.to_owned());
    }
    (right || faults.on("token.any-scheme")).then(|| token.trim().to_owned())
}

/// The rights of a request at the FHIR side, or the refusal (RFC 6750 3).
pub(super) fn verify(server: &Server, tenant: &Tenant, heard: &Heard, path: &str) -> Result<Access, Box<Response>> {
    let faults = &server.faults;
    let mut token = heard.header("authorization").and_then(|value| presented(server, value));
    if token.is_none() && faults.on("token.query-accepted") {
        token = super::request::first(&heard.query_pairs(), "access_token").map(str::to_owned);
    }
    let signed_in = || super::browser::user(server, tenant, heard).filter(|_| faults.on("token.cookie-suffices"));
    if token.is_none() && signed_in().is_some_and(|user| user == "user-1") {
        return access(tenant, &trusted(server, tenant)).ok_or_else(|| refusal(server, tenant, "", false));
    }
    let Some(token) = token else {
        if faults.on("token.optional") && heard.header("authorization").is_none() && heard.query.is_none() {
            return access(tenant, &trusted(server, tenant)).ok_or_else(|| refusal(server, tenant, "", false));
        }
        return Err(refusal(server, tenant, "an access token is needed", false));
    };
    let (refresh, code) = {
        let book = tenant.book();
        (book.refresh.contains_key(&token), book.codes.contains_key(&token))
    };
    let opaque = !refresh && !code && !token.contains('.') && !token.is_empty();
    if (faults.on("token.refresh-token-accepted") && refresh)
        || (faults.on("token.code-accepted") && code)
        || (faults.on("token.empty-accepted") && token.is_empty())
        || (faults.on("token.anything-accepted") && opaque)
    {
        return access(tenant, &trusted(server, tenant)).ok_or_else(|| refusal(server, tenant, "", true));
    }
    let whole = claims(server, tenant, &token);
    if let Ok(claims) = &whole {
        dpop::admit(server, tenant, heard, &format!("{}/{path}", server.base(tenant.name)), claims)?;
    }
    let begun = token.strip_suffix('A').filter(|_| whole.is_err() && faults.on("token.end-ignored"));
    match begun.map_or(whole, |begun| claims(server, tenant, begun)) {
        Ok(claims) if faults.on("fence.none-without-launch") && !names_launch(&claims) => {
            let own = access(tenant, &claims).map(Access::unfenced);
            own.ok_or_else(|| refusal(server, tenant, "the token says nothing", true))
        }
        Ok(claims) => access(tenant, &claims).ok_or_else(|| refusal(server, tenant, "the token says nothing", true)),
        Err(what) => Err(refusal(server, tenant, what, true)),
    }
}

/// Whether a scope asked for a patient in context.
fn names_launch(claims: &Value) -> bool {
    claims["scope"].as_str().is_some_and(|scope| scope.split(' ').any(|own| own.starts_with("launch")))
}

/// The rights of whoever comes by a way that nobody guards.
pub(super) fn everything(server: &Server, tenant: &Tenant) -> Option<Access> {
    access(tenant, &trusted(server, tenant)).map(Access::unfenced)
}

/// The rights of a request that was refused, on a route where nobody looks: at the token, or at its end.
pub(super) fn unguarded(server: &Server, tenant: &Tenant, heard: &Heard, path: &str) -> Option<Access> {
    let post = heard.method == Method::POST;
    let (open, endless) = match path {
        path if post && path.ends_with("_search") => {
            ("token.optional-for-search-by-post", "token.expiry-ignored-for-search-by-post")
        }
        path if path.contains("_history") => ("token.optional-for-versions", "token.expiry-ignored-for-versions"),
        path if path.starts_with("Binary/") => ("token.optional-for-binaries", "token.expiry-ignored-for-binaries"),
        path if path.starts_with("Patient/") && path.matches('/').count() > 1 => {
            ("token.optional-in-compartments", "token.expiry-ignored-in-compartments")
        }
        _ => return None,
    };
    let token = heard.header("authorization").and_then(|value| value.split_once(' ')).map(|(_, token)| token);
    let lapsed = match token {
        None => server.faults.on(open),
        Some(token) => {
            let ended = peek(token)
                .is_some_and(|(_, claims)| claims["exp"].as_i64().is_some_and(|exp| exp <= server.faults.now()));
            ended && server.faults.on(endless)
        }
    };
    lapsed.then(|| access(tenant, &trusted(server, tenant))).flatten()
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

fn refusal(server: &Server, tenant: &Tenant, what: &str, had_token: bool) -> Box<Response> {
    let faults = &server.faults;
    let metadata = resource::named(server, tenant);
    let mut challenge = match had_token && !faults.on("token.challenge-without-error") {
        true => format!("Bearer realm=\"fhir\", error=\"invalid_token\", error_description=\"{what}\""),
        false => "Bearer realm=\"fhir\"".to_owned(),
    };
    if let Some(url) = metadata {
        challenge.push_str(&format!(", resource_metadata=\"{url}\""));
    }
    let challenged = !faults.on("token.no-challenge") || had_token;
    Box::new(reply::unauthorized(challenged.then_some(challenge.as_str()), what))
}
