//! Errors: how they are told.

use super::sight::Sight;
use super::{Breach, Watcher};
use serde_json::Value;

/// FHIR R4, RESTful API: Rejecting updates and other errors; OperationOutcome.
pub(super) const OUTCOMES: Watcher = Watcher {
    words: "is an error of the FHIR API without a reason",
    looks_at: "errors of the FHIR API",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        // A body never comes with an answer to HEAD.
        if !sight.is_fhir() || !(400..500).contains(&sight.answer.status()) || sight.call.method() == "HEAD" {
            return None;
        }
        let status = sight.answer.status();
        // What is too long is refused before anybody knows that FHIR is meant.
        if matches!(status, 413 | 414 | 431) {
            return None;
        }
        // Gateways refuse access, methods and addresses before FHIR is asked.
        Some(match (sight.resource_type(), sight.json()) {
            (Some("OperationOutcome"), Some(body)) => outcome(body),
            // Who asks for XML may be answered in it; what it says is not looked at.
            (None, None) if is_outcome_in_xml(sight) => Vec::new(),
            _ => vec![Breach::mild(format!("{status} without an OperationOutcome to {}", sight.asked()))],
        })
    },
};

fn is_outcome_in_xml(sight: &Sight<'_>) -> bool {
    let xml = sight.answer.media_type().is_some_and(|kind| kind.contains("xml"));
    xml && sight.answer.text().contains("<OperationOutcome")
}

/// The parts that every OperationOutcome has.
fn outcome(body: &Value) -> Vec<Breach> {
    const SEVERITIES: [&str; 4] = ["fatal", "error", "warning", "information"];
    let issues = body["issue"].as_array().map(Vec::as_slice).unwrap_or_default();
    if issues.is_empty() {
        return vec![Breach::of("an OperationOutcome without an issue")];
    }
    let mut breaches = Vec::new();
    if issues.iter().any(|issue| !issue["severity"].as_str().is_some_and(|of| SEVERITIES.contains(&of))) {
        breaches.push(Breach::of("an issue of an OperationOutcome without a severity of FHIR"));
    }
    if issues.iter().any(|issue| issue["code"].as_str().is_none_or(str::is_empty)) {
        breaches.push(Breach::of("an issue of an OperationOutcome without a code"));
    }
    breaches
}

/// RFC 6749 5.2.
pub(super) const TOKEN_ERRORS: Watcher = Watcher {
    words: "is an error of the token endpoint in the wrong form",
    looks_at: "errors of the token endpoint",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        if !sight.is_token_request() || sight.has_token() {
            return None;
        }
        let status = sight.answer.status();
        if matches!(status, 408 | 429 | 500.. | 300..400) {
            return None;
        }
        let error = sight.json().and_then(|body| body["error"].as_str());
        let mut breaches = Vec::new();
        match error {
            Some(_) if status < 300 => breaches.push(Breach::of(format!("an error with the status {status}"))),
            Some(error) if !matches!(status, 400 | 401) => {
                breaches.push(Breach::mild(format!("{} with the status {status}", word(error))));
            }
            Some(error) if error != "invalid_client" && status == 401 => {
                breaches.push(Breach::mild(format!("{} with the status 401", word(error))));
            }
            Some(_) => {}
            None => breaches.push(Breach::mild(format!("a {status} without `error` in JSON"))),
        }
        if error.is_some() && sight.answer.media_type().as_deref() != Some("application/json") {
            breaches.push(Breach::mild("an error in JSON that is not called application/json"));
        }
        Some(breaches)
    },
};

/// RFC 6749 5.2: the characters of `error`, `error_description` and `error_uri`.
pub(super) const CHARACTERS: Watcher = Watcher {
    words: "is an OAuth error with characters that are not permitted",
    looks_at: "errors of the token endpoint",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        if !sight.is_token_request() || sight.has_token() {
            return None;
        }
        let body = sight.json()?.as_object().filter(|body| body.contains_key("error"))?;
        let texts = ["error", "error_description", "error_uri"]
            .into_iter()
            .filter_map(|name| Some((name, body.get(name)?.as_str()?)));
        let found = texts.filter_map(|(name, text)| {
            if text.chars().any(char::is_control) {
                return Some(Breach::of(format!("`{name}` has a control character, such as a line break")));
            }
            let odd = text.chars().any(|c| !matches!(c, ' '..='~') || matches!(c, '"' | '\\'));
            odd.then(|| Breach::mild(format!("`{name}` has a character that RFC 6749 does not permit")))
        });
        Some(found.collect())
    },
};

/// The error if it is one of the standard; others may hold anything.
fn word(error: &str) -> &str {
    const KNOWN: [&str; 6] = [
        "invalid_request",
        "invalid_client",
        "invalid_grant",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    ];
    if KNOWN.contains(&error) { error } else { "another error" }
}

/// RFC 9110 15.6: an error of the client is not one of the server.
pub(super) const BREAKDOWNS: Watcher = Watcher {
    words: "breaks down",
    looks_at: "answers",
    // What breaks once may be a matter of the moment.
    needs_sign_in: false,
    least: 2,
    look: |sight| {
        let status = sight.answer.status();
        // 501 says that nothing is there to break; 503 that the server is busy.
        let broken = status >= 500 && status != 501 && status != 503;
        let breach = || Breach::of(format!("{status} to {}", sight.asked()));
        Some(broken.then(breach).into_iter().collect())
    },
};
