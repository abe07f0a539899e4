//! `probity-waivers.toml`: known failures that somebody has taken responsibility for.

use super::error::{ConfigError, Source};
use super::keys;
use super::section::Section;
use super::tree::parse;
use crate::record::Waiver;
use std::path::Path;

/// Reads a waivers file; an empty one has no waivers.
///
/// # Errors
/// The first mistake, with its place and the next step: unknown keys, a missing reason or owner, a malformed id
/// or date, or two waivers for one id.
pub fn waivers(text: &str, path: &Path) -> Result<Vec<Waiver>, ConfigError> {
    let document = parse(text, &Source::new(path.display().to_string(), text, false))?;
    let root = Section::open(&document, &document.at, "", keys::WAIVERS)?;
    let mut waivers: Vec<Waiver> = Vec::new();
    for section in root.tables("waiver", "waiver", keys::WAIVER)? {
        let waiver = waiver(&section)?;
        if let Some(id) = section.entry("id").filter(|_| waivers.iter().any(|other| other.id == waiver.id)) {
            return Err(id.node.at.error(
                format!("`{}` is waived twice", waiver.id),
                "the second waiver for this id",
                "keep one of them",
            ));
        }
        waivers.push(waiver);
    }
    Ok(waivers)
}

fn waiver(section: &Section<'_>) -> Result<Waiver, ConfigError> {
    let id = section.id(
        "add `id = \"...\"`: the scenario, as `probity list` shows it",
        "copy the id from a report or from `probity list`",
    )?;
    let reason = section.filled("reason", "add `reason = \"...\"`: why it is accepted for now")?;
    let owner = section.filled("owner", "add `owner = \"...\"`: who answers for it")?;
    let expires = section.day("expires")?;
    let missing = || section.missing("expires", "add `expires = 2030-01-31`: the last day on which it holds");
    Ok(Waiver { id, reason, owner, expires: expires.ok_or_else(missing)? })
}
