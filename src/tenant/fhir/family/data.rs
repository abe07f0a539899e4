//! What a record lacks, has twice, codes wrongly or points to in vain. It is put into the store, so that searches and reads
//! agree about it. A reference that leads nowhere is still found by where it led: the index has not noticed, and so the
//! resource is seen at all.

use serde_json::{Value, json};

use super::member::{Family, Member, kind, profile};
use crate::tenant::entry::{Entry, claims};

pub(super) const FAMILIES: [Family; 4] = [
    Family {
        id: "data.drop",
        what: "resources of {0} lack {rest}",
        read: |text| changed(text, drop_at, Index::Follows),
    },
    Family {
        id: "data.twice",
        what: "resources of {0} have {rest} as a list",
        read: |text| changed(text, double, Index::Follows),
    },
    Family {
        id: "data.code",
        what: "resources of {0} have an invented code in {rest}",
        read: |text| changed(text, miscode, Index::Follows),
    },
    Family {
        id: "data.reference",
        what: "references of resources of {0} in {rest} lead nowhere",
        read: |text| changed(text, misplace, Index::Stays),
    },
];

/// Changes a member of an object.
type Change = fn(&mut Value, &str);

/// Whether searches know of the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Index {
    Follows,
    Stays,
}

/// An element that is changed in all resources of a type or profile.
#[derive(Debug)]
struct Changed {
    of: Of,
    path: Vec<String>,
    change: Change,
    index: Index,
}

#[derive(Debug)]
enum Of {
    Type(&'static str),
    Profile(String),
}

fn changed(text: &str, change: Change, index: Index) -> Option<Box<dyn Member>> {
    let (of, path) = text.split_once('.')?;
    let of = kind(of).map(Of::Type).or_else(|| profile(of).map(Of::Profile))?;
    let path = path.split('.').map(str::to_owned).collect();
    Some(Box::new(Changed { of, path, change, index }))
}

impl Member for Changed {
    fn record(&self, entry: &mut Entry) {
        let touched = match &self.of {
            Of::Type(kind) => entry.kind == *kind,
            Of::Profile(profile) => claims(&entry.body, profile),
        };
        if !touched {
            return;
        }
        if self.index == Index::Stays {
            entry.indexed = Some(entry.body.clone());
        }
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        at(&mut entry.body, &path, self.change);
    }
}

/// Calls `change` on each object that holds the last element of the path.
fn at(value: &mut Value, path: &[&str], change: Change) {
    if let Value::Array(items) = value {
        return items.iter_mut().for_each(|item| at(item, path, change));
    }
    match path {
        [] => {}
        [last] => change(value, last),
        [first, rest @ ..] => {
            for name in names(value, first) {
                at(&mut value[name.as_str()], rest, change);
            }
        }
    }
}

/// The members that an element's name means: `value[x]` stands for each of its types.
fn names(value: &Value, name: &str) -> Vec<String> {
    let keys = value.as_object().into_iter().flat_map(|object| object.keys());
    let means = |key: &&String| match name.strip_suffix("[x]") {
        Some(stem) => {
            let rest = key.trim_start_matches('_').strip_prefix(stem);
            rest.is_some_and(|rest| rest.starts_with(char::is_uppercase))
        }
        None => key.trim_start_matches('_') == name,
    };
    keys.filter(means).cloned().collect()
}

fn drop_at(holder: &mut Value, name: &str) {
    if let Some(suffix) = name.strip_prefix("extension=") {
        if let Some(extensions) = holder.get_mut("extension").and_then(Value::as_array_mut) {
            extensions.retain(|extension| !extension["url"].as_str().is_some_and(|url| url.ends_with(suffix)));
        }
        return;
    }
    for key in names(holder, name) {
        holder.as_object_mut().and_then(|object| object.shift_remove(&key));
    }
}

fn double(holder: &mut Value, name: &str) {
    for key in names(holder, name) {
        let own = holder[key.as_str()].take();
        holder[key.as_str()] = json!([own.clone(), own]);
    }
}

fn miscode(holder: &mut Value, name: &str) {
    fn invent(value: &mut Value) {
        match value {
            Value::String(code) => *code = "probity-invented".to_owned(),
            Value::Array(items) => items.iter_mut().for_each(invent),
            Value::Object(object) if object.contains_key("coding") => {
                if let Some(codings) = object.get_mut("coding") {
                    invent(codings);
                }
            }
            Value::Object(object) => {
                object.insert("code".to_owned(), json!("probity-invented"));
            }
            _ => {}
        }
    }
    for key in names(holder, name) {
        invent(&mut holder[key.as_str()]);
    }
}

fn misplace(holder: &mut Value, name: &str) {
    fn lose(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(lose),
            value => {
                if let Some(reference) = value.get_mut("reference")
                    && let Some((kind, _)) = reference.as_str().and_then(|text| text.split_once('/'))
                {
                    *reference = json!(format!("{kind}/probity-nowhere"));
                }
            }
        }
    }
    for key in names(holder, name) {
        lose(&mut holder[key.as_str()]);
    }
}
