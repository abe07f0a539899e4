//! The HTML report: one page that needs neither network nor script. The template escapes everything.

use super::outline::{self, Area, Outcome, Outline};
use super::words;
use crate::record::{Body, Counts, Exchange, Finding, Run, ScenarioRecord, SetupRecord, Source, Strength, Verdict};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

const STYLE: &str = include_str!("../../templates/report.css");
const SCRIPT: &str = include_str!("../../templates/report.js");

/// Characters of all bodies together, and the least and the most of one: large runs must still open.
const BODIES: usize = 8 << 20;
const BODY_LEAST: usize = 1 << 10;
const BODY_MOST: usize = 16 << 10;
/// Scenarios named under an exchange before they are only counted.
const CITED_BY: usize = 8;

/// A verdict that occurs, for the bar, the tiles and the filter.
struct Tile {
    verdict: Verdict,
    title: &'static str,
    count: usize,
    /// Where its part of the bar begins and how wide it is, in thousandths.
    from: usize,
    width: usize,
}

#[derive(Template)]
#[template(path = "report.html", whitespace = "minimize")]
struct Page<'a> {
    run: &'a Run,
    outcome: Outcome,
    areas: &'a [Area<'a>],
    attention: &'a [&'a ScenarioRecord],
    skipped: &'a [(String, Vec<&'a ScenarioRecord>)],
    counts: Counts,
    tiles: Vec<Tile>,
    interruption: Option<String>,
    /// Scenarios that an exchange serves besides the one that caused it.
    cited_by: HashMap<u32, Vec<&'a str>>,
    body_limit: usize,
    policy: String,
}

pub(super) fn render(run: &Run) -> askama::Result<String> {
    let outline = Outline::of(run);
    let causes: HashMap<u32, &str> =
        run.exchanges.iter().filter_map(|e| Some((e.number, e.scenario.as_deref()?))).collect();
    let mut cited_by: HashMap<u32, Vec<&str>> = HashMap::new();
    for scenario in &run.scenarios {
        for number in &scenario.exchanges {
            let id = scenario.requirement.id.as_str();
            if causes.get(number) != Some(&id) {
                cited_by.entry(*number).or_default().push(id);
            }
        }
    }
    let page = Page {
        run,
        outcome: outline.outcome,
        areas: &outline.areas,
        attention: &outline.attention,
        skipped: &outline.skipped,
        counts: run.counts(),
        tiles: tiles(run.counts()),
        interruption: outline::interruption(run),
        cited_by,
        body_limit: (BODIES / run.exchanges.len().max(1)).clamp(BODY_LEAST, BODY_MOST),
        policy: policy(),
    };
    page.render()
}

/// Nothing may be loaded and nothing may run but what is written here.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    format!(
        "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    )
}

fn tiles(counts: Counts) -> Vec<Tile> {
    let total = counts.total().max(1);
    let mut before = 0;
    const ORDER: [Verdict; 7] = [
        Verdict::Fail,
        Verdict::Error,
        Verdict::Warn,
        Verdict::Outstanding,
        Verdict::Skip,
        Verdict::Attested,
        Verdict::Pass,
    ];
    ORDER
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

    fn exchange(&self, number: &u32) -> Option<&Exchange> {
        let place = self.run.exchanges.binary_search_by_key(number, |e| e.number).ok()?;
        self.run.exchanges.get(place)
    }

    /// The scenarios named under an exchange, and how many more there are.
    fn citing(&self, number: u32) -> (&[&str], usize) {
        let all = self.cited_by.get(&number).map_or(&[][..], Vec::as_slice);
        let shown = all.len().min(CITED_BY);
        (&all[..shown], all.len() - shown)
    }

    /// The part of a kept body that is shown, and whether it is all of it.
    fn body(&self, body: &Body) -> Option<(String, bool)> {
        let text = match body {
            Body::Text { text, .. } => text.clone(),
            Body::Shape { outline: Some(outline), .. } => serde_json::to_string_pretty(outline).ok()?,
            _ => return None,
        };
        match text.char_indices().nth(self.body_limit) {
            Some((end, _)) => Some((text[..end].to_owned(), false)),
            None => Some((text, true)),
        }
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

/// What became of one expectation, in a word.
fn met(finding: &Finding) -> &'static str {
    match (finding.met, finding.strength) {
        (true, _) => "met",
        (false, Strength::Shall) => "broken",
        (false, Strength::Should) => "not followed",
        (false, Strength::May) => "note",
    }
}

/// The line that tells what happened: the first broken expectation, or the reason.
fn gist(scenario: &ScenarioRecord) -> String {
    let worst = scenario.broken().max_by_key(|f| f.strength);
    match (&scenario.reason, worst) {
        (Some(reason), _) => reason.clone(),
        (None, Some(finding)) => words::finding(finding),
        (None, None) => String::new(),
    }
}

/// The URL of a source if a reader may follow it: only the web's own schemes.
fn link(source: &Source) -> Option<String> {
    let url = url::Url::parse(source.url.as_deref()?).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}
