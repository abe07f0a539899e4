//! A run as CSV (RFC 4180): a row per scenario, for spreadsheets.

use super::words;
use crate::record::{Cause, Run, ScenarioRecord};

const COLUMNS: [&str; 16] = [
    "id",
    "area",
    "title",
    "verdict",
    "strength",
    "severity",
    "kind",
    "reason",
    "expected",
    "observed",
    "exchanges",
    "g10",
    "source",
    "waiver",
    "duration_ms",
    "feature",
];

pub(super) fn render(run: &Run) -> Result<Vec<u8>, csv::Error> {
    table(COLUMNS, run.scenarios.iter().map(row))
}

/// A head and rows, of cells that no spreadsheet takes for a formula.
pub(super) fn table<const N: usize>(
    head: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<Vec<u8>, csv::Error> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    out.write_record(head)?;
    for row in rows {
        out.write_record(row.map(|cell| inert(&cell)))?;
    }
    out.into_inner().map_err(|error| error.into_error().into())
}

fn row(scenario: &ScenarioRecord) -> [String; 16] {
    let requirement = &scenario.requirement;
    let broken: Vec<_> = scenario.broken().collect();
    let each =
        |of: &dyn Fn(&crate::record::Finding) -> String| broken.iter().map(|f| of(f)).collect::<Vec<_>>().join("; ");
    [
        requirement.id.to_string(),
        requirement.id.area().to_owned(),
        scenario.name.clone(),
        scenario.verdict.word().to_owned(),
        requirement.strength.word().to_owned(),
        requirement.severity.map(|severity| severity.word().to_owned()).unwrap_or_default(),
        scenario.cause.map(Cause::phrase).unwrap_or_default().to_owned(),
        scenario.reason.clone().unwrap_or_default(),
        each(&|finding| finding.expected.clone()),
        each(&|finding| finding.observed.clone()),
        each(&|finding| finding.cites.iter().map(|number| format!("#{number}")).collect::<Vec<_>>().join(" ")),
        requirement.g10.join(" "),
        requirement.sources.iter().map(words::source).collect::<Vec<_>>().join("; "),
        words::waiver(scenario).unwrap_or_default(),
        (scenario.duration_us / 1000).to_string(),
        format!("{}:{}", scenario.file, scenario.line),
    ]
}

/// A cell that no spreadsheet takes for a formula.
fn inert(cell: &str) -> String {
    match cell.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{cell}"),
        _ => cell.to_owned(),
    }
}
