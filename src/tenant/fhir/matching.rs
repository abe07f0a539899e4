//! Does a resource satisfy a search parameter: paths, tokens, strings, dates and references.

use serde_json::Value;

use super::moment::{Comparison, Span};
use super::outcome::Refusal;
use super::table::{Kind, Parameter};

/// One criterion of a search, checked and ready to be applied.
#[derive(Debug, Clone)]
pub(super) struct Criterion {
    parameter: Parameter,
    modifier: Option<String>,
    values: Vec<Wanted>,
}

#[derive(Debug, Clone)]
enum Wanted {
    Token { system: Option<String>, code: Option<String> },
    Text(String),
    Date(Comparison),
    Reference(Option<(Option<String>, String)>),
    Missing(bool),
}

impl Criterion {
    /// Reads the value of a parameter; `base` makes absolute references of this server relative.
    pub(super) fn parse(
        name: &str,
        modifier: Option<&str>,
        value: &str,
        parameter: Parameter,
        base: &str,
    ) -> Result<Criterion, Refusal> {
        let bad = || Refusal::invalid(format!("the value of {name} cannot be read; see the search parameter's type"));
        let allowed: &[&str] = match parameter.kind {
            Kind::Token => &["not", "missing", "of-type"],
            Kind::Text => &["exact", "contains", "missing"],
            Kind::Date | Kind::Uri => &["missing"],
            Kind::Reference => &["missing"],
        };
        let typed =
            parameter.kind == Kind::Reference && modifier.is_some_and(|m| super::table::types().contains_key(m));
        if let Some(m) = modifier
            && !typed
            && (!allowed.contains(&m) || m == "of-type")
        {
            return Err(Refusal::unsupported(format!("the modifier of {name} is not supported")));
        }
        let mut values = Vec::new();
        for part in split(value, ',') {
            let text = unescape(&part);
            if modifier == Some("missing") {
                values.push(Wanted::Missing(text.parse().map_err(|_| bad())?));
                continue;
            }
            if text.is_empty() {
                continue;
            }
            values.push(match parameter.kind {
                Kind::Token => token(&part).ok_or_else(bad)?,
                Kind::Text | Kind::Uri => Wanted::Text(text),
                Kind::Date => Wanted::Date(Comparison::parse(&text).ok_or_else(bad)?),
                Kind::Reference => Wanted::Reference(reference(&text, modifier.filter(|_| typed), base)),
            });
        }
        if values.is_empty() {
            return Err(bad());
        }
        Ok(Criterion { parameter, modifier: modifier.map(str::to_owned), values })
    }

    /// Does the resource satisfy it?
    pub(super) fn matches(&self, resource: &Value) -> bool {
        let mut found = Vec::new();
        for path in &self.parameter.paths {
            walk(resource, path, &mut found);
        }
        let hit = self.values.iter().any(|wanted| match wanted {
            Wanted::Missing(missing) => found.is_empty() == *missing,
            Wanted::Token { system, code } => {
                found.iter().any(|v| token_matches(v, system.as_deref(), code.as_deref()))
            }
            Wanted::Text(text) => found.iter().any(|v| self.text_matches(v, text)),
            Wanted::Date(comparison) => found.iter().filter_map(|v| Span::of(v)).any(|s| comparison.holds(s)),
            Wanted::Reference(None) => false,
            Wanted::Reference(Some((kind, id))) => found.iter().any(|v| {
                let target = v.get("reference").and_then(Value::as_str).unwrap_or_default();
                target.split_once('/').is_some_and(|(k, i)| i == id && kind.as_ref().is_none_or(|kind| kind == k))
            }),
        });
        hit != (self.modifier.as_deref() == Some("not"))
    }

    fn text_matches(&self, value: &Value, wanted: &str) -> bool {
        match value {
            Value::String(text) if self.parameter.kind == Kind::Uri => {
                text == wanted || text.split('|').next() == Some(wanted)
            }
            Value::String(text) => match self.modifier.as_deref() {
                Some("exact") => text == wanted,
                Some("contains") => text.to_lowercase().contains(&wanted.to_lowercase()),
                _ => text.to_lowercase().starts_with(&wanted.to_lowercase()),
            },
            Value::Array(items) => items.iter().any(|v| self.text_matches(v, wanted)),
            Value::Object(parts) => parts
                .iter()
                .filter(|(name, _)| !["use", "period", "extension", "type"].contains(&name.as_str()))
                .any(|(_, v)| self.text_matches(v, wanted)),
            _ => false,
        }
    }
}

/// Elements at a path; arrays are flattened, `extension[url]` selects by url.
pub(super) fn walk<'a>(value: &'a Value, path: &str, found: &mut Vec<&'a Value>) {
    if let Value::Array(items) = value {
        return items.iter().for_each(|item| walk(item, path, found));
    }
    if path.is_empty() {
        return found.push(value);
    }
    let bracket = path.find('[').filter(|at| !path[..*at].contains('.'));
    let (name, url, rest) = match bracket.and_then(|at| path[at..].find(']').map(|end| (at, at + end))) {
        Some((at, end)) => (&path[..at], Some(&path[at + 1..end]), path[end + 1..].trim_start_matches('.')),
        None => {
            let (name, rest) = path.split_once('.').unwrap_or((path, ""));
            (name, None, rest)
        }
    };
    match (value.get(name), url) {
        (Some(Value::Array(items)), Some(url)) => {
            items.iter().filter(|e| e.get("url").is_some_and(|u| u == url)).for_each(|e| walk(e, rest, found));
        }
        (Some(inner), None) => walk(inner, rest, found),
        _ => {}
    }
}

fn token(part: &str) -> Option<Wanted> {
    let pieces = split(part, '|');
    let some = |text: &str| Some(unescape(text)).filter(|t| !t.is_empty());
    match pieces.as_slice() {
        [code] => Some(Wanted::Token { system: None, code: some(code) }),
        [system, code] if !(system.is_empty() && code.is_empty()) => {
            Some(Wanted::Token { system: Some(unescape(system)), code: some(code) })
        }
        _ => None,
    }
}

fn token_matches(value: &Value, system: Option<&str>, code: Option<&str>) -> bool {
    if let Some(codings) = value.get("coding").and_then(Value::as_array) {
        return codings.iter().any(|coding| token_matches(coding, system, code));
    }
    let own = match value {
        Value::String(text) => (None, Some(text.clone())),
        Value::Bool(flag) => (None, Some(flag.to_string())),
        _ => {
            let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
            (text("system"), text("code").or_else(|| text("value")))
        }
    };
    let plain = value.is_string() || value.is_boolean();
    let system_fits = match system {
        None => true,
        Some("") => own.0.is_none(),
        // A code element carries its system implicitly.
        Some(wanted) => plain || own.0.as_deref() == Some(wanted),
    };
    system_fits && code.is_none_or(|wanted| own.1.as_deref().is_some_and(|o| o.eq_ignore_ascii_case(wanted)))
}

/// `id`, `Type/id`, absolute, each with an optional version; `None` when it points elsewhere.
fn reference(text: &str, typed: Option<&str>, base: &str) -> Option<(Option<String>, String)> {
    let local = match text.strip_prefix(base).and_then(|rest| rest.strip_prefix('/')) {
        Some(rest) => rest,
        None if text.contains(':') => return None,
        None => text,
    };
    let mut pieces = local.split('/');
    match (pieces.next(), pieces.next(), pieces.next()) {
        (Some(id), None, _) => Some((typed.map(str::to_owned), id.to_owned())),
        (Some(kind), Some(id), None | Some("_history")) => {
            typed.is_none_or(|t| t == kind).then(|| (Some(kind.to_owned()), id.to_owned()))
        }
        _ => None,
    }
}

/// Splits at a separator that is not escaped; the pieces stay escaped.
pub(super) fn split(text: &str, separator: char) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        if c == separator && !escaped {
            pieces.push(String::new());
            continue;
        }
        escaped = c == '\\' && !escaped;
        if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
    }
    pieces
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut escaped = false;
    for c in text.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            plain.push(c);
            escaped = false;
        }
    }
    plain
}
