//! Attacks, one per file: what is altered in a correct request.

pub mod credential;
pub mod exchange;
pub mod redirect;
