//! Steps of the configuration: what to do on a page where reading it is not enough.

use super::choice::is_patient;
use super::control::{Control, Kind};
use super::seen::{Entry, Move, Progress, Seen};
use crate::target::{Act, Form, LoginStep, User, With};

impl Seen {
    /// What the steps of the configuration say: those not yet done whose controls are on the page, up to the first press.
    pub(super) fn by_steps(&self, rules: &Form, user: &User, progress: &mut Progress) -> Option<Move> {
        let mut step = Move { entries: Vec::new(), press: None };
        for (number, own) in rules.steps.iter().enumerate().filter(|(_, own)| self.has(own)) {
            if progress.done.contains(&number) {
                continue;
            }
            progress.done.push(number);
            let Some(at) = self.named(&own.what) else { continue };
            match &own.act {
                Act::Fill(with) => {
                    let entry = match with {
                        With::UserName => Entry::UserName,
                        With::Password => Entry::Password,
                        With::Code => Entry::Code(progress.codes),
                        With::Patient => Entry::Text(user.patient.clone().unwrap_or_default()),
                        With::Text(text) => Entry::Text(text.clone()),
                    };
                    progress.named |= *with == With::UserName;
                    progress.signed_in |= *with == With::Password;
                    progress.codes += u8::from(*with == With::Code);
                    step.entries.push((at, entry));
                }
                Act::Choose(option) => {
                    let wanted = option.as_deref().or(user.patient.as_deref()).unwrap_or_default();
                    step.entries.push((at, self.controls[at].chosen(wanted)));
                }
                Act::Click => {
                    step.press = Some(at);
                    break;
                }
                Act::Wait => {}
            }
        }
        (!step.entries.is_empty() || step.press.is_some()).then_some(step)
    }

    /// Whether a step can be done here.
    fn has(&self, step: &LoginStep) -> bool {
        self.named(&step.what).is_some() || (step.act == Act::Wait && self.text.contains(&step.what))
    }

    /// Whether the next step waits for something that is not there yet.
    pub(super) fn is_awaited(&self, rules: &Form, progress: &Progress) -> bool {
        let next = rules.steps.iter().enumerate().find(|(number, _)| !progress.done.contains(number));
        next.is_some_and(|(_, step)| step.act == Act::Wait && !self.has(step))
    }

    /// The control of this accessible name, label, text, name or id, or that a selector (`css=...`) fits.
    fn named(&self, what: &str) -> Option<usize> {
        if let Some(selector) = what.strip_prefix("css=") {
            return self.controls.iter().position(|control| control.css.iter().any(|own| own == selector));
        }
        let wanted = what.trim().to_lowercase();
        let says = |text: &str| text.trim().to_lowercase() == wanted;
        let whole =
            |c: &Control| says(&c.label) || says(&c.name) || says(&c.id) || (c.kind == Kind::Button && says(&c.value));
        let begins = |c: &Control| c.label.trim().to_lowercase().starts_with(&wanted);
        self.controls.iter().position(whole).or_else(|| self.controls.iter().position(begins))
    }
}

impl Control {
    /// How it comes to stand for `wanted`: an option by its value or text, a tick otherwise.
    fn chosen(&self, wanted: &str) -> Entry {
        let fits = |(value, text): &&(String, String)| is_patient(value, wanted) || text.eq_ignore_ascii_case(wanted);
        match self.kind {
            Kind::Select => Entry::Option(
                self.options.iter().find(fits).map_or_else(|| wanted.to_owned(), |(value, _)| value.clone()),
            ),
            _ => Entry::Tick(true),
        }
    }
}
