//! A run with every verdict, a waiver of each kind and exchanges of each kind, against a host that does not exist.

use crate::build::case;
use crate::exchanges::exchanges;
use chrono::{DateTime, Duration, NaiveDate, Utc};
use probity::record::{
    FailOn, Gate, Run, RunStart, SCHEMA_VERSION, ScenarioRecord, SetupRecord, SetupState, Severity, Strength,
    TargetRecord, Traffic, Verdict, Waiver,
};

pub(crate) const BASE: &str = "https://fhir.example.test/provider/patient-access/v2/harbor";

pub(crate) fn start() -> DateTime<Utc> {
    "2026-03-02T09:14:05Z".parse().unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn discovery() -> Vec<ScenarioRecord> {
    let case = |line, id, name, text| {
        case("discovery/smart-configuration.feature", line, "SMART discovery", id, name, text)
            .source(
                "SMART App Launch 2.0.0",
                "Conformance",
                "https://hl7.org/fhir/smart-app-launch/STU2/conformance.html",
            )
            .step("Given", "the FHIR base of the target")
    };
    vec![
        case(
            8,
            "discovery.smart.present",
            "the SMART configuration is published",
            "The SMART configuration is served as JSON below the FHIR base, without authorisation.",
        )
        .g10(&["AUT-PAT-1", "AUT-PAT-2"])
        .step("When", "the SMART configuration is read without authorisation")
        .step("Then", "it is a JSON object")
        .met("200 with a JSON object", "200 with a JSON object of 14 members", &[1])
        .done(),
        case(
            15,
            "discovery.smart.capabilities",
            "the SMART configuration names its capabilities",
            "The configuration lists the capabilities that the server claims.",
        )
        .strength(Strength::Should)
        .advice("Add the missing capabilities to the configuration, or drop what they promise from the documentation.")
        .step("When", "the SMART configuration is read without authorisation")
        .step("Then", "the capabilities are listed")
        .finding(true, Strength::Should, "capabilities is a list of texts", "a list of 11 texts", &[1])
        .finding(
            false,
            Strength::Should,
            "capabilities hold permission-v2 and context-standalone-patient",
            "permission-v2 is missing",
            &[1],
        )
        .done(),
        case(
            24,
            "discovery.tls.versions",
            "connections below TLS 1.2 are refused",
            "The server accepts no protocol version below TLS 1.2.",
        )
        .severity(Severity::High)
        .g10(&["SEC-CNN-1"])
        .step("When", "a connection with an older protocol is tried")
        .unreached("Then", "no connection comes about")
        .stopped(Verdict::Error, "no answer from fhir.example.test:443 within 30 s", &[10]),
    ]
}

fn security() -> Vec<ScenarioRecord> {
    let pkce = |line, id, name, text| {
        case("security/pkce.feature", line, "Proof Key for Code Exchange", id, name, text)
            .source("RFC 7636", "4.6", "https://www.rfc-editor.org/rfc/rfc7636#section-4.6")
            .source("SMART App Launch 2.0.0", "", "https://hl7.org/fhir/smart-app-launch/STU2/app-launch.html")
            .step("Given", "an authorisation code for the public client")
    };
    let tenants = |line, id, name, text| {
        case("security/tenants.feature", line, "Isolation of tenants", id, name, text)
            .severity(Severity::Critical)
            .source("HTI-1 final rule, 45 CFR 170.315(g)(10)", "(v)(A)(1)", "")
    };
    vec![
        pkce(
            9,
            "pkce.right-verifier",
            "a code with its verifier is exchanged",
            "A code is exchanged when the verifier matches its challenge.",
        )
        .step("When", "the code is exchanged with its verifier")
        .step("Then", "an access token is issued")
        .met("200 with an access token", "200 with an access token for patient-1", &[2, 3])
        .done(),
        pkce(
            16,
            "pkce.wrong-verifier",
            "a code_verifier that does not match is refused",
            "A code is not exchanged when the code_verifier does not match the code_challenge it was asked with.",
        )
        .severity(Severity::Critical)
        .g10(&["AUT-PAT-24"])
        .advice("Compare BASE64URL(SHA256(code_verifier)) with the stored code_challenge before issuing tokens.")
        .step("When", "the code is exchanged with another verifier")
        .step("Then", "the exchange is refused")
        .finding(false, Strength::Shall, "no access token", "200 with an access token", &[4])
        .finding(false, Strength::Should, "400 with error \"invalid_grant\"", "200", &[4])
        .done(),
        pkce(25, "pkce.plain-method", "the method \"plain\" is refused", "Only the S256 method is accepted.")
            .severity(Severity::High)
            .step("When", "an authorisation is asked for with the method \"plain\"")
            .step("Then", "it is refused")
            .finding(false, Strength::Shall, "an error at the redirect URI or on a page", "a login page", &[5])
            .flaky(&[6]),
        tenants(
            11,
            "isolation.other-tenant",
            "a token of one tenant opens nothing of another",
            "A token issued for one tenant is refused by every other tenant.",
        )
        .step("Given", "a session of the first tenant")
        .step("When", "its token reads a patient of the second tenant")
        .step("Then", "nothing of that patient is returned")
        .met("401, 403 or 404 without a Patient", "401", &[6, 7])
        .finding(true, Strength::May, "a WWW-Authenticate header", "Bearer error=\"invalid_token\"", &[7])
        .done(),
        tenants(
            20,
            "isolation.other-patient",
            "a token of one patient reads nothing of another",
            "A patient's token opens the records of that patient alone.",
        )
        .step("Given", "a session of the first patient")
        .step("When", "its token searches the conditions of the second patient")
        .step("Then", "nothing of the second patient is returned")
        .finding(
            false,
            Strength::Shall,
            "no entry whose subject is the second patient",
            "3 entries of the second patient",
            &[8],
        )
        .done(),
        tenants(31, "isolation.revoked", "a revoked token opens nothing", "A token opens nothing once it was revoked.")
            .unreached("Given", "a session that nothing else uses")
            .unreached("When", "its token is revoked")
            .unreached("Then", "it opens nothing")
            .blocked("setup.b.public", "the server refuses the user's name or password"),
        tenants(
            38,
            "isolation.consent-page",
            "the consent page names the client and the scopes",
            "A person sees who asks for what before agreeing.",
        )
        .severity(Severity::Low)
        .strength(Strength::Should)
        .step("Given", "an authorisation request that asks for consent")
        .step("Then", "a person confirms what the page shows")
        .stopped(
            Verdict::Outstanding,
            "Does the consent page name the client and every scope in plain words?",
            &[2],
        ),
    ]
}

fn us_core() -> Vec<ScenarioRecord> {
    let case = |line, id, name, text| {
        case("us-core/patient.feature", line, "US Core Patient", id, name, text).source(
            "US Core 6.1.0",
            "Patient",
            "https://hl7.org/fhir/us/core/STU6.1/StructureDefinition-us-core-patient.html",
        )
    };
    vec![
        case(6, "us-core.patient.read", "a patient can be read", "A patient is returned by its logical id.")
            .g10(&["DAT-PAT-7"])
            .step("Given", "a session of the first patient")
            .step("When", "the patient is read")
            .step("Then", "the patient is returned")
            .met("200 with a Patient", "200 with a Patient", &[9])
            .done(),
        case(
            13,
            "us-core.patient.profile",
            "a patient conforms to the profile",
            "The patient conforms to the US Core Patient profile.",
        )
        .advice("Give every identifier a system.")
        .step("Given", "a session of the first patient")
        .step("When", "the patient is read")
        .step("Then", "the patient conforms")
        .finding(
            false,
            Strength::Shall,
            "Patient.identifier has a system (1..1)",
            "Patient.identifier[1] has none",
            &[9],
        )
        .finding(true, Strength::Shall, "Patient.gender is of the required value set", "it is", &[9])
        .showing(&[("Patient.identifier", Some(9)), ("Patient.telecom", None)])
        .leaving("value set urn:test:codes", "it imports a code system that is not at hand")
        .done(),
        case(
            22,
            "us-core.patient.search.name",
            "patients are found by name",
            "A patient is found by a part of its name.",
        )
        .unreached("Given", "a clinician's session")
        .unreached("When", "patients are searched by name")
        .unreached("Then", "the patient is among them")
        .stopped(Verdict::Skip, "no launch from an EHR is configured", &[]),
        case(
            30,
            "us-core.patient.search.identifier",
            "patients are found by identifier",
            "A patient is found by its identifier.",
        )
        .unreached("Given", "a clinician's session")
        .unreached("When", "patients are searched by identifier")
        .unreached("Then", "the patient is the only one")
        .stopped(Verdict::Skip, "no launch from an EHR is configured", &[]),
    ]
}

fn setup() -> Vec<SetupRecord> {
    let entry = |id: &str, what: &str| SetupRecord {
        id: id.to_owned(),
        what: what.to_owned(),
        state: SetupState::Ready,
        reason: None,
        help: None,
        exchanges: Vec::new(),
        blocks: Vec::new(),
    };
    let refused = SetupRecord {
        state: SetupState::Misconfigured,
        reason: Some("the server refuses the user's name or password".to_owned()),
        help: Some("check the password (and username) of [targets.harbor.users.b]".to_owned()),
        exchanges: Vec::new(),
        blocks: vec!["isolation.revoked".parse().unwrap()],
        ..entry("setup.b.public", "user b signs in to the public app")
    };
    vec![entry("setup.a.public", "user a signs in to the public app"), refused]
}

/// The sample: every verdict, a waived and an expired failure, an unused waiver.
pub(crate) fn run() -> Run {
    let waiver = |id: &str, reason: &str, expires: &str| Waiver {
        id: id.parse().unwrap(),
        reason: reason.to_owned(),
        owner: "identity team".to_owned(),
        expires: day(expires),
    };
    let waivers = [
        waiver("pkce.plain-method", "old clients move by the end of the quarter", "2026-03-31"),
        waiver("us-core.patient.profile", "identifiers are being migrated", "2026-02-15"),
        waiver("us-core.patient.read", "reads were broken by the move", "2026-04-30"),
    ];
    let mut scenarios = [discovery(), security(), us_core()].concat();
    let waiver_failures = Waiver::apply(&waivers, &mut scenarios, day("2026-03-02"));
    let mut run = Run {
        start: RunStart {
            schema_version: SCHEMA_VERSION,
            id: "2026-03-02T09-14-05Z-harbor".to_owned(),
            probity: "0.1.0".to_owned(),
            started: start(),
            target: TargetRecord {
                name: "harbor".to_owned(),
                preset: "generic".to_owned(),
                fhir_base: BASE.to_owned(),
                environment: "preview".to_owned(),
                bodies: "shape".to_owned(),
                config: None,
            },
            selection: Vec::new(),
            options: Vec::new(),
            shard: None,
            features_sha256: "0c5e".repeat(16),
            planned: scenarios.len(),
            provenance: probity::record::Provenance::default(),
        },
        setup: setup(),
        finished: start() + Duration::milliseconds(43_250),
        interrupted: false,
        traffic: Traffic { requests: 10, saved: 6 },
        scenarios,
        waiver_failures,
        baseline: None,
        gate: Gate::default(),
        exchanges: exchanges(),
    };
    run.gate = Gate::judge(&run, FailOn::Fail, &[]);
    run
}

/// The sample, stopped after its first scenarios.
pub(crate) fn interrupted() -> Run {
    let mut run = run();
    run.interrupted = true;
    run.start.selection = vec!["discovery".to_owned(), "pkce".to_owned()];
    run.scenarios.retain(|s| s.requirement.id.within("discovery") && s.verdict != Verdict::Error);
    run.waiver_failures.clear();
    run.setup.truncate(1);
    run.gate = Gate::judge(&run, FailOn::Fail, &[]);
    run.exchanges.truncate(1);
    run
}
