//! The reference target: two tenants of a SMART on FHIR patient-access API over synthetic people, on loopback.
//!
//! It shares no code with the client side, so that a misunderstanding is not mirrored, and it can be told to have
//! exactly one named defect, so that every check can prove that it notices.

mod access;
mod authorize;
mod bearer;
mod blackout;
mod browser;
mod burden;
mod catalogue;
mod client;
mod consent;
mod cors;
mod dark;
mod discovery;
mod dpop;
mod ehr;
mod entry;
mod errand;
mod fault;
mod fhir;
mod fresh;
mod identity;
mod keys;
mod manage;
mod muddle;
mod people;
mod pkce;
mod pushed;
mod reply;
mod request;
mod resource;
mod scripted;
mod serve;
mod state;
mod surface;
#[cfg(test)]
mod tests;
mod tls;
mod token;
mod told;

pub use blackout::{Blackout, catalogue as blackouts, matches};
pub use catalogue::{Fault, catalogue as faults, words as fault_words};
pub use people::records;
pub use serve::{Options, ServeError, Serving, serve};
