//! Who is examined: a TOML configuration becomes one [`Target`], or an error that points at the line.

mod attestations;
mod error;
mod keys;
mod load;
mod login;
mod model;
mod own_address;
mod pages;
mod people;
mod permission;
mod preset;
mod secret;
mod section;
#[cfg(test)]
mod tests;
mod tree;
mod waivers;

pub use attestations::{attestations, digest};
pub use error::ConfigError;
pub use load::{chosen, embedded, load, names};
pub use model::{
    Authorities, Bodies, Client, ClientAuth, ClientRole, EhrLaunch, Environment, KeyAlg, Limits, Login, OtherTenant,
    SecretMethod, SmartVersion, Supplied, Target, Tls, User, Waits, join,
};
pub use own_address::OwnAddress;
pub use pages::{Act, Form, LoginStep, PagesBy, Person, With};
pub use permission::Forbidden;
pub use preset::{preset, presets};
pub use secret::{Secret, Values};
pub use section::is_loopback;
pub use waivers::waivers;

/// The commented configuration that names every key, its default and its unit; `probity init` writes it.
pub const REFERENCE: &str = include_str!("reference.toml");
