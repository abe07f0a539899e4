//! Why there is no door to a target.

use std::path::PathBuf;

/// Why the TLS configuration of a target cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The file of `tls.extra_ca` cannot be read.
    #[error("cannot read the certificate file {}: {why}; check tls.extra_ca", path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        why: std::io::Error,
    },
    /// The file of `tls.extra_ca` holds no certificate.
    #[error("no certificate in {}: {why}; tls.extra_ca names a file in PEM form", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        why: String,
    },
    /// TLS cannot be prepared.
    #[error("cannot prepare TLS: {0}")]
    Tls(String),
}
