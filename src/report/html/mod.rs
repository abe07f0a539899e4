//! The HTML report: one page that needs neither network nor script. The template escapes everything.
//!
//! Without script it shows every scenario, and the answer that each finding rests on. The script adds the filter, and reads the
//! other exchanges from the island when they are looked at.

mod island;
mod views;

use super::causes::{self, Alike};
use super::outline::{self, Area, Outcome, Outline};
use super::words;
use crate::record::{
    Body, Counts, Exchange, Finding, Run, ScenarioRecord, SetupRecord, Source, StepRecord, Strength, Verdict,
};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use similar::{ChangeTag, TextDiff};
use std::collections::HashMap;
use std::io::{self, Write};

const STYLE: &str =
    concat!(include_str!("../../../templates/palette.css"), include_str!("../../../templates/report.css"));
const SCRIPT: &str = include_str!("../../../templates/report.js");

/// Answers that are written into the page for readers without script, and characters of one of their bodies.
const WRITTEN: usize = 120;
const WRITTEN_BODY: usize = 6_000;
/// Scenarios named under a cause before the rest is folded away.
const NAMED: usize = 5;

/// A verdict that occurs, for the bar, the tiles and the filter.
struct Tile {
    verdict: Verdict,
    title: &'static str,
    count: usize,
    /// Where its part of the bar begins and how wide it is, in thousandths.
    from: usize,
    width: usize,
}

/// A piece of a text, and whether the text that it is compared with has it not.
struct Piece {
    text: String,
    differs: bool,
}

#[derive(Template)]
#[template(path = "report.html", whitespace = "minimize")]
struct Page<'a> {
    run: &'a Run,
    outcome: Outcome,
    areas: &'a [Area<'a>],
    causes: Vec<Alike<'a>>,
    skipped: &'a [(String, Vec<&'a ScenarioRecord>)],
    /// All of them, what needs a reader first.
    scenarios: &'a [&'a ScenarioRecord],
    profiles: views::Matrix<'a>,
    elements: Vec<views::Elements<'a>>,
    not_evaluated: Vec<views::Left<'a>>,
    attestations: Vec<&'a ScenarioRecord>,
    crossings: views::Crossings<'a>,
    since: Option<views::Since<'a>>,
    steps: Vec<views::Step<'a>>,
    counts: Counts,
    tiles: Vec<Tile>,
    interruption: Option<String>,
    /// The answer that is written under a scenario, by its id.
    written: HashMap<&'a str, u32>,
    island: String,
    /// What stands at the foot of every printed page.
    every_page: String,
    policy: String,
}

pub(super) fn render(run: &Run, to: &mut dyn Write) -> io::Result<()> {
    let outline = Outline::of(run);
    let every_page = every_page(run);
    let page = Page {
        run,
        outcome: outline.outcome,
        areas: &outline.areas,
        causes: causes::alike(&outline.attention),
        skipped: &outline.skipped,
        scenarios: &outline.all,
        profiles: views::profiles(run),
        elements: views::elements(run),
        not_evaluated: views::not_evaluated(run),
        attestations: views::attestations(run),
        crossings: views::crossings(run),
        since: views::since(run),
        steps: views::steps(run),
        counts: run.counts(),
        tiles: tiles(run.counts()),
        interruption: outline::interruption(run),
        written: outline
            .attention
            .iter()
            .filter_map(|own| Some((own.requirement.id.as_str(), cited(own)?)))
            .take(WRITTEN)
            .collect(),
        island: island::island(&run.exchanges)?,
        policy: policy(&every_page),
        every_page,
    };
    page.write_into(to)
}

/// The exchange that shows best what is wrong: the last one that the gravest finding rests on.
fn cited(scenario: &ScenarioRecord) -> Option<u32> {
    let worst = scenario.broken().max_by_key(|finding| finding.strength);
    let of_finding = worst.and_then(|finding| finding.cites.last());
    of_finding.or(scenario.exchanges.last()).copied()
}

/// Nothing may be loaded and nothing may run but what is written here.
fn policy(every_page: &str) -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {} {}; script-src {}; img-src data:; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(every_page),
        hash(SCRIPT)
    )
}

/// Which run a printed page is of, and of which features, at its foot.
fn every_page(run: &Run) -> String {
    let plain =
        |text: &str| text.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect::<String>();
    let (id, digest) = (plain(&run.start.id), plain(&run.start.features_sha256));
    format!(
        "@page {{ @bottom-left {{ font: 7pt sans-serif; content: 'Probity {id}, features SHA-256 {digest}' }} \
         @bottom-right {{ font: 7pt sans-serif; content: counter(page) ' / ' counter(pages) }} }}"
    )
}

fn tiles(counts: Counts) -> Vec<Tile> {
    let total = counts.total().max(1);
    let mut before = 0;
    let mut order = Verdict::ALL;
    order.sort_by_key(|verdict| outline::rank(*verdict));
    order
        .into_iter()
        .map(|verdict| {
            let count = counts.get(verdict);
            let from = before * 1000 / total;
            before += count;
            Tile { verdict, title: outline::title(verdict), count, from, width: before * 1000 / total - from }
        })
        .collect()
}

/// What the template asks.
impl Page<'_> {
    fn style(&self) -> &'static str {
        STYLE
    }

    fn script(&self) -> &'static str {
        SCRIPT
    }

    fn told_setup(&self) -> Vec<&SetupRecord> {
        self.run.setup.iter().filter(|setup| setup.is_told()).collect()
    }

    fn setup_heading(&self) -> &'static str {
        outline::setup_heading(self.run)
    }

    /// The answer that is written under a scenario.
    fn evidence(&self, scenario: &ScenarioRecord) -> Option<&Exchange> {
        self.run.exchange(*self.written.get(scenario.requirement.id.as_str())?)
    }

    fn requests(&self) -> usize {
        usize::try_from(self.run.traffic.requests).unwrap_or(usize::MAX)
    }

    /// Whether the page has a place for an id that the gate names: a waiver that nothing needs has none.
    fn is_shown(&self, id: &str) -> bool {
        let told = || self.told_setup().iter().any(|setup| setup.id == id);
        self.run.scenarios.iter().any(|scenario| scenario.requirement.id.as_str() == id) || told()
    }

    fn run_again(&self, scenario: &ScenarioRecord) -> String {
        words::run_again(self.run, scenario.requirement.id.as_str())
    }

    /// The scenarios of a cause that are named, and the others.
    fn named<'s>(&self, cause: &'s Alike<'_>) -> (&'s [&'s ScenarioRecord], &'s [&'s ScenarioRecord]) {
        cause.scenarios.split_at(cause.scenarios.len().min(NAMED))
    }

    /// What the older run knew of a scenario: `new`, `known`; none without an older run.
    fn since(&self, scenario: &ScenarioRecord) -> Option<&'static str> {
        let baseline = self.run.baseline.as_ref().filter(|_| scenario.broken().next().is_some())?;
        Some(if baseline.knows(scenario) { "known" } else { "new" })
    }
}

/// The part of a kept body that is written, pretty where it is JSON, and whether it is all of it.
fn body(body: &Body) -> Option<(String, bool)> {
    let text = match body {
        Body::Text { text, .. } => match serde_json::from_str::<serde_json::Value>(text) {
            Ok(value) => serde_json::to_string_pretty(&value).ok()?,
            Err(_) => text.clone(),
        },
        Body::Shape { outline: Some(outline), .. } => serde_json::to_string_pretty(&outline.value()).ok()?,
        _ => return None,
    };
    match text.char_indices().nth(WRITTEN_BODY) {
        Some((end, _)) => Some((text[..end].to_owned(), false)),
        None => Some((text, true)),
    }
}

/// Whether a reader should see the scenario without asking.
fn open(scenario: &ScenarioRecord) -> bool {
    scenario.verdict.wants_a_reader()
}

/// `failed`, `waived`...: what stands on the label.
fn label(scenario: &ScenarioRecord) -> &'static str {
    outline::title(scenario.verdict)
}

/// The findings of a step, with what they cite. What was met several times alike is told once.
fn told(step: &StepRecord) -> Vec<(&Finding, Vec<u32>)> {
    let alike = |one: &Finding, other: &Finding| {
        one.met && other.met && (&one.expected, &one.observed) == (&other.expected, &other.observed)
    };
    let mut all: Vec<(&Finding, Vec<u32>)> = Vec::new();
    for finding in &step.findings {
        match all.iter_mut().find(|(own, _)| alike(own, finding)) {
            Some((_, cites)) => cites.extend(&finding.cites),
            None => all.push((finding, finding.cites.clone())),
        }
    }
    all
}

/// What was met, said once: what the observation repeats of the expectation is left out.
fn met(finding: &Finding) -> String {
    let (expected, observed) = (&finding.expected, &finding.observed);
    if expected == observed {
        return expected.clone();
    }
    let alike = expected.bytes().zip(observed.bytes()).take_while(|(one, other)| one == other).count();
    let part = observed.as_bytes()[..alike].windows(2).rposition(|two| two == b": ").map_or(0, |at| at + 2);
    format!("{expected}: {}", &observed[part..])
}

/// What it is not to meet an expectation, in a word.
fn missed(finding: &Finding) -> &'static str {
    match finding.strength {
        Strength::Shall => "broken",
        Strength::Should => "not followed",
        Strength::May => "note",
    }
}

/// Texts that have less than so much in common say different things, and marks would only be in the way.
const KIN: f32 = 0.4;

/// What was expected and what was seen, word by word, with what differs.
fn compared(finding: &Finding) -> (Vec<Piece>, Vec<Piece>) {
    let diff = TextDiff::from_words(&finding.expected, &finding.observed);
    let kin = diff.ratio() >= KIN;
    let side = |other: ChangeTag, own: ChangeTag| {
        let mut pieces: Vec<Piece> = Vec::new();
        for change in diff.iter_all_changes().filter(|change| change.tag() != other) {
            let differs = kin && change.tag() == own;
            match pieces.last_mut() {
                Some(last) if last.differs == differs => last.text.push_str(change.value()),
                _ => pieces.push(Piece { text: change.value().to_owned(), differs }),
            }
        }
        pieces
    };
    (side(ChangeTag::Insert, ChangeTag::Delete), side(ChangeTag::Delete, ChangeTag::Insert))
}

/// The numbers of the exchanges of a scenario, for the script.
fn numbers(numbers: &[u32]) -> String {
    numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(" ")
}

/// The URL of a source if a reader may follow it: only the web's own schemes.
fn link(source: &Source) -> Option<String> {
    let url = url::Url::parse(source.url.as_deref()?).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}
