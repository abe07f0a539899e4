//! What loading adds to a rule so that the walk only looks up: keys of members, compiled invariants, slice matchers.

use rustc_hash::FxHashMap;
use serde_json::Value;

use super::library::TYPES;
use super::path::Path;
use super::rules::{Binding, Rule, Structure};

/// The links of one rule.
#[derive(Debug, Default)]
pub struct Linked {
    /// By key of the member, choices spelled out: position of the child and of its type.
    pub(super) keys: FxHashMap<Box<str>, (u16, u16)>,
    /// For each type allowed, where its definition stands in the library.
    pub(super) types: Vec<Option<u32>>,
    /// One for each constraint, in the same order.
    pub(super) invariants: Vec<Path>,
    /// The children's positions from the outermost rule down to the one whose children these are.
    pub(super) same_as: Option<Vec<u16>>,
    /// How an item is seen to be in this slice; nothing if that cannot be told.
    pub(super) matcher: Option<Vec<Matcher>>,
}

/// One thing that an item of a slice shows.
#[derive(Debug)]
pub(super) enum Matcher {
    /// The value at the path equals this.
    Fixed(Vec<String>, Value),
    /// The value at the path contains this.
    Pattern(Vec<String>, Value),
    /// The value at the path is of the value set.
    Bound(Vec<String>, Binding),
    /// The item is of one of the types.
    Type(Vec<String>, Vec<String>),
    /// There is a value at the path, or none.
    Exists(Vec<String>, bool),
    /// The extension has this URL.
    Url(Vec<String>),
}

/// What a matcher asks for, as others than the walk can say it.
pub(super) enum Wanted<'m> {
    Url(&'m [String]),
    /// The value at the path contains this.
    Pattern(&'m [String], &'m Value),
    Other,
}

impl Matcher {
    pub(super) fn wanted(&self) -> Wanted<'_> {
        match self {
            Self::Url(urls) => Wanted::Url(urls),
            Self::Pattern(steps, value) | Self::Fixed(steps, value) => Wanted::Pattern(steps, value),
            Self::Bound(..) | Self::Type(..) | Self::Exists(..) => Wanted::Other,
        }
    }
}

/// Links all rules of a structure.
pub(super) fn link(structure: &mut Structure, slots: &Slots) {
    let paths = if structure.root.children.is_empty() { Vec::new() } else { references(&structure.root) };
    rule(&mut structure.root, &paths, slots);
}

/// Where each structure stands in the library, by URL: number, begin and end of its line.
pub(super) type Slots = FxHashMap<Box<str>, (usize, usize, usize)>;

/// The paths that some rule refers to, with the positions that lead there.
fn references(root: &Rule) -> Vec<(String, Vec<u16>)> {
    fn wanted<'r>(rule: &'r Rule, out: &mut Vec<&'r str>) {
        out.extend(rule.same_as.as_deref());
        for inner in rule.children.iter().chain(&rule.slices) {
            wanted(inner, out);
        }
    }
    let mut paths = Vec::new();
    wanted(root, &mut paths);
    paths.sort_unstable();
    paths.dedup();
    let found = paths.into_iter().filter_map(|path| {
        let mut at = root;
        let mut steps = Vec::new();
        for segment in path.split('.').skip(1) {
            let name = segment.strip_suffix("[x]").unwrap_or(segment);
            let n = at.children.iter().position(|c| c.name == name)?;
            steps.push(u16::try_from(n).ok()?);
            at = &at.children[n];
        }
        Some((path.to_owned(), steps))
    });
    found.collect()
}

fn rule(rule_: &mut Rule, paths: &[(String, Vec<u16>)], slots: &Slots) {
    let slot = |code: &str| slots.get(format!("{TYPES}{code}").as_str()).and_then(|s| u32::try_from(s.0).ok());
    rule_.linked.types = rule_.types.iter().map(|t| slot(&t.code)).collect();
    for of in &mut rule_.types {
        let place = |url: &String| slots.get(url.as_str()).and_then(|s| u32::try_from(s.0).ok());
        of.linked = of.targets.iter().map(place).collect();
    }
    // A constraint that does not compile was left out, and told, when the package was compiled.
    rule_.linked.invariants = rule_.constraints.iter().filter_map(|c| Path::compile(&c.expression).ok()).collect();
    if rule_.linked.invariants.len() != rule_.constraints.len() {
        rule_.constraints.retain(|c| Path::compile(&c.expression).is_ok());
    }
    if let Some(path) = &rule_.same_as {
        rule_.linked.same_as = paths.iter().find(|(p, _)| p == path).map(|(_, steps)| steps.clone());
    }
    for (n, child) in rule_.children.iter().enumerate() {
        let Ok(n) = u16::try_from(n) else { break };
        if !child.choice {
            rule_.linked.keys.insert(child.name.as_str().into(), (n, 0));
            continue;
        }
        for (t, of) in child.types.iter().enumerate() {
            let mut chars = of.code.chars();
            let first = chars.next().map(|c| c.to_ascii_uppercase());
            let key: String = child.name.chars().chain(first).chain(chars).collect();
            rule_.linked.keys.insert(key.into(), (n, u16::try_from(t).unwrap_or(0)));
        }
    }
    let discriminators = rule_.slicing.as_ref().map(|s| s.discriminators.clone()).unwrap_or_default();
    for slice in &mut rule_.slices {
        slice.linked.matcher = if discriminators.is_empty() {
            by_extension(slice).map(|url| vec![url])
        } else {
            discriminators.iter().map(|d| matcher(slice, &d.kind, &d.path)).collect()
        };
    }
    for inner in rule_.children.iter_mut().chain(&mut rule_.slices) {
        rule(inner, paths, slots);
    }
}

fn by_extension(slice: &Rule) -> Option<Matcher> {
    let urls: Vec<_> = slice.types.iter().flat_map(|t| &t.profiles).cloned().collect();
    if !urls.is_empty() {
        return Some(Matcher::Url(urls));
    }
    let url = slice.children.iter().find(|c| c.name == "url")?;
    Some(Matcher::Url(vec![url.fixed.as_ref()?.as_str()?.to_owned()]))
}

fn matcher(slice: &Rule, kind: &str, path: &str) -> Option<Matcher> {
    if path == "url"
        && let Some(url) = by_extension(slice)
    {
        return Some(url);
    }
    let steps = steps(path)?;
    // A pattern or fixed value may stand at the path or anywhere above it.
    let mut at = slice;
    let mut value = of(at).map(|(fixed, value)| (fixed, value.clone()));
    let mut whole = true;
    for step in &steps {
        value = value.and_then(|(fixed, v)| Some((fixed, v.get(step)?.clone())));
        match at.children.iter().find(|c| c.name == *step) {
            Some(child) => {
                at = child;
                value = of(at).map(|(fixed, v)| (fixed, v.clone())).or(value);
            }
            None => whole = false,
        }
    }
    match kind {
        "exists" if whole => Some(Matcher::Exists(steps, at.max != Some(0))),
        "type" if whole => {
            let types: Vec<_> = at.types.iter().map(|t| t.code.clone()).collect();
            (!types.is_empty()).then_some(Matcher::Type(steps, types))
        }
        "value" | "pattern" => match value {
            Some((true, value)) => Some(Matcher::Fixed(steps, value)),
            Some((false, value)) => Some(Matcher::Pattern(steps, value)),
            None if whole => at.binding.clone().map(|binding| Matcher::Bound(steps, binding)),
            None => None,
        },
        _ => None,
    }
}

fn of(rule: &Rule) -> Option<(bool, &Value)> {
    rule.fixed.as_ref().map(|v| (true, v)).or(rule.pattern.as_ref().map(|v| (false, v)))
}

/// The names of a discriminator's path; nothing if it asks for more than members, as `resolve()` does.
fn steps(path: &str) -> Option<Vec<String>> {
    if path == "$this" {
        return Some(Vec::new());
    }
    let path = path.strip_prefix("$this.").unwrap_or(path);
    path.split('.').map(|step| (!step.contains('(')).then(|| step.to_owned())).collect()
}
