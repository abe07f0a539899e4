//! Client authentication at the token, introspection and revocation endpoints (RFC 6749 2.3; RFC 7523).

use super::reply;
use super::request::{Heard, first};
use super::state::{Client, ClientAuth, Server, Tenant};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The client behind a request, or the refusal. Credentials must come by exactly one way.
pub(super) fn authenticate<'a>(
    server: &Server,
    tenant: &'a Tenant,
    heard: &Heard,
    form: &[(String, String)],
) -> Result<&'a Client, Box<Response>> {
    let faults = &server.faults;
    let basic = heard.header("authorization").and_then(read_basic);
    // The defect: a query is as good as a header.
    let query = heard.query_pairs();
    let in_query = first(&query, "client_id").zip(first(&query, "client_secret"));
    let in_query = in_query.filter(|_| faults.on("client.secret-in-query-accepted"));
    let basic = basic.or_else(|| in_query.map(|(id, secret)| (id.to_owned(), secret.to_owned())));
    let refuse = || {
        let what = "the client cannot be authenticated";
        Box::new(reply::challenge("Basic realm=\"token\"", "invalid_client", what))
    };
    let unsupported = || {
        let what = "this way of authentication is not supported";
        Box::new(reply::json_error(StatusCode::BAD_REQUEST, "invalid_request", what))
    };
    let ways = [basic.is_some(), first(form, "client_secret").is_some(), first(form, "client_assertion").is_some()];
    if ways.iter().filter(|used| **used).count() > 1 && !faults.on("client.two-ways-accepted") {
        let what = "the client authenticates in more than one way";
        return Err(Box::new(reply::json_error(StatusCode::BAD_REQUEST, "invalid_request", what)));
    }
    let in_body = first(form, "client_id");
    let asserted =
        first(form, "client_assertion").and_then(|own| subject(own, faults.on("client.assertion-subject-unchecked")));
    let (id, secret) = match (&basic, in_body) {
        (Some((id, _)), Some(other)) if id != other && !faults.on("client.body-id-ignored") => return Err(refuse()),
        (Some((id, secret)), _) => (id.clone(), Some(secret.clone())),
        (None, Some(id)) => (id.to_owned(), first(form, "client_secret").map(str::to_owned)),
        (None, None) => (asserted.ok_or_else(refuse)?, None),
    };
    let same = |own: &&Client| own.id.eq_ignore_ascii_case(&id) && faults.on("client.id-case-ignored");
    let Some(client) = tenant.client(&id).or_else(|| tenant.clients.iter().find(same)) else {
        if faults.on("client.unknown-accepted") {
            return tenant.client("probity-confidential").ok_or_else(refuse);
        }
        return Err(refuse());
    };
    let good = match &client.auth {
        ClientAuth::Public => basic.is_none() || secret.as_deref() == Some(""),
        ClientAuth::Secret(own) => match secret.as_deref() {
            Some(given) if given == own => {
                if faults.on("client.confidential-refused") {
                    return Err(unsupported());
                }
                true
            }
            Some("") => faults.on("client.empty-secret-accepted"),
            Some(_) if basic.is_some() => faults.on("client.basic-secret-unchecked"),
            Some(_) => faults.on("client.post-secret-unchecked"),
            None => faults.on("client.secret-optional"),
        },
        ClientAuth::Key => {
            if faults.on("client.assertion-refused") {
                return Err(unsupported());
            }
            let typed = first(form, "client_assertion_type") == Some(ASSERTION_TYPE)
                || (faults.on("client.assertion-type-ignored") && first(form, "client_assertion_type").is_some());
            let assertion = first(form, "client_assertion").filter(|_| typed);
            assertion.is_some_and(|assertion| is_asserted(server, tenant, client, assertion))
        }
    };
    if good { Ok(client) } else { Err(refuse()) }
}

pub(super) fn read_basic(header: &str) -> Option<(String, String)> {
    let (scheme, value) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |text: &str| -> String {
        let pair = format!("v={text}");
        url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, v)| v.into_owned()).unwrap_or_default()
    };
    Some((decode(id), decode(secret)))
}

/// `sub` of an assertion, before it is verified.
fn subject(assertion: &str, by_issuer: bool) -> Option<String> {
    let payload = assertion.split('.').nth(1)?;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: Value = serde_json::from_slice(&bytes).ok()?;
    // The defect: whoever signs is who it is about.
    let name = if by_issuer { "iss" } else { "sub" };
    claims[name].as_str().map(str::to_owned)
}

fn is_asserted(server: &Server, tenant: &Tenant, client: &Client, assertion: &str) -> bool {
    let faults = &server.faults;
    if let Some(believed) = believed(server, tenant, client, assertion) {
        return believed;
    }
    let [elliptic, rsa] = &tenant.keys.client;
    // The algorithm is that of the registered key, never the other way round (RFC 8725 3.1).
    let (algorithm, key) = match jsonwebtoken::decode_header(assertion).map(|header| header.alg) {
        Ok(Algorithm::ES384) => (Algorithm::ES384, elliptic),
        Ok(Algorithm::RS384) => (Algorithm::RS384, rsa),
        _ => return false,
    };
    let mut validation = Validation::new(algorithm);
    let issuer = server.issuer(tenant.name);
    validation.set_audience(&[server.token_endpoint(tenant.name), issuer.clone()]);
    validation.validate_aud = !faults.on("client.assertion-audience-unchecked");
    validation.validate_exp = !faults.on("client.assertion-expiry-unchecked");
    if !faults.on("client.assertion-issuer-unchecked") {
        validation.set_issuer(&[client.id]);
    }
    validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
    let Ok(token) = jsonwebtoken::decode::<Value>(assertion, &key.verifying, &validation) else {
        return false;
    };
    let claims = token.claims;
    let soon = claims["exp"]
        .as_i64()
        .is_some_and(|exp| (exp > faults.now() || !validation.validate_exp) && exp <= faults.now() + 330)
        || faults.on("client.assertion-for-ever");
    let fresh = match claims["jti"].as_str() {
        Some(jti) => tenant.book().assertions.insert(jti.to_owned()) || faults.on("client.assertion-replayable"),
        None => faults.on("client.assertion-id-optional"),
    };
    let of_client = claims["sub"] == client.id || faults.on("client.assertion-subject-unchecked");
    of_client && soon && fresh
}

/// What the defects that believe an assertion say of it; none where they have no say.
fn believed(server: &Server, tenant: &Tenant, client: &Client, assertion: &str) -> Option<bool> {
    let faults = &server.faults;
    let (header, claims) = super::bearer::peek(assertion)?;
    let right = claims["sub"] == client.id && claims["iss"] == client.id;
    let known = |key: &DecodingKey, algorithm: Algorithm| {
        let mut validation = Validation::new(algorithm);
        validation.validate_aud = false;
        jsonwebtoken::decode::<Value>(assertion, key, &validation).is_ok()
    };
    let alg = header["alg"].as_str().unwrap_or_default();
    let held = match alg {
        "none" => faults.on("client.assertion-unsigned"),
        "HS256" => {
            faults.on("client.assertion-public-key-is-secret")
                && tenant
                    .keys
                    .client
                    .iter()
                    .any(|own| known(&DecodingKey::from_secret(own.public_pem().as_bytes()), Algorithm::HS256))
        }
        _ if !header["jwk"].is_null() || !header["jku"].is_null() => {
            let fetched = server.errands.brought(&header["jku"])["keys"][0].clone();
            let told = match faults.on("client.assertion-key-from-header") {
                true => header["jwk"].clone(),
                false => fetched,
            };
            let own: Option<Jwk> = serde_json::from_value(told).ok();
            let algorithm = alg.parse().ok()?;
            own.and_then(|own| DecodingKey::from_jwk(&own).ok()).is_some_and(|own| known(&own, algorithm))
        }
        _ => faults.on("client.assertion-signature-unchecked"),
    };
    (held && right).then_some(true)
}
