//! Answers of the token endpoint: a token, no token, a refusal; and what a token response says.

use super::Observation;
use crate::http::Answer;
use crate::smart::{Grant, covers, parse_scopes};
use serde_json::Value;
use std::collections::BTreeSet;

fn seen(answer: &Answer, met: bool, expected: impl Into<String>, observed: impl Into<String>) -> Observation {
    Observation::new(met, expected, observed, vec![answer.number()])
}

/// Whether a token was issued.
pub fn issued(answer: &Answer) -> Observation {
    let (met, observed) = match Grant::read(answer, "") {
        Ok(_) => (true, format!("status {} with an access_token", answer.status())),
        Err(why) => (false, why.to_string()),
    };
    seen(answer, met, "an access token", observed)
}

/// Whether no token of any kind was issued, by a refusal of the status that RFC 6749 5.2 demands.
pub fn none_issued(answer: &Answer) -> Vec<Observation> {
    let body = answer.json().unwrap_or(Value::Null);
    let names = ["access_token", "refresh_token", "id_token"];
    let given: Vec<&str> = names.into_iter().filter(|name| body.get(*name).is_some()).collect();
    let observed = match given.as_slice() {
        [] => format!("status {} without a token", answer.status()),
        names => format!("status {} with {}", answer.status(), names.join(", ")),
    };
    let mut all = vec![seen(answer, given.is_empty(), "no token", observed.as_str())];
    if given.is_empty() && !(400..500).contains(&answer.status()) {
        all.push(seen(answer, false, "a refusal: 400, or 401 for the client", observed));
    }
    all
}

/// Whether it refuses with one of these statuses and error codes.
pub fn refused(answer: &Answer, statuses: &[&str], errors: &[&str]) -> Observation {
    let body = answer.json().unwrap_or(Value::Null);
    let (own, status) = (body["error"].as_str().unwrap_or_default(), answer.status().to_string());
    // RFC 6749 5.2: a client that tried to authenticate may always be told invalid_client with 401.
    let client = own == "invalid_client" && status == "401";
    let met = client || (statuses.contains(&status.as_str()) && errors.contains(&own));
    let observed =
        if own.is_empty() { format!("{status} without an error code") } else { format!("{status} with error `{own}`") };
    let errors: Vec<String> = errors.iter().map(|error| format!("\"{error}\"")).collect();
    seen(answer, met, format!("{} with error {}", statuses.join(" or "), errors.join(" or ")), observed)
}

/// Whether it gives no token that may read a type.
pub fn gives_no_access(answer: &Answer, of: &str) -> Observation {
    let (met, observed) = match Grant::read(answer, "") {
        Ok(grant) => (!covers(&grant.scope, of, 'r'), format!("granted {}", grant.scope)),
        Err(why) => (true, why.to_string()),
    };
    seen(answer, met, format!("no scope for {of}"), observed)
}

/// Whether it gives a refresh token that is not the one which was used.
pub fn rotated(answer: &Answer, used: Option<&str>) -> Observation {
    let now = Grant::read(answer, "").ok().and_then(|grant| grant.refresh_token);
    let observed = match now.as_deref() {
        None => "no refresh token",
        own if own == used => "the same refresh token",
        Some(_) => "another refresh token",
    };
    seen(answer, observed == "another refresh token", "another refresh token", observed)
}

/// Whether an introspection says of a token what its own response said.
pub fn introspected(answer: &Answer, client: &str, grant: &Grant) -> Observation {
    let body = answer.json().unwrap_or(Value::Null);
    let set = |text: &str| text.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
    let mut differ = Vec::new();
    if body["client_id"] != client {
        differ.push("client_id");
    }
    if set(body["scope"].as_str().unwrap_or_default()) != set(&grant.scope) {
        differ.push("scope");
    }
    if grant.patient.is_some() && body["patient"].as_str() != grant.patient.as_deref() {
        differ.push("patient");
    }
    let observed = if differ.is_empty() { "they agree".to_owned() } else { format!("differ: {}", differ.join(", ")) };
    let expected = "client_id, scope and patient as in the token response";
    Observation::new(differ.is_empty(), expected, observed, vec![answer.number(), grant.number])
}

/// Whether a token response has a member with a value.
pub fn has_member(grant: &Grant, name: &str) -> Observation {
    let met = grant.response.get(name).is_some_and(|value| !value.is_null() && value != "");
    let names: Vec<&str> = grant.response.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    Observation::new(met, format!("`{name}`"), format!("members {}", names.join(", ")), vec![grant.number])
}

/// Whether a token response puts the patient of a user in context.
pub fn has_context(grant: &Grant, user: &str, patient: &str) -> Observation {
    let observed = match grant.patient.as_deref() {
        Some(own) if own == patient => "that patient",
        Some(_) => "another patient",
        None => "no patient in the token response",
    };
    Observation::new(observed == "that patient", format!("patient {user}"), observed, vec![grant.number])
}

/// Whether a token response states its scopes, none of them wider than what was asked for.
pub fn within(grant: &Grant, asked: &str) -> Observation {
    let own = parse_scopes(&grant.scope);
    let mut letters = own.iter().flat_map(|own| own.permissions.iter().map(move |letter| (own, *letter)));
    let met = grant.scope_stated && letters.all(|(own, letter)| covers(asked, &own.resource, letter));
    let observed = if grant.scope_stated { grant.scope.as_str() } else { "no scope in the token response" };
    Observation::new(met, format!("scopes within {asked}"), observed, vec![grant.number])
}

/// Whether no granted scope reads or searches a type.
pub fn covers_nothing_of(grant: &Grant, of: &str) -> Observation {
    let met = !['r', 's'].iter().any(|letter| covers(&grant.scope, of, *letter));
    Observation::new(met, format!("no scope for {of}"), format!("granted {}", grant.scope), vec![grant.number])
}
