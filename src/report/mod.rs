//! A run as bytes: what people and pipelines read. Pure; sees only `record`.
//!
//! Whatever the target said may be hostile. `inert` makes it visible and harmless before any rendering that is
//! shown to a person; `json` keeps it as data.

mod allure;
mod annotations;
mod causes;
mod console;
mod csv;
mod ctrf;
mod evidence;
mod fleet;
mod g10;
mod har;
mod html;
mod inert;
pub mod issues;
mod json;
mod junit;
mod markdown;
mod messages;
mod outline;
mod read;
mod sarif;
mod tap;
mod words;

pub use evidence::{NoEvidence, Verified, verify};
pub use fleet::Fleet;
pub use inert::text as inert;

pub use read::{ReadError, read, read_journal};

use crate::record::Run;
use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

/// Why a format could not be written; none if it was.
type Rendered = Result<(), Unwritten>;

/// What hindered a rendering.
enum Unwritten {
    /// Where it goes to does not take it.
    Sink(io::Error),
    /// A defect of Probity, in words without content.
    Defect(&'static str),
}

impl From<io::Error> for Unwritten {
    fn from(error: io::Error) -> Self {
        Self::Sink(error)
    }
}

impl From<serde_json::Error> for Unwritten {
    fn from(error: serde_json::Error) -> Self {
        if error.is_io() { Self::Sink(error.into()) } else { Self::Defect("the run does not serialise") }
    }
}

impl From<::csv::Error> for Unwritten {
    fn from(_: ::csv::Error) -> Self {
        Self::Defect("the CSV writer failed")
    }
}

impl From<zip::result::ZipError> for Unwritten {
    fn from(_: zip::result::ZipError) -> Self {
        Self::Defect("the archive cannot be written")
    }
}

macro_rules! formats {
    ($($(#[doc = $about:literal])+ $format:ident $word:literal $file:literal $render:expr;)+) => {
        /// A rendering of a run.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Format {
            $($(#[doc = $about])+ $format,)+
        }

        impl Format {
            /// Every format.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$format),+];

            /// What a run leaves where nobody says otherwise.
            pub const USUAL: [Self; 4] = [Self::Console, Self::Html, Self::Junit, Self::Json];

            /// The name on the command line.
            pub fn word(self) -> &'static str {
                match self { $(Self::$format => $word,)+ }
            }

            /// The name of the file in the folder of a run.
            pub fn file_name(self) -> &'static str {
                match self { $(Self::$format => $file,)+ }
            }

            fn rendering(self) -> fn(&Ready<'_>, &mut dyn Write) -> Rendered {
                match self { $(Self::$format => $render,)+ }
            }
        }
    };
}

// A format is a line here and a file: its name, the name of what is written, and how.
formats! {
    /// Text for a terminal or a log.
    Console "console" "summary.txt" |it, to| Ok(to.write_all(console::render(it.run, it.look).as_bytes())?);
    /// One self-contained page with all the evidence.
    Html "html" "report.html" |it, to| Ok(html::render(it.run, to)?);
    /// JUnit XML, for CI servers.
    Junit "junit" "junit.xml" |it, to| junit::render(it.run, to);
    /// The run itself; everything else can be rendered from it again.
    Json "json" "run.json" |it, to| json::render(it.renderer.run, to);
    /// SARIF 2.1.0, for code scanning services.
    Sarif "sarif" "results.sarif" |it, to| Ok(to.write_all(sarif::render(it.run).as_bytes())?);
    /// Markdown, for the summary of a CI job.
    Markdown "markdown" "summary.md" |it, to| Ok(to.write_all(markdown::render(it.run).as_bytes())?);
    /// CSV, for spreadsheets.
    Csv "csv" "scenarios.csv" |it, to| Ok(to.write_all(&csv::render(it.run)?)?);
    /// The Common Test Report Format, for dashboards.
    Ctrf "ctrf" "ctrf-report.json" |it, to| Ok(to.write_all(ctrf::render(it.run).as_bytes())?);
    /// TAP 14, for test harnesses.
    Tap "tap" "results.tap" |it, to| Ok(to.write_all(tap::render(it.run).as_bytes())?);
    /// Allure results, to be unpacked into `allure-results`.
    Allure "allure" "allure-results.zip" |it, to| Ok(to.write_all(&allure::render(it.run)?)?);
    /// Workflow commands, for a job of GitHub that prints them.
    Annotations "annotations" "annotations.txt" |it, to| Ok(to.write_all(annotations::render(it.run).as_bytes())?);
    /// What the run is evidence for, by step of the (g)(10) test procedure, as CSV.
    G10 "g10" "g10.csv" |it, to| Ok(to.write_all(&g10::render(it.run)?)?);
    /// The run and its reports in one archive, with digests of all.
    Evidence "evidence" "evidence.zip" |it, to| evidence::render(it.renderer, to);
    /// Cucumber messages, for the reporters of the Cucumber family.
    Messages "messages" "messages.ndjson" |it, to| Ok(messages::render(it.run, to)?);
    /// The exchanges as HAR 1.2, for browsers and proxies.
    Har "har" "exchanges.har" |it, to| har::render(it.run, to);
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A name that no [`Format`] has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown report format `{0}`: use {known}", known = Format::ALL.map(Format::word).join(", "))]
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
pub enum RenderError {
    /// Where the report goes to does not take it.
    #[error(transparent)]
    Sink(io::Error),
    /// A defect of Probity.
    #[error("the {format} report could not be written: {what}; this is a defect of probity, please report it")]
    Defect {
        /// The format.
        format: Format,
        /// What failed.
        what: &'static str,
    },
}

/// A run to be rendered, in as many formats as are wanted.
pub struct Renderer<'r> {
    /// As it was recorded.
    run: &'r Run,
    /// The run as no text of it acts on who reads it.
    harmless: serde_json::Result<Run>,
}

/// What a rendering is made of.
struct Ready<'r> {
    /// No text of it acts on who reads it.
    run: &'r Run,
    look: Look,
    /// For data, which stay what the target said, and for what is made of other renderings.
    renderer: &'r Renderer<'r>,
}

impl<'r> Renderer<'r> {
    /// Makes the run ready.
    pub fn new(run: &'r Run) -> Self {
        Self { run, harmless: inert::run(run) }
    }

    /// Writes the run in one format, in many small pieces. UTF-8 in every format but the archives.
    ///
    /// # Errors
    /// What `to` says, and [`RenderError::Defect`].
    pub fn write(&self, format: Format, look: Look, to: &mut dyn Write) -> Result<(), RenderError> {
        self.in_format(format, look, to).map_err(|why| match why {
            Unwritten::Sink(error) => RenderError::Sink(error),
            Unwritten::Defect(what) => RenderError::Defect { format, what },
        })
    }

    fn in_format(&self, format: Format, look: Look, to: &mut dyn Write) -> Rendered {
        let run = self.harmless.as_ref().map_err(|_| Unwritten::Defect("the run does not survive its own format"))?;
        (format.rendering())(&Ready { run, look, renderer: self }, to)
    }
}

/// Renders `run` in one format.
///
/// # Errors
/// [`RenderError::Defect`].
pub fn render(run: &Run, format: Format, look: Look) -> Result<Vec<u8>, RenderError> {
    let mut bytes = Vec::new();
    Renderer::new(run).write(format, look, &mut bytes)?;
    Ok(bytes)
}

/// Why the gate is not passed, in a few lines: for whoever asked for nothing else.
pub fn decision(run: &Run) -> String {
    outline::decision(run)
}
