//! Many targets, many machines: every target of a configuration in turn, and the parts of runs put together.

use super::folder;
use super::report::read;
use super::run::{RunArguments, finish, one};
use super::store::{self, Store};
use super::words::one_of;
use super::{Exit, TargetArguments, output};
use crate::record::{FailOn, Gate, Run, RunStart};
use crate::report::{Fleet, Format};
use crate::target;
use chrono::Utc;
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[derive(Args)]
pub(super) struct MergeArguments {
    /// Folders in which runs are looked for, however deep; or places in an object store.
    #[arg(value_name = "FOLDER|URL", required = true)]
    folders: Vec<String>,
    /// Folder for the merged runs, one folder for each target, and for the table of all.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Reports to write of each target; may be repeated.
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', default_values = Format::USUAL.map(Format::word), value_parser = one_of(&Format::ALL, Format::word))]
    format: Vec<Format>,
    /// Judge the runs by this rule instead of their own.
    #[arg(long, value_name = "RULE", value_parser = one_of(&FailOn::ALL, FailOn::word))]
    fail_on: Option<FailOn>,
    /// Print the reports of every target, not the table alone.
    #[arg(long, short)]
    verbose: bool,
    /// Copy the reports to an object store as well: s3://, gs:// or az:// with a bucket and a path, or file:// with a folder.
    #[arg(long, value_name = "URL")]
    store: Option<String>,
}

/// The worse of two ends: what is a bug or a mistake comes before a verdict.
fn worse(one: Exit, other: Exit) -> Exit {
    let rank = |exit: Exit| match exit {
        Exit::Passed => 0,
        Exit::NothingSelected => 1,
        Exit::Unwritten => 2,
        Exit::Inconclusive => 3,
        Exit::Failed => 4,
        Exit::Interrupted => 5,
        Exit::Usage => 6,
        Exit::Bug => 7,
    };
    if rank(other) > rank(one) { other } else { one }
}

/// A name as the name of a folder.
fn folder_of(name: &str) -> String {
    let safe = |own: char| if own.is_ascii_alphanumeric() || matches!(own, '-' | '_') { own } else { '_' };
    name.chars().map(safe).collect()
}

/// Where the reports of several runs go.
fn home(arguments: &RunArguments, what: &str) -> PathBuf {
    let default = || Path::new("reports").join(format!("{}-{what}", Utc::now().format("%Y%m%dT%H%M%S%3fZ")));
    arguments.out.clone().unwrap_or_else(default)
}

/// Makes the same run several times: what does not come to the same each time is flaky.
pub(super) async fn repeated(arguments: RunArguments, times: u16) -> Exit {
    let out = home(&arguments, "repeated");
    let (mut exit, mut fleet) = (Exit::Passed, Fleet::default());
    for time in 1..=times {
        let place = time.to_string();
        let (ended, run) = one(&arguments, &arguments.target, Some(out.join(&place))).await;
        exit = worse(exit, ended);
        match run {
            Some(run) => fleet.add_as(&place, &run, &place),
            // What stopped one would stop the next.
            None => return exit,
        }
        if ended == Exit::Interrupted {
            break;
        }
    }
    let flaky = fleet.differing();
    for (id, verdicts) in &flaky {
        output::print(&format!("flaky: {id}: {verdicts}\n"));
    }
    let many = if flaky.is_empty() { "nothing is".to_owned() } else { format!("{} are", flaky.len()) };
    output::print(&format!("{many} flaky in {} runs\n", fleet.len()));
    tell(&fleet, &out, exit)
}

/// Examines every target of the configuration.
pub(super) async fn all(arguments: RunArguments) -> Exit {
    let path = arguments.target.config_path();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            let help = "name the configuration with --config";
            return output::fail(Exit::Usage, &format!("cannot read {}: {error}\n  help: {help}", path.display()));
        }
    };
    let names = match target::names(&text, &path) {
        Ok(names) => names,
        Err(error) => return output::refuse(&error),
    };
    let out = home(&arguments, "all");
    let (mut exit, mut fleet) = (Exit::Passed, Fleet::default());
    for name in &names {
        let own = TargetArguments { target: Some(name.clone()), ..arguments.target.clone() };
        let place = folder_of(name);
        let (ended, run) = one(&arguments, &own, Some(out.join(&place))).await;
        if let Some(run) = run {
            fleet.add(&run, &place);
        }
        exit = worse(exit, ended);
        if ended == Exit::Interrupted {
            break;
        }
    }
    tell(&fleet, &out, exit)
}

/// How the folders begin in which runs of an object store lie while they are put together, beside the merged ones.
const FETCHED: &str = ".fetched-";

/// Puts the runs below some folders together, and copies the reports where they are wanted as well.
pub(super) async fn merge(arguments: MergeArguments) -> Exit {
    let out = arguments.out.clone();
    store::kept(arguments.store.clone(), Some(out.clone()), async {
        let (folders, fetched) = match at_hand(&arguments.folders, &out).await {
            Ok(found) => found,
            Err(exit) => return exit,
        };
        let exit = put_together(&arguments, &folders);
        for folder in fetched {
            let place = folder.path().display().to_string();
            if let Err(why) = folder.close() {
                output::note(&format!("probity: warning: {place} stays there: {why}"));
            }
        }
        exit
    })
    .await
}

/// The folders, and those of them that hold what was in an object store, for their owner's eyes alone.
async fn at_hand(places: &[String], out: &Path) -> Result<(Vec<PathBuf>, Vec<TempDir>), Exit> {
    let (mut folders, mut fetched) = (Vec::new(), Vec::new());
    for (at, place) in places.iter().enumerate() {
        if !store::is_address(place) {
            folders.push(PathBuf::from(place));
            continue;
        }
        let name = format!("{FETCHED}{at}");
        // What a killed merge has left; where it cannot go, a new one is not made either.
        drop(std::fs::remove_dir_all(out.join(&name)));
        let new = || tempfile::Builder::new().prefix(&name).rand_bytes(0).tempdir_in(out);
        let made = std::fs::create_dir_all(out).and_then(|()| new());
        let into = made
            .map_err(|why| output::fail(Exit::Usage, &format!("cannot write {}: {why}", out.join(&name).display())))?;
        Store::open(place)?.fetch(into.path()).await.map_err(|why| output::fail(Exit::Usage, &why))?;
        folders.push(into.path().to_path_buf());
        fetched.push(into);
    }
    Ok((folders, fetched))
}

/// One target after another: no more than one is in memory.
fn put_together(arguments: &MergeArguments, folders: &[PathBuf]) -> Exit {
    let mut groups: BTreeMap<(String, String), Vec<PathBuf>> = BTreeMap::new();
    let mut found = Vec::new();
    for folder in folders {
        if let Err(error) = runs(folder, &mut found) {
            return output::fail(Exit::Usage, &format!("cannot read {}: {error}", folder.display()));
        }
    }
    found.sort();
    for file in found {
        match start(&file) {
            Ok(RunStart { target, .. }) => {
                groups.entry((target.name.clone(), target.place().to_owned())).or_default().push(file);
            }
            Err(what) => return output::fail(Exit::Usage, &format!("{}: {what}", file.display())),
        }
    }
    if groups.is_empty() {
        let help = "name the folders that hold the run.json of each part";
        return output::fail(Exit::Usage, &format!("there are no runs in these folders\n  help: {help}"));
    }
    let (mut exit, mut fleet, mut places) = (Exit::Passed, Fleet::default(), BTreeMap::new());
    for ((name, _), files) in groups {
        let many = places.entry(folder_of(&name)).and_modify(|many| *many += 1).or_insert(1);
        let place = if *many == 1 { folder_of(&name) } else { format!("{}-{many}", folder_of(&name)) };
        let merged = merged(&files, arguments.fail_on);
        let run = match merged {
            Ok(run) => run,
            Err(what) => return output::fail(Exit::Usage, &what),
        };
        if run.interrupted {
            let (held, planned) = (run.scenarios.len(), run.start.planned);
            output::note(&format!("probity: warning: {name} is not whole: {held} of {planned} scenarios are there"));
        }
        // Nobody interrupts this verb: a part is missing.
        let own = if run.interrupted { Exit::Inconclusive } else { Exit::of(&run) };
        exit = worse(exit, written(&run, &arguments.out.join(&place), arguments, own));
        fleet.add(&run, &place);
    }
    tell(&fleet, &arguments.out, exit)
}

fn written(run: &Run, folder: &Path, arguments: &MergeArguments, exit: Exit) -> Exit {
    if arguments.verbose {
        return finish(run, folder, &arguments.format, false, exit);
    }
    let cleared = folder::clear(folder).and_then(|()| folder::write(run, folder, &arguments.format));
    match cleared {
        Ok(_) => exit,
        Err(error) => output::fail(worse(exit, error.exit()), &error.to_string()),
    }
}

fn merged(files: &[PathBuf], fail_on: Option<FailOn>) -> Result<Run, String> {
    let parts: Result<Vec<Run>, String> = files.iter().map(|file| read(file).map(|(run, _)| run)).collect();
    let mut run = Run::merge(parts?).map_err(|why| {
        let places: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        format!("{why}\n  in: {}", places.join(", "))
    })?;
    if let Some(rule) = fail_on {
        let require = run.gate.require.clone();
        run.gate = Gate::judge(&run, rule, &require);
    }
    Ok(run)
}

/// Every `run.json` in a folder, however deep; what an earlier run left behind is none.
fn runs(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let own = folder.join(Format::Json.file_name());
    if own.is_file() {
        found.push(own);
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with(folder::PREVIOUS) {
            runs(&path, found)?;
        }
    }
    Ok(())
}

/// How a run began, without the rest of it.
fn start(file: &Path) -> Result<RunStart, String> {
    let file = std::fs::File::open(file).map_err(|error| error.to_string())?;
    serde_json::from_reader(std::io::BufReader::new(file)).map_err(|error| format!("is not a run: {error}"))
}

/// Writes and prints the table.
fn tell(fleet: &Fleet, out: &Path, exit: Exit) -> Exit {
    if fleet.is_empty() {
        return exit;
    }
    output::print(&format!("\n{}", fleet.text()));
    let files = match fleet.files() {
        Ok(files) => files,
        Err(what) => return output::fail(Exit::Bug, what),
    };
    for (name, bytes) in files {
        let path = out.join(name);
        if let Err(error) = std::fs::create_dir_all(out).and_then(|()| std::fs::write(&path, bytes)) {
            return output::fail(worse(exit, Exit::Unwritten), &format!("cannot write {}: {error}", path.display()));
        }
        output::print(&format!("report: {}\n", path.display()));
    }
    exit
}
