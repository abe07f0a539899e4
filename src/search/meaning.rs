//! The search parameters of a guide, ready to be applied, and the values that a resource has for them.

use crate::profile::Library;
use crate::profile::json::{Document, NodeId};
use crate::profile::path::{Around, Path};
use serde_json::Value;
use std::collections::BTreeMap;

/// The type of a search parameter (FHIR R4, Search: parameter types) as far as the guide uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A code, an identifier, a flag.
    Token,
    /// Text, matched from its start.
    Text,
    /// A moment or a period.
    Date,
    /// Another resource.
    Reference,
    /// A URL.
    Uri,
}

impl Kind {
    fn of(code: &str) -> Option<Self> {
        Some(match code {
            "token" => Self::Token,
            "string" => Self::Text,
            "date" => Self::Date,
            "reference" => Self::Reference,
            "uri" => Self::Uri,
            _ => return None,
        })
    }
}

/// A search parameter of one resource type, ready to be applied.
pub struct Parameter {
    /// Its type.
    pub kind: Kind,
    /// Types that a reference may point to; empty: any.
    pub targets: Vec<String>,
    path: Path,
}

/// The values that a resource has for each parameter, by the parameter's code.
pub type Values = BTreeMap<String, Vec<Value>>;

/// Every search parameter that the guide's server is asked about, by resource type and code.
pub struct Meaning {
    types: BTreeMap<String, BTreeMap<String, Parameter>>,
}

impl Meaning {
    /// Compiles the parameters of the guide's resource types. One whose expression cannot be evaluated is left out, and
    /// who asks for it is told that there is none.
    pub fn of(library: &Library) -> Self {
        let index = library.index();
        let compile = |of: &String| {
            let own = index.search_parameters.get(of).into_iter().flatten();
            let common = index.search_parameters.get("Resource").into_iter().flatten();
            let parameters = common.chain(own).filter_map(|(code, parameter)| {
                let kind = Kind::of(&parameter.kind)?;
                let (expression, targets) = without_resolve(&parameter.expression, of);
                let path = Path::compile(&expression).ok()?;
                let targets = if targets.is_empty() { parameter.targets.clone() } else { targets };
                Some((code.clone(), Parameter { kind, targets, path }))
            });
            (of.clone(), parameters.collect())
        };
        Self { types: index.resources.keys().map(compile).collect() }
    }

    /// A parameter by resource type and code.
    pub fn parameter(&self, of: &str, code: &str) -> Option<&Parameter> {
        self.types.get(of)?.get(code)
    }

    /// The values of a resource, given as JSON text, for every parameter of its type.
    pub fn values(&self, of: &str, text: &str) -> Values {
        let Some(parameters) = self.types.get(of) else { return Values::new() };
        let Ok(document) = Document::parse(text) else { return Values::new() };
        let root = document.root();
        let nothing = |_: &str| -> Option<NodeId> { None };
        let around = Around { document: &document, resource: root, root_resource: root, resolve: &nothing };
        let read = |parameter: &Parameter| -> Vec<Value> {
            let elements = parameter.path.select(root.into(), &around);
            let nodes = elements.iter().filter_map(|e| e.node);
            nodes.filter_map(|n| serde_json::from_str(document.raw(n)).ok()).collect()
        };
        parameters
            .iter()
            .map(|(code, parameter)| (code.clone(), read(parameter)))
            .filter(|(_, v)| !v.is_empty())
            .collect()
    }
}

/// Takes `.where(resolve() is T)` out of an expression: what a reference points to is told by its own text. Of an
/// expression over several types only the part about `of` is kept.
fn without_resolve(expression: &str, of: &str) -> (String, Vec<String>) {
    let mut targets = Vec::new();
    let mut out = String::new();
    let mut rest = expression;
    while let Some(at) = rest.find(".where(resolve() is ") {
        out.push_str(&rest[..at]);
        let inner = &rest[at + ".where(resolve() is ".len()..];
        let (target, after) = inner.split_once(')').unwrap_or((inner, ""));
        targets.push(target.trim().to_owned());
        rest = after;
    }
    out.push_str(rest);
    let about = |part: &&str| {
        let name = part.trim().trim_start_matches('(');
        name.starts_with(&format!("{of}.")) || name.starts_with("Resource.") || name.starts_with("DomainResource.")
    };
    let parts: Vec<&str> = out.split('|').filter(about).collect();
    // The focus is the resource: its type's name says nothing more.
    let joined = parts.join("|").replace("DomainResource.", "").replace("Resource.", "");
    (strip_type(&joined, of), targets)
}

fn strip_type(expression: &str, of: &str) -> String {
    let mut out = String::new();
    let prefix = format!("{of}.");
    let mut rest = expression;
    while let Some(at) = rest.find(&prefix) {
        let begins = !rest[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '/' || c == '.');
        out.push_str(&rest[..at]);
        if !begins {
            out.push_str(&prefix);
        }
        rest = &rest[at + prefix.len()..];
    }
    out + rest
}
