//! Introspection (RFC 7662) and revocation (RFC 7009).

use super::fault::Faults;
use super::request::{Heard, first};
use super::state::{Book, ClientAuth, Grant, Server, Tenant};
use super::{bearer, client, dpop, identity, reply};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

/// Who may introspect.
enum Introspecting {
    /// A client that has proved who it is.
    Client,
    /// The holder of an access token of this client.
    Bearer { client: String },
}

/// Who introspects: a client that proves who it is, or the holder of a live access token (RFC
/// 7662 2.1). A `client_id` alone proves nothing, because it is no secret.
fn introspecting(
    server: &Server,
    tenant: &Tenant,
    heard: &Heard,
    form: &[(String, String)],
) -> Result<Introspecting, Box<Response>> {
    let bearer = heard.header("authorization").and_then(|value| value.split_once(' '));
    let faults = &server.faults;
    if faults.on("introspection.open") && heard.header("authorization").is_none() && first(form, "client_id").is_none()
    {
        return Ok(Introspecting::Client);
    }
    if let Some((_, token)) = bearer.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) {
        let claims = bearer::claims(server, tenant, token.trim());
        let owner = claims.ok().and_then(|claims| claims["client_id"].as_str().map(str::to_owned));
        return owner.map(|client| Introspecting::Bearer { client }).ok_or_else(|| {
            let what = "the access token is not live here";
            Box::new(reply::challenge("Bearer error=\"invalid_token\"", "invalid_token", what))
        });
    }
    if faults.on("introspection.any-secret") && heard.header("authorization").is_some() {
        return Ok(Introspecting::Client);
    }
    if faults.on("introspection.client-id-suffices") && heard.header("authorization").is_none() {
        return Ok(Introspecting::Client);
    }
    if faults.on("introspection.bearer-only") {
        return Err(Box::new(reply::challenge("Bearer", "invalid_client", "an access token is needed")));
    }
    let caller = client::authenticate(server, tenant, heard, form)?;
    match caller.auth {
        ClientAuth::Public => {
            let what = "introspection needs client authentication or a Bearer access token";
            Err(Box::new(reply::challenge("Bearer", "invalid_client", what)))
        }
        ClientAuth::Secret(_) | ClientAuth::Key => Ok(Introspecting::Client),
    }
}

/// The introspection endpoint. A token that is not live at this tenant is inactive, and nothing else is said of it.
pub(super) fn introspect(server: &Server, tenant: &Tenant, heard: &Heard) -> Response {
    let Some(form) = heard.form().filter(|_| heard.method == Method::POST) else { return reply::method("POST") };
    let caller = match introspecting(server, tenant, heard, &form) {
        Ok(caller) => caller,
        Err(refusal) => return *refusal,
    };
    let Some(token) = first(&form, "token") else {
        if server.faults.on("introspection.missing-token-inactive") {
            return reply::secret(StatusCode::OK, &json!({}));
        }
        return reply::json_error(StatusCode::BAD_REQUEST, "invalid_request", "the parameter token is missing");
    };
    let faults = &server.faults;
    let is_id_token = || bearer::peek(token).is_some_and(|(header, _)| header["typ"] != "at+jwt");
    if faults.on("introspection.id-token-unsupported") && is_id_token() {
        return reply::json_error(StatusCode::BAD_REQUEST, "unsupported_token_type", "this is no access token");
    }
    let claims = live(server, tenant, token);
    // An access token speaks for an app, not for a resource server: it learns of that app's own tokens only.
    let claims = claims.filter(|claims| match &caller {
        Introspecting::Client => true,
        Introspecting::Bearer { client } => claims["client_id"] == client.as_str(),
    });
    let Some(claims) = claims else {
        let mut body = json!({"active": faults.on("introspection.always-active")});
        if faults.on("introspection.false-as-text") {
            body["active"] = json!("false");
        }
        if faults.on("introspection.inactive-says-why") {
            body["reason"] = json!("not found");
        }
        return reply::secret(StatusCode::OK, &body);
    };
    let mut body = json!({ "active": true, "token_type": "Bearer" });
    for name in ["scope", "client_id", "exp", "iat", "sub", "iss", "aud", "patient", "encounter"] {
        if !claims[name].is_null() {
            body[name] = claims[name].clone();
        }
    }
    let openid = claims["scope"].as_str().is_some_and(|scope| scope.split(' ').any(|own| own == "openid"));
    if let Some(user) = claims["user"].as_str().filter(|_| openid) {
        body["fhirUser"] = json!(format!("{}/{}", server.base(tenant.name), identity::resource_of(tenant, user)));
    }
    if faults.on("introspection.other-subject") {
        body["sub"] = claims["user"].clone();
    }
    if let Some(end) = claims["exp"].as_i64().filter(|_| faults.on("introspection.ends-later")) {
        body["exp"] = json!(end + 3600);
    }
    if faults.on("introspection.tells-the-birth-date") {
        body["birthdate"] = json!("1980-01-01");
    }
    if faults.on("introspection.without-scope") {
        body["scope"] = Value::from("openid");
    }
    reply::secret(StatusCode::OK, &body)
}

/// The userinfo endpoint (OpenID Connect Core 1.0, 5.3).
pub(super) fn userinfo(server: &Server, tenant: &Tenant, heard: &Heard) -> Response {
    let faults = &server.faults;
    let token = heard.header("authorization").and_then(|value| value.split_once(' ')).map(|(_, token)| token.trim());
    let claims = token.map(|token| bearer::claims(server, tenant, token));
    if let Some(Ok(claims)) = &claims {
        let url = format!("{}/userinfo", server.issuer(tenant.name));
        if let Err(refusal) = dpop::admit(server, tenant, heard, &url, claims) {
            return *refusal;
        }
    }
    let anybody = match claims {
        None => faults.on("userinfo.open"),
        Some(Err(_)) => faults.on("userinfo.of-any-token"),
        Some(Ok(_)) => false,
    };
    let user = match &claims {
        Some(Ok(claims)) => claims["user"].as_str(),
        _ => anybody.then_some("user-1"),
    };
    let Some(user) = user else {
        let challenge = if token.is_some() { "Bearer error=\"invalid_token\"" } else { "Bearer" };
        return reply::challenge(challenge, "invalid_token", "an access token is needed");
    };
    let user = if faults.on("userinfo.of-another") { "user-4" } else { user };
    let person = format!("{}/{}", server.base(tenant.name), identity::resource_of(tenant, user));
    reply::secret(StatusCode::OK, &json!({ "sub": bearer::subject(tenant, user), "fhirUser": person }))
}

/// The claims of a token that introspection calls active.
fn live(server: &Server, tenant: &Tenant, token: &str) -> Option<Value> {
    let faults = &server.faults;
    let of_another = || {
        let other = server.tenants.values().find(|other| other.name != tenant.name)?;
        faults.on("introspection.of-any-tenant").then(|| bearer::claims(server, other, token).ok())?
    };
    if let Some(claims) = bearer::claims(server, tenant, token).ok().or_else(of_another) {
        return Some(claims);
    }
    let (header, claims) = bearer::peek(token)?;
    let of_ours = header["typ"] == "at+jwt" && claims["iss"] == server.issuer(tenant.name).as_str();
    let ended = claims["exp"].as_i64().is_some_and(|end| end <= faults.now());
    let revoked = claims["grant"].as_u64().is_some_and(|grant| tenant.book().revoked.contains(&grant));
    let trusted = (faults.on("introspection.signature-unchecked") && of_ours && !ended && !revoked)
        || (faults.on("introspection.end-unchecked") && of_ours && ended)
        || (faults.on("introspection.revocation-unchecked") && of_ours && revoked)
        || (faults.on("introspection.id-token-active") && header["typ"] != "at+jwt");
    trusted.then_some(claims)
}

/// The revocation endpoint. What is not the caller's is left alone, and the answer does not tell.
pub(super) fn revoke(server: &Server, tenant: &Tenant, heard: &Heard) -> Response {
    let faults = &server.faults;
    let by_get = heard.method == Method::GET && faults.on("revocation.by-get");
    let form = if by_get { Some(heard.query_pairs()) } else { heard.form().filter(|_| heard.method == Method::POST) };
    let Some(form) = form else { return reply::method("POST") };
    let claimed = first(&form, "client_id").and_then(|id| tenant.client(id));
    let basic = heard.header("authorization").and_then(client::read_basic);
    let claimed =
        claimed.or_else(|| tenant.client(&basic?.0)).filter(|_| faults.on("revocation.without-authentication"));
    let caller = match claimed.map_or_else(|| client::authenticate(server, tenant, heard, &form), Ok) {
        Ok(client) => client,
        Err(refusal) => return *refusal,
    };
    let Some(token) = first(&form, "token") else {
        if faults.on("revocation.missing-token-accepted") {
            return reply::secret(StatusCode::OK, &json!({}));
        }
        return reply::json_error(StatusCode::BAD_REQUEST, "invalid_request", "the parameter token is missing");
    };
    let of_refresh = tenant.book().refresh.get(token).map(|own| (own.grant.id, own.grant.client.clone()));
    for other in server.tenants.values().filter(|o| o.name != tenant.name && faults.on("revocation.at-any-tenant")) {
        let mut book = other.book();
        let grant = book.refresh.get(token).map(|own| own.grant.id);
        book.revoked.extend(grant);
    }
    let of_access = bearer::claims(server, tenant, token)
        .ok()
        .and_then(|claims| Some((claims["grant"].as_u64()?, claims["client_id"].as_str()?.to_owned())));
    let of_refresh = of_refresh.filter(|_| {
        !(faults.on("revocation.hint-believed") && first(&form, "token_type_hint") == Some("access_token"))
    });
    let of_access = of_access.filter(|_| !faults.on("revocation.access-token-ignored"));
    if of_refresh.is_none() && of_access.is_none() && faults.on("revocation.unknown-refused") {
        return reply::json_error(StatusCode::BAD_REQUEST, "invalid_request", "no such token");
    }
    if faults.on("revocation.refresh-token-alone") && of_refresh.as_ref().is_some_and(|(_, owner)| owner == caller.id) {
        tenant.book().refresh.remove(token);
        return reply::secret(StatusCode::OK, &json!({}));
    }
    let any = faults.on("revocation.of-any-client");
    let own = of_refresh.or(of_access).filter(|(_, owner)| owner == caller.id || any);
    if let Some((grant, _)) = own.filter(|_| !faults.on("revocation.without-effect")) {
        let mut book = tenant.book();
        book.revoked.insert(grant);
        for other in alongside(faults, &book, grant) {
            book.revoked.insert(other);
        }
    }
    reply::secret(StatusCode::OK, &json!({}))
}

/// What the defects revoke beside a grant: grants of the same scopes, of the same person or the same app.
fn alongside(faults: &Faults, book: &Book, grant: u64) -> Vec<u64> {
    let all = || book.refresh.values().map(|own| &own.grant);
    let Some(own) = all().find(|own| own.id == grant) else { return Vec::new() };
    if own.scopes.iter().any(|scope| scope.contains('*')) {
        // Enough shows where little is granted: whoever else is at work keeps their access.
        return Vec::new();
    }
    let falls = |other: &&Grant| {
        other.scopes == own.scopes
            && ((faults.on("revocation.of-all-apps") && other.user == own.user && other.client != own.client)
                || (faults.on("revocation.of-all-people") && other.client == own.client && other.user != own.user))
    };
    all().filter(falls).map(|other| other.id).collect()
}
