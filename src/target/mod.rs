//! Who is examined: a TOML configuration becomes one [`Target`], or an error that points at the line.

mod error;
mod keys;
mod load;
mod login;
mod model;
mod people;
mod permission;
mod preset;
mod secret;
mod section;
#[cfg(test)]
mod tests;
mod tree;
mod waivers;

pub use error::ConfigError;
pub use load::{embedded, load, names};
pub use model::{
    Act, Bodies, Client, ClientAuth, ClientRole, EhrLaunch, Environment, Form, KeyAlg, Limits, Login, LoginStep,
    OtherTenant, PagesBy, SecretMethod, Supplied, Target, Tls, User, Waits, With, join,
};
pub use permission::Forbidden;
pub use preset::{preset, presets};
pub use secret::{Secret, Values};
pub use waivers::waivers;

/// The commented configuration that names every key, its default and its unit; `probity init` writes it.
pub const REFERENCE: &str = include_str!("reference.toml");
