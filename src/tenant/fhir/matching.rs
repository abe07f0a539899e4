//! Does a resource satisfy a search parameter (FHIR R4, Search 3.1.1.4: search parameter types).

use serde_json::Value;

use super::element;
use super::moment::{Comparison, Span};
use super::outcome::Refusal;
use super::table::{Kind, Parameter};
use super::value::{between, plain};

/// One parameter of a search, checked and ready to be applied.
#[derive(Debug, Clone)]
pub(super) struct Criterion {
    paths: Vec<String>,
    test: Test,
    /// `:not` finds what no alternative finds.
    negated: bool,
}

/// What the elements of a resource are held against: alternatives, one of which is enough.
#[derive(Debug, Clone)]
enum Test {
    /// `:missing`
    Missing(bool),
    Token(Vec<Coded>),
    Text(Compare, Vec<String>),
    Date(Vec<Comparison>),
    Uri(Vec<String>),
    Reference(Vec<Local>),
}

/// How a string is compared.
#[derive(Debug, Clone, Copy)]
enum Compare {
    /// The value begins so, whatever the case.
    Begins,
    /// `:contains`
    Contains,
    /// `:exact`
    Exact,
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
        let unreadable =
            || Refusal::invalid(format!("the value of {name} cannot be read; see the search parameter's type"));
        let unsupported = || Refusal::unsupported(format!("the modifier of {name} is not supported"));
        let alternatives: Vec<&str> = between(value, ',').filter(|part| !part.is_empty()).collect();
        if alternatives.is_empty() {
            return Err(unreadable());
        }
        let values = || alternatives.iter().map(|part| plain(part)).collect();
        let all_or_none = |read: Option<Test>| read.ok_or_else(unreadable);
        let test = match (parameter.kind, modifier) {
            (_, Some("missing")) => all_or_none(value.parse().ok().map(Test::Missing))?,
            (Kind::Token, None | Some("not")) => {
                all_or_none(alternatives.iter().map(|part| Coded::parse(part)).collect::<Option<_>>().map(Test::Token))?
            }
            (Kind::String, None) => Test::Text(Compare::Begins, values()),
            (Kind::String, Some("contains")) => Test::Text(Compare::Contains, values()),
            (Kind::String, Some("exact")) => Test::Text(Compare::Exact, values()),
            (Kind::Date, None) => {
                let read = alternatives.iter().map(|part| Comparison::parse(&plain(part)));
                all_or_none(read.collect::<Option<_>>().map(Test::Date))?
            }
            (Kind::Uri, None) => Test::Uri(values()),
            (Kind::Reference, typed) if typed.is_none_or(|name| super::table::types().contains_key(name)) => {
                Test::Reference(
                    alternatives.iter().filter_map(|part| Local::parse(&plain(part), typed, base)).collect(),
                )
            }
            _ => return Err(unsupported()),
        };
        Ok(Criterion { paths: parameter.paths, test, negated: modifier == Some("not") })
    }

    /// Does the resource satisfy it?
    pub(super) fn matches(&self, resource: &Value) -> bool {
        let found: Vec<&Value> = self.paths.iter().flat_map(|path| element::at(resource, path)).collect();
        self.test.holds(&found) != self.negated
    }
}

impl Test {
    fn holds(&self, found: &[&Value]) -> bool {
        match self {
            Test::Missing(missing) => found.is_empty() == *missing,
            Test::Token(wanted) => {
                let own: Vec<Stated<'_>> = found.iter().flat_map(|element| Stated::of(element)).collect();
                wanted.iter().any(|coded| own.iter().any(|stated| coded.fits(stated)))
            }
            Test::Text(compare, wanted) => {
                let own: Vec<&str> = found.iter().flat_map(|element| strings(element)).collect();
                wanted.iter().any(|text| own.iter().any(|string| compare.fits(string, text)))
            }
            Test::Date(wanted) => {
                let own: Vec<Span> = found.iter().filter_map(|element| Span::of(element)).collect();
                wanted.iter().any(|comparison| own.iter().any(|span| comparison.holds(*span)))
            }
            Test::Uri(wanted) => {
                let own = found.iter().filter_map(|element| element.as_str());
                // A canonical may carry a version that the search does not name.
                own.flat_map(|uri| [Some(uri), uri.split_once('|').map(|(bare, _)| bare)])
                    .flatten()
                    .any(|uri| wanted.iter().any(|text| text == uri))
            }
            Test::Reference(wanted) => {
                let own = found.iter().filter_map(|element| element.get("reference")?.as_str()?.split_once('/'));
                own.into_iter().any(|own| wanted.iter().any(|local| local.is(own)))
            }
        }
    }
}

/// What a token search asks for (3.1.1.4.10).
#[derive(Debug, Clone)]
enum Coded {
    /// `code`: in any system or none.
    Code(String),
    /// `system|code`
    Both(String, String),
    /// `|code`: in no system.
    Bare(String),
    /// `system|`: any code of it.
    System(String),
}

impl Coded {
    fn parse(written: &str) -> Option<Coded> {
        match between(written, '|').collect::<Vec<_>>()[..] {
            [code] => Some(Coded::Code(plain(code))),
            ["", ""] => None,
            ["", code] => Some(Coded::Bare(plain(code))),
            [system, ""] => Some(Coded::System(plain(system))),
            [system, code] => Some(Coded::Both(plain(system), plain(code))),
            _ => None,
        }
    }

    /// Case does not count: this server does not know the code systems (3.1.1.4.10).
    fn fits(&self, stated: &Stated<'_>) -> bool {
        let named = |wanted: &str| stated.code.is_some_and(|code| code.eq_ignore_ascii_case(wanted));
        let of = |wanted: &str| stated.system.is_none_or(|system| system == Some(wanted));
        match self {
            Coded::Code(code) => named(code),
            Coded::Both(system, code) => of(system) && named(code),
            Coded::Bare(code) => matches!(stated.system, None | Some(None)) && named(code),
            Coded::System(system) => of(system),
        }
    }
}

/// A code that an element states.
struct Stated<'a> {
    /// The outer `None`: a `code` or `boolean`, whose system is implied by the element and not looked at.
    system: Option<Option<&'a str>>,
    code: Option<&'a str>,
}

impl<'a> Stated<'a> {
    /// Of the data types that a token search is defined for.
    fn of(element: &'a Value) -> Vec<Stated<'a>> {
        let member = |holder: &'a Value, name: &str| holder.get(name).and_then(Value::as_str);
        let stated = |holder: &'a Value, code: &str| Stated {
            system: Some(member(holder, "system")),
            code: member(holder, code),
        };
        let implied = |code: &'a str| vec![Stated { system: None, code: Some(code) }];
        match element {
            Value::Bool(true) => implied("true"),
            Value::Bool(false) => implied("false"),
            Value::String(code) => implied(code),
            Value::Object(parts) => match parts.get("coding").and_then(Value::as_array) {
                // A CodeableConcept.
                Some(codings) => codings.iter().map(|coding| stated(coding, "code")).collect(),
                // A Coding has a code; an Identifier or a ContactPoint has a value.
                None if parts.contains_key("code") => vec![stated(element, "code")],
                None => vec![stated(element, "value")],
            },
            _ => Vec::new(),
        }
    }
}

impl Compare {
    fn fits(self, string: &str, wanted: &str) -> bool {
        match self {
            Compare::Exact => string == wanted,
            Compare::Begins => string.to_lowercase().starts_with(&wanted.to_lowercase()),
            Compare::Contains => string.to_lowercase().contains(&wanted.to_lowercase()),
        }
    }
}

/// The strings of an element: itself, or the parts of a HumanName or an Address that a string search looks at (3.1.1.4.9).
fn strings(element: &Value) -> Vec<&str> {
    const SEARCHED: [&str; 11] = [
        "text",
        "family",
        "given",
        "prefix",
        "suffix", // HumanName
        "line",
        "city",
        "district",
        "state",
        "postalCode",
        "country", // Address
    ];
    if let Some(own) = element.as_str() {
        return vec![own];
    }
    SEARCHED.iter().flat_map(|name| element::at(element, name)).filter_map(Value::as_str).collect()
}

/// A resource of this server that a reference search asks for (3.1.1.4.12).
#[derive(Debug, Clone)]
struct Local {
    /// Any type where the search does not name one.
    kind: Option<String>,
    id: String,
}

impl Local {
    /// From `id`, `Type/id` or a URL, with or without a version; `None` when it lies elsewhere or contradicts the modifier.
    fn parse(text: &str, typed: Option<&str>, base: &str) -> Option<Local> {
        let relative = match text.strip_prefix(base) {
            Some(below) if !base.is_empty() => below.strip_prefix('/')?,
            _ if text.contains(':') => return None,
            _ => text,
        };
        let current = relative.split_once("/_history/").map_or(relative, |(current, _)| current);
        let (kind, id) = match current.split_once('/') {
            Some((kind, id)) => (Some(kind), id),
            None => (typed, current),
        };
        let fits = !id.contains('/') && (typed.is_none() || typed == kind);
        fits.then(|| Local { kind: kind.map(str::to_owned), id: id.to_owned() })
    }

    fn is(&self, (kind, id): (&str, &str)) -> bool {
        self.id == id && self.kind.as_deref().is_none_or(|own| own == kind)
    }
}
