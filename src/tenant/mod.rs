//! The reference target: an embedded SMART on FHIR server with synthetic people and named faults.

pub mod access;
pub mod fault;
pub mod fhir;
mod people;
