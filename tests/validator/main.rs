//! The validator through its public interfaces: what it finds, what it lets pass, and that no input breaks it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod cases;
mod command;
mod damage;
mod definitions;
#[path = "../require/mod.rs"]
mod require;
mod rules;
mod violations;

use probity::profile::json::Document;
use probity::profile::{HeldTo, Judgement, Library, Validator};
use serde_json::Value;

const US_CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";

/// Judges a resource by the profile of US Core of that name, or by its type alone.
fn judge(resource: &Value, profile: &str) -> Judgement {
    let held_to = match profile {
        "" => HeldTo::Type,
        name => HeldTo::These(vec![format!("{US_CORE}{name}")]),
    };
    let text = resource.to_string();
    Validator::new(Library::embedded(), held_to).judge(&Document::parse(&text).unwrap())
}

/// The names of the errors' kinds, invariants by their key.
fn errors(judgement: &Judgement) -> Vec<String> {
    let errors = judgement.issues.iter().filter(|i| i.severity >= probity::record::IssueSeverity::Error);
    errors.map(|i| i.constraint.clone().unwrap_or_else(|| i.kind.name().to_owned())).collect()
}

/// A record of the embedded tenant that claims the profile.
fn record(profile: &str) -> Value {
    let claimed = format!("{US_CORE}{profile}");
    let all = probity::tenant::records("harbor", 61);
    let claims = |r: &&Value| r["meta"]["profile"].as_array().is_some_and(|p| p.iter().any(|p| *p == *claimed));
    all.iter().find(claims).unwrap_or_else(|| panic!("no record claims {profile}")).clone()
}
