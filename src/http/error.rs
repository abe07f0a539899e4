//! Why there is no door to a target.

use std::path::PathBuf;

/// Why the TLS configuration of a target cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// A file of `tls` cannot be read.
    #[error("cannot read the certificate file {}: {why}; check the files in [tls]", path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        why: std::io::Error,
    },
    /// The file of `tls.extra_ca` holds no certificate.
    #[error("no certificate in {from}: {why}; tls.extra_ca names a file in PEM form")]
    NoCertificate {
        /// The file.
        from: String,
        /// What the reader says.
        why: String,
    },
    /// The certificate that the app shows and its key are none, or do not belong together.
    #[error("no certificate with its key in {} and tls.client_key; both must be in PEM form", path.display())]
    NoIdentity {
        /// The file of the certificate.
        path: PathBuf,
    },
    /// TLS cannot be prepared.
    #[error("cannot prepare TLS: {0}")]
    Tls(String),
}
