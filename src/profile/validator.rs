//! The question a caller asks: does this resource conform, to what, and what could not be told?

use super::json::{Document, NodeId};
use super::library::Library;
use super::select;
use super::walk::{Question, Walk};
use crate::record::{Issue, IssueSeverity, NotEvaluated};

/// Which profiles a resource is held to, beside the rules of its type.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum HeldTo {
    /// None.
    Type,
    /// Those that `meta.profile` claims.
    Claimed,
    /// Those it claims and, where it claims none of the guide, those its category and code choose.
    #[default]
    Guide,
    /// These, and those it claims; in a Bundle, the entries of their type.
    These(Vec<String>),
}

/// Judges resources by a library.
#[derive(Clone)]
pub struct Validator<'l> {
    library: &'l Library,
    held_to: HeldTo,
    asks: bool,
}

/// The answer about one resource.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// What is wrong, in the order of the text.
    pub issues: Vec<Issue>,
    /// What could not be judged.
    pub not_evaluated: Vec<NotEvaluated>,
    /// Codes that a terminology service could decide.
    pub questions: Vec<Question>,
}

impl Judgement {
    /// Whether no issue is an error. What was not evaluated is for the caller to weigh.
    pub fn is_valid(&self) -> bool {
        self.issues.iter().all(|i| i.severity < IssueSeverity::Error)
    }
}

impl<'l> Validator<'l> {
    /// Judges by `library`.
    pub const fn new(library: &'l Library, held_to: HeldTo) -> Self {
        Self { library, held_to, asks: false }
    }

    /// Also fills [`Judgement::questions`], for a caller that has a terminology service.
    pub const fn asking(mut self, asks: bool) -> Self {
        self.asks = asks;
        self
    }

    /// The library.
    pub const fn library(&self) -> &'l Library {
        self.library
    }

    /// Judges the resource that the text is.
    pub fn judge(&self, document: &Document<'_>) -> Judgement {
        self.judge_at(document, document.root())
    }

    /// Judges a resource within the text: an entry of a Bundle, with the Bundle around it to resolve in.
    pub fn judge_at(&self, document: &Document<'_>, node: NodeId) -> Judgement {
        let profiles = |document: &Document<'_>, node: NodeId| match &self.held_to {
            HeldTo::Type | HeldTo::Claimed => Vec::new(),
            HeldTo::Guide if claims_any(self.library, document, node) => Vec::new(),
            HeldTo::Guide => select::profiles(self.library, document, node),
            HeldTo::These(urls) => {
                let of = document.string(node, "resourceType").unwrap_or_default();
                let outermost = document.parent(node).is_none();
                let fits = |url: &&String| outermost || self.library.structure(url).is_some_and(|s| s.of == of);
                urls.iter().filter(fits).cloned().collect()
            }
        };
        let mut walk = Walk::new(self.library, document, &profiles, self.held_to != HeldTo::Type);
        walk.asks = self.asks;
        walk.top(node);
        let open = std::mem::take(&mut walk.open);
        let mut issues = std::mem::take(&mut walk.issues);
        issues.sort_by_key(|i| i.span.0);
        Judgement {
            issues,
            not_evaluated: open
                .into_iter()
                .map(|((what, reason), count)| NotEvaluated { what, reason, count })
                .collect(),
            questions: std::mem::take(&mut walk.asked),
        }
    }

    /// The profiles of the guide that the resource should meet by its category and code.
    pub fn profiles_of(&self, document: &Document<'_>, node: NodeId) -> Vec<String> {
        select::profiles(self.library, document, node)
    }
}

/// The profiles of the guide that the resource claims, and those that its category and code choose.
pub fn held_to(library: &Library, document: &Document<'_>) -> Vec<String> {
    let node = document.root();
    let claimed = document.child(node, "meta").and_then(|m| document.child(m, "profile"));
    let claimed = claimed.into_iter().flat_map(|list| document.children(list));
    let mut all: Vec<String> =
        claimed.filter_map(|n| library.structure(document.text(n)).map(|s| s.url.clone())).collect();
    for url in select::profiles(library, document, node) {
        if !all.contains(&url) {
            all.push(url);
        }
    }
    all
}

/// Whether the resource claims a profile that the guide's server supports for its type.
fn claims_any(library: &Library, document: &Document<'_>, node: NodeId) -> bool {
    let Some(list) = document.child(node, "meta").and_then(|m| document.child(m, "profile")) else { return false };
    let of = document.string(node, "resourceType").unwrap_or_default();
    let Some(guide) = library.index().resources.get(of) else { return false };
    let url = |n| library.structure(document.text(n)).map(|s| s.url.as_str());
    document.children(list).filter_map(url).any(|url| guide.profiles.contains(url))
}
