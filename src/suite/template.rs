//! The features of a guide's resource types: one template, what differs between types, and the guide's compiled index.

use super::error::CatalogueError;
use super::sources::Sources;
use super::tables::{self, table};
use crate::profile::Library;
use crate::profile::compile::ResourceIndex;
use crate::search::{kebab, queried};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A feature of one type, as a person reads it; `{...}` are its placeholders.
const TEMPLATE: &str = include_str!("../../profiles/template/type.feature");
/// What differs between types.
const TYPES: &str = include_str!("../../profiles/template/types.toml");
/// The tag of a scenario in the template that is for some types only.
const WHEN: &str = "@when:";
/// The guide whose name the hand-written features cite.
const WRITTEN_FOR: &str = "US Core 6.1.0";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Types {
    /// What the feature of a type is about.
    description: BTreeMap<String, String>,
    scenario: Vec<Own>,
}

/// A scenario of one type alone.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    of: String,
    /// The shape that it follows in the feature: the first word of its id behind the type or group.
    after: String,
    /// The operation that the guide must define on the type.
    operation: Option<String>,
    text: String,
}

/// Writes the features of one guide.
pub(super) struct Renderer<'l> {
    library: &'l Library,
    types: Types,
    guide: String,
    version: String,
}

impl<'l> Renderer<'l> {
    pub(super) fn new(library: &'l Library) -> Result<Self, CatalogueError> {
        let types = toml::from_str(TYPES).map_err(|error| broken("types.toml", error.message().to_owned()))?;
        let (guide, version) = Sources::guide(library)?;
        Ok(Self { library, types, guide, version })
    }

    /// The features of all types that the guide demands something of, each with its path below `features/`.
    pub(super) fn features(&self) -> Result<Vec<(String, String)>, CatalogueError> {
        let demanded = self.library.index().resources.iter().filter(|(_, index)| demands(index));
        demanded.map(|(of, index)| Ok((format!("us-core/{}.feature", kebab(of)), self.feature(of, index)?))).collect()
    }

    fn feature(&self, of: &str, index: &ResourceIndex) -> Result<String, CatalogueError> {
        let mut blocks = TEMPLATE.trim_end().split("\n\n  @");
        let mut out = vec![blocks.next().unwrap_or_default().to_owned()];
        for block in blocks {
            if self.applies(block, of) {
                let tags = block.lines().next().unwrap_or_default();
                let kept: Vec<&str> = tags
                    .split(' ')
                    .filter(|tag| !format!("@{}", tag.trim_start_matches('@')).starts_with(WHEN))
                    .collect();
                let rest = block.strip_prefix(tags).unwrap_or_default();
                out.push(format!("@{}{rest}", kept.join(" ").trim_start_matches('@')));
            }
            let own = self.types.scenario.iter().filter(|own| own.of == of && own.after == shape(block));
            let known = own.filter(|own| own.operation.as_ref().is_none_or(|name| index.operations.contains_key(name)));
            out.extend(known.map(|own| own.text.trim().to_owned()));
        }
        let article = if of.starts_with(['A', 'E', 'I', 'O']) { "an" } else { "a" };
        let described = self.types.description.get(of);
        let description = described.map_or_else(|| format!("What the guide demands of {of}."), Clone::clone);
        let mut text = out.join("\n\n  ") + "\n";
        for (name, value) in [
            ("{description}", description.as_str()),
            ("{a Type}", &format!("{article} {of}")),
            ("{Type}", of),
            ("{type}", &kebab(of)),
            ("{Guide}", &self.guide),
            ("{version}", &self.version),
        ] {
            text = text.replace(name, value);
        }
        tables::rewritten(&text, self.library).map_err(|what| broken("type.feature", what))
    }

    /// Whether a scenario of the template says something of a type: its table has rows, and its condition holds.
    fn applies(&self, block: &str, of: &str) -> bool {
        let tags = block.lines().next().unwrap_or_default();
        let searches = queried(self.library, of);
        tags.split(' ').map(|tag| tag.trim_start_matches('@')).all(|tag| match tag.split_once(':') {
            Some(("table", name)) => table(self.library, of, name).is_some_and(|rows| rows.len() > 1),
            Some(("when", "searched")) => !searches.is_empty(),
            Some(("when", "searched-by-patient")) => {
                searches.iter().any(|(all, _)| all.split('+').any(|name| name == "patient"))
            }
            Some(("when", _)) => false,
            _ => true,
        })
    }

    /// A hand-written feature with the tables of the guide, and its name where it cites US Core.
    pub(super) fn adapted(&self, file: &str, text: &str) -> Result<String, CatalogueError> {
        let named = text.replace(WRITTEN_FOR, &format!("{} {}", self.guide, self.version));
        tables::rewritten(&named, self.library).map_err(|what| CatalogueError {
            file: file.to_owned(),
            line: 0,
            what,
            help: "name a table that the index gives".to_owned(),
        })
    }
}

/// Whether a guide demands something of a type, rather than naming it only.
fn demands(index: &ResourceIndex) -> bool {
    !index.profiles.is_empty() || !index.parameters.is_empty()
}

/// The word of a scenario's id that names its shape.
fn shape(block: &str) -> &str {
    let id = block.split_once("id:us-core.").map_or("", |(_, id)| id);
    let rest = id.split_once('.').map_or("", |(_, rest)| rest);
    rest.split(['.', '\n', ' ']).next().unwrap_or_default()
}

fn broken(file: &str, what: String) -> CatalogueError {
    super::catalogue::bug(&format!("profiles/template/{file}"), what)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_committed_features_are_what_the_template_renders() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("features");
        for (path, wanted) in super::super::rendered(Library::embedded()).unwrap() {
            let text = std::fs::read_to_string(folder.join(&path)).unwrap_or_default();
            assert_eq!(text, wanted, "{path}: run `probity profiles features features`");
        }
    }

    #[test]
    fn every_condition_and_every_own_scenario_of_the_template_is_used() {
        let library = Library::embedded();
        let all: String =
            Renderer::new(library).unwrap().features().unwrap().into_iter().map(|(_, text)| text).collect();
        for block in TEMPLATE.trim_end().split("\n\n  @").skip(1) {
            assert!(all.contains(block.lines().nth(2).unwrap().split('{').next().unwrap()), "{block}");
        }
        let types: Types = toml::from_str(TYPES).unwrap();
        for own in &types.scenario {
            assert!(all.contains(own.text.trim()), "{}", own.text);
        }
        assert!(!all.contains(WHEN));
        for of in types.description.keys() {
            assert!(library.index().resources.get(of).is_some_and(demands), "{of} has a description only");
        }
    }
}
