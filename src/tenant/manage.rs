//! Introspection (RFC 7662) and revocation (RFC 7009).

use super::serve::{Heard, first};
use super::state::{Server, Tenant};
use super::{bearer, client, reply, token};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

/// The introspection endpoint. A token that is not live at this tenant is inactive, and nothing else is said of it.
pub(super) fn introspect(server: &Server, tenant: &Tenant, heard: &Heard) -> Response {
    let Some(form) = heard.form().filter(|_| heard.method == Method::POST) else { return reply::method("POST") };
    let caller = match client::authenticate(server, tenant, heard, &form) {
        Ok(client) => client,
        Err(refusal) => return *refusal,
    };
    let Some(token) = first(&form, "token") else {
        return reply::json_error(StatusCode::BAD_REQUEST, "invalid_request", "the parameter token is missing");
    };
    let faults = &server.faults;
    let claims = bearer::claims(server, tenant, token).ok();
    // A public client proves nothing about itself, so it is told of its own tokens only.
    let public = matches!(caller.auth, super::state::ClientAuth::Public);
    let claims = claims.filter(|claims| !public || claims["client_id"] == caller.id);
    let Some(claims) = claims else {
        let body =
            if faults.on("introspection.always-active") { json!({"active": true}) } else { json!({"active": false}) };
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
        body["fhirUser"] = json!(format!("{}/{}", server.base(tenant.name), token::resource_of(tenant, user)));
    }
    if faults.on("introspection.without-scope") {
        body["scope"] = Value::from("openid");
    }
    reply::secret(StatusCode::OK, &body)
}

/// The revocation endpoint. What is not the caller's is left alone, and the answer does not tell.
pub(super) fn revoke(server: &Server, tenant: &Tenant, heard: &Heard) -> Response {
    let Some(form) = heard.form().filter(|_| heard.method == Method::POST) else { return reply::method("POST") };
    let caller = match client::authenticate(server, tenant, heard, &form) {
        Ok(client) => client,
        Err(refusal) => return *refusal,
    };
    let Some(token) = first(&form, "token") else {
        return reply::json_error(StatusCode::BAD_REQUEST, "invalid_request", "the parameter token is missing");
    };
    let of_refresh = tenant.book().refresh.get(token).map(|own| (own.grant.id, own.grant.client.clone()));
    let of_access = bearer::claims(server, tenant, token)
        .ok()
        .and_then(|claims| Some((claims["grant"].as_u64()?, claims["client_id"].as_str()?.to_owned())));
    let own = of_refresh.or(of_access).filter(|(_, owner)| owner == caller.id);
    if let Some((grant, _)) = own.filter(|_| !server.faults.on("revocation.without-effect")) {
        tenant.book().revoked.insert(grant);
    }
    reply::secret(StatusCode::OK, &json!({}))
}
