//! The driver `supplied`: nobody signs in, and the tokens of the configuration are used.

use super::{Access, Driver, Player};
use crate::smart::session::{Launch, SessionKey};
use crate::smart::token::Grant;
use crate::smart::trouble::Trouble;
use crate::target::{ClientRole, User};
use std::time::Instant;

/// The tokens that the users have in the configuration.
pub(super) struct Supplied;

impl Driver for Supplied {
    fn access(&self, user: &User, key: &SessionKey) -> Result<Access, Trouble> {
        let missing = |what: String| Err(Trouble::NotConfigured(what));
        if key.scopes.is_some() || key.launch == Launch::Ehr || key.client != ClientRole::Public {
            return missing(
                "with supplied tokens only the tokens themselves can be examined; configure login driver `form`"
                    .to_owned(),
            );
        }
        let Some(tokens) = &user.tokens else {
            return missing(format!("login is `supplied` and user `{}` has no tokens configured", key.user));
        };
        Ok(Access::Held(Box::new(Grant {
            access_token: tokens.access_token.expose().to_owned(),
            refresh_token: tokens.refresh_token.as_ref().map(|token| token.expose().to_owned()),
            id_token: None,
            scope: tokens.scope.clone().unwrap_or_else(|| "patient/*.rs".to_owned()),
            scope_stated: tokens.scope.is_some(),
            expires_in: tokens.expires_in.map(|life| life.as_secs()),
            patient: user.patient.clone(),
            encounter: None,
            response: serde_json::Value::Null,
            asked: Instant::now(),
            obtained: Instant::now(),
            number: 0,
        })))
    }

    fn player(&self) -> Result<&dyn Player, Trouble> {
        Err(Trouble::NotConfigured(
            "nobody can log in with supplied tokens; configure the login driver `form`".to_owned(),
        ))
    }
}
