//! The references that profiles name must support: where they stand and what they point to.

use crate::profile::Library;
use crate::profile::rules::{Rule, Structure};
use serde_json::Value;

/// A must-support element that is a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// Names from the resource inwards: `participant.member`, `medication[x]`.
    pub path: String,
    /// Profiles or types that it may point to; empty: any.
    pub targets: Vec<String>,
    /// Those of them that are must support by themselves: each must be shown somewhere.
    pub supported: Vec<String>,
}

impl Pointer {
    /// The references at this element of a resource.
    pub fn references<'v>(&self, resource: &'v Value) -> Vec<&'v str> {
        let mut at = vec![resource];
        for name in self.path.split('.') {
            let step = |value: &'v Value| -> Vec<&'v Value> {
                let member = match name.strip_suffix("[x]") {
                    Some(stem) => &value[format!("{stem}Reference")],
                    None => &value[name],
                };
                match member {
                    Value::Array(items) => items.iter().collect(),
                    Value::Null => Vec::new(),
                    one => vec![one],
                }
            };
            at = at.into_iter().flat_map(step).collect();
        }
        at.into_iter().filter_map(|value| value["reference"].as_str()).collect()
    }
}

/// The must-support references of a profile.
pub fn pointers(library: &Library, profile: &str) -> Vec<Pointer> {
    let mut out = Vec::new();
    let mut at = library.structure(profile);
    while let Some(structure) = at.filter(|structure| structure.profile) {
        let base = library.type_(&structure.of);
        collect(&structure.root, base, "", &mut out);
        at = structure.base.as_deref().and_then(|url| library.structure(url));
    }
    out.dedup_by(|a, b| a.path == b.path);
    out
}

fn collect(rule: &Rule, base: Option<&Structure>, path: &str, out: &mut Vec<Pointer>) {
    for child in &rule.children {
        let name = if child.choice { format!("{}[x]", child.name) } else { child.name.clone() };
        let path = if path.is_empty() { name } else { format!("{path}.{name}") };
        let known = out.iter().any(|pointer: &Pointer| pointer.path == path);
        if child.must_support && !known {
            // A profile says only what it changes: the rest is the type's.
            let types = if child.types.is_empty() {
                base.and_then(|base| within(&base.root, &path)).map(|rule| rule.types.as_slice()).unwrap_or_default()
            } else {
                &child.types
            };
            if let Some(reference) = types.iter().find(|t| t.code == "Reference") {
                out.push(Pointer {
                    path: path.clone(),
                    targets: reference.targets.clone(),
                    supported: reference.supported_targets.clone(),
                });
            }
        }
        collect(child, base, &path, out);
    }
}

fn within<'r>(rule: &'r Rule, path: &str) -> Option<&'r Rule> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let child = rule.children.iter().find(|child| child.name == first.trim_end_matches("[x]"))?;
    rest.map_or(Some(child), |rest| within(child, rest))
}

/// `Type/id` of a reference that names a resource of a server, whatever stands before and behind it.
pub fn target_of(reference: &str) -> Option<String> {
    let unversioned = reference.split("/_history/").next()?;
    let mut parts = unversioned.rsplit('/');
    let (id, of) = (parts.next()?, parts.next()?);
    let is_type = of.starts_with(char::is_uppercase) && of.chars().all(char::is_alphanumeric);
    (is_type && !id.is_empty()).then(|| format!("{of}/{id}"))
}
