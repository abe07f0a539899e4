//! Phrases that hold the CapabilityStatement to the guide, and the server to its CapabilityStatement.

use super::group::listed;
use super::{Outcome, Words, World};
use crate::fhir;
use crate::record::Strength;
use crate::search::{Kind, queried, strength};
use crate::smart::covers as covers_scope;
use serde_json::Value;
use std::collections::BTreeSet;

topic! {
    Given r"the CapabilityStatement claims {ResourceType}" "rest.resource of that type" claims;
    Check r"it claims the interactions that read and search, the search parameters, includes and operations that the guide demands of {ResourceType}" "interactions that read and search, search parameters, includes and operations with SHALL; parameters of combinations with SHALL as a warning" covers;
    Check r"its supported profiles hold each US Core profile of:" "supportedProfile of any resource, of any version, named by the end of the URL" supports_each;
    Given r"the CapabilityStatement claims more searches of {ResourceType}" "parameters that are in no search of the guide, with a value known from the record; a skip where the scopes permit no search" claims_more;
    When r"the app searches by each of them, once more with every status if it is refused without one" "one search each, of the patient where the type has one" make;
}

/// The extension that names parameters which are searched together.
const COMBINATION: &str = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-parameter-combination";

/// What a statement says of a type.
fn resource(statement: &Value, of: &str) -> Option<Value> {
    let rest = statement["rest"].as_array().into_iter().flatten();
    let all = rest.flat_map(|rest| rest["resource"].as_array().into_iter().flatten());
    all.into_iter().find(|resource| resource["type"] == of).cloned()
}

async fn claims(world: &mut World, words: Words) -> Outcome {
    let answer = fhir::capability(&world.door, &world.bench.site).await;
    let answer = world.answered(answer)?;
    let statement =
        answer.json().ok().filter(|body| answer.is_success() && body["resourceType"] == "CapabilityStatement");
    let Some(statement) = statement else {
        return Err(world.page.blocked("the CapabilityStatement cannot be read"));
    };
    match resource(&statement, words.get(0)) {
        Some(own) => {
            world.scene.document = Some((own, answer.number()));
            Ok(())
        }
        None => Err(world
            .page
            .not_applicable(format!("not applicable: the CapabilityStatement does not claim {}", words.get(0)))),
    }
}

fn named<'v>(resource: &'v Value, list: &str, name: &str) -> BTreeSet<&'v str> {
    let items = resource[list].as_array().into_iter().flatten();
    items.filter_map(|item| if name.is_empty() { item.as_str() } else { item[name].as_str() }).collect()
}

async fn covers(world: &mut World, words: Words) -> Outcome {
    let (own, number) = world.document()?;
    let of = words.get(0);
    let Some(demanded) = world.bench.library.index().resources.get(of) else {
        return Err(world.misplaced(&format!("demands of the guide on {of}")));
    };
    let shall = |word: &str| strength(word) == Some(Strength::Shall);
    let mut missing: Vec<String> = Vec::new();
    let interactions = named(&own, "interaction", "code");
    // Patient-access tokens do not write, so `create` (DiagnosticReport, DocumentReference) is not demanded: docs/us-core.md.
    let reading = ["read", "search-type", "vread", "history-instance"];
    for interaction in
        demanded.interactions.iter().filter(|i| shall(&i.expectation) && reading.contains(&i.code.as_str()))
    {
        if !interactions.contains(interaction.code.as_str()) {
            missing.push(format!("interaction {}", interaction.code));
        }
    }
    let parameters = parameters(&own);
    let lacks = |name: &String| !name.starts_with('_') && !parameters.contains(name.as_str());
    // Parameters of every type need not be repeated at each.
    let alone = demanded.parameters.iter().filter(|(name, word)| shall(word) && lacks(name));
    missing.extend(alone.map(|(name, _)| format!("search parameter {name}")));
    // What the guide demands in combinations only may be named there, and its own listing is not demanded.
    let combined = demanded.combinations.iter().filter(|(_, word)| shall(word));
    let combined: BTreeSet<String> = combined.flat_map(|(all, _)| all.split('+').map(str::to_owned)).collect();
    let demanded_alone = |name: &String| demanded.parameters.get(name).is_some_and(|word| shall(word));
    let unnamed: Vec<String> = combined.into_iter().filter(|name| lacks(name) && !demanded_alone(name)).collect();
    for (list, all) in [("searchInclude", &demanded.includes), ("searchRevInclude", &demanded.reverse_includes)] {
        let claimed = named(&own, list, "");
        let lacking =
            all.iter().filter(|(name, word)| shall(word) && !claimed.contains(name.as_str()) && !claimed.contains("*"));
        missing.extend(lacking.map(|(name, _)| format!("{list} {name}")));
    }
    let operations = named(&own, "operation", "name");
    let lacking = demanded.operations.iter().filter(|(name, word)| shall(word) && !operations.contains(name.as_str()));
    missing.extend(lacking.map(|(name, _)| format!("operation {name}")));
    let observed =
        if missing.is_empty() { "all of it".to_owned() } else { format!("not claimed: {}", listed(&missing)) };
    world.check(&words, missing.is_empty(), format!("what US Core demands of {of}"), observed, vec![number])?;
    if !words.is_given() && !unnamed.is_empty() {
        let expected = "the parameters that US Core demands in combinations, each or in a combination";
        let observed = format!("not claimed: {}", listed(&unnamed));
        world.find(Strength::Should, false, expected, &observed, vec![number]);
    }
    Ok(())
}

/// The search parameters that a statement claims of a type: listed, or named in a combination.
fn parameters(resource: &Value) -> BTreeSet<&str> {
    let mut all = named(resource, "searchParam", "name");
    let extensions = resource["extension"].as_array().into_iter().flatten();
    let combinations = extensions.filter(|extension| extension["url"] == COMBINATION);
    let parts = combinations.flat_map(|combination| combination["extension"].as_array().into_iter().flatten());
    all.extend(parts.filter_map(|part| part["valueString"].as_str()));
    all
}

async fn supports_each(world: &mut World, words: Words) -> Outcome {
    let (statement, number) = world.document()?;
    let rest = statement["rest"].as_array().into_iter().flatten();
    let resources = rest.flat_map(|rest| rest["resource"].as_array().into_iter().flatten());
    let claimed: BTreeSet<String> = resources
        .flat_map(|resource| named(resource, "supportedProfile", ""))
        .filter_map(|url| url.split('|').next()?.rsplit('/').next().map(str::to_owned))
        .collect();
    let wanted = words.column();
    let missing: Vec<String> = wanted.iter().filter(|name| !claimed.contains(*name)).cloned().collect();
    let observed = match missing.is_empty() {
        true => format!("all {}", wanted.len()),
        false => format!("{} of {}; not {}", wanted.len() - missing.len(), wanted.len(), listed(&missing)),
    };
    world.check(&words, missing.is_empty(), "every profile of the list", observed, vec![number])
}

/// Whether any search of the guide contains a parameter: a server may support it in the guide's combinations only.
fn is_in(guide: &[(String, Strength)], parameter: &str) -> bool {
    guide.iter().any(|(all, _)| all.split('+').any(|name| name == parameter))
}

async fn claims_more(world: &mut World, words: Words) -> Outcome {
    claims(world, words.again()).await?;
    let (own, _) = world.document()?;
    let of = words.get(0).to_owned();
    let chart = world.chart().await?;
    let guide: Vec<(String, Strength)> = queried(world.bench.library, &of);
    let offers_patient = named(&own, "searchParam", "name").contains("patient");
    let permits = |held: &crate::chart::Resource| {
        let person = held.people.first().and_then(|person| chart.people.get(*person));
        person.is_some_and(|person| covers_scope(person.session.scope(), &of, 's'))
    };
    let known: Vec<_> = chart.resources.iter().filter(|held| held.of == of).collect();
    let permitted: Vec<_> = known.iter().copied().filter(|held| permits(held)).collect();
    if !known.is_empty() && permitted.is_empty() {
        return Err(world.page.not_shown(format!("the granted scopes do not permit searches of {of}")));
    }
    let mut queries = Vec::new();
    for parameter in named(&own, "searchParam", "name") {
        let asked_already = is_in(&guide, parameter);
        // The address of a server's own parameter says nothing about what it means.
        if asked_already || parameter == "patient" || world.bench.meaning.parameter(&of, parameter).is_none() {
            continue;
        }
        let alone = [parameter];
        let together = ["patient", parameter];
        let parameters: &[&str] = if offers_patient { &together } else { &alone };
        let basis = world.basis(&chart);
        if let Some((_, mut one)) = basis.best_query(permitted.iter().copied(), parameters) {
            one.label = parameter.to_owned();
            let loose = basis.kind(&of, parameter) == Some(Kind::Text);
            one.strength = if loose { Strength::Should } else { Strength::Shall };
            queries.extend(basis.with_counters(one));
        }
    }
    if queries.is_empty() {
        return Err(world
            .page
            .not_applicable("not applicable: no further parameter is claimed whose value the records show"));
    }
    world.scene.queries = queries;
    Ok(())
}

async fn make(world: &mut World, _: Words) -> Outcome {
    world.make_searches().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Library;
    use serde_json::json;

    #[test]
    fn a_parameter_of_a_combination_is_claimed_by_the_combination_too() {
        let resource = json!({
            "type": "DiagnosticReport",
            "searchParam": [{ "name": "patient", "type": "reference" }],
            "extension": [{ "url": COMBINATION, "extension": [
                { "url": "required", "valueString": "patient" },
                { "url": "required", "valueString": "category" },
                { "url": "optional", "valueString": "date" },
            ] }],
        });
        assert_eq!(parameters(&resource), BTreeSet::from(["patient", "category", "date"]));
    }

    #[test]
    fn only_what_no_search_of_the_guide_contains_is_asked_alone() {
        for (of, parameter) in [("DiagnosticReport", "date"), ("ServiceRequest", "authored"), ("Patient", "birthdate")]
        {
            assert!(is_in(&queried(Library::embedded(), of), parameter), "{of} {parameter}");
        }
        assert!(!is_in(&queried(Library::embedded(), "DiagnosticReport"), "_lastUpdated"));
    }
}
