//! The engine through `answer`: what a client sees.

mod faults;
mod isolation;
mod searches;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, header};
use serde_json::Value;

use super::{FhirRequest, OauthUrls, Store, answer};
use crate::tenant::access::{Access, Level, Permissions, Scope};
use crate::tenant::fault::Faults;

pub(super) const BASE: &str = "http://127.0.0.1:1/provider/patient-access/v2/harbor";

pub(super) fn scope(level: Level, resource: &str, letters: &str) -> Scope {
    let has = |c| letters.contains(c);
    let permissions = Permissions { read: has('r'), search: has('s'), ..Permissions::default() };
    Scope { level, resource: resource.to_owned(), permissions, query: Vec::new() }
}

pub(super) fn patient(number: usize) -> Access {
    Access {
        tenant: "harbor".into(),
        user: format!("user-{number}"),
        patient: Some(format!("patient-{number}")),
        client: "probity-public".into(),
        scopes: vec![scope(Level::Patient, "*", "rs")],
    }
}

pub(super) fn clinician() -> Access {
    let scopes = vec![scope(Level::User, "*", "rs")];
    Access { user: "clinician-1".into(), patient: None, scopes, ..patient(1) }
}

/// A client of one tenant with one token.
pub(super) struct Client {
    pub(super) access: Option<Access>,
    pub(super) faults: Faults,
    pub(super) headers: HeaderMap,
}

pub(super) struct Answered {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
    pub(super) json: Value,
}

impl Answered {
    pub(super) fn total(&self) -> u64 {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text);
        self.json["total"].as_u64().unwrap()
    }

    pub(super) fn resources(&self) -> Vec<&Value> {
        self.json["entry"].as_array().map(|e| e.iter().map(|e| &e["resource"]).collect()).unwrap_or_default()
    }

    pub(super) fn link(&self, relation: &str) -> Option<String> {
        let links = self.json["link"].as_array()?;
        let link = links.iter().find(|l| l["relation"] == relation)?;
        Some(link["url"].as_str().unwrap().strip_prefix(BASE).unwrap()[1..].to_owned())
    }

    pub(super) fn is_refusal(&self, status: u16) {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.json["resourceType"], "OperationOutcome");
        assert!(self.headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("application/fhir+json"));
    }
}

impl Client {
    pub(super) fn new(access: Access) -> Client {
        Client { access: Some(access), faults: none(), headers: HeaderMap::new() }
    }

    pub(super) fn with(mut self, name: header::HeaderName, value: &str) -> Client {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub(super) fn get(&self, target: &str) -> Answered {
        self.send(Method::GET, target, "")
    }

    pub(super) fn send(&self, method: Method, target: &str, body: &str) -> Answered {
        let (path, query) = target.split_once('?').map_or((target, None), |(p, q)| (p, Some(q.to_owned())));
        let oauth = |name: &str| format!("http://127.0.0.1:1/auth/harbor/oauth2/v1/{name}");
        let request = FhirRequest {
            method,
            base: BASE.into(),
            oauth: OauthUrls {
                authorize: oauth("authorize"),
                token: oauth("token"),
                introspect: oauth("introspect"),
                revoke: oauth("revoke"),
            },
            path: path.into(),
            query,
            headers: self.headers.clone(),
            body: Bytes::from(body.to_owned()),
        };
        let store = Store::synthesize("harbor", 7).with_faults(&self.faults);
        let response = answer(&store, &self.faults, self.access.as_ref(), &request);
        let (parts, body) = response.into_parts();
        let bytes = futures::executor::block_on(axum::body::to_bytes(body, usize::MAX)).unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let json = serde_json::from_str(&text).unwrap_or(Value::Null);
        Answered { status: parts.status, headers: parts.headers, text, json }
    }

    pub(super) fn post(&self, target: &str, form: &str) -> Answered {
        let mut headers = self.headers.clone();
        headers.insert(header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
        Client { access: self.access.clone(), faults: self.faults.clone(), headers }.send(Method::POST, target, form)
    }

    /// The first resource of a type.
    pub(super) fn first(&self, kind: &str) -> Value {
        let found = self.get(kind);
        (*found.resources().first().unwrap_or_else(|| panic!("no {kind}"))).clone()
    }
}

pub(super) fn none() -> Faults {
    Faults::of(&[])
}

pub(super) fn faulty(access: Access, id: &str) -> Client {
    Client { access: Some(access), faults: Faults::of(&[id]), headers: HeaderMap::new() }
}

/// Texts that only the record of a patient holds.
pub(super) fn canaries(number: usize) -> Vec<String> {
    let own = Client::new(patient(number)).get(&format!("Patient/patient-{number}")).json;
    ["/name/0/family", "/identifier/0/value", "/telecom/0/value"]
        .iter()
        .map(|p| own.pointer(p).and_then(Value::as_str).unwrap().to_owned())
        .collect()
}
