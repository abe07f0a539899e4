//! The table of resource types: profiles, search parameters and includes, read once from `resources.toml`.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The types of search parameters that the table knows (FHIR's SearchParamType).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Date,
    Reference,
    String,
    Token,
    Uri,
}

/// The types by their codes.
const KINDS: [(&str, Kind); 5] = [
    ("date", Kind::Date),
    ("reference", Kind::Reference),
    ("string", Kind::String),
    ("token", Kind::Token),
    ("uri", Kind::Uri),
];

impl Kind {
    /// The code of the type.
    pub(super) fn code(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(code, _)| code)
    }
}

/// One search parameter of one type.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) kind: Kind,
    pub(super) paths: Vec<String>,
    pub(super) advertised: bool,
}

/// One resource type.
#[derive(Debug, Clone, Default)]
pub(super) struct Type {
    pub(super) profiles: Vec<String>,
    pub(super) includes: Vec<String>,
    pub(super) revincludes: Vec<String>,
    pub(super) search: BTreeMap<String, Parameter>,
}

impl Type {
    /// The named parameter, those every type has included.
    pub(super) fn parameter(&self, name: &str) -> Option<Parameter> {
        let common = |kind, path: &str| Parameter { kind, paths: vec![path.to_owned()], advertised: true };
        match name {
            "_id" => Some(common(Kind::Token, "id")),
            "_lastUpdated" => Some(common(Kind::Date, "meta.lastUpdated")),
            "_profile" => Some(common(Kind::Uri, "meta.profile")),
            _ => self.search.get(name).cloned(),
        }
    }
}

/// All types by name.
pub(super) fn types() -> &'static BTreeMap<String, Type> {
    static TYPES: OnceLock<BTreeMap<String, Type>> = OnceLock::new();
    TYPES.get_or_init(|| {
        let table: toml::Table = include_str!("resources.toml").parse().unwrap_or_default();
        table.into_iter().map(|(name, row)| (name, read_type(&row))).collect()
    })
}

fn read_type(row: &toml::Value) -> Type {
    let list = |name: &str| -> Vec<String> {
        let items = row.get(name).and_then(toml::Value::as_array).map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect()
    };
    let search = row.get("search").and_then(toml::Value::as_table).into_iter().flatten();
    Type {
        profiles: list("profiles"),
        includes: list("includes"),
        revincludes: list("revincludes"),
        search: search.filter_map(|(n, v)| Some((n.clone(), read_parameter(v.as_str()?)?))).collect(),
    }
}

/// A row of the table: the type, with a dot before it when the CapabilityStatement does not name it, and the paths.
fn read_parameter(text: &str) -> Option<Parameter> {
    let mut words = text.split_whitespace();
    let code = words.next()?;
    let (_, kind) = KINDS.into_iter().find(|(own, _)| *own == code.trim_start_matches('.'))?;
    Some(Parameter { kind, paths: words.map(str::to_owned).collect(), advertised: !code.starts_with('.') })
}
