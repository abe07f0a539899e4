//! `probity report`: the reports of an earlier run again, from `run.json` or, for a killed run, from its journal.

use super::run::{JOURNAL, fail_on, write_reports};
use super::{Exit, output};
use crate::record::{Gate, Run};
use crate::report::{self, Format};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct ReportArguments {
    /// The folder of a run, its run.json, or its journal.jsonl.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Reports to write; may be repeated.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', default_value = "console,html,junit,json", value_parser = ["console", "html", "junit", "json"])]
    format: Vec<String>,
    /// Folder for the reports [default: the run's own].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Judge the run by this rule instead of its own.
    #[arg(long, value_name = "RULE", value_parser = ["fail", "warn", "skip", "high", "critical", "never"])]
    fail_on: Option<String>,
    /// Print nothing but errors and where the reports are.
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn report(arguments: &ReportArguments) -> Exit {
    let (mut run, home) = match read(&arguments.run) {
        Ok(found) => found,
        Err(what) => return output::fail(Exit::Usage, &what),
    };
    if let Some(rule) = &arguments.fail_on {
        run.gate = Gate::judge(&run, fail_on(rule));
    }
    let folder = arguments.out.clone().unwrap_or(home);
    if let Err(error) = std::fs::create_dir_all(&folder) {
        return output::fail(Exit::Usage, &format!("cannot write to {}: {error}", folder.display()));
    }
    let formats: Vec<Format> = arguments.format.iter().filter_map(|name| name.parse().ok()).collect();
    write_reports(&run, &folder, &formats, arguments.quiet).unwrap_or_else(|| Exit::of(&run))
}

/// A finished run has a `run.json`; a killed one only has its journal.
fn read(path: &Path) -> Result<(Run, PathBuf), String> {
    let file = if path.is_dir() {
        let whole = path.join(Format::Json.file_name());
        if whole.exists() { whole } else { path.join(JOURNAL) }
    } else {
        path.to_path_buf()
    };
    let bytes = std::fs::read(&file).map_err(|error| {
        format!(
            "cannot read {}: {error}\n  help: name the folder of a run, as `probity run` printed it",
            file.display()
        )
    })?;
    let is_journal = file.extension().is_some_and(|extension| extension == "jsonl");
    let run = if is_journal { report::read_journal(&bytes) } else { report::read(&bytes) };
    let run = run.map_err(|error| format!("{}: {error}", file.display()))?;
    Ok((run, file.parent().map(Path::to_path_buf).unwrap_or_default()))
}
