//! Rules as JSON Schema (2020-12): a second opinion on the walk, and an export for tools that know nothing of FHIR.
//!
//! A schema says what schemas can say: members, JSON types, formats, cardinalities, fixed values and patterns, required
//! codes that are known whole, slices by pattern. It leaves out invariants, references and terminology that is open; so it
//! refuses nothing that conforms, and cannot find everything that does not.

use serde_json::{Map, Value, json};

use super::json::Kind;
use super::library::{Library, Part};
use super::link::Wanted;
use super::primitive::json_kind;
use super::rules::{Rule, Strength, Structure, TypeKind};

/// A schema for each profile of a resource: its name, and the schema with the types it needs.
pub fn all(library: &Library) -> impl Iterator<Item = (String, Value)> + '_ {
    library.urls().filter_map(|url| {
        let structure = library.structure(url)?;
        let wanted = structure.profile && structure.kind == TypeKind::Resource;
        wanted.then(|| (structure.url.rsplit('/').next().unwrap_or_default().to_owned(), of(library, structure)))
    })
}

/// The schema of one structure.
pub fn of(library: &Library, structure: &Structure) -> Value {
    let mut defs = Map::new();
    let base = library.type_(&structure.of);
    let mut builder = Builder { library, defs: &mut defs };
    let type_ref = builder.type_ref(&structure.of);
    let mut parts = vec![type_ref];
    if structure.profile {
        parts.push(builder.overlay(&structure.root, base.map(|b| &b.root)));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": structure.url,
        "title": structure.name,
        "allOf": parts,
        "$defs": defs,
    })
}

struct Builder<'l, 'd> {
    library: &'l Library,
    defs: &'d mut Map<String, Value>,
}

impl<'l> Builder<'l, '_> {
    /// A reference to the schema of a type, which is made when first named.
    fn type_ref(&mut self, name: &str) -> Value {
        let reference = json!({ "$ref": format!("#/$defs/{name}") });
        if self.defs.contains_key(name) {
            return reference;
        }
        self.defs.insert(name.to_owned(), Value::Bool(true));
        let schema = match self.library.type_(name) {
            Some(s) if s.kind == TypeKind::Primitive => primitive(name),
            // Which type a resource in a resource is of, it says itself; the walk follows it, a schema would hold all.
            Some(s) if s.is_abstract && s.kind == TypeKind::Resource => {
                json!({ "type": "object", "required": ["resourceType"] })
            }
            Some(s) => self.object(s, &s.root),
            None => Value::Bool(true),
        };
        self.defs.insert(name.to_owned(), schema);
        reference
    }

    fn object(&mut self, structure: &'l Structure, rule: &'l Rule) -> Value {
        let mut properties = Map::new();
        let mut all = Vec::new();
        if structure.kind == TypeKind::Resource && std::ptr::eq(rule, &structure.root) {
            properties.insert("resourceType".to_owned(), json!({ "const": structure.of }));
        }
        for child in &rule.children {
            let mut keys = Vec::new();
            for (n, of) in child.types.iter().enumerate() {
                let key =
                    if child.choice { format!("{}{}", child.name, capital(&of.code)) } else { child.name.clone() };
                let primitive = child.linked.types[n]
                    .and_then(|t| self.library.at(Some(t)))
                    .is_some_and(|s| s.kind == TypeKind::Primitive);
                let one =
                    if child.children.is_empty() { self.type_ref(&of.code) } else { self.object(structure, child) };
                properties.insert(key.clone(), repeated(child, one, primitive));
                keys.push(key.clone());
                if primitive {
                    let element = self.type_ref("Element");
                    properties.insert(format!("_{key}"), repeated(child, element, true));
                    keys.push(format!("_{key}"));
                }
            }
            if let Some(path) = &child.same_as {
                // The element that is repeated within itself is named in the definitions by its path.
                let target = path.clone();
                let one = self.path_ref(structure, &target);
                properties.insert(child.name.clone(), repeated(child, one, false));
                keys.push(child.name.clone());
            }
            if child.min > 0 && !keys.is_empty() {
                all.push(json!({ "anyOf": keys.iter().map(|k| json!({ "required": [k] })).collect::<Vec<_>>() }));
            }
        }
        let mut schema = json!({
            "type": "object",
            "minProperties": 1,
            "properties": properties,
            "additionalProperties": false,
        });
        if !all.is_empty() {
            schema["allOf"] = all.into();
        }
        schema
    }

    fn path_ref(&mut self, structure: &'l Structure, path: &str) -> Value {
        let reference = json!({ "$ref": format!("#/$defs/{path}") });
        if !self.defs.contains_key(path) {
            self.defs.insert(path.to_owned(), Value::Bool(true));
            let mut at = Some(&structure.root);
            for segment in path.split('.').skip(1) {
                at = at.and_then(|r| r.children.iter().find(|c| c.name == segment));
            }
            if let Some(rule) = at {
                let schema = self.object(structure, rule);
                self.defs.insert(path.to_owned(), schema);
            }
        }
        reference
    }

    /// What a profile adds.
    fn overlay(&mut self, rule: &'l Rule, base: Option<&'l Rule>) -> Value {
        let mut parts: Vec<Value> = Vec::new();
        if let Some(fixed) = &rule.fixed {
            parts.push(json!({ "const": fixed }));
        }
        if let Some(pattern) = &rule.pattern {
            parts.push(contains(pattern));
        }
        if let Some(codes) = self.codes(rule) {
            parts.push(codes);
        }
        for child in &rule.children {
            let under = base.and_then(|b| b.children.iter().find(|c| c.name == child.name));
            // Only what has one form in JSON: an element of the type itself, or a choice of one type.
            let Some(under) = under else { continue };
            parts.extend(self.member(child, under));
        }
        match parts.len() {
            0 => Value::Bool(true),
            _ => json!({ "allOf": parts }),
        }
    }

    fn member(&mut self, rule: &'l Rule, base: &'l Rule) -> Vec<Value> {
        let mut parts = Vec::new();
        let types = if rule.types.is_empty() { &base.types } else { &rule.types };
        let keys: Vec<String> = match rule.choice {
            true => types.iter().map(|t| format!("{}{}", rule.name, capital(&t.code))).collect(),
            false => vec![rule.name.clone()],
        };
        let many = base.max != Some(1);
        if rule.min > 0 {
            let mut any: Vec<Value> = Vec::new();
            for key in &keys {
                any.push(json!({ "required": [key] }));
                any.push(json!({ "required": [format!("_{key}")] }));
            }
            parts.push(json!({ "anyOf": any }));
            if many && rule.min > 1 {
                parts.push(json!({ "properties": { &keys[0]: { "minItems": rule.min } } }));
            }
        }
        if rule.max == Some(0) {
            parts.extend(keys.iter().map(|k| json!({ "properties": { k: false } })));
        } else if let Some(max) = rule.max.filter(|_| many) {
            parts.extend(keys.iter().map(|k| json!({ "properties": { k: { "maxItems": max } } })));
        }
        if rule.choice && !rule.types.is_empty() {
            let gone = base.types.iter().filter(|b| !rule.types.iter().any(|t| t.code == b.code));
            parts
                .extend(gone.map(|t| json!({ "properties": { format!("{}{}", rule.name, capital(&t.code)): false } })));
        }
        if let [key] = keys.as_slice() {
            let of = types.first().and_then(|t| self.library.type_(&t.code)).map(|s| &s.root);
            let within = if base.children.is_empty() { of } else { Some(base) };
            let inner = self.overlay(rule, within);
            if inner != Value::Bool(true) {
                let inner = if many { json!({ "items": inner }) } else { inner };
                parts.push(json!({ "properties": { key: inner } }));
            }
            for slice in rule.slices.iter().filter(|_| many) {
                if let Some(wanted) = self.slice(slice) {
                    let mut schema = json!({ "contains": wanted, "minContains": slice.min });
                    if let Some(max) = slice.max {
                        schema["maxContains"] = max.into();
                    }
                    parts.push(json!({ "properties": { key: schema } }));
                }
            }
        }
        parts
    }

    /// What an item of a slice looks like, if a schema can say it; slices by extension URL and by pattern.
    fn slice(&self, slice: &Rule) -> Option<Value> {
        let wanted = slice.linked.matcher.as_ref()?.iter().map(|matcher| match matcher.wanted() {
            Wanted::Url(urls) => Some(json!({ "properties": { "url": { "enum": urls } }, "required": ["url"] })),
            Wanted::Pattern([], value) => Some(contains(value)),
            Wanted::Pattern([name], value) => {
                Some(json!({ "properties": { name: contains(value) }, "required": [name] }))
            }
            _ => None,
        });
        let wanted: Vec<Value> = wanted.collect::<Option<_>>()?;
        Some(json!({ "allOf": wanted }))
    }

    /// The codes of a required binding to an element of type `code`, where all are known.
    fn codes(&self, rule: &Rule) -> Option<Value> {
        let binding = rule.binding.as_ref().filter(|b| b.strength == Strength::Required)?;
        let set = self.library.set(&binding.value_set).filter(|s| s.open.is_empty())?;
        let mut codes = Vec::new();
        for part in set.by_system.values() {
            let Part::Some(some) = part else { return None };
            codes.extend(some.iter().cloned());
        }
        codes.sort_unstable();
        Some(json!({ "if": { "type": "string" }, "then": { "enum": codes } }))
    }
}

fn capital(code: &str) -> String {
    let mut chars = code.chars();
    chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

fn repeated(rule: &Rule, one: Value, nullable: bool) -> Value {
    if rule.max == Some(1) {
        return one;
    }
    let items = if nullable { json!({ "anyOf": [one, { "type": "null" }] }) } else { one };
    json!({ "type": "array", "minItems": 1, "items": items })
}

fn primitive(name: &str) -> Value {
    match (json_kind(name), name) {
        (Kind::Boolean, _) => json!({ "type": "boolean" }),
        (_, "integer") => json!({ "type": "integer" }),
        (_, "positiveInt") => json!({ "type": "integer", "minimum": 1 }),
        (_, "unsignedInt") => json!({ "type": "integer", "minimum": 0 }),
        (Kind::Number, _) => json!({ "type": "number" }),
        (_, "id") => json!({ "type": "string", "pattern": r"^[A-Za-z0-9\-.]{1,64}$" }),
        (_, "code") => json!({ "type": "string", "pattern": r"^\S+(\s\S+)*$" }),
        (_, "uri" | "url" | "canonical") => json!({ "type": "string", "pattern": r"^\S+$" }),
        (_, "date") => json!({ "type": "string", "pattern": r"^\d{4}(-\d\d(-\d\d)?)?$" }),
        (_, "dateTime") => json!({ "type": "string", "pattern": r"^\d{4}(-\d\d(-\d\d(T.+(Z|[+-]\d\d:\d\d))?)?)?$" }),
        (_, "instant") => json!({ "type": "string", "pattern": r"^\d{4}-\d\d-\d\dT.+(Z|[+-]\d\d:\d\d)$" }),
        _ => json!({ "type": "string", "minLength": 1 }),
    }
}

/// A schema that holds of what says at least what the pattern says.
fn contains(pattern: &Value) -> Value {
    match pattern {
        Value::Object(members) => {
            let properties: Map<String, Value> = members.iter().map(|(k, v)| (k.clone(), contains(v))).collect();
            let required: Vec<&String> = members.keys().collect();
            json!({ "properties": properties, "required": required })
        }
        Value::Array(items) => {
            json!({ "allOf": items.iter().map(|i| json!({ "contains": contains(i) })).collect::<Vec<_>>() })
        }
        other => json!({ "const": other }),
    }
}
