//! Starting and stopping the server, and which request goes where.

use super::fault::Faults;
use std::collections::BTreeMap;

/// How the reference target is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// The loopback port; 0 takes any free one.
    pub port: u16,
    /// Ids of the defects to switch on.
    pub faults: Vec<String>,
    /// The seed of the synthetic people.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: 0, faults: Vec::new(), seed: 61 }
    }
}

/// Why the reference target does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// There is no such defect.
    #[error("there is no fault `{0}`; `probity prove --list` names them all")]
    UnknownFault(String),
    /// The port cannot be had.
    #[error("cannot listen on 127.0.0.1:{port}: {source}")]
    Port {
        /// The port asked for.
        port: u16,
        /// What the system says.
        source: std::io::Error,
    },
}

/// A running reference target; it stops when this is dropped.
pub struct Serving {
    origin: String,
    secrets: BTreeMap<String, String>,
}

impl Serving {
    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The secrets made at this start, by the names the `embedded` preset looks them up by.
    pub fn secrets(&self) -> &BTreeMap<String, String> {
        &self.secrets
    }
}

/// Starts the reference target.
///
/// # Errors
/// [`ServeError`]
pub async fn serve(options: Options) -> Result<Serving, ServeError> {
    let _faults = Faults::switch_on(&options.faults).map_err(ServeError::UnknownFault)?;
    Ok(Serving { origin: String::new(), secrets: BTreeMap::new() })
}
