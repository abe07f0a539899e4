//! One patient and another: what of b's record reached a, and what the counts tell.

use super::Observation;
use super::canary::{Canaries, Echo, Leak};
use crate::chart::Chart;
use crate::fhir::{Bundle, any_reference, references};
use crate::record::Strength;
use serde_json::Value;
use std::collections::BTreeSet;

/// What one patient's session showed.
pub struct Record<'c> {
    /// The patient in context.
    pub patient: &'c str,
    /// Each resource once.
    pub resources: Vec<&'c Value>,
}

/// One answer that a patient was given.
#[derive(Clone)]
pub struct Received {
    /// What was asked; none for the patient's own record.
    pub request: Option<String>,
    /// The body as text.
    pub body: String,
    /// The values of its headers.
    pub headers: Vec<String>,
    /// Why it says nothing, if it is neither a grant nor a refusal.
    pub no_answer: Option<String>,
}

impl Received {
    /// Whether it is a Bundle that brought nothing: a server that mixes up what it is asked at one moment answers so too.
    pub fn is_empty(&self) -> bool {
        let bundle = serde_json::from_str(&self.body).ok().and_then(Bundle::of);
        bundle.is_some_and(|bundle| bundle.resources().next().is_none())
    }
}

impl<'c> Record<'c> {
    /// The record of somebody who has none: whoever asks without a token of their own.
    pub fn of_nobody() -> Self {
        Self { patient: "probity-nobody", resources: Vec::new() }
    }

    /// What a user's session showed; none if the user has none.
    pub fn of(chart: &'c Chart, user: &str) -> Option<Self> {
        let at = chart.people.iter().position(|person| person.user == user)?;
        let seen = chart.resources.iter().filter(|found| found.people.contains(&at));
        Some(Self { patient: &chart.people.get(at)?.patient, resources: seen.map(|found| &found.body).collect() })
    }

    /// The Patient resource.
    pub fn demographics(&self) -> Option<&'c Value> {
        self.own().find(|body| body["resourceType"] == "Patient")
    }

    /// The resources that are of the patient by their own word.
    pub fn own(&self) -> impl Iterator<Item = &'c Value> {
        self.resources.iter().copied().filter(|body| is_of(body, self.patient))
    }

    /// The first resource of a type that is of the patient.
    pub fn first(&self, kind: &str) -> Option<&'c Value> {
        self.own().find(|body| body["resourceType"] == kind)
    }

    /// The value for a name in a request: what the Patient says of itself (`family`, `identifier`), who shares in its care
    /// (`practitioner`, `location`), or a resource (`Condition`, `Condition.version`, `Condition.code`).
    pub fn value(&self, name: &str) -> Option<String> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let patient = || self.demographics();
        let official = || list(&patient()?["name"]).find(|name| name["use"] != "old");
        match name {
            "identifier" => {
                let own = systematic(&patient()?["identifier"])?;
                Some(format!("{}|{}", own["system"].as_str()?, own["value"].as_str()?))
            }
            "identifier.value" => text(&systematic(&patient()?["identifier"])?["value"]),
            "family" => text(&official()?["family"]),
            "given" => text(&official()?["given"][0]),
            "birthdate" => text(&patient()?["birthDate"]),
            "gender" => text(&patient()?["gender"]),
            "telecom" => text(&list(&patient()?["telecom"]).next()?["value"]),
            "postalcode" => {
                text(&list(&patient()?["address"]).find(|own| own["postalCode"].is_string())?["postalCode"])
            }
            "attachment" => self.own().flat_map(attachments).find_map(|attachment| text(&attachment["url"])),
            "questionnaire" => text(&self.first("QuestionnaireResponse")?["questionnaire"]),
            "practitioner" => self.referred_to("Practitioner"),
            "organization" => self.referred_to("Organization"),
            "location" => self.referred_to("Location"),
            "medication" => self.referred_to("Medication"),
            name => match name.split_once('.') {
                Some((kind, "version")) => text(&self.first(kind)?["meta"]["versionId"]),
                Some((kind, "identifier")) => {
                    let mut all = self.own().filter(|body| body["resourceType"] == kind);
                    text(&all.find_map(|body| systematic(&body["identifier"]))?["value"])
                }
                Some((kind, "code")) => {
                    let coding = &self.first(kind)?["code"]["coding"][0];
                    Some(format!("{}|{}", coding["system"].as_str()?, coding["code"].as_str()?))
                }
                Some(_) => None,
                None => text(&self.first(name)?["id"]),
            },
        }
    }

    /// The id of something of a type that the record refers to, first from an Encounter: most share in one.
    fn referred_to(&self, kind: &str) -> Option<String> {
        let encounters = self.own().filter(|body| body["resourceType"] == "Encounter");
        let others = self.own().filter(|body| body["resourceType"] != "Encounter");
        let start = format!("{kind}/");
        let mut all = encounters.chain(others).flat_map(references).map(|(_, reference)| reference);
        let found = all.find(|own| own.starts_with(&start) || own.contains(&format!("/{start}")))?;
        let id = found.rsplit(&start).next()?;
        id.split('/').next().map(str::to_owned)
    }
}

/// An identifier with a system and a value.
fn systematic(identifiers: &Value) -> Option<&Value> {
    let mut all = identifiers.as_array().map_or(std::slice::from_ref(identifiers), Vec::as_slice).iter();
    all.find(|own| own["system"].is_string() && own["value"].is_string())
}

/// The attachments of a document or report.
fn attachments(resource: &Value) -> impl Iterator<Item = &Value> {
    list(&resource["content"]).map(|content| &content["attachment"]).chain(list(&resource["presentedForm"]))
}

/// Whether a resource belongs to the patient: it is the Patient, or one of its references to its patient says so.
pub fn is_of(resource: &Value, patient: &str) -> bool {
    if resource["resourceType"] == "Patient" {
        return resource["id"] == patient;
    }
    let holders = ["subject", "patient", "beneficiary", "target"];
    any_reference(resource, &mut |name, reference| {
        let mut parts = reference.rsplit('/');
        holders.contains(&name) && parts.next() == Some(patient) && parts.next() == Some("Patient")
    })
}

pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Whether none of the answers holds anything of patient b.
pub fn nothing_disclosed(canaries: &Canaries, received: &[Received], echo: Echo, cites: Vec<u32>) -> Observation {
    let leaks: BTreeSet<Leak> = received.iter().flat_map(|received| canaries.leaks(received, echo)).collect();
    let observed = if leaks.is_empty() {
        let bytes: usize = received.iter().map(|received| received.body.len()).sum();
        format!("{} answers of {bytes} bytes hold none of {} values", received.len(), canaries.count())
    } else {
        let kinds: Vec<&str> = leaks.iter().map(|leak| leak.0.as_str()).collect();
        format!("disclosed: {}", kinds.join(", "))
    };
    Observation::new(leaks.is_empty(), "nothing of patient b", observed, cites)
}

/// Whether a record holds enough for a leak to be seen.
pub fn could_leak(b: &Record<'_>, cites: Vec<u32>) -> Observation {
    let (count, others) = (Canaries::all(b).count(), b.own().filter(|body| body["resourceType"] != "Patient").count());
    let observed = format!("{count} values, {others} resources");
    Observation::new(count >= 3 && others > 0, "at least 3 values and a resource", observed, cites)
}

/// Whether a refusal keeps the version of what it refuses to itself; `named` are the headers that tell it.
pub fn no_version(success: bool, named: &[&str], cites: Vec<u32>) -> Observation {
    let observed = if named.is_empty() { "neither".to_owned() } else { named.join(", ") };
    Observation::new(named.is_empty() || success, "no ETag and no Last-Modified", observed, cites)
}

/// Status and total of an answer to a question for a count.
pub type Count = (u16, Option<u64>);

/// Whether patient b is counted as nobody is; none if two invented patients are counted differently, which would show
/// nothing but noise.
pub fn same_counts(b: Count, nobody: [Count; 2], cites: Vec<u32>) -> Option<Observation> {
    let [first, second] = nobody;
    if first != second {
        return None;
    }
    let phrase = |(status, total): Count| match total {
        Some(total) => format!("status {status}, total {total}"),
        None => format!("status {status}"),
    };
    let observed = [b, first, second].map(phrase).join("; ");
    let met = first.1 == b.1;
    if met && first.0 != b.0 {
        // That a patient exists is less than what is in the record; FHIR permits 403 for those it knows.
        let seen = Observation::new(false, "the same status for patient b as for nobody", observed, cites);
        return Some(seen.with_strength(Strength::Should));
    }
    Some(Observation::new(met, "the same count for patient b as for nobody", observed, cites))
}

/// Status and words of a refusal, without the id that was asked for.
pub type Refusal = (u16, String);

/// Whether patient b is refused as nobody is, each asked for several times; none if one question is answered with several
/// statuses, which would show nothing but noise. Words that change from answer to answer, such as the number of a request,
/// are not compared.
pub fn same_refusals(b: &[Refusal], nobody: &[Refusal], cites: Vec<u32>) -> Option<Observation> {
    let one_status = |all: &[Refusal]| {
        let (first, _) = all.first()?;
        all.iter().all(|(status, _)| status == first).then_some(*first)
    };
    let one_text = |all: &[Refusal]| all.iter().all(|own| Some(own) == all.first());
    let (own, other) = (one_status(b)?, one_status(nobody)?);
    let is_same = b.first() == nobody.first() || !one_text(b) || !one_text(nobody);
    let observed = match own == other {
        true if is_same => format!("both {own}"),
        true => format!("both {own}, in other words"),
        false => format!("{own} for a patient that there is, {other} for one that there is not"),
    };
    let seen = Observation::new(own == other && is_same, "the same refusal", observed, cites);
    Some(seen.with_strength(Strength::Should))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patient_b_is_counted_as_nobody_is() {
        let seen = same_counts((200, Some(0)), [(200, Some(0)); 2], Vec::new()).unwrap();
        assert!(seen.met);
        assert!(!same_counts((200, Some(4)), [(200, Some(0)); 2], Vec::new()).unwrap().met);
    }

    #[test]
    fn another_status_for_patient_b_is_a_warning() {
        let seen = same_counts((403, None), [(404, None); 2], Vec::new()).unwrap();
        assert_eq!((seen.met, seen.strength), (false, Strength::Should));
    }

    #[test]
    fn counts_that_differ_between_two_invented_patients_mean_nothing() {
        assert!(same_counts((200, Some(1)), [(200, Some(0)), (200, Some(2))], Vec::new()).is_none());
    }

    #[test]
    fn refusals_are_compared_by_what_they_say_each_time() {
        let of = |all: [(u16, &str); 3]| all.map(|(status, text)| (status, text.to_owned()));
        let met = |b, nobody| same_refusals(&of(b), &of(nobody), Vec::new()).map(|seen| seen.met);
        let plain = [(404, "not found"); 3];
        assert_eq!(met(plain, plain), Some(true));
        assert_eq!(met([(403, "not found"); 3], plain), Some(false));
        assert_eq!(met([(404, "not yours"); 3], plain), Some(false));
        let numbered = [(404, "request 1"), (404, "request 2"), (404, "request 3")];
        assert_eq!(met(numbered, [(404, "request 4"), (404, "request 5"), (404, "request 6")]), Some(true));
        assert_eq!(met([(403, "request 1"), (403, "request 2"), (403, "request 3")], numbered), Some(false));
        assert_eq!(met([(404, "not found"), (404, "at Read.java:211"), (404, "not found")], plain), Some(true));
        assert_eq!(met([(404, "x"), (429, "x"), (404, "x")], plain), None);
    }

    #[test]
    fn a_bundle_without_a_resource_is_empty() {
        let of = |body: Value| {
            Received { request: None, body: body.to_string(), headers: Vec::new(), no_answer: None }.is_empty()
        };
        assert!(of(json!({"resourceType": "Bundle", "type": "searchset", "total": 0})));
        assert!(!of(json!({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Goal"}}]})));
        assert!(!of(json!({"resourceType": "OperationOutcome"})));
    }

    #[test]
    fn a_refusal_names_no_version() {
        assert!(no_version(false, &[], Vec::new()).met);
        assert!(!no_version(false, &["etag"], Vec::new()).met);
        assert!(no_version(true, &["etag"], Vec::new()).met);
    }

    #[test]
    fn a_record_of_a_bare_patient_could_leak_nothing() {
        let patient = json!({"resourceType": "Patient", "id": "patient-b"});
        let record = Record { patient: "patient-b", resources: vec![&patient] };
        assert!(!could_leak(&record, Vec::new()).met);
    }

    #[test]
    fn placeholders_are_filled_from_what_is_the_patients() {
        let foreign = json!({"resourceType": "Condition", "id": "c-a", "subject": {"reference": "Patient/patient-a"}});
        let own = json!({"resourceType": "Condition", "id": "c-b", "meta": {"versionId": "3"},
            "subject": {"reference": "Patient/patient-b"}});
        let record = Record { patient: "patient-b", resources: vec![&foreign, &own] };
        assert_eq!(record.value("Condition").as_deref(), Some("c-b"));
        assert_eq!(record.value("Condition.version").as_deref(), Some("3"));
        assert_eq!(record.value("identifier"), None);
    }
}
