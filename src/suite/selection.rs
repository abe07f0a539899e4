//! What selects scenarios: an id, a dotted prefix of ids or a tag, and such joined by `and`, `or`, `not` and parentheses.

use super::catalogue::Scenario;

/// Why a selection selects nothing.
#[derive(Debug, thiserror::Error)]
pub enum SelectionError {
    /// A name in it matches nothing.
    #[error("no scenario matches `{wanted}`{}", nearest.as_ref().map(|id| format!("\n  help: did you mean `{id}`?")).unwrap_or_default())]
    Unknown {
        /// What was asked for.
        wanted: String,
        /// The id, area or tag most like it.
        nearest: Option<String>,
    },
    /// It is no expression.
    #[error(
        "`{text}` is no selection: {what}\n  help: join ids, prefixes and @tags with and, or, not and parentheses: '@security and not pkce'"
    )]
    Malformed {
        /// The whole.
        text: String,
        /// What is wrong with it.
        what: String,
    },
    /// Every name in it matches, and together they leave nothing.
    #[error("`{0}` leaves no scenario")]
    Empty(String),
}

/// An expression over names.
pub(super) enum Selection {
    Name(String),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
}

impl Selection {
    /// Reads an expression.
    pub(super) fn parse(text: &str) -> Result<Self, SelectionError> {
        let spaced = text.replace('(', " ( ").replace(')', " ) ");
        let mut words = spaced.split_whitespace().peekable();
        let malformed = |what: String| SelectionError::Malformed { text: text.to_owned(), what };
        let read = either(&mut words).map_err(malformed)?;
        match words.next() {
            None => Ok(read),
            Some(rest) => Err(malformed(format!("`{rest}` stands where and, or or the end is expected"))),
        }
    }

    /// The names in it.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Self::Name(name) => vec![name],
            Self::Not(inner) => inner.names(),
            Self::And(left, right) | Self::Or(left, right) => [left.names(), right.names()].concat(),
        }
    }

    /// Whether it selects a scenario.
    pub(super) fn holds(&self, scenario: &Scenario) -> bool {
        match self {
            Self::Name(name) => names(name, scenario),
            Self::Not(inner) => !inner.holds(scenario),
            Self::And(left, right) => left.holds(scenario) && right.holds(scenario),
            Self::Or(left, right) => left.holds(scenario) || right.holds(scenario),
        }
    }
}

/// Whether one name selects a scenario.
pub(super) fn names(name: &str, scenario: &Scenario) -> bool {
    match name.strip_prefix('@') {
        Some(tag) => scenario.tags.iter().any(|own| own == tag),
        None => scenario.requirement.id.within(name),
    }
}

type Words<I> = std::iter::Peekable<I>;

fn either<'t, I: Iterator<Item = &'t str>>(words: &mut Words<I>) -> Result<Selection, String> {
    let mut left = both(words)?;
    while words.next_if_eq(&"or").is_some() {
        left = Selection::Or(Box::new(left), Box::new(both(words)?));
    }
    Ok(left)
}

fn both<'t, I: Iterator<Item = &'t str>>(words: &mut Words<I>) -> Result<Selection, String> {
    let mut left = one(words)?;
    while words.next_if_eq(&"and").is_some() {
        left = Selection::And(Box::new(left), Box::new(one(words)?));
    }
    Ok(left)
}

fn one<'t, I: Iterator<Item = &'t str>>(words: &mut Words<I>) -> Result<Selection, String> {
    match words.next() {
        None => Err("a name is missing at its end".to_owned()),
        Some("not") => Ok(Selection::Not(Box::new(one(words)?))),
        Some("(") => {
            let inner = either(words)?;
            words.next_if_eq(&")").ok_or("a parenthesis is not closed")?;
            Ok(inner)
        }
        Some(word @ ("and" | "or" | ")")) => Err(format!("`{word}` stands where a name is expected")),
        Some(name) => Ok(Selection::Name(name.to_owned())),
    }
}
