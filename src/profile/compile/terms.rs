//! Value sets as codes: composed from the code systems and value sets of the packages, as far as they go.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use regex::Regex;
use serde_json::Value;

use super::super::rules::{CodeSystem, Include, Open, Rule, Structure, ValueSet};
use super::{Definitions, unversioned};

/// Codes of one system.
#[derive(Clone)]
enum Codes {
    /// All of the system, but these.
    All(BTreeSet<String>),
    /// These.
    Some(BTreeSet<String>),
}

#[derive(Clone, Default)]
struct Expansion {
    systems: BTreeMap<String, Codes>,
    open: Vec<Open>,
}

/// Expands the value sets that a rule binds to, and lists the systems that are known whole.
pub(super) fn compile(
    definitions: &Definitions<'_>,
    structures: &BTreeMap<String, Structure>,
) -> (BTreeMap<String, ValueSet>, BTreeMap<String, CodeSystem>) {
    let mut bound = BTreeSet::new();
    for structure in structures.values() {
        collect(&structure.root, &mut bound);
    }
    let mut systems = BTreeMap::new();
    for (url, definition) in &definitions.systems {
        if definition["content"] == "complete" {
            let concepts = Concepts::of(definition);
            systems.insert(
                url.clone(),
                CodeSystem {
                    url: url.clone(),
                    case_insensitive: definition["caseSensitive"] == false,
                    codes: concepts.parents.keys().cloned().collect(),
                },
            );
        }
    }
    let expander = Expander { definitions, systems: &systems };
    let value_sets = bound.into_iter().map(|url| {
        let expansion = expander.value_set(&url, &mut Vec::new());
        let include = expansion.systems.into_iter().map(|(system, codes)| match codes {
            Codes::All(but) => Include { system, codes: None, but: but.into_iter().collect() },
            Codes::Some(codes) => Include { system, codes: Some(codes.into_iter().collect()), but: Vec::new() },
        });
        let set = ValueSet { url: url.clone(), include: include.collect(), open: expansion.open };
        (url, set)
    });
    (value_sets.collect(), systems)
}

fn collect(rule: &Rule, into: &mut BTreeSet<String>) {
    if let Some(binding) = &rule.binding {
        if binding.strength >= super::super::rules::Strength::Extensible {
            into.insert(binding.value_set.clone());
        }
        into.extend(binding.max.clone());
    }
    for inner in rule.children.iter().chain(&rule.slices) {
        collect(inner, into);
    }
}

/// A code system's concepts: what each stands under, and its properties.
struct Concepts<'d> {
    parents: BTreeMap<String, Vec<&'d str>>,
    properties: HashMap<&'d str, &'d [Value]>,
}

impl<'d> Concepts<'d> {
    fn of(definition: &'d Value) -> Self {
        let mut out = Self { parents: BTreeMap::new(), properties: HashMap::new() };
        let mut todo: Vec<(&Value, Option<&str>)> = list(definition, "concept").map(|c| (c, None)).collect();
        while let Some((concept, parent)) = todo.pop() {
            let Some(code) = concept["code"].as_str() else { continue };
            let parents = out.parents.entry(code.to_owned()).or_default();
            parents.extend(parent);
            let properties = concept["property"].as_array().map(Vec::as_slice).unwrap_or_default();
            for property in properties {
                if matches!(property["code"].as_str(), Some("subsumedBy" | "parent" | "isA")) {
                    parents.extend(property["valueCode"].as_str().or_else(|| property["valueString"].as_str()));
                }
            }
            out.properties.insert(code, properties);
            todo.extend(list(concept, "concept").map(|c| (c, Some(code))));
        }
        out
    }

    fn is_under(&self, code: &str, above: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut todo = vec![code];
        while let Some(code) = todo.pop() {
            for parent in self.parents.get(code).into_iter().flatten() {
                if *parent == above {
                    return true;
                }
                if seen.insert(*parent) {
                    todo.push(parent);
                }
            }
        }
        false
    }

    /// The codes that a filter lets through; nothing if the filter is not understood.
    fn filter(&self, filter: &Value) -> Option<BTreeSet<String>> {
        let text = |key: &str| filter[key].as_str().unwrap_or_default();
        let (property, value) = (text("property"), text("value"));
        let keep: Box<dyn Fn(&str) -> bool> = match (text("op"), property) {
            ("is-a", _) => Box::new(move |code| code == value || self.is_under(code, value)),
            ("descendent-of", _) => Box::new(move |code| self.is_under(code, value)),
            ("is-not-a", _) => Box::new(move |code| code != value && !self.is_under(code, value)),
            ("generalizes", _) => Box::new(move |code| code == value || self.is_under(value, code)),
            ("regex", "code" | "concept") => {
                let pattern = Regex::new(&format!("^(?:{value})$")).ok()?;
                Box::new(move |code| pattern.is_match(code))
            }
            ("=", "concept" | "code") => Box::new(move |code| code == value),
            ("in", "concept" | "code") => Box::new(move |code| value.split(',').any(|v| v.trim() == code)),
            ("=", _) => Box::new(move |code| self.property(code, property).any(|v| v == value)),
            ("in", _) => {
                Box::new(move |code| self.property(code, property).any(|v| value.split(',').any(|w| w.trim() == v)))
            }
            ("exists", _) => {
                Box::new(move |code| (self.property(code, property).next().is_some()) == (value == "true"))
            }
            _ => return None,
        };
        Some(self.parents.keys().filter(|code| keep(code)).cloned().collect())
    }

    fn property<'a>(&'a self, code: &str, name: &'a str) -> impl Iterator<Item = String> + 'a {
        let properties = self.properties.get(code).copied().unwrap_or_default();
        properties.iter().filter(move |p| p["code"] == name).filter_map(|p| {
            let (_, value) = p.as_object()?.iter().find(|(key, _)| key.starts_with("value"))?;
            Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        })
    }
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> + use<'v> {
    value[key].as_array().into_iter().flatten()
}

struct Expander<'a> {
    definitions: &'a Definitions<'a>,
    systems: &'a BTreeMap<String, CodeSystem>,
}

impl Expander<'_> {
    fn value_set(&self, url: &str, within: &mut Vec<String>) -> Expansion {
        let unknown = |reason: String| Expansion { open: vec![Open { system: None, reason }], ..Expansion::default() };
        let url = unversioned(url);
        if within.iter().any(|w| w == url) {
            return unknown(format!("the value set {url} includes itself"));
        }
        let Some(definition) = self.definitions.value_sets.get(url) else {
            return unknown(format!("no package has the value set {url}"));
        };
        within.push(url.to_owned());
        let mut out = Expansion::default();
        let compose = &definition["compose"];
        for include in list(compose, "include") {
            unite(&mut out, self.include(include, within));
        }
        for exclude in list(compose, "exclude") {
            let without = self.include(exclude, within);
            subtract(&mut out, &without);
        }
        within.pop();
        let expanded = expansion(definition);
        let composed = !out.systems.is_empty() || !out.open.is_empty();
        match expanded {
            Some(expanded) if !composed || !out.open.is_empty() => expanded,
            _ if !composed => unknown(format!("the package lists no code of the value set {url}")),
            _ => out,
        }
    }

    fn include(&self, include: &Value, within: &mut Vec<String>) -> Expansion {
        let mut out: Option<Expansion> = None;
        for other in list(include, "valueSet").filter_map(Value::as_str) {
            let other = self.value_set(other, within);
            out = Some(match out {
                Some(one) => self.intersect(one, &other),
                None => other,
            });
        }
        let Some(system) = include["system"].as_str() else { return out.unwrap_or_default() };
        let own = self.system(system, include);
        match out {
            Some(one) => self.intersect(own, &one),
            None => own,
        }
    }

    fn system(&self, system: &str, include: &Value) -> Expansion {
        let one = |codes| Expansion { systems: BTreeMap::from([(system.to_owned(), codes)]), open: Vec::new() };
        let mut listed = list(include, "concept").filter_map(|c| c["code"].as_str()).peekable();
        if listed.peek().is_some() {
            return one(Codes::Some(listed.map(str::to_owned).collect()));
        }
        let filters: Vec<_> = list(include, "filter").collect();
        if filters.is_empty() {
            return one(Codes::All(BTreeSet::new()));
        }
        let open = |reason: String| Expansion {
            systems: BTreeMap::new(),
            open: vec![Open { system: Some(system.to_owned()), reason }],
        };
        let definition = self.definitions.systems.get(unversioned(system)).filter(|d| d["content"] == "complete");
        let Some(definition) = definition else {
            return open(format!("the codes that the filter selects from {system} are in no package"));
        };
        let concepts = Concepts::of(definition);
        let mut codes: Option<BTreeSet<String>> = None;
        for filter in filters {
            let Some(hit) = concepts.filter(filter) else {
                let op = filter["op"].as_str().unwrap_or_default();
                return open(format!("the filter '{op}' on {system} is not supported"));
            };
            codes = Some(match codes {
                Some(codes) => codes.intersection(&hit).cloned().collect(),
                None => hit,
            });
        }
        one(Codes::Some(codes.unwrap_or_default()))
    }

    fn intersect(&self, one: Expansion, other: &Expansion) -> Expansion {
        let mut out = Expansion { systems: BTreeMap::new(), open: one.open };
        out.open.extend(other.open.iter().cloned());
        for (system, codes) in one.systems {
            let both = match (codes, other.systems.get(&system)) {
                (_, None) => continue,
                (Codes::All(a), Some(Codes::All(b))) => Codes::All(a.union(b).cloned().collect()),
                (Codes::All(but), Some(Codes::Some(codes))) => {
                    let known = self.systems.get(&system);
                    let there = |c: &&String| !but.contains(*c) && known.is_none_or(|k| k.codes.contains(c));
                    Codes::Some(codes.iter().filter(there).cloned().collect())
                }
                (Codes::Some(codes), Some(Codes::All(but))) => {
                    Codes::Some(codes.into_iter().filter(|c| !but.contains(c)).collect())
                }
                (Codes::Some(a), Some(Codes::Some(b))) => Codes::Some(a.intersection(b).cloned().collect()),
            };
            out.systems.insert(system, both);
        }
        out
    }
}

fn unite(into: &mut Expansion, other: Expansion) {
    for open in other.open {
        if !into.open.contains(&open) {
            into.open.push(open);
        }
    }
    for (system, codes) in other.systems {
        let merged = match (into.systems.remove(&system), codes) {
            (None, codes) => codes,
            (Some(Codes::All(a)), Codes::All(b)) => Codes::All(a.intersection(&b).cloned().collect()),
            (Some(Codes::All(mut but)), Codes::Some(codes)) | (Some(Codes::Some(codes)), Codes::All(mut but)) => {
                but.retain(|c| !codes.contains(c));
                Codes::All(but)
            }
            (Some(Codes::Some(mut a)), Codes::Some(b)) => {
                a.extend(b);
                Codes::Some(a)
            }
        };
        into.systems.insert(system, merged);
    }
}

/// What is not known of the codes left out leaves the rest open too.
fn subtract(from: &mut Expansion, other: &Expansion) {
    from.open.extend(other.open.iter().cloned());
    for (system, gone) in &other.systems {
        let left = match (from.systems.remove(system), gone) {
            (None, _) => continue,
            // All but some, less all but others: what the second leaves in.
            (Some(Codes::All(a)), Codes::All(b)) => Codes::Some(b.difference(&a).cloned().collect()),
            (Some(Codes::All(mut but)), Codes::Some(codes)) => {
                but.extend(codes.iter().cloned());
                Codes::All(but)
            }
            (Some(Codes::Some(codes)), Codes::All(but)) => {
                Codes::Some(codes.into_iter().filter(|c| but.contains(c)).collect())
            }
            (Some(Codes::Some(codes)), Codes::Some(gone)) => {
                Codes::Some(codes.into_iter().filter(|c| !gone.contains(c)).collect())
            }
        };
        from.systems.insert(system.clone(), left);
    }
}

/// The codes that a package gives expanded, if it gives all.
fn expansion(definition: &Value) -> Option<Expansion> {
    let expansion = definition.get("expansion")?;
    let mut systems: BTreeMap<String, Codes> = BTreeMap::new();
    let mut count = 0_u64;
    let mut todo: Vec<&Value> = list(expansion, "contains").collect();
    while let Some(item) = todo.pop() {
        todo.extend(list(item, "contains"));
        let (Some(system), Some(code)) = (item["system"].as_str(), item["code"].as_str()) else { continue };
        count += 1;
        match systems.entry(system.to_owned()).or_insert_with(|| Codes::Some(BTreeSet::new())) {
            Codes::Some(codes) => codes.insert(code.to_owned()),
            Codes::All(_) => false,
        };
    }
    let whole = expansion["total"].as_u64().is_none_or(|total| total <= count);
    (count > 0 && whole).then_some(Expansion { systems, open: Vec::new() })
}
