//! Phrases about what comes with the matches of a search: what they point to, and what points to them.

use super::scene::Searching;
use super::{Outcome, Words, World};
use crate::examine::Include;
use crate::search::Group;

topic! {
    Given r#"a search that finds a "{Group}""# "one of the searches that the record was gathered by, with a match of that profile" finds_group;
    Given r#"a search whose matches point along "([^"]+)""# "Type:parameter or Type:parameter:Target" points;
    When r#"the app makes that search with "(_include|_revinclude)=([^"]+)""# "all pages" with;
    Check r"what the matches point to comes with them" "each target along the parameter, as an include" targets_come;
    Check r"nothing else comes with them" "each include is what a match points to" only_targets;
    Check r"an? {ResourceType} that points to such a match comes with them" "by the parameter of the reverse include" pointing_comes;
    Check r"every {ResourceType} that comes with them points to a match" "by the parameter of the reverse include" pointing_only;
}

async fn finds_group(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let group = world.group(words.get(0))?;
    let Some(plan) = world.basis(&chart).search_that_found(&group) else {
        return Err(world.none_of_group(&chart, &group));
    };
    world.take_up(plan);
    world.put(group);
    Ok(())
}

async fn points(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let include = Include::read(words.get(0));
    world.kind(include.source, include.parameter)?;
    let plan = world.basis(&chart).search_that_points(include);
    let plan = plan.map_err(|lacking| world.not_shown(&chart, include.source, &lacking.0))?;
    world.take_up(plan);
    Ok(())
}

async fn with(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let include = Include::read(words.get(1));
    let reverse = words.get(0) == "_revinclude";
    if let Some(group) = world.found::<Group>().cloned().filter(|_| reverse) {
        let complete = world.bench.site.target().data_complete && chart.troubles.is_empty();
        let better = world.basis(&chart).search_pointed_to(&group, include, complete);
        let better = better.map_err(|lacking| world.not_shown(&chart, &group.of, &lacking.0))?;
        if let Some(plan) = better {
            world.take_up(plan);
        }
    }
    let of = include.target.filter(|_| !reverse).unwrap_or(include.source);
    for query in &world.need::<Searching>()?.queries {
        let session = world.session_of(&chart, query.person)?;
        world.permitted(&session, of, 'r')?;
    }
    for query in &mut world.going_on::<Searching>().queries {
        query.pairs.push((words.get(0).to_owned(), words.get(1).to_owned()));
    }
    world.make_searches().await
}

async fn targets_come(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let basis = world.basis(&chart);
    world.write_all(&words, world.searches()?.iter().map(|search| basis.targets_come(search)))
}

async fn only_targets(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let basis = world.basis(&chart);
    world.write_all(&words, world.searches()?.iter().map(|search| basis.only_targets_come(search)))
}

async fn pointing_comes(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let (basis, group) = (world.basis(&chart), world.found::<Group>());
    let searches = world.searches()?.iter();
    world.write_all(&words, searches.map(|search| basis.pointing_comes(search, words.get(0), group)))
}

async fn pointing_only(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let basis = world.basis(&chart);
    world.write_all(&words, world.searches()?.iter().map(|search| basis.all_pointing_do(search, words.get(0))))
}
