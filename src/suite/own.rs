//! A user's own features and requirements: read from a folder, added to the built-in ones.

use super::error::CatalogueError;
use crate::record::{Id, Requirement};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// What a folder holds.
#[derive(Default)]
pub(super) struct Own {
    /// Path and text of each feature file.
    pub(super) files: Vec<(String, String)>,
    /// The requirements that its `.toml` files describe.
    pub(super) requirements: BTreeMap<Id, Requirement>,
    /// The texts of those files, for the digest.
    pub(super) texts: Vec<String>,
    /// Where each requirement is described.
    places: BTreeMap<Id, (String, usize)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    requirement: Vec<toml::Spanned<Requirement>>,
}

impl Own {
    /// Reads every `.feature` and `.toml` file below `folder`.
    ///
    /// # Errors
    /// [`CatalogueError`] with the place and the next step.
    pub(super) fn read(folder: &Path) -> Result<Self, CatalogueError> {
        let fail = |what: String| CatalogueError {
            file: folder.display().to_string(),
            line: 0,
            what,
            help: "name a folder with .feature files".to_owned(),
        };
        let mut own = Self::default();
        let mut folders = vec![folder.to_path_buf()];
        while let Some(next) = folders.pop() {
            let entries = std::fs::read_dir(&next).map_err(|error| fail(format!("cannot read the folder: {error}")))?;
            let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
            paths.sort();
            for path in paths {
                let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
                if path.is_dir() {
                    folders.push(path);
                } else if matches!(kind, "feature" | "toml") {
                    let text = std::fs::read_to_string(&path)
                        .map_err(|error| fail(format!("cannot read {}: {error}", path.display())))?;
                    match kind {
                        "feature" => own.files.push((path.display().to_string(), text)),
                        _ => own.describe(&path.display().to_string(), text)?,
                    }
                }
            }
        }
        own.files.sort();
        if own.files.is_empty() {
            return Err(fail("there is no feature file".to_owned()));
        }
        Ok(own)
    }

    /// Takes the requirements of one file.
    fn describe(&mut self, file: &str, text: String) -> Result<(), CatalogueError> {
        let line_of = |at: usize| text.get(..at).map_or(0, |before| before.matches('\n').count() + 1);
        let fail = |line: usize, what: String, help: &str| CatalogueError {
            file: file.to_owned(),
            line,
            what,
            help: help.to_owned(),
        };
        let read: File = toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(0, |span| line_of(span.start));
            fail(line, error.message().to_owned(), "docs/features.md shows how a requirement is written")
        })?;
        for entry in read.requirement {
            let line = line_of(entry.span().start);
            let requirement = entry.into_inner();
            if requirement.sources.is_empty() {
                let what = format!("the requirement `{}` names no source", requirement.id);
                return Err(fail(line, what, "say where it is demanded: source = [{ specification = \"...\" }]"));
            }
            let id = requirement.id.clone();
            if let Some((first, at)) = self.places.insert(id.clone(), (file.to_owned(), line)) {
                let what = format!("the requirement `{id}` is there twice, first in {first}:{at}");
                return Err(fail(line, what, "describe it once"));
            }
            self.requirements.insert(id, requirement);
        }
        self.texts.push(text);
        Ok(())
    }

    /// Whether each requirement has a scenario; `has` tells which ids have one.
    pub(super) fn all_examined(&self, has: impl Fn(&str) -> bool) -> Result<(), CatalogueError> {
        let lost = self.places.iter().find(|(id, _)| !has(id.as_str()));
        lost.map_or(Ok(()), |(id, (file, line))| {
            Err(CatalogueError {
                file: file.clone(),
                line: *line,
                what: format!("no scenario examines the requirement `{id}`"),
                help: format!("tag a scenario with @id:{id}, or take the requirement out"),
            })
        })
    }
}
