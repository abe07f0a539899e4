//! Which kinds of interaction a request is, for the faults that lift the patient's fence on one kind only.

use super::query::Query;
use crate::tenant::fault::Faults;

/// Does a fault of the family `leak` cover this kind of interaction?
pub(super) fn on(faults: &Faults, kind: &str) -> bool {
    faults.family("leak").is_some_and(|arguments| arguments.first().is_some_and(|a| a == kind))
}

/// Does a fault lift the fence for this search? A search is of one kind at most, so that one fault is one defect.
pub(super) fn on_search(faults: &Faults, kind: &str, query: &Query, compartment: bool, post: bool) -> bool {
    on(faults, kind_of_search(kind, query, compartment, post))
}

fn kind_of_search(kind: &str, query: &Query, compartment: bool, post: bool) -> &'static str {
    if compartment {
        return "compartment";
    }
    if post {
        return "post-search";
    }
    if query.counts_only() {
        return "total";
    }
    let patient = query.value("patient").or_else(|| query.value("subject"));
    let id = query.value("_id");
    let several = |v: Option<&str>| v.is_some_and(|v| v.contains(','));
    let named = |names: &[&str]| names.iter().any(|n| query.value(n).is_some());
    if several(patient) || several(id) {
        return "multi-or";
    }
    if id.is_some() {
        return if query.has_include() { "none" } else { "id" };
    }
    if let Some(value) = patient {
        return match value {
            "" => "missing-patient",
            v if v.contains(['/', ':']) => "reference-forms",
            _ if query.has_include() => "none",
            _ => "search",
        };
    }
    if query.has("patient:Patient") {
        return "reference-forms";
    }
    if named(&["identifier"]) {
        return "identifier";
    }
    if kind == "Patient"
        && ["name", "family", "given", "birthdate", "gender", "telecom", "email", "phone", "death-date"]
            .iter()
            .any(|n| query.value_of_any_modifier(n))
    {
        return "demographics";
    }
    "missing-patient"
}
