//! The JUnit rendering, held to the rules that CI servers' schemas share.

use crate::sample;
use crate::xml::{Node, parse};
use probity::report::{Format, Look, render};

fn junit() -> Node {
    parse(&String::from_utf8(render(&sample::run(), Format::Junit, Look::default()).unwrap()).unwrap())
}

fn case<'a>(report: &'a Node, id: &str) -> &'a Node {
    report.all().into_iter().find(|n| n.name == "testcase" && n.attribute("name") == Some(id)).unwrap()
}

type Names = &'static [&'static str];

/// Element, attributes it must have, attributes it may have, children in their order.
const RULES: [(&str, Names, Names, Names); 9] = [
    ("testsuites", &["name", "tests", "failures", "errors", "time"], &["skipped"], &["testsuite"]),
    (
        "testsuite",
        &["name", "tests", "failures", "errors", "skipped", "timestamp", "time"],
        &[],
        &["properties", "testcase", "system-out", "system-err"],
    ),
    ("properties", &[], &[], &["property"]),
    ("property", &["name", "value"], &[], &[]),
    ("testcase", &["name", "classname", "time"], &[], &["skipped", "error", "failure", "system-out", "system-err"]),
    ("skipped", &["message"], &["type"], &[]),
    ("failure", &["message", "type"], &[], &[]),
    ("error", &["message", "type"], &[], &[]),
    ("system-out", &[], &[], &[]),
];

#[test]
fn elements_and_attributes_follow_the_common_schema() {
    for node in junit().all() {
        let (_, must, may, order) = RULES.iter().find(|(name, ..)| *name == node.name).expect(&node.name);
        for name in *must {
            assert!(node.attribute(name).is_some(), "{} lacks {name}", node.name);
        }
        for (name, value) in &node.attributes {
            assert!(must.contains(&name.as_str()) || may.contains(&name.as_str()), "{} has {name}", node.name);
            assert!(!value.contains('\n'), "{name} has a line end");
        }
        let places: Vec<usize> = node
            .children
            .iter()
            .map(|child| order.iter().position(|name| *name == child.name).expect(&child.name))
            .collect();
        assert!(places.is_sorted(), "children of {} are out of order", node.name);
    }
}

#[test]
fn the_numbers_are_those_of_the_elements() {
    let report = junit();
    for node in report.all().into_iter().filter(|n| n.name.starts_with("testsuite")) {
        let cases: Vec<&Node> = node.all().into_iter().filter(|n| n.name == "testcase").collect();
        let with = |name: &str| cases.iter().filter(|case| case.child(name).is_some()).count();
        assert_eq!(node.number("tests"), cases.len());
        assert_eq!(node.number("failures"), with("failure"));
        assert_eq!(node.number("errors"), with("error"));
        if node.name == "testsuite" {
            assert_eq!(node.number("skipped"), with("skipped"));
        }
    }
    let run = sample::run();
    assert_eq!(report.number("tests"), run.scenarios.len() + run.setup.len());
}

#[test]
fn the_times_add_up() {
    let milliseconds = |node: &Node| (node.attribute("time").unwrap().parse::<f64>().unwrap() * 1000.0).round() as u64;
    let report = junit();
    for node in report.all().into_iter().filter(|node| node.name.starts_with("testsuite")) {
        let inner = node.children.iter().filter(|child| child.attribute("time").is_some());
        assert_eq!(milliseconds(node), inner.map(milliseconds).sum::<u64>(), "{:?}", node.attribute("name"));
    }
    assert!(milliseconds(&report) > 0);
}

#[test]
fn a_case_tells_what_it_is_about() {
    let report = junit();
    let run = sample::run();
    let own = run.scenarios.iter().find(|own| own.requirement.id.as_str() == "pkce.wrong-verifier").unwrap();
    let out = &case(&report, "pkce.wrong-verifier").child("system-out").unwrap().text;
    let told = [
        ("title", own.name.clone()),
        ("strength", "SHALL".to_owned()),
        ("severity", "critical".to_owned()),
        ("file", format!("features/{}", own.file)),
        ("line", own.line.to_string()),
    ];
    for (name, value) in told.into_iter().chain(own.requirement.g10.iter().map(|step| ("g10", step.clone()))) {
        assert!(out.lines().any(|line| line == format!("[[PROPERTY|{name}={value}]]")), "{name}: {out}");
    }
}

#[test]
fn a_failure_tells_its_weight_and_what_was_found() {
    let report = junit();
    let case = case(&report, "pkce.wrong-verifier");
    assert_eq!(case.attribute("classname"), Some("Proof Key for Code Exchange"));
    let failure = case.child("failure").unwrap();
    assert_eq!(failure.attribute("type"), Some("SHALL/critical"));
    assert_eq!(failure.attribute("message"), Some("expected no access token; observed 200 with an access token"));
    assert!(failure.text.contains("exchange: #4 POST https://fhir.example.test/"), "{}", failure.text);
}

#[test]
fn what_could_not_be_tested_is_an_error() {
    let report = junit();
    let error = case(&report, "discovery.tls.versions").child("error").unwrap();
    assert_eq!(error.attribute("message"), Some("no answer from fhir.example.test:443 within 30 s"));
}

#[test]
fn what_was_not_judged_is_skipped_with_its_reason() {
    let report = junit();
    let message = |id: &str| case(&report, id).child("skipped").unwrap().attribute("message").unwrap().to_owned();
    assert_eq!(message("us-core.patient.search.name"), "no launch from an EHR is configured");
    assert!(message("isolation.consent-page").starts_with("a person must look: "));
    assert!(message("pkce.plain-method").starts_with("waived until 2026-03-31"));
}

#[test]
fn a_warning_passes_with_a_note_and_an_expired_waiver_does_not_help() {
    let report = junit();
    let warning = case(&report, "discovery.smart.capabilities");
    assert!(warning.child("system-out").unwrap().text.contains("permission-v2 is missing"));
    assert!(warning.child("failure").is_none());
    assert!(case(&report, "us-core.patient.profile").child("failure").is_some());
}

#[test]
fn the_root_has_no_count_that_schemas_of_junit_refuse() {
    let root = junit();
    let names: Vec<&str> = root.attributes.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"tests") && !names.contains(&"skipped"), "{names:?}");
}
