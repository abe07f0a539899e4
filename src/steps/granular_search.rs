//! Phrases about searches with granular scopes: what each scope covers is found, what lies outside is not.

use super::{Outcome, Words, World};
use std::sync::Arc;

topic! {
    Given r#"searches for {ResourceType} by "([^"]+)" inside each of these scopes and outside them"# "one for each category that the session of full scopes shows, one for what only resources outside have; a category alone also without its system" have_searches;
    When r"the app makes these searches with the granular session" "all pages" make;
    Check r"nothing outside the scopes comes back" "refused, best with 403, or left out; a server's error is no refusal" silent;
    Check r"what the scopes cover comes back" "all of it; only a search that reaches beyond the scopes may be refused" complete;
}

async fn have_searches(world: &mut World, words: Words) -> Outcome {
    let (chart, mut own) = (world.chart().await?, world.granular()?);
    let (of, parameters) = (words.get(0), words.get(1));
    let names: Vec<&str> = parameters.split('+').collect();
    names.iter().try_for_each(|name| world.kind(of, name).map(drop))?;
    let plan = world.basis(&chart).granular_queries(&own.inside, of, &names);
    if plan.queries.is_empty() {
        return Err(world.not_shown(&chart, of, &format!("a {of} of the first patient with values for {parameters}")));
    }
    own.lacking = plan.lacking;
    world.scene.queries = plan.queries;
    world.scene.granular = Some(own);
    Ok(())
}

async fn make(world: &mut World, _: Words) -> Outcome {
    let own = world.granular()?;
    let queries = std::mem::take(&mut world.scene.queries).into_iter();
    let due = queries.map(|query| {
        let purpose = format!("search of {} with granular scopes", query.of);
        (query, Arc::clone(&own.session), purpose)
    });
    world.scene.searches = world.ask(due.collect(), false).await?;
    Ok(())
}

async fn silent(world: &mut World, words: Words) -> Outcome {
    let (chart, own) = (world.chart().await?, world.granular()?);
    let basis = world.basis(&chart);
    let searches = world.searches()?.iter();
    world.write_all(&words, searches.flat_map(|search| basis.nothing_outside(&own.inside, search)))
}

async fn complete(world: &mut World, words: Words) -> Outcome {
    let (chart, own) = (world.chart().await?, world.granular()?);
    let basis = world.basis(&chart);
    let searches = world.searches()?.iter();
    world.write_all(&words, searches.map(|search| basis.nothing_inside_missing(&own.inside, &own.lacking, search)))
}
