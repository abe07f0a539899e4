//! The identity of a scenario and of the requirement it examines: dotted, semantic, stable.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A dotted identifier such as `pkce.wrong-verifier` or `us-core.condition.search.patient+category`.
///
/// It is the Gherkin tag `@id:...`, the argument of the command line, the JUnit test name and the HTML anchor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Id(String);

/// Why a text is not an [`Id`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id: two or more dotted parts of a-z, 0-9, `-`, `_` and `+`")]
pub struct IdError(String);

impl Id {
    /// The id as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first dotted part: the area a report groups by.
    pub fn area(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }

    /// Whether `prefix` names this id or a dotted ancestor of it (`pkce` holds `pkce.wrong-verifier`, not `pkcex.y`).
    pub fn within(&self, prefix: &str) -> bool {
        match self.0.strip_prefix(prefix) {
            Some(rest) => rest.is_empty() || rest.starts_with('.') || prefix.ends_with('.'),
            None => false,
        }
    }
}

impl TryFrom<String> for Id {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        let legal = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_+".contains(&b))
        };
        if text.contains('.') && text.split('.').all(legal) { Ok(Self(text)) } else { Err(IdError(text)) }
    }
}

impl std::str::FromStr for Id {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.to_owned().try_into()
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}
