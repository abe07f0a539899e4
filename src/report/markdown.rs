//! A run as Markdown, for the summary of a CI job: the gate, the areas, what needs a reader first.

use super::outline::{self, Outline, rule};
use super::words;
use crate::record::{Run, ScenarioRecord, Verdict};
use std::fmt::Write as _;

/// A job summary of GitHub holds 1 MiB; some of it is left to others.
const MOST: usize = 900 * 1024;

pub(super) fn render(run: &Run) -> String {
    let outline = Outline::of(run);
    let start = &run.start;
    let mut text = format!("# Probity: {}\n\n", plain(&start.target.name));
    // Writing into a text cannot fail.
    let _ = writeln!(text, "**{}** It fails on {}.\n", outline.outcome.sentence(run), rule(run.gate.fail_on));
    if let Some(known) = outline::known(run) {
        let _ = writeln!(text, "{}\n", plain(&known));
    }
    let _ = writeln!(text, "{}. {}\n", outline::summary(run), outline::examined(run));
    let about = [
        ("target", plain(&start.target.fhir_base)),
        ("environment", plain(&start.target.environment)),
        ("run", plain(&start.id)),
        ("started", words::time(start.started)),
        ("took", words::span(start.started, run.finished)),
        ("probity", plain(&start.probity)),
    ];
    text.push_str("| | |\n| --- | --- |\n");
    for (name, value) in about {
        let _ = writeln!(text, "| {name} | {value} |");
    }
    let broken: Vec<_> = outline::broken_setup(run).collect();
    if !broken.is_empty() {
        text.push_str("\n## Setup: mend this first\n\n");
        for setup in broken {
            let reason = plain(setup.reason.as_deref().unwrap_or_default());
            let _ = writeln!(text, "- **{}**: {reason}", plain(&setup.what));
            if let Some(help) = &setup.help {
                let _ = writeln!(text, "  - next step: {}", plain(help));
            }
        }
    }
    text.push_str("\n## Areas\n\n| area | pass | warn | fail | error | skip | attest |\n| --- | --: | --: | --: | --: | --: | --: |\n");
    for area in &outline.areas {
        let of = |verdict| area.counts.get(verdict);
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            area.name,
            of(Verdict::Pass),
            of(Verdict::Warn),
            of(Verdict::Fail),
            of(Verdict::Error),
            of(Verdict::Skip),
            of(Verdict::Attested) + of(Verdict::Outstanding)
        );
    }
    if !outline.attention.is_empty() {
        text.push_str("\n## What to look at\n");
    }
    for (at, scenario) in outline.attention.iter().enumerate() {
        let entry = entry(run, scenario);
        if text.len() + entry.len() > MOST {
            let left = outline.attention.len() - at;
            let _ = writeln!(text, "\n{} more: see the other reports.", words::count(left, "scenario"));
            break;
        }
        text.push_str(&entry);
    }
    if !outline.skipped.is_empty() && text.len() < MOST {
        text.push_str("\n## Not tested\n\n");
        for (reason, group) in &outline.skipped {
            let line = format!("- {}: {}\n", words::count(group.len(), "scenario"), plain(reason));
            if text.len() + line.len() > MOST {
                break;
            }
            text.push_str(&line);
        }
    }
    text
}

fn entry(run: &Run, scenario: &ScenarioRecord) -> String {
    let requirement = &scenario.requirement;
    let mut text = format!(
        "\n### {} `{}` ({})\n\n{}\n\n",
        outline::title(scenario.verdict),
        requirement.id,
        words::weight(scenario),
        plain(&requirement.text)
    );
    let mut line = |name: &str, value: &str| text.push_str(&format!("- {name}: {}\n", plain(value)));
    words::waiver(scenario).iter().for_each(|waiver| line("waiver", waiver));
    scenario.reason.iter().for_each(|reason| line("reason", reason));
    for finding in scenario.broken() {
        line("expected", &finding.expected);
        line("observed", &finding.observed);
    }
    requirement.sources.iter().for_each(|source| line("source", &words::source(source)));
    requirement.advice.iter().for_each(|advice| line("next step", advice));
    let again = words::run_again(run, requirement.id.as_str());
    // A name of the target that would end the code, or begin a tag where code is not heeded, is told as text.
    let again = if again.contains(['`', '<']) { plain(&again) } else { format!("`{again}`") };
    text.push_str(&format!("- run again: {again}\n"));
    text
}

/// Text that no reader of Markdown takes for anything else, on one line.
fn plain(text: &str) -> String {
    let one = text.split_whitespace().collect::<Vec<_>>().join(" ");
    one.chars().fold(String::new(), |mut all, c| {
        match c {
            '<' => all.push_str("&lt;"),
            '&' => all.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '>' | '(' | ')' | '#' | '+' | '!' | '|' | '~' | '@' => {
                all.extend(['\\', c]);
            }
            _ => all.push(c),
        }
        all
    })
}
