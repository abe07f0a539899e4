//! TOML documents as trees that remember where each key and value was written, and how one is laid over another.

use super::error::{At, ConfigError, Source};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: At,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Table(Entries),
    Array(Vec<Node>),
    Text(String),
    Integer(i64),
    Boolean(bool),
    Date(String),
    Float,
}

/// The keys of a table.
pub(super) type Entries = BTreeMap<String, Entry>;

/// A key and its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: At,
    pub(super) node: Node,
}

impl Kind {
    /// What a message calls it.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Table(_) => "a table",
            Self::Array(_) => "a list",
            Self::Text(_) => "a text",
            Self::Integer(_) => "an integer",
            Self::Boolean(_) => "true or false",
            Self::Date(_) => "a date",
            Self::Float => "a number with a fraction",
        }
    }
}

/// Reads a document.
pub(super) fn parse(text: &str, source: &Arc<Source>) -> Result<Node, ConfigError> {
    let at = |span: Range<usize>| At { source: Arc::clone(source), span };
    let table = DeTable::parse(text).map_err(|error| {
        at(error.span().unwrap_or(0..0)).error(
            "the file is not TOML",
            error.message().to_owned(),
            "correct the syntax; texts are quoted, tables are written as [targets.NAME]",
        )
    })?;
    Ok(Node { at: at(0..0), kind: Kind::Table(entries(table.get_ref(), &at)) })
}

fn entries(table: &DeTable<'_>, at: &impl Fn(Range<usize>) -> At) -> Entries {
    table
        .iter()
        .map(|(key, value)| (key.get_ref().to_string(), Entry { key: at(key.span()), node: node(value, at) }))
        .collect()
}

fn node(value: &Spanned<DeValue<'_>>, at: &impl Fn(Range<usize>) -> At) -> Node {
    let kind = match value.get_ref() {
        DeValue::String(text) => Kind::Text(text.to_string()),
        DeValue::Integer(number) => {
            i64::from_str_radix(number.as_str(), number.radix()).map_or(Kind::Float, Kind::Integer)
        }
        DeValue::Float(_) => Kind::Float,
        DeValue::Boolean(value) => Kind::Boolean(*value),
        DeValue::Datetime(date) => Kind::Date(date.to_string()),
        DeValue::Array(items) => Kind::Array(items.iter().map(|item| node(item, at)).collect()),
        DeValue::Table(table) => Kind::Table(entries(table, at)),
    };
    Node { at: at(value.span()), kind }
}

/// Lays `over` on `under`: tables join key by key, everything else (references to secrets too) replaces.
pub(super) fn merge(under: Node, over: Node) -> Node {
    match (under.kind, over.kind) {
        (Kind::Table(mut low), Kind::Table(high)) if !is_reference(&low) && !is_reference(&high) => {
            for (name, entry) in high {
                let entry = match low.remove(&name) {
                    Some(old) => Entry { key: entry.key, node: merge(old.node, entry.node) },
                    None => entry,
                };
                low.insert(name, entry);
            }
            Node { at: over.at, kind: Kind::Table(low) }
        }
        (_, kind) => Node { at: over.at, kind },
    }
}

/// Whether a table is `{ env = "NAME" }` or `{ file = "path" }`.
fn is_reference(entries: &Entries) -> bool {
    !entries.is_empty()
        && entries
            .iter()
            .all(|(name, entry)| matches!(name.as_str(), "env" | "file") && matches!(entry.node.kind, Kind::Text(_)))
}
