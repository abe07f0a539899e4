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
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// Why a format could not be written, in words without content; none if it was.
type Rendered = Result<Vec<u8>, &'static str>;

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

            fn renderer(self) -> fn(&Run, Look) -> Rendered {
                match self { $(Self::$format => $render,)+ }
            }
        }
    };
}

// A format is a line here and a file: its name, the name of what is written, and how.
formats! {
    /// Text for a terminal or a log.
    Console "console" "summary.txt" |run, look| Ok(console::render(run, look).into_bytes());
    /// One self-contained page with all the evidence.
    Html "html" "report.html" |run, _| html::render(run).map(String::into_bytes).map_err(|_| "the template failed");
    /// JUnit XML, for CI servers.
    Junit "junit" "junit.xml" |run, _| junit::render(run).map(String::into_bytes).map_err(|_| "the XML writer failed");
    /// The run itself; everything else can be rendered from it again.
    Json "json" "run.json" |run, _| json::render(run).map_err(|_| "the run does not serialise");
    /// SARIF 2.1.0, for code scanning services.
    Sarif "sarif" "results.sarif" |run, _| Ok(sarif::render(run).into_bytes());
    /// Markdown, for the summary of a CI job.
    Markdown "markdown" "summary.md" |run, _| Ok(markdown::render(run).into_bytes());
    /// CSV, for spreadsheets.
    Csv "csv" "scenarios.csv" |run, _| csv::render(run).map_err(|_| "the CSV writer failed");
    /// The Common Test Report Format, for dashboards.
    Ctrf "ctrf" "ctrf-report.json" |run, _| Ok(ctrf::render(run).into_bytes());
    /// TAP 14, for test harnesses.
    Tap "tap" "results.tap" |run, _| Ok(tap::render(run).into_bytes());
    /// Allure results, to be unpacked into `allure-results`.
    Allure "allure" "allure-results.zip" |run, _| allure::render(run);
    /// Workflow commands, for a job of GitHub that prints them.
    Annotations "annotations" "annotations.txt" |run, _| Ok(annotations::render(run).into_bytes());
    /// What the run is evidence for, by step of the (g)(10) test procedure, as CSV.
    G10 "g10" "g10.csv" |run, _| g10::render(run).map_err(|_| "the CSV writer failed");
    /// The run and its reports in one archive, with digests of all.
    Evidence "evidence" "evidence.zip" |run, _| evidence::render(run);
    /// Cucumber messages, for the reporters of the Cucumber family.
    Messages "messages" "messages.ndjson" |run, _| Ok(messages::render(run).into_bytes());
    /// The exchanges as HAR 1.2, for browsers and proxies.
    Har "har" "exchanges.har" |run, _| har::render(run).map_err(|_| "the exchanges do not serialise");
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
#[error("the {format} report could not be written: {what}; this is a defect of probity, please report it")]
pub struct RenderError {
    format: Format,
    what: &'static str,
}

/// A run to be rendered, in as many formats as are wanted.
pub struct Renderer<'r> {
    run: &'r Run,
    /// The run as no text of it acts on who reads it.
    harmless: serde_json::Result<Cow<'r, Run>>,
}

impl<'r> Renderer<'r> {
    /// Makes the run ready.
    pub fn new(run: &'r Run) -> Self {
        Self { run, harmless: inert::run(run) }
    }

    /// The run in one format. UTF-8 in every format but the archives.
    ///
    /// # Errors
    /// [`RenderError`]: a defect of Probity.
    pub fn render(&self, format: Format, look: Look) -> Result<Vec<u8>, RenderError> {
        let error = |what| RenderError { format, what };
        // The data stay what the target said; what is made for a reader is made harmless first.
        let run = match (format, &self.harmless) {
            (Format::Json | Format::Evidence, _) => self.run,
            (_, Ok(harmless)) => harmless,
            (_, Err(_)) => return Err(error("the run does not survive its own format")),
        };
        (format.renderer())(run, look).map_err(error)
    }
}

/// Renders `run` in one format.
///
/// # Errors
/// [`RenderError`]: a defect of Probity.
pub fn render(run: &Run, format: Format, look: Look) -> Result<Vec<u8>, RenderError> {
    Renderer::new(run).render(format, look)
}

/// Why the gate is not passed, in a few lines: for whoever asked for nothing else.
pub fn decision(run: &Run) -> String {
    outline::decision(run)
}
