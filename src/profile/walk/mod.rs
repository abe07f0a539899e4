//! One walk over a resource: first by the rules of its type, then by each profile it should meet.

mod base;
mod bundle;
mod code;
mod extension;
mod overlay;
mod reference;
mod slice;
mod value;

use std::collections::{BTreeMap, HashSet};

use rustc_hash::FxHashSet;

use super::json::{Document, Kind, NodeId};
use super::library::Library;
use super::path::{Around, Element};
use super::rules::{Rule, Structure, TypeKind};
use crate::record::{Issue, IssueKind, IssueSeverity};
use reference::Resolver;

/// Resources in resources deeper than this are refused; nothing of FHIR nests so.
const NESTING: usize = 8;

/// Where a resource stands: what counts as known about its surroundings.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    resource: NodeId,
    root_resource: NodeId,
    depth: usize,
}

/// The state of a walk.
pub(super) struct Walk<'l, 'd, 's> {
    pub library: &'l Library,
    pub document: &'d Document<'s>,
    pub issues: Vec<Issue>,
    pub open: BTreeMap<(String, String), usize>,
    /// Codes that a terminology service may be asked about.
    pub asked: Vec<Question>,
    /// Whether somebody will ask.
    pub asks: bool,
    /// Which profiles a resource is held to: the caller's choice, given its type and text.
    pub profiles: &'d dyn Fn(&Document<'_>, NodeId) -> Vec<String>,
    /// Whether `meta.profile` is followed.
    pub claims: bool,
    resolver: Resolver<'d, 's>,
    /// The rules that led here, each with its structure.
    trail: Vec<(&'l Structure, &'l Rule)>,
    /// What was judged already: structure and resource.
    judged: FxHashSet<(usize, NodeId)>,
    seen: HashSet<(NodeId, IssueKind, String)>,
}

/// A code whose membership the packages leave open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// Canonical URL of the value set.
    pub value_set: String,
    /// The code's system, unless it is of type `code`.
    pub system: Option<String>,
    /// The code.
    pub code: String,
    /// The issue to raise if the answer is no.
    pub issue: Issue,
}

impl<'l, 'd, 's> Walk<'l, 'd, 's> {
    pub fn new(
        library: &'l Library,
        document: &'d Document<'s>,
        profiles: &'d dyn Fn(&Document<'_>, NodeId) -> Vec<String>,
        claims: bool,
    ) -> Self {
        Self {
            library,
            document,
            issues: Vec::new(),
            open: BTreeMap::new(),
            asked: Vec::new(),
            asks: false,
            profiles,
            claims,
            resolver: Resolver::new(document),
            trail: Vec::new(),
            judged: FxHashSet::default(),
            seen: HashSet::new(),
        }
    }

    /// Judges the resource at `node`, which stands in no other.
    pub fn top(&mut self, node: NodeId) {
        for repeated in self.document.repeated() {
            let key = self.document.key(*repeated).to_owned();
            self.raise(*repeated, IssueKind::DuplicateKey, format!("the member {key:?} once in its object"));
        }
        self.resource(node, None);
    }

    /// Judges a resource: of a text, of a Bundle entry (`within` nothing), or contained.
    fn resource(&mut self, node: NodeId, within: Option<Standing>) {
        let document = self.document;
        if document.kind(node) != Kind::Object {
            return self.raise(node, IssueKind::JsonType, "an object: a resource".into());
        }
        let depth = within.map_or(0, |w| w.depth + 1);
        if depth > NESTING {
            return self.raise(node, IssueKind::Contained, "resources nested less deeply".into());
        }
        let Some(of) = document.child(node, "resourceType") else {
            return self.raise(node, IssueKind::UnknownType, "the member resourceType".into());
        };
        let name = document.text(of);
        let structure = self.library.type_(name).filter(|s| s.kind == TypeKind::Resource && !s.is_abstract);
        let Some(structure) = structure else {
            return self.raise(of, IssueKind::UnknownType, "a resource type of FHIR R4".into());
        };
        let standing = Standing { resource: node, root_resource: within.map_or(node, |w| w.root_resource), depth };
        let trail = std::mem::take(&mut self.trail);
        self.trail.push((structure, &structure.root));
        self.object(node, structure, &structure.root, standing);
        self.invariants(node.into(), &structure.root, standing);
        self.trail.pop();
        self.contained(node);
        if name == "Bundle" {
            self.bundle(node);
        }
        let mut urls = (self.profiles)(document, node);
        if self.claims {
            self.claimed(node, structure, &mut urls);
        }
        for url in urls {
            self.held_to(node, &url, standing);
        }
        self.trail = trail;
    }

    /// Contained resources have ids, and these differ, or a reference would name none or two (R4 section 2.3.0.2).
    fn contained(&mut self, node: NodeId) {
        let document = self.document;
        let Some(list) = document.child(node, "contained").filter(|&n| document.kind(n) == Kind::Array) else { return };
        let mut ids = HashSet::new();
        for resource in document.children(list).filter(|&n| document.kind(n) == Kind::Object) {
            match document.string(resource, "id") {
                None => self.raise(resource, IssueKind::Contained, "an id: a contained resource has one".into()),
                Some(id) if !ids.insert(id) => {
                    self.raise(resource, IssueKind::Contained, "an id that no other contained resource has".into());
                }
                Some(_) => {}
            }
        }
    }

    /// Adds the profiles of `meta.profile`, and says which of them cannot be judged.
    fn claimed(&mut self, node: NodeId, structure: &'l Structure, urls: &mut Vec<String>) {
        let document = self.document;
        let Some(list) = document.child(node, "meta").and_then(|m| document.child(m, "profile")) else { return };
        for claim in document.children(list).filter(|&n| document.kind(n) == Kind::String) {
            let url = document.text(claim);
            match self.library.structure(url) {
                None => {
                    let what = format!("profile {url}");
                    self.leave_open(what, "no compiled package has it".to_owned());
                    self.warn(claim, IssueKind::Profile, "a profile of the compiled packages".into());
                }
                Some(profile) if !profile.is_version_of(url) => {
                    let reason = format!("the compiled packages have version {} of it", profile.version);
                    self.leave_open(format!("profile {url}"), reason);
                    self.warn(
                        claim,
                        IssueKind::Profile,
                        "a version of the profile that the compiled packages have".into(),
                    );
                }
                Some(profile) if profile.of != structure.of => {
                    let expected =
                        format!("a profile of {}, as {} is one of {}", structure.of, profile.name, profile.of);
                    self.raise(claim, IssueKind::ProfileType, expected);
                }
                Some(profile) => {
                    if !urls.contains(&profile.url) {
                        urls.push(profile.url.clone());
                    }
                }
            }
        }
    }

    /// Judges a resource by one profile.
    fn held_to(&mut self, node: NodeId, url: &str, standing: Standing) {
        let Some(profile) = self.library.structure(url) else {
            return self.leave_open(format!("profile {url}"), "no compiled package has it".to_owned());
        };
        if !profile.profile || !self.judged.insert((std::ptr::from_ref(profile) as usize, node)) {
            return;
        }
        for left in &profile.not_compiled {
            self.leave_open(format!("{} of {}", left.rule, profile.url), left.reason.clone());
        }
        let of = self.document.string(node, "resourceType").unwrap_or_default();
        if of != profile.of {
            let expected = format!("a {}, as the profile {} demands", profile.of, profile.name);
            return self.raise(node, IssueKind::ProfileType, expected);
        }
        let trail = std::mem::take(&mut self.trail);
        self.overlay(node.into(), profile, &profile.root, standing);
        self.trail = trail;
    }

    /// Evaluates a rule's invariants on an element.
    fn invariants(&mut self, focus: Element<'d>, rule: &'l Rule, standing: Standing) {
        if rule.constraints.is_empty() {
            return;
        }
        let mut broken = Vec::new();
        {
            let resolver = &self.resolver;
            let resolve = |reference: &str| resolver.find(reference, standing);
            let around = Around {
                document: self.document,
                resource: standing.resource,
                root_resource: standing.root_resource,
                resolve: &resolve,
            };
            // A contained resource has no narrative of its own (R4 section 2.3.0.2).
            let contained = standing.resource != standing.root_resource;
            for (constraint, path) in rule.constraints.iter().zip(&rule.linked.invariants) {
                if contained && constraint.key == "dom-6" {
                    continue;
                }
                if !path.holds(focus, &around) {
                    broken.push(constraint);
                }
            }
        }
        for constraint in broken {
            let Some(node) = focus.node.or(focus.sibling) else { continue };
            let severity = if constraint.warning { IssueSeverity::Warning } else { IssueSeverity::Error };
            let mut issue = self.issue(node, severity, IssueKind::Invariant, constraint.expression.clone());
            issue.constraint = Some(constraint.key.clone());
            self.push(node, issue);
        }
    }

    fn raise(&mut self, node: NodeId, kind: IssueKind, expected: String) {
        let issue = self.issue(node, IssueSeverity::Error, kind, expected);
        self.push(node, issue);
    }

    fn warn(&mut self, node: NodeId, kind: IssueKind, expected: String) {
        let issue = self.issue(node, IssueSeverity::Warning, kind, expected);
        self.push(node, issue);
    }

    /// One broken rule is told once, whichever structures make it.
    fn push(&mut self, node: NodeId, issue: Issue) {
        let issue = self.excused(node, issue);
        let said = issue.constraint.clone().unwrap_or_else(|| issue.expected.clone());
        if self.seen.insert((node, issue.kind, said)) {
            self.issues.push(issue);
        }
    }

    /// What breaks a rule that is known to be wrong is told as that.
    fn excused(&self, node: NodeId, issue: Issue) -> Issue {
        let resource = self.resource_of(node);
        let nothing = |_: &str| -> Option<NodeId> { None };
        let around = Around { document: self.document, resource, root_resource: resource, resolve: &nothing };
        match super::errata::of(&issue, node.into(), &around) {
            Some(erratum) => Issue {
                severity: IssueSeverity::Information,
                kind: IssueKind::Erratum,
                expected: format!("{}; {}", issue.expected, erratum.said()),
                ..issue
            },
            None => issue,
        }
    }

    /// The innermost resource that the element is of.
    fn resource_of(&self, node: NodeId) -> NodeId {
        let mut at = node;
        while self.document.child(at, "resourceType").is_none() {
            match self.document.parent(at) {
                Some(parent) => at = parent,
                None => break,
            }
        }
        at
    }

    fn leave_open(&mut self, what: String, reason: String) {
        *self.open.entry((what, reason)).or_insert(0) += 1;
    }

    fn issue(&self, node: NodeId, severity: IssueSeverity, kind: IssueKind, expected: String) -> Issue {
        let document = self.document;
        let shown = match document.kind(node) {
            Kind::Object | Kind::Array => None,
            _ => Some(shorten(document.raw(node))),
        };
        // A whole object is pointed at by its key, so that the place is one line.
        let span = match document.kind(node) {
            Kind::Object | Kind::Array => document.key_span(node),
            _ => document.span(node),
        };
        let (start, end) = span;
        let end = if end - start > 200 { start + 1 } else { end };
        let (line, column) = document.place(start);
        let (profile, element, slice) = self.place();
        Issue {
            severity,
            kind,
            path: super::place::fhirpath(self.library, document, node),
            pointer: document.pointer(node),
            line,
            column,
            span: (start, end),
            profile,
            element,
            slice,
            constraint: None,
            expected,
            found: shown,
        }
    }

    /// Structure, element id and slice of the innermost rule.
    fn place(&self) -> (String, String, Option<String>) {
        let Some(&(structure, last)) = self.trail.last() else { return Default::default() };
        let mut names = Vec::new();
        for &(of, rule) in self.trail.iter().rev() {
            if !std::ptr::eq(of, structure) {
                break;
            }
            names.push(element_name(rule));
            if std::ptr::eq(rule, &structure.root) {
                break;
            }
        }
        names.reverse();
        (structure.url.clone(), names.join("."), last.slice.clone())
    }
}

pub(super) fn element_name(rule: &Rule) -> String {
    let choice = if rule.choice { "[x]" } else { "" };
    match &rule.slice {
        Some(slice) => format!("{}{choice}:{slice}", rule.name),
        None => format!("{}{choice}", rule.name),
    }
}

fn shorten(raw: &str) -> String {
    match raw.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", &raw[..at]),
        None => raw.to_owned(),
    }
}
