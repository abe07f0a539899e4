//! Answers of the token endpoint: a token, no token, a refusal; and what a token response says.

use super::Observation;
use super::id_token::IdToken;
use crate::http::Answer;
use crate::smart::{Grant, Scope, covers, parse_scopes, peek};
use serde_json::Value;

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

/// Whether the access token ends within so many seconds, by its response and by its own claims if it has any.
pub fn ends_within(grant: &Grant, most: u64) -> Observation {
    let claimed = peek(&grant.access_token).and_then(|claims| {
        let (end, made) = (claims.payload["exp"].as_i64()?, claims.payload["iat"].as_i64()?);
        u64::try_from(end.saturating_sub(made)).ok()
    });
    let longest = grant.expires_in.into_iter().chain(claimed).max();
    let observed = longest.map_or_else(|| "nobody says when it ends".to_owned(), |life| format!("{life} s"));
    let met = longest.is_some_and(|life| life <= most);
    Observation::new(met, format!("{most} s at most"), observed, vec![grant.number])
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
        answer.said().map_or_else(|| format!("{status} without an error code"), |said| format!("{status} with {said}"));
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

/// Whether a token response has no other patient in context than this one.
pub fn is_for_no_other(grant: &Grant, patient: &str) -> Observation {
    let met = grant.patient.as_deref().is_none_or(|own| own == patient);
    let observed = if met { "no other patient" } else { "another patient" };
    Observation::new(met, "no other patient in context", observed, vec![grant.number])
}

/// Whether a token response states its scopes, none of them wider than what was asked for.
pub fn within(grant: &Grant, asked: &str) -> Observation {
    let seen = within_granted(grant, asked);
    let observed = if grant.scope_stated { seen.observed } else { "no scope in the token response".to_owned() };
    Observation { met: seen.met && grant.scope_stated, observed, ..seen }
}

/// Whether no scope of a token response is wider than these.
pub fn within_granted(grant: &Grant, asked: &str) -> Observation {
    let own = parse_scopes(&grant.scope);
    let mut letters = own.iter().flat_map(|own| own.permissions.iter().map(move |letter| (own, *letter)));
    let asked_for = parse_scopes(asked);
    let allows = |own: &Scope, letter: char| {
        asked_for.iter().any(|asked| {
            asked.level == own.level
                && asked.permits(&own.resource, letter)
                && (asked.query.is_empty() || asked.query == own.query)
        })
    };
    let met = letters.all(|(own, letter)| allows(own, letter));
    Observation::new(met, format!("scopes within {asked}"), grant.scope.as_str(), vec![grant.number])
}

/// Whether no granted scope creates, updates or deletes anything.
pub fn only_reads(grant: &Grant) -> Observation {
    let met = parse_scopes(&grant.scope).iter().all(|own| own.permissions.iter().all(|letter| "rs".contains(*letter)));
    Observation::new(met, "scopes that only read and search", format!("granted {}", grant.scope), vec![grant.number])
}

/// Whether types are granted by category alone: each by a scope with a category, none by a scope without.
pub fn by_category(grant: &Grant, types: &[&str]) -> Observation {
    let own = parse_scopes(&grant.scope);
    let whole = |of: &str| own.iter().any(|own| (own.resource == of || own.resource == "*") && own.query.is_empty());
    let part = |of: &str| own.iter().any(|own| own.resource == of && own.query.contains("category="));
    let wrong: Vec<String> = types
        .iter()
        .filter_map(|of| match (whole(of), part(of)) {
            (true, _) => Some(format!("{of} is granted as a whole")),
            (false, false) => Some(format!("no category of {of} is granted")),
            (false, true) => None,
        })
        .collect();
    let observed = if wrong.is_empty() { "they are".to_owned() } else { wrong.join("; ") };
    let expected = format!("{} by category alone", types.join(" and "));
    Observation::new(wrong.is_empty(), expected, observed, vec![grant.number])
}

/// Whether each of these scopes is granted. One that has an effect in the token response is granted where the effect is
/// there: some servers name no scope that is not the access token's, and others name what they do not give.
pub fn grants(grant: &Grant, scopes: &[&str]) -> Observation {
    let said = |scope: &str| grant.scope.split_whitespace().any(|own| own == scope);
    let is_granted = |scope: &str| match scope {
        "openid" => grant.id_token.is_some(),
        "fhirUser" => IdToken::of(grant).is_some_and(|token| token.fhir_user().is_some()),
        "launch" => said(scope) || grant.patient.is_some() || grant.encounter.is_some(),
        "launch/patient" => grant.patient.is_some(),
        "offline_access" => grant.refresh_token.is_some(),
        other => said(other),
    };
    let missing: Vec<&str> = scopes.iter().copied().filter(|scope| !is_granted(scope)).collect();
    let observed = if missing.is_empty() {
        "they are".to_owned()
    } else {
        format!("no effect of {} in the token response", missing.join(", "))
    };
    Observation::new(missing.is_empty(), format!("{} granted", scopes.join(", ")), observed, vec![grant.number])
}

/// Whether resources of each of these types can be both read and found with the granted scopes of a level; `None` takes
/// every level.
pub fn reads_each(grant: &Grant, level: Option<&str>, types: &[&str]) -> Observation {
    let own = parse_scopes(&grant.scope);
    let permits = |of: &str, letter: char| {
        own.iter().any(|own| level.is_none_or(|level| own.level == level) && own.permits(of, letter))
    };
    let missing: Vec<&str> = types.iter().copied().filter(|of| !(permits(of, 'r') && permits(of, 's'))).collect();
    let observed =
        if missing.is_empty() { "each of them".to_owned() } else { format!("nothing for {}", missing.join(", ")) };
    let level = level.map_or(String::new(), |level| format!(" of the level {level}"));
    let expected = format!("scopes{level} that read and search {} types", types.len());
    Observation::new(missing.is_empty(), expected, observed, vec![grant.number])
}

/// Whether of the types that were asked for, those that the patient kept are granted and no others.
pub fn only_kept(grant: &Grant, asked: &[&str], kept: &[&str]) -> Observation {
    let covered = |of: &str| ['r', 's'].iter().any(|letter| covers(&grant.scope, of, *letter));
    let wrong: Vec<String> = asked
        .iter()
        .filter_map(|of| match (kept.contains(of), covered(of)) {
            (true, false) => Some(format!("{of} is not granted")),
            (false, true) => Some(format!("{of} is granted")),
            _ => None,
        })
        .collect();
    let observed = if wrong.is_empty() { "they are".to_owned() } else { wrong.join("; ") };
    Observation::new(wrong.is_empty(), format!("{} and nothing else", kept.join(", ")), observed, vec![grant.number])
}

/// Whether no scope gives a type this letter.
pub fn lacks(grant: &Grant, of: &str, letter: char) -> Observation {
    let met = !covers(&grant.scope, of, letter);
    Observation::new(met, format!("no {letter} for {of}"), format!("granted {}", grant.scope), vec![grant.number])
}

/// Whether a scope of this level was granted.
pub fn has_level(grant: &Grant, level: &str) -> Observation {
    let met = grant.scope.split_whitespace().any(|scope| scope.starts_with(&format!("{level}/")));
    Observation::new(met, format!("a scope {level}/"), format!("granted {}", grant.scope), vec![grant.number])
}

/// Whether no scope covers a type.
pub fn covers_nothing_of(grant: &Grant, of: &str) -> Observation {
    let met = !['r', 's'].iter().any(|letter| covers(&grant.scope, of, *letter));
    Observation::new(met, format!("no scope for {of}"), format!("granted {}", grant.scope), vec![grant.number])
}
