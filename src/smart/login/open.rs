//! The driver `none`: a server that is open to all, at which nobody signs in.

use super::{Access, Driver, Player};
use crate::smart::session::SessionKey;
use crate::smart::trouble::Trouble;
use crate::target::User;

const NO_AUTHORIZATION: &str = "the target asks for no authorization (login `none`)";

/// Nobody signs in, and no request carries a token.
pub(super) struct Open;

impl Driver for Open {
    fn access(&self, _: &User, key: &SessionKey) -> Result<Access, Trouble> {
        match key.kept {
            // Nobody can leave anything out of what nobody grants.
            Some(_) => Err(Trouble::NotApplicable(NO_AUTHORIZATION)),
            None => Ok(Access::Open),
        }
    }

    fn player(&self) -> Result<&dyn Player, Trouble> {
        Err(Trouble::NotApplicable(NO_AUTHORIZATION))
    }
}
