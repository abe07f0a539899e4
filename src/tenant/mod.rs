//! The reference target: two tenants of a SMART on FHIR patient-access API over synthetic people, on loopback.
//!
//! It shares no code with the client side, so that a misunderstanding is not mirrored, and it can be told to have
//! exactly one named defect, so that every check can prove that it notices.

mod access;
mod fault;
mod fhir;
mod people;
mod serve;

pub use fault::{Fault, catalogue as faults};
pub use serve::{Options, ServeError, Serving, serve};
