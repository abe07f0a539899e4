//! Who is examined: a TOML configuration becomes one [`Target`], or an error that points at the line.

mod model;
mod secret;

pub use model::{
    Bodies, Client, ClientAuth, ClientRole, EhrLaunch, Environment, Form, KeyAlg, Limits, Login, OtherTenant,
    SecretMethod, Supplied, Target, Tls, User, Waits, join,
};
pub use secret::{Secret, Values};
