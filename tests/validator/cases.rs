//! Resources that are easily judged wrongly: what is right although a rule seems to refuse it, what is wrong although it
//! looks harmless, and what cannot be judged.

use probity::profile::json::Document;
use probity::profile::{HeldTo, Judgement, Library, Validator};
use probity::record::{IssueKind, IssueSeverity};
use serde_json::{Value, json};

use crate::{errors, judge};

const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const R4: &str = "http://hl7.org/fhir/StructureDefinition/";

/// Asserts the errors of resources by the rules of their type.
fn assert_errors(cases: impl IntoIterator<Item = (Value, &'static [&'static str])>) {
    for (resource, expected) in cases {
        let judgement = judge(&resource, "");
        assert_eq!(errors(&judgement), expected, "{resource:#}\n{:#?}", judgement.issues);
    }
}

/// The constraints and elements of the known errors that were told.
fn known(judgement: &Judgement) -> Vec<&str> {
    let told = judgement.issues.iter().filter(|i| i.kind == IssueKind::Erratum);
    told.inspect(|i| assert_eq!(i.severity, IssueSeverity::Information))
        .map(|i| i.constraint.as_deref().unwrap_or(&i.element))
        .collect()
}

fn observation(more: Value) -> Value {
    let mut all = json!({ "resourceType": "Observation", "status": "final", "code": { "text": "Pain" } });
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    all
}

fn narrative(content: &str) -> Value {
    let div = format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{content}</div>");
    json!({ "resourceType": "Patient", "text": { "status": "generated", "div": div } })
}

fn extension(name: &str, key: &str, value: Value) -> Value {
    json!({ "url": format!("{R4}{name}"), key: value })
}

#[test]
fn an_element_repeated_within_itself_takes_the_extensions_of_what_it_repeats() {
    let prefix = || extension("questionnaire-optionPrefix", "valueString", json!("a)"));
    let option = || json!({ "extension": [prefix()], "valueString": "often" });
    let choice = |link: &str| json!({ "linkId": link, "type": "choice", "answerOption": [option()] });
    let group = |link: &str, item: Value| json!({ "linkId": link, "type": "group", "item": [item] });
    let questionnaire = |item: Value| json!({ "resourceType": "Questionnaire", "status": "draft", "item": [item] });
    let misplaced = json!({ "linkId": "1", "type": "string", "extension": [prefix()] });
    let comment = |name| extension(name, "valueString", json!("rarely used"));
    assert_errors([
        (questionnaire(choice("1")), &[] as &[_]),
        (questionnaire(group("1", choice("1.1"))), &[]),
        (questionnaire(group("1", group("1.1", choice("1.1.1")))), &[]),
        (questionnaire(group("2", misplaced)), &["extension.context"]),
        (
            json!({ "resourceType": "CodeSystem", "status": "draft", "content": "complete", "concept": [
                { "code": "a", "concept": [{ "code": "b", "concept": [
                    { "code": "c", "extension": [comment("codesystem-concept-comments")] }
                ] }] }
            ] }),
            &[],
        ),
        (
            // What is left out is written as what is included.
            json!({ "resourceType": "ValueSet", "status": "draft", "compose": {
                "include": [{ "system": "http://example.org/a" }],
                "exclude": [{ "system": "http://example.org/a", "concept": [
                    { "code": "a", "extension": [comment("valueset-concept-comments")] }
                ] }]
            } }),
            &[],
        ),
    ]);
}

#[test]
fn narrative_has_the_entities_of_xml_only() {
    for right in ["a &amp; b", "&lt;&gt;&quot;&apos;", "&#160;&#xA0;", "<a href=\"/x?a=1&amp;b=2\">x</a>"] {
        assert_errors([(narrative(right), &[] as &[_])]);
    }
    for wrong in ["a&nbsp;b", "&copy;", "&#0;", "&#x1f;", "a & b", "<span title=\"a&nbsp;b\">x</span>"] {
        let found = errors(&judge(&narrative(wrong), ""));
        assert!(found.contains(&"narrative".to_owned()), "{wrong}: {found:?}");
    }
}

#[test]
fn narrative_has_the_elements_of_the_listed_chapters_only() {
    for right in ["<p style=\"color:red\">x</p>", "<bdo dir=\"rtl\">x</bdo>", "<b>x</b><tt>y</tt>"] {
        assert_errors([(narrative(right), &[] as &[_])]);
    }
    for wrong in
        ["x<style>p{}</style>", "<del>x</del>", "<font>x</font>", "<u>x</u>", "<form>x</form>", "<center>x</center>"]
    {
        let found = errors(&judge(&narrative(wrong), ""));
        assert!(found.contains(&"narrative".to_owned()), "{wrong}: {found:?}");
    }
}

#[test]
fn a_hash_alone_refers_to_the_resource_around() {
    let provenance = |reference: &str| {
        json!({ "resourceType": "Patient", "contained": [{
            "resourceType": "Provenance", "id": "origin", "recorded": "2024-05-06T07:08:09Z",
            "target": [{ "reference": reference }], "agent": [{ "who": { "display": "Registration desk" } }]
        }] })
    };
    let judgement = judge(&provenance("#"), "");
    assert_eq!(errors(&judgement), Vec::<String>::new(), "{:#?}", judgement.issues);
    assert_eq!(known(&judgement), ["ref-1"]);
    let found = errors(&judge(&provenance("#other"), ""));
    assert!(found.contains(&"ref-1".to_owned()), "{found:?}");
    let member = observation(json!({ "contained": [{
        "resourceType": "Observation", "id": "part", "status": "final", "code": { "text": "Site" },
        "derivedFrom": [{ "reference": "#" }]
    }] }));
    assert_errors([(member, &[] as &[_])]);
}

#[test]
fn what_is_contained_may_be_linked_from_the_narrative_only() {
    let image = |link: &str| {
        observation(json!({
            "text": { "status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{link}</div>") },
            "contained": [{ "resourceType": "Binary", "id": "scan", "contentType": "image/png", "data": "AAAA" }]
        }))
    };
    for link in ["<a href=\"#scan\">x</a>", "<img src=\"#scan\" alt=\"x\"/>", "<a href='#scan'>x</a>"] {
        let judgement = judge(&image(link), "");
        assert_eq!(errors(&judgement), Vec::<String>::new(), "{link}");
        assert_eq!(known(&judgement), ["dom-3"]);
    }
    assert_errors([(image("<a href=\"#scan2\">x</a>"), &["dom-3"] as &[_]), (image("#scan"), &["dom-3"])]);
}

#[test]
fn errors_of_the_standard_are_told_and_are_no_errors() {
    let vital = |effective: Value| {
        let mut rate = crate::record("us-core-heart-rate");
        rate.as_object_mut().unwrap().shift_remove("effectiveDateTime");
        rate.as_object_mut().unwrap().extend(effective.as_object().unwrap().clone());
        rate
    };
    let period = json!({ "effectivePeriod": { "start": "2024-03-04T08:00:00Z", "end": "2024-03-04T08:10:00Z" } });
    let judgement = judge(&vital(period), "us-core-heart-rate");
    assert_eq!(errors(&judgement), Vec::<String>::new());
    assert_eq!(known(&judgement), ["vs-1"]);
    let told = judgement.issues.iter().find(|i| i.kind == IssueKind::Erratum).unwrap();
    assert!(told.expected.contains("FHIR-21297"), "{}", told.expected);
    assert_eq!(errors(&judge(&vital(json!({ "effectiveDateTime": "2024" })), "us-core-heart-rate")), ["vs-1"]);
}

#[test]
fn a_smoking_status_may_be_a_quantity_and_of_a_period() {
    let status = |more: Value| {
        let mut status = crate::record("us-core-smokingstatus");
        let members = status.as_object_mut().unwrap();
        for (key, value) in more.as_object().unwrap() {
            let name = if key.starts_with("value") { "value" } else { "effective" };
            members.retain(|key, _| !key.starts_with(name));
            members.insert(key.clone(), value.clone());
        }
        status
    };
    let packs =
        json!({ "value": 12, "unit": "pack-years", "system": "http://unitsofmeasure.org", "code": "{PackYears}" });
    let judgement = judge(&status(json!({ "valueQuantity": packs })), "us-core-smokingstatus");
    assert_eq!(errors(&judgement), Vec::<String>::new(), "{:#?}", judgement.issues);
    assert_eq!(known(&judgement), ["Observation.value[x]"]);
    let outside = json!({ "coding": [{ "system": "http://loinc.org", "code": "72166-2" }] });
    let found = errors(&judge(&status(json!({ "valueCodeableConcept": outside })), "us-core-smokingstatus"));
    assert!(found.contains(&"binding".to_owned()), "{found:?}");
    let judgement =
        judge(&status(json!({ "effectivePeriod": { "start": "2020", "end": "2023" } })), "us-core-smokingstatus");
    assert_eq!(errors(&judgement), Vec::<String>::new(), "{:#?}", judgement.issues);
    assert!(!known(&judgement).is_empty());
}

#[test]
fn a_capability_statement_may_name_its_formats_in_short() {
    let statement = |format: &str, patch: &str| {
        json!({ "resourceType": "CapabilityStatement", "status": "active", "date": "2024-02", "kind": "instance",
            "implementation": { "description": "a server" }, "fhirVersion": "4.0.1", "format": [format],
            "patchFormat": [patch], "rest": [{ "mode": "server" }] })
    };
    assert_errors([
        (statement("json", "application/json-patch+json"), &[] as &[_]),
        (statement("ttl", "json"), &[]),
        (statement("jsom", "application/json-patch+json"), &["binding"]),
        (statement("json", "patch"), &["binding"]),
    ]);
}

#[test]
fn text_that_is_not_there_breaks_no_rule_about_text() {
    let absent = || json!({ "extension": [{ "url": ABSENT, "valueCode": "unknown" }] });
    assert_errors([
        (observation(json!({ "subject": { "_reference": absent() } })), &[] as &[_]),
        (observation(json!({ "subject": { "_reference": absent(), "display": "a passer-by" } })), &[]),
        (observation(json!({ "performer": [{ "_reference": absent(), "type": "Patient" }] })), &[]),
        (observation(json!({ "subject": { "reference": "#nobody" } })), &["ref-1"]),
    ]);
}

#[test]
fn an_extension_has_the_parts_that_its_definition_names() {
    let us = |name: &str| format!("{}{name}", crate::US_CORE);
    let patient = |extension: Value| json!({ "resourceType": "Patient", "extension": [extension] });
    let race = |part: &str| {
        json!({ "url": us("us-core-race"), "extension": [
            { "url": "text", "valueString": "Mixed" }, { "url": part, "valueString": "x" }
        ] })
    };
    assert_errors([
        (patient(race("texts")), &["extension.unknown"] as &[_]),
        // The names are those of this definition, not of any other.
        (patient(race("tribalAffiliation")), &["extension.unknown"]),
        (patient(json!({ "url": "http://example.org/own", "extension": [{ "url": "any", "valueString": "x" }] })), &[]),
    ]);
    let nested = |part: &str| {
        json!({ "resourceType": "CapabilityStatement", "status": "active", "date": "2024-02", "kind": "instance",
            "implementation": { "description": "a server" }, "fhirVersion": "4.0.1", "format": ["json"],
            "rest": [{ "mode": "server", "extension": [{
                "url": format!("{R4}capabilitystatement-search-parameter-combination"),
                "extension": [{ "url": part, "valueString": "patient" }]
            }] }] })
    };
    let found = errors(&judge(&nested("demanded"), ""));
    assert!(found.contains(&"extension.unknown".to_owned()), "{found:?}");
    assert!(!errors(&judge(&nested("required"), "")).contains(&"extension.unknown".to_owned()));
}

#[test]
fn the_oauth_uris_of_a_newer_smart_are_known() {
    let statement = |name: &str| {
        json!({ "resourceType": "CapabilityStatement", "status": "active", "date": "2024-02", "kind": "instance",
            "implementation": { "description": "a server" }, "fhirVersion": "4.0.1", "format": ["json"],
            "rest": [{ "mode": "server", "security": { "extension": [{
                "url": "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
                "extension": [
                    { "url": "authorize", "valueUri": "https://auth.example.org/authorize" },
                    { "url": "token", "valueUri": "https://auth.example.org/token" },
                    { "url": name, "valueUri": "https://auth.example.org/more" }
                ]
            }] } }] })
    };
    assert_errors([
        (statement("introspect"), &[] as &[_]),
        (statement("revoke"), &[]),
        (statement("revokes"), &["extension.unknown"]),
    ]);
}

#[test]
fn a_contained_resource_has_an_id() {
    let contained = |organization: Value| {
        observation(json!({ "contained": [organization], "performer": [{ "reference": "#org" }] }))
    };
    let organization = |id: Value| {
        let mut all = json!({ "resourceType": "Organization", "name": "Harbour clinic" });
        all.as_object_mut().unwrap().extend(id.as_object().unwrap().clone());
        all
    };
    assert_errors([(contained(organization(json!({ "id": "org" }))), &[] as &[_])]);
    let only_extension = json!({ "_id": { "extension": [{ "url": ABSENT, "valueCode": "unknown" }] } });
    for without in [json!({}), only_extension] {
        let found = errors(&judge(&contained(organization(without)), ""));
        assert!(found.contains(&"contained".to_owned()), "{found:?}");
    }
}

#[test]
fn a_reference_states_the_type_that_it_names() {
    let subject = |reference: Value| observation(json!({ "subject": reference }));
    let provenance = |of: &str| {
        json!({ "resourceType": "Provenance", "recorded": "2024-05-06T07:08:09Z",
            "target": [{ "reference": "Patient/1", "type": of }], "agent": [{ "who": { "display": "x" } }] })
    };
    assert_errors([
        (subject(json!({ "reference": "Patient/1", "type": "Patient" })), &[] as &[_]),
        (subject(json!({ "reference": "Patient/1", "type": "Person1" })), &["reference.target"]),
        (subject(json!({ "reference": "Patient/1", "type": "Group" })), &["reference.target"]),
        (
            subject(json!({ "reference": "urn:uuid:6b1f3c6e-1111-4222-8333-555555555555", "type": "HumanName" })),
            &["reference.target"],
        ),
        (provenance("Patient"), &[]),
        (provenance("Patients"), &["reference.target"]),
        (provenance("Encounter"), &["reference.target"]),
    ]);
}

#[test]
fn a_reason_for_absence_is_no_code_of_a_required_value_set() {
    let absent = || json!({ "extension": [{ "url": ABSENT, "valueCode": "unknown" }] });
    assert_errors([
        (
            json!({ "resourceType": "Observation", "_status": absent(), "code": { "text": "Pain" } }),
            &["binding"] as &[_],
        ),
        (
            json!({ "resourceType": "Encounter", "_status": absent(),
                "class": { "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "AMB" } }),
            &["binding"],
        ),
        (json!({ "resourceType": "Patient", "_birthDate": absent() }), &[]),
        (observation(json!({ "valueCodeableConcept": absent() })), &[]),
    ]);
}

/// Judges by what the resource claims.
fn by_claims(profile: &str, of: &str) -> Judgement {
    let text = json!({ "resourceType": of, "status": "final", "meta": { "profile": [profile] } }).to_string();
    Validator::new(Library::embedded(), HeldTo::Guide).judge(&Document::parse(&text).unwrap())
}

#[test]
fn a_claim_of_another_version_is_not_evaluated() {
    let patient = format!("{}us-core-patient", crate::US_CORE);
    let vital_signs = format!("{R4}vitalsigns");
    for (profile, of, other, own) in
        [(&patient, "Patient", "3.1.1", "6.1.0"), (&vital_signs, "Observation", "3.0.1", "4.0.1")]
    {
        let about = |j: &Judgement| j.issues.iter().filter(|i| i.profile == *profile).count();
        let judged = by_claims(&format!("{profile}|{other}"), of);
        assert_eq!(about(&judged), 0, "{:#?}", judged.issues);
        let open = judged.not_evaluated.iter().find(|n| n.what == format!("profile {profile}|{other}")).unwrap();
        assert!(open.reason.contains(own), "{}", open.reason);
        for claim in [format!("{profile}|{own}"), profile.clone()] {
            assert!(about(&by_claims(&claim, of)) > 0, "{claim}");
        }
    }
}

#[test]
fn an_element_is_no_choice_because_its_name_begins_alike() {
    let script = |assert: Value| {
        json!({ "resourceType": "TestScript", "url": "http://example.org/t", "name": "T", "status": "draft",
            "setup": { "action": [{ "assert": assert }] } })
    };
    assert_errors([
        (script(json!({ "responseCode": "200", "warningOnly": true })), &[] as &[_]),
        (script(json!({ "response": "okay", "warningOnly": true })), &[]),
        (script(json!({ "response": "okay", "responseCode": "200", "warningOnly": true })), &["tst-5"]),
    ]);
    use probity::profile::path::{Around, Path};
    let found = |text: &str, path: &str| {
        let document = Document::parse(text).unwrap();
        let nothing = |_: &str| None;
        let root = document.root();
        let around = Around { document: &document, resource: root, root_resource: root, resolve: &nothing };
        Path::compile(path).unwrap().select(root.into(), &around).len()
    };
    let report = r#"{"resourceType":"DiagnosticReport","conclusionCode":[{"text":"x"}],"effectiveDateTime":"2024"}"#;
    assert_eq!(found(report, "conclusion"), 0);
    assert_eq!(found(report, "conclusionCode"), 1);
    assert_eq!(found(report, "effective"), 1);
}

#[test]
fn the_version_that_became_normative_may_be_told_of_what_hl7_publishes() {
    let normative = || extension("structuredefinition-normative-version", "valueCode", json!("4.0.0"));
    let set = json!({ "resourceType": "ValueSet", "status": "draft", "extension": [normative()] });
    let system =
        json!({ "resourceType": "CodeSystem", "status": "draft", "content": "complete", "extension": [normative()] });
    let patient = json!({ "resourceType": "Patient", "extension": [normative()] });
    assert_errors([(set, &[] as &[_]), (system, &[]), (patient, &["extension.context"])]);
}

#[test]
fn a_canonical_is_absolute_or_a_fragment() {
    let response = |canonical: &str| json!({ "resourceType": "QuestionnaireResponse", "status": "completed", "questionnaire": canonical });
    assert_errors([
        (response("http://example.org/Questionnaire/q1|2.0"), &[] as &[_]),
        (response("urn:uuid:6b1f3c6e-1111-4222-8333-555555555555|1"), &[]),
        (response("urn:oid:1.2.3|1#a"), &[]),
        (response("Questionnaire/q1"), &["primitive.format"]),
        (response("q1|2.0"), &["primitive.format"]),
        (json!({ "resourceType": "Patient", "meta": { "profile": ["us-core-patient"] } }), &["primitive.format"]),
    ]);
}

#[test]
fn a_urn_may_have_components_and_a_fragment() {
    let source = |uri: &str| json!({ "resourceType": "Patient", "meta": { "source": uri } });
    assert_errors([
        (source("urn:uuid:6b1f3c6e-1111-4222-8333-555555555555#a1"), &[] as &[_]),
        (source("urn:oid:1.2.840.1#part"), &[]),
        (source("urn:uuid:6b1f3c6e-1111-4222-8333-555555555555?=a"), &[]),
        (source("urn:uuid:6b1f3c6e#a1"), &["primitive.format"]),
        (source("urn:oid:1.2.x#part"), &["primitive.format"]),
    ]);
}
