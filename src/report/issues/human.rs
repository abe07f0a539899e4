//! Issues for a person at a terminal: what, where in the text with a caret, by which rule, what to do next.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::super::inert::text as inert;
use super::Tally;
use crate::record::{Checked, Issue, IssueSeverity, NotEvaluated};

/// Lines longer than this are shown around the place only: servers send a resource as one line.
const WIDEST: usize = 160;

/// All issues of a resource, with the text they stand in.
pub fn human(checked: &Checked, source: &str, colour: bool) -> String {
    let mut out = String::new();
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    for issue in &checked.issues {
        let title = inert(&format!("{}: {}", issue.path, issue.message()));
        let (excerpt, span, line) = excerpt(source, issue);
        let found = issue.found.as_ref().map(|f| inert(&format!("found {f}"))).unwrap_or_default();
        let level = match issue.severity {
            IssueSeverity::Fatal | IssueSeverity::Error => Level::ERROR,
            IssueSeverity::Warning => Level::WARNING,
            IssueSeverity::Information => Level::INFO,
        };
        let snippet = Snippet::source(excerpt)
            .line_start(line)
            .path(checked.name.as_str())
            .annotation(AnnotationKind::Primary.span(span).label(found.as_str()));
        let mut group = Group::with_title(level.primary_title(title.as_str())).element(snippet);
        let rule = rule(issue);
        if !rule.is_empty() {
            group = group.element(Level::NOTE.message(rule.as_str()));
        }
        group = group.element(Level::HELP.message(issue.kind.advice()));
        let _ = writeln!(out, "{}\n", renderer.render(&[group]));
    }
    out
}

/// The sums, and what was left open over all resources, each reason once.
pub fn summary(tally: &Tally, open: &[NotEvaluated]) -> String {
    let mut out = String::new();
    for left in open {
        let times = if left.count == 1 { String::new() } else { format!(" ({} times)", left.count) };
        let _ = writeln!(out, "not evaluated: {}{times}: {}", inert(&left.what), inert(&left.reason));
    }
    let plural = |n: usize, word: &str| if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") };
    let _ = writeln!(
        out,
        "{}: {} valid, {} invalid; {}, {}; {} with something not evaluated",
        plural(tally.resources, "resource"),
        tally.resources - tally.invalid,
        tally.invalid,
        plural(tally.errors, "error"),
        plural(tally.warnings, "warning"),
        tally.open,
    );
    out
}

fn rule(issue: &Issue) -> String {
    match (issue.element.as_str(), issue.profile.as_str()) {
        ("", "") => String::new(),
        (element, profile) => inert(&format!("{element} of {profile}")),
    }
}

/// The lines around the issue, the issue's place in them, and the number of the first.
fn excerpt<'s>(source: &'s str, issue: &Issue) -> (&'s str, std::ops::Range<usize>, usize) {
    let start = floor(source, issue.span.0.min(source.len()));
    let end = ceiling(source, issue.span.1.clamp(start, source.len()));
    let mut from = source[..start].rfind('\n').map_or(0, |n| n + 1);
    let mut to = source[end..].find('\n').map_or(source.len(), |n| end + n);
    if to - from > WIDEST {
        from = from.max(floor(source, start.saturating_sub(WIDEST / 2)));
        to = to.min(floor(source, (end + WIDEST / 2).min(source.len())));
    }
    let excerpt = &source[from..to.max(end)];
    (excerpt, start - from..end - from, issue.line)
}

fn ceiling(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
