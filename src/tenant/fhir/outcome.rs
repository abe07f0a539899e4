//! What goes over the wire: FHIR JSON answers and errors as OperationOutcomes.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

use crate::tenant::fault::Faults;

/// A refusal: status, issue code of FHIR, and what to say.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    code: &'static str,
    text: String,
    extra: Vec<(HeaderName, String)>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, code: &'static str, text: impl Into<String>) -> Refusal {
        Refusal { status, code, text: text.into(), extra: Vec::new() }
    }

    pub(super) fn invalid(text: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, "invalid", text)
    }

    pub(super) fn unsupported(text: impl Into<String>) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, "not-supported", text)
    }

    pub(super) fn unknown() -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, "not-found", "no such resource")
    }

    pub(super) fn unknown_type() -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, "not-supported", "no such resource type")
    }

    /// The token lacks the scope for a type.
    pub(super) fn scope(faults: &Faults, kind: &str) -> Refusal {
        if faults.on("scope.refused-as-unknown") {
            return Refusal::unknown();
        }
        let refusal =
            Refusal::new(StatusCode::FORBIDDEN, "forbidden", format!("the token grants no such access to {kind}"));
        refusal.with(header::WWW_AUTHENTICATE, "Bearer error=\"insufficient_scope\"")
    }

    pub(super) fn method(allow: &str) -> Refusal {
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "not-supported", "this server is read-only");
        refusal.with(header::ALLOW, allow)
    }

    pub(super) fn with(mut self, name: HeaderName, value: impl Into<String>) -> Refusal {
        self.extra.push((name, value.into()));
        self
    }

    pub(super) fn into_answer(self, faults: &Faults) -> Answer {
        let body = if faults.on("errors.not-an-operationoutcome") {
            json!({ "error": self.code, "message": self.text })
        } else {
            let issue = json!({ "severity": "error", "code": self.code, "diagnostics": self.text });
            json!({ "resourceType": "OperationOutcome", "issue": [issue] })
        };
        Answer { status: self.status, body: Payload::Json(body), extra: self.extra }
    }
}

/// The bytes of an answer.
#[derive(Debug, Clone)]
pub(super) enum Payload {
    Json(Value),
    Raw(String, Vec<u8>),
}

/// An answer before it is written.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Payload,
    pub(super) extra: Vec<(HeaderName, String)>,
}

impl Answer {
    pub(super) fn ok(body: Value) -> Answer {
        Answer { status: StatusCode::OK, body: Payload::Json(body), extra: Vec::new() }
    }

    /// The HTTP response; `public` answers hold nobody's data.
    pub(super) fn write(mut self, method: &Method, faults: &Faults, public: bool) -> Response {
        let (content_type, bytes) = match &mut self.body {
            Payload::Json(value) => {
                strip(value, faults);
                let fhir = if faults.on("headers.text-content-type") { "text/plain" } else { "application/fhir+json" };
                let mut bytes = serde_json::to_vec(value).unwrap_or_default();
                if faults.on("json.member-twice") && bytes.starts_with(br#"{"resourceType":"Bundle","#) {
                    bytes.splice(1..1, br#""resourceType":"Bundle","#.iter().copied());
                }
                (format!("{fhir};charset=utf-8"), bytes)
            }
            Payload::Raw(content_type, bytes) => (std::mem::take(content_type), std::mem::take(bytes)),
        };
        let body = if method == Method::HEAD { Body::empty() } else { Body::from(bytes) };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let cache = match (public, faults.on("headers.cacheable")) {
            (_, true) => "public, max-age=600, s-maxage=600",
            (true, false) => "no-cache",
            (false, false) => "no-store",
        };
        let fixed = [
            (header::CONTENT_TYPE, content_type),
            (header::CACHE_CONTROL, cache.to_owned()),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        ];
        for (name, value) in fixed.into_iter().chain(self.extra) {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// The faults that leave something out of every resource sent.
fn strip(value: &mut Value, faults: &Faults) {
    if faults.on("patient.identifier-without-system") && value.get("resourceType").is_some_and(|t| t == "Patient") {
        for identifier in value.get_mut("identifier").and_then(Value::as_array_mut).into_iter().flatten() {
            identifier.as_object_mut().and_then(|o| o.shift_remove("system"));
        }
    }
    if faults.on("patient.name-use-invented") && value.get("resourceType").is_some_and(|t| t == "Patient") {
        for name in value.get_mut("name").and_then(Value::as_array_mut).into_iter().flatten() {
            name.as_object_mut().map(|o| o.insert("use".to_owned(), "fancy".into()));
        }
    }
    for entry in value.get_mut("entry").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(resource) = entry.get_mut("resource") {
            strip(resource, faults);
        }
    }
}
