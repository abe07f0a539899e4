//! A StructureDefinition's snapshot as a tree of rules.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::super::path::Path;
use super::super::rules::{
    Binding, Constraint, Context, Discriminator, NotCompiledRule, Rule, Slicing, SlicingRules, Strength, Structure,
    TypeKind, TypeRule,
};
use super::{NotCompilable, unversioned};

const FHIR_TYPE: &str = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type";
const MAX_VALUE_SET: &str = "http://hl7.org/fhir/StructureDefinition/elementdefinition-maxValueSet";

/// Compiles one definition.
pub(super) fn structure(definition: &Value) -> Result<Structure, NotCompilable> {
    let url = text(definition, "url").to_owned();
    let elements = definition["snapshot"]["element"].as_array();
    let elements = elements.filter(|e| !e.is_empty()).ok_or(NotCompilable::NoSnapshot { url: url.clone() })?;
    let profile = text(definition, "derivation") == "constraint";
    let mut not_compiled = Vec::new();
    let mut root = tree(elements, &mut not_compiled);
    let is_resource = text(definition, "kind") == "resource";
    if let Some(id) = root.children.iter_mut().find(|c| c.name == "id" && is_resource) {
        // R4's snapshots say string of a resource's id; its text (section 2.26.3.1) says id.
        id.types = vec![TypeRule { code: "id".to_owned(), ..TypeRule::default() }];
    }
    let contexts = definition["context"].as_array().into_iter().flatten();
    Ok(Structure {
        version: text(definition, "version").to_owned(),
        name: text(definition, "name").to_owned(),
        of: text(definition, "type").to_owned(),
        kind: match text(definition, "kind") {
            "resource" => TypeKind::Resource,
            "primitive-type" => TypeKind::Primitive,
            _ => TypeKind::Complex,
        },
        profile,
        is_abstract: definition["abstract"] == true,
        base: definition["baseDefinition"].as_str().map(|b| unversioned(b).to_owned()),
        contexts: contexts
            .map(|c| Context { kind: text(c, "type").to_owned(), expression: text(c, "expression").to_owned() })
            .collect(),
        modifier: text(definition, "type") == "Extension" && elements[0]["isModifier"] == true,
        not_compiled,
        root,
        url,
    })
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap_or_default()
}

/// Builds the tree by the ids of the elements: `Observation.component:systolic.code` stands under
/// `Observation.component:systolic`, which is a slice of `Observation.component`.
fn tree(elements: &[Value], not_compiled: &mut Vec<NotCompiledRule>) -> Rule {
    let mut rules: Vec<Option<Rule>> = Vec::with_capacity(elements.len());
    let mut by_id: HashMap<&str, usize> = HashMap::new();
    let mut above: Vec<Option<(usize, bool)>> = Vec::with_capacity(elements.len());
    for element in elements {
        let id = element["id"].as_str().unwrap_or_else(|| text(element, "path"));
        let last = last_segment(id);
        let parent = if last == 0 { None } else { by_id.get(&id[..last - 1]).map(|&n| (n, false)) };
        let slice = id[last..].find(':').map(|n| last + n);
        let parent = match slice.and_then(|n| by_id.get(&id[..n])) {
            Some(&sliced) => Some((sliced, true)),
            None => parent,
        };
        by_id.insert(id, rules.len());
        above.push(parent);
        rules.push(Some(rule(element, id, not_compiled)));
    }
    // From the last to the first, so that each rule is whole before it moves into the one above.
    for n in (1..rules.len()).rev() {
        let (Some(rule), Some((parent, is_slice))) = (rules[n].take(), above[n]) else { continue };
        if let Some(parent) = rules.get_mut(parent).and_then(Option::as_mut) {
            if is_slice { parent.slices.insert(0, rule) } else { parent.children.insert(0, rule) }
        }
    }
    rules.into_iter().next().flatten().unwrap_or_default()
}

/// Where the last segment of an id begins; the dots in slice names do not count.
fn last_segment(id: &str) -> usize {
    let mut start = 0;
    let mut in_slice = false;
    for (n, c) in id.char_indices() {
        match c {
            ':' => in_slice = true,
            // Slice names hold dots only where a package was made by hand; segments begin with a small letter.
            '.' if !in_slice || id[n + 1..].starts_with(|c: char| c.is_ascii_lowercase()) => {
                start = n + 1;
                in_slice = false;
            }
            _ => {}
        }
    }
    start
}

fn rule(element: &Value, id: &str, not_compiled: &mut Vec<NotCompiledRule>) -> Rule {
    let segment = &id[last_segment(id)..];
    let (name, slice) = segment.split_once(':').map_or((segment, None), |(name, slice)| (name, Some(slice)));
    let empty = Map::new();
    let object = element.as_object().unwrap_or(&empty);
    let prefixed = |prefix: &str| {
        let mut hits = object.iter().filter(|(key, _)| {
            key.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
        });
        hits.next().map(|(_, value)| value.clone())
    };
    let small = |key: &str| element[key].as_u64().and_then(|n| u32::try_from(n).ok());
    Rule {
        name: name.strip_suffix("[x]").unwrap_or(name).to_owned(),
        choice: name.ends_with("[x]"),
        slice: slice.map(str::to_owned),
        min: small("min").unwrap_or(0),
        max: element["max"].as_str().and_then(|m| m.parse().ok()),
        types: element["type"].as_array().into_iter().flatten().map(type_rule).collect(),
        fixed: prefixed("fixed"),
        pattern: prefixed("pattern"),
        binding: binding(&element["binding"]),
        constraints: constraints(element, id, not_compiled),
        max_length: small("maxLength"),
        min_value: prefixed("minValue"),
        max_value: prefixed("maxValue"),
        must_support: element["mustSupport"] == true || is_of_uscdi(element),
        same_as: element["contentReference"].as_str().and_then(|r| r.split_once('#')).map(|(_, path)| path.to_owned()),
        slicing: slicing(&element["slicing"]),
        ..Rule::default()
    }
}

fn type_rule(value: &Value) -> TypeRule {
    let canonicals = |key: &str| {
        let list = value[key].as_array().into_iter().flatten().filter_map(Value::as_str);
        list.map(|url| unversioned(url).to_owned()).collect::<Vec<_>>()
    };
    let code = text(value, "code");
    // The ids of elements and the like are of the System types; the extension names their FHIR type.
    let fhir = || {
        let mut extensions = value["extension"].as_array().into_iter().flatten();
        extensions
            .find(|e| e["url"] == FHIR_TYPE)
            .and_then(|e| e["valueUrl"].as_str().or_else(|| e["valueUri"].as_str()))
    };
    let code = match code.strip_prefix("http://hl7.org/fhirpath/System.") {
        Some(system) => fhir().unwrap_or(match system {
            "Boolean" => "boolean",
            "Integer" => "integer",
            "Decimal" => "decimal",
            _ => "string",
        }),
        None => code,
    };
    TypeRule {
        code: code.to_owned(),
        profiles: canonicals("profile"),
        targets: canonicals("targetProfile"),
        supported_targets: supported_targets(value),
        must_support: is_type_supported(value),
        linked: Vec::new(),
    }
}

fn binding(value: &Value) -> Option<Binding> {
    let strength = match text(value, "strength") {
        "required" => Strength::Required,
        "extensible" => Strength::Extensible,
        "preferred" => Strength::Preferred,
        "example" => Strength::Example,
        _ => return None,
    };
    let mut extensions = value["extension"].as_array().into_iter().flatten();
    let max = extensions.find(|e| e["url"] == MAX_VALUE_SET).and_then(|e| e["valueCanonical"].as_str());
    let value_set = value["valueSet"].as_str().map(|v| unversioned(v).to_owned());
    let max = max.map(|v| unversioned(v).to_owned());
    // What is only illustrated or recommended is nothing to judge by.
    if strength < Strength::Extensible && max.is_none() {
        return None;
    }
    Some(Binding { strength, value_set: value_set?, max })
}

fn constraints(element: &Value, id: &str, not_compiled: &mut Vec<NotCompiledRule>) -> Vec<Constraint> {
    let mut out = Vec::new();
    for constraint in element["constraint"].as_array().into_iter().flatten() {
        let key = text(constraint, "key");
        // The walker's own: an element without value and content, and the rules of narrative.
        if key == "ele-1" || constraint["expression"] == "htmlChecks()" {
            continue;
        }
        let mut open = |reason: String| {
            not_compiled.push(NotCompiledRule { element: id.to_owned(), rule: key.to_owned(), reason });
        };
        let Some(expression) = constraint["expression"].as_str() else {
            open("the constraint has no FHIRPath expression".to_owned());
            continue;
        };
        match Path::compile(expression) {
            Ok(_) => out.push(Constraint {
                key: key.to_owned(),
                warning: text(constraint, "severity") == "warning",
                expression: expression.to_owned(),
            }),
            Err(error) => open(error.to_string()),
        }
    }
    out
}

fn slicing(value: &Value) -> Option<Slicing> {
    let rules = match text(value, "rules") {
        "closed" => SlicingRules::Closed,
        "openAtEnd" => SlicingRules::OpenAtEnd,
        "open" => SlicingRules::Open,
        _ => return None,
    };
    let discriminators = value["discriminator"].as_array().into_iter().flatten();
    let discriminators = discriminators
        .map(|d| Discriminator { kind: text(d, "type").to_owned(), path: text(d, "path").to_owned() })
        .collect();
    Some(Slicing { discriminators, rules, ordered: value["ordered"] == true })
}

/// US Core marks what USCDI adds to must support by an extension: it is to be supported all the same.
fn is_of_uscdi(element: &Value) -> bool {
    let url = "http://hl7.org/fhir/us/core/StructureDefinition/uscdi-requirement";
    let extensions = element["extension"].as_array().into_iter().flatten();
    extensions.filter(|extension| extension["url"] == url).any(|extension| extension["valueBoolean"] == true)
}

/// The targets of a reference that are must support: each is marked by the extension at its place in the list beside.
fn supported_targets(of: &Value) -> Vec<String> {
    let targets = of["targetProfile"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let marks = of["_targetProfile"].as_array().into_iter().flatten();
    targets.zip(marks).filter(|(_, mark)| is_type_supported(mark)).map(|(url, _)| unversioned(url).to_owned()).collect()
}

/// Must support of one type of a choice is an extension too.
fn is_type_supported(of: &Value) -> bool {
    let url = "http://hl7.org/fhir/StructureDefinition/elementdefinition-type-must-support";
    let extensions = of["extension"].as_array().into_iter().flatten();
    extensions.filter(|extension| extension["url"] == url).any(|extension| extension["valueBoolean"] == true)
}
