//! A patient's record as the patient sees it: what could leak, and where to find it.

use super::{Bundle, read, references};
use crate::http::{Answer, Door, NoAnswer};
use crate::smart::{Session, Site};
use serde_json::Value;

/// The searches that show a good part of a record; `{}` is the patient's id (US Core 6.1.0, SHALL searches).
const SEARCHES: [&str; 7] = [
    "Condition?patient={}",
    "Observation?patient={}&category=vital-signs",
    "Observation?patient={}&category=laboratory",
    "Encounter?patient={}",
    "AllergyIntolerance?patient={}",
    "DocumentReference?patient={}",
    "Immunization?patient={}",
];

/// What one patient sees of their own record.
pub struct Record {
    /// The patient's id.
    pub patient: String,
    /// The Patient resource; null when it could not be read.
    pub demographics: Value,
    /// The resources that the searches brought, each once.
    pub resources: Vec<Value>,
    /// The answers they came in.
    pub answers: Vec<Answer>,
}

impl Record {
    /// Reads the Patient and makes the searches that the session's scopes permit, first page only.
    ///
    /// # Errors
    /// [`NoAnswer`] when the target does not answer.
    pub async fn gather(door: &Door, site: &Site, session: &Session, patient: &str) -> Result<Self, NoAnswer> {
        let mut answers =
            vec![read(door, site, session, &format!("Patient/{patient}"), "a patient's own Patient").await?];
        let asked = SEARCHES.iter().filter(|search| {
            let kind = search.split('?').next().unwrap_or_default();
            crate::smart::covers(session.scope(), kind, 's')
        });
        let asked: Vec<String> = asked.map(|search| search.replace("{}", patient)).collect();
        let searches = asked.iter().map(|search| read(door, site, session, search, "a patient's own record"));
        for answer in futures::future::join_all(searches).await {
            answers.push(answer?);
        }
        let bodies: Vec<Value> = answers.iter().filter(|a| a.is_success()).filter_map(|a| a.json().ok()).collect();
        let demographics = bodies.iter().find(|body| body["resourceType"] == "Patient").cloned().unwrap_or(Value::Null);
        let mut resources: Vec<Value> = Vec::new();
        for bundle in bodies.into_iter().filter_map(Bundle::of) {
            for resource in bundle.matches() {
                if !resources.contains(resource) {
                    resources.push(resource.clone());
                }
            }
        }
        Ok(Self { patient: patient.to_owned(), demographics, resources, answers })
    }

    /// The first resource of a type.
    pub fn first(&self, kind: &str) -> Option<&Value> {
        self.resources.iter().find(|resource| resource["resourceType"] == kind)
    }

    /// The value for a placeholder of a request: `Condition`, `Condition.version`, `identifier`, `family`, `practitioner`.
    pub fn value(&self, name: &str) -> Option<String> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        match name {
            "identifier" => {
                let all = self.demographics["identifier"].as_array()?;
                let one = all.iter().find(|i| i["system"].is_string() && i["value"].is_string())?;
                Some(format!("{}|{}", one["system"].as_str()?, one["value"].as_str()?))
            }
            "family" => text(&self.demographics["name"].as_array()?.iter().find(|n| n["use"] != "old")?["family"]),
            "practitioner" => {
                let all = self.resources.iter().filter(|r| r["resourceType"] == "Encounter");
                let found = all.flat_map(references).find(|(_, reference)| reference.contains("Practitioner/"))?;
                found.1.rsplit('/').next().map(str::to_owned)
            }
            name => match name.split_once('.') {
                Some((kind, "version")) => text(&self.first(kind)?["meta"]["versionId"]),
                _ => text(&self.first(name)?["id"]),
            },
        }
    }
}
