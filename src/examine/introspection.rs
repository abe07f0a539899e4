//! Answers of the introspection endpoint: whether a token is alive, what it is for, whose it is (RFC 7662 2.2).

use super::Observation;
use crate::http::Answer;
use crate::smart::Grant;
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::Duration;

/// How far two ends of one token may lie apart, in seconds, besides what clocks differ by.
const APART: i64 = 30;
/// What says whose a token is.
const PERSON: [&str; 3] = ["sub", "username", "fhirUser"];

fn body(answer: &Answer) -> Value {
    answer.json().unwrap_or(Value::Null)
}

fn seen(answer: &Answer, met: bool, expected: &str, observed: impl Into<String>) -> Observation {
    Observation::new(met, expected, observed, vec![answer.number()])
}

/// What an answer says of the token, for the report.
fn said(answer: &Answer) -> String {
    let active = match body(answer).get("active") {
        None => "no `active`".to_owned(),
        Some(Value::Bool(active)) => format!("active {active}"),
        Some(Value::String(_)) => "`active` as a text".to_owned(),
        Some(_) => "`active` of another type".to_owned(),
    };
    format!("status {} with {active}", answer.status())
}

/// Whether it tells no data of the person: whoever may ask needs to know who somebody is, and not what they are like.
pub fn tells_no_data(answer: &Answer) -> Observation {
    const DATA: [&str; 10] =
        ["name", "given_name", "family_name", "birthdate", "address", "phone_number", "email", "gender", "ssn", "mrn"];
    let body = answer.json().unwrap_or_default();
    let told: Vec<&str> = DATA.into_iter().filter(|name| body.get(*name).is_some()).collect();
    let observed = if told.is_empty() { "nothing".to_owned() } else { told.join(", ") };
    Observation::new(told.is_empty(), "nothing of the person's data", observed, vec![answer.number()])
}

/// Whether an answer refuses whoever asks (RFC 7662 2.3; RFC 6749 5.2).
pub fn turns_away(answer: &Answer) -> bool {
    let client =
        || body(answer)["error"].as_str().is_some_and(|e| matches!(e, "invalid_client" | "unauthorized_client"));
    matches!(answer.status(), 401 | 403) || (answer.status() == 400 && client())
}

/// Whether an answer calls the token active, in whatever form.
pub fn is_active(answer: &Answer) -> bool {
    let active = &body(answer)["active"];
    answer.is_success() && (*active == true || *active == "true" || *active == 1)
}

/// Whether it says that the token is inactive: a text `"false"` is true to many a reader.
pub fn is_inactive(answer: &Answer) -> Observation {
    let met = answer.status() == 200 && body(answer)["active"] == false;
    seen(answer, met, "status 200 with active false", said(answer))
}

/// Whether it does not call the token active. What is no access token at all may be an error.
pub fn is_not_active(answer: &Answer) -> Observation {
    let met = !is_active(answer) && (answer.is_success() || (400..500).contains(&answer.status()));
    seen(answer, met, "active false, or an error", said(answer))
}

/// Whether it says nothing but whether the token is active.
pub fn tells_nothing_else(answer: &Answer) -> Observation {
    let body = body(answer);
    let more: Vec<&str> = body
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .filter(|name| *name != "active")
        .collect();
    let observed = if more.is_empty() { "nothing else".to_owned() } else { format!("also {}", more.join(", ")) };
    seen(answer, more.is_empty(), "nothing but `active`", observed)
}

/// Whether whoever asks is refused.
pub fn is_refused(answer: &Answer) -> Observation {
    let met = (400..500).contains(&answer.status()) && !is_active(answer);
    seen(answer, met, "a refusal, such as 401", said(answer))
}

/// Whether it does not say whose token it is.
pub fn tells_no_person(answer: &Answer) -> Observation {
    let body = body(answer);
    let told: Vec<&str> = PERSON.into_iter().filter(|name| body.get(*name).is_some()).collect();
    let observed = if told.is_empty() { "none of them".to_owned() } else { told.join(", ") };
    seen(answer, told.is_empty(), "no sub, username or fhirUser", observed)
}

/// Whether it says of a token what its own response said.
pub fn has_context_of(answer: &Answer, client: &str, grant: &Grant) -> Observation {
    let body = body(answer);
    let set = |text: &str| text.split_whitespace().map(str::to_owned).collect::<BTreeSet<_>>();
    let mut differ = Vec::new();
    if body["client_id"] != client {
        differ.push("client_id");
    }
    if set(body["scope"].as_str().unwrap_or_default()) != set(&grant.scope) {
        differ.push("scope");
    }
    for (name, told) in [("patient", &grant.patient), ("encounter", &grant.encounter)] {
        if told.is_some() && body[name].as_str() != told.as_deref() {
            differ.push(name);
        }
    }
    let observed = if differ.is_empty() { "they agree".to_owned() } else { format!("differ: {}", differ.join(", ")) };
    let expected = "client_id, scope, patient and encounter as in the token response";
    Observation::new(differ.is_empty(), expected, observed, vec![answer.number(), grant.number])
}

/// Whether the token ends when its own response said; none where one of the two does not say. `now` is in seconds since
/// 1970, by either clock.
pub fn ends_as_told(answer: &Answer, grant: &Grant, skew: Duration, now: [i64; 2]) -> Option<Observation> {
    let seconds = |time: Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    let (end, life) = (body(answer)["exp"].as_i64()?, i64::try_from(grant.expires_in?).ok()?);
    let told = |now: i64| now.saturating_sub(seconds(grant.obtained.elapsed())).saturating_add(life);
    let apart = now.map(|now| end.saturating_sub(told(now))).into_iter().min_by_key(|apart| apart.unsigned_abs())?;
    let met = apart.unsigned_abs() <= APART.saturating_add(seconds(skew)).unsigned_abs();
    let observed = match apart {
        _ if met => "they agree".to_owned(),
        ..0 => format!("it ends {} s earlier than expires_in says", apart.unsigned_abs()),
        _ => format!("it ends {apart} s later than expires_in says"),
    };
    Some(Observation::new(met, "the end that expires_in tells", observed, vec![answer.number(), grant.number]))
}
