//! The texts that `validate` is given: files, folders, NDJSON, standard input, each also gzipped.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

/// A piece of work: small enough to share out, large enough to be worth it.
pub(super) enum Piece {
    /// A file that holds one resource; whoever takes it reads it.
    File(PathBuf),
    /// Lines of NDJSON, with the name and number of each.
    Lines(Vec<(String, String)>),
    /// What could not be read, and why.
    Unread(String, String),
}

/// Lines that make a piece.
const LINES: usize = 64;
/// A text larger than this is refused: no resource is.
const LARGEST: u64 = 1 << 30;

/// The files below the paths that hold FHIR JSON, in order; a path that is named itself is taken whatever its name.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let mut out = Vec::new();
    for path in paths {
        if path == Path::new("-") || path.is_file() {
            out.push(path.clone());
        } else {
            folder(path, &mut out).map_err(|error| (path.clone(), error))?;
        }
    }
    Ok(out)
}

fn folder(path: &Path, out: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(path)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for entry in entries {
        // A link may lead back up.
        if entry.is_symlink() && entry.is_dir() {
            continue;
        }
        if entry.is_dir() {
            folder(&entry, out)?;
        } else if is_json(&entry) || is_lines(&entry) {
            out.push(entry);
        }
    }
    Ok(())
}

fn ends(path: &Path, endings: &[&str]) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    !name.starts_with('.') && endings.iter().any(|e| name.ends_with(e))
}

fn is_json(path: &Path) -> bool {
    ends(path, &[".json"])
}

fn is_lines(path: &Path) -> bool {
    ends(path, &[".ndjson", ".jsonl"])
}

/// Cuts a path into pieces and hands them on; `false` from `give` ends it.
pub(super) fn pieces(path: &Path, give: &mut dyn FnMut(Piece) -> bool) -> bool {
    if path == Path::new("-") {
        return stdin(give);
    }
    if !is_lines(path) {
        return give(Piece::File(path.to_owned()));
    }
    let name = path.display().to_string();
    match File::open(path).and_then(unzipped) {
        Ok(reader) => lines(&name, BufReader::new(reader), give),
        Err(error) => give(Piece::Unread(name, error.to_string())),
    }
}

/// The text of a file.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let reader = File::open(path).and_then(unzipped).map_err(|e| e.to_string())?;
    text(reader)
}

fn text(reader: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    reader.take(LARGEST).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    if bytes.len() as u64 == LARGEST {
        return Err("it is larger than 1 GiB".to_owned());
    }
    String::from_utf8(bytes).map_err(|e| format!("it is not UTF-8: byte {}", e.utf8_error().valid_up_to()))
}

/// Gzip is known by its first bytes, not by the name.
fn unzipped(mut file: impl Read + 'static) -> io::Result<Box<dyn Read>> {
    let mut magic = Vec::new();
    (&mut file).take(2).read_to_end(&mut magic)?;
    let zipped = magic == [0x1f, 0x8b];
    let whole = io::Cursor::new(magic).chain(file);
    Ok(if zipped { Box::new(MultiGzDecoder::new(whole)) } else { Box::new(whole) })
}

/// One resource or a line each: what the second line begins with tells.
fn stdin(give: &mut dyn FnMut(Piece) -> bool) -> bool {
    let name = "standard input".to_owned();
    let reader = match unzipped(io::stdin()) {
        Ok(reader) => reader,
        Err(error) => return give(Piece::Unread(name, error.to_string())),
    };
    match text(reader) {
        Err(why) => give(Piece::Unread(name, why)),
        Ok(text) => {
            let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
            let many = text.lines().filter(|l| !l.trim().is_empty()).nth(1).is_some();
            if many && crate::profile::json::Document::parse(first).is_ok() {
                lines(&name, io::Cursor::new(text), give)
            } else {
                give(Piece::Lines(vec![(name, text)]))
            }
        }
    }
}

fn lines(name: &str, mut reader: impl BufRead, give: &mut dyn FnMut(Piece) -> bool) -> bool {
    let mut piece = Vec::new();
    for number in 1.. {
        let mut bytes = Vec::new();
        let label = format!("{name} line {number}");
        match reader.read_until(b'\n', &mut bytes) {
            Ok(0) => break,
            Err(error) => return give(Piece::Lines(piece)) && give(Piece::Unread(label, error.to_string())),
            Ok(_) => match String::from_utf8(bytes) {
                Ok(line) if line.trim().is_empty() => {}
                Ok(line) => piece.push((label, line.trim_end_matches(['\r', '\n']).to_owned())),
                Err(_) => {
                    if !give(Piece::Lines(std::mem::take(&mut piece)))
                        || !give(Piece::Unread(label, "it is not UTF-8".to_owned()))
                    {
                        return false;
                    }
                }
            },
        }
        if piece.len() >= LINES && !give(Piece::Lines(std::mem::take(&mut piece))) {
            return false;
        }
    }
    piece.is_empty() || give(Piece::Lines(piece))
}
