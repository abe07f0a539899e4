//! Codes against value sets and code systems.

use super::super::json::{Kind, NodeId};
use super::super::path::Element;
use super::super::rules::{Binding, Rule, Strength};
use super::super::terminology::Member;
use super::{Question, Walk};
use crate::record::{IssueKind, IssueSeverity};

/// The extension that says why a value is not there.
const ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

/// The types that a binding says something about.
const CODED: [&str; 11] =
    ["code", "Coding", "CodeableConcept", "Quantity", "string", "uri", "Age", "Duration", "Count", "Distance", "Money"];

impl<'d> Walk<'_, 'd, '_> {
    /// Judges a coded element by its binding.
    pub(super) fn binding(&mut self, element: Element<'d>, binding: &Binding, of: Option<&str>) {
        let Some(node) = element.node else { return };
        if !self.is_coded(element, of) {
            return;
        }
        if binding.strength >= Strength::Extensible {
            let severity = match binding.strength {
                Strength::Required => IssueSeverity::Error,
                _ => IssueSeverity::Warning,
            };
            self.bound(node, element, &binding.value_set, severity, binding.strength);
        }
        if let Some(max) = &binding.max {
            self.bound(node, element, max, IssueSeverity::Error, Strength::Required);
        }
    }

    /// A required binding demands a code: a reason why there is none does not stand for one (US Core 6.1.0, missing data).
    pub(super) fn without_code(&mut self, element: Element<'d>, rule: &Rule, of: &str) {
        let (None, Some(sibling)) = (element.node, element.sibling) else { return };
        let required = rule.binding.as_ref().filter(|b| b.strength == Strength::Required && of == "code");
        let Some(binding) = required else { return };
        let document = self.document;
        let extensions = document.child(sibling, "extension").into_iter().flat_map(|list| document.children(list));
        if extensions.into_iter().any(|n| document.string(n, "url") == Some(ABSENT)) {
            let expected = format!("a code of {}, not a reason for its absence", binding.value_set);
            self.raise(sibling, IssueKind::Binding, expected);
        }
    }

    fn bound(&mut self, node: NodeId, element: Element<'d>, set: &str, severity: IssueSeverity, strength: Strength) {
        match self.member(element, set) {
            Member::Yes => {}
            Member::No => {
                // A concept in words only is what an extensible binding allows where no code fits.
                if strength != Strength::Required && self.codes(element).is_empty() {
                    return;
                }
                let mut issue = self.issue(node, severity, IssueKind::Binding, format!("a code of {set}"));
                issue.found = Some(self.shown(element));
                self.push(node, issue);
            }
            Member::Unknown(reason) => {
                self.leave_open(format!("value set {set}"), reason);
                if !self.asks {
                    return;
                }
                let mut issue = self.issue(node, severity, IssueKind::Binding, format!("a code of {set}"));
                issue.found = Some(self.shown(element));
                for (system, code) in self.codes(element) {
                    let (system, code) = (system.map(str::to_owned), code.to_owned());
                    self.asked.push(Question { value_set: set.to_owned(), system, code, issue: issue.clone() });
                }
            }
        }
    }

    /// A choice may be bound for its coded types only.
    fn is_coded(&self, element: Element<'d>, of: Option<&str>) -> bool {
        let of = if element.of.is_empty() { of.unwrap_or_default() } else { element.of };
        of.is_empty() || CODED.iter().any(|coded| coded.eq_ignore_ascii_case(of))
    }

    /// Whether some code of the element is of the bound value set.
    pub(in super::super) fn membership(&self, element: Element<'d>, binding: &Binding) -> Member {
        self.member(element, &binding.value_set)
    }

    fn member(&self, element: Element<'d>, set: &str) -> Member {
        let mut answer = Member::No;
        for (system, code) in self.codes(element) {
            let plain = element.node.is_some_and(|n| self.document.kind(n) == Kind::String);
            // A coding without system names no concept.
            if system.is_none() && !plain {
                continue;
            }
            match self.library.is_member(set, system, code) {
                Member::Yes => return Member::Yes,
                Member::No => {}
                unknown => answer = unknown,
            }
        }
        answer
    }

    /// The codes of a code, Coding, CodeableConcept or Quantity, each with its system.
    fn codes(&self, element: Element<'d>) -> Vec<(Option<&'d str>, &'d str)> {
        let document = self.document;
        let Some(node) = element.node else { return Vec::new() };
        let one = |n: NodeId| Some((document.string(n, "system"), document.string(n, "code")?));
        match document.kind(node) {
            Kind::String => vec![(None, document.text(node))],
            Kind::Object => match document.child(node, "coding") {
                Some(list) => document.children(list).filter_map(one).collect(),
                None => one(node).into_iter().collect(),
            },
            _ => Vec::new(),
        }
    }

    fn shown(&self, element: Element<'d>) -> String {
        let codes = self.codes(element);
        if codes.is_empty() {
            return "no code".to_owned();
        }
        let one =
            |(system, code): (Option<&str>, &str)| system.map_or_else(|| code.to_owned(), |s| format!("{s}|{code}"));
        codes.into_iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// A code of a system that is known whole must be one of its codes.
    pub(super) fn coding(&mut self, node: NodeId) {
        let document = self.document;
        let (Some(system), Some(code)) = (document.string(node, "system"), document.child(node, "code")) else {
            return;
        };
        if self.library.is_of_system(system, document.text(code)) == Member::No {
            self.raise(code, IssueKind::UnknownCode, format!("a code of {system}"));
        }
    }
}
