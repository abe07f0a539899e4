//! A profile reduced to what it adds: what the type's own rules say already is said once, by the type.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::super::rules::{Constraint, Rule, SlicingRules, Structure};

/// Key and expression.
type Said = HashMap<String, HashSet<(String, String)>>;

/// Prunes every profile against its type, and every element against the constraints of its types.
pub(super) fn all(structures: &mut BTreeMap<String, Structure>) {
    let said: Said = structures
        .values()
        .filter(|s| !s.profile)
        .map(|s| (s.of.clone(), s.root.constraints.iter().map(|c| (c.key.clone(), c.expression.clone())).collect()))
        .collect();
    let (mut profiles, mut types): (Vec<_>, Vec<_>) = structures.values_mut().partition(|s| s.profile);
    for structure in &mut types {
        for child in &mut structure.root.children {
            said_by_types(child, &said);
        }
    }
    let types: HashMap<&str, &Rule> = types.iter().map(|s| (s.of.as_str(), &s.root)).collect();
    for structure in &mut profiles {
        if let Some(base) = types.get(structure.of.as_str()) {
            let pruner = Pruner { said: &said, types: &types };
            pruner.rule(&mut structure.root, base);
            let paths = paths(&structure.root);
            drop_references(&mut structure.root, &paths);
        }
    }
}

/// Constraints that the element's types say of every instance.
fn said_by_types(rule: &mut Rule, said: &Said) {
    let types: Vec<_> = rule.types.iter().filter_map(|t| said.get(&t.code)).collect();
    rule.constraints.retain(|c| !types.iter().any(|t| t.contains(&(c.key.clone(), c.expression.clone()))));
    for inner in rule.children.iter_mut().chain(&mut rule.slices) {
        said_by_types(inner, said);
    }
}

struct Pruner<'a> {
    said: &'a Said,
    types: &'a HashMap<&'a str, &'a Rule>,
}

impl Pruner<'_> {
    /// Leaves in `rule` what `base` does not say.
    fn rule(&self, rule: &mut Rule, base: &Rule) {
        if rule.slice.is_none() {
            rule.min = if rule.min > base.min { rule.min } else { 0 };
            if rule.max == base.max {
                rule.max = None;
            }
        }
        rule.constraints.retain(|c| !base.constraints.iter().any(|b: &Constraint| b.key == c.key));
        let types: Vec<_> = rule.types.iter().filter_map(|t| self.said.get(&t.code)).collect();
        rule.constraints.retain(|c| !types.iter().any(|t| t.contains(&(c.key.clone(), c.expression.clone()))));
        let inner = self.inner(rule, base);
        if rule.types == base.types || rule.types.is_empty() {
            rule.types.clear();
        }
        if rule.binding == base.binding {
            rule.binding = None;
        }
        if rule.max_length == base.max_length {
            rule.max_length = None;
        }
        if rule.min_value == base.min_value {
            rule.min_value = None;
        }
        if rule.max_value == base.max_value {
            rule.max_value = None;
        }
        for slice in &mut rule.slices {
            self.rule(slice, base);
        }
        if rule.slices.is_empty() && rule.slicing.as_ref().is_some_and(|s| s.rules == SlicingRules::Open) {
            rule.slicing = None;
        }
        for child in &mut rule.children {
            if let Some(base) = inner.and_then(|inner| find(inner, child)) {
                self.rule(child, base);
            }
        }
        rule.children.retain(says_anything);
    }

    /// The rule whose children are those of `base`: itself, or its only type.
    fn inner<'b>(&'b self, rule: &Rule, base: &'b Rule) -> Option<&'b Rule> {
        if !base.children.is_empty() {
            return Some(base);
        }
        let of = if rule.types.is_empty() { &base.types } else { &rule.types };
        let [only] = of.as_slice() else { return None };
        self.types.get(only.code.as_str()).copied()
    }
}

/// The base's rule for a child; a profile may name a choice by its type (`valueQuantity` for `value[x]`).
fn find<'b>(base: &'b Rule, child: &mut Rule) -> Option<&'b Rule> {
    if let Some(same) = base.children.iter().find(|b| b.name == child.name) {
        return Some(same);
    }
    let suffix = |b: &Rule| {
        child.name.strip_prefix(&b.name).filter(|s| b.types.iter().any(|t| t.code.eq_ignore_ascii_case(s))).is_some()
    };
    let choice = base.children.iter().find(|b| b.choice && suffix(b))?;
    child.name.clone_from(&choice.name);
    child.choice = true;
    Some(choice)
}

fn says_anything(rule: &Rule) -> bool {
    rule.same_as.is_some() || says_more(rule)
}

fn says_more(rule: &Rule) -> bool {
    rule.min > 0
        || rule.max.is_some()
        || !rule.types.is_empty()
        || rule.fixed.is_some()
        || rule.pattern.is_some()
        || rule.binding.is_some()
        || !rule.constraints.is_empty()
        || rule.max_length.is_some()
        || rule.min_value.is_some()
        || rule.max_value.is_some()
        || rule.must_support
        || rule.slicing.is_some()
        || !rule.slices.is_empty()
        || !rule.children.is_empty()
}

/// Paths of the elements whose children a profile says something about.
fn paths(root: &Rule) -> HashSet<String> {
    fn add(rule: &Rule, path: &str, out: &mut HashSet<String>) {
        let real = |c: &Rule| says_more(c);
        if rule.children.iter().any(real) {
            out.insert(path.to_owned());
        }
        for child in &rule.children {
            let name =
                if child.choice { format!("{path}.{}[x]", child.name) } else { format!("{path}.{}", child.name) };
            add(child, &name, out);
        }
    }
    let mut out = HashSet::new();
    add(root, &root.name, &mut out);
    out
}

fn drop_references(rule: &mut Rule, paths: &HashSet<String>) {
    if rule.same_as.as_ref().is_some_and(|path| !paths.contains(path)) {
        rule.same_as = None;
    }
    for inner in rule.children.iter_mut().chain(&mut rule.slices) {
        drop_references(inner, paths);
    }
    rule.children.retain(says_anything);
}
