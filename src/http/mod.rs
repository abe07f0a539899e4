//! The only door out: every request to the target leaves here, is limited, recorded and redacted.

mod answer;
mod bounds;
mod call;
mod certificate;
mod client;
mod clock;
mod coding;
mod curl;
mod decode;
mod door;
mod error;
mod handshake;
mod limits;
mod outpost;
mod redact;
mod registry;
mod retain;
mod runs;
mod watch;

pub use answer::{Answer, NoAnswer, NoJson};
pub use call::Call;
pub use certificate::Certificate;
pub use door::{Door, Plain, Trust};
pub use error::DoorError;
pub use handshake::{Agreed, Handshake, Hello, TlsVersion};
pub use outpost::{Lure, Outpost};
pub use redact::{Dialect, Redactor};
pub use watch::Watch;
