//! A run as TAP 14, the Test Anything Protocol.

use super::words;
use crate::record::{Run, ScenarioRecord, Verdict};
use std::fmt::Write as _;

pub(super) fn render(run: &Run) -> String {
    let mut text = format!("TAP version 14\n1..{}\n", run.scenarios.len());
    for (at, scenario) in run.scenarios.iter().enumerate() {
        let (result, directive) = judged(scenario);
        let name = escaped(&format!("{} {}", scenario.requirement.id, scenario.name));
        // Writing into a text cannot fail.
        let _ = writeln!(text, "{result} {} - {name}{directive}", at + 1);
        let broken: Vec<_> = scenario.broken().collect();
        if broken.is_empty() && scenario.verdict != Verdict::Error {
            continue;
        }
        text.push_str("  ---\n");
        // JSON texts are YAML texts.
        let mut line = |name: &str, value: &str| text.push_str(&format!("  {name}: {}\n", serde_json::json!(value)));
        line("verdict", scenario.verdict.word());
        scenario.reason.iter().for_each(|reason| line("reason", reason));
        for finding in broken.iter().take(1) {
            line("expected", &finding.expected);
            line("observed", &finding.observed);
        }
        line("run_again", &words::run_again(run, scenario.requirement.id.as_str()));
        text.push_str("  ...\n");
    }
    if run.interrupted {
        text.push_str("Bail out! the run was interrupted\n");
    }
    text
}

fn judged(scenario: &ScenarioRecord) -> (&'static str, String) {
    let skip = |why: &str| ("ok", format!(" # SKIP {}", escaped(why)));
    match scenario.verdict {
        Verdict::Pass | Verdict::Warn | Verdict::Attested => ("ok", String::new()),
        Verdict::Fail if words::waived(scenario) => ("not ok", " # TODO waived".to_owned()),
        // What could not be tested did not pass.
        Verdict::Fail | Verdict::Error => ("not ok", String::new()),
        Verdict::Skip | Verdict::Outstanding => skip(&words::not_tested(scenario)),
    }
}

/// Text of a test line: `#` would begin a directive.
fn escaped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('\\', "\\\\").replace('#', "\\#")
}
