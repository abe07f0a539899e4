//! `probity-waivers.toml`: known failures that somebody has taken responsibility for.

use super::error::{ConfigError, Source};
use super::keys;
use super::section::Section;
use super::tree::{Kind, parse};
use crate::record::{Id, Waiver};
use chrono::NaiveDate;
use std::path::Path;

/// Reads a waivers file; an empty one has no waivers.
///
/// # Errors
/// The first mistake, with its place and the next step: unknown keys, a missing reason or owner, a malformed id
/// or date, or two waivers for one id.
pub fn waivers(text: &str, path: &Path) -> Result<Vec<Waiver>, ConfigError> {
    let document = parse(text, &Source::new(path.display().to_string(), text, false))?;
    let root = Section::open(&document, &document.at, "", keys::WAIVERS)?;
    let Some(entry) = root.entry("waiver") else { return Ok(Vec::new()) };
    let Kind::Array(items) = &entry.node.kind else {
        return Err(entry.node.at.error(
            "`waiver` has the wrong type",
            format!("expected a list of tables, found {}", entry.node.kind.word()),
            "write [[waiver]] with two brackets above each waiver",
        ));
    };
    let mut waivers: Vec<Waiver> = Vec::new();
    for item in items {
        let section = Section::open(item, &item.at, "waiver", keys::WAIVER)?;
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
    let text = |key: &str, help: &str| match section.text(key)? {
        Some(text) if !text.trim().is_empty() => Ok(text),
        _ => Err(section.missing(key, help)),
    };
    let id = text("id", "add `id = \"...\"`: the scenario, as `probity list` shows it")?;
    let id: Id = id.parse().map_err(|error: crate::record::IdError| {
        let at = section.entry("id").map_or(&section.at, |entry| &entry.node.at);
        at.error("`waiver.id` is not an id", error.to_string(), "copy the id from a report or from `probity list`")
    })?;
    let reason = text("reason", "add `reason = \"...\"`: why it is accepted for now")?.to_owned();
    let owner = text("owner", "add `owner = \"...\"`: who answers for it")?.to_owned();
    let Some(entry) = section.entry("expires") else {
        return Err(section.missing("expires", "add `expires = 2030-01-31`: the last day on which it holds"));
    };
    let date = match &entry.node.kind {
        Kind::Date(date) | Kind::Text(date) => NaiveDate::parse_from_str(date, "%Y-%m-%d").ok(),
        _ => None,
    };
    let expires = date.ok_or_else(|| {
        entry.node.at.error(
            "`waiver.expires` is not a day",
            "expected a date without a time",
            "write it as year-month-day, for example `expires = 2030-01-31`",
        )
    })?;
    Ok(Waiver { id, reason, owner, expires })
}
