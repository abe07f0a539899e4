//! SMART App Launch, OAuth 2.0 and OpenID Connect as a client: discovery, authorization, tokens, sessions.

mod assertion;
mod authorize;
mod discovery;
mod id_token;
pub mod login;
mod parameters;
mod renewal;
mod scopes;
mod session;
mod site;
mod token;

pub use authorize::{Ask, Landing, random_verifier};
pub use discovery::Endpoints;
pub use id_token::{Claims, peek, rebuild, verify};
pub use scopes::{Scope, covers, parse as parse_scopes};
pub use session::{Launch, Session, SessionKey, Sessions, authorize, ehr_launch, open, play, role};
pub use site::Site;
pub use token::{Grant, TokenRequest, exchange, refresh, send as send_token_request};

use crate::http::NoAnswer;

/// Why the client could not go on.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Trouble {
    /// The configuration lacks something; the reason says what to add.
    #[error("{0}")]
    NotConfigured(String),
    /// The target did not answer.
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    /// The target answered, and not as the protocol needs it to go on.
    #[error("{0}")]
    Refused(String),
}
