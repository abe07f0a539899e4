//! Attacks, one per file: what is altered in a correct request, and how a leak is recognised.

pub mod canary;
pub mod credential;
pub mod exchange;
pub mod redirect;
