//! How a person's part of an authorization is played: by filling in the server's forms, or by tokens given.

mod form;
mod listener;
mod page;

pub use form::{Person, drive};
pub use listener::Listener;
