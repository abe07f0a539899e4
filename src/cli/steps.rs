//! `probity steps [WORD]`: the phrases of the features by topic, an example of each, and the names that they take.

use super::{Exit, output, run};
use crate::profile::Library;
use crate::steps::{Phrase, Slot, handover, phrases, slots};
use crate::suite::Catalogue;
use clap::Args;
use std::fmt::Write as _;

#[derive(Args)]
pub(super) struct StepsArguments {
    /// List only what has this word in it: a phrase, what it does, a name that it takes, or a topic.
    #[arg(value_name = "WORD")]
    word: Option<String>,
}

/// Lists of names are broken before this column.
const WIDTH: usize = 100;

pub(super) fn steps(arguments: &StepsArguments) -> Exit {
    let phrases = match phrases() {
        Ok(phrases) => phrases,
        Err(error) => return output::fail(Exit::Bug, &error.to_string()),
    };
    let catalogue = match run::catalogue(None, None) {
        Ok(catalogue) => catalogue,
        Err(exit) => return exit,
    };
    let word = arguments.word.as_deref().unwrap_or_default().to_lowercase();
    let chosen: Vec<&Phrase> = phrases.iter().filter(|phrase| speaks_of(phrase, &word)).collect();
    if chosen.is_empty() {
        return output::fail(
            Exit::NothingSelected,
            &format!("no phrase has `{word}` in it\n  help: `probity steps` lists all phrases"),
        );
    }
    output::print(&listing(&chosen, &catalogue));
    Exit::Passed
}

fn speaks_of(phrase: &Phrase, word: &str) -> bool {
    let own = [phrase.topic, phrase.words, phrase.about].into_iter();
    let names = phrase.all_attacks().flat_map(|attack| [attack.words, attack.does, attack.matters]);
    own.chain(names).any(|text| text.to_lowercase().contains(word))
}

fn listing(chosen: &[&Phrase], catalogue: &Catalogue) -> String {
    let mut text = String::new();
    let mut topics: Vec<&str> = chosen.iter().map(|phrase| phrase.topic).collect();
    topics.sort_unstable();
    topics.dedup();
    for topic in topics {
        let _ = writeln!(text, "{topic}");
        for phrase in chosen.iter().filter(|phrase| phrase.topic == topic) {
            let (keyword, about) = (phrase.keyword.to_string(), phrase.about);
            let _ = writeln!(text, "  {keyword:<11} {}\n  {:<11}   {about}", phrase.words, "");
            if let Some((needs, leaves)) = handover(phrase.words) {
                for (word, names) in [("needs", needs.join("; ")), ("leaves", leaves.join("; "))] {
                    if !names.is_empty() {
                        let _ = writeln!(text, "  {:<11}   {word}: {names}", "");
                    }
                }
            }
            if let Some(attack) = phrase.attack {
                let _ = writeln!(text, "  {:<11}   attack: {}", "", attack.does);
            }
            let built_in = example(phrase, catalogue).map(|(keyword, step)| (keyword.as_str(), step.as_str()));
            if let Some((keyword, step)) = built_in.or_else(|| own_example(phrase)) {
                let _ = writeln!(text, "  {:<11}   example: {keyword} {step}", "");
            }
        }
        text.push('\n');
    }
    for slot in slots().iter().filter(|slot| chosen.iter().any(|phrase| has(phrase, slot))) {
        let _ = writeln!(text, "{{{}}}  {}", slot.name, slot.about);
        for attack in &slot.attacks {
            let _ = writeln!(text, "  {:<50} {}", attack.words, attack.does);
        }
        if slot.attacks.is_empty() && !slot.is_list {
            text += &wrapped(&slot.names(Library::embedded()));
        }
        text.push('\n');
    }
    text
}

fn has(phrase: &Phrase, slot: &Slot) -> bool {
    phrase.slots.iter().any(|own| own.name == slot.name)
}

/// The first step of the built-in features that says a phrase.
fn example<'a>(phrase: &Phrase, catalogue: &'a Catalogue) -> Option<&'a (String, String)> {
    let mut steps = catalogue.scenarios().iter().flat_map(|scenario| &scenario.steps);
    steps.find(|(_, step)| phrase.is_said_by(step))
}

/// The example of features of one's own: some phrases are for those alone.
const OWN: &str = include_str!("../../examples/own-features/portal.feature");

/// The first step of that example that says a phrase, after the keyword that it continues.
fn own_example(phrase: &Phrase) -> Option<(&'static str, &'static str)> {
    let mut keyword = "";
    OWN.lines().filter_map(|line| line.trim().split_once(' ')).find_map(|(word, step)| {
        match word {
            "Given" | "When" | "Then" => keyword = word,
            "And" | "But" => {}
            _ => return None,
        }
        phrase.is_said_by(step).then_some((keyword, step))
    })
}

/// Names in lines that fit a page.
fn wrapped(names: &[String]) -> String {
    let (mut text, mut line) = (String::new(), String::new());
    for name in names {
        if !line.is_empty() && line.len() + name.len() + 4 > WIDTH {
            let _ = writeln!(text, " {line},");
            line.clear();
        }
        let comma = if line.is_empty() { "" } else { "," };
        let _ = write!(line, "{comma} {name}");
    }
    let _ = writeln!(text, " {line}");
    text
}
