//! The only door out: every request to the target leaves here, is limited, recorded and redacted.

mod answer;
mod curl;
mod door;
mod limits;
mod redact;
mod retain;

pub use answer::{Answer, NoAnswer};
pub use door::{Call, Door};
pub use redact::{Dialect, Redactor};
