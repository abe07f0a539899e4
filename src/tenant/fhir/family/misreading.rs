//! Values of parameters that are read wrongly.

use super::super::value::between;
use super::member::{Family, Member, Reading, kind, parameter};

pub(super) const FAMILIES: [Family; 6] = [
    Family {
        id: "search.comparator",
        what: "a search of {0} by {1} takes {2} for its neighbour: the boundary is in where it should be out, or the reverse",
        read: |text| {
            let (of, comparator) = text.rsplit_once('.')?;
            let (own, taken_for) = COMPARATORS.into_iter().find(|(own, _)| *own == comparator)?;
            misreading(of, Form::Neighbour { own, taken_for })
        },
    },
    Family {
        id: "search.zone",
        what: "a search of {0} by {1} drops the offset of an instant",
        read: |text| misreading(text, Form::WithoutOffset),
    },
    Family {
        id: "search.precision",
        what: "a search of {0} by {1} does not find by a whole day, month or year",
        read: |text| misreading(text, Form::InstantsOnly),
    },
    Family {
        id: "search.token",
        what: "a search of {0} by {1} misreads one form of a token: {2}",
        read: |text| {
            let (of, form) = text.rsplit_once('.')?;
            let (_, form) = TOKENS.into_iter().find(|(name, _)| *name == form)?;
            misreading(of, Form::Token(form))
        },
    },
    Family {
        id: "search.or",
        what: "a search of {0} by {1} looks at the first alternative only",
        read: |text| misreading(text, Form::FirstAlternative),
    },
    Family {
        id: "search.patient-form",
        what: "a search of {0} does not take Patient/id for the patient",
        read: |text| {
            let misreading = Misreading { of: kind(text)?, name: "patient".to_owned(), form: Form::BareIds };
            Some(Box::new(misreading))
        },
    },
];

/// Comparators, each with the one that it is taken for.
pub(super) const COMPARATORS: [(&str, &str); 4] = [("gt", "ge"), ("ge", "gt"), ("lt", "le"), ("le", "lt")];

/// Forms of a token that can be misread.
pub(super) const TOKENS: [(&str, Token); 3] =
    [("bare", Token::Bare), ("system", Token::System), ("none", Token::NoSystem)];

fn misreading(of: &str, form: Form) -> Option<Box<dyn Member>> {
    let (of, name) = parameter(of)?;
    Some(Box::new(Misreading { of, name, form }))
}

/// One parameter of one type whose values are read wrongly.
#[derive(Debug)]
struct Misreading {
    of: &'static str,
    name: String,
    form: Form,
}

#[derive(Debug, Clone, Copy)]
enum Form {
    /// One comparator is taken for another one.
    Neighbour {
        own: &'static str,
        taken_for: &'static str,
    },
    WithoutOffset,
    InstantsOnly,
    /// One form of a token is misread.
    Token(Token),
    FirstAlternative,
    /// `Type/id` is not understood.
    BareIds,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Token {
    /// `code` finds nothing.
    Bare,
    /// `system|code` finds nothing.
    System,
    /// `|code` is read as `code`.
    NoSystem,
}

impl Member for Misreading {
    fn reads(&self, kind: &str, parameter: &str, value: &str) -> Option<Reading> {
        if kind != self.of || parameter != self.name {
            return None;
        }
        match self.form {
            Form::Neighbour { own, taken_for } => {
                value.strip_prefix(own).map(|rest| Reading::As(format!("{taken_for}{rest}")))
            }
            Form::WithoutOffset => Some(Reading::As(without_offset(value))),
            Form::InstantsOnly => {
                (value.trim_start_matches(char::is_alphabetic).len() < 11).then_some(Reading::Nothing)
            }
            Form::Token(form) => token(form, value),
            Form::FirstAlternative => between(value, ',').next().map(|first| Reading::As(first.to_owned())),
            Form::BareIds => value.contains('/').then_some(Reading::Nothing),
        }
    }
}

fn token(form: Token, value: &str) -> Option<Reading> {
    let pieces: Vec<&str> = between(value, '|').collect();
    match (form, pieces.as_slice()) {
        (Token::Bare, [_]) => Some(Reading::Nothing),
        (Token::System, [system, _]) if !system.is_empty() => Some(Reading::Nothing),
        (Token::NoSystem, ["", code]) => Some(Reading::As((*code).to_owned())),
        _ => None,
    }
}

/// An instant as if its offset were not there.
fn without_offset(value: &str) -> String {
    match value.find('T').and_then(|t| value[t..].find(['+', '-', ' ']).map(|at| t + at)) {
        Some(at) => format!("{}Z", &value[..at]),
        None => value.to_owned(),
    }
}
