//! The faults of searches: parameters overlooked, forms misread, pages and Bundles put together wrongly. Each is a family
//! whose members name a type and what of it they are about.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::outcome::Refusal;
use super::query::Query;
use super::value::between;
use crate::tenant::fault::Faults;

/// Whether a member of `family` for this type (and parameter, and so on) is on.
pub(super) fn on(faults: &Faults, family: &'static str, about: &[&str]) -> bool {
    faults.family(family).is_some_and(|arguments| arguments.iter().map(String::as_str).eq(about.iter().copied()))
}

/// A combination of parameters that brings the server down.
pub(super) fn crash(faults: &Faults, kind: &str, query: &Query) -> Result<(), Refusal> {
    let Some([of, names]) = faults.family("search.crash") else { return Ok(()) };
    let mut wanted: Vec<&str> = names.split('+').collect();
    let mut own: Vec<&str> = query.0.iter().map(|(name, _)| name.as_str()).filter(|name| !is_control(name)).collect();
    wanted.sort_unstable();
    own.sort_unstable();
    if of == kind && own == wanted {
        return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "exception", "the search failed"));
    }
    Ok(())
}

fn is_control(name: &str) -> bool {
    name.starts_with('_') && name != "_id" && name != "_lastUpdated"
}

/// The value of a parameter as a faulty server reads it; none when it then finds nothing.
pub(super) fn misread(faults: &Faults, kind: &str, name: &str, value: &str) -> Option<String> {
    if on(faults, "search.patient-form", &[kind]) && name == "patient" && value.contains('/') {
        return None;
    }
    if on(faults, "search.or", &[kind, name]) {
        return between(value, ',').next().map(str::to_owned);
    }
    if on(faults, "search.zone", &[kind, name]) {
        return Some(without_offset(value));
    }
    if on(faults, "search.precision", &[kind, name]) && value.trim_start_matches(char::is_alphabetic).len() < 11 {
        return None;
    }
    if let Some([of, parameter, comparator]) = faults.family("search.comparator")
        && of == kind
        && parameter == name
        && let Some(rest) = value.strip_prefix(comparator.as_str())
    {
        let other = match comparator.as_str() {
            "gt" => "ge",
            "ge" => "gt",
            "lt" => "le",
            _ => "lt",
        };
        return Some(format!("{other}{rest}"));
    }
    if let Some([of, parameter, form]) = faults.family("search.token")
        && of == kind
        && parameter == name
    {
        let pieces: Vec<&str> = between(value, '|').collect();
        return match (form.as_str(), pieces.as_slice()) {
            ("bare", [_]) => None,
            ("system", [system, _]) if !system.is_empty() => None,
            ("none", [system, code]) if system.is_empty() => Some((*code).to_owned()),
            _ => Some(value.to_owned()),
        };
    }
    Some(value.to_owned())
}

/// An instant as if its offset were not there.
fn without_offset(value: &str) -> String {
    match value.find('T').and_then(|t| value[t..].find(['+', '-', ' ']).map(|at| t + at)) {
        Some(at) => format!("{}Z", &value[..at]),
        None => value.to_owned(),
    }
}

/// The searches of one type that fail for one patient alone.
pub(super) fn fails_for(faults: &Faults, kind: &str, patient: Option<&str>) -> Result<(), Refusal> {
    let Some([of, one]) = faults.family("search.fails-for") else { return Ok(()) };
    if of == kind && patient == Some(one) {
        return Err(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "exception", "the search failed"));
    }
    Ok(())
}

/// Contents that only some answers show: of a search by a certain parameter, of an include along one.
pub(super) fn distort(faults: &Faults, kind: &str, query: &Query, bundle: &mut Value) {
    let mut entries = bundle.get_mut("entry").and_then(Value::as_array_mut).into_iter().flatten();
    let by = |family, name: &str| on(faults, family, &[kind, name]);
    let along = |value: &str| value.split(':').nth(1).is_some_and(|name| by("include.content", name));
    let spoilt = if query.0.iter().any(|(name, _)| by("search.content", name)) {
        entries.find(|entry| entry["search"]["mode"] == "match")
    } else if query.0.iter().any(|(name, value)| name == "_include" && along(value)) {
        entries.find(|entry| entry["search"]["mode"] == "include")
    } else {
        None
    };
    if let Some(entry) = spoilt {
        entry["resource"]["unknownToFhir"] = json!(true);
    }
}

/// Where a page begins: some servers repeat or lose an entry between pages.
pub(super) fn begin(faults: &Faults, kind: &str, from: usize) -> usize {
    match from {
        0 => 0,
        from if on(faults, "page.repeats", &[kind]) => from - 1,
        from if on(faults, "page.loses", &[kind]) => from + 1,
        from => from,
    }
}

/// A searchset put together wrongly.
pub(super) fn spoil(faults: &Faults, kind: &str, bundle: &mut Value) {
    let Some([of, part]) = faults.family("bundle") else { return };
    if of != kind {
        return;
    }
    match part.as_str() {
        "kind" => bundle["type"] = json!("collection"),
        "total" => bundle["total"] = json!(bundle["total"].as_u64().unwrap_or_default() + 1),
        "self" => {
            if let Some(links) = bundle.get_mut("link").and_then(Value::as_array_mut) {
                links.retain(|link| link["relation"] != "self");
            }
        }
        "self-silent" => {
            if let Some(url) = bundle.pointer_mut("/link/0/url") {
                *url = json!(url.as_str().unwrap_or_default().split('?').next());
            }
        }
        "twice" => {
            if let Some(entries) = bundle.get_mut("entry").and_then(Value::as_array_mut)
                && let Some(first) = entries.first().cloned()
            {
                entries.push(first);
            }
        }
        part => {
            for entry in bundle.get_mut("entry").and_then(Value::as_array_mut).into_iter().flatten() {
                match (part, entry.as_object_mut()) {
                    ("full-url", Some(entry)) => drop(entry.shift_remove("fullUrl")),
                    ("mode", Some(entry)) => drop(entry.shift_remove("search")),
                    ("other-url", Some(entry)) => {
                        entry.insert("fullUrl".to_owned(), json!("https://127.0.0.1/fhir/Basic/1"));
                    }
                    _ => {}
                }
            }
        }
    }
}
