//! The folder of a run: its journal and its reports. Nothing old in it may be taken for new.

use super::Exit;
use super::trial::each;
use crate::record::{Entry, Run};
use crate::report::{self, Format, Look};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The journal's name in the folder of a run.
pub(super) const JOURNAL: &str = "journal.jsonl";
/// Where the files of an earlier run go.
pub(super) const PREVIOUS: &str = "previous";

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum FolderError {
    /// A file cannot be written, moved or removed.
    #[error("cannot write to {}: {why}", path.display())]
    Unwritable { path: PathBuf, why: io::Error },
    /// A report cannot be rendered.
    #[error(transparent)]
    Unrendered(report::RenderError),
}

impl FolderError {
    /// How a verb ends whose gate passed.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Unwritable { .. } => Exit::Unwritten,
            Self::Unrendered(_) => Exit::Bug,
        }
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_path_buf();
    |why| FolderError::Unwritable { path, why }
}

/// Every file that a run leaves in its folder.
fn own_files() -> impl Iterator<Item = &'static str> {
    Format::ALL.into_iter().map(Format::file_name).chain([JOURNAL])
}

fn part_of(name: &str) -> String {
    format!(".{name}.part")
}

fn removed(path: &Path) -> Result<(), FolderError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

/// Moves what an earlier run left in `folder` away, before the first entry of a new one is written.
pub(super) fn clear(folder: &Path) -> Result<(), FolderError> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    for name in own_files() {
        removed(&folder.join(part_of(name)))?;
    }
    if !own_files().any(|name| folder.join(name).exists()) {
        return Ok(());
    }
    let previous = folder.join(PREVIOUS);
    fs::create_dir_all(&previous).map_err(at(&previous))?;
    for name in own_files() {
        let (from, to) = (folder.join(name), previous.join(name));
        removed(&to)?;
        if from.exists() {
            fs::rename(&from, &to).map_err(at(&from))?;
        }
    }
    Ok(())
}

/// A new file that only its owner may read: reports can hold health records.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The journal of a run in progress.
pub(super) struct Journal(Mutex<(File, Option<io::Error>)>);

impl Journal {
    /// A new journal in a cleared folder.
    pub(super) fn create(folder: &Path) -> Result<Self, FolderError> {
        let path = folder.join(JOURNAL);
        Ok(Self(Mutex::new((create(&path).map_err(at(&path))?, None))))
    }

    /// Writes one entry. A full disk does not end the run; [`Journal::trouble`] tells of it.
    pub(super) fn write(&self, entry: &Entry) {
        let Ok(mut line) = serde_json::to_vec(entry) else { return };
        line.push(b'\n');
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = inner.0.write_all(&line) {
            inner.1.get_or_insert(error);
        }
    }

    /// Puts these entries in the place of those written so far.
    pub(super) fn settle(&self, folder: &Path, entries: &[Entry]) {
        let part = folder.join(part_of(JOURNAL));
        let write = || -> io::Result<File> {
            let mut file = create(&part)?;
            for entry in entries {
                let mut line = serde_json::to_vec(entry)?;
                line.push(b'\n');
                file.write_all(&line)?;
            }
            file.sync_all()?;
            fs::rename(&part, folder.join(JOURNAL))?;
            Ok(file)
        };
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match write() {
            Ok(file) => inner.0 = file,
            Err(error) => drop(inner.1.get_or_insert(error)),
        }
    }

    /// Why entries are missing, if some are.
    pub(super) fn trouble(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1.as_ref().map(ToString::to_string)
    }
}

/// Writes the reports of `run` together: each beside its place and synced, then all renamed. Returns their paths.
pub(super) fn write(run: &Run, folder: &Path, formats: &[Format]) -> Result<Vec<PathBuf>, FolderError> {
    fs::create_dir_all(folder).map_err(at(folder))?;
    let written = write_together(run, folder, formats);
    if written.is_err() {
        for format in formats {
            // The first error is the one to tell.
            let _ = removed(&folder.join(part_of(format.file_name())));
        }
    }
    written?;
    let mut paths = Vec::new();
    for format in formats {
        let path = folder.join(format.file_name());
        fs::rename(folder.join(part_of(format.file_name())), &path).map_err(at(&path))?;
        paths.push(path);
    }
    #[cfg(unix)]
    File::open(folder).and_then(|opened| opened.sync_all()).map_err(at(folder))?;
    Ok(paths)
}

/// Each format is written by whichever thread is free.
fn write_together(run: &Run, folder: &Path, formats: &[Format]) -> Result<(), FolderError> {
    let renderer = report::Renderer::new(run);
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let jobs = u8::try_from(processors.min(formats.len())).unwrap_or(u8::MAX);
    each(formats, jobs, |format| write_one(&renderer, folder, *format), |_| false).into_iter().collect()
}

fn write_one(renderer: &report::Renderer<'_>, folder: &Path, format: Format) -> Result<(), FolderError> {
    let path = folder.join(part_of(format.file_name()));
    removed(&path)?;
    let mut file = BufWriter::with_capacity(1 << 16, create(&path).map_err(at(&path))?);
    renderer.write(format, Look::default(), &mut file).map_err(|why| match why {
        report::RenderError::Sink(why) => at(&path)(why),
        defect @ report::RenderError::Defect { .. } => FolderError::Unrendered(defect),
    })?;
    let file = file.into_inner().map_err(|error| at(&path)(error.into_error()))?;
    file.sync_all().map_err(at(&path))
}
