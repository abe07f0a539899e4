//! Pushed authorization requests (RFC 9126): a request that the app hands in itself, and the reference that the browser carries.

use super::request::{Heard, first};
use super::state::{Server, Tenant, now, random};
use super::{authorize, client, reply};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde_json::json;

/// How long a reference is good, in seconds.
const LIFE: i64 = 90;
const PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// A request that was handed in.
#[derive(Clone)]
pub(super) struct Pushed {
    client: String,
    parameters: Vec<(String, String)>,
    made: i64,
}

/// The endpoint at which requests are handed in.
pub(super) fn push(server: &Server, tenant: &Tenant, heard: &Heard) -> Response {
    let faults = &server.faults;
    let by_get = heard.method == Method::GET && faults.on("par.by-get");
    let form = if by_get { Some(heard.query_pairs()) } else { heard.form().filter(|_| heard.method == Method::POST) };
    let Some(form) = form else { return reply::method("POST") };
    let named = || first(&form, "client_id").and_then(|id| tenant.client(id));
    let open = faults.on("par.unauthenticated");
    let caller = match named().filter(|_| open).map_or_else(|| client::authenticate(server, tenant, heard, &form), Ok) {
        Ok(client) => client,
        Err(refusal) => return *refusal,
    };
    let refuse = |error: &str, why: &str| reply::json_error(StatusCode::BAD_REQUEST, error, why);
    if first(&form, "request_uri").is_some() && !faults.on("par.reference-in-push") {
        return refuse("invalid_request", "a request that is pushed names no request_uri");
    }
    let redirect = first(&form, "redirect_uri").unwrap_or_default();
    if !caller.redirect_uris.contains(&redirect) && !faults.on("par.redirect-unchecked") {
        return refuse("invalid_request", "the app is not registered for this redirect URI");
    }
    if let Err((error, why)) = authorize::ask(server, tenant, caller, redirect, &form)
        && !faults.on("par.requests-unchecked")
    {
        return refuse(error, why);
    }
    let mut book = tenant.book();
    let reference = match faults.on("par.counted") {
        true => format!("{PREFIX}{:06}", book.new_grant()),
        false => format!("{PREFIX}{}", random()),
    };
    let own = Pushed { client: caller.id.to_owned(), parameters: form, made: now() };
    book.pushed.insert(reference.clone(), own);
    let mut answer = json!({ "request_uri": reference, "expires_in": LIFE });
    if faults.on("par.without-lifetime") {
        answer = json!({ "request_uri": reference });
    }
    let status = if faults.on("par.answers-200") { StatusCode::OK } else { StatusCode::CREATED };
    reply::secret(status, &answer)
}

/// The parameters of an authorization request: those that were handed in, where it carries a reference to them.
pub(super) fn resolved(
    server: &Server,
    tenant: &Tenant,
    parameters: Vec<(String, String)>,
) -> Result<Vec<(String, String)>, &'static str> {
    let faults = &server.faults;
    let Some(reference) = first(&parameters, "request_uri").filter(|own| own.starts_with(PREFIX)) else {
        return Ok(parameters);
    };
    let known = tenant.book().pushed.get(reference).cloned();
    let Some(own) = known else {
        // The defect: what is not known is not looked at.
        return if faults.on("par.unknown-passed-over") {
            Ok(parameters)
        } else {
            Err("<p>The request is not known.</p>")
        };
    };
    if first(&parameters, "client_id") != Some(own.client.as_str()) && !faults.on("par.of-any-client") {
        return Err("<p>The request is not that of this app.</p>");
    }
    if now() - own.made > LIFE {
        return Err("<p>The request has expired.</p>");
    }
    if !faults.on("par.reusable") {
        tenant.book().pushed.remove(reference);
    }
    let mut all = own.parameters;
    all.retain(|(name, _)| !matches!(name.as_str(), "client_secret" | "client_assertion" | "client_assertion_type"));
    let id = || ("client_id".to_owned(), own.client.clone());
    if first(&all, "client_id").is_none() {
        all.push(id());
    }
    if faults.on("par.aud-overwritten") {
        all.iter_mut().filter(|(name, _)| name == "aud").for_each(|(_, own)| *own = server.issuer(tenant.name));
    }
    if faults.on("par.challenge-lost") {
        all.iter_mut().filter(|(name, _)| name == "code_challenge").for_each(|(_, own)| *own = own.to_uppercase());
    }
    if faults.on("par.parameters-beside-win") {
        all.retain(|(name, _)| first(&parameters, name).is_none());
        all.extend(parameters.into_iter().filter(|(name, _)| name != "request_uri"));
    }
    Ok(all)
}
