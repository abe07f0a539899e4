//! One control of a page: something that a person can fill in or press, and what can be told of it.

use super::choice::{Button, pick};
use crate::target::Form;
use serde::Deserialize;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    #[default]
    Text,
    Password,
    Checkbox,
    Radio,
    Select,
    Button,
    Link,
}

/// Something that a person can fill in or press.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Control {
    pub(super) kind: Kind,
    pub(super) name: String,
    pub(super) id: String,
    pub(super) autocomplete: String,
    /// Its accessible name.
    pub(super) label: String,
    pub(super) value: String,
    pub(super) checked: bool,
    /// Whether the page goes on only with it.
    pub(super) required: bool,
    /// Whether it stands in a list or a table.
    pub(super) in_list: bool,
    /// The text of the row or card that it stands in.
    pub(super) near: String,
    /// Values of attributes of it and of what it stands in.
    pub(super) marks: Vec<String>,
    /// Values and texts of a select.
    pub(super) options: Vec<(String, String)>,
    /// Those of the selectors of the configuration that it fits.
    pub(super) css: Vec<String>,
}

/// What the label of a field for a one-time code says.
const CODE_WORDS: [&str; 9] = [
    "one-time code",
    "one time code",
    "verification code",
    "security code",
    "authenticator",
    "passcode",
    "6-digit",
    "six-digit",
    "enter code",
];

impl Control {
    /// What a person would call it.
    pub(super) fn called(&self) -> &str {
        [&self.label, &self.value, &self.name, &self.id].into_iter().find(|own| !own.is_empty()).map_or("", |own| own)
    }

    pub(super) fn as_button(&self) -> Button {
        Button { value: self.value.clone(), text: self.label.clone() }
    }

    /// Whether to press it is to refuse.
    pub(super) fn refuses(&self, rules: &Form) -> bool {
        pick(&[self.as_button()], &rules.consent_deny).is_some()
    }

    pub(super) fn is_named(&self, candidates: &[String]) -> bool {
        candidates.iter().any(|name| name.eq_ignore_ascii_case(&self.name) || name.eq_ignore_ascii_case(&self.id))
    }

    pub(super) fn asks_for_code(&self) -> bool {
        let label = self.label.to_lowercase();
        self.autocomplete.contains("one-time-code")
            || CODE_WORDS.iter().any(|word| label.contains(word))
            || ["otp", "totp", "mfa_code", "passcode"].iter().any(|own| own.eq_ignore_ascii_case(&self.name))
    }

    /// What a box may stand for: its value, its attributes, the words beside it.
    pub(super) fn values(&self) -> Vec<String> {
        let beside = self.label.split_whitespace().chain(self.near.split_whitespace()).map(str::to_owned);
        let own = [self.value.clone(), self.name.clone(), self.id.clone()];
        own.into_iter().chain(self.marks.iter().cloned()).chain(beside).collect()
    }
}
