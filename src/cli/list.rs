//! `probity list`: what there is to run.

use super::{Exit, output, run};
use clap::Args;
use std::fmt::Write as _;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct ListArguments {
    /// Scenario ids, dotted prefixes of ids, or @tags; everything when none is given.
    #[arg(value_name = "ID|PREFIX|@TAG")]
    wanted: Vec<String>,
    /// Take the feature files below this folder instead of the built-in ones.
    #[arg(long, value_name = "FOLDER")]
    features: Option<PathBuf>,
}

pub(super) fn list(arguments: &ListArguments) -> Exit {
    let catalogue = match run::catalogue(arguments.features.as_deref(), None) {
        Ok(catalogue) => catalogue,
        Err(exit) => return exit,
    };
    let selected = match catalogue.select(&arguments.wanted) {
        Ok(selected) => selected,
        Err(unknown) => return output::fail(Exit::NothingSelected, &unknown.to_string()),
    };
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
