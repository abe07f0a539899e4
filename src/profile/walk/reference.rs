//! References: their form, what they may point to, and what they resolve to within the text.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::super::json::{Document, Kind, NodeId};
use super::super::library::TYPES;
use super::super::primitive::{self, is_absolute};
use super::super::rules::{TypeKind, TypeRule};
use super::{Standing, Walk};
use crate::record::IssueKind;

/// Finds resources of the same text: contained ones, and entries of a Bundle.
pub(super) struct Resolver<'d, 's> {
    document: &'d Document<'s>,
    entries: OnceCell<Entries<'d>>,
}

/// Entries by full URL, and the full URL of each resource.
#[derive(Default)]
struct Entries<'d> {
    by_url: HashMap<&'d str, NodeId>,
    urls: HashMap<NodeId, &'d str>,
}

impl<'d, 's> Resolver<'d, 's> {
    pub fn new(document: &'d Document<'s>) -> Self {
        Self { document, entries: OnceCell::new() }
    }

    fn entries(&self) -> &Entries<'d> {
        self.entries.get_or_init(|| {
            let document = self.document;
            let mut out = Entries::default();
            let root = document.root();
            let Some(list) = document.child(root, "entry") else { return out };
            for entry in document.children(list) {
                let (Some(url), Some(resource)) =
                    (document.string(entry, "fullUrl"), document.child(entry, "resource"))
                else {
                    continue;
                };
                out.by_url.entry(url).or_insert(resource);
                out.urls.insert(resource, url);
            }
            out
        })
    }

    /// The resource that a reference names, if it is in the text.
    pub fn find(&self, reference: &str, standing: Standing) -> Option<NodeId> {
        let document = self.document;
        if let Some(id) = reference.strip_prefix('#') {
            if id.is_empty() {
                return Some(standing.root_resource);
            }
            let list = document.child(standing.root_resource, "contained")?;
            return document.children(list).find(|&n| document.string(n, "id") == Some(id));
        }
        let entries = self.entries();
        let reference = reference.split_once("/_history/").map_or(reference, |(plain, _)| plain);
        if let Some(&hit) = entries.by_url.get(reference) {
            return Some(hit);
        }
        // Relative to the server that the entry came from.
        let own = entries.urls.get(&standing.root_resource)?;
        let base = own.rsplitn(3, '/').nth(2)?;
        entries.by_url.get(format!("{base}/{reference}").as_str()).copied()
    }
}

impl<'l> Walk<'l, '_, '_> {
    /// Judges a Reference by the rule of its type.
    pub(super) fn reference(&mut self, node: NodeId, of: &'l TypeRule, standing: Standing) {
        let document = self.document;
        if let Some(at) = document.child(node, "reference").filter(|&n| document.kind(n) == Kind::String)
            && let Some(expected) = self.malformed(document.text(at))
        {
            self.raise(at, IssueKind::ReferenceSyntax, expected);
        }
        self.stated_type(node);
        self.target(node, of, standing);
    }

    /// `type` names a resource type, and the one that the literal reference names (R4 section 2.3.0.1).
    fn stated_type(&mut self, node: NodeId) {
        let document = self.document;
        let Some(at) = document.child(node, "type").filter(|&n| document.kind(n) == Kind::String) else { return };
        let stated = document.text(at).strip_prefix(TYPES).unwrap_or(document.text(at));
        if is_absolute(stated) {
            return;
        }
        if !self.library.type_(stated).is_some_and(|s| s.kind == TypeKind::Resource) {
            return self.raise(at, IssueKind::ReferenceTarget, "a resource type of FHIR R4".into());
        }
        let literal = document.string(node, "reference").and_then(|reference| self.literal_type(reference));
        if let Some(of) = literal.filter(|&of| of != stated) {
            self.raise(at, IssueKind::ReferenceTarget, format!("the type of the reference, {of}"));
        }
    }

    /// Why a reference is none; `#id` is the business of the invariant `ref-1`.
    fn malformed(&self, reference: &str) -> Option<String> {
        if reference.is_empty() || reference.starts_with('#') || is_absolute(reference) {
            return None;
        }
        let (path, _) = reference.split_once("/_history/").unwrap_or((reference, ""));
        let path = path.split_once(['?', '#']).map_or(path, |(path, _)| path);
        let known = |of: &str| self.library.type_(of).is_some_and(|s| s.kind == TypeKind::Resource);
        match path.split_once('/') {
            // A conditional reference, of a transaction.
            None if reference.contains('?') && known(path) => None,
            Some((of, id)) if known(of) && is_id(id) => None,
            _ => Some("Type/id of a FHIR type, an absolute URL, or #id".to_owned()),
        }
    }

    /// What the reference points to must be of an allowed type, and conform where it is in the text.
    pub(super) fn target(&mut self, node: NodeId, of: &'l TypeRule, standing: Standing) {
        let document = self.document;
        if of.targets.is_empty() || of.targets.iter().any(|t| t.ends_with("/StructureDefinition/Resource")) {
            return;
        }
        let reference = document.child(node, "reference").filter(|&n| document.kind(n) == Kind::String);
        let resolved = reference.and_then(|r| self.resolver.find(document.text(r), standing));
        let type_of_resolved = resolved.and_then(|n| document.string(n, "resourceType"));
        // What names no resource type was told by itself.
        let is_type = |n: &NodeId| self.library.type_(document.text(*n)).is_some_and(|s| s.kind == TypeKind::Resource);
        let stated = document.child(node, "type").filter(|&n| document.kind(n) == Kind::String).filter(is_type);
        let literal = reference.and_then(|r| self.literal_type(document.text(r)));
        let (found, at) = match (type_of_resolved, literal, stated) {
            (Some(of), _, _) | (None, Some(of), _) => (of, reference.unwrap_or(node)),
            (None, None, Some(n)) => (document.text(n), n),
            _ => return,
        };
        let library = self.library;
        let mut fitting = Vec::new();
        for (target, slot) in of.targets.iter().zip(&of.linked) {
            match library.at(*slot) {
                Some(profile) if profile.of == found => fitting.push(profile),
                Some(_) => {}
                None => return self.leave_open(format!("profile {target}"), "no compiled package has it".to_owned()),
            }
        }
        if fitting.is_empty() {
            let names = of.targets.iter().filter_map(|t| library.structure(t)).map(|s| s.of.as_str());
            let mut names: Vec<_> = names.collect();
            names.dedup();
            return self.raise(at, IssueKind::ReferenceTarget, format!("a reference to {}", names.join(" or ")));
        }
        if let Some(stated) = stated
            && document.text(stated) != found
        {
            self.raise(stated, IssueKind::ReferenceTarget, format!("the type of the reference, {found}"));
        }
        // A resource that is in the text must conform to one of the profiles; each is judged at most once.
        let Some(resolved) = resolved else { return };
        if fitting.iter().all(|p| p.profile) && standing.depth < 2 {
            let inner = Standing { depth: standing.depth + 1, ..self.standing_of(resolved, standing) };
            let met = fitting.iter().any(|p| !self.trial(|walk| walk.held_to(resolved, &p.url, inner)));
            if !met {
                let names: Vec<_> = fitting.iter().map(|p| p.name.as_str()).collect();
                let expected = format!("a reference to what conforms to {}", names.join(" or "));
                self.raise(at, IssueKind::ReferenceTarget, expected);
            }
        }
    }

    fn standing_of(&self, resolved: NodeId, standing: Standing) -> Standing {
        let document = self.document;
        let list = document.parent(resolved).filter(|&l| document.kind(l) == Kind::Array);
        let contained = list.is_some_and(|l| document.key(l) == "contained");
        let root_resource = if contained { standing.root_resource } else { resolved };
        Standing { resource: resolved, root_resource, ..standing }
    }

    /// The type that `Patient/1` or `https://server/Patient/1` names.
    fn literal_type<'r>(&self, reference: &'r str) -> Option<&'r str> {
        if reference.starts_with("urn:") || reference.starts_with('#') {
            return None;
        }
        let path = reference.split_once("/_history/").map_or(reference, |(path, _)| path);
        let mut parts = path.rsplit('/');
        let (id, of) = (parts.next()?, parts.next()?);
        let resource = self.library.type_(of).is_some_and(|s| s.kind == TypeKind::Resource);
        (resource && is_id(id)).then_some(of)
    }
}

fn is_id(id: &str) -> bool {
    primitive::problem("id", id).is_none()
}
