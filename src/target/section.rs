//! One table of a configuration, read key by key with types; every mistake points at its place.

use super::error::{At, ConfigError};
use super::tree::{Entries, Entry, Kind, Node};
use crate::record::{Id, IdError};
use chrono::NaiveDate;
use std::time::Duration;
use url::{Host, Url};

type Read<T> = Result<T, ConfigError>;

/// A table whose keys are all known.
pub(super) struct Section<'a> {
    /// Its dotted name, for messages.
    pub(super) path: String,
    /// Where it is named.
    pub(super) at: At,
    entries: &'a Entries,
}

/// What a URL is for; decides which ones are acceptable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Requests go there: https, or http on loopback.
    Request,
    /// As `Request`, and other paths are joined to it: no query, no fragment.
    Base,
    /// A browser is sent there: schemes of apps, such as `com.example.app`, are fine too.
    Redirect,
    /// The target is to call it, with nothing secret: http is fine too.
    Own,
    /// Everything passes through it, encrypted as it is: http is fine too.
    Proxy,
}

impl<'a> Section<'a> {
    /// Opens the table `node`, named at `at`, refusing keys that are not in `known`.
    pub(super) fn open(node: &'a Node, at: &At, path: impl Into<String>, known: &[&str]) -> Read<Self> {
        let section = Self::open_any(node, at, path)?;
        for (name, entry) in section.entries {
            if !known.contains(&name.as_str()) {
                let place =
                    if section.path.is_empty() { "at the top".to_owned() } else { format!("in [{}]", section.path) };
                return Err(entry.key.error(
                    format!("unknown key `{name}` {place}"),
                    "not a key that is known here",
                    suggestion(name, known, "keys here"),
                ));
            }
        }
        Ok(section)
    }

    /// Opens a table whose keys are names of the user's choosing.
    pub(super) fn open_any(node: &'a Node, at: &At, path: impl Into<String>) -> Read<Self> {
        let path = path.into();
        match &node.kind {
            Kind::Table(entries) => Ok(Self { path, at: at.clone(), entries }),
            other => Err(node.at.error(
                format!("`{path}` has the wrong type"),
                format!("expected a table, found {}", other.word()),
                format!("write [{path}] and its keys below it"),
            )),
        }
    }

    /// The dotted name of a key in here.
    pub(super) fn name(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn entry(&self, key: &str) -> Option<&'a Entry> {
        self.entries.get(key)
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&'a String, &'a Entry)> {
        self.entries.iter()
    }

    /// The table `key`, if there is one.
    pub(super) fn section(&self, key: &str, known: &[&str]) -> Read<Option<Section<'a>>> {
        self.entry(key).map(|entry| Section::open(&entry.node, &entry.key, self.name(key), known)).transpose()
    }

    /// The table `key` with names of the user's choosing, if there is one.
    pub(super) fn names(&self, key: &str) -> Read<Option<Section<'a>>> {
        self.entry(key).map(|entry| Section::open_any(&entry.node, &entry.key, self.name(key))).transpose()
    }

    /// An error about a key that should be here.
    pub(super) fn missing(&self, key: &str, help: impl Into<String>) -> ConfigError {
        let title = format!("`{}` is missing", self.name(key));
        self.at.error(title, format!("needs `{key}`"), help)
    }

    pub(super) fn wrong(&self, key: &str, node: &Node, expected: &str, example: &str) -> ConfigError {
        node.at.error(
            format!("`{}` has the wrong type", self.name(key)),
            format!("expected {expected}, found {}", node.kind.word()),
            format!("for example `{key} = {example}`"),
        )
    }

    fn read<T>(
        &self,
        key: &str,
        expected: &str,
        example: &str,
        get: impl Fn(&'a Kind) -> Option<T>,
    ) -> Read<Option<T>> {
        self.entry(key)
            .map(|entry| get(&entry.node.kind).ok_or_else(|| self.wrong(key, &entry.node, expected, example)))
            .transpose()
    }

    pub(super) fn text(&self, key: &str) -> Read<Option<&'a str>> {
        self.read(key, "a text", "\"...\"", |kind| match kind {
            Kind::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    pub(super) fn flag(&self, key: &str) -> Read<Option<bool>> {
        self.read(key, "true or false", "true", |kind| match kind {
            Kind::Boolean(value) => Some(*value),
            _ => None,
        })
    }

    /// A whole number from `low` to `high`.
    pub(super) fn number(&self, key: &str, low: u32, high: u32) -> Read<Option<u32>> {
        let expected = format!("a whole number from {low} to {high}");
        let found = self.read(key, &expected, &low.max(1).to_string(), |kind| match kind {
            Kind::Integer(value) => Some(*value),
            _ => None,
        })?;
        let Some((value, entry)) = found.zip(self.entry(key)) else { return Ok(None) };
        match u32::try_from(value) {
            Ok(value) if (low..=high).contains(&value) => Ok(Some(value)),
            _ => Err(entry.node.at.error(
                format!("`{}` is out of range", self.name(key)),
                format!("expected {expected}"),
                "choose a number in that range",
            )),
        }
    }

    /// A list of texts.
    pub(super) fn list(&self, key: &str) -> Read<Option<Vec<String>>> {
        let Some(entry) = self.entry(key) else { return Ok(None) };
        let Kind::Array(items) = &entry.node.kind else {
            return Err(self.wrong(key, &entry.node, "a list of texts", "[\"...\"]"));
        };
        let texts = items.iter().map(|item| match &item.kind {
            Kind::Text(text) => Ok(text.clone()),
            _ => Err(self.wrong(key, item, "a text in this list", "[\"...\"]")),
        });
        texts.collect::<Read<Vec<_>>>().map(Some)
    }

    /// A text that names one of `choices`.
    pub(super) fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Read<Option<T>> {
        let Some((text, entry)) = self.text(key)?.zip(self.entry(key)) else { return Ok(None) };
        let found = choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        found.map(Some).ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            entry.node.at.error(
                format!("`{}` cannot be `{text}`", self.name(key)),
                "not one of the choices",
                suggestion(text, &words, "choices"),
            )
        })
    }

    /// A duration such as `"30s"`.
    pub(super) fn duration(&self, key: &str) -> Read<Option<Duration>> {
        const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
        self.measure(key, &UNITS, "a duration such as \"30s\"", "\"500ms\", \"30s\", \"2m\" or \"1h\"")
            .map(|found| found.map(Duration::from_millis))
    }

    /// A size such as `"10MiB"`, in bytes.
    pub(super) fn size(&self, key: &str) -> Read<Option<u64>> {
        const UNITS: [(&str, u64); 7] = [
            ("B", 1),
            ("KiB", 1 << 10),
            ("MiB", 1 << 20),
            ("GiB", 1 << 30),
            ("kB", 1_000),
            ("MB", 1_000_000),
            ("GB", 1_000_000_000),
        ];
        self.measure(key, &UNITS, "a size such as \"10MiB\"", "\"64KiB\", \"10MiB\" or \"1GiB\"")
    }

    fn measure(&self, key: &str, units: &[(&str, u64)], expected: &str, examples: &str) -> Read<Option<u64>> {
        let Some(entry) = self.entry(key) else { return Ok(None) };
        let Kind::Text(text) = &entry.node.kind else {
            return Err(self.wrong(key, &entry.node, expected, examples));
        };
        let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, unit) = (&text[..split], text[split..].trim_start());
        let factor = units.iter().find(|(word, _)| *word == unit).map(|(_, factor)| *factor);
        let value = digits.parse::<u64>().ok().zip(factor).and_then(|(value, factor)| value.checked_mul(factor));
        value.map(Some).ok_or_else(|| {
            entry.node.at.error(
                format!("`{}` cannot be read", self.name(key)),
                format!("expected {expected}"),
                format!("write a whole number with its unit: {examples}"),
            )
        })
    }

    /// The tables of a list such as `[[waiver]]`, each (called `each`) with no other keys than these; none when there is no
    /// such list.
    pub(super) fn tables(&self, key: &str, each: &str, known: &[&str]) -> Read<Vec<Section<'a>>> {
        let Some(entry) = self.entry(key) else { return Ok(Vec::new()) };
        let name = self.name(key);
        let Kind::Array(items) = &entry.node.kind else {
            return Err(entry.node.at.error(
                format!("`{name}` has the wrong type"),
                format!("expected a list of tables, found {}", entry.node.kind.word()),
                format!("write [[{name}]] with two brackets above each {each}"),
            ));
        };
        items.iter().map(|item| Section::open(item, &item.at, name.as_str(), known)).collect()
    }

    /// A text that is there and says something.
    pub(super) fn filled(&self, key: &str, help: &str) -> Read<String> {
        match self.text(key)? {
            Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
            _ => Err(self.missing(key, help)),
        }
    }

    /// A day, written as a date or as a text.
    pub(super) fn day(&self, key: &str) -> Read<Option<NaiveDate>> {
        let Some(entry) = self.entry(key) else { return Ok(None) };
        let date = match &entry.node.kind {
            Kind::Date(date) | Kind::Text(date) => NaiveDate::parse_from_str(date, "%Y-%m-%d").ok(),
            _ => None,
        };
        date.map(Some).ok_or_else(|| {
            entry.node.at.error(
                format!("`{}` is not a day", self.name(key)),
                "expected a date without a time",
                format!("write it as year-month-day, for example `{key} = 2030-01-31`"),
            )
        })
    }

    /// The id of a scenario; `help` says where ids are found.
    pub(super) fn id(&self, missing: &str, help: &str) -> Read<Id> {
        let text = self.filled("id", missing)?;
        text.parse().map_err(|error: IdError| {
            let at = self.entry("id").map_or(&self.at, |entry| &entry.node.at);
            at.error(format!("`{}` is not an id", self.name("id")), error.to_string(), help)
        })
    }

    /// A URL that may be used as `kind`; a base loses the slash at its end.
    pub(super) fn url(&self, key: &str, kind: Use) -> Read<Option<Url>> {
        let Some((text, entry)) = self.text(key)?.zip(self.entry(key)) else { return Ok(None) };
        let refuse = |label: &str, help: &str| {
            Err(entry.node.at.error(format!("`{}` is not an acceptable URL", self.name(key)), label, help))
        };
        let mut url = match Url::parse(text) {
            Ok(url) => url,
            Err(error) => {
                return refuse(&error.to_string(), "write an absolute URL such as \"https://fhir.example.org/r4\"");
            }
        };
        if !url.username().is_empty() || url.password().is_some() {
            return refuse("holds credentials", "remove them; secrets are references such as { env = \"NAME\" }");
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) || matches!(kind, Use::Proxy | Use::Own) => {}
            "http" => {
                return refuse("http is for loopback only", "use https; tokens and records would travel in the clear");
            }
            scheme if kind == Use::Redirect && scheme.contains('.') => {}
            _ => return refuse("the scheme is not https", "use https (or http on 127.0.0.1)"),
        }
        if url.fragment().is_some() {
            return refuse("has a fragment", "remove the `#` and what follows it");
        }
        if kind == Use::Base {
            if url.query().is_some() {
                return refuse("has a query", "remove the `?` and what follows it; paths are joined to this URL");
            }
            let path = url.path().trim_end_matches('/').to_owned();
            url.set_path(&path);
        }
        Ok(Some(url))
    }
}

/// Whether the URL's host is this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

/// The nearest of `known`, or all of them.
pub(super) fn suggestion(word: &str, known: &[&str], what: &str) -> String {
    let near = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len().max(word.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance);
    match near {
        Some((_, candidate)) => format!("did you mean `{candidate}`?"),
        None if known.is_empty() => format!("there are no {what}"),
        None => format!("{what}: {}", known.join(", ")),
    }
}
