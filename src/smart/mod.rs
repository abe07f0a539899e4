//! SMART App Launch, OAuth 2.0 and OpenID Connect as a client: discovery, authorization, tokens, sessions.

mod assertion;
mod authorize;
mod discovery;
mod give_back;
mod id_token;
pub mod login;
mod parameters;
mod parking;
mod pool;
mod proof;
mod renewal;
mod scopes;
mod session;
mod setup;
mod sign_in;
mod site;
#[cfg(test)]
mod tests;
mod token;
mod trouble;

pub use assertion::{Assertion, public_keys};
pub use authorize::{Ask, AskError, random_verifier};
pub use discovery::Endpoints;
pub use give_back::{Given, give_back};
pub use id_token::{Claims, Unverified, peek, rebuild, sign, verify};
pub use login::{Consent, Jar, Landing, Meaning, Unread};
pub use parking::{Parked, Parking};
pub use pool::Sessions;
pub use proof::{PROOF_ALGORITHM, Proof, ProofKey, hash as proof_hash, with_proof};
pub use scopes::{Scope, covers, parse as parse_scopes};
pub use session::{Launch, Session, SessionKey};
pub use sign_in::{authorize, authorize_with, code_of, ehr_launch, open, open_shared, play, prepare, session_of};
pub use site::Site;
pub use token::{Carriage, Grant, TokenRequest, Unusable, exchange, refresh, send as send_token_request};
pub use trouble::Trouble;
