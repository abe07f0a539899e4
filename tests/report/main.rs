//! Reports are renderings of a run: what each shows, and that nothing of the target acts in any.

// Builders and parsers of tests may stop a test as a test may.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod build;
mod console;
mod evidence;
mod exchanges;
mod formats;
mod hostile;
mod html;
mod json;
mod junit;
mod machines;
mod sample;
mod xml;
