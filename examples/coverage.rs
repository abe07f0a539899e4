//! Writes `docs/coverage.md`: which scenarios answer the requirements of a catalogue (TSV: id, area, strength, ...).
//!
//! `coverage CATALOGUE.tsv > docs/coverage.md` writes the page, `coverage CATALOGUE.tsv ids > tests/coverage-ids.txt` the
//! list of ids that a test holds the page to, so that no row can get lost. Only ids, strengths and whether a person is
//! needed are taken over.
#![allow(clippy::print_stdout)]

use probity::suite::Catalogue;
use std::collections::{BTreeMap, BTreeSet};

const AREAS: [(&str, &str); 22] = [
    ("discovery", "Discovery"),
    ("launch-standalone", "Standalone launch"),
    ("launch-ehr", "EHR launch"),
    ("pkce", "PKCE"),
    ("openid", "OpenID Connect"),
    ("scopes", "Scopes"),
    ("refresh", "Refresh"),
    ("introspection", "Introspection"),
    ("revocation", "Revocation"),
    ("tls", "TLS"),
    ("error-paths", "Error paths"),
    ("attestation", "Attestations"),
    ("capability", "CapabilityStatement"),
    ("read", "Read"),
    ("search", "Search"),
    ("include", "Include and reverse include"),
    ("references", "References"),
    ("must-support", "Must support"),
    ("missing-data", "Missing data"),
    ("validation", "Conformance to profiles"),
    ("granular-scopes", "Granular scopes"),
    ("other", "Other"),
];

/// Names that differ: the catalogue's and the scenarios'.
const ALIASES: [(&str, &str); 1] =
    [("head-circumference-percentile", "head-occipital-frontal-circumference-percentile")];

/// Requirements that scenarios of other names answer: a line each, the requirement, a tab, the scenarios.
const ANSWERED: &str = include_str!("support/coverage.tsv");

/// Requirements that no scenario answers, by the beginning of their ids, with the reason.
const OPEN: [(&str, &str); 3] = [
    ("g10.granular-selection.scopes", "a person must choose sub-resource scopes in the server's own consent page"),
    ("smart.backend", "backend services are no access of patients"),
    ("g10.session", "a step of the kit's own, which takes over tokens from one test to the next"),
];

fn open(id: &str) -> Option<&'static str> {
    OPEN.iter().find(|(begin, _)| id.starts_with(begin)).map(|(_, reason)| *reason)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("name the catalogue")?;
    let text = std::fs::read_to_string(path)?;
    if std::env::args().nth(2).as_deref() == Some("ids") {
        list_ids(&text);
        return Ok(());
    }
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
    println!("Which scenarios answer each requirement that the certification test kits examine.");
    println!(
        "Written by `cargo run --example coverage`; a test holds every id here to the scenarios that there are, and the"
    );
    println!("rows to the list of requirements in `tests/coverage-ids.txt`.");
    println!();
    println!(
        "*Needs* says what a requirement takes beside the sessions of the configured users: a launch of its own, which a person"
    );
    println!(
        "would have to approve and the login driver of the target does for them; or a person whom no driver replaces."
    );
    let (mut rows, mut unanswered, mut lost) = (0, 0, Vec::new());
    for (area, title) in AREAS {
        let own: Vec<Vec<&str>> = text
            .lines()
            .skip(1)
            .map(|line| line.split('\t').collect::<Vec<_>>())
            .filter(|row| row[1] == area)
            .collect();
        println!("\n## {title} ({})\n", own.len());
        // Where nothing needs anybody, the column would only be empty.
        let tells = own.iter().any(|row| !needs(row[0], row[7]).is_empty());
        match tells {
            true => println!("| requirement | strength | needs | scenarios |\n| --- | --- | --- | --- |"),
            false => println!("| requirement | strength | scenarios |\n| --- | --- | --- |"),
        }
        for row in own {
            rows += 1;
            let found = scenarios(row[0], &ids, &types);
            unanswered += usize::from(open(row[0]).is_some());
            let told = match open(row[0]) {
                Some(reason) => format!("not automated: {reason}"),
                None => found.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" "),
            };
            if told.is_empty() {
                lost.push(row[0].to_owned());
            }
            match tells {
                true => println!("| {} | {} | {} | {told} |", row[0], row[2], needs(row[0], row[7])),
                false => println!("| {} | {} | {told} |", row[0], row[2]),
            }
        }
    }
    println!("\n{rows} requirements; {unanswered} not automated.");
    if lost.is_empty() { Ok(()) } else { Err(format!("no scenario for {}", lost.join(", ")).into()) }
}

/// What it takes beside a session: the catalogue says of each requirement whether a user must act.
fn needs(id: &str, automatable: &str) -> &'static str {
    match automatable {
        _ if open(id).is_some() => "",
        "attestation" => "a person",
        "yes" => "",
        _ => "a launch",
    }
}

/// The ids of the areas, in their order.
fn list_ids(text: &str) {
    for (area, _) in AREAS {
        let rows = text.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
        rows.filter(|row| row[1] == area).for_each(|row| println!("{area}\t{}", row[0]));
    }
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
    if let Some(line) = ANSWERED.lines().find_map(|line| line.strip_prefix(id)?.strip_prefix('\t')) {
        return line.split_whitespace().filter(|own| ids.contains(*own)).map(str::to_owned).collect();
    }
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
