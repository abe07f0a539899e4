//! The EHR that launches apps: its login, its page with a patient in view, and the launch.

use super::authorize::sign_in;
use super::reply::{self, escape};
use super::request::{Heard, first};
use super::state::{LAUNCH_URL, Launched, Server, Tenant, now, random};
use axum::http::{Method, StatusCode};
use axum::response::Response;

/// The page with the launch button, or the login when nobody is signed in to the EHR.
pub(super) fn page(_: &Server, tenant: &Tenant, heard: &Heard) -> Response {
    let query = heard.query_pairs();
    let (client, patient) = (first(&query, "client").unwrap_or_default(), first(&query, "patient").unwrap_or_default());
    let fields = format!(
        "<input type=\"hidden\" name=\"client\" value=\"{}\"><input type=\"hidden\" name=\"patient\" value=\"{}\">",
        escape(client),
        escape(patient)
    );
    let signed_in = is_staff(tenant, heard);
    let (title, form) = if signed_in {
        let button = "<p><button type=\"submit\">Launch the app</button></p>";
        (
            "Patient in view",
            format!("<form method=\"post\" action=\"/ehr/{}/launch\">{fields}{button}</form>", tenant.name),
        )
    } else {
        let inputs = "<p><label>User name <input name=\"username\"></label></p>\
                      <p><label>Password <input type=\"password\" name=\"password\"></label></p>\
                      <p><button type=\"submit\">Sign in</button></p>";
        (
            "Sign in to the EHR",
            format!("<form method=\"post\" action=\"/ehr/{}/login\">{fields}{inputs}</form>", tenant.name),
        )
    };
    reply::page(StatusCode::OK, title, &form, None)
}

/// Whether a clinician is signed in to the EHR; a patient's session of the portal is none of the EHR.
fn is_staff(tenant: &Tenant, heard: &Heard) -> bool {
    let name = heard.cookie("ehr").and_then(|id| tenant.book().browsers.get(id).cloned());
    name.and_then(|name| tenant.user(&name)).is_some_and(|user| user.patient.is_none())
}

/// The EHR's login form. Patients are no users of the EHR.
pub(super) fn login(server: &Server, tenant: &Tenant, heard: &Heard) -> Response {
    let Some(form) = heard.form().filter(|_| heard.method == Method::POST) else { return reply::method("POST") };
    let name = sign_in(tenant, &server.faults, &form).ok();
    let clinician = name.as_deref().and_then(|name| tenant.user(name)).filter(|user| user.patient.is_none());
    let Some(user) = clinician else {
        return reply::page(
            StatusCode::FORBIDDEN,
            "Sign in to the EHR",
            "<p role=\"alert\">Wrong name or password.</p>",
            None,
        );
    };
    let session = random();
    tenant.book().browsers.insert(session.clone(), user.name.clone());
    let back = |name: &str| first(&form, name).unwrap_or_default().to_owned();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client", &back("client"))
        .append_pair("patient", &back("patient"))
        .finish();
    let mut response = reply::redirect(&format!("/ehr/{}?{query}", tenant.name));
    if let Ok(cookie) = format!("ehr={session}; Path=/ehr/{}; HttpOnly; SameSite=Lax", tenant.name).parse() {
        response.headers_mut().append("set-cookie", cookie);
    }
    response
}

/// The launch: the browser goes to the app with `iss` and a fresh handle.
pub(super) fn launch(server: &Server, tenant: &Tenant, heard: &Heard) -> Response {
    let Some(form) = heard.form().filter(|_| heard.method == Method::POST) else { return reply::method("POST") };
    let signed_in = is_staff(tenant, heard);
    let client = first(&form, "client").and_then(|id| tenant.client(id));
    let patient = first(&form, "patient").filter(|id| tenant.store.encounter_of(id).is_some());
    let (Some(client), Some(patient), true) = (client, patient, signed_in) else {
        return reply::page(StatusCode::BAD_REQUEST, "Nothing to launch", "<p>Choose an app and a patient.</p>", None);
    };
    let faults = &server.faults;
    let in_view = if faults.on("ehr.encounter-of-another") { "patient-2" } else { patient };
    let handle = random();
    let launched = Launched {
        client: client.id.to_owned(),
        patient: patient.to_owned(),
        encounter: tenant.store.encounter_of(in_view),
        made: now(),
    };
    tenant.book().launches.insert(handle.clone(), launched);
    let base = server.base(tenant.name);
    let iss = if faults.on("ehr.iss-is-issuer") { server.issuer(tenant.name) } else { base };
    let mut parameters = vec![("iss", iss.as_str())];
    if !faults.on("ehr.launch-omitted") {
        parameters.push(("launch", &handle));
    }
    reply::redirect(&reply::with_query(LAUNCH_URL, &parameters))
}
