//! `--park` and `--resume`: the tokens that a run keeps for a later one lie in a file that is encrypted (age, by a passphrase).

use super::output;
use super::{Exit, setting::Setting};
use crate::smart::{Parked, Parking};
use chrono::SecondsFormat;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

/// The environment variable that holds the passphrase.
const KEY: &str = "PROBITY_PARKING_KEY";
const SHORTEST: usize = 16;

/// What lies in the file.
#[derive(Serialize, Deserialize)]
struct Lot {
    fhir_base: String,
    parked: BTreeMap<String, Parked>,
}

fn passphrase() -> Result<age::secrecy::SecretString, String> {
    let help = "help: set it to the same long random text for --park and --resume, such as `openssl rand -base64 24`";
    match std::env::var(KEY) {
        Ok(text) if text.len() >= SHORTEST => Ok(text.into()),
        Ok(_) => Err(format!("{KEY} has fewer than {SHORTEST} characters\n  {help}")),
        Err(_) => Err(format!("the environment variable {KEY} is not set; tokens are kept encrypted alone\n  {help}")),
    }
}

/// What a run keeps and goes on with, by its command line.
///
/// # Errors
/// How the process ends; the reason is printed.
pub(super) fn parking(park: Option<&Path>, resume: Option<&Path>, setting: &Setting) -> Result<Arc<Parking>, Exit> {
    if park.is_none() && resume.is_none() {
        return Ok(Arc::default());
    }
    let key = passphrase().map_err(|what| output::fail(Exit::Usage, &what))?;
    let brought = match resume {
        None => BTreeMap::new(),
        Some(path) => read(path, &key, setting.target.fhir_base.as_str())
            .map_err(|what| output::fail(Exit::Usage, &format!("{}: {what}", path.display())))?,
    };
    Ok(Arc::new(Parking::new(park.is_some(), brought)))
}

fn read(path: &Path, key: &age::secrecy::SecretString, base: &str) -> Result<BTreeMap<String, Parked>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let plain = age::decrypt(&age::scrypt::Identity::new(key.clone()), &bytes).map_err(|why| {
        format!(
            "cannot be decrypted with {KEY}: {why}\n  help: it takes the value with which the file was made by --park"
        )
    })?;
    let lot: Lot = serde_json::from_slice(&plain).map_err(|_| "is no file that --park has made".to_owned())?;
    if lot.fhir_base != base {
        return Err(format!(
            "holds tokens of {}, and the target is {base}\n  help: name the target with --target",
            lot.fhir_base
        ));
    }
    Ok(lot.parked)
}

/// Writes what was kept, readable by its owner alone, and says when to go on.
///
/// # Errors
/// Why it could not be written.
pub(super) fn write(path: &Path, parking: &Parking, base: &str) -> Result<(), String> {
    let parked = parking.all_kept();
    if parked.is_empty() {
        output::note("no scenario waits for the end of a token; nothing is kept");
        return Ok(());
    }
    let ends = parked.values().filter_map(Parked::ends).max();
    let many = match parked.len() {
        1 => "one scenario".to_owned(),
        many => format!("{many} scenarios"),
    };
    let plain = serde_json::to_vec(&Lot { fhir_base: base.to_owned(), parked }).map_err(|error| error.to_string())?;
    let sealed =
        age::encrypt(&age::scrypt::Recipient::new(passphrase()?), &plain).map_err(|error| error.to_string())?;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(&sealed));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
    let when =
        ends.map_or_else(String::new, |end| format!(" after {}", end.to_rfc3339_opts(SecondsFormat::Secs, true)));
    output::note(&format!("the tokens of {many} are kept; go on{when}: probity run --resume {}", path.display()));
    Ok(())
}
