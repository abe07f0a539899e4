//! A page as a person sees it, and what they do with it: pure, and the same for every driver.

use super::choice::{Button, Choice, is_patient, pick};
use super::control::{Control, Kind};
use super::{Consent, Title, Unread};
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

/// A code that was used is refused; the one of the next moment is tried once.
const CODES: u8 = 2;

/// What is entered into a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    UserName,
    Password,
    /// The code of this moment; the number tells how many were entered before.
    Code(u8),
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

impl Move {
    /// Whether it sends the password.
    pub(super) fn gives_password(&self) -> bool {
        self.entries.iter().any(|(_, entry)| *entry == Entry::Password)
    }

    /// Whether it tells the server who signs in.
    pub(super) fn identifies(&self) -> bool {
        let tells = |entry: &Entry| matches!(entry, Entry::UserName | Entry::Password | Entry::Code(_));
        self.entries.iter().any(|(_, entry)| tells(entry))
    }
}

/// What a page means to somebody who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Do(Move),
    /// It asks who signs in, and nobody is there to say.
    AsksWho,
    /// It asks for the password again.
    RefusedUser,
    /// It says something and offers nothing.
    RefusedPage,
    Unread(Unread),
}

/// How far the sign-in has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Progress {
    pub(super) named: bool,
    pub(super) signed_in: bool,
    /// How many one-time codes were entered.
    pub(super) codes: u8,
    /// Whether a page let the user refuse, or refuse a part.
    pub(super) chose: bool,
    /// The steps of the configuration that were done.
    pub(super) done: Vec<usize>,
}

impl Seen {
    fn named_title(&self, tells: bool) -> Title {
        Title::of(tells, &self.title)
    }

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

    /// Where a page asks how to sign in: the button for a password, or for a name that the portal itself gave.
    fn own_method(&self) -> Option<usize> {
        let says = |words: &[&str], own: &Control| {
            let label = own.label.to_lowercase();
            words.iter().any(|word| label.contains(word))
        };
        let find = |words: &[&str]| {
            let pressed =
                self.controls.iter().enumerate().filter(|(_, own)| matches!(own.kind, Kind::Button | Kind::Link));
            pressed.filter(|(_, own)| says(words, own) && !says(&OTHER_WAYS, own)).map(|(at, _)| at).next()
        };
        find(&["password"]).or_else(|| find(&["with username", "with user name", "with email", "with your email"]))
    }

    /// Whether the password that was typed still stands there.
    pub(super) fn has_typed_password(&self) -> bool {
        self.of(Kind::Password).any(|(_, own)| !own.value.is_empty())
    }

    /// Whether it asks for a password.
    pub(super) fn asks_for_password(&self) -> bool {
        self.of(Kind::Password).next().is_some()
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = (usize, &Control)> {
        self.controls.iter().enumerate().filter(move |(_, control)| control.kind == kind)
    }

    /// The position of the button that one of `wanted` names, by its text or value; links only by their whole text.
    fn button(&self, wanted: &[String]) -> Option<usize> {
        let find = |kind: Kind| {
            let places: Vec<(usize, &Control)> = self.of(kind).collect();
            let buttons: Vec<Button> = places.iter().map(|(_, control)| control.as_button()).collect();
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
        tells: bool,
    ) -> Decision {
        if !consent.is_nobody_s(progress) {
            return self.decided(rules, user, consent, progress, tells);
        }
        // Where nobody is there, what such a page would say of the user does not matter.
        if self.asks_who(rules) {
            return Decision::AsksWho;
        }
        match self.decided(rules, user, consent, progress, tells) {
            Decision::Do(step) if step.identifies() => Decision::AsksWho,
            other => other,
        }
    }

    /// Whether it has a field for who signs in.
    fn asks_who(&self, rules: &Form) -> bool {
        self.password(rules).is_some()
            || self.user_name(rules, None).is_some()
            || self.of(Kind::Text).any(|(_, control)| control.asks_for_code())
    }

    fn decided(&self, rules: &Form, user: &User, consent: &Consent, progress: &mut Progress, tells: bool) -> Decision {
        let by_steps = self.by_steps(rules, user, progress);
        if let Some(step) = by_steps {
            return Decision::Do(step);
        }
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
        if let Some((at, _)) = self.of(Kind::Text).find(|(_, control)| control.asks_for_code()) {
            if user.totp.is_none() {
                return Decision::Unread(Unread::OneTimeCode(self.named_title(tells)));
            }
            if progress.codes >= CODES {
                return Decision::Unread(Unread::OtherCode(self.named_title(tells)));
            }
            progress.codes += 1;
            let entries = vec![(at, Entry::Code(progress.codes - 1))];
            return Decision::Do(Move { entries, press: self.button(&rules.submit_text) });
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
                true => Decision::Unread(Unread::Script(self.named_title(tells))),
                false => Decision::RefusedPage,
            };
        }
        if self.controls.iter().all(|control| control.kind == Kind::Text) {
            return Decision::Unread(Unread::NoForm(self.named_title(tells)));
        }
        self.choose(rules, user, consent, progress, tells)
    }

    /// A picker of patients, a consent page, or a page that only wants to go on.
    fn choose(&self, rules: &Form, user: &User, consent: &Consent, progress: &mut Progress, tells: bool) -> Decision {
        let mut entries: Vec<(usize, Entry)> = self.extra(rules).collect();
        let approves = !matches!(consent, Consent::Refuse);
        if !progress.signed_in
            && let Some(at) = self.own_method()
        {
            return Decision::Do(Move { entries, press: Some(at) });
        }
        let mut patient_button = None;
        if let Some(patient) = user.patient.as_deref() {
            let own = |control: &Control| {
                is_patient(&control.value, patient) || control.marks.iter().any(|mark| is_patient(mark, patient))
            };
            for (at, control) in self.controls.iter().enumerate() {
                match control.kind {
                    Kind::Text if control.is_named(&rules.picker) => {
                        entries.push((at, Entry::Text(patient.to_owned())))
                    }
                    Kind::Radio if own(control) && !control.checked => entries.push((at, Entry::Tick(true))),
                    Kind::Select => {
                        let option = control.options.iter().find(|(value, _)| is_patient(value, patient));
                        entries.extend(option.map(|(value, _)| (at, Entry::Option(value.clone()))));
                    }
                    Kind::Button | Kind::Link if own(control) && !control.refuses(rules) => {
                        patient_button = patient_button.or(Some(at));
                    }
                    _ => {}
                }
            }
        }
        let choices: Vec<Choice> =
            self.of(Kind::Checkbox).map(|(at, c)| Choice { at, values: c.values(), checked: c.checked }).collect();
        let (ticks, chose) = Choice::ticks(&choices, consent);
        entries.extend(ticks.into_iter().map(|(at, wanted)| (at, Entry::Tick(wanted))));
        // Terms that a page wants to be agreed to are no part of what is granted.
        let owed = self.of(Kind::Checkbox).filter(|(_, own)| own.required && !own.checked && approves);
        entries.extend(owed.map(|(at, _)| (at, Entry::Tick(true))));
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
                // What stands in a list may be people.
                let (listed, alone): (Vec<_>, Vec<_>) = buttons.iter().partition(|(_, control)| control.in_list);
                let texts: Vec<&str> = alone.iter().map(|(_, control)| control.label.as_str()).collect();
                let title = self.named_title(tells);
                Decision::Unread(Unread::unknown_buttons(title, &texts, listed.len(), tells, key))
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

/// What a button says that leads to no password of the portal.
const OTHER_WAYS: [&str; 18] = [
    "forgot",
    "reset",
    "show",
    "hide",
    "change",
    "create",
    "without",
    "lost",
    "trouble",
    "google",
    "apple",
    "facebook",
    "microsoft",
    "id.me",
    "login.gov",
    "email me",
    "link",
    "code",
];
