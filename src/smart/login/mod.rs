//! How a person's part of an authorization is played. A driver is one file here, and one line in [`driver`].

mod browser;
mod choice;
mod code;
mod control;
mod end;
mod form;
mod jar;
mod landing;
mod listener;
mod markup;
mod onlooker;
mod open;
mod page;
mod pages;
mod person;
mod seen;
mod standing;
mod steps;
mod supplied;
#[cfg(test)]
mod tests;
mod typed;

pub use browser::Browsers;
pub use end::{End, is_at};
pub use jar::Jar;
pub use landing::{Landing, Meaning, Title, Unread};
pub use listener::{ListenError, Listener};
pub use onlooker::Onlooker;
pub(super) use standing::Passwords;
pub use standing::{Standing, Turn};

use self::seen::Progress;
use super::session::SessionKey;
use super::token::Grant;
use super::trouble::Trouble;
use crate::http::Door;
use crate::target::{Login, User};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use url::Url;

/// The driver that the configuration names.
pub fn driver(login: &Login) -> &dyn Driver {
    match login {
        Login::Form(form) => form.as_ref(),
        Login::Person(person) => person,
        Login::Supplied => &supplied::Supplied,
        Login::None => &open::Open,
    }
}

/// A way to get a user in.
pub trait Driver: Send + Sync {
    /// How the user comes to a token for a session of this key.
    ///
    /// # Errors
    /// [`Trouble::NotConfigured`] when the driver cannot give such a session.
    fn access(&self, user: &User, key: &SessionKey) -> Result<Access, Trouble> {
        let _ = (user, key);
        Ok(Access::BySignIn)
    }

    /// What plays sign-ins.
    ///
    /// # Errors
    /// Why nobody can sign in with this driver.
    fn player(&self) -> Result<&dyn Player, Trouble>;
}

/// Where a sign-in ends in which nobody takes part.
const ASKS_WHO: &str = "a page that asks who signs in";

/// How a user comes to a token.
pub enum Access {
    /// The target wants none.
    Open,
    /// It was obtained elsewhere.
    Held(Box<Grant>),
    /// By a sign-in, which the driver's [`Player`] plays.
    BySignIn,
}

/// Plays sign-ins.
pub trait Player: Send + Sync {
    /// Plays one sign-in and says how it ended.
    fn play<'p>(&'p self, door: &'p Door, plan: Plan<'p>) -> Playing<'p>;

    /// Whether it needs nobody at the keyboard.
    fn is_unattended(&self) -> bool {
        true
    }

    /// Whether it plays sign-ins that only one check needs.
    fn asks_each_time(&self) -> bool {
        true
    }
}

/// A sign-in under way. It fails with a [`Trouble`] only where something is not configured.
pub type Playing<'p> = Pin<Box<dyn Future<Output = Result<Landing, Trouble>> + Send + 'p>>;

/// One sign-in: where it starts, who signs in, what they decide and where it must end.
#[derive(Clone)]
pub struct Plan<'p> {
    /// Where the browser starts: an authorization request, or a page of the EHR.
    pub start: Url,
    /// The form that it sends there; none where it asks for the page.
    pub posted: Option<&'p [(String, String)]>,
    /// What the first request is for, in words for the report.
    pub purpose: &'static str,
    /// Who signs in.
    pub user: &'p User,
    /// What is known of their password.
    pub standing: Standing,
    /// What they decide on a consent page.
    pub consent: &'p Consent,
    /// Where it must end.
    pub end: End,
    /// The cookies of the browser.
    pub jar: Jar,
    /// The browsers of the run.
    pub browsers: Arc<Browsers>,
    /// Who looks on.
    pub onlooker: Onlooker,
}

/// What a user decides on a consent page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Approves, and leaves the choices as they are.
    All,
    /// Approves exactly these scopes.
    Exactly(Vec<String>),
    /// Approves the categories of these types in place of the whole types, where the page offers them.
    Categories(Vec<String>),
    /// Approves, with fields in the form that the page does not have.
    Tampered(Vec<(String, String)>),
    /// Refuses.
    Refuse,
    /// Nobody sits there: what a page offers is pressed, and no page is told who signs in.
    Nobody,
    /// Approves, in another browser than the one that signed in.
    FromElsewhere,
}

impl Consent {
    /// Whether a browser is needed whose cookies are known.
    fn needs_jar(&self, jar: &Jar) -> bool {
        matches!(self, Self::FromElsewhere) || matches!(self, Self::Nobody) && !jar.is_empty()
    }

    /// Whether nobody sits at the browser that is at this point of the sign-in.
    fn is_nobody_s(&self, progress: &Progress) -> bool {
        matches!(self, Self::Nobody) || matches!(self, Self::FromElsewhere) && progress.chose
    }

    /// Whether it takes a page on which the user may choose.
    fn is_a_choice(&self) -> bool {
        !matches!(self, Self::All | Self::Nobody)
    }
}
