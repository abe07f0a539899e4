//! The CapabilityStatement, made from the table of types.

use serde_json::{Value, json};

use super::family::Members;
use super::outcome::Answer;
use super::request::FhirRequest;
use super::store::Store;
use super::table::{self, Type};
use crate::tenant::fault::Faults;

const US_CORE: &str = "http://hl7.org/fhir/us/core";
const SMART: &str = "http://hl7.org/fhir/smart-app-launch";

/// `GET metadata`.
pub(super) fn statement(store: &Store, faults: &Faults, request: &FhirRequest) -> Answer {
    let resources: Vec<Value> =
        table::types().iter().map(|(name, row)| resource(name, row, store.members(), faults)).collect();
    let version = if faults.on("capability.fhir-3") { "3.0.2" } else { "4.0.1" };
    let format = if faults.on("capability.xml-only") { "xml" } else { "json" };
    let mut guides = vec![format!("{US_CORE}/ImplementationGuide/hl7.fhir.us.core|6.1.0")];
    if !faults.on("discovery.smart-2-0") {
        guides.push(format!("{SMART}/ImplementationGuide/hl7.fhir.uv.smart-app-launch|2.2.0"));
    }
    let mut body = json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2025-01-15",
        "publisher": "Probity",
        "kind": "instance",
        "instantiates": [format!("{US_CORE}/CapabilityStatement/us-core-server")],
        "software": { "name": "Probity embedded tenant", "version": env!("CARGO_PKG_VERSION") },
        "implementation": { "description": "Synthetic people for conformance tests", "url": request.base },
        "fhirVersion": version,
        "format": [format],
        "implementationGuide": guides,
        "rest": [{
            "mode": "server",
            "documentation": "Read-only access to the records of the patient in context",
            "security": security(faults, request),
            "resource": resources,
        }],
    });
    if format == "json" {
        body["format"] = json!(["json", "application/fhir+json"]);
    }
    let dropped = [
        ("capability.without-kind", "/", "kind"),
        ("capability.not-instantiated", "/", "instantiates"),
        ("capability.without-security", "/rest/0", "security"),
    ];
    for (fault, at, name) in dropped {
        let holder = if at == "/" { Some(&mut body) } else { body.pointer_mut(at) };
        if faults.on(fault)
            && let Some(object) = holder.and_then(Value::as_object_mut)
        {
            object.shift_remove(name);
        }
    }
    Answer::ok(body)
}

fn security(faults: &Faults, request: &FhirRequest) -> Value {
    let urls = &request.oauth;
    let token = if faults.on("capability.other-token-endpoint") {
        format!("{}/legacy", urls.token)
    } else {
        urls.token.clone()
    };
    let endpoints =
        [("authorize", &urls.authorize), ("token", &token), ("introspect", &urls.introspect), ("revoke", &urls.revoke)];
    let endpoints: Vec<Value> = endpoints.iter().map(|(name, uri)| json!({ "url": name, "valueUri": uri })).collect();
    let system = "http://terminology.hl7.org/CodeSystem/restful-security-service";
    json!({
        "extension": [{
            "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
            "extension": endpoints,
        }],
        "cors": false,
        "service": [{ "coding": [{ "system": system, "code": "SMART-on-FHIR" }], "text": "OAuth2 using SMART-on-FHIR" }],
    })
}

fn resource(name: &str, row: &Type, members: &Members, faults: &Faults) -> Value {
    let mut interactions = vec!["read", "vread", "search-type"];
    let silent = |what: &str| members.any(|member| member.hides(name, what));
    interactions.retain(|code| !silent(code));
    if name == "Patient" && faults.on("capability.patient-without-read") {
        interactions.retain(|i| *i != "read");
    }
    let interactions: Vec<Value> = interactions.iter().map(|code| json!({ "code": code })).collect();
    let advertised = row.search.iter().filter(|(n, p)| p.advertised && !silent(n));
    let common = [("_id", "token"), ("_lastUpdated", "date")];
    let common = common.iter().map(|(n, k)| json!({ "name": n, "type": k }));
    let params = common.chain(advertised.map(|(n, p)| json!({ "name": n, "type": p.kind.code() })));
    let mut resource = json!({
        "type": name,
        "interaction": interactions,
        "versioning": "versioned",
        "readHistory": false,
        "referencePolicy": ["literal", "local"],
        "searchParam": params.collect::<Vec<Value>>(),
    });
    if !row.profiles.is_empty() && !faults.on("capability.without-profiles") {
        let url = |p: &String| format!("{US_CORE}/StructureDefinition/{p}");
        let dropped = faults.on("capability.profile-missing").then_some("us-core-specimen");
        let named: Vec<String> = row.profiles.iter().filter(|p| Some(p.as_str()) != dropped).map(url).collect();
        if !named.is_empty() {
            resource["supportedProfile"] = named.into();
        }
    }
    for (element, list) in [("searchInclude", &row.includes), ("searchRevInclude", &row.revincludes)] {
        if !list.is_empty() && !silent(element) {
            resource[element] = list.clone().into();
        }
    }
    if name == "Patient" && faults.on("capability.parameter-without-type") {
        for parameter in resource["searchParam"].as_array_mut().into_iter().flatten() {
            parameter.as_object_mut().map(|parameter| parameter.shift_remove("type"));
        }
    }
    if name == "DocumentReference" && !silent("docref") {
        resource["operation"] =
            json!([{ "name": "docref", "definition": format!("{US_CORE}/OperationDefinition/docref") }]);
    }
    resource
}
