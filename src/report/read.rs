//! A run from what was kept of it: `run.json`, or the journal that is written while it goes on.

use crate::record::{Entry, FailOn, Gate, Run, SCHEMA_VERSION};
use serde::Deserialize;
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek};

/// Why no run could be read. Says where, never what stands there: bodies may hold records.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Written by a newer Probity.
    #[error(
        "this run has schema version {found}, but this probity reads up to {SCHEMA_VERSION}; \
         read it with the probity that wrote it, or a newer one"
    )]
    Newer {
        /// The version it has.
        found: u64,
    },
    /// The file, not what stands in it.
    #[error("it cannot be read to its end: {why}")]
    Unread {
        /// What the system said.
        why: ErrorKind,
    },
    /// Not JSON, or JSON that is not a run.
    #[error("this is not a run of probity: {what} at line {line}, column {column}; give a run.json or a journal")]
    Malformed {
        /// What is wrong.
        what: &'static str,
        /// Line, from 1; 0 when unknown.
        line: usize,
        /// Column, from 1; 0 when unknown.
        column: usize,
    },
    /// A journal without its first entry.
    #[error("this journal holds no start of a run; it was cut off before the first request, so run again")]
    NoStart,
}

impl ReadError {
    /// `line` is where the text stands in a larger one; serde's message may quote values, so only its kind is kept.
    fn malformed(error: &serde_json::Error, line: Option<usize>) -> Self {
        if let Some(why) = error.io_error_kind() {
            return Self::Unread { why };
        }
        let what = match error.classify() {
            serde_json::error::Category::Data => "a field is missing or has another form than expected",
            serde_json::error::Category::Eof => "the text ends too early",
            _ => "this is not JSON",
        };
        Self::Malformed { what, line: line.unwrap_or_else(|| error.line()), column: error.column() }
    }
}

/// Only the version, so that a newer run is refused for being newer and not for its unknown fields.
#[derive(Deserialize)]
struct Versioned {
    schema_version: u64,
}

impl Versioned {
    fn check(&self) -> Result<(), ReadError> {
        if self.schema_version > u64::from(SCHEMA_VERSION) {
            return Err(ReadError::Newer { found: self.schema_version });
        }
        Ok(())
    }
}

/// Reads a `run.json`, piece by piece: the text of a large run is never in memory beside the run.
///
/// # Errors
/// When it is not the text of a run, or a newer Probity wrote it.
pub fn read(source: impl Read + Seek) -> Result<Run, ReadError> {
    let mut source = BufReader::new(source);
    let unread = match serde_json::from_reader::<_, Run>(&mut source) {
        Ok(run) => {
            Versioned { schema_version: u64::from(run.start.schema_version) }.check()?;
            return Ok(run);
        }
        Err(error) => ReadError::malformed(&error, None),
    };
    // What a newer one wrote need not look like a run of this one.
    source.rewind().map_err(|error| ReadError::Unread { why: error.kind() })?;
    match serde_json::from_reader::<_, Versioned>(source).map(|version| version.check()) {
        Ok(Err(newer)) => Err(newer),
        _ => Err(unread),
    }
}

/// Reads a journal: JSON lines, one [`Entry`] each, and judges it by the default rule without waivers. Also gives the
/// numbers of the lines that cannot be read.
///
/// A run that was killed leaves a journal without an end, perhaps with a last line cut off; a full disk leaves a torn
/// line in its middle. What can be read is read, and the run is marked as interrupted.
///
/// # Errors
/// When it holds no start, a newer Probity wrote it, or the source gives an error.
pub fn read_journal(source: impl BufRead) -> Result<(Run, Vec<usize>), ReadError> {
    let mut entries = Vec::new();
    let mut unread = Vec::new();
    for (line, number) in source.split(b'\n').zip(1..) {
        let line = line.map_err(|error| ReadError::Unread { why: error.kind() })?;
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        match entry(number, line) {
            Ok(entry) => entries.push(entry),
            Err(newer @ ReadError::Newer { .. }) => return Err(newer),
            Err(_) => unread.push(number),
        }
    }
    let mut run = Run::from_journal(entries).ok_or(ReadError::NoStart)?;
    run.interrupted |= !unread.is_empty();
    run.gate = Gate::judge(&run, FailOn::default(), &[]);
    Ok((run, unread))
}

fn entry(number: usize, line: &[u8]) -> Result<Entry, ReadError> {
    if let Ok(version) = serde_json::from_slice::<Versioned>(line) {
        version.check()?;
    }
    serde_json::from_slice(line).map_err(|e| ReadError::malformed(&e, Some(number)))
}
