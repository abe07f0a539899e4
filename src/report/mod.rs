//! A run as bytes: what people and pipelines read. Pure; sees only `record`.
//!
//! Whatever the target said may be hostile. `inert` makes it visible and harmless before any rendering that is
//! shown to a person; `json` keeps it as data.

mod console;
mod html;
mod inert;
pub mod issues;
mod json;
mod junit;
mod outline;
mod read;
mod words;

pub use inert::text as inert;

pub use read::{ReadError, read, read_journal};

use crate::record::Run;
use std::fmt;
use std::str::FromStr;

/// A rendering of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Text for a terminal or a log.
    Console,
    /// One self-contained page with all the evidence.
    Html,
    /// JUnit XML, for CI servers.
    Junit,
    /// The run itself; everything else can be rendered from it again.
    Json,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Console, Self::Html, Self::Junit, Self::Json];

    /// The name on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Html => "html",
            Self::Junit => "junit",
            Self::Json => "json",
        }
    }

    /// The name of the file in the folder of a run.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Console => "summary.txt",
            Self::Html => "report.html",
            Self::Junit => "junit.xml",
            Self::Json => "run.json",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A name that no [`Format`] has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown report format `{0}`: use console, html, junit or json")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.word() == name).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// How the console rendering looks. The other formats do not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether to use ANSI colours.
    pub color: bool,
    /// Columns; fewer than 40 are taken as 40.
    pub width: usize,
}

impl Default for Look {
    /// What a file gets: no colours, 80 columns.
    fn default() -> Self {
        Self { color: false, width: 80 }
    }
}

/// Why a run could not be rendered. Never carries record content.
#[derive(Debug, thiserror::Error)]
#[error("the {format} report could not be written: {what}; this is a defect of probity, please report it")]
pub struct RenderError {
    format: Format,
    what: &'static str,
}

/// Renders `run`. UTF-8 in every format.
pub fn render(run: &Run, format: Format, look: Look) -> Result<Vec<u8>, RenderError> {
    let error = |what| RenderError { format, what };
    if format == Format::Json {
        return json::render(run).map_err(|_| error("the run does not serialise"));
    }
    let run = &inert::run(run).map_err(|_| error("the run does not survive its own format"))?;
    match format {
        Format::Console => Ok(console::render(run, look).into_bytes()),
        Format::Html => html::render(run).map(String::into_bytes).map_err(|_| error("the template failed")),
        Format::Junit => junit::render(run).map(String::into_bytes).map_err(|_| error("the XML writer failed")),
        Format::Json => Err(error("json is rendered above")),
    }
}
