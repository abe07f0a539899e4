//! The page on which a person consents and chooses a patient, and what their answer grants.

use super::authorize::back_to_app;
use super::bearer;
use super::blackout::Page;
use super::browser;
use super::fresh;
use super::reply::{self, escape};
use super::request::{Heard, first};
use super::state::{Asked, Code, Grant, Server, Tenant, now};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The categories that a person may narrow a scope to: type, system and code (US Core 6.1.0, SMART on FHIR obligations:
/// scopes for categories).
const CATEGORIES: [(&str, &str, &str); 8] = [
    ("Condition", "http://terminology.hl7.org/CodeSystem/condition-category", "encounter-diagnosis"),
    ("Condition", "http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item"),
    ("Condition", "http://hl7.org/fhir/us/core/CodeSystem/condition-category", "health-concern"),
    ("Observation", "http://hl7.org/fhir/us/core/CodeSystem/us-core-category", "sdoh"),
    ("Observation", "http://terminology.hl7.org/CodeSystem/observation-category", "laboratory"),
    ("Observation", "http://terminology.hl7.org/CodeSystem/observation-category", "social-history"),
    ("Observation", "http://terminology.hl7.org/CodeSystem/observation-category", "survey"),
    ("Observation", "http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs"),
];

/// The scopes for single categories that the page offers in the place of `scope`; none for one that names a category
/// itself, or a type without categories.
fn narrower(scope: &str) -> Vec<String> {
    let of = |kind: &str| {
        scope.split_once('/').and_then(|(_, rest)| rest.split_once('.')).is_some_and(|(own, _)| own == kind)
    };
    let offered = CATEGORIES.iter().filter(|(kind, ..)| !scope.contains('?') && of(kind));
    offered.map(|(_, system, code)| format!("{scope}?category={system}|{code}")).collect()
}

/// What is granted of a scope that was asked for: the categories that are ticked, or else the whole if that is.
fn consented(scope: &str, ticked: &BTreeSet<&str>) -> Vec<String> {
    let categories: Vec<String> = narrower(scope).into_iter().filter(|own| ticked.contains(own.as_str())).collect();
    match (categories.is_empty(), ticked.contains(scope)) {
        (false, _) => categories,
        (true, true) => vec![scope.to_owned()],
        (true, false) => Vec::new(),
    }
}

/// What of the scopes that were asked for is granted. A defect decides in the patient's place where something was unticked.
fn decided(tenant: &Tenant, asked: &[String], ticked: &BTreeSet<&str>) -> Vec<String> {
    let narrowed = asked.iter().any(|scope| !ticked.contains(scope.as_str()));
    let whole = |scope: &str| scope.split_once('/').and_then(|(_, of)| of.strip_suffix(".rs")).map(str::to_owned);
    let decide = |scope: &String| match whole(scope).filter(|_| narrowed).and_then(|of| tenant.store.consents(&of)) {
        Some(true) => vec![scope.clone()],
        Some(false) => Vec::new(),
        None => consented(scope, ticked),
    };
    asked.iter().flat_map(decide).collect()
}

/// The decision of a person who has granted this app the same before, where that is remembered.
fn remembered(tenant: &Tenant, asked: &Asked) -> Option<Vec<(String, String)>> {
    let key = (asked.user.clone()?, asked.client.clone(), asked.scopes.clone());
    let known = tenant.book().consented.contains(&key);
    known.then(|| approval(asked))
}

/// The form of a person who approves everything.
fn approval(asked: &Asked) -> Vec<(String, String)> {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let scopes = asked.scopes.iter().map(|scope| pair("scope", scope));
    std::iter::once(pair("decision", "approve")).chain(scopes).collect()
}

/// The defect of a server that asks nobody.
pub(super) fn at_once(server: &Server, tenant: &Tenant, asked: &Asked) -> Response {
    finish(server, tenant, asked, &approval(asked))
}

/// The page that asks the person.
pub(super) fn page(server: &Server, tenant: &Tenant, transaction: &str) -> Response {
    if let Some(page) = server.blackouts.script(Page::Consent) {
        return page;
    }
    let Some(asked) = tenant.book().asked.get(transaction).cloned() else { return reply::expired() };
    let Some(user) = asked.user.as_deref().and_then(|name| tenant.user(name)) else { return reply::expired() };
    if let Some(form) = remembered(tenant, &asked).filter(|_| user.patient.is_some()) {
        tenant.book().asked.remove(transaction);
        return finish(server, tenant, &asked, &form);
    }
    let mut body = format!(
        "<p>The app <strong>{}</strong> asks for access to a health record.</p>\
         <form method=\"post\" action=\"/auth/{}/oauth2/v1/consent\">\
         <input type=\"hidden\" name=\"transaction\" value=\"{transaction}\">",
        escape(&asked.client),
        tenant.name
    );
    if user.patient.is_none() && asked.launched.is_none() {
        body.push_str("<p><label>Patient <select name=\"patient\">");
        for id in tenant.users.iter().filter_map(|user| user.patient.as_deref()) {
            let _ = write!(body, "<option value=\"{id}\">{id}</option>");
        }
        body.push_str("</select></label></p>");
    }
    if server.faults.on("consent.nothing-to-untick") {
        for scope in &asked.scopes {
            let _ = write!(body, "<input type=\"hidden\" name=\"scope\" value=\"{}\">", escape(scope));
        }
        body.push_str("<p><button type=\"submit\" name=\"decision\" value=\"approve\">Go on</button></p></form>");
        return reply::page(StatusCode::OK, "Allow access?", &body, None);
    }
    body.push_str("<fieldset><legend>What the app may do</legend>");
    let mut tick = |scope: &str, checked: &str, label: &str| {
        let (scope, label) = (escape(scope), escape(label));
        let _ = write!(
            body,
            "<p><label><input type=\"checkbox\" name=\"scope\" value=\"{scope}\"{checked}> {label}</label></p>"
        );
    };
    for scope in &asked.scopes {
        tick(scope, " checked", scope);
        for narrower in narrower(scope).into_iter().filter(|_| !server.faults.on("consent.without-categories")) {
            tick(&narrower, "", &format!("only {narrower}"));
        }
    }
    body.push_str(
        "</fieldset><p><button type=\"submit\" name=\"decision\" value=\"approve\">Allow access</button> \
         <button type=\"submit\" name=\"decision\" value=\"deny\">Deny</button></p></form>",
    );
    reply::page(StatusCode::OK, "Allow access?", &body, None)
}

/// The consent page's form: the end of the authorization.
pub(super) fn consent(server: &Server, tenant: &Tenant, heard: &Heard) -> Response {
    let Some(form) = heard.form().filter(|_| heard.method == Method::POST) else { return reply::method("POST") };
    let transaction = first(&form, "transaction").unwrap_or_default();
    // The page belongs to the browser that signed in (OAuth 2.0 for cross-site request forgery, RFC 6749 10.12).
    let browser = browser::user(server, tenant, heard);
    let any = server.faults.on("consent.from-any-browser");
    let own = |asked: &Asked| asked.user.is_some() && (any || asked.user == browser);
    let Some(asked) = tenant.book().asked.remove(transaction).filter(own) else {
        return reply::expired();
    };
    finish(server, tenant, &asked, &form)
}

/// What comes of a decision.
fn finish(server: &Server, tenant: &Tenant, asked: &Asked, form: &[(String, String)]) -> Response {
    let faults = &server.faults;
    let mut back: Vec<(&str, &str)> = Vec::new();
    let changed = asked.state.as_deref().map(str::to_lowercase);
    match &asked.state {
        Some(state) if faults.on("authorize.state-cut") => {
            let end = state.char_indices().nth(255).map_or(state.len(), |(at, _)| at);
            back.push(("state", &state[..end]));
        }
        Some(_) if faults.on("authorize.state-lowercased") => back.extend(changed.as_deref().map(|s| ("state", s))),
        Some(state) => back.push(("state", state)),
        None => {}
    }
    let user = asked.user.as_deref().and_then(|name| tenant.user(name));
    let own = user.and_then(|user| user.patient.clone());
    // Who is a patient has no part in a launch for another one.
    let open = faults.on("launch.any-user") || faults.on("tenant.launches-shared");
    let foreign = !open && asked.launched.as_ref().is_some_and(|l| own.as_ref().is_some_and(|own| *own != l.patient));
    if first(form, "decision") != Some("approve") && faults.on("consent.denial-on-a-page") {
        return reply::page(StatusCode::OK, "Denied", "<p>The app gets no access.</p>", None);
    }
    let denied = first(form, "decision") != Some("approve") && !faults.on("consent.denial-ignored");
    if denied || foreign {
        back.push(("error", "access_denied"));
        return back_to_app(server, tenant, asked.back(), &back);
    }
    if faults.on("authorize.ends-on-a-page") && asked.client == "probity-public" && asked.state.as_deref() != Some("") {
        return reply::page(StatusCode::OK, "Done", "<p>You can go back to the app.</p>", None);
    }
    let ticked: BTreeSet<&str> = form.iter().filter(|(name, _)| name == "scope").map(|(_, v)| v.as_str()).collect();
    let all = faults.on("consent.unticked-granted");
    let scopes: Vec<String> = match all {
        true => asked.scopes.clone(),
        false => decided(tenant, &asked.scopes, &ticked),
    };
    let launched = asked.launched.is_some();
    let scopes: Vec<String> = scopes
        .into_iter()
        .filter(|scope| !(launched && scope.starts_with("user/") && faults.on("ehr.user-scopes-dropped")))
        .map(|scope| match launched && faults.on("ehr.patient-scope-cut") && scope == "patient/Patient.rs" {
            true => "patient/Patient.r".to_owned(),
            false => scope,
        })
        .collect();
    let added = ticked.iter().filter(|scope| faults.on("consent.scopes-from-form") && scope.contains("/*."));
    let scopes: Vec<String> = scopes.into_iter().chain(added.map(|scope| (*scope).to_owned())).collect();
    if scopes.is_empty() {
        back.push(("error", "access_denied"));
        return back_to_app(server, tenant, asked.back(), &back);
    }
    let chooses = own.is_none() || faults.on("consent.patient-from-form");
    let own = own.filter(|_| !(faults.on("consent.patient-from-form") && first(form, "patient").is_some()));
    let known = |id: &&str| chooses && tenant.users.iter().any(|user| user.patient.as_deref() == Some(*id));
    let picked = first(form, "patient").filter(known).map(str::to_owned);
    let grant = Grant {
        id: tenant.book().new_grant(),
        client: asked.client.clone(),
        user: asked.user.clone().unwrap_or_default(),
        patient: asked.named.clone().or(asked.launched.as_ref().map(|l| l.patient.clone())).or(own).or(picked),
        encounter: asked.launched.as_ref().and_then(|launched| launched.encounter.clone()),
        launched: asked.launched.is_some(),
        nonce: asked.nonce.clone(),
        key: asked.key.clone(),
        scopes,
    };
    if faults.on("consent.remembered") && grant.scopes == asked.scopes {
        tenant.book().consented.insert((grant.user.clone(), grant.client.clone(), grant.scopes.clone()));
    }
    if asked.implicit {
        let token = bearer::issue(server, tenant, &grant, 3600).unwrap_or_default();
        back.extend([("access_token", token.as_str()), ("token_type", "Bearer")]);
        return back_to_app(server, tenant, asked.back(), &back);
    }
    let code = fresh::code(faults);
    let entry = Code {
        grant,
        redirect_uri: asked.redirect_uri.clone(),
        challenge: asked.challenge.clone(),
        method: asked.method.clone(),
        made: now(),
        used: false,
    };
    let of_both = |code: &Code| code.grant.nonce.as_deref().is_some_and(|nonce| nonce.starts_with("both-"));
    if faults.on("code.context-of-the-latest") && of_both(&entry) {
        let mut book = tenant.book();
        let same = book.codes.values_mut().filter(|own| !own.used && of_both(own));
        same.for_each(|own| own.grant.patient.clone_from(&entry.grant.patient));
    }
    tenant.book().codes.insert(code.clone(), entry);
    let name = if faults.on("authorize.code-misnamed") { "authorization_code" } else { "code" };
    back.push((name, &code));
    back_to_app(server, tenant, asked.back(), &back)
}
