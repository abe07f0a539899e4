//! Phrases about chained searches: by what the target of a reference says (FHIR R4, Search: chained parameters).

use super::world::Asked;
use super::{Outcome, Words, World};
use crate::chart::{Chart, Held, target_of};
use crate::fhir::reference_to;
use crate::record::Halt;
use crate::search::{Fit, Values, another, best, fits_all};
use std::collections::BTreeSet;

topic! {
    Given r#"an? {ResourceType} whose "([^"]+)\.([^".]+)" is known"# "one that refers along the first parameter to a resource with a value for the second" have;
    When r"the app searches by that chain" "all pages" make;
    Check r"every match leads to such a value" "as far as what it refers to is known" correct;
    Check r"every match that is known to lead there comes back" "each resource that any answer of this session showed" complete;
}

/// What a resource with these values refers to along a parameter, as far as it is known.
fn targets<'c>(chart: &'c Chart, values: &Values, reference: &str) -> Vec<&'c Held> {
    let own = values.get(reference).into_iter().flatten();
    own.filter_map(|value| chart.find(&target_of(value["reference"].as_str()?)?)).collect()
}

/// The chained parameter of a search and its value.
fn chain(world: &World, asked: &Asked) -> Result<(String, String, String), Halt> {
    let found = asked.pairs.iter().find_map(|(name, value)| {
        let (reference, inner) = name.split_once('.')?;
        Some((reference.to_owned(), inner.to_owned(), value.clone()))
    });
    found.ok_or_else(|| world.misplaced("a chained search"))
}

fn leads(world: &World, chart: &Chart, values: &Values, chain: &(String, String, String)) -> Fit {
    let (reference, inner, wanted) = chain;
    let fit = |held: &Held| fits_all(&world.bench.meaning, &held.of, &held.values, [(inner.as_str(), wanted.as_str())]);
    let known = targets(chart, values, reference).into_iter().map(fit);
    known.reduce(Fit::or).unwrap_or(Fit::Either)
}

async fn have(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let (of, reference, inner) = (words.get(0), words.get(1), words.get(2));
    let wanted = |held: &Held| {
        targets(&chart, &held.values, reference).into_iter().find_map(|target| {
            let kind = world.bench.meaning.parameter(&target.of, inner)?.kind;
            let wanted = best(kind, target.values.get(inner)?).filter(|wanted| wanted.worth > 0)?;
            Some([another(kind, &wanted.text), wanted.text])
        })
    };
    let own = chart.held.iter().filter(|held| held.of == of && !held.is_in_error());
    let found = own.into_iter().find_map(|held| Some((held, *held.people.first()?, wanted(held)?)));
    let Some((held, person, [other, wanted])) = found else {
        return Err(world.not_shown(&chart, of, &format!("a {of} whose {reference} has a value for {inner}")));
    };
    world.page.cite(&[held.number]);
    world.scene.cites = vec![held.number];
    let name = format!("{reference}.{inner}");
    let asked = Asked::new(of, person, vec![(name.clone(), wanted)]);
    // All that is known may lead to one place: what comes for a value that nothing has was not looked at by it.
    let mut counter = Asked::new(of, person, vec![(name, other)]);
    counter.label = "another value".to_owned();
    counter.counter = true;
    world.scene.asked = vec![asked, counter];
    Ok(())
}

async fn make(world: &mut World, _: Words) -> Outcome {
    world.make_searches().await
}

async fn correct(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    for (asked, pages) in world.made()? {
        let chain = chain(world, asked)?;
        let strays = pages.matches().filter(|body| {
            let values = world.bench.meaning.values(&asked.of, &body.to_string());
            asked.counter
                || body["resourceType"] != asked.of.as_str()
                || leads(world, &chart, &values, &chain) == Fit::No
        });
        let (count, strays) = (pages.matches().count(), strays.count());
        let observed = format!("matches: {count}, {strays} that lead elsewhere");
        world.find_of(&words, asked, strays == 0, "only matches that lead to the value", &observed)?;
    }
    Ok(())
}

async fn complete(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    for (asked, pages) in world.made()? {
        let chain = chain(world, asked)?;
        let ids: BTreeSet<String> = pages.matches().map(reference_to).collect();
        let all = chart.of_type(asked.person, &asked.of).filter(|held| !held.is_in_error());
        let known: Vec<&Held> = all.filter(|held| leads(world, &chart, &held.values, &chain) == Fit::Yes).collect();
        let missing = known.iter().filter(|held| !ids.contains(&held.reference())).count();
        let observed = format!("{} known, {missing} missing", known.len());
        world.find_of(&words, asked, missing == 0, "every match that is known", &observed)?;
    }
    Ok(())
}
