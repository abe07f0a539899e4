//! `probity diff`: what a run says differently from an older one.

use super::words::one_of;
use super::{Exit, output, report};
use crate::record::{Change, Difference, Run};
use crate::report::inert;
use clap::Args;
use std::fmt::Write as _;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct DiffArguments {
    /// The older run: its folder, its run.json or its journal.
    #[arg(value_name = "OLDER")]
    older: PathBuf,
    /// The newer run.
    #[arg(value_name = "NEWER")]
    newer: PathBuf,
    /// How it is told.
    #[arg(long, default_value = "text", value_parser = one_of(&["text", "json"], |word| word))]
    format: &'static str,
}

/// Exits with 1 where something fails that did not fail before.
pub(super) fn diff(arguments: &DiffArguments) -> Exit {
    let read = |path| report::read(path).map(|(run, _)| run);
    let (older, newer) = match (read(&arguments.older), read(&arguments.newer)) {
        (Ok(older), Ok(newer)) => (older, newer),
        (Err(what), _) | (_, Err(what)) => return output::fail(Exit::Usage, &what),
    };
    let found = Difference::between(&older, &newer);
    match arguments.format {
        "json" => output::print(&format!("{:#}\n", serde_json::json!(found))),
        _ => output::print(&text(&older, &newer, &found)),
    }
    if found.new.is_empty() { Exit::Passed } else { Exit::Failed }
}

/// The difference for a terminal.
pub(super) fn text(older: &Run, newer: &Run, found: &Difference) -> String {
    let named = |run: &Run| format!("{} ({})", run.start.id, run.start.target.name);
    let mut text = format!("from {}\nto   {}\n", named(older), named(newer));
    if older.start.target.fhir_base != newer.start.target.fhir_base {
        text.push_str("The runs are about different servers.\n");
    }
    let groups: [(&str, &[Change]); 7] = [
        ("New failures", &found.new),
        ("Fixed", &found.fixed),
        ("Still failing", &found.still),
        ("No longer tested", &found.untested),
        ("Other changes", &found.other),
        ("Slower", &found.slower),
        ("Only in the older run", &found.gone),
    ];
    for (title, all) in groups.into_iter().filter(|(_, all)| !all.is_empty()) {
        // Writing into a text cannot fail.
        let _ = write!(text, "\n{title} ({})\n", all.len());
        for change in all {
            let word = |verdict: Option<crate::record::Verdict>| verdict.map_or("not there", |verdict| verdict.word());
            let _ = writeln!(text, "  {}: {} -> {}", change.id, word(change.was), word(change.is));
            if let Some(told) = &change.told {
                let _ = writeln!(text, "      {}", inert(told));
            }
        }
    }
    let same = newer.scenarios.len()
        - [&found.new, &found.fixed, &found.still, &found.untested, &found.other]
            .map(|all| all.len())
            .iter()
            .sum::<usize>();
    let _ = write!(
        text,
        "\n{} new, {} fixed, {} still failing, {same} as before.\n",
        found.new.len(),
        found.fixed.len(),
        found.still.len()
    );
    text
}
