//! `probity init`: a commented configuration file to fill in.

use super::{Exit, output};
use crate::target;
use clap::Args;
use std::io::Write as _;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct InitArguments {
    /// The file to write.
    #[arg(value_name = "FILE", default_value = "probity.toml")]
    file: PathBuf,
}

pub(super) fn init(arguments: &InitArguments) -> Exit {
    let path = &arguments.file;
    // `create_new`: nobody's configuration is ever overwritten.
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(target::REFERENCE.as_bytes()));
    match written {
        Ok(()) => {
            output::print(&format!(
                "wrote {}; fill in a target, then `probity check` says what is still missing\n",
                path.display()
            ));
            Exit::Passed
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => output::fail(
            Exit::Usage,
            &format!("{} is there already\n  help: name another file, or remove it first", path.display()),
        ),
        Err(error) => output::fail(Exit::Usage, &format!("cannot write {}: {error}", path.display())),
    }
}
