//! Changes of the record with a token that may only read (SMART App Launch 2.0.0, Scopes: `cud`).
//!
//! None of them can do harm where it is let through: what is created cannot be valid, what is replaced is what is there,
//! what is deleted does not exist.

use super::Need;
use crate::fhir;
use crate::http::Call;
use serde_json::{Value, json};
use url::Url;

/// A request that would change the record, as far as it is known.
pub struct Change {
    /// The FHIR base.
    pub base: Url,
    /// The Patient as the app reads it.
    pub patient: Value,
    /// The request that is made of it.
    pub made: Option<Call>,
}

attacks! {
    "The change that the app tries to make with a token that may only read."
    RecordChange of Change, control Read;

    Create "an Observation without status and code" {
        does: "creates an Observation that cannot be valid, with POST",
        matters: "an app that was let in to read must not write into a health record",
        right: "403, and nothing is stored",
        needs: [],
        intrudes: [Mutates],
        make: |it| {
            let subject = format!("Patient/{}", id(it)?);
            let body = json!({ "resourceType": "Observation", "subject": { "reference": subject } });
            it.send("POST", "Observation", &body.to_string(), fhir::JSON)
        },
    }
    Update "its own Patient as it is" {
        does: "replaces the Patient with what it is, for a version that is none, with PUT",
        matters: "an app that was let in to read must not write into a health record",
        right: "403, and the Patient stays as it is",
        needs: [],
        intrudes: [Mutates],
        make: |it| {
            let (path, body) = (format!("Patient/{}", id(it)?), it.patient.to_string());
            it.send("PUT", &path, &body, fhir::JSON)?;
            it.made = it.made.take().map(|call| call.header("if-match", "W/\"0\""));
            Ok(())
        },
    }
    Patch "an empty patch of its own Patient" {
        does: "patches the Patient with a JSON Patch of no operations",
        matters: "the fence in front of PUT is often missing in front of PATCH",
        right: "403, and the Patient stays as it is",
        needs: [],
        intrudes: [Mutates],
        make: |it| {
            let path = format!("Patient/{}", id(it)?);
            it.send("PATCH", &path, "[]", "application/json-patch+json")
        },
    }
    Delete "a deletion of what does not exist" {
        does: "deletes an Observation that does not exist",
        matters: "a server that looks for the resource first and for the right to delete it later may delete",
        right: "403, and nothing is deleted",
        needs: [],
        intrudes: [Mutates],
        make: |it| it.send("DELETE", "Observation/probity-does-not-exist", "", fhir::JSON),
    }
}

fn id(it: &Change) -> Result<String, Need> {
    it.patient["id"].as_str().map(str::to_owned).ok_or(Need::Patient)
}

impl Change {
    fn send(&mut self, method: &'static str, path: &str, body: &str, kind: &str) -> super::Made {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{path}", self.base.path().trim_end_matches('/')));
        let call = Call::new(method, url, format!("{method} with a token that may only read"));
        let call = call.header("accept", fhir::JSON);
        self.made = Some(match body {
            "" => call,
            body => call.header("content-type", kind).body(body),
        });
        Ok(())
    }
}
