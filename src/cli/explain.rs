//! `probity explain ID`: what a requirement demands, where it is written, what its scenario does, which faults prove it.

use super::list::described;
use super::words::one_of;
use super::{Exit, output, run};
use crate::steps::attacks as attacks_of;
use crate::suite::Scenario;
use crate::tenant;
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct ExplainArguments {
    /// A scenario id, or a dotted prefix of ids.
    #[arg(value_name = "ID")]
    id: String,
    /// Add the feature files below this folder to the built-in ones.
    #[arg(long, value_name = "FOLDER")]
    features: Option<PathBuf>,
    /// How the answer is written.
    #[arg(long, default_value = "text", value_parser = one_of(&["text", "json"], |word| word))]
    format: &'static str,
}

pub(super) fn explain(arguments: &ExplainArguments) -> Exit {
    let catalogue = match run::catalogue(arguments.features.as_deref(), None) {
        Ok(catalogue) => catalogue,
        Err(exit) => return exit,
    };
    let selected = match catalogue.select(std::slice::from_ref(&arguments.id)) {
        Ok(selected) => selected,
        Err(error) => return run::unselected(&error),
    };
    if arguments.format == "json" {
        let all: Vec<Value> = selected.into_iter().map(|at| told(&catalogue.scenarios()[at])).collect();
        output::print(&format!("{:#}\n", Value::from(all)));
        return Exit::Passed;
    }
    let mut text = String::new();
    for at in selected {
        let scenario = &catalogue.scenarios()[at];
        let requirement = &scenario.requirement;
        let severity =
            requirement.severity.map_or_else(String::new, |severity| format!(", severity {}", severity.word()));
        let _ =
            writeln!(text, "{}  ({}{severity})\n  {}", requirement.id, requirement.strength.word(), requirement.text);
        for source in &requirement.sources {
            let section = source.section.as_ref().map_or_else(String::new, |section| format!(", {section}"));
            let number = source.number.as_ref().map_or_else(String::new, |number| format!(", {number}"));
            let url = source.url.as_ref().map_or_else(String::new, |url| format!("  {url}"));
            let _ = writeln!(text, "  source: {}{section}{number}{url}", source.specification);
        }
        if !requirement.g10.is_empty() {
            let _ = writeln!(text, "  (g)(10): {}", requirement.g10.join(", "));
        }
        let _ = writeln!(text, "  features/{}:{}  {}", scenario.file, scenario.line, scenario.name);
        for (keyword, step) in &scenario.steps {
            let _ = writeln!(text, "    {keyword:<5} {step}");
        }
        text += &attacks(scenario);
        if let Some(advice) = &requirement.advice {
            let _ = writeln!(text, "  advice: {advice}");
        }
        for fault in faults(scenario) {
            let _ = writeln!(text, "  proved by the fault {}: {}", fault.id, fault.what);
        }
        text.push('\n');
    }
    output::print(&text);
    Exit::Passed
}

/// Everything that is known of a scenario, for programs.
fn told(scenario: &Scenario) -> Value {
    let list = |all: &mut dyn Iterator<Item = String>| all.collect::<Vec<String>>();
    let attacks = scenario.steps.iter().flat_map(|(_, step)| attacks_of(step)).map(|attack| {
        json!({
            "attack": attack.words,
            "does": attack.does,
            "matters": attack.matters,
            "right": attack.right,
            "control": attack.control.to_string(),
            "needs": list(&mut attack.needs.iter().map(ToString::to_string)),
            "intrudes": list(&mut attack.intrudes.iter().map(ToString::to_string)),
        })
    });
    let mut all = described(scenario);
    all["attacks"] = attacks.collect();
    all["proved_by"] = faults(scenario).map(|fault| json!({ "fault": fault.id, "what": fault.what })).collect();
    all
}

/// The faults of the embedded target that its requirement notices.
fn faults(scenario: &Scenario) -> impl Iterator<Item = &'static tenant::Fault> {
    let id = scenario.requirement.id.to_string();
    tenant::faults().iter().filter(move |fault| fault.breaks.contains(&id))
}

/// What is known of the attacks that the steps of a scenario make.
fn attacks(scenario: &Scenario) -> String {
    let mut text = String::new();
    for attack in scenario.steps.iter().flat_map(|(_, step)| attacks_of(step)) {
        let list = |words: Vec<String>| if words.is_empty() { "nothing".to_owned() } else { words.join(", ") };
        let needs = list(attack.needs.iter().map(ToString::to_string).collect());
        let _ = writeln!(text, "  attack: {}", attack.words);
        let _ = writeln!(text, "    what it does: it {}", attack.does);
        let _ = writeln!(text, "    why it matters: {}", attack.matters);
        let _ = writeln!(text, "    a right server answers: {}", attack.right);
        let _ = writeln!(text, "    it needs: {needs}");
        let _ = writeln!(text, "    first it must hold that {}", attack.control);
        if attack.is_intrusive() {
            let _ = writeln!(text, "    it {}", list(attack.intrudes.iter().map(ToString::to_string).collect()));
        }
    }
    text
}
