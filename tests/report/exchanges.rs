//! The exchanges of the sample.

use crate::sample::{BASE, start};
use chrono::Duration;
use probity::record::{Body, Exchange, Header, Outline, Request, Response, Timing, TlsFacts};
use serde_json::json;
use std::sync::Arc;

const AUTH: &str = "https://fhir.example.test/auth/harbor/oauth2/v1";

fn exchange(number: u32, purpose: &str, scenario: Option<&str>, method: &str, url: &str) -> Exchange {
    let header = |name: &str, value: &str| Header { name: name.to_owned(), value: value.to_owned() };
    let total = 18_000 + u64::from(number) * 11_700;
    Exchange {
        number,
        purpose: purpose.to_owned(),
        scenario: scenario.map(str::to_owned),
        request: Request {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: vec![header("accept", "application/json"), header("user-agent", "probity/0.1.0")],
            body: Body::None,
        },
        response: None,
        error: None,
        started: start() + Duration::milliseconds(i64::from(number) * 310),
        timing: Timing { queued_us: 200, head_us: total - 4_000, total_us: total },
        tls: Some(TlsFacts { certificate_sha256: Some("5f".repeat(32)) }),
        curl: format!("curl --include --request {method} '{url}'"),
        picture: None,
    }
}

fn answered(mut exchange: Exchange, status: u16, body: Body) -> Exchange {
    let header = |name: &str, value: &str| Header { name: name.to_owned(), value: value.to_owned() };
    exchange.response = Some(Response {
        status,
        version: "HTTP/2.0".to_owned(),
        headers: vec![header("content-type", "application/fhir+json"), header("cache-control", "no-store")],
        body,
    });
    exchange
}

pub(crate) fn exchanges() -> Vec<Arc<Exchange>> {
    let shape = |outline| Body::Shape { outline: Some(Outline::from(&outline)), bytes: 1_834 };
    let token = || shape(json!({"access_token": "string", "token_type": "string", "expires_in": "number"}));
    let grant = |code: &str| Body::Text {
        text: format!("grant_type=authorization_code&code={code}&code_verifier=[verifier]&client_id=probity-public"),
        bytes: 214,
    };
    let authorize = format!(
        "{AUTH}/authorize?response_type=code&client_id=probity-public&scope=launch/patient+patient/*.rs+openid\
         +fhirUser&code_challenge=[challenge]&code_challenge_method="
    );
    let mut exchanges = vec![
        answered(
            exchange(
                1,
                "read of the SMART configuration",
                None,
                "GET",
                &format!("{BASE}/.well-known/smart-configuration"),
            ),
            200,
            shape(json!({"issuer": "string", "capabilities": ["string"], "scopes_supported": ["string"]})),
        ),
        answered(
            exchange(2, "authorisation of user-1", Some("pkce.right-verifier"), "GET", &format!("{authorize}S256")),
            302,
            Body::None,
        ),
        answered(
            exchange(3, "exchange of a code", Some("pkce.right-verifier"), "POST", &format!("{AUTH}/token")),
            200,
            token(),
        ),
        answered(
            exchange(
                4,
                "exchange of a code with another verifier",
                Some("pkce.wrong-verifier"),
                "POST",
                &format!("{AUTH}/token"),
            ),
            200,
            token(),
        ),
        answered(
            exchange(
                5,
                "authorisation with the method plain",
                Some("pkce.plain-method"),
                "GET",
                &format!("{authorize}plain"),
            ),
            200,
            Body::Shape { outline: None, bytes: 5_120 },
        ),
        answered(
            exchange(
                6,
                "read of the patient of the session",
                Some("isolation.other-tenant"),
                "GET",
                &format!("{BASE}/Patient/patient-1"),
            ),
            200,
            shape(json!({"resourceType": "string", "id": "string"})),
        ),
        answered(
            exchange(
                7,
                "read of a patient of the second tenant",
                Some("isolation.other-tenant"),
                "GET",
                "https://fhir.example.test/provider/patient-access/v2/meadow/Patient/patient-1",
            ),
            401,
            Body::Size { bytes: 0 },
        ),
        answered(
            exchange(
                8,
                "search of the conditions of another patient",
                Some("isolation.other-patient"),
                "GET",
                &format!("{BASE}/Condition?patient=patient-2"),
            ),
            200,
            shape(
                json!({"resourceType": "string", "total": "number", "entry": [{"resource": {"subject": {"reference": "string"}}}]}),
            ),
        ),
        answered(
            exchange(
                9,
                "read of the patient of the session",
                Some("us-core.patient.read"),
                "GET",
                &format!("{BASE}/Patient/patient-1"),
            ),
            200,
            Body::Text {
                text: r#"{"resourceType":"Patient","id":"patient-1","identifier":[{"system":"urn:a","value":"1"},{"value":"2"}]}"#.to_owned(),
                bytes: 103,
            },
        ),
    ];
    for number in [2, 3] {
        exchanges[number].request.body = grant(if number == 2 { "[code 1]" } else { "[code 2]" });
    }
    let mut silent = exchange(10, "connection with TLS 1.1", Some("discovery.tls.versions"), "GET", BASE);
    silent.error = Some("timed out after 30 s".to_owned());
    silent.timing = Timing { queued_us: 0, head_us: 0, total_us: 30_000_000 };
    silent.tls = None;
    exchanges.push(silent);
    exchanges.into_iter().map(Arc::new).collect()
}
