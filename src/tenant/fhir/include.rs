//! `_include` and `_revinclude`: what else comes with a page of matches.

use std::collections::BTreeSet;

use serde_json::Value;

use super::element;
use super::family::Interaction;
use super::guard::Guard;
use super::outcome::Refusal;
use super::query::Query;
use super::table::{self, Kind};
use crate::tenant::entry::Entry;

struct Edge {
    source: String,
    paths: Option<Vec<String>>,
    target: Option<String>,
}

/// Resources to add to the matches shown, each once and none that the request may not see.
pub(super) fn run<'a>(
    guard: &Guard<'a>,
    kind: &str,
    query: &Query,
    shown: &[&'a Entry],
    strict: bool,
) -> Result<Vec<&'a Entry>, Refusal> {
    let mut seen: BTreeSet<String> = shown.iter().map(|e| e.reference()).collect();
    let mut added: Vec<&'a Entry> = Vec::new();
    let members = guard.store.members();
    for (name, value) in &query.0 {
        let (name, modifier) = name.split_once(':').map_or((name.as_str(), None), |(n, m)| (n, Some(m)));
        let reverse = name == "_revinclude";
        if !reverse && name != "_include" {
            continue;
        }
        let Some(edge) = edge(kind, value, reverse) else {
            if strict {
                return Err(Refusal::unsupported("an include is not supported"));
            }
            continue;
        };
        let mut sources: Vec<&'a Entry> = shown.to_vec();
        if modifier == Some("iterate") {
            sources.extend(added.iter().copied());
        }
        let along = value.split(':').nth(1).unwrap_or_default();
        if members.any(|member| member.includes_nothing(kind, along, reverse)) {
            continue;
        }
        let found = if reverse { backward(guard, &edge, &sources) } else { forward(guard, &edge, &sources) };
        let lifted = {
            let interaction = if reverse { Interaction::ReverseInclude } else { Interaction::Include };
            members.any(|member| member.lifts(interaction))
        };
        let open = Guard { lifted, ..guard.clone() };
        let foreign = guard
            .store
            .entries()
            .iter()
            .find(|e| lifted && !reverse && e.kind == kind && e.owner.is_some() && e.owner != guard.patient());
        // Something that has nothing to do with the matches.
        let stray = members.any(|member| member.includes_stray(kind, reverse));
        let idle = |e: &&'a Entry| stray && e.kind == edge.source && guard.sees(e, super::guard::Need::Read);
        let unrelated = |e: &&'a Entry| match reverse {
            true => !backward(guard, &edge, shown).iter().any(|own| own.reference() == e.reference()),
            false => false,
        };
        let strays = guard
            .store
            .entries()
            .iter()
            .filter(|e| stray && (if reverse { idle(e) && unrelated(e) } else { e.kind == "Organization" }))
            .take(1);
        for entry in found.into_iter().chain(foreign).chain(strays) {
            if open.includes(entry) && seen.insert(entry.reference()) {
                added.push(entry);
            }
        }
    }
    Ok(added)
}

fn edge(kind: &str, value: &str, reverse: bool) -> Option<Edge> {
    let parts: Vec<&str> = value.split(':').collect();
    let any = |source: &str| Some(Edge { source: source.to_owned(), paths: None, target: None });
    match parts.as_slice() {
        ["*"] | ["*", "*"] => any(if reverse { "*" } else { kind }),
        [source, "*"] if reverse || *source == kind => any(source),
        [source, name, target @ ..] if target.len() < 2 => {
            let parameter = table::types().get(*source)?.search.get(*name).filter(|p| p.kind == Kind::Reference)?;
            let target = target.first().map(|t| (*t).to_owned());
            Some(Edge { source: (*source).to_owned(), paths: Some(parameter.paths.clone()), target })
        }
        _ => None,
    }
}

/// References of an entry along an edge, as `Type/id`.
fn references<'v>(entry: &'v Entry, edge: &Edge) -> Vec<&'v str> {
    let mut found = Vec::new();
    match &edge.paths {
        Some(paths) => {
            let values = paths.iter().flat_map(|path| element::at(&entry.body, path));
            found.extend(values.filter_map(|v| v.get("reference").and_then(Value::as_str)));
        }
        None => every(&entry.body, &mut found),
    }
    found.retain(|r| edge.target.as_ref().is_none_or(|t| r.split('/').next() == Some(t)));
    found
}

fn every<'v>(value: &'v Value, found: &mut Vec<&'v str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|v| every(v, found)),
        Value::Object(parts) => {
            found.extend(parts.get("reference").and_then(Value::as_str));
            parts.values().for_each(|v| every(v, found));
        }
        _ => {}
    }
}

fn forward<'a>(guard: &Guard<'a>, edge: &Edge, sources: &[&'a Entry]) -> Vec<&'a Entry> {
    let from = sources.iter().filter(|e| e.kind == edge.source);
    from.flat_map(|e| references(e, edge)).filter_map(|r| guard.store.at(r)).collect()
}

fn backward<'a>(guard: &Guard<'a>, edge: &Edge, targets: &[&'a Entry]) -> Vec<&'a Entry> {
    let wanted: BTreeSet<String> = targets.iter().map(|e| e.reference()).collect();
    let entries = guard.store.entries().iter();
    let from = entries.filter(|e| edge.source == "*" || e.kind == edge.source);
    from.filter(|e| references(e, edge).iter().any(|r| wanted.contains(*r))).collect()
}
