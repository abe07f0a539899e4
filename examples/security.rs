//! Writes `docs/security.md`: which scenarios answer the checks of a security catalogue (TSV: id, area, strength, severity, ...).
//!
//! `security CATALOGUE.tsv > docs/security.md` writes the page, `security CATALOGUE.tsv ids > tests/security-ids.txt` the list of
//! ids that a test holds the page to. Only ids, strengths and severities are taken over.
#![allow(clippy::print_stdout)]

use probity::suite::Catalogue;
use std::collections::{BTreeMap, BTreeSet};

/// Checks that scenarios of other names answer, or a dash and why none does: a line each, the check, a tab, what answers it.
const ANSWERED: &str = include_str!("support/security.tsv");

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string(std::env::args().nth(1).ok_or("name the catalogue")?)?;
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    if std::env::args().nth(2).as_deref() == Some("ids") {
        rows.iter().for_each(|row| println!("{}", row[0]));
        return Ok(());
    }
    let catalogue = Catalogue::embedded()?;
    let ids: BTreeSet<String> = catalogue.scenarios().iter().map(|s| s.requirement.id.to_string()).collect();
    let answered: BTreeMap<&str, &str> = ANSWERED.lines().filter_map(|line| line.split_once('\t')).collect();
    println!("# Coverage of the security checks\n");
    println!(
        "Which scenarios answer each check of a catalogue of what a patient-access API must withstand, and why some have none."
    );
    println!("Written by `cargo run --example security`; a test holds every id here to the scenarios that there are.");
    let mut areas: Vec<&str> = Vec::new();
    for row in &rows {
        if !areas.contains(&row[1]) {
            areas.push(row[1]);
        }
    }
    let (mut without, mut lost) = (0, Vec::new());
    for area in areas {
        let own: Vec<&Vec<&str>> = rows.iter().filter(|row| row[1] == area).collect();
        println!("\n## {area} ({})\n", own.len());
        println!("| check | strength | severity | scenarios |\n| --- | --- | --- | --- |");
        for row in own {
            let told = match answered.get(row[0]) {
                _ if ids.contains(row[0]) => format!("`{}`", row[0]),
                Some(answer) => match answer.strip_prefix("- ") {
                    Some(reason) => {
                        without += 1;
                        format!("none: {reason}")
                    }
                    None => answer.split(' ').map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" "),
                },
                None => {
                    lost.push(row[0]);
                    String::new()
                }
            };
            println!("| {} | {} | {} | {told} |", row[0], row[2], row[3]);
        }
    }
    println!("\n{} checks; {without} without a scenario.", rows.len());
    if lost.is_empty() { Ok(()) } else { Err(format!("nothing answers {}", lost.join(", ")).into()) }
}
