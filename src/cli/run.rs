//! `probity run`: scenarios against a target, reports, and the gate's exit code.

use super::profiles::library;
use super::progress::Display;
use super::setting::Setting;
use super::{Exit, TargetArguments, output};
use crate::http::Door;
use crate::profile::Library;
use crate::record::{Entry, FailOn, Gate, Ledger, Run, RunStart, SCHEMA_VERSION, TargetRecord, Waiver};
use crate::report::{self, Format, Look};
use crate::suite::{self, Catalogue, Plan};
use crate::target::{self, Target};
use chrono::Utc;
use clap::Args;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

/// The journal's name in the folder of a run.
pub(super) const JOURNAL: &str = "journal.jsonl";

#[derive(Args)]
pub(super) struct RunArguments {
    /// Scenario ids, dotted prefixes of ids, or @tags; everything when none is given.
    #[arg(value_name = "ID|PREFIX|@TAG")]
    wanted: Vec<String>,
    #[command(flatten)]
    target: TargetArguments,
    /// What makes the run fail (exit 1).
    #[arg(long, value_name = "RULE", default_value = "fail", value_parser = ["fail", "warn", "skip", "high", "critical", "never"])]
    fail_on: String,
    /// Reports to write; may be repeated.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', default_value = "console,html,junit,json", value_parser = ["console", "html", "junit", "json"])]
    format: Vec<String>,
    /// Folder for the reports [default: reports/ID-OF-THE-RUN].
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Scenarios under way at the same time [default: four times the target's limits.concurrency, which bounds requests].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: Option<u16>,
    /// Print nothing but errors and where the report is.
    #[arg(long, short)]
    quiet: bool,
    /// Run intrusive scenarios on a production target that permits them in its configuration.
    #[arg(long)]
    intrusive: bool,
    /// Take the feature files below this folder instead of the built-in ones.
    #[arg(long, value_name = "FOLDER")]
    features: Option<PathBuf>,
    /// A folder of compiled profiles that data is held to [default: the embedded US Core 6.1.0].
    #[arg(long, value_name = "FOLDER")]
    profiles: Option<PathBuf>,
    /// Known failures that somebody answers for [default: probity-waivers.toml beside the configuration, if there is one].
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
}

/// What one run of the suite gave: its entries, and whether it ended early.
pub(super) struct Outcome {
    pub(super) entries: Vec<Entry>,
}

pub(super) async fn run(arguments: RunArguments) -> Exit {
    let library = match library(arguments.profiles.as_deref()) {
        Ok(opened) => opened.kept(),
        Err((exit, text)) => return output::fail(exit, &text),
    };
    let other = arguments.profiles.is_some().then_some(library);
    let catalogue = match catalogue(arguments.features.as_deref(), other) {
        Ok(catalogue) => catalogue,
        Err(exit) => return exit,
    };
    let selected = match catalogue.select(&arguments.wanted) {
        Ok(selected) => selected,
        Err(unknown) => return output::fail(Exit::NothingSelected, &unknown.to_string()),
    };
    let setting = match Setting::find(&arguments.target).await {
        Ok(setting) => setting,
        Err(exit) => return exit,
    };
    let waivers = match waivers(arguments.waivers.as_deref(), &setting.folder) {
        Ok(waivers) => waivers,
        Err(exit) => return exit,
    };
    let start = begin(&setting.target, &catalogue, &arguments.wanted, selected.len());
    let folder = arguments.out.clone().unwrap_or_else(|| Path::new("reports").join(&start.id));
    let journal = match std::fs::create_dir_all(&folder).and_then(|()| File::create(folder.join(JOURNAL))) {
        Ok(journal) => journal,
        Err(error) => {
            return output::fail(Exit::Usage, &format!("cannot write to {}: {error}", folder.display()));
        }
    };
    let concurrency = arguments.concurrency.map_or(scenarios_at_once(&setting.target), usize::from);
    let display = Rc::new(Display::new(selected.len(), arguments.quiet));
    let shown = Rc::clone(&display);
    let observer = Box::new(move |progress| shown.show(&progress));
    let stage =
        Stage { target: Arc::clone(&setting.target), intrusive: arguments.intrusive, library, concurrency, observer };
    let outcome = match perform(&catalogue, &selected, start, Some(journal), stage).await {
        Ok(outcome) => outcome,
        Err(what) => return output::fail(Exit::Bug, &what),
    };
    drop(display);
    let fail_on = fail_on(&arguments.fail_on);
    let Some(run) = judged(outcome.entries, &waivers, fail_on) else {
        return output::fail(Exit::Bug, "the journal of the run holds no start");
    };
    let formats: Vec<Format> = arguments.format.iter().filter_map(|name| name.parse().ok()).collect();
    write_reports(&run, &folder, &formats, arguments.quiet).unwrap_or_else(|| Exit::of(&run))
}

/// The features to run.
///
/// # Errors
/// How the process ends; the reason has been printed.
///
/// `other` profiles put their tables in the place of those in the features.
pub(super) fn catalogue(folder: Option<&Path>, other: Option<&Library>) -> Result<Catalogue, Exit> {
    match (folder, other) {
        (None, None) => Catalogue::embedded().map_err(|error| output::fail(Exit::Bug, &error.to_string())),
        (None, Some(library)) => {
            Catalogue::derived(library).map_err(|error| output::fail(Exit::Usage, &error.to_string()))
        }
        (Some(folder), other) => {
            Catalogue::from_folder(folder, other).map_err(|error| output::fail(Exit::Usage, &error.to_string()))
        }
    }
}

fn waivers(named: Option<&Path>, folder: &Path) -> Result<Vec<Waiver>, Exit> {
    let default = folder.join("probity-waivers.toml");
    let path = named.unwrap_or(&default);
    if named.is_none() && !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| output::fail(Exit::Usage, &format!("cannot read {}: {error}", path.display())))?;
    target::waivers(&text, path).map_err(|error| output::refuse(&error))
}

/// The start of a run: who, what, when.
pub(super) fn begin(target: &Target, catalogue: &Catalogue, wanted: &[String], planned: usize) -> RunStart {
    let started = Utc::now();
    RunStart {
        schema_version: SCHEMA_VERSION,
        id: format!("{}-{}", started.format("%Y%m%dT%H%M%S%3fZ"), target.name),
        probity: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        target: TargetRecord {
            name: target.name.clone(),
            preset: target.preset.clone(),
            fhir_base: target.fhir_base.to_string(),
            environment: target.environment.word().to_owned(),
            bodies: target.bodies.word().to_owned(),
        },
        selection: wanted.to_vec(),
        features_sha256: catalogue.digest().to_owned(),
        planned,
    }
}

/// Scenarios wait for one answer after another: so many of them keep as many requests under way as the target permits.
pub(super) fn scenarios_at_once(target: &Target) -> usize {
    4 * target.limits.concurrency as usize
}

/// What a performance needs besides its scenarios.
pub(super) struct Stage {
    pub(super) target: Arc<Target>,
    pub(super) intrusive: bool,
    pub(super) library: &'static Library,
    pub(super) concurrency: usize,
    pub(super) observer: Box<dyn Fn(suite::Progress)>,
}

/// Runs the suite; every entry goes to the journal as it happens, so that a killed run can still be rendered.
///
/// # Errors
/// A sentence when the tool itself is broken.
pub(super) async fn perform(
    catalogue: &Catalogue,
    selected: &[usize],
    start: RunStart,
    journal: Option<File>,
    stage: Stage,
) -> Result<Outcome, String> {
    let entries = Arc::new(Mutex::new(Vec::new()));
    let journal = journal.map(Mutex::new);
    let kept = Arc::clone(&entries);
    let ledger = Ledger::new(Box::new(move |entry| {
        if let (Some(journal), Ok(mut line)) = (&journal, serde_json::to_vec(entry)) {
            line.push(b'\n');
            // A full disk must not end the run; the report at its end says what it knows.
            let _ = journal.lock().unwrap_or_else(PoisonError::into_inner).write_all(&line);
        }
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(entry.clone());
    }));
    ledger.write(&Entry::Start(Box::new(start)));
    let door = Door::open(&stage.target, ledger.clone())?;
    let plan = Plan {
        target: stage.target,
        ledger: ledger.clone(),
        door,
        intrusive: stage.intrusive,
        library: stage.library,
        concurrency: stage.concurrency,
        observer: stage.observer,
    };
    let interrupted = tokio::select! {
        ended = suite::run(catalogue, selected, plan) => { ended?; false }
        _ = tokio::signal::ctrl_c() => true,
    };
    ledger.write(&Entry::End { finished: Utc::now(), interrupted, saved: ledger.saved() });
    let entries = entries.lock().map(|mut entries| std::mem::take(&mut *entries)).unwrap_or_default();
    Ok(Outcome { entries })
}

/// The run of these entries, with waivers applied and the gate judged.
pub(super) fn judged(entries: Vec<Entry>, waivers: &[Waiver], fail_on: FailOn) -> Option<Run> {
    let mut run = Run::from_journal(entries)?;
    run.waiver_failures = Waiver::apply(waivers, &mut run.scenarios, Utc::now().date_naive());
    run.gate = Gate::judge(&run, fail_on);
    Some(run)
}

pub(super) fn fail_on(word: &str) -> FailOn {
    match word {
        "warn" => FailOn::Warn,
        "skip" => FailOn::Skip,
        "high" => FailOn::High,
        "critical" => FailOn::Critical,
        "never" => FailOn::Never,
        _ => FailOn::Fail,
    }
}

/// Writes the reports and prints the console one; `Some` when a file could not be written.
pub(super) fn write_reports(run: &Run, folder: &Path, formats: &[Format], quiet: bool) -> Option<Exit> {
    let mut written = Vec::new();
    for format in formats {
        let rendered = match report::render(run, *format, Look::default()) {
            Ok(bytes) => bytes,
            Err(error) => return Some(output::fail(Exit::Bug, &format!("cannot render the {format} report: {error}"))),
        };
        let path = folder.join(format.file_name());
        if let Err(error) = std::fs::write(&path, rendered) {
            return Some(output::fail(Exit::Usage, &format!("cannot write {}: {error}", path.display())));
        }
        written.push(path);
    }
    if !quiet {
        let width = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(100);
        if let Ok(text) = report::render(run, Format::Console, Look { color: output::colour(), width }) {
            output::print(&String::from_utf8_lossy(&text));
        }
    }
    for path in written {
        output::print(&format!("report: {}\n", path.display()));
    }
    None
}
