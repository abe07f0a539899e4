//! `probity-attestations.toml`: what people answer for.

use super::error::{ConfigError, Source};
use super::keys;
use super::section::Section;
use super::tree::{Kind, parse};
use crate::record::{Attestation, Id};
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
    let Some(entry) = root.entry("attestation") else { return Ok(Vec::new()) };
    let Kind::Array(items) = &entry.node.kind else {
        return Err(entry.node.at.error(
            "`attestation` has the wrong type",
            format!("expected a list of tables, found {}", entry.node.kind.word()),
            "write [[attestation]] with two brackets above each attestation",
        ));
    };
    let mut all: Vec<Attestation> = Vec::new();
    for item in items {
        let section = Section::open(item, &item.at, "attestation", keys::ATTESTATION)?;
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
    let text = |key: &str, help: &str| match section.text(key)? {
        Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
        _ => Err(section.missing(key, help)),
    };
    let at = |key: &str| section.entry(key).map_or(&section.at, |entry| &entry.node.at);
    let id = text("id", "add `id = \"...\"`: the scenario, as `probity list @attestation` shows it")?;
    let id: Id = id.parse().map_err(|error: crate::record::IdError| {
        at("id").error("`attestation.id` is not an id", error.to_string(), "copy it from `probity list @attestation`")
    })?;
    let day = |key: &str| match section.entry(key).map(|entry| &entry.node.kind) {
        None => Ok(None),
        Some(Kind::Date(date) | Kind::Text(date)) => {
            NaiveDate::parse_from_str(date, "%Y-%m-%d").map(Some).map_err(|_| no_day(section, key))
        }
        Some(_) => Err(no_day(section, key)),
    };
    let Some(on) = day("on")? else {
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
        statement: text("statement", "add `statement = \"...\"`: what was seen, and where")?,
        by: text("by", "add `by = \"...\"`: who says so, name and role")?,
        on,
        until: day("until")?,
        evidence,
        sha256,
    })
}

fn no_day(section: &Section<'_>, key: &str) -> ConfigError {
    let at = section.entry(key).map_or(&section.at, |entry| &entry.node.at);
    at.error(
        format!("`attestation.{key}` is not a day"),
        "expected a date without a time",
        format!("write it as year-month-day, for example `{key} = 2030-01-31`"),
    )
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
