//! Known errors of the standards themselves, as `profiles/errata.toml` lists them: what breaks such a rule is told, and is
//! no error.

use std::sync::LazyLock;

use serde::Deserialize;

use super::path::{Around, Element, Path};
use crate::record::Issue;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    erratum: Vec<Listed>,
}

/// An entry of the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    kind: String,
    constraint: Option<String>,
    element: Option<String>,
    profile: Option<String>,
    #[serde(rename = "type")]
    of: Option<String>,
    when: Option<String>,
    known: String,
    tracker: String,
}

/// A rule that is known to be wrong, and of what.
pub(super) struct Erratum {
    listed: Listed,
    when: Option<Path>,
}

static ERRATA: LazyLock<Vec<Erratum>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../../profiles/errata.toml")).unwrap_or_default();
    // An entry whose condition cannot be read excuses nothing.
    let compiled = |listed: Listed| match listed.when.as_deref().map(Path::compile) {
        None => Some(Erratum { listed, when: None }),
        Some(Ok(path)) => Some(Erratum { listed, when: Some(path) }),
        Some(Err(_)) => None,
    };
    file.erratum.into_iter().filter_map(compiled).collect()
});

/// The known error that the issue about `focus` comes from.
pub(super) fn of<'d>(issue: &Issue, focus: Element<'d>, around: &'d Around<'d, '_>) -> Option<&'static Erratum> {
    ERRATA
        .iter()
        .find(|erratum| erratum.listed.is_about(issue) && erratum.when.as_ref().is_none_or(|w| w.holds(focus, around)))
}

impl Erratum {
    /// What is known, and where it is tracked.
    pub fn said(&self) -> String {
        format!("{} ({})", self.listed.known, self.listed.tracker)
    }
}

impl Listed {
    fn is_about(&self, issue: &Issue) -> bool {
        self.kind == issue.kind.name()
            && self.constraint == issue.constraint
            && self.element.as_ref().is_none_or(|element| *element == issue.element)
            && self.profile.as_deref().is_none_or(|profile| issue.profile.rsplit('/').next() == Some(profile))
            && self.of.as_ref().is_none_or(|of| issue.path.ends_with(&format!(".ofType({of})")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::IssueKind;

    #[test]
    fn every_erratum_names_a_kind_of_issue_and_its_condition_compiles() {
        let file: File = toml::from_str(include_str!("../../profiles/errata.toml")).unwrap();
        assert_eq!(file.erratum.len(), ERRATA.len());
        for listed in &file.erratum {
            assert!(IssueKind::ALL.iter().any(|kind| kind.name() == listed.kind), "{}", listed.kind);
            assert_eq!(listed.kind == "invariant", listed.constraint.is_some(), "{}", listed.known);
            assert!(!listed.known.is_empty() && !listed.tracker.is_empty());
        }
    }
}
