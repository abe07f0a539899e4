//! `probity validate` and `probity profiles` as their users meet them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::record;

fn probity(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_probity"))
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder with a right resource, a wrong one, a broken one, and NDJSON that is gzipped.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let right = record("us-core-patient");
    let mut wrong = right.clone();
    wrong["gender"] = json!("femail");
    std::fs::write(folder.path().join("right.json"), right.to_string()).unwrap();
    std::fs::write(folder.path().join("wrong.json"), format!("{wrong:#}")).unwrap();
    std::fs::write(folder.path().join("broken.json"), "{\n  \"resourceType\": \"Patient\",,\n}").unwrap();
    let file = std::fs::File::create(folder.path().join("many.ndjson.gz")).unwrap();
    let mut zip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
    writeln!(zip, "{right}\n\n{wrong}").unwrap();
    zip.finish().unwrap();
    folder
}

#[test]
fn a_person_reads_what_where_why_and_what_next() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = r#"{
  "resourceType": "Patient",
  "meta": { "profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"] },
  "identifer": [{ "system": "http://hospital.example/mrn", "value": "1032702" }],
  "name": [{ "family": "Shaw" }],
  "gender": "femail"
}"#;
    std::fs::write(folder.path().join("patient.json"), wrong).unwrap();
    let output = probity(folder.path(), &["validate", "patient.json"]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn a_broken_file_is_one_error_and_the_rest_go_on() {
    let folder = folder();
    let output = probity(folder.path(), &["validate", ".", "--format", "json", "--jobs", "3"]);
    assert_eq!(output.status.code(), Some(1));
    let lines: Vec<Value> = text(&output.stdout).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let said: Vec<_> = lines.iter().map(|l| (l["name"].as_str().unwrap(), l["valid"].as_bool().unwrap())).collect();
    let expected = [
        ("./broken.json", false),
        ("./many.ndjson.gz line 1", true),
        ("./many.ndjson.gz line 3", false),
        ("./right.json", true),
        ("./wrong.json", false),
    ];
    assert_eq!(said, expected);
    assert_eq!(lines[0]["issues"][0]["line"], 2);
    assert!(text(&output.stderr).contains("5 resources: 2 valid, 3 invalid"), "{}", text(&output.stderr));
}

#[test]
fn a_syntax_error_at_any_character_is_one_error_in_every_format_and_the_rest_go_on() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.json"), "{\"resourceType\":\u{201c}Patient\u{201d}}").unwrap();
    std::fs::write(folder.path().join("b.json"), "{\"resourceType\":\"Patient\",\"active\":\u{1f600}}").unwrap();
    // The text ends within a line of characters of several bytes, so that the excerpt is cut.
    let long = format!("{{\"resourceType\":\"Patient\",\"x\":\"{}\" é}}", "é".repeat(300));
    std::fs::write(folder.path().join("c.json"), long).unwrap();
    std::fs::write(folder.path().join("d.json"), "\u{feff}ü").unwrap();
    std::fs::write(folder.path().join("right.json"), record("us-core-patient").to_string()).unwrap();
    for format in ["human", "json", "outcome", "sarif"] {
        for jobs in ["1", "2"] {
            let output = probity(folder.path(), &["validate", ".", "--format", format, "--jobs", jobs]);
            assert_eq!(output.status.code(), Some(1), "{format}: {}", text(&output.stderr));
            let said = text(&output.stdout) + text(&output.stderr).as_str();
            assert!(said.contains("5 resources: 1 valid, 4 invalid; 4 errors"), "{format}: {said}");
            assert!(!said.contains("panic"), "{format}: {said}");
        }
    }
}

#[test]
fn a_profile_of_another_version_is_not_asked_for() {
    let folder = folder();
    let code = |version: &str| {
        let url = format!("http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|{version}");
        probity(folder.path(), &["validate", "right.json", "--profile", &url]).status.code()
    };
    assert_eq!((code("6.1.0"), code("3.1.1")), (Some(0), Some(2)));
}

#[test]
fn standard_input_holds_one_resource_or_many() {
    let right = record("us-core-patient");
    for (given, count) in [(format!("{right:#}"), "1 resource"), (format!("{right}\n{right}\n"), "2 resources")] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_probity"))
            .args(["validate", "-", "--quiet"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(given.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output.stdout).contains(count), "{}", text(&output.stdout));
    }
}

#[test]
fn outcomes_and_sarif_say_the_same() {
    let folder = folder();
    let outcome = probity(folder.path(), &["validate", "wrong.json", "--format", "outcome"]);
    let outcome: Value = serde_json::from_slice(&outcome.stdout).unwrap();
    assert_eq!(outcome["resourceType"], "OperationOutcome");
    let error = outcome["issue"].as_array().unwrap().iter().find(|i| i["severity"] == "error").unwrap();
    assert_eq!(error["expression"], json!(["Patient.gender"]));
    assert_eq!(error["code"], "code-invalid");
    // What this tool says of a resource is a resource that conforms.
    assert!(crate::judge(&outcome, "").is_valid(), "{:?}", crate::judge(&outcome, "").issues);
    let sarif = probity(folder.path(), &["validate", "wrong.json", "--format", "sarif", "--out", "out.sarif"]);
    assert_eq!(sarif.status.code(), Some(1));
    let sarif: Value = serde_json::from_slice(&std::fs::read(folder.path().join("out.sarif")).unwrap()).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "binding");
    assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "wrong.json");
    let line = result["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap();
    let source = std::fs::read_to_string(folder.path().join("wrong.json")).unwrap();
    assert!(source.lines().nth(line as usize - 1).unwrap().contains("femail"));
}

#[test]
fn the_exit_code_follows_what_was_asked() {
    let folder = folder();
    let code = |arguments: &[&str]| probity(folder.path(), arguments).status.code();
    assert_eq!(code(&["validate", "right.json"]), Some(0));
    assert_eq!(code(&["validate", "right.json", "--fail-on", "open"]), Some(1), "birth sex cannot be judged offline");
    assert_eq!(code(&["validate", "nowhere.json"]), Some(2));
    assert_eq!(code(&["validate", "right.json", "--profile", "http://example.org/none"]), Some(2));
    assert_eq!(code(&["validate", "right.json", "--profiles", "nowhere"]), Some(2));
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    assert_eq!(code(&["validate", "empty"]), Some(4));
}

#[test]
fn must_support_is_an_answer_of_its_own() {
    let folder = folder();
    let output = probity(folder.path(), &["validate", "right.json", "--coverage", "--quiet"]);
    let said = text(&output.stdout);
    assert!(said.contains("must support USCorePatientProfile: "), "{said}");
    assert!(said.contains("seen in 1 resources"), "{said}");
}

#[test]
fn packages_compile_from_the_command_line_and_are_used() {
    let folder = tempfile::tempdir().unwrap();
    let output = probity(folder.path(), &["profiles", "compile", "nowhere", "--out", "rules"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("cannot read nowhere"), "{}", text(&output.stderr));
    let listed = probity(folder.path(), &["profiles", "list", "--open"]);
    let said = text(&listed.stdout);
    assert!(said.contains("hl7.fhir.us.core 6.1.0") && said.contains("us-core-patient"), "{said}");
    assert!(said.contains("not known whole: http://hl7.org/fhir/us/core/ValueSet/birthsex"), "{said}");
    let exported = probity(folder.path(), &["profiles", "export", "--json-schema", "--out", "schemas"]);
    assert_eq!(exported.status.code(), Some(0));
    assert!(folder.path().join("schemas/us-core-patient.schema.json").is_file());
}

/// A terminology service that holds every code but one to be a member.
fn service(refuses: &'static str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && std::io::Read::read(&mut stream, &mut byte).unwrap_or(0) == 1 {
                head.push(byte[0]);
            }
            let yes = !String::from_utf8_lossy(&head).contains(&format!("code={refuses}"));
            let body =
                json!({ "resourceType": "Parameters", "parameter": [{ "name": "result", "valueBoolean": yes }] });
            let body = body.to_string();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        }
    });
    format!("http://{address}/fhir")
}

#[test]
fn a_terminology_service_settles_what_the_packages_leave_open() {
    let folder = folder();
    let all = probity(
        folder.path(),
        &["validate", "right.json", "--fail-on", "open", "--terminology", &service("none-at-all")],
    );
    assert_eq!(all.status.code(), Some(0), "{}{}", text(&all.stdout), text(&all.stderr));
    let patient: Value = serde_json::from_slice(&std::fs::read(folder.path().join("right.json")).unwrap()).unwrap();
    let sex = patient["extension"].as_array().unwrap().iter().find_map(|e| e["valueCode"].as_str()).unwrap();
    let refuses: &'static str = Box::leak(sex.to_owned().into_boxed_str());
    let refused =
        probity(folder.path(), &["validate", "right.json", "--format", "json", "--terminology", &service(refuses)]);
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused.stdout));
    assert!(text(&refused.stdout).contains("ValueSet/birthsex"));
    let gone = probity(folder.path(), &["validate", "right.json", "--terminology", "http://127.0.0.1:9/fhir"]);
    assert_eq!(gone.status.code(), Some(3), "{}", text(&gone.stderr));
}
