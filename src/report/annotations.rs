//! What a run found as workflow commands: GitHub shows them beside a pull request, wherever a step prints them.

use super::words;
use crate::record::{Run, ScenarioRecord, Verdict};
use std::fmt::Write as _;

/// GitHub shows ten of each kind for a step; what needs a reader most comes first.
pub(super) fn render(run: &Run) -> String {
    let mut out = String::new();
    for setup in run.setup.iter().filter(|setup| setup.is_broken()) {
        let text = format!("{}: {}", setup.what, setup.reason.as_deref().unwrap_or_default());
        let _ = writeln!(out, "::error title={}::{}", property(&setup.id), data(&text));
    }
    for scenario in super::outline::Outline::of(run).attention {
        let kind = match scenario.verdict {
            _ if words::waived(scenario) => "notice",
            Verdict::Fail => "error",
            _ => "warning",
        };
        let _ = writeln!(out, "::{kind} title={}::{}", property(&title(scenario)), data(&words::gist(scenario)));
    }
    out
}

fn title(scenario: &ScenarioRecord) -> String {
    format!("{} ({}): {}", scenario.requirement.id, words::weight(scenario), scenario.name)
}

/// What ends a command or a property of one is written as GitHub decodes it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
