//! `probity run --watch-config`: the run again whenever what it is made with changes, and what came out differently.

use super::run::{RunArguments, interrupt, one};
use super::{Exit, attest, diff, output, waivers};
use crate::record::{Difference, Run};
use sha2::{Digest as _, Sha256};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often the files are looked at.
const PERIOD: Duration = Duration::from_millis(250);

/// Runs until somebody interrupts it, and then ends as the last run did.
pub(super) async fn tuned(arguments: &RunArguments) -> Exit {
    let mut older: Option<Run> = None;
    loop {
        // Before the run: what changes while it goes on counts.
        let known = state(arguments);
        let (exit, run) = one(arguments, &arguments.target, arguments.out.clone()).await;
        if exit == Exit::Interrupted {
            return exit;
        }
        if let Some(newer) = run {
            if let Some(older) = &older {
                output::print(&format!("\n{}", diff::text(older, &newer, &Difference::between(older, &newer))));
            }
            older = Some(newer);
        }
        output::note(&format!("waiting for a change of {}; Ctrl-C ends", arguments.target.config_path().display()));
        tokio::select! {
            () = interrupt() => return exit,
            () = changed(arguments, known) => {}
        }
    }
}

/// Ready when the files are not as they were, and nobody is writing any more.
async fn changed(arguments: &RunArguments, known: [u8; 32]) {
    let mut last = known;
    loop {
        tokio::time::sleep(PERIOD).await;
        let now = state(arguments);
        if now != known && now == last {
            return;
        }
        last = now;
    }
}

/// A digest of everything that a run is made with: the configuration, waivers, attestations and own features.
fn state(arguments: &RunArguments) -> [u8; 32] {
    let config = arguments.target.config_path();
    let home = config.parent().unwrap_or(Path::new(""));
    let beside = |named: &Option<PathBuf>, name: &str| named.clone().unwrap_or_else(|| home.join(name));
    let mut files =
        vec![beside(&arguments.waivers, waivers::DEFAULT), beside(&arguments.attestations, attest::DEFAULT)];
    for folder in arguments.features.clone().into_iter().chain(features(&config, home)) {
        below(&folder, &mut files);
    }
    files.push(config);
    let mut digest = Sha256::new();
    for file in files {
        digest.update(file.as_os_str().as_encoded_bytes());
        // What cannot be read is as good as not there, until it can.
        digest.update(Sha256::digest(std::fs::read(&file).unwrap_or_default()));
    }
    digest.finalize().into()
}

/// The folders of own features that the configuration names.
fn features(config: &Path, home: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(config).unwrap_or_default();
    let table: toml::Table = text.parse().unwrap_or_default();
    let targets = table.get("targets").and_then(toml::Value::as_table);
    let named = targets.into_iter().flat_map(toml::Table::values).filter_map(|own| own.get("features")?.as_str());
    named.map(|folder| home.join(folder)).collect()
}

/// Every file below a folder, in order. A folder that cannot be read has none.
fn below(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<PathBuf> = entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() && !entry.is_symlink() {
            below(&entry, files);
        } else {
            files.push(entry);
        }
    }
}
