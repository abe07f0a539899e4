//! Whether a resource conforms: FHIR packages compiled to rules, and one walk of a resource by them.
//!
//! [`Library`] holds compiled rules (US Core 6.1.0 on FHIR R4 is embedded), [`Validator`] judges by them. What cannot be
//! judged from the packages is listed as not evaluated and never counts as conforming.

pub mod compile;
mod coverage;
mod element;
mod errata;
pub mod json;
mod library;
mod link;
mod narrative;
pub mod package;
pub mod path;
mod place;
pub mod primitive;
pub mod rules;
pub mod schema;
mod select;
mod shown;
mod terminology;
mod validator;
mod walk;

pub use coverage::{Coverage, ProfileCoverage, Seen, must_support};
pub use library::{Library, NotOpened};
pub use shown::{Shown, holds_in, replaceable, selects_in, shown};
pub use terminology::Member;
pub use validator::{HeldTo, Judgement, Validator, held_to};
pub use walk::Question;
