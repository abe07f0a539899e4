//! Changes of the own record with a token that may only read, and of another patient's (SMART App Launch 2.0.0, Scopes: `cud`).
//!
//! Hardly any of them can do harm where it is let through: what is created cannot be valid or is taken away again, what is
//! replaced is what is there, what is deleted does not exist. The one deletion of what exists needs a consent of its own.

use super::Need;
use crate::fhir;
use crate::http::Call;
use serde_json::{Value, json};
use url::Url;

/// A request that would change the record, as far as it is known.
pub struct Change {
    /// The FHIR base.
    pub base: Url,
    /// The Patient whose record is to be changed, as that patient's own app reads it.
    pub patient: Value,
    /// A resource of that record beside the Patient, as `Type/id`.
    pub resource: Option<String>,
    /// The request that is made of it.
    pub made: Option<Call>,
    /// What it names: an echo of that tells nothing.
    pub named: String,
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
        make: |it| it.create(),
    }
    Update "its own Patient as it is" {
        does: "replaces the Patient with what it is, for a version that is none, with PUT",
        matters: "an app that was let in to read must not write into a health record",
        right: "403, and the Patient stays as it is",
        needs: [],
        intrudes: [Mutates],
        make: |it| it.replace(),
    }
    Patch "an empty patch of its own Patient" {
        does: "patches the Patient with a JSON Patch of no operations",
        matters: "the fence in front of PUT is often missing in front of PATCH",
        right: "403, and the Patient stays as it is",
        needs: [],
        intrudes: [Mutates],
        make: |it| it.patch(),
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

attacks! {
    "The change of another patient's record that the app tries to make."
    ForeignChange of Change, control Read;

    Update "patient b's Patient as it is" {
        does: "replaces another patient's Patient with what it is, for a version that is none, with PUT",
        matters: "a write that looks at the scope and not at the patient lets everybody edit every record",
        right: "401, 403 or 404, and the Patient stays as it is",
        needs: [SecondPatient],
        intrudes: [Mutates],
        make: |it| it.replace(),
    }
    Patch "an empty patch of patient b's Patient" {
        does: "patches another patient's Patient with a JSON Patch of no operations",
        matters: "the fence in front of PUT is often missing in front of PATCH",
        right: "401, 403 or 404, and the Patient stays as it is",
        needs: [SecondPatient],
        intrudes: [Mutates],
        make: |it| it.patch(),
    }
    Create "an Observation of patient b without status and code" {
        does: "creates an Observation of another patient that cannot be valid, with POST",
        matters: "what one patient writes into another's record, that one's doctors read",
        right: "401 or 403, and nothing is stored",
        needs: [SecondPatient],
        intrudes: [Mutates],
        make: |it| it.create(),
    }
    Subscribe "a subscription to patient b's Observations" {
        does: "creates a Subscription to another patient's Observations that ended long ago, with an address that does not exist (RFC 2606)",
        matters: "a subscription sends what is new in a record to whoever made it, for as long as it lives",
        right: "401 or 403, or the refusal of a server without subscriptions, and nothing is stored",
        needs: [SecondPatient],
        intrudes: [Mutates],
        make: |it| {
            let body = json!({
                "resourceType": "Subscription",
                "status": "requested",
                "reason": "a test of access",
                "criteria": format!("Observation?patient={}", it.path()?),
                "end": "2000-01-01T00:00:00Z",
                "channel": { "type": "rest-hook", "endpoint": "https://probity.invalid/subscription" },
            });
            it.send("POST", "Subscription", &body.to_string(), fhir::JSON)
        },
    }
    Delete "a deletion of a resource of patient b" {
        does: "deletes a resource of another patient, for a version that is none",
        matters: "what is deleted from a record, that patient's doctors do not read",
        right: "401, 403 or 404, and the resource stays",
        needs: [SecondPatient, ForeignResource],
        intrudes: [Mutates],
        make: |it| {
            it.path()?;
            let path = it.resource.clone().ok_or(Need::ForeignResource)?;
            it.send("DELETE", &path, "", fhir::JSON)?;
            it.made = it.made.take().map(|call| call.header("if-match", "W/\"0\""));
            Ok(())
        },
    }
    CreateUnless "a Patient, unless there is one with patient b's identifier" {
        does: "creates a Patient that cannot be valid, with If-None-Exist and the identifier of another patient",
        matters: "a condition that looks at everybody's records tells who is a patient here, and under which id",
        right: "a refusal that tells nothing of the other patient",
        needs: [SecondPatient],
        intrudes: [Mutates],
        make: |it| {
            let own = &it.patient["identifier"][0];
            let identifier = match (own["system"].as_str(), own["value"].as_str()) {
                (Some(system), Some(value)) => format!("{system}|{value}"),
                (None, Some(value)) => value.to_owned(),
                _ => return Err(Need::SecondPatient),
            };
            let encoded: String = url::form_urlencoded::byte_serialize(identifier.as_bytes()).collect();
            let body = json!({ "resourceType": "Patient", "gender": "probity-invalid" });
            it.send("POST", "Patient", &body.to_string(), fhir::JSON)?;
            it.named.push_str(&identifier);
            it.made = it.made.take().map(|call| call.header("if-none-exist", format!("identifier={encoded}")));
            Ok(())
        },
    }
}

impl Change {
    /// The Patient as a path and as a reference.
    fn path(&self) -> Result<String, Need> {
        self.patient["id"].as_str().map(|id| format!("Patient/{id}")).ok_or(Need::Patient)
    }

    /// An Observation that cannot be valid.
    fn create(&mut self) -> super::Made {
        let body = json!({ "resourceType": "Observation", "subject": { "reference": self.path()? } });
        self.send("POST", "Observation", &body.to_string(), fhir::JSON)
    }

    /// The Patient as it is, for a version that is none.
    fn replace(&mut self) -> super::Made {
        let (path, body) = (self.path()?, self.patient.to_string());
        self.send("PUT", &path, &body, fhir::JSON)?;
        self.made = self.made.take().map(|call| call.header("if-match", "W/\"0\""));
        Ok(())
    }

    /// A JSON Patch of no operations.
    fn patch(&mut self) -> super::Made {
        let path = self.path()?;
        self.send("PATCH", &path, "[]", "application/json-patch+json")
    }

    fn send(&mut self, method: &'static str, path: &str, body: &str, kind: &str) -> super::Made {
        let url = crate::target::join(&self.base, path);
        let call = Call::new(method, url, format!("{method} that must be refused"));
        let call = call.header("accept", fhir::JSON);
        self.named = format!("{path} {body}");
        self.made = Some(match body {
            "" => call,
            body => call.header("content-type", kind).body(body),
        });
        Ok(())
    }
}
