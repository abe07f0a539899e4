//! Search values from what a resource holds: the best there is, and the forms a server must take it in.

use super::escape::{escaped, split};
use super::meaning::Kind;
use serde_json::Value;

/// A search value, with how much it is worth.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// The higher, the more it says: a code that only tells that nothing is known is 0.
    pub worth: u8,
    /// The value, escaped, as it stands behind the equals sign before percent-encoding.
    pub text: String,
}

/// Code systems that every US Core server knows (as its value sets are drawn from them).
const KNOWN: [&str; 4] =
    ["http://loinc.org", "http://snomed.info/sct", "http://terminology.hl7.org/", "http://hl7.org/fhir/us/core/"];
/// Codes that stand for knowing nothing.
const NOTHING: [&str; 9] =
    ["unknown", "unk", "asked-unknown", "not-asked", "ni", "na", "nask", "asku", "entered-in-error"];

/// The search value that says most of these values of one parameter.
pub fn best(kind: Kind, values: &[Value]) -> Option<Wanted> {
    // The first of the best: later ones must be worth more.
    let all = values.iter().flat_map(|value| candidates(kind, value));
    all.fold(None, |best: Option<Wanted>, next| match best {
        Some(best) if best.worth >= next.worth => Some(best),
        _ => Some(next),
    })
}

/// A value in the place of `wanted` that no resource has: whatever comes back for it was not looked at by it.
pub fn another(kind: Kind, wanted: &str) -> String {
    match kind {
        Kind::Token => match split(wanted, '|').as_slice() {
            [system, _] => format!("{system}|probity-none"),
            _ => "probity-none".to_owned(),
        },
        Kind::Text => "probity-nobody".to_owned(),
        // Before anything that was written down.
        Kind::Date => "lt1800-01-01".to_owned(),
        Kind::Reference => match wanted.rsplit_once('/') {
            Some((path, _)) => format!("{path}/probity-nowhere"),
            None => "probity-nowhere".to_owned(),
        },
        Kind::Uri => "https://probity.invalid/none".to_owned(),
    }
}

/// The forms of a token search for the same concept: the code alone, with its system, and said to have no system.
/// None for a value without a system.
pub fn forms(values: &[Value]) -> Option<[(&'static str, String); 3]> {
    let wanted = best(Kind::Token, values)?;
    let pieces = split(&wanted.text, '|');
    let [system, code] = pieces.as_slice() else { return None };
    let usable = wanted.worth > 0 && !system.is_empty();
    usable.then(|| [("code", code.clone()), ("system|code", format!("{system}|{code}")), ("|code", format!("|{code}"))])
}

fn candidates(kind: Kind, value: &Value) -> Vec<Wanted> {
    let one = |worth, text: String| if text.is_empty() { Vec::new() } else { vec![Wanted { worth, text }] };
    match kind {
        Kind::Token => tokens(value),
        Kind::Text => one(2, escaped(&word(value))),
        Kind::Date => match value {
            // Ends of a calendar that stand for no date, next to which there is nothing to ask for.
            Value::String(text) if text.starts_with("0001") || text.starts_with("9999") => one(0, text.clone()),
            Value::String(text) => one(if text.len() > 10 { 3 } else { 2 }, text.clone()),
            period => match (period["start"].as_str(), period["end"].as_str()) {
                (Some(start), _) => one(2, format!("ge{start}")),
                (None, Some(end)) => one(2, format!("le{end}")),
                (None, None) => Vec::new(),
            },
        },
        Kind::Reference | Kind::Uri => {
            let text = value["reference"].as_str().or_else(|| value.as_str()).unwrap_or_default();
            // Neither the version of a reference nor that of a canonical is a part of what is asked for.
            let bare = text.split("/_history/").next().unwrap_or_default();
            let bare = bare.split('|').next().unwrap_or_default();
            let usable = !bare.starts_with('#') && !bare.starts_with("urn:");
            one(2, if usable { escaped(bare) } else { String::new() })
        }
    }
}

/// Whether a value is a `ContactPoint`, whose system is no part of a token.
pub(super) fn is_contact(value: &Value) -> bool {
    let kinds = ["phone", "fax", "email", "pager", "url", "sms", "other"];
    value["code"].is_null() && value["value"].is_string() && kinds.iter().any(|kind| value["system"] == *kind)
}

fn tokens(value: &Value) -> Vec<Wanted> {
    if let Some(codings) = value["coding"].as_array() {
        return codings.iter().flat_map(tokens).collect();
    }
    let plain = match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    };
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    if is_contact(value) {
        return vec![Wanted { worth: 2, text: escaped(&text("value")) }];
    }
    let (system, code) = match plain {
        Some(code) => (String::new(), code),
        None => (text("system"), if text("code").is_empty() { text("value") } else { text("code") }),
    };
    if code.is_empty() {
        return Vec::new();
    }
    let says_nothing = NOTHING.contains(&code.to_lowercase().as_str())
        || system.ends_with("data-absent-reason")
        || system.ends_with("v3-NullFlavor");
    let worth = match () {
        () if says_nothing => 0,
        () if KNOWN.iter().any(|known| system.starts_with(known)) => 3,
        () if !system.is_empty() || value.is_string() => 2,
        () => 1,
    };
    let text = if system.is_empty() { escaped(&code) } else { format!("{}|{}", escaped(&system), escaped(&code)) };
    vec![Wanted { worth, text }]
}

/// The part of a name or address, or the text itself, that tells most.
fn word(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    let first = |name: &str| match &value[name] {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => items.first().and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    let parts = ["family", "given", "city", "line", "postalCode", "state", "text"];
    parts.iter().find_map(|part| first(part)).unwrap_or_default()
}
