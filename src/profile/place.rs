//! Where an element is, in the words of FHIRPath: `Observation.value.ofType(Quantity).unit`.

use super::json::{Document, NodeId};
use super::library::Library;
use super::rules::Rule;

/// A rule on the way down, with the outermost rule of its structure.
#[derive(Clone, Copy)]
struct At<'l> {
    root: &'l Rule,
    rule: &'l Rule,
}

impl<'l> At<'l> {
    fn of(library: &'l Library, name: &str) -> Option<Self> {
        library.type_(name).map(|s| Self { root: &s.root, rule: &s.root })
    }

    /// The child for a key and the type that the key names, and what leads on within it.
    fn step(self, library: &'l Library, key: &str) -> Option<(&'l Rule, &'l str, Option<Self>)> {
        let &(child, of) = self.rule.linked.keys.get(key)?;
        let child = &self.rule.children[child as usize];
        let of = child.types.get(of as usize).map(|t| t.code.as_str()).unwrap_or_default();
        let inner = if let Some(steps) = &child.linked.same_as {
            let rule = steps.iter().fold(self.root, |at, &n| &at.children[n as usize]);
            Some(Self { root: self.root, rule })
        } else if child.children.is_empty() {
            Self::of(library, of)
        } else {
            Some(Self { root: self.root, rule: child })
        };
        Some((child, of, inner))
    }
}

/// The nodes from the outermost to this one.
fn way(document: &Document<'_>, node: NodeId) -> Vec<NodeId> {
    let mut nodes = vec![node];
    while let Some(parent) = nodes.last().and_then(|&n| document.parent(n)) {
        nodes.push(parent);
    }
    nodes.reverse();
    nodes
}

/// The path of a node from the type of the outermost resource of the text.
pub(super) fn fhirpath(library: &Library, document: &Document<'_>, node: NodeId) -> String {
    let mut out = String::new();
    // The rules that tell whether a key is a choice; nothing once the text left what is known.
    let mut at: Option<At<'_>> = None;
    for node in way(document, node) {
        if let Some(position) = document.position(node) {
            out.push_str(&format!("[{position}]"));
        } else if !document.key(node).is_empty() {
            let key = document.key(node);
            let plain = key.strip_prefix('_').unwrap_or(key);
            match at.and_then(|at| at.step(library, plain)) {
                Some((child, of, inner)) => {
                    out.push_str(&format!(".{}", child.name));
                    if child.choice {
                        out.push_str(&format!(".ofType({of})"));
                    }
                    at = inner;
                }
                None => {
                    out.push_str(&format!(".{plain}"));
                    at = None;
                }
            }
        }
        // A resource, the outermost or one within: its own type leads on.
        if let Some(of) = document.string(node, "resourceType") {
            if out.is_empty() {
                out.push_str(of);
            }
            at = At::of(library, of);
        }
    }
    if out.is_empty() { "$this".to_owned() } else { out }
}

/// The names under which an element may be meant by an extension's context: its path in its resource or type
/// (`Patient.name`, `HumanName`), and the names of its types.
pub(super) fn definitions(library: &Library, document: &Document<'_>, node: NodeId) -> Vec<String> {
    // Paths that lead here: from the resource, and from each type on the way.
    let mut paths: Vec<String> = Vec::new();
    let mut at: Option<At<'_>> = None;
    for node in way(document, node) {
        if document.position(node).is_none() && !document.key(node).is_empty() {
            let key = document.key(node);
            let plain = key.strip_prefix('_').unwrap_or(key);
            let Some((child, of, inner)) = at.and_then(|at| at.step(library, plain)) else { return Vec::new() };
            let name = if child.choice { format!("{}[x]", child.name) } else { child.name.clone() };
            for path in &mut paths {
                path.push('.');
                path.push_str(&name);
            }
            // What is repeated within itself is, at any depth, the element that it repeats.
            paths.extend(child.same_as.clone());
            at = inner;
            // Into a type: everything it derives from is a name too.
            let mut structure = library.type_(of);
            while let Some(of) = structure {
                paths.push(of.of.clone());
                structure = of.base.as_deref().and_then(|b| library.structure(b));
            }
        }
        if let Some(of) = document.string(node, "resourceType") {
            at = At::of(library, of);
            paths = vec![of.to_owned(), "Resource".to_owned(), "DomainResource".to_owned()];
        }
    }
    paths
}
