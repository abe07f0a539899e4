//! Issues of resources as bytes: for a terminal, for pipelines, as FHIR, for code scanning.

mod human;
mod outcome;
mod sarif;

use std::fmt::Write as _;

use crate::record::{Checked, IssueSeverity};

pub use human::{human, summary};
pub use outcome::outcome;
pub use sarif::sarif;

/// One resource as a line of JSON: name, resource, validity, issues, what was not evaluated.
pub fn json_line(checked: &Checked) -> String {
    let valid = checked.worst().is_none_or(|worst| worst < IssueSeverity::Error);
    let issues: Vec<_> = checked.issues.iter().map(sarif::with_advice).collect();
    let line = serde_json::json!({
        "name": checked.name,
        "resource": checked.resource,
        "valid": valid,
        "issues": issues,
        "not_evaluated": checked.not_evaluated,
    });
    let mut text = String::new();
    let _ = writeln!(text, "{line}");
    text
}

/// How many resources and issues there were.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Resources judged.
    pub resources: usize,
    /// Resources with an error.
    pub invalid: usize,
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Resources of which something could not be judged.
    pub open: usize,
}

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, checked: &Checked) {
        self.resources += 1;
        let of = |severity| checked.issues.iter().filter(|i| i.severity == severity).count();
        self.errors += of(IssueSeverity::Error) + of(IssueSeverity::Fatal);
        self.warnings += of(IssueSeverity::Warning);
        self.invalid += usize::from(checked.worst().is_some_and(|w| w >= IssueSeverity::Error));
        self.open += usize::from(!checked.not_evaluated.is_empty());
    }
}
