//! Phrases about the Bundle that a search answers with (FHIR R4, Bundle; Search: results).

use super::world::Asked;
use super::{Outcome, Words, World};
use crate::fhir::{Pages, reference_to};
use crate::record::Strength;
use serde_json::Value;
use std::collections::BTreeSet;

topic! {
    Check r"every page has type searchset, no wrong total, a self link, and for each entry a fullUrl, a search\.mode and no repeat" "type, media type, total, self link, fullUrl, search mode, types and ids of the entries, on all pages" whole;
}

async fn whole(world: &mut World, words: Words) -> Outcome {
    for (asked, pages) in world.made()? {
        for (strength, expected, observed) in parts(asked, pages) {
            let held = observed.is_empty();
            let observed = if held { "so on every page".to_owned() } else { observed };
            let cites = pages.numbers();
            if words.is_given() {
                world.check(&words, held, expected, observed, cites)?;
            } else {
                world.find(strength, held, expected, &observed, cites);
            }
        }
    }
    Ok(())
}

/// What is demanded of a searchset, and what was seen instead; nothing where it holds.
fn parts(asked: &Asked, pages: &Pages) -> Vec<(Strength, &'static str, String)> {
    let all = pages.bundles.iter().flat_map(|b| b.value["entry"].as_array().into_iter().flatten());
    // What the server says about the search has no address, and may be said on every page.
    let entries: Vec<&Value> = all.filter(|entry| entry["resource"]["resourceType"] != "OperationOutcome").collect();
    let count = |wrong: usize, what: &str| if wrong == 0 { String::new() } else { format!("{wrong} {what}") };
    let with = |what: &str, is: &dyn Fn(&&&Value) -> bool| count(entries.iter().filter(is).count(), what);
    let kinds = pages.bundles.iter().filter(|bundle| bundle.kind() != "searchset").count();
    let types: BTreeSet<String> = pages
        .answers
        .iter()
        .map(|answer| answer.media_type().unwrap_or_else(|| "no content type".to_owned()))
        .filter(|own| own != "application/fhir+json")
        .collect();
    let mode = |entry: &Value| entry["search"]["mode"].as_str().unwrap_or_default().to_owned();
    let found = entries.iter().filter(|entry| matches!(mode(entry).as_str(), "match" | "")).count() as u64;
    let totals: BTreeSet<u64> =
        pages.bundles.iter().filter_map(crate::fhir::Bundle::total).filter(|t| *t != found).collect();
    let selves: Vec<&str> = pages.bundles.iter().map(|bundle| bundle.link("self").unwrap_or_default()).collect();
    let lost: BTreeSet<&str> = asked
        .pairs
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| selves.first().is_some_and(|own| !own.is_empty() && !own.contains(&format!("{name}="))))
        .collect();
    let says_otherwise = |entry: &Value| {
        let own = entry["fullUrl"].as_str().unwrap_or_default();
        !own.is_empty() && !own.starts_with("urn:") && !own.ends_with(&reference_to(&entry["resource"]))
    };
    let other = |entry: &Value| {
        let of = entry["resource"]["resourceType"].as_str().unwrap_or_default();
        matches!(mode(entry).as_str(), "match" | "") && of != asked.of
    };
    let ids: BTreeSet<String> = entries.iter().map(|entry| reference_to(&entry["resource"])).collect();
    vec![
        (Strength::Shall, "a Bundle of type searchset", count(kinds, "pages of another type")),
        (Strength::Shall, "application/fhir+json", types.into_iter().collect::<Vec<_>>().join(", ")),
        (
            Strength::Shall,
            "a total, where there is one, that is the number of matches",
            totals.iter().next().map(|total| format!("total {total}, matches {found}")).unwrap_or_default(),
        ),
        (Strength::Shall, "a self link", count(selves.iter().filter(|own| own.is_empty()).count(), "pages without")),
        (
            Strength::Should,
            "a self link that names the parameters",
            lost.into_iter().map(|name| format!("without {name}")).collect::<Vec<_>>().join(", "),
        ),
        (
            Strength::Shall,
            "a fullUrl in every entry",
            with("entries without", &|entry| entry["fullUrl"].as_str().is_none()),
        ),
        (
            Strength::Shall,
            "a fullUrl that agrees with type and id",
            with("entries where it does not", &|entry| says_otherwise(entry)),
        ),
        (Strength::Should, "a search mode in every entry", with("entries without", &|entry| mode(entry).is_empty())),
        (Strength::Shall, "matches of the type that was asked for", with("of another type", &|entry| other(entry))),
        (Strength::Shall, "each resource once", count(entries.len() - ids.len(), "entries that repeat another")),
    ]
}
