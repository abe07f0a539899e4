//! One feature file: parsed, its outlines expanded, its steps looked up.

use super::error::CatalogueError;
use crate::profile::Library;
use crate::steps::{World, phrases};
use cucumber::feature::Ext as _;
use cucumber::gherkin::{Feature, GherkinEnv, Scenario, Step};
use cucumber::step::Collection;
use std::path::PathBuf;

/// Parses a feature, expands its outlines, and forms the ids of outline rows from their cells.
/// `library` puts the tables of its index in the place of the file's own.
pub(super) fn parse(file: &str, text: &str, library: Option<&Library>) -> Result<Feature, CatalogueError> {
    let fail = |line: usize, what: String, help: &str| CatalogueError {
        file: file.to_owned(),
        line,
        what,
        help: help.to_owned(),
    };
    let mut feature = Feature::parse(text, GherkinEnv::default()).map_err(|error| {
        fail(
            line_of(&error.to_string()),
            format!("not Gherkin: {error}"),
            "see https://cucumber.io/docs/gherkin/reference",
        )
    })?;
    feature.path = Some(PathBuf::from(file));
    if let Some(library) = library {
        super::tables::replace(&mut feature, library);
    }
    let mut feature = feature.expand_examples().map_err(|error| {
        fail(
            error.pos.line,
            format!("no column `{}` in the Examples", error.name),
            "name a column of the table in <...>",
        )
    })?;
    let nested = feature.rules.iter_mut().flat_map(|rule| &mut rule.scenarios);
    for scenario in feature.scenarios.iter_mut().chain(nested) {
        let cells = cells(scenario);
        for tag in &mut scenario.tags {
            for (column, cell) in &cells {
                *tag = tag.replace(&format!("<{column}>"), cell);
            }
        }
    }
    Ok(feature)
}

/// The row of an expanded outline: columns and cells.
pub(super) fn cells(scenario: &Scenario) -> Vec<(String, String)> {
    let rows = scenario.examples.first().and_then(|examples| examples.table.as_ref()).map(|table| &table.rows);
    match rows.map(Vec::as_slice) {
        Some([columns, cells]) => columns.iter().cloned().zip(cells.iter().cloned()).collect(),
        _ => Vec::new(),
    }
}

/// The parser gives its place in its message only.
fn line_of(message: &str) -> usize {
    let digits: String = message.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

pub(super) fn check_step(steps: &Collection<World>, file: &str, step: &Step) -> Result<(), CatalogueError> {
    let fail =
        |what: String, help: String| CatalogueError { file: file.to_owned(), line: step.position.line, what, help };
    match steps.find(step) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => {
            let nearest = phrases()
                .into_iter()
                .map(|phrase| phrase.readable())
                .map(|phrase| (strsim::sorensen_dice(&phrase, &step.value), phrase))
                .max_by(|a, b| a.0.total_cmp(&b.0));
            let help = nearest.map_or_else(String::new, |(_, phrase)| format!("the nearest phrase is `{phrase}`; "));
            Err(fail(
                format!("no phrase matches the step `{:?} {}`", step.ty, step.value),
                format!("{help}`probity steps` lists all"),
            ))
        }
        Err(_) => Err(fail(
            format!("several phrases match the step `{}`", step.value),
            "this is a bug of probity; please report it".to_owned(),
        )),
    }
}
