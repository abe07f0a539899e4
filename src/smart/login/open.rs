//! The driver `none`: a server that is open to all, at which nobody signs in.

use super::{Access, Driver, Player};
use crate::smart::session::SessionKey;
use crate::smart::trouble::Trouble;
use crate::target::User;

/// Nobody signs in, and no request carries a token.
pub(super) struct Open;

impl Driver for Open {
    fn access(&self, _: &User, _: &SessionKey) -> Result<Access, Trouble> {
        Ok(Access::Open)
    }

    fn player(&self) -> Result<&dyn Player, Trouble> {
        Err(Trouble::NotApplicable("the target asks for no authorization (login `none`)"))
    }
}
