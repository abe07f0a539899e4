//! Reports in an object store: S3, Google Cloud Storage, Azure Blob Storage, or a folder that stands for one.
//!
//! Credentials, regions and endpoints come from the environment variables that each provider names. No report has a secret in it.

use super::folder::{self, JOURNAL, PREVIOUS};
use super::{Exit, output};
use crate::report::Format;
use futures::TryStreamExt as _;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt as _, parse_url_opts};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use url::Url;

/// The beginnings of the addresses that are known, for messages.
const KNOWN: &str = "s3://BUCKET/PATH, gs://BUCKET/PATH, az://CONTAINER/PATH or file:///FOLDER";
/// The variables of the providers' own tools begin so.
const VARIABLES: [&str; 3] = ["AWS_", "GOOGLE_", "AZURE_"];

/// A place in an object store.
pub(super) struct Store {
    store: Box<dyn ObjectStore>,
    under: Key,
    /// Its address, without anything that could be secret.
    name: String,
}

/// Whether somebody means an object store, not a folder.
pub(super) fn is_address(text: &str) -> bool {
    text.contains("://")
}

impl Store {
    /// The place that an address names; nothing is sent yet.
    ///
    /// # Errors
    /// How the process ends, after the reason is printed.
    pub fn open(address: &str) -> Result<Self, Exit> {
        Self::found(address).map_err(|why| output::fail(Exit::Usage, &why))
    }

    fn found(address: &str) -> Result<Self, String> {
        let fail =
            |why: &dyn std::fmt::Display| format!("this is no place in an object store: {why}\n  help: write {KNOWN}");
        let url = Url::parse(address).map_err(|why| fail(&why))?;
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(fail(&"credentials belong in the environment, not in the address"));
        }
        if !matches!(url.scheme(), "s3" | "gs" | "az" | "file") {
            return Err(fail(&format!("`{}` is not known", url.scheme())));
        }
        let own =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let own = own.filter(|(name, _)| VARIABLES.iter().any(|start| name.starts_with(start)));
        let (store, under) = parse_url_opts(&url, own).map_err(|why| fail(&why))?;
        Ok(Self { store, under, name: url.to_string() })
    }

    /// Copies the files of a folder there, those of its folders too. What an earlier run left in it stays behind.
    async fn put(&self, folder: &Path) -> Result<usize, String> {
        let mut files = Vec::new();
        collect(folder, &mut files).map_err(|why| format!("cannot read {}: {why}", folder.display()))?;
        for file in &files {
            let within = file.strip_prefix(folder).unwrap_or(file);
            let key = within
                .components()
                .fold(self.under.clone(), |key, part| key.join(part.as_os_str().to_string_lossy().as_ref()));
            let bytes = tokio::fs::read(file).await.map_err(|why| format!("cannot read {}: {why}", file.display()))?;
            self.store.put(&key, bytes.into()).await.map_err(|why| self.trouble(&why))?;
        }
        Ok(files.len())
    }

    /// Copies each `run.json` that is there into a folder, at its own place below it.
    ///
    /// # Errors
    /// What cannot be read, or written.
    pub async fn fetch(&self, into: &Path) -> Result<(), String> {
        let all: Vec<_> = self.store.list(Some(&self.under)).try_collect().await.map_err(|why| self.trouble(&why))?;
        let runs =
            all.into_iter().map(|found| found.location).filter(|at| at.filename() == Some(Format::Json.file_name()));
        for at in runs {
            let bytes = async { self.store.get(&at).await?.bytes().await }.await.map_err(|why| self.trouble(&why))?;
            let below = at.prefix_match(&self.under).into_iter().flatten();
            let file = below.fold(into.to_path_buf(), |file, part| file.join(part.as_ref()));
            let home = file.parent().unwrap_or(into);
            let written = std::fs::create_dir_all(home).and_then(|()| folder::create(&file)?.write_all(&bytes));
            written.map_err(|why| format!("cannot write {}: {why}", file.display()))?;
        }
        Ok(())
    }

    fn trouble(&self, why: &object_store::Error) -> String {
        format!(
            "{}: {why}\n  help: the environment variables of the provider name credentials, region and endpoint",
            self.name
        )
    }
}

/// Carries a verb out, and copies what it has left in `folder` to the store at `address`, if one is wanted.
pub(super) async fn kept(address: Option<String>, folder: Option<PathBuf>, verb: impl Future<Output = Exit>) -> Exit {
    // A mistake in the address is told before the run.
    let store = match address.as_deref().map(Store::open).transpose() {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    let exit = verb.await;
    let (Some(store), Some(folder)) = (store, folder) else { return exit };
    // A mistake or a bug has left no report.
    if matches!(exit, Exit::Usage | Exit::Bug | Exit::NothingSelected) {
        return exit;
    }
    match store.put(&folder).await {
        Ok(many) => {
            output::print(&format!("copied: {many} files to {}\n", store.name));
            exit
        }
        Err(why) => output::fail(if exit == Exit::Passed { Exit::Unwritten } else { exit }, &why),
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
        let name = name.to_string_lossy();
        // What the journal holds the run holds too.
        if name.starts_with('.') || name == PREVIOUS || name == JOURNAL {
            continue;
        }
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    files.sort();
    Ok(())
}
