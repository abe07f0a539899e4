//! The Bundle that a search answers with (FHIR R4, Bundle; Search: results).

use super::{Observation, Search};
use crate::fhir::{Bundle, reference_to};
use crate::record::Strength;
use serde_json::Value;
use std::collections::BTreeSet;

/// What is demanded of a searchset, each demand on all pages.
pub fn searchset(search: &Search) -> Vec<Observation> {
    let numbers = search.pages.numbers();
    let judged = parts(search).into_iter().map(|(strength, expected, wrong)| {
        let met = wrong.is_empty();
        let observed = if met { "so on every page".to_owned() } else { wrong };
        Observation::new(met, expected, observed, numbers.clone()).with_strength(strength)
    });
    judged.collect()
}

fn mode(entry: &Value) -> &str {
    entry["search"]["mode"].as_str().unwrap_or_default()
}

fn is_match(entry: &Value) -> bool {
    matches!(mode(entry), "match" | "")
}

/// What is demanded, and what was seen instead; nothing where it holds.
fn parts(search: &Search) -> Vec<(Strength, &'static str, String)> {
    let Search { query, pages } = search;
    let all = pages.bundles.iter().flat_map(|bundle| bundle.value["entry"].as_array().into_iter().flatten());
    // What the server says about the search has no address, and may be said on every page.
    let entries: Vec<&Value> = all.filter(|entry| entry["resource"]["resourceType"] != "OperationOutcome").collect();
    let count = |wrong: usize, what: &str| if wrong == 0 { String::new() } else { format!("{wrong} {what}") };
    let with = |what: &str, is: &dyn Fn(&Value) -> bool| count(entries.iter().filter(|entry| is(entry)).count(), what);
    let kinds = pages.bundles.iter().filter(|bundle| bundle.kind() != "searchset").count();
    let types: BTreeSet<String> = pages
        .media_types()
        .map(|own| own.unwrap_or_else(|| "no content type".to_owned()))
        .filter(|own| own != "application/fhir+json")
        .collect();
    let found = entries.iter().filter(|entry| is_match(entry)).count() as u64;
    let wrong_total = pages.bundles.iter().filter_map(Bundle::total).find(|total| *total != found);
    let selves: Vec<&str> = pages.bundles.iter().map(|bundle| bundle.link("self").unwrap_or_default()).collect();
    let lost: BTreeSet<&str> = query
        .pairs
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| selves.first().is_some_and(|own| !own.is_empty() && !own.contains(&format!("{name}="))))
        .collect();
    let says_otherwise = |entry: &Value| {
        let own = entry["fullUrl"].as_str().unwrap_or_default();
        !own.is_empty() && !own.starts_with("urn:") && !own.ends_with(&reference_to(&entry["resource"]))
    };
    let other = |entry: &Value| is_match(entry) && entry["resource"]["resourceType"].as_str() != Some(&query.of);
    let ids: BTreeSet<String> = entries.iter().map(|entry| reference_to(&entry["resource"])).collect();
    vec![
        (Strength::Shall, "a Bundle of type searchset", count(kinds, "pages of another type")),
        (Strength::Shall, "application/fhir+json", types.into_iter().collect::<Vec<_>>().join(", ")),
        (
            Strength::Shall,
            "a total, where there is one, that is the number of matches",
            wrong_total.map(|total| format!("total {total}, matches {found}")).unwrap_or_default(),
        ),
        (Strength::Shall, "a self link", count(selves.iter().filter(|own| own.is_empty()).count(), "pages without")),
        (
            Strength::Should,
            "a self link that names the parameters",
            lost.into_iter().map(|name| format!("without {name}")).collect::<Vec<_>>().join(", "),
        ),
        (Strength::Shall, "a fullUrl in every entry", with("entries without", &|entry| !entry["fullUrl"].is_string())),
        (Strength::Shall, "a fullUrl that agrees with type and id", with("entries where it does not", &says_otherwise)),
        (Strength::Should, "a search mode in every entry", with("entries without", &|entry| mode(entry).is_empty())),
        (Strength::Shall, "matches of the type that was asked for", with("of another type", &other)),
        (Strength::Shall, "each resource once", count(entries.len() - ids.len(), "entries that repeat another")),
    ]
}
