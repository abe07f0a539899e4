//! What is known in advance about kinds of servers: embedded TOML files that lie under the user's own keys.

use super::error::{At, ConfigError, Source};
use super::section::suggestion;
use super::tree::{Entries, Entry, Kind, Node, merge, parse};

const FILES: [(&str, &str); 6] = [
    ("embedded", include_str!("presets/embedded.toml")),
    ("generic", include_str!("presets/generic.toml")),
    ("inferno-reference-server", include_str!("presets/inferno-reference-server.toml")),
    ("netsmart-preview", include_str!("presets/netsmart-preview.toml")),
    ("netsmart-production", include_str!("presets/netsmart-production.toml")),
    ("smart-launcher", include_str!("presets/smart-launcher.toml")),
];

/// The names of the presets, in alphabetical order.
pub fn presets() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

/// The TOML text of a preset.
pub fn preset(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The preset `name` over the defaults, as a tree; `at` is where the user named it.
pub(super) fn layers(name: &str, at: &At) -> Result<Node, ConfigError> {
    let Some(text) = preset(name) else {
        let names: Vec<&str> = presets().collect();
        return Err(at.error(
            format!("there is no preset `{name}`"),
            "not the name of a preset",
            suggestion(name, &names, "presets"),
        ));
    };
    let read = |name: &str, text: &str| parse(text, &Source::new(format!("preset {name}"), text, true));
    let defaults = read("generic", preset("generic").unwrap_or_default())?;
    if name == "generic" { Ok(defaults) } else { Ok(merge(defaults, read(name, text)?)) }
}

/// Replaces `{tenant}` and `{origin}` in what the preset says about the target.
///
/// A second tenant that the preset only sketches is dropped when the user says nothing about it.
pub(super) fn fill(target: &mut Node, preset: &str, at: &At) -> Result<(), ConfigError> {
    let Kind::Table(entries) = &mut target.kind else { return Ok(()) };
    let origin = plain(entries, "origin").map(|text| text.trim_end_matches('/').to_owned());
    let tenant = tenant(entries)?;
    if let Some(mut other) = entries.remove("other_tenant") {
        let own = match &other.node.kind {
            Kind::Table(inner) => self::tenant(inner)?,
            _ => None,
        };
        if own.is_some() || !other.node.at.source.builtin {
            let at = if other.key.source.builtin { at } else { &other.key };
            let hole = Hole { preset, table: "other_tenant", tenant: own.as_deref(), origin: origin.as_deref(), at };
            hole.fill(&mut other.node)?;
            entries.insert("other_tenant".to_owned(), other);
        }
    }
    let hole = Hole { preset, table: "", tenant: tenant.as_deref(), origin: origin.as_deref(), at };
    let other = entries.remove("other_tenant");
    for entry in entries.values_mut() {
        hole.fill(&mut entry.node)?;
    }
    entries.extend(other.map(|entry| ("other_tenant".to_owned(), entry)));
    Ok(())
}

fn plain<'a>(entries: &'a Entries, key: &str) -> Option<&'a str> {
    match entries.get(key) {
        Some(Entry { node: Node { kind: Kind::Text(text), .. }, .. }) => Some(text),
        _ => None,
    }
}

/// The tenant id, which becomes part of a path and must not change its shape.
fn tenant(entries: &Entries) -> Result<Option<String>, ConfigError> {
    let Some((text, entry)) = plain(entries, "tenant").zip(entries.get("tenant")) else { return Ok(None) };
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    if text.is_empty() || text.starts_with('.') || !text.bytes().all(legal) {
        return Err(entry.node.at.error(
            "`tenant` is not a tenant id",
            "expected letters, digits, `-`, `_`, `.` and `~`",
            "write the one path segment that names the tenant in the FHIR base URL",
        ));
    }
    Ok(Some(text.to_owned()))
}

/// What there is to fill the placeholders of one table with.
struct Hole<'a> {
    preset: &'a str,
    table: &'a str,
    tenant: Option<&'a str>,
    origin: Option<&'a str>,
    at: &'a At,
}

impl Hole<'_> {
    fn fill(&self, node: &mut Node) -> Result<(), ConfigError> {
        match &mut node.kind {
            Kind::Table(entries) => entries.values_mut().try_for_each(|entry| self.fill(&mut entry.node)),
            Kind::Array(items) => items.iter_mut().try_for_each(|item| self.fill(item)),
            Kind::Text(text) if node.at.source.builtin => {
                for (key, value) in [("tenant", self.tenant), ("origin", self.origin)] {
                    let mark = format!("{{{key}}}");
                    if text.contains(&mark) {
                        *text = text.replace(&mark, value.ok_or_else(|| self.unfilled(key))?);
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn unfilled(&self, key: &str) -> ConfigError {
        let (name, help) = match key {
            "tenant" => {
                ("tenant", "add `tenant = \"...\"`: the path segment that names the tenant in the FHIR base URL")
            }
            _ => ("origin", "add `origin = \"http://127.0.0.1:PORT\"`: scheme, host and port of the server"),
        };
        let place = if self.table.is_empty() { String::new() } else { format!(" in `{}`", self.table) };
        self.at.error(format!("preset `{}` needs `{name}`{place}", self.preset), format!("`{name}` is missing"), help)
    }
}
