//! The rules of a profile: what it adds to the type, element by element.

use super::super::element::{members, object_of};
use super::super::json::NodeId;
use super::super::path::Element;
use super::super::rules::{Rule, Structure, TypeRule};
use super::{Standing, Walk, value};
use crate::record::{Issue, IssueKind, IssueSeverity};

impl<'l, 'd> Walk<'l, 'd, '_> {
    /// Judges an element by a profile's rule for it, and all below.
    pub(super) fn overlay(
        &mut self,
        element: Element<'d>,
        structure: &'l Structure,
        rule: &'l Rule,
        standing: Standing,
    ) {
        self.trail.push((structure, rule));
        let of = self.type_of(element, rule);
        if !rule.types.is_empty() && of.is_none() {
            self.not_allowed(element, rule);
        } else {
            self.demands(element, structure, rule, of, standing);
            if let (Some(of), Some(node)) = (of, element.node)
                && of.code == "Reference"
            {
                self.target(node, of, standing);
            }
        }
        self.invariants(element, rule, standing);
        let inner = match &rule.linked.same_as {
            Some(steps) => steps.iter().try_fold(&structure.root, |at, &n| at.children.get(n as usize)).unwrap_or(rule),
            None => rule,
        };
        if !inner.children.is_empty() {
            // Of a primitive these are its id and extensions.
            let object = object_of(self.document, element);
            for child in &inner.children {
                self.children(element, object, structure, child, standing);
            }
        }
        self.trail.pop();
    }

    /// The allowed type that the element is of, where the profile says something about types.
    fn type_of(&self, element: Element<'d>, rule: &'l Rule) -> Option<&'l TypeRule> {
        let document = self.document;
        if rule.choice && !element.of.is_empty() {
            return rule.types.iter().find(|t| t.code.eq_ignore_ascii_case(element.of));
        }
        let of = element.node.and_then(|n| document.string(n, "resourceType"));
        match of {
            Some(of) => {
                rule.types.iter().find(|t| t.code == of || matches!(t.code.as_str(), "Resource" | "DomainResource"))
            }
            None => rule.types.first(),
        }
    }

    fn not_allowed(&mut self, element: Element<'d>, rule: &Rule) {
        let Some(node) = element.node.or(element.sibling) else { return };
        let allowed: Vec<_> = rule.types.iter().map(|t| t.code.as_str()).collect();
        self.raise(node, IssueKind::TypeNotAllowed, format!("the type {}", allowed.join(" or ")));
    }

    /// Judges the members that a child rule is about: how many, in which slices, and each of them.
    fn children(
        &mut self,
        parent: Element<'d>,
        object: Option<NodeId>,
        structure: &'l Structure,
        rule: &'l Rule,
        standing: Standing,
    ) {
        let document = self.document;
        let items = object.map(|o| members(document, o, &rule.name, rule.choice)).unwrap_or_default();
        let Some(place) = parent.node.or(parent.sibling) else { return };
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        self.trail.push((structure, rule));
        if count < rule.min {
            let expected = super::base::at_least(rule, count);
            self.raise(place, IssueKind::Min, expected);
        }
        if let Some(max) = rule.max.filter(|&max| count > max) {
            let at = items.get(max as usize).and_then(|i| i.node.or(i.sibling)).unwrap_or(place);
            let expected = if max == 0 { "no such element".to_owned() } else { format!("at most {max}, not {count}") };
            self.raise(at, IssueKind::Max, expected);
        }
        self.trail.pop();
        for &item in &items {
            self.overlay(item, structure, rule, standing);
        }
        if !rule.slices.is_empty() {
            self.slices(place, &items, structure, rule, standing);
        }
    }

    /// What a rule says of the value itself.
    pub(super) fn demands(
        &mut self,
        element: Element<'d>,
        structure: &'l Structure,
        rule: &'l Rule,
        of: Option<&'l TypeRule>,
        standing: Standing,
    ) {
        let document = self.document;
        let Some(node) = element.node else { return };
        if let Some(fixed) = &rule.fixed
            && !value::equals(document, node, fixed)
        {
            self.raise(node, IssueKind::Fixed, format!("exactly {}", value::brief(fixed)));
        }
        if let Some(pattern) = &rule.pattern
            && !value::contains(document, node, pattern)
        {
            self.raise(node, IssueKind::Pattern, value::brief(pattern));
        }
        if let Some(max) = rule.max_length
            && document.text(node).chars().count() > max as usize
        {
            self.raise(node, IssueKind::Length, format!("at most {max} characters"));
        }
        if (rule.min_value.is_some() || rule.max_value.is_some()) && !value::within(document, node, rule) {
            self.raise(node, IssueKind::Range, "a value within the limits of the profile".into());
        }
        if let Some(binding) = &rule.binding {
            self.binding(element, binding, of.map(|t| t.code.as_str()));
        }
        if let Some(of) = of {
            self.type_profiles(element, structure, of, standing);
        }
    }

    /// One of the profiles of the element's type must be met.
    fn type_profiles(&mut self, element: Element<'d>, structure: &'l Structure, of: &'l TypeRule, standing: Standing) {
        // An extension is judged by the definition that its URL names, wherever it stands.
        if of.profiles.is_empty() || of.code == "Extension" {
            return;
        }
        let Some(node) = element.node else { return };
        let library = self.library;
        let known: Vec<_> = of.profiles.iter().filter_map(|url| library.structure(url)).collect();
        if known.len() < of.profiles.len() {
            let unknown = of.profiles.iter().filter(|url| library.structure(url).is_none());
            for url in unknown {
                self.leave_open(format!("profile {url}"), "no compiled package has it".to_owned());
            }
        }
        if known.iter().any(|p| std::ptr::eq(*p, structure)) {
            return;
        }
        match known.as_slice() {
            [] => {}
            [only] if of.profiles.len() == 1 => self.by_profile(element, only, standing),
            several => {
                let mut met = several.len() < of.profiles.len();
                for profile in several {
                    met |= !self.trial(|walk| walk.by_profile(element, profile, standing));
                }
                if !met {
                    let names: Vec<_> = several.iter().map(|p| p.name.as_str()).collect();
                    self.raise(node, IssueKind::ProfileChoice, format!("conformance to {}", names.join(" or ")));
                }
            }
        }
    }

    pub(super) fn by_profile(&mut self, element: Element<'d>, profile: &'l Structure, standing: Standing) {
        let Some(node) = element.node else { return };
        if self.document.string(node, "resourceType").is_some() {
            let inner = Standing { resource: node, ..standing };
            return self.held_to(node, &profile.url, inner);
        }
        self.overlay(element, profile, &profile.root, standing);
    }

    /// Whether `act` finds an error; nothing of what it finds is kept.
    pub(super) fn trial(&mut self, act: impl FnOnce(&mut Self)) -> bool {
        let (issues, seen) = (std::mem::take(&mut self.issues), std::mem::take(&mut self.seen));
        let (judged, asked, open) = (self.judged.clone(), self.asked.len(), self.open.clone());
        act(self);
        self.asked.truncate(asked);
        self.seen = seen;
        self.judged = judged;
        self.open = open;
        let found: Vec<Issue> = std::mem::replace(&mut self.issues, issues);
        found.iter().any(|i| i.severity >= IssueSeverity::Error)
    }
}
