//! `probity run`: scenarios against a target, reports, and the gate's exit code.

use super::folder::{self, Journal};
use super::profiles::library;
use super::progress::{Display, lasts};
use super::setting::Setting;
use super::words::one_of;
use super::{Exit, TargetArguments, attest, output, park, store, waivers};
use crate::profile::Library;
use crate::record::{Attestation, Baseline, Entry, FailOn, Id, Provenance, Run, Shard, Verdict, Waiver};
use crate::report::{self, Format, Look};
use crate::suite::{self, Catalogue, Event, Plan, SelectionError};
use crate::target::{self, Login, Target};
use chrono::{NaiveDate, Utc};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

#[derive(Args)]
pub(super) struct RunArguments {
    /// Scenario ids, dotted prefixes of ids, or @tags, also joined: '@security and not pkce'. Everything when none is given.
    #[arg(value_name = "ID|PREFIX|@TAG")]
    wanted: Vec<String>,
    #[command(flatten)]
    pub(super) target: TargetArguments,
    /// Examine every target of the configuration, one after another; the reports of each go into a folder of its name.
    #[arg(long, conflicts_with_all = ["target", "baseline", "failed_from"])]
    all_targets: bool,
    /// Run it so many times, and tell what is not the same each time; the reports of each are in a folder of its number.
    #[arg(long, value_name = "N", conflicts_with_all = ["all_targets", "shard"], value_parser = clap::value_parser!(u16).range(2..=1000))]
    repeat: Option<u16>,
    /// Run one part of what is selected, such as 2/4, or 1+1/4 where parts are counted from 0; `probity merge` puts them together.
    #[arg(long, value_name = "I/N", conflicts_with_all = ["fail_fast", "failed_from"])]
    shard: Option<Shard>,
    /// What makes the run fail (exit 1).
    #[arg(long, value_name = "RULE", default_value = FailOn::Fail.word(), value_parser = one_of(&FailOn::ALL, FailOn::word))]
    fail_on: FailOn,
    /// What must be tested wherever it applies, besides what the target requires: not configured or blocked fails the run.
    #[arg(long, value_name = "ID|PREFIX|@TAG", value_delimiter = ',')]
    require: Vec<String>,
    /// Reports to write; may be repeated.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', default_values = Format::USUAL.map(Format::word), value_parser = one_of(&Format::ALL, Format::word))]
    format: Vec<Format>,
    /// Folder for the reports [default: reports/ID-OF-THE-RUN].
    #[arg(long, value_name = "FOLDER")]
    pub(super) out: Option<PathBuf>,
    /// Scenarios under way at the same time [default: four times the target's limits.concurrency, which bounds requests].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: Option<u16>,
    /// Print nothing but errors and where the report is.
    #[arg(long, short)]
    quiet: bool,
    /// Ask nobody: a target at which a person signs in is refused.
    #[arg(long)]
    non_interactive: bool,
    /// Run intrusive scenarios on a production target that permits them in its configuration.
    #[arg(long)]
    intrusive: bool,
    /// Try every way to ask for another's record in every form, for every type [default: every form once, and every type once].
    #[arg(long)]
    thorough: bool,
    /// Add the feature files below this folder to the built-in ones [default: the target's `features`].
    #[arg(long, value_name = "FOLDER")]
    pub(super) features: Option<PathBuf>,
    /// A folder of compiled profiles that data is held to [default: the embedded US Core 6.1.0].
    #[arg(long, value_name = "FOLDER")]
    profiles: Option<PathBuf>,
    /// Known failures that somebody answers for [default: probity-waivers.toml beside the configuration, if there is one].
    #[arg(long, value_name = "FILE")]
    pub(super) waivers: Option<PathBuf>,
    /// An older run whose failures do not count again: its folder, its run.json or its journal.
    #[arg(long, value_name = "RUN")]
    baseline: Option<PathBuf>,
    /// Run only what failed, warned or could not be tested in an older run.
    #[arg(long, value_name = "RUN", conflicts_with = "wanted")]
    failed_from: Option<PathBuf>,
    /// Keep the tokens of what can be tested once they have expired, encrypted by PROBITY_PARKING_KEY; --resume goes on with it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all_targets", "repeat", "shard"])]
    park: Option<PathBuf>,
    /// Go on with what an earlier run has kept: test what waited for its tokens to expire, and nothing else.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["all_targets", "repeat", "shard", "wanted", "failed_from", "park"])]
    resume: Option<PathBuf>,
    /// Stop at the first failure that neither a waiver nor the baseline knows.
    #[arg(long)]
    fail_fast: bool,
    /// What people answer for [default: probity-attestations.toml beside the configuration, if there is one].
    #[arg(long, value_name = "FILE")]
    pub(super) attestations: Option<PathBuf>,
    /// Run again whenever the configuration, waivers, attestations or own features change, and tell what came out differently.
    #[arg(long, conflicts_with_all = ["all_targets", "repeat", "shard", "park", "resume", "store"])]
    watch_config: bool,
    /// Copy the reports to an object store as well: s3://, gs:// or az:// with a bucket and a path, or file:// with a folder.
    #[arg(long, value_name = "URL", requires = "out")]
    store: Option<String>,
}

pub(super) async fn run(arguments: RunArguments) -> Exit {
    let (store, out) = (arguments.store.clone(), arguments.out.clone());
    store::kept(store, out, examined(arguments)).await
}

async fn examined(arguments: RunArguments) -> Exit {
    if arguments.all_targets {
        return super::fleet::all(arguments).await;
    }
    if let Some(times) = arguments.repeat {
        return super::fleet::repeated(arguments, times).await;
    }
    if arguments.watch_config {
        return super::tune::tuned(&arguments).await;
    }
    one(&arguments, &arguments.target, arguments.out.clone()).await.0
}

/// The run of one target, with its reports in `out`; the run itself where there was one.
pub(super) async fn one(
    arguments: &RunArguments,
    target: &TargetArguments,
    out: Option<PathBuf>,
) -> (Exit, Option<Run>) {
    let setting = match Setting::find(target).await {
        Ok(setting) => setting,
        Err(exit) => return (exit, None),
    };
    match prepared(arguments, &setting) {
        Ok(prepared) => perform(arguments, setting, prepared, out).await,
        Err(exit) => (exit, None),
    }
}

/// What a run is made with, read before its first request.
struct Prepared {
    plan: Plan,
    baseline: Option<Baseline>,
    waivers: Vec<Waiver>,
    attested: Vec<Attestation>,
    today: NaiveDate,
}

fn prepared(arguments: &RunArguments, setting: &Setting) -> Result<Prepared, Exit> {
    let library = library(arguments.profiles.as_deref()).map_err(|(exit, text)| output::fail(exit, &text))?.kept();
    let other = arguments.profiles.is_some().then_some(library);
    let features = arguments.features.as_ref().or(setting.target.features.as_ref());
    let catalogue = catalogue(features.map(PathBuf::as_path), other)?;
    let older = arguments.failed_from.as_deref().map(|older| super::report::failed(older, &catalogue));
    let wanted = match older.transpose().map_err(|what| output::fail(Exit::Usage, &what))? {
        None => arguments.wanted.clone(),
        Some(failed) if failed.is_empty() => {
            return Err(output::fail(Exit::NothingSelected, "nothing failed in that run that there still is"));
        }
        Some(failed) => failed,
    };
    let parking = park::parking(arguments.park.as_deref(), arguments.resume.as_deref(), setting)?;
    let wanted = if arguments.resume.is_some() { parking.brought.keys().cloned().collect() } else { wanted };
    let mut plan = Plan::new(catalogue, &wanted).map_err(|error| unselected(&error))?;
    plan.library = library;
    (plan.intrusive, plan.thorough) = (arguments.intrusive, arguments.thorough);
    plan.options = options(arguments);
    plan.parking = parking;
    plan.config = arguments.target.config.as_ref().map(|path| path.display().to_string());
    plan.provenance = provenance(&arguments.target);
    plan.concurrency = arguments.concurrency.map(usize::from);
    if arguments.non_interactive && matches!(setting.target.login, Login::Person(_)) {
        let text = "the target's login driver is `person`, and --non-interactive asks nobody\n  help: take the driver auto, \
                    form, browser or supplied in [login], or leave the flag out";
        return Err(output::fail(Exit::Usage, text));
    }
    let baseline = arguments.baseline.as_deref().map(super::report::baseline).transpose();
    let baseline = baseline.map_err(|what| output::fail(Exit::Usage, &what))?;
    let mut waivers = waivers::read(arguments.waivers.as_deref(), &setting.folder, plan.catalogue())?;
    let today = Utc::now().date_naive();
    let attested = attestations(arguments.attestations.as_deref(), &setting.folder, plan.catalogue(), today)?;
    if let Some(shard) = arguments.shard {
        // Of one target any scenario may stand alone; of many, those of an area share what the target was asked.
        let (name, areas) = (&setting.target.name, arguments.all_targets);
        plan.keep_part(shard, |id| match areas {
            true => format!("{name} {}", id.as_str().split('.').next().unwrap_or_default()),
            false => id.to_string(),
        });
        // A waiver of another part is not unused.
        waivers.retain(|own| plan.holds(&own.id));
    }
    Ok(Prepared { plan, baseline, waivers, attested, today })
}

async fn perform(
    arguments: &RunArguments,
    setting: Setting,
    prepared: Prepared,
    out: Option<PathBuf>,
) -> (Exit, Option<Run>) {
    let Prepared { plan, baseline, waivers, attested, today } = prepared;
    let folder = out.unwrap_or_else(|| Path::new("reports").join(plan.start(&setting.target).id));
    // Also where there is nothing to run: what an older run left there would be taken for this one.
    let cleared = folder::clear(&folder);
    if let Some(shard) = arguments.shard.filter(|_| plan.is_empty()) {
        output::note(&format!("part {shard} of {} holds nothing of what is selected", setting.target.name));
        return (cleared.map_or_else(|error| output::fail(Exit::Usage, &error.to_string()), |()| Exit::Passed), None);
    }
    let journal = match cleared.and_then(|()| Journal::create(&folder)) {
        Ok(journal) => Arc::new(journal),
        Err(error) => return (output::fail(Exit::Usage, &error.to_string()), None),
    };
    if !arguments.quiet {
        output::note(&announcement(&plan, &setting.target));
    }
    let display = Arc::new(Display::new(plan.len(), arguments.quiet));
    let (shown, kept) = (Arc::clone(&display), Arc::clone(&journal));
    let home = folder.clone();
    let enough = Arc::new(Notify::new());
    let failed_fast = Arc::new(AtomicBool::new(false));
    let (known, stop, stopped) = (baseline.clone().unwrap_or_default(), Arc::clone(&enough), Arc::clone(&failed_fast));
    let waived: Vec<Id> = waivers.iter().filter(|own| own.expires >= today).map(|own| own.id.clone()).collect();
    let fail_fast = arguments.fail_fast;
    let events = Arc::new(move |event: Event<'_>| {
        if let Event::Written(Entry::Scenario(scenario)) = event
            && fail_fast
            && scenario.verdict == Verdict::Fail
            && !known.knows(scenario)
            && !waived.contains(&scenario.requirement.id)
        {
            stopped.store(true, Ordering::Relaxed);
            stop.notify_one();
        }
        match event {
            Event::Written(entry) => kept.write(entry),
            Event::Settled(entries) => kept.settle(&home, entries),
            Event::Started(_) => {}
        }
        shown.show(event);
    });
    let stop = async move {
        tokio::select! {
            () = interrupt() => {}
            () = enough.notified() => {}
        }
    };
    let parking = Arc::clone(&plan.parking);
    let ran = suite::run(plan, Arc::clone(&setting.target), events, stop).await;
    display.finish();
    let base = setting.target.fhir_base.as_str();
    let unkept = arguments.park.as_deref().and_then(|path| park::write(path, &parking, base).err());
    if let Some(what) = unkept {
        output::note(&format!("probity: warning: nothing is kept for --resume: {what}"));
    }
    let mut run = match ran {
        Ok(run) => run,
        Err(error) => {
            let exit = if error.is_defect() { Exit::Bug } else { Exit::Usage };
            return (output::fail(exit, &error.to_string()), None);
        }
    };
    if let Some(what) = journal.trouble() {
        output::note(&format!("probity: warning: the journal is not whole: {what}"));
    }
    let require: Vec<String> = setting.target.require.iter().chain(&arguments.require).cloned().collect();
    Attestation::apply(&attested, &mut run, today);
    run.baseline = baseline;
    // What a part does not hold, another one does: the merged run is held to it.
    let demanded: &[String] = if arguments.shard.is_some() { &[] } else { &require };
    run.judge(&waivers, arguments.fail_on, demanded, today);
    run.gate.require = require;
    // A run that was to stop at a failure has failed; nobody has interrupted it.
    let has_failed = failed_fast.load(Ordering::Relaxed) && !run.gate.failures.is_empty();
    let exit = if has_failed { Exit::Failed } else { Exit::of(&run) };
    (finish(&run, &folder, &arguments.format, arguments.quiet, exit), Some(run))
}

/// How the process ends where a selection selects nothing; the reason is printed.
pub(super) fn unselected(error: &SelectionError) -> Exit {
    let exit = if let SelectionError::Malformed { .. } = error { Exit::Usage } else { Exit::NothingSelected };
    output::fail(exit, &error.to_string())
}

/// Ready when the user interrupts the process.
pub(super) async fn interrupt() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without the signal nobody can interrupt.
        std::future::pending::<()>().await;
    }
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
            Catalogue::with_own(folder, other).map_err(|error| output::fail(Exit::Usage, &error.to_string()))
        }
    }
}

/// What people answer for: in the file that was named, or in the one beside the configuration.
pub(super) fn attestations(
    named: Option<&Path>,
    folder: &Path,
    catalogue: &Catalogue,
    today: NaiveDate,
) -> Result<Vec<Attestation>, Exit> {
    let default = folder.join(attest::DEFAULT);
    match named {
        Some(path) if !path.exists() => Err(output::fail(Exit::Usage, &format!("there is no file {}", path.display()))),
        path => attest::read(path.unwrap_or(&default), catalogue, today),
    }
}

/// Prints the console report and writes the others; returns how the process ends, which is `exit` where all is well.
///
/// What was found is told even if no file can be written.
pub(super) fn finish(run: &Run, folder: &Path, formats: &[Format], quiet: bool, exit: Exit) -> Exit {
    let written = folder::write(run, folder, formats);
    if !quiet || written.is_err() {
        let width = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(100);
        if let Ok(text) = report::render(run, Format::Console, Look { color: output::colour(), width }) {
            output::print(&String::from_utf8_lossy(&text));
        }
    }
    if quiet && written.is_ok() && exit != Exit::Passed {
        output::print(&report::decision(run));
    }
    match written {
        Ok(paths) => {
            for path in paths {
                output::print(&format!("report: {}\n", path.display()));
            }
            exit
        }
        Err(error) => output::fail(if exit == Exit::Passed { error.exit() } else { exit }, &error.to_string()),
    }
}

/// What of the command line changes what is examined, besides target and selection.
fn options(arguments: &RunArguments) -> Vec<String> {
    let flags = [("--intrusive", arguments.intrusive), ("--thorough", arguments.thorough)];
    let folders = [("--features", &arguments.features), ("--profiles", &arguments.profiles)];
    let flags = flags.into_iter().filter(|(_, given)| *given).map(|(flag, _)| flag.to_owned());
    let folders = folders
        .into_iter()
        .filter_map(|(flag, folder)| folder.as_ref().map(|folder| [flag.to_owned(), folder.display().to_string()]));
    flags.chain(folders.flatten()).collect()
}

/// What is about to be done to whom: the last thing to read before the first request.
fn announcement(plan: &Plan, target: &Target) -> String {
    let limits = &target.limits;
    let pace = match limits.requests_per_second {
        0 => String::new(),
        pace => format!(", {pace} a second{}", lasts(plan.len(), pace)),
    };
    let intrudes = target.allows(["intrusive"], plan.intrusive).is_ok();
    let care = match (intrudes, plan.thorough) {
        (true, true) => ", intrusive ones too, thoroughly",
        (true, false) => ", intrusive ones too",
        (false, true) => ", thoroughly",
        (false, false) => "",
    };
    format!(
        "{} scenarios{care}, against {} ({}), environment {}; at most {} requests{pace}",
        plan.len(),
        target.name,
        target.fhir_base,
        target.environment.word(),
        limits.requests
    )
}

/// The digests of this program and of its configuration file.
fn provenance(arguments: &TargetArguments) -> Provenance {
    let of = |path: PathBuf| target::digest(&path).ok();
    let config = if arguments.target.as_deref() == Some("embedded") { None } else { of(arguments.config_path()) };
    Provenance { tool: std::env::current_exe().ok().and_then(of), config, profiles: None }
}
