//! Somebody who looks on while a sign-in is played: they are told each decision, see the browser, or show how it is done.

use super::seen::{Entry, Move, Seen};
use crate::target::{Act, LoginStep};
use std::sync::{Arc, Mutex, PoisonError};

type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// Who looks on. Cheap to clone; by default nobody does.
#[derive(Clone, Default)]
pub struct Onlooker {
    tell: Option<Tell>,
    /// Whether sign-ins are played in a browser that can be seen.
    pub(super) watches: bool,
    /// What they did, where they show how it is done.
    shown: Option<Arc<Mutex<Vec<LoginStep>>>>,
}

impl Onlooker {
    /// Somebody who is told of each decision.
    pub fn told(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { tell: Some(Arc::new(tell)), watches: false, shown: None }
    }

    /// Who sees the browser too.
    #[must_use]
    pub fn watching(self) -> Self {
        Self { watches: true, ..self }
    }

    /// Who signs in themselves, in a browser of ours; what they do is taken down as steps.
    #[must_use]
    pub fn showing(self) -> Self {
        Self { shown: Some(Arc::default()), ..self }
    }

    /// The steps that they have shown, in order.
    pub fn steps(&self) -> Vec<LoginStep> {
        let Some(shown) = &self.shown else { return Vec::new() };
        shown.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn shows(&self) -> bool {
        self.shown.is_some()
    }

    /// Takes one step down. Waiting and the same step twice say nothing.
    pub(super) fn take(&self, step: LoginStep) {
        if let Some(shown) = &self.shown {
            let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
            if step.act != Act::Wait && shown.last() != Some(&step) {
                shown.push(step);
            }
        }
    }

    pub(super) fn tell(&self, text: &str) {
        if let Some(tell) = &self.tell {
            tell(text);
        }
    }

    /// Tells what is done with a page.
    pub(super) fn tell_step(&self, seen: &Seen, step: &Move) {
        if self.tell.is_some() {
            self.tell(&in_words(seen, step));
        }
    }
}

/// `page "Sign in": User name <- the user's name, Password <- the password; press "Sign in"`. Nothing that is typed is told.
fn in_words(seen: &Seen, step: &Move) -> String {
    let name = |at: usize| seen.controls.get(at).map_or_else(String::new, |own| format!("\"{}\"", own.called()));
    let mut parts: Vec<String> = step
        .entries
        .iter()
        .map(|(at, entry)| match entry {
            Entry::UserName => format!("{} <- the user's name", name(*at)),
            Entry::Password => format!("{} <- the password", name(*at)),
            Entry::Code(_) => format!("{} <- the code of this moment", name(*at)),
            Entry::Text(_) => format!("{} <- a text", name(*at)),
            Entry::Option(_) => format!("{} <- the user's choice", name(*at)),
            Entry::Tick(true) => format!("tick {}", name(*at)),
            Entry::Tick(false) => format!("untick {}", name(*at)),
        })
        .collect();
    parts.push(step.press.map_or_else(|| "press Enter".to_owned(), |at| format!("press {}", name(at))));
    format!("page \"{}\": {}", seen.title, parts.join(", "))
}
