//! One phrase of the vocabulary: its text with slots, the pattern that is made of it, and what a step's text says by it.

use super::PhraseError;
use super::World;
use super::slot::{Named, Slot, slots};
use crate::probe::About;
use crate::record::{Halt, Page};
use cucumber::step::{Context, Step};
use regex::{Captures, Regex};
use std::fmt;
use std::sync::{LazyLock, OnceLock};

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

/// A row of a topic's table.
pub(super) struct Row {
    pub(super) keyword: Keyword,
    pub(super) words: &'static str,
    pub(super) about: &'static str,
    pub(super) attack: Option<&'static About>,
    pub(super) step: Step<World>,
}

/// One phrase of the vocabulary.
pub struct Phrase {
    /// The file of `src/steps/` that has it.
    pub topic: &'static str,
    /// What it may stand after.
    pub keyword: Keyword,
    /// Its words: a regular expression, with the name of a slot in braces where a name is to be put.
    pub words: &'static str,
    /// What it does or expects.
    pub about: &'static str,
    /// What may stand in its slots.
    pub slots: Vec<&'static Slot>,
    /// The attack that it is, whatever stands in its slots.
    pub attack: Option<&'static About>,
    pub(super) step: Step<World>,
    /// What a step's text must match as a whole.
    pub(super) pattern: Regex,
    /// The same with anything in the slots: finds what was meant by a misspelt name.
    loose: OnceLock<Option<Regex>>,
}

/// A name in braces. A quantifier like `{3}` is none.
static SLOT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\{([A-Z][A-Za-z]+)\}").ok());

/// The pattern of a phrase, with something in the place of each slot.
fn compiled(words: &str, slots: &[&'static Slot], with: &dyn Fn(&Slot) -> String) -> Result<Regex, regex::Error> {
    let mut at = 0..;
    let put = |_: &Captures<'_>| {
        let at = at.next().unwrap_or_default();
        slots.get(at).map(|slot| format!("(?P<{}>{})", group(slots, at), with(slot))).unwrap_or_default()
    };
    let text = SLOT.as_ref().map_or_else(|| words.into(), |slot| slot.replace_all(words, put));
    // Names and numbers of features are ASCII; the classes of all of Unicode take a hundred times the memory.
    Regex::new(&format!("^{text}$").replace(r"\w", "[0-9A-Za-z_]").replace(r"\d", "[0-9]"))
}

impl Phrase {
    /// Makes the pattern.
    ///
    /// # Errors
    /// The slot that is not known, or the pattern that is no regular expression.
    pub(super) fn new(topic: &'static str, row: Row) -> Result<Self, PhraseError> {
        let fail = |what: &dyn fmt::Display| PhraseError(format!("phrase `{}`: {what}", row.words));
        let slot = SLOT.as_ref().ok_or_else(|| fail(&"the pattern of slots is broken"))?;
        let mut found = Vec::new();
        for name in slot.captures_iter(row.words).filter_map(|captures| captures.get(1)) {
            let known = slots().iter().find(|slot| slot.name == name.as_str());
            found.push(known.ok_or_else(|| fail(&format!("there is no slot `{}`", name.as_str())))?);
        }
        let pattern = compiled(row.words, &found, &Slot::pattern).map_err(|error| fail(&error))?;
        let Row { keyword, words, about, attack, step } = row;
        let topic = topic.rsplit("::").next().unwrap_or(topic);
        Ok(Self { topic, keyword, words, about, slots: found, attack, step, pattern, loose: OnceLock::new() })
    }

    /// Whether it may stand after `Given`, `When` or `Then`.
    pub(super) fn after(&self) -> (bool, bool, bool) {
        match self.keyword {
            Keyword::Given => (true, false, false),
            Keyword::When => (false, true, false),
            Keyword::Deed => (true, true, false),
            Keyword::Check => (true, false, true),
        }
    }

    /// Whether it may be a precondition.
    pub fn stands_first(&self) -> bool {
        matches!(self.keyword, Keyword::Given | Keyword::Deed)
    }

    /// Whether a step says this.
    pub fn is_said_by(&self, text: &str) -> bool {
        self.pattern.is_match(text)
    }

    /// What stands in its slots, in a step that says this.
    pub(super) fn fillings(&self, text: &str) -> Vec<(&'static Slot, String)> {
        self.pattern.captures(text).map(|captures| self.filled(&captures)).unwrap_or_default()
    }

    /// The same for a step that says this but for the names in its slots.
    pub(super) fn loose_fillings(&self, text: &str) -> Vec<(&'static Slot, String)> {
        let loose = || compiled(self.words, &self.slots, &|_| ".+?".to_owned()).ok().filter(|_| !self.slots.is_empty());
        let captures = self.loose.get_or_init(loose).as_ref().and_then(|loose| loose.captures(text));
        captures.map(|captures| self.filled(&captures)).unwrap_or_default()
    }

    fn filled(&self, captures: &Captures<'_>) -> Vec<(&'static Slot, String)> {
        let text = |at| captures.name(&group(&self.slots, at)).map_or("", |found| found.as_str()).to_owned();
        self.slots.iter().enumerate().map(|(at, slot)| (*slot, text(at))).collect()
    }

    /// The attacks that a step makes by saying this.
    pub(super) fn attacks(&self, text: &str) -> impl Iterator<Item = &'static About> {
        let named: Vec<_> =
            self.fillings(text).iter().filter_map(|(slot, name)| slot.attack(name)).chain(self.attack).collect();
        named.into_iter()
    }

    /// The attacks that can be made by saying this.
    pub fn all_attacks(&self) -> impl Iterator<Item = &'static About> {
        self.slots.iter().flat_map(|slot| slot.attacks.iter().copied()).chain(self.attack)
    }

    /// The words as a person reads them: the first of plain alternatives, `...` for what varies.
    pub fn readable(&self) -> String {
        let mut out = String::new();
        let (mut group, mut depth) = (String::new(), 0_u32);
        for c in self.words.chars() {
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

/// The group of the slot at a position: its name, and a number where it stands twice.
fn group(slots: &[&'static Slot], at: usize) -> String {
    let own = slots.get(at).map_or("", |slot| slot.name);
    match slots.iter().take(at).filter(|slot| slot.name == own).count() {
        0 => own.to_owned(),
        earlier => format!("{own}{}", earlier + 1),
    }
}

/// The variable parts of a step's text, and its table.
pub(super) struct Words(pub(super) Context, pub(super) Page);

impl Words {
    /// What one variable part says, slots included.
    pub(super) fn get(&self, index: usize) -> &str {
        self.0.matches.get(index + 1).map_or("", |(_, text)| text.as_str())
    }

    /// The same words for another function.
    pub(super) fn again(&self) -> Self {
        Self(self.0.clone(), self.1.clone())
    }

    /// What the slot of this type says.
    pub(super) fn slot<T: Named>(&self) -> Result<T, Halt> {
        let said = self.0.matches.iter().find(|(name, _)| name.as_deref() == Some(T::SLOT));
        let meant = said.and_then(|(_, text)| T::all().iter().find(|one| one.words() == text));
        meant.copied().ok_or_else(|| {
            self.1.broke(format!("the phrase has no slot {{{}}} that its step could read", T::SLOT));
            self.1.stop()
        })
    }

    /// The first column of the step's table.
    pub(super) fn column(&self) -> Vec<String> {
        let rows = self.0.step.table.iter().flat_map(|table| &table.rows);
        rows.filter_map(|row| row.first().cloned()).collect()
    }

    /// Every quoted word of the step's text.
    pub(super) fn quoted(&self) -> Vec<&str> {
        self.0.step.value.split('"').skip(1).step_by(2).collect()
    }

    pub(super) fn is_given(&self) -> bool {
        self.0.step.ty == cucumber::gherkin::StepType::Given
    }
}
