//! `probity-attestations.toml`: what people answer for.

use super::error::{ConfigError, Source};
use super::keys;
use super::section::Section;
use super::tree::parse;
use crate::record::Attestation;
use chrono::NaiveDate;
use sha2::{Digest as _, Sha256};
use std::path::Path;

/// Reads an attestations file; an empty one has none. `today` is the last day on which anything can have been seen.
///
/// # Errors
/// The first mistake, with its place and the next step: unknown keys, something missing, a day to come, two words for one id
/// and target on the same day, or evidence that is not there or is not what its digest says.
pub fn attestations(text: &str, path: &Path, today: NaiveDate) -> Result<Vec<Attestation>, ConfigError> {
    let document = parse(text, &Source::new(path.display().to_string(), text, false))?;
    let root = Section::open(&document, &document.at, "", keys::ATTESTATIONS)?;
    let mut all: Vec<Attestation> = Vec::new();
    for section in root.tables("attestation", "attestation", keys::ATTESTATION)? {
        let own = one(&section, path.parent().unwrap_or(Path::new("")), today)?;
        let same = |other: &&Attestation| other.id == own.id && other.target == own.target && other.on == own.on;
        if all.iter().find(same).is_some() {
            return Err(section.at.error(
                format!("`{}` is attested twice", own.id),
                "a second word on the same target and day",
                "keep one of them",
            ));
        }
        all.push(own);
    }
    Ok(all)
}

fn one(section: &Section<'_>, folder: &Path, today: NaiveDate) -> Result<Attestation, ConfigError> {
    let at = |key: &str| section.entry(key).map_or(&section.at, |entry| &entry.node.at);
    let id = section.id(
        "add `id = \"...\"`: the scenario, as `probity list @attestation` shows it",
        "copy it from `probity list @attestation`",
    )?;
    let Some(on) = section.day("on")? else {
        return Err(section.missing("on", "add `on = 2030-01-31`: the day on which it was seen"));
    };
    if on > today {
        return Err(at("on").error(
            "`attestation.on` is a day to come",
            format!("today is {today}"),
            "write the day on which it was seen",
        ));
    }
    let (evidence, sha256) = evidence(section, folder)?;
    Ok(Attestation {
        id,
        target: section.text("target")?.map(str::to_owned),
        holds: section.flag("holds")?.unwrap_or(true),
        statement: section.filled("statement", "add `statement = \"...\"`: what was seen, and where")?,
        by: section.filled("by", "add `by = \"...\"`: who says so, name and role")?,
        on,
        until: section.day("until")?,
        evidence,
        sha256,
    })
}

/// The name of the file that shows it, and its digest, which must be that of the file.
fn evidence(section: &Section<'_>, folder: &Path) -> Result<(Option<String>, Option<String>), ConfigError> {
    let Some(name) = section.text("evidence")? else { return Ok((None, None)) };
    let at = section.entry("evidence").map_or(&section.at, |entry| &entry.node.at);
    let own = digest(&folder.join(name)).map_err(|why| {
        at.error("the evidence cannot be read", why.to_string(), "name a file, as seen from the folder of this file")
    })?;
    match section.text("sha256")? {
        Some(told) if told.eq_ignore_ascii_case(&own) => Ok((Some(name.to_owned()), Some(own))),
        Some(_) => Err(at.error(
            "the evidence is not what its digest says",
            format!("its SHA-256 is {own}"),
            "put the right file back, or look at it again and attest anew",
        )),
        None => Err(section.missing("sha256", format!("add `sha256 = \"{own}\"`, the digest of the evidence"))),
    }
}

/// SHA-256 of a file, hex.
///
/// # Errors
/// Why it cannot be read.
pub fn digest(path: &Path) -> std::io::Result<String> {
    let bytes = std::fs::read(path)?;
    Ok(Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}
