//! `probity report`: the reports of an earlier run again, from `run.json` or, for a killed run, from its journal.

use super::folder::JOURNAL;
use super::run::finish;
use super::words::one_of;
use super::{Exit, output};
use crate::record::{Baseline, FailOn, Gate, Run};
use crate::report::{self, Format};
use crate::suite::Catalogue;
use clap::Args;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct ReportArguments {
    /// The folder of a run, its run.json, or its journal.jsonl.
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Reports to write; may be repeated.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', default_values = Format::USUAL.map(Format::word), value_parser = one_of(&Format::ALL, Format::word))]
    format: Vec<Format>,
    /// Folder for the reports [default: the run's own].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Judge the run by this rule instead of its own.
    #[arg(long, value_name = "RULE", value_parser = one_of(&FailOn::ALL, FailOn::word))]
    fail_on: Option<FailOn>,
    /// What must have been tested, in place of the run's own demands; may be repeated.
    #[arg(long, value_name = "ID|PREFIX|@TAG", value_delimiter = ',')]
    require: Vec<String>,
    /// An older run whose failures do not count again: its folder, its run.json or its journal.
    #[arg(long, value_name = "RUN")]
    baseline: Option<PathBuf>,
    /// Print nothing but errors and where the reports are.
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn report(arguments: &ReportArguments) -> Exit {
    let (mut run, home) = match read(&arguments.run) {
        Ok(found) => found,
        Err(what) => return output::fail(Exit::Usage, &what),
    };
    match arguments.baseline.as_deref().map(baseline).transpose() {
        Ok(older) => run.baseline = older.or(run.baseline),
        Err(what) => return output::fail(Exit::Usage, &what),
    }
    if arguments.fail_on.is_some() || !arguments.require.is_empty() || arguments.baseline.is_some() {
        let rule = arguments.fail_on.unwrap_or(run.gate.fail_on);
        let require = if arguments.require.is_empty() { run.gate.require.clone() } else { arguments.require.clone() };
        run.gate = Gate::judge(&run, rule, &require);
    }
    let folder = arguments.out.clone().unwrap_or(home);
    // Nobody interrupts this verb: the run that it shows was not finished.
    let exit = if run.interrupted { Exit::Inconclusive } else { Exit::of(&run) };
    finish(&run, &folder, &arguments.format, arguments.quiet, exit)
}

/// What an older run knows already.
pub(super) fn baseline(path: &Path) -> Result<Baseline, String> {
    read(path).map(|(older, _)| Baseline::of(&older))
}

/// The ids of what failed, warned or could not be tested in an older run, as far as there are such scenarios.
pub(super) fn failed(path: &Path, catalogue: &Catalogue) -> Result<Vec<String>, String> {
    let (older, _) = read(path)?;
    let there_is = |id: &&str| catalogue.scenarios().iter().any(|own| own.requirement.id.as_str() == *id);
    let wanted = older.scenarios.iter().filter(|own| own.broken().next().is_some() || own.is_inconclusive());
    let ids = wanted.map(|own| own.requirement.id.as_str()).filter(there_is);
    Ok(ids.map(str::to_owned).collect())
}

/// A finished run has a `run.json`, with its waivers and its gate; what was finished is the journal's word.
pub(super) fn read(path: &Path) -> Result<(Run, PathBuf), String> {
    if !path.is_dir() {
        let home = path.parent().map(Path::to_path_buf).unwrap_or_default();
        return Ok((read_file(path)?, home));
    }
    let (whole, journal) = (path.join(Format::Json.file_name()), path.join(JOURNAL));
    let run = match (whole.exists(), journal.exists()) {
        (true, false) => read_file(&whole)?,
        (false, _) => read_file(&journal)?,
        (true, true) => {
            // Never both in memory: a run may be large.
            let (start, interrupted) = read_file(&journal).map(|told| (told.start, told.interrupted))?;
            match read_file(&whole) {
                Ok(run) if run.start == start => Run { interrupted: run.interrupted || interrupted, ..run },
                _ => {
                    output::note("probity: warning: run.json is of another run than the journal; the journal is taken");
                    read_file(&journal)?
                }
            }
        }
    };
    Ok((run, path.to_path_buf()))
}

fn read_file(file: &Path) -> Result<Run, String> {
    let source = File::open(file).map_err(|error| {
        format!(
            "cannot read {}: {error}\n  help: name the folder of a run, as `probity run` printed it",
            file.display()
        )
    })?;
    let place = |error: report::ReadError| format!("{}: {error}", file.display());
    if file.extension().is_none_or(|extension| extension != "jsonl") {
        return report::read(source).map_err(place);
    }
    let (run, unread) = report::read_journal(BufReader::new(source)).map_err(place)?;
    if let Some(first) = unread.first() {
        let which = format!("{} of its lines cannot be read, the first is line {first}", unread.len());
        output::note(&format!("probity: warning: {}: {which}; the run counts as not finished", file.display()));
    }
    Ok(run)
}
