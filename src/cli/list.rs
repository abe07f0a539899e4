//! `probity list`: what there is to run.

use super::profiles::library;
use super::words::one_of;
use super::{Exit, output, run};
use crate::suite::Scenario;
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct ListArguments {
    /// Scenario ids, dotted prefixes of ids, or @tags, also joined: '@security and not pkce'. Everything when none is given.
    #[arg(value_name = "ID|PREFIX|@TAG")]
    wanted: Vec<String>,
    /// Add the feature files below this folder to the built-in ones.
    #[arg(long, value_name = "FOLDER")]
    features: Option<PathBuf>,
    /// A folder of compiled profiles: list what is examined of their guide [default: the embedded US Core 6.1.0].
    #[arg(long, value_name = "FOLDER")]
    profiles: Option<PathBuf>,
    /// How the answer is written.
    #[arg(long, default_value = "text", value_parser = one_of(&["text", "json"], |word| word))]
    format: &'static str,
}

pub(super) fn list(arguments: &ListArguments) -> Exit {
    let library = match library(arguments.profiles.as_deref()) {
        Ok(opened) => opened,
        Err((exit, text)) => return output::fail(exit, &text),
    };
    let other = arguments.profiles.is_some().then(|| library.get());
    let catalogue = match run::catalogue(arguments.features.as_deref(), other) {
        Ok(catalogue) => catalogue,
        Err(exit) => return exit,
    };
    let selected = match catalogue.select(&arguments.wanted) {
        Ok(selected) => selected,
        Err(error) => return run::unselected(&error),
    };
    if arguments.format == "json" {
        let all: Vec<Value> = selected.into_iter().map(|at| described(&catalogue.scenarios()[at])).collect();
        output::print(&format!("{:#}\n", Value::from(all)));
        return Exit::Passed;
    }
    let mut text = String::new();
    for at in selected {
        let scenario = &catalogue.scenarios()[at];
        let requirement = &scenario.requirement;
        let severity = requirement.severity.map_or("", |severity| severity.word());
        let _ =
            writeln!(text, "{:<48} {:<6} {severity:<8} {}", requirement.id, requirement.strength.word(), scenario.name);
    }
    output::print(&text);
    Exit::Passed
}

/// A scenario and its requirement, for programs.
pub(super) fn described(scenario: &Scenario) -> Value {
    let steps = scenario.steps.iter().map(|(keyword, text)| json!({ "keyword": keyword, "text": text }));
    json!({
        "requirement": scenario.requirement,
        "name": scenario.name,
        "feature": scenario.feature,
        "file": scenario.file,
        "line": scenario.line,
        "tags": scenario.tags,
        "steps": steps.collect::<Vec<_>>(),
    })
}
