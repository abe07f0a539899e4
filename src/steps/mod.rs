//! The phrases of the features, each in the file of its topic, and how a phrase becomes a step.
//!
//! Phrases are registered by name in tables, not by macros at link time, so that none can get lost in a build, and
//! `probity steps` prints the same tables.

/// Declares the phrases of a topic: what they may stand after, their pattern, what they are about, their function.
macro_rules! topic {
    ($($keyword:ident $pattern:literal $about:literal $function:ident;)*) => {
        pub(super) fn phrases() -> Vec<$crate::steps::Phrase> {
            vec![$($crate::steps::Phrase {
                keyword: $crate::steps::Keyword::$keyword,
                pattern: concat!("^", $pattern, "$"),
                about: $about,
                step: |world, context| {
                    Box::pin(async move {
                        world.enter();
                        let outcome = $function(world, $crate::steps::Words(context)).await;
                        world.leave(outcome);
                    })
                },
            }),*]
        }
    };
}

mod absence;
mod access;
mod answer;
mod chain;
mod claim;
mod conformance;
mod dates;
mod document;
mod expect;
mod forms;
mod granular;
mod granular_search;
mod group;
mod identity;
mod include;
mod isolation;
mod launch;
mod reference;
mod search;
mod searchset;
mod shown;
mod token;
mod world;

pub use world::{Bench, Halted, World};

use crate::record::Halt;
use cucumber::step::{Collection, Context, Step};
use regex::Regex;
use std::fmt;

/// How a step ends: an `Err` has its reason on the page already.
type Outcome = Result<(), Halt>;

/// What a phrase may stand after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyword {
    /// A precondition: unmet, the scenario is skipped.
    Given,
    /// An act: without an answer, the scenario could not be tested.
    When,
    /// A precondition or an act: the same thing done.
    Deed,
    /// An expectation: unmet, the scenario fails; after `Given` it is a precondition.
    Check,
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Given => "Given",
            Self::When => "When",
            Self::Deed => "Given, When",
            Self::Check => "Given, Then",
        })
    }
}

/// One phrase of the vocabulary.
pub struct Phrase {
    /// What it may stand after.
    pub keyword: Keyword,
    /// The regular expression that a step's text must match as a whole.
    pub pattern: &'static str,
    /// What it does or expects.
    pub about: &'static str,
    step: Step<World>,
}

impl Phrase {
    /// The pattern as a person reads it: the first of plain alternatives, `...` for what varies.
    pub fn readable(&self) -> String {
        let mut out = String::new();
        let (mut group, mut depth) = (String::new(), 0_u32);
        for c in self.pattern.trim_start_matches('^').trim_end_matches('$').chars() {
            match c {
                '(' => {
                    depth += 1;
                    group.push(c);
                }
                ')' if depth == 1 => {
                    depth = 0;
                    let plain = group.strip_prefix("(?:").and_then(|inner| inner.split('|').next());
                    let is_text = |text: &&str| text.chars().all(|c| c.is_alphanumeric() || c == ' ');
                    out.push_str(plain.filter(is_text).unwrap_or("..."));
                    group.clear();
                }
                ')' => {
                    depth -= 1;
                    group.push(c);
                }
                _ if depth > 0 => group.push(c),
                '?' | '+' | '*' | '\\' => {}
                c => out.push(c),
            }
        }
        out
    }
}

/// The variable parts of a step's text, and its table.
struct Words(Context);

impl Words {
    fn get(&self, index: usize) -> &str {
        self.0.matches.get(index + 1).map_or("", |(_, text)| text.as_str())
    }

    /// The first column of the step's table.
    fn column(&self) -> Vec<String> {
        let rows = self.0.step.table.iter().flat_map(|table| &table.rows);
        rows.filter_map(|row| row.first().cloned()).collect()
    }

    /// Every quoted word of the step's text.
    fn quoted(&self) -> Vec<&str> {
        self.0.step.value.split('"').skip(1).step_by(2).collect()
    }

    fn is_given(&self) -> bool {
        self.0.step.ty == cucumber::gherkin::StepType::Given
    }
}

/// The whole vocabulary.
pub fn phrases() -> Vec<Phrase> {
    let topics = [
        access::phrases,
        answer::phrases,
        document::phrases,
        identity::phrases,
        isolation::phrases,
        launch::phrases,
        include::phrases,
        chain::phrases,
        claim::phrases,
        granular_search::phrases,
        conformance::phrases,
        dates::phrases,
        forms::phrases,
        granular::phrases,
        group::phrases,
        search::phrases,
        searchset::phrases,
        shown::phrases,
        token::phrases,
    ];
    topics.into_iter().flat_map(|topic| topic()).collect()
}

/// The vocabulary as cucumber wants it.
///
/// # Errors
/// The phrase whose pattern is not a regular expression.
pub fn collection() -> Result<Collection<World>, String> {
    let mut all = Collection::new();
    for phrase in phrases() {
        let pattern = Regex::new(phrase.pattern).map_err(|error| format!("phrase {}: {error}", phrase.pattern))?;
        let (given, when, then) = match phrase.keyword {
            Keyword::Given => (true, false, false),
            Keyword::When => (false, true, false),
            Keyword::Deed => (true, true, false),
            Keyword::Check => (true, false, true),
        };
        if given {
            all = all.given(None, pattern.clone(), phrase.step);
        }
        if when {
            all = all.when(None, pattern.clone(), phrase.step);
        }
        if then {
            all = all.then(None, pattern, phrase.step);
        }
    }
    Ok(all)
}
