//! Whether the values of a resource satisfy a search value (FHIR R4, Search: parameter types).

use super::choose::is_contact;
use super::escape::{split, unescaped};
use super::fit::Fit;
use super::meaning::{Kind, Meaning, Values};
use super::moment::{Comparator, Span};
use serde_json::Value;

/// Whether a resource with `values` satisfies all pairs of parameter and value.
pub fn fits_all<'p>(
    meaning: &Meaning,
    of: &str,
    values: &Values,
    pairs: impl IntoIterator<Item = (&'p str, &'p str)>,
) -> Fit {
    let one = |(code, value): (&str, &str)| match meaning.parameter(of, code) {
        Some(parameter) => fit(parameter.kind, &parameter.targets, values.get(code).map_or(&[], Vec::as_slice), value),
        None => Fit::Either,
    };
    pairs.into_iter().map(one).fold(Fit::Yes, Fit::and)
}

/// Whether any of `values` satisfies any of the comma-separated alternatives of `wanted`.
pub fn fit(kind: Kind, targets: &[String], values: &[Value], wanted: &str) -> Fit {
    let alternatives = split(wanted, ',');
    let each = alternatives.iter().flat_map(|alternative| values.iter().map(move |value| (value, alternative)));
    each.map(|(value, alternative)| match kind {
        Kind::Token => token(value, alternative),
        Kind::Text => text(value, &fold(&unescaped(alternative))),
        Kind::Date => date(value, alternative),
        Kind::Reference => reference(value, &unescaped(alternative), targets),
        Kind::Uri => uri(value, &unescaped(alternative)),
    })
    .fold(Fit::No, Fit::or)
}

fn token(value: &Value, wanted: &str) -> Fit {
    if let Some(codings) = value["coding"].as_array() {
        return codings.iter().map(|coding| token(coding, wanted)).fold(Fit::No, Fit::or);
    }
    let pieces = split(wanted, '|');
    let (system, code) = match pieces.as_slice() {
        [code] => (None, unescaped(code)),
        [system, code] => (Some(unescaped(system)), unescaped(code)),
        _ => return Fit::Either,
    };
    let (own_system, own_code) = match value {
        // The system of a code element or flag is implied by its binding.
        Value::String(text) => (None, text.clone()),
        Value::Bool(flag) => (None, flag.to_string()),
        _ => {
            let text = |name: &str| value[name].as_str().map(str::to_owned);
            (text("system"), text("code").or_else(|| text("value")).unwrap_or_default())
        }
    };
    // How a contact is compared is the server's affair (FHIR R4, Search: token).
    if is_contact(value) {
        return if own_code == code && system.is_none() { Fit::Yes } else { Fit::Either };
    }
    let implied = value.is_string() || value.is_boolean();
    let by_code = match () {
        () if code.is_empty() || own_code == code => Fit::Yes,
        // Whether case counts depends on the code system.
        () if own_code.eq_ignore_ascii_case(&code) => Fit::Either,
        () => Fit::No,
    };
    let by_system = match system.as_deref() {
        None => Fit::Yes,
        Some(_) if implied => Fit::Either,
        Some("") if own_system.is_none() => Fit::Yes,
        Some(wanted) if own_system.as_deref() == Some(wanted) => Fit::Yes,
        Some(_) => Fit::No,
    };
    by_code.and(by_system)
}

/// A part that starts with the text does; how a server matches within parts is its own affair.
fn text(value: &Value, wanted: &str) -> Fit {
    match value {
        Value::String(own) => {
            let own = fold(own);
            match () {
                () if own.starts_with(wanted) => Fit::Yes,
                () if wanted.split_whitespace().any(|word| own.contains(word)) => Fit::Either,
                () => Fit::No,
            }
        }
        Value::Array(items) => items.iter().map(|item| text(item, wanted)).fold(Fit::No, Fit::or),
        Value::Object(parts) => {
            let own =
                parts.iter().filter(|(name, _)| !matches!(name.as_str(), "use" | "type" | "period" | "extension"));
            own.map(|(_, part)| text(part, wanted)).fold(Fit::No, Fit::or)
        }
        _ => Fit::No,
    }
}

fn date(value: &Value, wanted: &str) -> Fit {
    let Some((comparator, moment)) = Comparator::split(wanted) else { return Fit::Either };
    match (Span::of(value), Span::parse(moment)) {
        (Some(own), Some(wanted)) => comparator.holds(own, wanted),
        _ => Fit::Either,
    }
}

/// `id`, `Type/id` or a URL that ends so; versions do not count.
fn reference(value: &Value, wanted: &str, targets: &[String]) -> Fit {
    // A canonical is a bare text.
    let own = value.as_str().or_else(|| value["reference"].as_str());
    let Some(own) = own.filter(|own| !own.starts_with('#') && !own.starts_with("urn:")) else {
        // Only identified, contained or within a Bundle: the server may know what that is.
        return Fit::Either;
    };
    if value.is_string() {
        // A canonical without a version stands for any of them (FHIR R4, Search: reference).
        let names_it = own.split('|').next() == Some(wanted);
        return if names_it { Fit::Yes } else { uri(value, wanted) };
    }
    let (own_type, own_id) = tail(own);
    let (wanted_type, wanted_id) = tail(wanted);
    if !targets.is_empty() && !own_type.is_empty() && !targets.iter().any(|target| target == own_type) {
        return Fit::No;
    }
    let same_type = wanted_type.is_empty() || own_type.is_empty() || own_type == wanted_type;
    if same_type && own_id == wanted_id { Fit::Yes } else { Fit::No }
}

/// Type and id at the end of a reference.
fn tail(reference: &str) -> (&str, &str) {
    let unversioned = reference.split("/_history/").next().unwrap_or_default();
    let mut parts = unversioned.rsplit('/');
    let id = parts.next().unwrap_or_default();
    (parts.next().unwrap_or_default(), id)
}

fn uri(value: &Value, wanted: &str) -> Fit {
    let own = value.as_str().unwrap_or_default();
    let bare = |text: &str| text.split('|').next().unwrap_or_default().to_owned();
    match () {
        () if own == wanted => Fit::Yes,
        () if bare(own) == bare(wanted) => Fit::Either,
        () => Fit::No,
    }
}

/// Lower case, without the accents of Latin letters: strings match regardless of both.
fn fold(text: &str) -> String {
    deunicode::deunicode(text).to_lowercase()
}
