//! What a token response tells, and the defects of telling.

use super::blackout::Member;
use super::fault::Faults;
use super::state::{Client, ClientAuth, Grant, Server, Tenant};
use super::token::known_client;
use serde_json::{Map, Value, json};

/// The scopes that the response names.
pub(super) fn granted(grant: &Grant, faults: &Faults) -> Vec<String> {
    let wide = faults.on("granular.widened");
    let named =
        |scope: &String| if wide { scope.split('?').next().unwrap_or_default().to_owned() } else { scope.clone() };
    let whole = faults.on("token.wildcard-without-a-type");
    let types = ["AllergyIntolerance", "Condition", "Observation", "Patient"];
    let told = |scope: String| match whole && matches!(scope.as_str(), "patient/*.rs" | "patient/*.read") {
        true => types.map(|of| scope.replace('*', of)).to_vec(),
        false => vec![scope],
    };
    of_token(grant, faults).map(named).flat_map(told).collect()
}

/// What else the EHR has in view: a report of the patient (SMART App Launch, `fhirContext`).
pub(super) fn in_view(server: &Server, tenant: &Tenant, grant: &Grant, body: &mut Value) {
    let faults = &server.faults;
    let patient = grant.patient.as_deref().unwrap_or_default();
    let Some(report) = tenant.store.first_of("DiagnosticReport", patient) else { return };
    let report = if faults.on("ehr.context-unknown") { "probity-unknown".to_owned() } else { report };
    let reference = match faults.on("ehr.context-names-the-patient") {
        true => format!("Patient/{patient}"),
        false => format!("DiagnosticReport/{report}"),
    };
    let texts = faults.on("ehr.context-of-texts") || faults.on("discovery.smart-2-0");
    body["fhirContext"] = if texts { json!([reference]) } else { json!([{ "reference": reference }]) };
}

/// The scopes of the access token. Some servers leave out what only the id_token is for.
pub(super) fn of_token<'g>(grant: &'g Grant, faults: &Faults) -> impl Iterator<Item = &'g String> {
    let all = !faults.on("token.scope-of-the-record-alone");
    grant.scopes.iter().filter(move |scope| all || !matches!(scope.as_str(), "openid" | "fhirUser" | "profile"))
}

/// The defects of a server that refuses refresh tokens of a kind.
pub(super) fn refuses(faults: &Faults, caller: &Client, grant: &Grant, names_scopes: bool) -> bool {
    (faults.on("refresh.refused") && known_client(caller))
        || (faults.on("refresh.of-launch-refused") && grant.launched)
        || (faults.on("refresh.with-scope-refused")
            && names_scopes
            && grant.scopes.iter().any(|own| own == "patient/*.rs"))
        || match caller.auth {
            ClientAuth::Public => false,
            ClientAuth::Secret(_) => faults.on("refresh.confidential-refused"),
            ClientAuth::Key => faults.on("refresh.asymmetric-refused"),
        }
}

/// Takes every other member away.
pub(super) fn keep(body: &mut Value, kept: &[&str]) {
    if let Some(members) = body.as_object_mut() {
        members.retain(|name, _| kept.contains(&name.as_str()));
    }
}

fn names(members: &Map<String, Value>, scope: &str) -> bool {
    members.get("scope").and_then(Value::as_str).is_some_and(|own| own.split_whitespace().any(|one| one == scope))
}

/// The defects of a token response that leave the token itself good.
pub(super) fn adjust(server: &Server, of_launch: bool, body: &mut Value) {
    let faults = &server.faults;
    let Some(members) = body.as_object_mut() else { return };
    let told = members.get("scope").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut drop = |on: bool, name: &str| {
        if on {
            members.remove(name);
        }
    };
    drop(faults.on("token.without-expires-in") && !of_launch, "expires_in");
    drop(faults.on("scope.none-is-everything") && told == "launch/patient patient/*.rs", "scope");
    drop(faults.on("ehr.without-expires-in") && of_launch, "expires_in");
    drop(faults.on("ehr.without-patient") && of_launch, "patient");
    drop(faults.on("ehr.without-encounter") && of_launch, "encounter");
    drop(faults.on("ehr.without-banner") && of_launch, "need_patient_banner");
    drop(faults.on("ehr.without-style") && of_launch, "smart_style_url");
    for member in Member::ALL {
        drop(server.blackouts.withhold(member), member.name());
    }
    if faults.on("token.other-patient") && !of_launch && members.get("patient") == Some(&json!("patient-1")) {
        members.insert("patient".to_owned(), json!("patient-3"));
    }
    if faults.on("token.v1-without-patient") && names(members, "patient/*.read") {
        members.remove("patient");
    }
    if faults.on("consent.narrowed-without-context") && !of_launch && names(members, "patient/Observation.rs") {
        members.remove("patient");
    }
    if faults.on("token.scope-overstated") {
        let scope = members.get("scope").and_then(Value::as_str).unwrap_or_default().to_owned();
        members.insert("scope".to_owned(), json!(format!("{scope} patient/Device.rs")));
    }
}

/// `token_type`
pub(super) fn kind(grant: &Grant, faults: &Faults) -> &'static str {
    match (&grant.key, faults.on("token.type-in-lower-case")) {
        (Some(_), _) if !faults.on("dpop.told-as-bearer") => "DPoP",
        (_, true) => "bearer",
        (_, false) => "Bearer",
    }
}
