//! Text for a terminal: counts by area, then what needs a reader, then what was skipped, then the decision.

use super::outline::{self, Outcome, Outline};
use super::{Look, words};
use crate::record::{Again, Counts, Exchange, Finding, Run, ScenarioRecord, Strength, Verdict};
use tabled::builder::Builder;
use tabled::grid::util::string::{get_char_width, get_string_width};
use tabled::settings::object::{Columns, Rows};
use tabled::settings::style::HorizontalLine;
use tabled::settings::{Alignment, Padding, Style};

/// Lines of one field before it is cut; the other reports hold the whole.
const LINES: usize = 6;
/// Findings and exchanges of one scenario before they are only counted.
const ITEMS: usize = 5;
/// Scenarios without an answer before they are only counted.
const NAMED: usize = 12;
/// Columns before the text of a field.
const INDENT: usize = 19;
/// Columns before a label, and before the id of a scenario.
const MARGIN: usize = 8;

#[derive(Clone, Copy)]
enum Ink {
    Bold,
    Faint,
    Red,
    Magenta,
    Yellow,
    Blue,
    Green,
}

fn ink(verdict: Verdict) -> Ink {
    match verdict {
        Verdict::Fail => Ink::Red,
        Verdict::Error => Ink::Magenta,
        Verdict::Warn => Ink::Yellow,
        Verdict::Attested | Verdict::Outstanding => Ink::Blue,
        Verdict::Skip => Ink::Faint,
        Verdict::Pass => Ink::Green,
    }
}

struct Sheet {
    out: String,
    look: Look,
}

pub(super) fn render(run: &Run, look: Look) -> String {
    let outline = Outline::of(run);
    let mut sheet = Sheet { out: String::new(), look: Look { width: look.width.max(40), ..look } };
    sheet.head(run);
    sheet.table(&outline, run);
    sheet.setup(run);
    if !outline.attention.is_empty() {
        sheet.heading("To look at");
        for scenario in &outline.attention {
            sheet.scenario(scenario, run);
        }
    }
    if !outline.skipped.is_empty() {
        sheet.heading("Not tested, by reason");
        for (reason, group) in &outline.skipped {
            sheet.wrapped(2, 2, &format!("{reason} ({})", group.len()), LINES);
            let ids: Vec<&str> = group.iter().map(|s| s.requirement.id.as_str()).collect();
            sheet.wrapped(4, 4, &ids.join(", "), LINES);
        }
    }
    sheet.decision(run, &outline);
    sheet.out
}

impl Sheet {
    fn paint(&self, ink: Ink, text: &str) -> String {
        if !self.look.color {
            return text.to_owned();
        }
        let code = match ink {
            Ink::Bold => "1",
            Ink::Faint => "2",
            Ink::Red => "1;31",
            Ink::Magenta => "1;35",
            Ink::Yellow => "1;33",
            Ink::Blue => "1;34",
            Ink::Green => "1;32",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// One line, whatever line ends `text` holds: nothing of the target may pose as a line of ours.
    fn line(&mut self, text: &str) {
        self.out.push_str(text.replace('\n', " ").trim_end());
        self.out.push('\n');
    }

    fn heading(&mut self, text: &str) {
        let text = self.paint(Ink::Bold, text);
        self.line("");
        self.line(&text);
    }

    /// `text` in lines after `first` columns, and after `next` columns from the second line on.
    fn wrapped(&mut self, first: usize, next: usize, text: &str, most: usize) {
        for (index, line) in fold(text, self.look.width.saturating_sub(next.max(first)), most).iter().enumerate() {
            let indent = if index == 0 { first } else { next };
            self.line(&format!("{:indent$}{line}", ""));
        }
    }

    /// A labelled text; the label is left out when it is empty.
    fn field(&mut self, label: &str, text: &str) {
        self.labelled(label, &fold(text, self.look.width - INDENT, LINES));
    }

    fn labelled(&mut self, label: &str, lines: &[String]) {
        for (index, line) in lines.iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            let label = self.paint(Ink::Faint, &format!("{label:<width$}", width = INDENT - MARGIN));
            self.line(&format!("{:MARGIN$}{label}{line}", ""));
        }
    }

    /// A command that works as it stands, also over several lines: it is cut nowhere, and no word of it is broken.
    fn command(&mut self, label: &str, words: &[String]) {
        let room = self.look.width.saturating_sub(INDENT + get_string_width(" \\"));
        let mut lines: Vec<String> = Vec::new();
        for word in words {
            match lines.last_mut() {
                Some(line) if get_string_width(line) + 1 + get_string_width(word) <= room => line.extend([" ", word]),
                Some(line) => {
                    line.push_str(" \\");
                    lines.push(word.clone());
                }
                None => lines.push(word.clone()),
            }
        }
        self.labelled(label, &lines);
    }

    fn head(&mut self, run: &Run) {
        let start = &run.start;
        let title = self.paint(Ink::Bold, &format!("Probity {}", start.probity));
        self.line(&format!("{title}  run {}", start.id));
        let target = &start.target;
        self.wrapped(
            0,
            2,
            &format!("Target {} (environment {}, preset {})", target.name, target.environment, target.preset),
            2,
        );
        self.wrapped(0, 2, &target.fhir_base, 2);
        self.wrapped(
            0,
            2,
            &format!(
                "{}, took {}; {} requests, {} answers shared",
                words::time(start.started),
                words::span(start.started, run.finished),
                run.traffic.requests,
                run.traffic.saved
            ),
            2,
        );
        if let Some(interruption) = outline::interruption(run) {
            self.line("");
            let lines = fold(&interruption, self.look.width, 3);
            for line in lines {
                let line = self.paint(Ink::Magenta, &line);
                self.line(&line);
            }
        }
        self.line("");
    }

    fn table(&mut self, outline: &Outline<'_>, run: &Run) {
        let heads = ["area", "pass", "warn", "fail", "error", "skip", "attest", "longest"];
        let mut records = vec![heads.map(str::to_owned).to_vec()];
        // A nought says nothing and makes the others harder to see.
        let number = |n: usize| if n == 0 { "-".to_owned() } else { n.to_string() };
        let mut push = |name: &str, c: Counts, duration_us: u64| {
            let mut row = vec![name.to_owned()];
            row.extend([c.pass, c.warn, c.fail, c.error, c.skip].map(number));
            // How many a person answers for, of those that are left to one.
            row.push(match c.attested + c.outstanding {
                0 => "-".to_owned(),
                all => format!("{}/{all}", c.attested),
            });
            row.push(words::duration(duration_us));
            records.push(row);
        };
        for area in &outline.areas {
            push(area.name, area.counts, area.longest_us);
        }
        push("total", run.counts(), outline.areas.iter().map(|area| area.longest_us).max().unwrap_or_default());
        // Where there is little room, the columns stand closer, and then the names of areas lose their middle.
        let names = records.iter().map(|row| get_string_width(&row[0])).max().unwrap_or_default();
        let (mut text, mut room) = (drawn(&records, 2), names);
        while room > 4 && text.lines().any(|line| get_string_width(line.trim_end()) > self.look.width) {
            text = drawn(&records, 1);
            room -= 1;
            records.iter_mut().for_each(|row| row[0] = middle(&row[0], room));
        }
        for line in text.lines() {
            self.line(line);
        }
    }

    /// What does not work before anything is examined.
    fn setup(&mut self, run: &Run) {
        let told: Vec<_> = run.setup.iter().filter(|setup| setup.is_told()).collect();
        if told.is_empty() {
            return;
        }
        self.heading(outline::setup_heading(run));
        for setup in told {
            self.line("");
            let word = self.paint(Ink::Magenta, &format!("{:<MARGIN$}", "SETUP"));
            let id = self.paint(Ink::Bold, &setup.id);
            self.line(&format!("{word}{id}  ({})", setup.state.phrase()));
            self.wrapped(MARGIN, MARGIN, &setup.what, LINES);
            self.field("observed", setup.reason.as_deref().unwrap_or_default());
            self.cited(&setup.exchanges, run);
            self.field("next step", setup.help.as_deref().unwrap_or_default());
            if !setup.blocks.is_empty() {
                self.field("blocks", &words::count(setup.blocks.len(), "scenario"));
            }
        }
    }

    fn scenario(&mut self, scenario: &ScenarioRecord, run: &Run) {
        let requirement = &scenario.requirement;
        self.line("");
        let word = format!("{:<MARGIN$}", scenario.verdict.word().to_uppercase());
        let word = self.paint(ink(scenario.verdict), &word);
        let id = self.paint(Ink::Bold, requirement.id.as_str());
        self.line(&format!("{word}{id}  ({})", words::weight(scenario)));
        self.wrapped(MARGIN, MARGIN, &requirement.text, LINES);
        if let Some(waiver) = words::waiver(scenario) {
            self.field("waiver", &waiver);
        }
        if let Some(reason) = &scenario.reason {
            self.field("reason", reason);
        }
        let broken: Vec<&Finding> = scenario.broken().collect();
        for finding in broken.iter().take(ITEMS) {
            let expected = match finding.strength {
                Strength::Shall => finding.expected.clone(),
                weaker => format!("{} ({})", finding.expected, weaker.word()),
            };
            self.field("expected", &expected);
            self.field("observed", &finding.observed);
        }
        if broken.len() > ITEMS {
            self.field("", &format!("and {}", words::count(broken.len() - ITEMS, "more finding")));
        }
        self.exchanges(scenario, &broken, run);
        if let Some(again) = words::again(scenario) {
            self.field("again", &again);
            self.cited(&scenario.again.as_ref().map(cited_again).unwrap_or_default(), run);
        }
        for source in &requirement.sources {
            self.field("source", &words::source(source));
        }
        if let Some(advice) = &requirement.advice {
            self.field("next step", advice);
        }
        self.command("run again", &words::run_again_words(run, requirement.id.as_str()));
    }

    /// The exchanges that broken findings cite; without any, the last that the scenario made.
    fn exchanges(&mut self, scenario: &ScenarioRecord, broken: &[&Finding], run: &Run) {
        let mut numbers: Vec<u32> = broken.iter().flat_map(|f| f.cites.iter().copied()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        if numbers.is_empty() {
            numbers.extend(scenario.exchanges.last());
        }
        self.cited(&numbers, run);
    }

    fn cited(&mut self, numbers: &[u32], run: &Run) {
        let cited: Vec<&Exchange> = numbers.iter().filter_map(|number| run.exchange(*number)).collect();
        for exchange in cited.iter().take(ITEMS) {
            let before = format!("#{} {} ", exchange.number, exchange.request.method);
            let after = format!(" -> {}", words::answer(exchange));
            let room = self.look.width.saturating_sub(INDENT + get_string_width(&before) + get_string_width(&after));
            let url = middle(&exchange.request.url, room.max(20));
            self.field("exchange", &format!("{before}{url}{after}"));
        }
        if cited.len() > ITEMS {
            self.field("", &format!("and {}", words::count(cited.len() - ITEMS, "more exchange")));
        }
    }

    fn decision(&mut self, run: &Run, outline: &Outline<'_>) {
        self.line("");
        self.wrapped(0, 2, &format!("{}.", outline::summary(run)), 3);
        self.wrapped(0, 2, &outline::examined(run), 3);
        let ink = match outline.outcome {
            Outcome::Passed => Ink::Green,
            Outcome::Failed => Ink::Red,
            Outcome::Inconclusive | Outcome::Interrupted | Outcome::Empty => Ink::Magenta,
        };
        let sentence = self.paint(ink, &outline.outcome.sentence(run));
        self.line(&sentence);
        self.wrapped(2, 2, &format!("It fails on: {}.", outline::rule(run.gate.fail_on)), 2);
        if let Some(known) = outline::known(run) {
            self.wrapped(2, 2, &known, 2);
        }
        for failure in &run.gate.failures {
            self.wrapped(2, 4, &format!("{}: {}", failure.id, failure.why), 2);
        }
        for id in run.gate.inconclusive.iter().take(NAMED) {
            self.wrapped(2, 4, &format!("{id}: could not test"), 2);
        }
        if run.gate.inconclusive.len() > NAMED {
            self.wrapped(2, 4, &format!("and {} more", run.gate.inconclusive.len() - NAMED), 2);
        }
    }
}

/// A table with a rule below its first row and above its last, and so much between its columns.
fn drawn(records: &[Vec<String>], between: usize) -> String {
    let mut builder = Builder::default();
    records.iter().for_each(|row| builder.push_record(row));
    let rule = HorizontalLine::new('-');
    let mut table = builder.build();
    table
        .with(Style::empty().horizontals([(1, rule), (records.len().saturating_sub(1), rule)]))
        .with(Padding::new(0, between, 0, 0))
        .modify(Columns::new(1..), Alignment::right())
        .modify(Rows::first(), Padding::new(0, between, 0, 0));
    table.to_string()
}

/// What shows how the second attempt ended.
fn cited_again(again: &Again) -> Vec<u32> {
    let findings = || again.steps.iter().flat_map(|step| &step.findings);
    let mut numbers: Vec<u32> = findings().filter(|f| !f.met || again.held()).flat_map(|f| f.cites.clone()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// `text` without its middle when it is longer than `room`: the end of a URL tells more than its host.
fn middle(text: &str, room: usize) -> String {
    let length = text.chars().count();
    if length <= room {
        return text.to_owned();
    }
    let kept = room.saturating_sub(3);
    let head: String = text.chars().take(kept / 3).collect();
    let tail: String = text.chars().skip(length - (kept - kept / 3)).collect();
    format!("{head}...{tail}")
}

/// `text` in lines of at most `width` columns, cut after `most`.
fn fold(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        if used > 0 && used + 1 + get_string_width(word) > width {
            lines.push(String::new());
            used = 0;
        }
        for (index, c) in word.chars().enumerate() {
            if index == 0 && used > 0 {
                if let Some(line) = lines.last_mut() {
                    line.push(' ');
                }
                used += 1;
            }
            if used + get_char_width(c) > width {
                lines.push(String::new());
                used = 0;
            }
            if let Some(line) = lines.last_mut() {
                line.push(c);
            }
            used += get_char_width(c);
        }
        if lines.len() > most {
            break;
        }
    }
    if lines.len() > most {
        lines.truncate(most);
        if let Some(line) = lines.last_mut() {
            while get_string_width(line) + 4 > width {
                line.pop();
            }
            line.push_str(" ...");
        }
    }
    lines
}
