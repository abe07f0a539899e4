//! Names the members of the reference tenant's families of faults, from the compiled index and profiles: a line each.
//!
//! `faults > src/tenant/faults/members.tsv`, then `probity prove --all --observe` says what each breaks, to be reviewed.
#![allow(clippy::print_stdout)]

use probity::chart::pointers;
use probity::profile::rules::{Rule, Strength};
use probity::profile::{Library, must_support, replaceable};
use probity::search::{anchors, groups, queried, strength};
use probity::steps::LIMITABLE;
use probity::suite::table;
use probity::tenant::fault_words;
use std::collections::BTreeSet;

/// Elements that other profiles show as well: they are dropped from all resources of the type.
const SHARED: [&str; 5] = [
    "data.drop:us-core-observation-clinical-result.effective[x]",
    "data.drop:us-core-simple-observation.effective[x]",
    "data.drop:us-core-simple-observation.performer",
    "data.drop:us-core-simple-observation.value[x]",
    "data.drop:us-core-simple-observation.derivedFrom",
];
/// Members that would change nothing: the reference tenant has nothing of the kind, or shows it elsewhere as well.
const UNSEEN: [&str; 9] = [
    "data.twice:us-core-blood-pressure.value[x]",
    "data.drop:us-core-blood-pressure.value[x]",
    "data.drop:us-core-condition-encounter-diagnosis.onset[x]",
    "data.drop:us-core-condition-problems-health-concerns.onset[x]",
    "data.drop:us-core-goal.start[x]",
    "data.drop:us-core-goal.target.due[x]",
    "data.drop:us-core-questionnaireresponse.item.answer.item",
    "data.drop:us-core-questionnaireresponse.item.text",
    "data.reference:us-core-questionnaireresponse.item.answer.value[x]",
];

/// The vital signs of the reference tenant that have components.
const COMPOSED: [&str; 2] = ["us-core-blood-pressure", "us-core-pulse-oximetry"];

/// The types that stay ticked where a patient limits an app.
const TICKED: [&str; 3] = ["Patient", "Condition", "Observation"];

/// Parameters whose values are days in the reference tenant: no offset can be dropped.
const DAYS: [&str; 6] = [
    "CarePlan.date",
    "Condition.abatement-date",
    "Condition.asserted-date",
    "Condition.onset-date",
    "Condition.recorded-date",
    "Goal.target-date",
];

fn main() {
    let library = Library::embedded();
    let mut all: Vec<String> = Vec::new();
    for (of, index) in &library.index().resources {
        if index.profiles.is_empty() {
            continue;
        }
        let column = |name: &str| -> Vec<String> {
            let rows = table(library, of, name).unwrap_or_default();
            rows.into_iter().skip(1).map(|row| row[0].clone()).collect()
        };
        let searches = queried(library, of);
        let names: BTreeSet<&str> = searches.iter().flat_map(|(own, _)| own.split('+')).collect();
        for name in names.iter().filter(|name| **name != "patient") {
            all.push(format!("search.ignore:{of}.{name}"));
            all.push(format!("search.omit:{of}.{name}"));
        }
        all.extend(searches.iter().map(|(own, _)| format!("search.crash:{of}.{own}")));
        if !searches.is_empty() {
            all.push(format!("search.ignore:{of}._lastUpdated"));
        }
        for name in column("dates") {
            all.extend(named("search.comparator", &format!("{of}.{name}")));
            if !DAYS.contains(&format!("{of}.{name}").as_str()) {
                all.push(format!("search.zone:{of}.{name}"));
            }
            all.push(format!("search.precision:{of}.{name}"));
        }
        for name in column("tokens") {
            all.extend(named("search.token", &format!("{of}.{name}")));
        }
        all.extend(column("alternatives").into_iter().map(|name| format!("search.or:{of}.{name}")));
        if !searches.is_empty() {
            all.extend(named("bundle", of));
            all.push(format!("search.post:{of}"));
            if names.contains("patient") {
                all.extend(
                    ["search.patient-form", "page.repeats", "page.loses", "page.whole"]
                        .map(|family| format!("{family}:{of}")),
                );
                all.push(format!("search.fails-for:{of}.patient-3"));
            }
        }
        let mut along: Vec<&str> = index.includes.keys().filter_map(|include| include.split(':').nth(1)).collect();
        along.dedup();
        all.extend(along.iter().map(|name| format!("include.none:{of}.{name}")));
        all.extend(along.iter().map(|name| format!("include.content:{of}.{name}")));
        // By a parameter that the record was not gathered by: only such an answer shows the content.
        let gathered: BTreeSet<String> =
            anchors(library).into_iter().filter(|a| a.of == *of).filter_map(|a| Some(a.fixed?.0)).collect();
        let narrow = names.iter().find(|name| !matches!(**name, "patient" | "_id") && !gathered.contains(**name));
        all.extend(narrow.map(|name| format!("search.content:{of}.{name}")));
        if !along.is_empty() {
            all.push(format!("include.stray:{of}"));
        }
        if !index.reverse_includes.is_empty() {
            all.extend(["revinclude.none", "revinclude.stray"].map(|family| format!("{family}:{of}")));
        }
        silences(of, library, &mut all);
    }
    all.extend(fault_words("beyond").into_iter().map(|word| format!("beyond:{word}")));
    let unticked = LIMITABLE.into_iter().filter(|of| !TICKED.contains(of));
    all.extend(unticked.map(|of| format!("consent.keeps:{of}")));
    all.extend(TICKED.map(|of| format!("consent.loses:{of}")));
    all.extend(fault_words("gateway").into_iter().map(|word| format!("gateway:{word}")));
    let anchored: BTreeSet<String> = anchors(library).into_iter().map(|anchor| anchor.of).collect();
    for group in groups(library) {
        let name = group.profile.rsplit('/').next().unwrap_or_default();
        all.push(format!("read.fails:{name}"));
        // What is known by a read only cannot be read otherwise.
        if anchored.contains(&group.of) {
            all.push(format!("read.differs:{name}"));
        }
        all.extend(pointers(library, &group.profile).iter().map(|p| format!("data.reference:{name}.{}", p.path)));
        data(library, &group.profile, name, &mut all);
    }

    let widened = |id: String| match id.rsplit_once('.') {
        Some((_, path)) if SHARED.contains(&id.as_str()) => format!("data.drop:Observation.{path}"),
        _ => id,
    };
    let mut seen = BTreeSet::new();
    for id in all.into_iter().map(widened).filter(|id| !UNSEEN.contains(&id.as_str()) && seen.insert(id.clone())) {
        println!("{id}\t");
    }
}

/// A member for each word that the last argument of the family takes.
fn named(family: &str, arguments: &str) -> Vec<String> {
    fault_words(family).into_iter().map(|word| format!("{family}:{arguments}.{word}")).collect()
}

/// What the CapabilityStatement may keep silent about.
fn silences(of: &str, library: &Library, all: &mut Vec<String>) {
    let Some(index) = library.index().resources.get(of) else { return };
    let shall = |word: &String| strength(word).is_some_and(|s| s.word() == "SHALL");
    let reading = index
        .interactions
        .iter()
        .filter(|i| shall(&i.expectation) && ["read", "search-type"].contains(&i.code.as_str()));
    all.extend(reading.map(|i| format!("capability.silent:{of}.{}", i.code)));
    let names: BTreeSet<String> = queried(library, of)
        .into_iter()
        .filter(|(_, strength)| strength.word() == "SHALL")
        .flat_map(|(own, _)| own.split('+').map(str::to_owned).collect::<Vec<_>>())
        .filter(|name| !name.starts_with('_'))
        .collect();
    all.extend(names.iter().map(|name| format!("capability.silent:{of}.{name}")));
    if index.reverse_includes.values().any(shall) {
        all.push(format!("capability.silent:{of}.searchRevInclude"));
    }
    all.extend(
        index
            .operations
            .iter()
            .filter(|(_, word)| shall(word))
            .map(|(name, _)| format!("capability.silent:{of}.{name}")),
    );
}

/// What resources of a profile may lack, have twice or code wrongly.
fn data(library: &Library, profile: &str, name: &str, all: &mut Vec<String>) {
    let Some(structure) = library.structure(profile) else { return };
    let replaceable = replaceable(library, profile);
    for id in must_support(structure).into_iter().filter(|id| !replaceable.contains(id)) {
        let path = id.split_once('.').map_or("", |(_, path)| path);
        if let Some(slice) = path.strip_prefix("extension:") {
            let kebab: String = slice
                .chars()
                .flat_map(|c| if c.is_uppercase() { vec!['-', c.to_ascii_lowercase()] } else { vec![c] })
                .collect();
            let suffix = if slice == "assertedDate" || slice == "genderIdentity" { slice.to_owned() } else { kebab };
            all.push(format!("data.drop:{name}.extension={suffix}"));
        } else if let Some((choice, _)) = path.split_once("[x]:").filter(|(_, of)| !of.contains('.')) {
            if choice.starts_with("component.") && !COMPOSED.contains(&name) {
                continue;
            }
            all.push(format!("data.drop:{name}.{choice}[x]"));
        } else if !path.contains(':') {
            all.push(format!("data.drop:{name}.{path}"));
        }
    }
    let Some(base) = library.type_(&structure.of) else { return };
    for child in structure.root.children.iter().filter(|child| child.must_support && child.name != "extension") {
        let own = base.root.children.iter().find(|rule| rule.name == child.name);
        let path = if own.is_some_and(|rule| rule.choice) { format!("{}[x]", child.name) } else { child.name.clone() };
        if own.is_some_and(|rule| rule.max == Some(1)) {
            all.push(format!("data.twice:{name}.{path}"));
        }
        let required = |rule: &Rule| rule.binding.as_ref().is_some_and(|b| b.strength == Strength::Required);
        if required(child) || child.slices.iter().any(|s| s.min > 0) || own.is_some_and(required) {
            all.push(format!("data.code:{name}.{path}"));
        }
    }
}
