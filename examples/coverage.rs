//! Writes `docs/coverage.md`: which scenarios answer the requirements of a catalogue (TSV: id, area, strength, ...).
//!
//! `coverage CATALOGUE.tsv > docs/coverage.md`. Only ids and strengths are taken over. A test holds the page to the
//! scenarios that there are.
#![allow(clippy::print_stdout)]

use probity::suite::Catalogue;
use std::collections::{BTreeMap, BTreeSet};

const AREAS: [(&str, &str); 9] = [
    ("capability", "CapabilityStatement"),
    ("read", "Read"),
    ("search", "Search"),
    ("include", "Include and reverse include"),
    ("references", "References"),
    ("must-support", "Must support"),
    ("missing-data", "Missing data"),
    ("validation", "Conformance to profiles"),
    ("granular-scopes", "Granular scopes"),
];

/// Names that differ: the catalogue's and the scenarios'.
const ALIASES: [(&str, &str); 1] =
    [("head-circumference-percentile", "head-occipital-frontal-circumference-percentile")];

/// Requirements that no scenario can answer, with the reason.
const OPEN: [(&str, &str); 2] = [
    ("g10.granular-selection.scopes", "a person must choose sub-resource scopes in the server's own consent page"),
    ("g10.granular-selection.sub-scopes", "a person must choose sub-resource scopes in the server's own consent page"),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name the catalogue")?;
    let text = std::fs::read_to_string(path)?;
    let catalogue = Catalogue::embedded()?;
    let ids: BTreeSet<String> = catalogue.scenarios().iter().map(|s| s.requirement.id.to_string()).collect();
    let types: BTreeMap<String, String> = catalogue
        .scenarios()
        .iter()
        .filter_map(|s| {
            let of = s.tags.iter().find_map(|tag| tag.strip_prefix("resource:"))?;
            let group = s.requirement.id.as_str().split('.').nth(1)?;
            Some((group.to_owned(), probity::search::kebab(of)))
        })
        .collect();
    println!("# Coverage of the (g)(10) and US Core requirements");
    println!();
    println!(
        "Which scenarios answer each requirement of the API and its data that the certification test kits examine."
    );
    println!("Written by `cargo run --example coverage`; a test holds every id here to the scenarios that there are.");
    let (mut rows, mut lost) = (0, Vec::new());
    for (area, title) in AREAS {
        let own: Vec<Vec<&str>> = text
            .lines()
            .skip(1)
            .map(|line| line.split('\t').collect::<Vec<_>>())
            .filter(|row| row[1] == area)
            .collect();
        println!("\n## {title} ({})\n", own.len());
        println!("| requirement | strength | scenarios |\n| --- | --- | --- |");
        for row in own {
            rows += 1;
            let found = scenarios(row[0], &ids, &types);
            let told = match OPEN.iter().find(|(id, _)| *id == row[0]) {
                Some((_, reason)) => format!("not automated: {reason}"),
                None => found.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" "),
            };
            if told.is_empty() {
                lost.push(row[0].to_owned());
            }
            println!("| {} | {} | {told} |", row[0], row[2]);
        }
    }
    println!("\n{rows} requirements; {} not automated.", OPEN.len());
    if lost.is_empty() { Ok(()) } else { Err(format!("no scenario for {}", lost.join(", ")).into()) }
}

fn scenarios(id: &str, ids: &BTreeSet<String>, types: &BTreeMap<String, String>) -> Vec<String> {
    let mut parts: Vec<String> = id.split('.').map(str::to_owned).collect();
    for part in &mut parts {
        if let Some((_, ours)) = ALIASES.iter().find(|(theirs, _)| theirs == part) {
            *part = (*ours).to_owned();
        }
        if part == "validate" {
            *part = "conforms".to_owned();
        }
    }
    let plain = |id: &str| id.replace("._", ".").replace('+', "-");
    let wanted = parts.join(".");
    let mut found: Vec<String> = ids.iter().filter(|own| plain(own) == wanted).cloned().collect();
    // A search of the catalogue covers its forms too; here these are requirements of the type.
    if parts.get(2).is_some_and(|part| part == "search") && parts[0] == "us-core" && !found.is_empty() {
        let of = types.get(&parts[1]).cloned().unwrap_or_default();
        let names: BTreeSet<String> = found
            .iter()
            .flat_map(|own| {
                own.rsplit('.').next().unwrap_or_default().split('+').map(str::to_owned).collect::<Vec<_>>()
            })
            .collect();
        let forms = ["token", "alternatives", "comparators", "date-forms"];
        let by_name = forms
            .iter()
            .flat_map(|form| names.iter().map(|name| format!("us-core.{of}.{form}.{name}")).collect::<Vec<_>>());
        let whole = ["searchset", "post", "patient-reference", "paging"].map(|form| format!("us-core.{of}.{form}"));
        found.extend(by_name.chain(whole).filter(|own| ids.contains(own)));
    }
    found
}
