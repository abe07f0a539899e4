//! The requirements: entries of their own, and families whose members are rows of Examples.

use super::catalogue::bug;
use super::error::CatalogueError;
use super::sources::{self, Citation, Sources};
use crate::profile::Library;
use crate::record::{Id, Requirement, Severity, Source, Strength};
use serde::Deserialize;
use std::collections::BTreeMap;

const FILES: &[(&str, &str)] = &[
    ("every-answer.toml", include_str!("../../profiles/requirements/every-answer.toml")),
    ("isolation.toml", include_str!("../../profiles/requirements/isolation.toml")),
    ("attestations.toml", include_str!("../../profiles/requirements/attestations.toml")),
    ("certification.toml", include_str!("../../profiles/requirements/certification.toml")),
    ("transport.toml", include_str!("../../profiles/requirements/transport.toml")),
    ("scope-matrix.toml", include_str!("../../profiles/requirements/scope-matrix.toml")),
    ("extensions.toml", include_str!("../../profiles/requirements/extensions.toml")),
    ("errands.toml", include_str!("../../profiles/requirements/errands.toml")),
    ("robustness.toml", include_str!("../../profiles/requirements/robustness.toml")),
    ("sign-in.toml", include_str!("../../profiles/requirements/sign-in.toml")),
    ("smart.toml", include_str!("../../profiles/requirements/smart.toml")),
    ("us-core.toml", include_str!("../../profiles/requirements/us-core.toml")),
    ("us-core-families.toml", include_str!("../../profiles/requirements/us-core-families.toml")),
    ("security.toml", include_str!("../../profiles/requirements/security.toml")),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    requirement: Vec<Entry>,
    #[serde(default)]
    family: Vec<Family>,
}

/// A requirement as its file writes it: the same as [`Requirement`], but its sources are keys.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Id,
    strength: Strength,
    severity: Option<Severity>,
    text: String,
    advice: Option<String>,
    #[serde(default)]
    g10: Vec<String>,
    #[serde(rename = "source")]
    citations: Vec<Citation>,
}

/// One requirement for every row of a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    /// The ids of its members: `*` stands for one dotted part.
    ids: String,
    /// How strongly it is demanded; the row's `strength` where it is not said here.
    strength: Option<Strength>,
    /// How much harm it does when one does not hold.
    severity: Option<Severity>,
    /// The demand; `<column>` stands for the row's cell.
    text: String,
    /// What to do when it does not hold.
    advice: Option<String>,
    /// Steps of the (g)(10) procedure that a SHALL member is evidence for.
    #[serde(default)]
    g10: Vec<String>,
    /// Members that the (g)(10) procedure leaves out: the second part of their ids.
    #[serde(default)]
    beyond_g10: Vec<String>,
    #[serde(rename = "source")]
    citations: Vec<Citation>,
    /// What the citations stand for.
    #[serde(skip)]
    sources: Vec<Source>,
}

/// Every requirement that there is.
pub(super) struct Requirements {
    own: BTreeMap<Id, Requirement>,
    families: Vec<Family>,
}

impl Requirements {
    /// Reads the embedded files; `library` says which version of its guide they cite.
    pub(super) fn read(library: &Library) -> Result<Self, CatalogueError> {
        let sources = Sources::read(library)?;
        let (mut own, mut families) = (BTreeMap::new(), Vec::new());
        for (file, text) in FILES {
            let read: File = sources::parse(file, text)?;
            for mut family in read.family {
                family.sources = sources.resolve(file, text, &family.citations)?;
                families.push(family);
            }
            for entry in read.requirement {
                let requirement = Requirement {
                    sources: sources.resolve(file, text, &entry.citations)?,
                    id: entry.id.clone(),
                    strength: entry.strength,
                    severity: entry.severity,
                    text: entry.text,
                    g10: entry.g10,
                    advice: entry.advice,
                };
                if own.insert(entry.id.clone(), requirement).is_some() {
                    return Err(bug(file, format!("the requirement `{}` is there twice", entry.id)));
                }
            }
        }
        sources.all_cited()?;
        Ok(Self { own, families })
    }

    /// The texts that requirements come from.
    pub(super) fn texts() -> impl Iterator<Item = &'static str> {
        FILES.iter().map(|(_, text)| *text).chain([sources::TEXT])
    }

    /// The ids of those that stand for themselves.
    #[cfg(test)]
    pub(super) fn ids(&self) -> impl Iterator<Item = &Id> {
        self.own.keys()
    }

    /// The requirement `id`, whose scenario is the row `cells` of a table.
    pub(super) fn of(&self, id: &Id, cells: &[(String, String)]) -> Option<Requirement> {
        if let Some(own) = self.own.get(id) {
            return Some(own.clone());
        }
        let family = self.families.iter().find(|family| matches(&family.ids, id.as_str()))?;
        let cell = |name: &str| cells.iter().find(|(column, _)| column == name).map(|(_, cell)| cell.as_str());
        let strength = family.strength.or_else(|| match cell("strength")? {
            "SHALL" => Some(Strength::Shall),
            "SHOULD" => Some(Strength::Should),
            _ => Some(Strength::May),
        })?;
        let about = id.as_str().split('.').nth(1).unwrap_or_default();
        let filled = |text: &str| {
            let filled =
                cells.iter().fold(text.to_owned(), |text, (column, cell)| text.replace(&format!("<{column}>"), cell));
            filled.replace("<about>", about)
        };
        let counts = strength == Strength::Shall && !family.beyond_g10.iter().any(|name| name == about);
        Some(Requirement {
            id: id.clone(),
            strength,
            severity: family.severity,
            text: filled(&family.text),
            sources: family.sources.clone(),
            g10: if counts { family.g10.clone() } else { Vec::new() },
            advice: family.advice.as_deref().map(filled),
        })
    }
}

fn matches(pattern: &str, id: &str) -> bool {
    let (wanted, own): (Vec<&str>, Vec<&str>) = (pattern.split('.').collect(), id.split('.').collect());
    wanted.len() == own.len() && wanted.iter().zip(own).all(|(wanted, own)| *wanted == "*" || *wanted == own)
}
