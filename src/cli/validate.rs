//! `probity validate`: resources in files against FHIR R4 and profiles.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::inputs::{self, Piece};
use super::profiles::library;
use super::{Exit, output};
use crate::profile::json::Document;
use crate::profile::{Coverage, HeldTo, Library, Question, Validator};
use crate::record::{Checked, Issue, IssueKind, IssueSeverity, NotEvaluated};
use crate::report::issues::{self, Tally};

#[derive(Args)]
pub(super) struct ValidateArguments {
    /// Files, folders, or `-` for standard input; JSON or NDJSON, also gzipped.
    #[arg(required = true, value_name = "FILE|FOLDER|-")]
    paths: Vec<PathBuf>,
    /// What to hold resources to beside FHIR R4: `guide` (the profiles they claim, else those of the guide for their
    /// category and code), `claimed`, `none`, or the canonical URL of a profile.
    #[arg(long, value_name = "guide|claimed|none|URL", default_value = "guide")]
    profile: Vec<String>,
    /// A folder of compiled profiles [default: the embedded US Core 6.1.0].
    #[arg(long, value_name = "FOLDER")]
    profiles: Option<PathBuf>,
    /// The severity from which on the exit code is 1.
    #[arg(long, value_enum, default_value_t = FailOn::Error)]
    fail_on: FailOn,
    /// How to write the issues.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Resources judged at the same time [default: the number of processors].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// A terminology service to ask about codes that the packages do not decide: its FHIR base URL.
    #[arg(long, value_name = "URL")]
    terminology: Option<url::Url>,
    /// Also say which must-support elements of each profile were seen.
    #[arg(long)]
    coverage: bool,
    /// Print only the sums.
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Clone, Copy, ValueEnum, PartialEq, Eq)]
enum FailOn {
    Error,
    Warning,
    /// Also what could not be evaluated.
    Open,
}

#[derive(Clone, Copy, ValueEnum, PartialEq, Eq)]
enum Format {
    Human,
    Json,
    Outcome,
    Sarif,
}

/// What a worker made of one text.
struct Done {
    checked: Checked,
    questions: Vec<Question>,
    /// Rendered where the text was at hand.
    text: String,
}

/// The results of one piece, by its number.
type Results = (usize, Vec<Done>, Coverage);

pub(super) fn validate(arguments: &ValidateArguments) -> Exit {
    let opened = match library(arguments.profiles.as_deref()) {
        Ok(opened) => opened,
        Err((exit, text)) => return output::fail(exit, &text),
    };
    let library = opened.get();
    let held_to = match held_to(&arguments.profile, library) {
        Ok(held_to) => held_to,
        Err(text) => return output::fail(Exit::Usage, &text),
    };
    let files = match inputs::files(&arguments.paths) {
        Ok(files) => files,
        Err((path, error)) => return output::fail(Exit::Usage, &format!("cannot read {}: {error}", path.display())),
    };
    if files.is_empty() {
        return output::fail(Exit::NothingSelected, "no .json or .ndjson file in what was named");
    }
    let mut sums = Sums {
        progress: progress(arguments),
        arguments,
        tally: Tally::default(),
        open: BTreeMap::new(),
        coverage: Coverage::default(),
        kept: Vec::new(),
        text: String::new(),
    };
    let validator = Validator::new(library, held_to).asking(arguments.terminology.is_some());
    work(arguments, &validator, &files, &mut sums);
    if let Some(base) = &arguments.terminology
        && let Err((exit, text)) = super::terminology::settle(base, &mut sums.kept)
    {
        return output::fail(exit, &text);
    }
    sums.finish(library)
}

fn held_to(wanted: &[String], library: &Library) -> Result<HeldTo, String> {
    match wanted {
        [one] if one == "guide" => Ok(HeldTo::Guide),
        [one] if one == "claimed" => Ok(HeldTo::Claimed),
        [one] if one == "none" => Ok(HeldTo::Type),
        urls => {
            let known = |url: &String| library.structure(url).is_some_and(|s| s.profile && s.is_version_of(url));
            let unknown = urls.iter().find(|url| !known(url));
            match unknown {
                None => Ok(HeldTo::These(urls.to_vec())),
                Some(url) => {
                    let near = library.urls().min_by_key(|known| strsim::osa_distance(known, url)).unwrap_or_default();
                    Err(format!(
                        "no compiled package has the profile {url}; did you mean {near}? 'probity profiles list' names them"
                    ))
                }
            }
        }
    }
}

/// Shares the pieces out and gives the results on in order.
fn work(arguments: &ValidateArguments, validator: &Validator<'_>, files: &[PathBuf], sums: &mut Sums<'_>) {
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let jobs = arguments.jobs.map_or(processors, usize::from);
    let (give, take) = sync_channel::<(usize, Piece)>(jobs * 4);
    let (tell, hear) = sync_channel::<Results>(jobs * 4);
    let take = Mutex::new(take);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            let tell = tell.clone();
            let take = &take;
            // Texts nest up to a limit, and walks recurse as deep.
            let worker = std::thread::Builder::new().stack_size(16 << 20);
            let _ = worker.spawn_scoped(scope, move || worker_loop(arguments, validator, take, &tell));
        }
        drop(tell);
        scope.spawn(move || {
            let mut number = 0;
            for file in files {
                let go_on = inputs::pieces(file, &mut |piece| {
                    number += 1;
                    give.send((number, piece)).is_ok()
                });
                if !go_on {
                    break;
                }
            }
        });
        let mut waiting = BTreeMap::new();
        let mut next = 1;
        for (number, done, coverage) in hear {
            waiting.insert(number, (done, coverage));
            while let Some((done, coverage)) = waiting.remove(&next) {
                next += 1;
                sums.coverage.merge(coverage);
                done.into_iter().for_each(|one| sums.add(one));
            }
        }
    });
}

fn worker_loop(
    arguments: &ValidateArguments,
    validator: &Validator<'_>,
    take: &Mutex<Receiver<(usize, Piece)>>,
    tell: &SyncSender<Results>,
) {
    loop {
        let piece = match take.lock() {
            Ok(take) => take.recv(),
            Err(_) => return,
        };
        let Ok((number, piece)) = piece else { return };
        let mut coverage = Coverage::default();
        let done = match piece {
            Piece::File(path) => {
                let name = path.display().to_string();
                vec![match inputs::read(&path) {
                    Ok(text) => one(arguments, validator, name, &text, &mut coverage),
                    Err(why) => unread(arguments, name, why),
                }]
            }
            Piece::Lines(lines) => {
                lines.into_iter().map(|(name, text)| one(arguments, validator, name, &text, &mut coverage)).collect()
            }
            Piece::Unread(name, why) => vec![unread(arguments, name, why)],
        };
        if tell.send((number, done, coverage)).is_err() {
            return;
        }
    }
}

fn one(
    arguments: &ValidateArguments,
    validator: &Validator<'_>,
    name: String,
    text: &str,
    coverage: &mut Coverage,
) -> Done {
    let mut checked = Checked { name, ..Checked::default() };
    let mut questions = Vec::new();
    match Document::parse(text) {
        Ok(document) => {
            let root = document.root();
            let part = |key| document.string(root, key).unwrap_or_default();
            checked.resource = format!("{}/{}", part("resourceType"), part("id"));
            let judgement = validator.judge(&document);
            checked.issues = judgement.issues;
            checked.not_evaluated = judgement.not_evaluated;
            questions = judgement.questions;
            if arguments.coverage {
                coverage.see(validator, &document);
            }
        }
        Err(not) => {
            // One character, of as many bytes as it has.
            let next = text.get(not.offset..).and_then(|rest| rest.chars().next());
            let place = (not.offset, not.offset + next.map_or(0, char::len_utf8));
            checked.issues.push(fatal(not.expected.to_owned(), not.line, not.column, place));
        }
    }
    rendered(arguments, checked, questions, text)
}

fn unread(arguments: &ValidateArguments, name: String, why: String) -> Done {
    let mut issue = fatal("a text that can be read".to_owned(), 1, 1, (0, 0));
    issue.found = Some(why);
    rendered(arguments, Checked { name, issues: vec![issue], ..Checked::default() }, Vec::new(), "")
}

fn fatal(expected: String, line: usize, column: usize, span: (usize, usize)) -> Issue {
    Issue {
        severity: IssueSeverity::Fatal,
        kind: IssueKind::Json,
        path: "$this".to_owned(),
        pointer: String::new(),
        line,
        column,
        span,
        profile: String::new(),
        element: String::new(),
        slice: None,
        constraint: None,
        expected,
        found: None,
    }
}

fn rendered(arguments: &ValidateArguments, checked: Checked, questions: Vec<Question>, source: &str) -> Done {
    let text = match arguments.format {
        _ if arguments.quiet => String::new(),
        Format::Human => issues::human(&checked, source, arguments.out.is_none() && output::colour()),
        Format::Json if arguments.terminology.is_none() => issues::json_line(&checked),
        _ => String::new(),
    };
    Done { checked, questions, text }
}

/// A result that is kept until the end, with what a terminology service may still say.
pub(super) type Kept = (Checked, Vec<Question>);

/// Shown where the issues themselves do not show how far the work is.
fn progress(arguments: &ValidateArguments) -> Option<ProgressBar> {
    let silent = arguments.quiet || arguments.out.is_some() || !std::io::stdout().is_terminal();
    if !silent || !std::io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} resources  {msg}  {elapsed}  {per_sec}") {
        bar.set_style(style);
    }
    Some(bar)
}

struct Sums<'a> {
    progress: Option<ProgressBar>,
    arguments: &'a ValidateArguments,
    tally: Tally,
    open: BTreeMap<(String, String), usize>,
    coverage: Coverage,
    kept: Vec<Kept>,
    text: String,
}

impl Sums<'_> {
    fn add(&mut self, done: Done) {
        let arguments = self.arguments;
        if let Some(bar) = &self.progress {
            bar.inc(1);
        }
        if arguments.out.is_some() {
            self.text.push_str(&done.text);
        } else {
            output::print(&done.text);
        }
        let keeps = arguments.terminology.is_some() || matches!(arguments.format, Format::Outcome | Format::Sarif);
        if keeps {
            self.kept.push((done.checked, done.questions));
        } else {
            self.count(&done.checked);
        }
    }

    fn count(&mut self, checked: &Checked) {
        self.tally.add(checked);
        for open in &checked.not_evaluated {
            *self.open.entry((open.what.clone(), open.reason.clone())).or_insert(0) += open.count;
        }
    }

    fn finish(mut self, library: &Library) -> Exit {
        if let Some(bar) = self.progress.take() {
            bar.finish_and_clear();
        }
        let kept = std::mem::take(&mut self.kept);
        let all: Vec<Checked> = kept.into_iter().map(|(checked, _)| checked).collect();
        all.iter().for_each(|c| self.count(c));
        let arguments = self.arguments;
        match arguments.format {
            Format::Outcome => self.text.push_str(&issues::outcome(&all)),
            Format::Sarif => self.text.push_str(&issues::sarif(&all)),
            Format::Json if !arguments.quiet => all.iter().for_each(|c| self.text.push_str(&issues::json_line(c))),
            _ => {}
        }
        let open: Vec<NotEvaluated> = self
            .open
            .iter()
            .map(|((what, reason), &count)| NotEvaluated { what: what.clone(), reason: reason.clone(), count })
            .collect();
        let summary = issues::summary(&self.tally, &open) + self.coverage.table(library).as_str();
        // Sums are for people: a pipeline that reads standard output gets nothing but its format.
        match (arguments.format, &arguments.out) {
            (Format::Human, None) => self.text.push_str(&summary),
            _ => output::note(summary.trim_end()),
        }
        if let Err(text) = self.write() {
            return output::fail(Exit::Usage, &text);
        }
        let Tally { errors, warnings, open, .. } = self.tally;
        let failed = match arguments.fail_on {
            FailOn::Error => errors > 0,
            FailOn::Warning => errors + warnings > 0,
            FailOn::Open => errors + warnings + open > 0,
        };
        if failed { Exit::Failed } else { Exit::Passed }
    }

    fn write(&self) -> Result<(), String> {
        let Some(path) = &self.arguments.out else {
            output::print(&self.text);
            return Ok(());
        };
        write(path, &self.text)
    }
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("cannot write {}: {error}", path.display()))
}
