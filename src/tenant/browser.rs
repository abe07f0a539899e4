//! The browsers that are signed in: a cookie each, for the pages of one tenant.

use super::fault::Faults;
use super::request::Heard;
use super::state::{Server, Tenant, random};
use axum::response::Response;

/// Who is signed in in the browser that asks.
pub(super) fn user(server: &Server, tenant: &Tenant, heard: &Heard) -> Option<String> {
    let id = heard.cookie("session")?;
    let own = tenant.book().browsers.get(id).cloned();
    let elsewhere = || server.tenants.values().find_map(|other| other.book().browsers.get(id).cloned());
    own.or_else(|| server.faults.on("session.of-any-tenant").then(elsewhere).flatten())
}

/// Signs a user in in the browser that is answered. The cookie is new: what a browser brought may be known to others.
pub(super) fn sign_in(server: &Server, tenant: &Tenant, heard: &Heard, name: &str, page: &mut Response) {
    let brought = heard.cookie("session").filter(|_| server.faults.on("session.kept-at-the-sign-in"));
    let session = brought.map_or_else(random, str::to_owned);
    tenant.book().browsers.insert(session.clone(), name.to_owned());
    set(&server.faults, tenant, &session, page);
}

/// The defect of a server that gives a browser its cookie before anybody signs in, and the same one afterwards.
pub(super) fn greet(server: &Server, tenant: &Tenant, heard: &Heard, page: &mut Response) {
    if server.faults.on("session.kept-at-the-sign-in") && heard.cookie("session").is_none() {
        set(&server.faults, tenant, &random(), page);
    }
}

fn set(faults: &Faults, tenant: &Tenant, session: &str, page: &mut Response) {
    let path = if faults.on("session.of-any-tenant") { "/auth".to_owned() } else { format!("/auth/{}", tenant.name) };
    if let Ok(value) = format!("session={session}; Path={path}; HttpOnly; SameSite=Lax").parse() {
        page.headers_mut().append("set-cookie", value);
    }
}
