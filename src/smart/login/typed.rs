//! What a user types on a page: their name, their password, the code of the moment.

use super::code::Codes;
use super::seen::{Entry, Move};
use crate::http::Door;
use crate::smart::trouble::Trouble;
use crate::target::User;

/// The texts for one step.
pub(super) struct Typed<'u> {
    user: &'u User,
    code: String,
}

impl<'u> Typed<'u> {
    /// What a step asks of the user, made ready; a code is learned before anybody sees it.
    ///
    /// # Errors
    /// [`Trouble::NotConfigured`] where the step asks for what the user does not have.
    pub(super) async fn for_step(door: &Door, user: &'u User, step: &Move) -> Result<Self, Trouble> {
        if step.gives_password() && user.password.is_none() {
            let why = "the login page asks for a password and the user has none configured";
            return Err(Trouble::NotConfigured(why.to_owned()));
        }
        let mut code = String::new();
        for (_, entry) in &step.entries {
            if let Entry::Code(refused) = entry {
                let codes = Codes::of(user).map_err(|why| Trouble::NotConfigured(format!("users: `totp`: {why}")))?;
                code = codes.next(*refused).await;
                door.redactor().learn("one_time_code", &code);
            }
        }
        Ok(Self { user, code })
    }

    /// What an entry comes to; nothing where it is a tick.
    pub(super) fn text(&self, entry: &Entry) -> String {
        match entry {
            Entry::UserName => self.user.username.clone(),
            Entry::Password => self.user.password.as_ref().map(|own| own.expose().to_owned()).unwrap_or_default(),
            Entry::Code(_) => self.code.clone(),
            Entry::Text(text) | Entry::Option(text) => text.clone(),
            Entry::Tick(_) => String::new(),
        }
    }
}
