//! Writing to the terminal, which may be gone, or a file, or not want colours.

use super::Exit;
use crate::report::inert;
use crate::target::ConfigError;
use std::io::{IsTerminal as _, Write as _};

/// Prints to standard output; a reader that went away is no error.
pub(super) fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Prints a line to standard error.
pub(super) fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Prints an error and returns how the process ends.
pub(super) fn fail(exit: Exit, text: &str) -> Exit {
    note(&format!("probity: {}", inert(text)));
    exit
}

/// Prints what is wrong with a configuration, with its place.
pub(super) fn refuse(error: &ConfigError) -> Exit {
    note(&error.render(colour_on_stderr()));
    Exit::Usage
}

/// Whether standard output wants colours (NO_COLOR, TERM=dumb and pipes do not).
pub(super) fn colour() -> bool {
    colour_allowed() && std::io::stdout().is_terminal()
}

/// Whether standard error wants colours.
pub(super) fn colour_on_stderr() -> bool {
    colour_allowed() && std::io::stderr().is_terminal()
}

fn colour_allowed() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
