//! A page as a browser renders it, and what a person does with it.

use super::super::choice::{Choice, is_patient, pick};
use super::super::page::Button;
use super::super::{Consent, Title, Unread};
use crate::target::{Form, User};
use serde::Deserialize;

/// What the page shows.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Seen {
    pub(super) url: String,
    pub(super) title: String,
    pub(super) text: String,
    /// The HTTP status of the document; 0 where the browser does not tell.
    pub(super) status: u16,
    pub(super) ready: bool,
    pub(super) controls: Vec<Control>,
    /// How many frames it has.
    #[serde(default)]
    pub(super) frames: u16,
    /// The origins that it loaded something from, or tried to.
    pub(super) origins: Vec<String>,
    pub(super) html: String,
}

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
    /// The text of the row or card that it stands in.
    pub(super) near: String,
    /// Values of attributes of it and of what it stands in.
    pub(super) marks: Vec<String>,
    /// Values and texts of a select.
    pub(super) options: Vec<(String, String)>,
}

/// What is entered into a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    UserName,
    Password,
    Text(String),
    /// The option with this value.
    Option(String),
    /// Ticked or not.
    Tick(bool),
}

/// What is done with a page: fields by their position, then a button, or Enter in the last field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Move {
    pub(super) entries: Vec<(usize, Entry)>,
    pub(super) press: Option<usize>,
}

/// What a page means to somebody who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Do(Move),
    /// It asks for the password again.
    RefusedUser,
    /// It says something and offers nothing.
    RefusedPage,
    Unread(Unread),
}

/// How far the sign-in has come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    pub(super) named: bool,
    pub(super) signed_in: bool,
    /// Whether a page let the user refuse, or refuse a part.
    pub(super) chose: bool,
}

impl Seen {
    /// What tells one state of the page from another.
    pub(super) fn fingerprint(&self) -> String {
        let controls: Vec<String> =
            self.controls.iter().map(|c| format!("{:?} {} {}", c.kind, c.name, c.label)).collect();
        format!("{} {} {}", self.url, self.text, controls.join("|"))
    }

    /// Whether there is nothing on it yet.
    pub(super) fn is_blank(&self) -> bool {
        self.controls.is_empty() && self.text.is_empty()
    }

    /// Whether there is something to fill in or to press on it.
    pub(super) fn is_workable(&self) -> bool {
        self.controls.iter().any(|control| control.kind != Kind::Link)
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = (usize, &Control)> {
        self.controls.iter().enumerate().filter(move |(_, control)| control.kind == kind)
    }

    /// The position of the button that one of `wanted` names, by its text or value; links only by their whole text.
    fn button(&self, wanted: &[String]) -> Option<usize> {
        let find = |kind: Kind| {
            let places: Vec<(usize, &Control)> = self.of(kind).collect();
            let named = |(_, c): &(usize, &Control)| Button {
                name: c.name.clone(),
                value: c.value.clone(),
                text: c.label.clone(),
            };
            let buttons: Vec<Button> = places.iter().map(named).collect();
            let found = pick(&buttons, wanted)?;
            let at = buttons.iter().position(|button| std::ptr::eq(button, found))?;
            places.get(at).map(|(place, _)| *place)
        };
        find(Kind::Button).or_else(|| find(Kind::Link))
    }

    /// What `user` does here, who decides as `consent` says.
    pub(super) fn decide(
        &self,
        rules: &Form,
        user: &User,
        consent: &Consent,
        progress: &mut Progress,
        title: impl Fn(&str) -> Title,
    ) -> Decision {
        if let Some((at, _)) = self.password(rules) {
            if progress.signed_in {
                return Decision::RefusedUser;
            }
            let mut entries: Vec<(usize, Entry)> = Vec::new();
            if let Some((name, control)) = self.user_name(rules, Some(at))
                && control.value != user.username
            {
                entries.push((name, Entry::UserName));
            }
            entries.push((at, Entry::Password));
            entries.extend(self.extra(rules));
            (progress.named, progress.signed_in) = (true, true);
            return Decision::Do(Move { entries, press: self.button(&rules.submit_text) });
        }
        if self.of(Kind::Text).any(|(_, control)| control.asks_for_code()) {
            return Decision::Unread(Unread::OneTimeCode(title(&self.title)));
        }
        if !progress.named
            && let Some((at, _)) = self.user_name(rules, None)
        {
            progress.named = true;
            let entries = std::iter::once((at, Entry::UserName)).chain(self.extra(rules)).collect();
            return Decision::Do(Move { entries, press: self.button(&rules.submit_text) });
        }
        if self.status >= 400 || self.controls.is_empty() {
            return match self.is_blank() {
                true => Decision::Unread(Unread::Script(title(&self.title))),
                false => Decision::RefusedPage,
            };
        }
        if self.controls.iter().all(|control| control.kind == Kind::Text) {
            return Decision::Unread(Unread::NoForm(title(&self.title)));
        }
        self.choose(rules, user, consent, progress, title)
    }

    /// A picker of patients, a consent page, or a page that only wants to go on.
    fn choose(
        &self,
        rules: &Form,
        user: &User,
        consent: &Consent,
        progress: &mut Progress,
        title: impl Fn(&str) -> Title,
    ) -> Decision {
        let mut entries: Vec<(usize, Entry)> = self.extra(rules).collect();
        let approves = !matches!(consent, Consent::Refuse);
        let mut patient_button = None;
        if let Some(patient) = user.patient.as_deref() {
            let own = |control: &Control| {
                is_patient(&control.value, patient) || control.marks.iter().any(|mark| is_patient(mark, patient))
            };
            for (at, control) in self.controls.iter().enumerate() {
                match control.kind {
                    Kind::Radio if own(control) && !control.checked => entries.push((at, Entry::Tick(true))),
                    Kind::Select => {
                        let option = control.options.iter().find(|(value, _)| is_patient(value, patient));
                        entries.extend(option.map(|(value, _)| (at, Entry::Option(value.clone()))));
                    }
                    Kind::Button | Kind::Link if own(control) => patient_button = patient_button.or(Some(at)),
                    _ => {}
                }
            }
        }
        let choices: Vec<Choice> =
            self.of(Kind::Checkbox).map(|(at, c)| Choice { at, values: c.values(), checked: c.checked }).collect();
        let (ticks, chose) = Choice::ticks(&choices, consent);
        entries.extend(ticks.into_iter().map(|(at, wanted)| (at, Entry::Tick(wanted))));
        progress.chose |= chose;
        let (wanted, key) = match approves {
            true => (&rules.consent_approve, "consent_approve"),
            false => (&rules.consent_deny, "consent_deny"),
        };
        let buttons: Vec<(usize, &Control)> = self.of(Kind::Button).collect();
        let press = patient_button
            .filter(|_| approves)
            .or_else(|| self.button(wanted))
            .or(match buttons.as_slice() {
                [(at, _)] if approves => Some(*at),
                _ => None,
            })
            .or_else(|| self.button(&rules.submit_text).filter(|_| approves));
        progress.chose |= !approves && press.is_some();
        match press {
            Some(at) => Decision::Do(Move { entries, press: Some(at) }),
            None if buttons.is_empty() => Decision::RefusedPage,
            None => {
                let texts: Vec<&str> = buttons.iter().map(|(_, control)| control.label.as_str()).collect();
                let title = title(&self.title);
                let keeps = title.0.is_some();
                Decision::Unread(Unread::unknown_buttons(title, &texts, keeps, key))
            }
        }
    }

    fn password(&self, rules: &Form) -> Option<(usize, &Control)> {
        let named = |(_, control): &(usize, &Control)| control.is_named(&rules.password_field);
        self.of(Kind::Password).find(named).or_else(|| self.of(Kind::Password).next())
    }

    /// The field for the user's name: beside a password any field before it will do.
    fn user_name(&self, rules: &Form, password: Option<usize>) -> Option<(usize, &Control)> {
        let fields = || self.of(Kind::Text);
        let says = |c: &Control| {
            matches!(c.autocomplete.split_whitespace().last(), Some("username" | "email"))
                || rules.username_field.iter().any(|word| c.label.to_lowercase().contains(&word.to_lowercase()))
        };
        fields()
            .find(|(_, control)| control.is_named(&rules.username_field))
            .or_else(|| fields().find(|(_, control)| says(control)))
            .or_else(|| fields().take_while(|(at, _)| password.is_some_and(|password| *at < password)).last())
    }

    fn extra<'s>(&'s self, rules: &'s Form) -> impl Iterator<Item = (usize, Entry)> + 's {
        let find = |name: &str| self.controls.iter().position(|control| control.name == name || control.id == name);
        rules.extra.iter().filter_map(move |(name, value)| {
            let at = find(name)?;
            let entry = match self.controls.get(at)?.kind {
                Kind::Select => Entry::Option(value.clone()),
                Kind::Checkbox | Kind::Radio => Entry::Tick(true),
                _ => Entry::Text(value.clone()),
            };
            Some((at, entry))
        })
    }
}

impl Control {
    fn is_named(&self, candidates: &[String]) -> bool {
        candidates.iter().any(|name| name.eq_ignore_ascii_case(&self.name) || name.eq_ignore_ascii_case(&self.id))
    }

    fn asks_for_code(&self) -> bool {
        let label = self.label.to_lowercase();
        self.autocomplete.contains("one-time-code")
            || ["one-time code", "verification code", "security code", "authenticator"]
                .iter()
                .any(|w| label.contains(w))
    }

    /// What a box may stand for: its value, its attributes, the words beside it.
    fn values(&self) -> Vec<String> {
        let beside = self.label.split_whitespace().chain(self.near.split_whitespace()).map(str::to_owned);
        let own = [self.value.clone(), self.name.clone(), self.id.clone()];
        own.into_iter().chain(self.marks.iter().cloned()).chain(beside).collect()
    }
}
