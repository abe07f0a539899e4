//! The parts that judgements rest on: the JSON tree, FHIRPath, primitives, what is left open.

use probity::profile::json::Document;
use probity::profile::path::{Around, Path};
use probity::profile::primitive;
use serde_json::json;

use crate::{errors, judge, record};

/// Whether an expression holds of a resource.
fn holds(expression: &str, resource: &str) -> bool {
    let document = Document::parse(resource).unwrap();
    let root = document.root();
    let resolve = |_: &str| None;
    let around = Around { document: &document, resource: root, root_resource: root, resolve: &resolve };
    Path::compile(expression).unwrap().holds(root.into(), &around)
}

#[test]
fn expressions_are_three_valued_and_follow_choices() {
    let text = r#"{"resourceType":"Observation","valueQuantity":{"value":1.50},"_status":{"id":"x"},
        "code":{"coding":[{"code":"a"},{"code":"b"}]}}"#;
    for yes in [
        "value.exists()",
        "value.ofType(Quantity).value = 1.5",
        "value is Quantity",
        "code.coding.code.count() = 2",
        "code.coding.code.isDistinct()",
        "status.exists() and status.hasValue().not()",
        "Observation.code.exists()",
        "(1 = 2) implies (3 = 4)",
        "code.coding.where(code = 'b').exists()",
        "('a' | 'b').count() = 2 and 'b' in code.coding.code",
        "code.coding.all(code.matches('^[a-z]$'))",
        "1 + 2 * 3 = 7",
        "iif(code.exists(), 'x', 'y') = 'x'",
        "code.coding.first().code & '-' & nothing = 'a-'",
    ] {
        assert!(holds(yes, text), "{yes}");
    }
    for no in ["nothing", "value.value > 2", "code.coding.code = 'a'", "nothing = 1", "value is string"] {
        assert!(!holds(no, text), "{no}");
    }
}

#[test]
fn moments_are_ordered_in_time_and_left_open_where_they_are() {
    let period = |start: &str, end: &str| format!(r#"{{"start":"{start}","end":"{end}"}}"#);
    assert!(holds("start <= end", &period("2024-01-01T10:00:00+02:00", "2024-01-01T09:00:00Z")));
    assert!(!holds("start <= end", &period("2024-01-01T10:00:00-05:00", "2024-01-01T09:00:00Z")));
    assert!(holds("start <= end", &period("2024-06", "2024")), "the end includes all of 2024");
    assert!(!holds("start <= end", &period("2025-06", "2024")));
}

#[test]
fn what_the_evaluator_does_not_know_is_refused_by_name() {
    for (expression, part) in [
        ("name.conformsTo('x')", "conformsTo()"),
        ("a.where(b", "','"),
        ("%nothing", "%nothing"),
        ("a.matches(b)", "literal pattern"),
        ("'open", "closing quote"),
        ("a b", "goes on"),
        ("$total", "$total"),
        ("a ? b", "does not know"),
    ] {
        let error = Path::compile(expression).unwrap_err().to_string();
        assert!(error.contains(part), "{expression}: {error}");
    }
    assert!(Path::compile(&"(".repeat(100_000)).is_err());
}

#[test]
fn a_text_that_is_no_json_is_told_with_its_place() {
    for (text, line, column) in [
        ("", 1, 1),
        ("{\n  \"a\": }", 2, 8),
        ("[1, 2", 1, 6),
        ("{\"a\": 01}", 1, 7),
        ("\"\u{1}\"", 1, 2),
        ("{} x", 1, 4),
        ("{\"é\" 1}", 1, 6),
    ] {
        let error = Document::parse(text).map(|_| ()).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{text:?}: {error}");
    }
    assert!(Document::parse(&"[".repeat(1_000_000)).is_err(), "deep nesting is refused, not followed");
}

#[test]
fn a_key_given_twice_is_an_error() {
    let text = r#"{"resourceType":"Patient","active":true,"active":false}"#;
    let document = Document::parse(text).unwrap();
    let validator = probity::profile::Validator::new(probity::profile::Library::embedded(), Default::default());
    let found = errors(&validator.judge(&document));
    assert!(found.contains(&"json.duplicate-key".to_owned()), "{found:?}");
}

#[test]
fn primitives_agree_with_the_expressions_of_the_specification() {
    // R4's own regular expressions; the calendar and the limits are what ours add.
    let date = regex::Regex::new(
        "^([0-9]([0-9]([0-9][1-9]|[1-9]0)|[1-9]00)|[1-9]000)(-(0[1-9]|1[0-2])(-(0[1-9]|[1-2][0-9]|3[0-1]))?)?$",
    )
    .unwrap();
    for text in ["2024", "2024-02", "2024-02-29", "0001", "2024-13", "24", "2024-1-1", "2024-02-", "0000", "2024-00"] {
        assert_eq!(primitive::problem("date", text).is_none(), date.is_match(text), "{text}");
    }
    assert!(primitive::problem("date", "2023-02-29").is_some());
    for (of, good, bad) in [
        ("instant", "2024-01-01T00:00:00.123Z", "2024-01-01"),
        ("dateTime", "2024-01-01T23:59:60+14:00", "2024-01-01T24:00:00Z"),
        ("time", "23:59:59.5", "23:59"),
        ("code", "a b", "a  b"),
        ("id", "A-1.b", "a_b"),
        ("oid", "urn:oid:1.2.3", "urn:oid:3.1"),
        ("uuid", "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", "urn:uuid:C757873D-EC9A-4326-A141-556F43239520"),
        ("base64Binary", "QUJD", "QUJ"),
        ("uri", "urn:x:y", "a b"),
        ("positiveInt", "1", "0"),
        ("unsignedInt", "0", "-1"),
        ("integer", "-2147483648", "2147483648"),
        ("decimal", "1.0e3", "1e999999"),
        ("string", "x", " "),
    ] {
        assert_eq!(primitive::problem(of, good), None, "{of} {good}");
        assert!(primitive::problem(of, bad).is_some(), "{of} {bad}");
    }
}

#[test]
fn what_cannot_be_judged_is_listed_and_not_counted_as_conforming() {
    let mut patient = record("us-core-patient");
    patient["meta"]["profile"] = json!(["http://example.org/StructureDefinition/unknown"]);
    let judgement = judge(&patient, "us-core-patient");
    let open: Vec<_> = judgement.not_evaluated.iter().map(|n| n.what.as_str()).collect();
    assert!(open.contains(&"profile http://example.org/StructureDefinition/unknown"), "{open:?}");
    assert!(open.contains(&"value set http://hl7.org/fhir/us/core/ValueSet/birthsex"), "{open:?}");
}

#[test]
fn an_issue_names_element_place_rule_and_next_step() {
    let mut weight = record("us-core-body-weight");
    weight["valueQuantity"]["code"] = json!("stone");
    let judgement = judge(&weight, "us-core-body-weight");
    let issue = judgement.issues.iter().find(|i| i.kind.name() == "binding").unwrap();
    assert_eq!(issue.path, "Observation.value.ofType(Quantity)");
    assert_eq!(issue.pointer, "/valueQuantity");
    assert_eq!(issue.element, "Observation.value[x]");
    assert!(issue.profile.ends_with("us-core-body-weight"));
    assert!(!issue.kind.advice().is_empty());
}

#[test]
fn every_record_of_the_tenant_conforms_to_what_it_claims() {
    for tenant in ["harbor", "meadow"] {
        for resource in probity::tenant::records(tenant, 61) {
            let text = resource.to_string();
            let validator = probity::profile::Validator::new(probity::profile::Library::embedded(), Default::default());
            let judgement = validator.judge(&Document::parse(&text).unwrap());
            assert!(judgement.is_valid(), "{}/{}: {:#?}", resource["resourceType"], resource["id"], judgement.issues);
        }
    }
}

#[test]
fn a_claim_outside_of_the_guide_does_not_spare_the_guide() {
    let mut weight = record("us-core-body-weight");
    weight.as_object_mut().unwrap().shift_remove("subject");
    for claims in [json!([]), json!(["http://hl7.org/fhir/StructureDefinition/vitalsigns"])] {
        weight["meta"]["profile"] = claims;
        let text = weight.to_string();
        let validator = probity::profile::Validator::new(probity::profile::Library::embedded(), Default::default());
        let judgement = validator.judge(&Document::parse(&text).unwrap());
        let profiles: Vec<_> = judgement.issues.iter().map(|i| i.profile.rsplit('/').next().unwrap()).collect();
        assert!(!judgement.is_valid(), "{text}");
        assert!(profiles.iter().any(|p| *p == "us-core-body-weight" || *p == "vitalsigns"), "{profiles:?}");
        assert_eq!(
            validator.profiles_of(&Document::parse(&text).unwrap(), Document::parse(&text).unwrap().root()),
            ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-body-weight"]
        );
    }
}

#[test]
fn a_contained_resource_needs_no_narrative() {
    let mut patient = record("us-core-patient");
    patient["contained"] = json!([{ "resourceType": "Organization", "id": "o", "name": "x" }]);
    patient["managingOrganization"] = json!({ "reference": "#o" });
    let judgement = judge(&patient, "");
    assert!(judgement.issues.iter().all(|i| !i.path.contains("contained")), "{:?}", judgement.issues);
}
