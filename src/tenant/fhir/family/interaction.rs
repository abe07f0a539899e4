//! The kinds of interaction that a fence can be down for.

use super::super::query::Query;

/// A search as the faults see it.
pub(in crate::tenant::fhir) struct Asked<'a> {
    pub(in crate::tenant::fhir) kind: &'a str,
    pub(in crate::tenant::fhir) query: &'a Query,
    /// The patient in context.
    pub(in crate::tenant::fhir) patient: Option<&'a str>,
    pub(in crate::tenant::fhir) post: bool,
    /// Below `Patient/{id}/`.
    pub(in crate::tenant::fhir) compartment: bool,
}

/// A kind of interaction. A search is of one kind, so that one fault is one defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tenant::fhir) enum Interaction {
    /// A read of Patient.
    Read,
    /// A read of anything else.
    ReadClinical,
    VersionRead,
    /// A search by a patient's bare id.
    Search,
    ReferenceForms,
    /// A search for several patients or ids.
    SeveralValues,
    MissingPatient,
    Id,
    Identifier,
    Demographics,
    Compartment,
    PostSearch,
    ReverseInclude,
    Include,
    /// A search that asks for the number of matches.
    Total,
    /// An ordinary search for the own patient, among whose matches another patient's resource is.
    Canary,
    /// A search with includes, for which there is no fault.
    Other,
}

/// What a search of Patient by the person asks for.
const DEMOGRAPHIC: [&str; 9] =
    ["name", "family", "given", "birthdate", "gender", "telecom", "email", "phone", "death-date"];

impl Interaction {
    /// The kind of a search.
    pub(in crate::tenant::fhir) fn of(search: &Asked<'_>) -> Interaction {
        let query = search.query;
        let patient = query.value("patient").or_else(|| query.value("subject"));
        let id = query.value("_id");
        let several = |value: Option<&str>| value.is_some_and(|value| value.contains(','));
        let unless_included = |own| if query.has_include() { Interaction::Other } else { own };
        let demographic = || DEMOGRAPHIC.iter().any(|name| query.value_of_any_modifier(name));
        match patient {
            _ if search.compartment => Interaction::Compartment,
            _ if search.post => Interaction::PostSearch,
            _ if query.counts_only() => Interaction::Total,
            _ if several(patient) || several(id) => Interaction::SeveralValues,
            _ if id.is_some() => unless_included(Interaction::Id),
            Some("") => Interaction::MissingPatient,
            Some(value) if value.contains(['/', ':']) => Interaction::ReferenceForms,
            Some(_) => unless_included(Interaction::Search),
            None if query.has("patient:Patient") => Interaction::ReferenceForms,
            None if query.has("identifier") => Interaction::Identifier,
            None if search.kind == "Patient" && demographic() => Interaction::Demographics,
            None => Interaction::MissingPatient,
        }
    }
}
