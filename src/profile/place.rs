//! Where an element is, in the words of FHIRPath: `Observation.value.ofType(Quantity).unit`.

use super::json::{Document, Kind, NodeId};
use super::library::Library;
use super::rules::Rule;

/// The path of a node from the type of the outermost resource of the text.
pub(super) fn fhirpath(library: &Library, document: &Document<'_>, node: NodeId) -> String {
    let mut nodes = vec![node];
    while let Some(parent) = nodes.last().and_then(|&n| document.parent(n)) {
        nodes.push(parent);
    }
    nodes.reverse();
    let mut out = String::new();
    // The rules that tell whether a key is a choice; nothing once the text left what is known.
    let mut rule: Option<&Rule> = None;
    for node in nodes {
        match document.position(node) {
            Some(position) => {
                out.push_str(&format!("[{position}]"));
            }
            None => {
                let key = document.key(node);
                let plain = key.strip_prefix('_').unwrap_or(key);
                if let Some(parent) = rule {
                    out.push('.');
                    match parent.linked.keys.get(plain) {
                        Some(&(child, of)) if parent.children[child as usize].choice => {
                            let child = &parent.children[child as usize];
                            let of = &child.types[of as usize];
                            out.push_str(&format!("{}.ofType({})", child.name, of.code));
                            rule = inner(library, child, &of.code);
                        }
                        Some(&(child, _)) => {
                            let child = &parent.children[child as usize];
                            out.push_str(plain);
                            rule = child.types.first().and_then(|t| inner(library, child, &t.code)).or(Some(child));
                        }
                        None => {
                            out.push_str(plain);
                            rule = None;
                        }
                    }
                } else if !key.is_empty() {
                    out.push('.');
                    out.push_str(plain);
                }
            }
        }
        // A resource, the outermost or one within: its own type leads on.
        if document.kind(node) == Kind::Object
            && let Some(of) = document.string(node, "resourceType")
        {
            if out.is_empty() {
                out.push_str(of);
            }
            rule = library.type_(of).map(|s| &s.root);
        }
    }
    if out.is_empty() { "$this".to_owned() } else { out }
}

fn inner<'l>(library: &'l Library, child: &'l Rule, of: &str) -> Option<&'l Rule> {
    if child.children.is_empty() { library.type_(of).map(|s| &s.root) } else { Some(child) }
}

/// The names under which an element may be meant by an extension's context: its path in its resource or type
/// (`Patient.name`, `HumanName`), and the names of its types.
pub(super) fn definitions(library: &Library, document: &Document<'_>, node: NodeId) -> Vec<String> {
    let mut nodes = vec![node];
    while let Some(parent) = nodes.last().and_then(|&n| document.parent(n)) {
        nodes.push(parent);
    }
    nodes.reverse();
    // Paths that lead here: from the resource, and from each type on the way.
    let mut paths: Vec<String> = Vec::new();
    let mut rule: Option<&Rule> = None;
    for node in nodes {
        if document.position(node).is_none() && !document.key(node).is_empty() {
            let key = document.key(node);
            let plain = key.strip_prefix('_').unwrap_or(key);
            let Some(&(child, of)) = rule.and_then(|r| r.linked.keys.get(plain)) else { return Vec::new() };
            let Some(parent) = rule else { return Vec::new() };
            let child = &parent.children[child as usize];
            let name = if child.choice { format!("{}[x]", child.name) } else { child.name.clone() };
            for path in &mut paths {
                path.push('.');
                path.push_str(&name);
            }
            let of = child.types.get(of as usize).map(|t| t.code.as_str()).unwrap_or_default();
            rule = inner(library, child, of);
            if child.children.is_empty() {
                // Into a type: everything it derives from is a name too.
                let mut at = library.type_(of);
                while let Some(structure) = at {
                    paths.push(structure.of.clone());
                    at = structure.base.as_deref().and_then(|b| library.structure(b));
                }
            } else {
                paths.extend([of.to_owned(), "Element".to_owned()]);
            }
        }
        if document.kind(node) == Kind::Object
            && let Some(of) = document.string(node, "resourceType")
        {
            rule = library.type_(of).map(|s| &s.root);
            paths = vec![of.to_owned(), "Resource".to_owned(), "DomainResource".to_owned()];
        }
    }
    paths
}
