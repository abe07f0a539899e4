//! Slices: which item belongs to which, how many there must be, and what each demands of its own.

use super::super::json::NodeId;
use super::super::link::Matcher;
use super::super::path::Element;
use super::super::rules::{Rule, SlicingRules, Structure};
use super::super::terminology::Member;
use super::{Standing, Walk, value};
use crate::record::IssueKind;

impl<'l, 'd> Walk<'l, 'd, '_> {
    /// Judges the items of a sliced element.
    pub(super) fn slices(
        &mut self,
        place: NodeId,
        items: &[Element<'d>],
        structure: &'l Structure,
        rule: &'l Rule,
        standing: Standing,
    ) {
        let mut taken = vec![false; items.len()];
        let mut last_slice = 0;
        for (order, slice) in rule.slices.iter().enumerate() {
            let Some(matcher) = &slice.linked.matcher else {
                let reason = "its discriminator cannot be evaluated".to_owned();
                self.leave_open(format!("slice {} of {}", super::element_name(slice), structure.url), reason);
                // Whether an item is of this slice stays open, so no item is outside of all.
                taken.fill(true);
                continue;
            };
            let mut count = 0_u32;
            let mut unsure = None;
            let mut last = None;
            for (n, &item) in items.iter().enumerate() {
                match self.is_in(item, matcher) {
                    Member::Yes => {
                        count += 1;
                        taken[n] = true;
                        last = item.node.or(item.sibling);
                        self.overlay(item, structure, slice, standing);
                        let ordered = rule.slicing.as_ref().is_some_and(|s| s.ordered);
                        if ordered && order < last_slice {
                            self.trail.push((structure, slice));
                            let at = last.unwrap_or(place);
                            self.raise(at, IssueKind::SliceOrder, "the items in the order of the slices".into());
                            self.trail.pop();
                        }
                        last_slice = last_slice.max(order);
                    }
                    Member::No => {}
                    Member::Unknown(reason) => {
                        taken[n] = true;
                        unsure = Some(reason);
                    }
                }
            }
            self.trail.push((structure, slice));
            if count < slice.min {
                match unsure {
                    Some(reason) => {
                        self.leave_open(format!("slice {} of {}", super::element_name(slice), structure.url), reason);
                    }
                    None => {
                        let what = demanded(slice);
                        let expected =
                            format!("at least {} {}{what}, not {count}", slice.min, super::element_name(slice));
                        self.raise(place, IssueKind::SliceMin, expected);
                    }
                }
            }
            if let Some(max) = slice.max.filter(|&max| count > max) {
                let expected = format!("at most {max} {}, not {count}", super::element_name(slice));
                self.raise(last.unwrap_or(place), IssueKind::SliceMax, expected);
            }
            self.trail.pop();
        }
        if rule.slicing.as_ref().is_some_and(|s| s.rules == SlicingRules::Closed) {
            for (item, _) in items.iter().zip(&taken).filter(|(_, taken)| !**taken) {
                if let Some(node) = item.node.or(item.sibling) {
                    self.trail.push((structure, rule));
                    self.raise(node, IssueKind::SliceClosed, "an item of one of the slices".into());
                    self.trail.pop();
                }
            }
        }
    }

    /// Whether the item shows everything that tells the slice.
    pub(in super::super) fn is_in(&self, item: Element<'d>, matcher: &[Matcher]) -> Member {
        let mut answer = Member::Yes;
        for one in matcher {
            match self.shows(item, one) {
                Member::Yes => {}
                Member::No => return Member::No,
                unknown => answer = unknown,
            }
        }
        answer
    }

    fn shows(&self, item: Element<'d>, matcher: &Matcher) -> Member {
        let document = self.document;
        let yes = |b: bool| if b { Member::Yes } else { Member::No };
        let nodes = |steps: &[String]| value::at(document, item, steps).into_iter().filter_map(|e| e.node);
        match matcher {
            Matcher::Fixed(steps, wanted) => yes(nodes(steps).any(|n| value::equals(document, n, wanted))),
            Matcher::Pattern(steps, wanted) => yes(nodes(steps).any(|n| value::contains(document, n, wanted))),
            Matcher::Exists(steps, wanted) => yes(value::at(document, item, steps).is_empty() != *wanted),
            Matcher::Url(urls) => {
                let url = item.node.and_then(|n| document.string(n, "url"));
                yes(url.is_some_and(|url| urls.iter().any(|u| u == url)))
            }
            Matcher::Type(steps, types) => yes(value::at(document, item, steps).into_iter().any(|e| {
                let of = e.node.and_then(|n| document.string(n, "resourceType")).unwrap_or(e.of);
                types.iter().any(|t| t.eq_ignore_ascii_case(of) || of.is_empty() && types.len() == 1)
            })),
            Matcher::Bound(steps, binding) => {
                let mut answer = Member::No;
                for element in value::at(document, item, steps) {
                    match self.membership(element, binding) {
                        Member::Yes => return Member::Yes,
                        Member::No => {}
                        unknown => answer = unknown,
                    }
                }
                answer
            }
        }
    }
}

/// What the slice is about, for whoever has to add one.
fn demanded(slice: &Rule) -> String {
    let value = slice.pattern.as_ref().or(slice.fixed.as_ref());
    let bound = slice.binding.as_ref().map(|b| format!(" with a code of {}", b.value_set));
    value.map(|v| format!(" ({})", value::brief(v))).or(bound).unwrap_or_default()
}
