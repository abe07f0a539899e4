//! The evidence of a run in one file: what was found, how people read it, and digests by which anybody can tell that none of
//! it was changed. The same run gives the same bytes.

use super::outline::Outcome;
use super::{Format, Look, ReadError, Rendered, Renderer, Unwritten, read};
use crate::record::Run;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::io::{self, BufWriter, Cursor, Read as _, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

/// What is in it, beside the manifest and the digests.
const PARTS: [Format; 6] = [Format::Json, Format::Html, Format::Console, Format::G10, Format::Csv, Format::Junit];
const MANIFEST: &str = "manifest.json";
/// In the form that `sha256sum --check` reads.
const SUMS: &str = "SHA256SUMS";
/// No file of a bundle is larger, in bytes.
const LARGEST: u64 = 1 << 30;

pub(super) fn render(renderer: &Renderer<'_>, to: &mut dyn Write) -> Rendered {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    written(renderer, &mut archive)?;
    Ok(to.write_all(&archive.finish()?.into_inner())?)
}

/// Where the files of a bundle go, one after the other.
trait Shelf: Write {
    fn begin(&mut self, name: &str) -> io::Result<()>;
}

impl Shelf for ZipWriter<Cursor<Vec<u8>>> {
    fn begin(&mut self, name: &str) -> io::Result<()> {
        Ok(self.start_file(name, options())?)
    }
}

/// For those who want the digests alone.
impl Shelf for io::Sink {
    fn begin(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }
}

/// What passes through, counted and digested.
struct Weighed<'w> {
    to: &'w mut dyn Write,
    bytes: usize,
    digest: Sha256,
}

impl Write for Weighed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.to.write(bytes)?;
        self.bytes += taken;
        self.digest.update(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// Writes every file of the bundle. Returns the last, the digests of all others.
fn written(renderer: &Renderer<'_>, shelf: &mut impl Shelf) -> Result<String, Unwritten> {
    let mut files = Vec::new();
    for format in PARTS {
        let name = format.file_name();
        shelf.begin(name)?;
        let mut to = BufWriter::new(Weighed { to: &mut *shelf, bytes: 0, digest: Sha256::new() });
        renderer.in_format(format, Look::default(), &mut to)?;
        let Weighed { bytes, digest, .. } = to.into_inner().map_err(|error| error.into_error())?;
        files.push((name, bytes, format!("{:x}", digest.finalize())));
    }
    let manifest = serde_json::to_vec_pretty(&manifest(renderer.run, &files))?;
    shelf.begin(MANIFEST)?;
    shelf.write_all(&manifest)?;
    files.push((MANIFEST, manifest.len(), digest(&manifest)));
    let sums: String = files.iter().map(|(name, _, digest)| format!("{digest}  {name}\n")).collect();
    shelf.begin(SUMS)?;
    shelf.write_all(sums.as_bytes())?;
    Ok(sums)
}

/// Nothing of this machine and of this moment is in an archive: the same files give the same.
fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        // Half the time of the usual level, for a tenth of the size.
        .compression_level(Some(3))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
}

/// An archive of files.
pub(super) fn packed<N: AsRef<str>>(files: &[(N, Vec<u8>)]) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(name.as_ref(), options())?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

fn digest(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// Who examined whom, with what, when, and what came of it.
fn manifest(run: &Run, files: &[(&str, usize, String)]) -> Value {
    let (start, counts) = (&run.start, run.counts());
    let file =
        |(name, bytes, sha256): &(&str, usize, String)| json!({ "name": name, "bytes": bytes, "sha256": sha256 });
    json!({
        "evidence": 1,
        "run": start.id,
        "probity": start.probity,
        "target": start.target,
        "started": start.started,
        "finished": run.finished,
        "interrupted": run.interrupted,
        "selection": start.selection,
        "sha256": {
            "features": start.features_sha256,
            "profiles": start.provenance.profiles,
            "tool": start.provenance.tool,
            "configuration": start.provenance.config,
        },
        "gate": { "rule": run.gate.fail_on.word(), "said": Outcome::of(run).word() },
        "verdicts": counts,
        "files": files.iter().map(file).collect::<Vec<_>>(),
    })
}

/// A bundle that nobody has changed.
#[derive(Debug)]
pub struct Verified {
    /// The run that it is evidence of.
    pub run: Run,
    /// What the gate said: `passed`, `failed`, `inconclusive`, `interrupted` or `empty`.
    pub gate: &'static str,
    /// How many files are in it.
    pub files: usize,
    /// The digest of the whole bundle, SHA-256 in hex.
    pub sha256: String,
    /// Whether its reports are the renderings of its run; `None` where another version made them.
    pub rendered_again: Option<bool>,
}

/// Why a bundle is no evidence.
#[derive(Debug, thiserror::Error)]
pub enum NoEvidence {
    /// It is no archive, or a damaged one.
    #[error("this is no bundle of evidence: {0}; give the evidence.zip that `--format evidence` writes")]
    NoArchive(String),
    /// A file is not there.
    #[error("{0} is not in it")]
    Missing(String),
    /// A file has other content than its digest says.
    #[error("{0} was changed after the bundle was made")]
    Changed(String),
    /// A file is in it that no digest covers.
    #[error("{0} was added after the bundle was made")]
    Added(String),
    /// The run cannot be read.
    #[error("run.json: {0}")]
    Run(#[from] ReadError),
}

/// Looks whether a bundle is whole, and whether its reports follow from its run.
///
/// # Errors
/// What is wrong with it.
pub fn verify(bundle: &[u8]) -> Result<Verified, NoEvidence> {
    let mut files = unpacked(bundle)?;
    let sums = files.remove(SUMS).ok_or_else(|| NoEvidence::Missing(SUMS.to_owned()))?;
    let sums = String::from_utf8_lossy(&sums).into_owned();
    let listed: BTreeMap<&str, &str> =
        sums.lines().filter_map(|line| line.split_once("  ")).map(|(digest, name)| (name, digest)).collect();
    for (name, wanted) in &listed {
        let bytes = files.get(*name).ok_or_else(|| NoEvidence::Missing((*name).to_owned()))?;
        if digest(bytes) != **wanted {
            return Err(NoEvidence::Changed((*name).to_owned()));
        }
    }
    if let Some(added) = files.keys().find(|name| !listed.contains_key(name.as_str())) {
        return Err(NoEvidence::Added(added.clone()));
    }
    let json = files.get(Format::Json.file_name()).ok_or_else(|| NoEvidence::Missing("run.json".to_owned()))?;
    let run = read(Cursor::new(json))?;
    // The digests of all files are the last file.
    let same = || written(&Renderer::new(&run), &mut io::sink()).is_ok_and(|again| again == sums);
    let rendered_again = (run.start.probity == env!("CARGO_PKG_VERSION")).then(same);
    Ok(Verified { gate: Outcome::of(&run).word(), files: files.len() + 1, sha256: digest(bundle), rendered_again, run })
}

fn unpacked(bundle: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, NoEvidence> {
    let broken = |why: zip::result::ZipError| NoEvidence::NoArchive(why.to_string());
    let mut archive = ZipArchive::new(Cursor::new(bundle)).map_err(broken)?;
    let mut files = BTreeMap::new();
    for at in 0..archive.len() {
        let file = archive.by_index(at).map_err(broken)?;
        let name = file.name().map_err(broken)?.into_owned();
        let mut bytes = Vec::new();
        // What the archive says of its size may be a lie.
        let read = file.take(LARGEST + 1).read_to_end(&mut bytes);
        read.map_err(|why| NoEvidence::NoArchive(format!("{name}: {why}")))?;
        if bytes.len() as u64 > LARGEST {
            return Err(NoEvidence::NoArchive(format!("{name} has more than {LARGEST} bytes")));
        }
        if files.insert(name.clone(), bytes).is_some() {
            return Err(NoEvidence::NoArchive(format!("{name} is there twice")));
        }
    }
    Ok(files)
}
