//! Phrases about dates in searches: before, after and between moments, and the same moment in other words.

use super::scene::Searching;
use super::{Outcome, Words, World};
use crate::examine::Plan;
use crate::search::{Kind, Span};

topic! {
    Given r#"an? {ResourceType} with a date for "([^"]+)""# "a value of that date parameter" have_date;
    When r"the app searches before, at and after that date, and between the days around it" "gt, ge, lt and le with the moment as the resource has it, and a day to either side; between two dates" compare;
    When r"the app searches for that date in other offsets, and for its day, month and year" "the same instant in UTC, with +00:00 and with another offset; the day, month and year" reword;
    Check r"each offset of the same instant finds the same" "as ids" same_instant;
}

async fn have_date(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let (of, code) = (words.get(0), words.get(1));
    if world.kind(of, code)? != Kind::Date {
        return Err(world.misplaced("a date parameter"));
    }
    let basis = world.basis(&chart);
    let Some((own, query)) = basis.best_with(of, code) else {
        return Err(world.not_shown(&chart, of, &format!("a {of} with a date for {code}")));
    };
    let span = own.values.get(code).into_iter().flatten().find_map(Span::of);
    let plan = Plan { from: vec![own.number], queries: vec![query] };
    world.take_up(plan);
    world.going_on::<Searching>().span = span;
    Ok(())
}

async fn compare(world: &mut World, _: Words) -> Outcome {
    let chart = world.chart().await?;
    let (query, span) = (world.query()?, world.need::<Searching>()?.span);
    let queries = world.basis(&chart).comparisons(query, span).ok_or_else(|| world.misplaced("a date"))?;
    world.going_on::<Searching>().queries = queries;
    world.make_searches().await
}

async fn reword(world: &mut World, _: Words) -> Outcome {
    let chart = world.chart().await?;
    let queries = world.basis(&chart).wordings(world.query()?).ok_or_else(|| world.misplaced("a date"))?;
    world.going_on::<Searching>().queries = queries;
    world.make_searches().await
}

async fn same_instant(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    world.write(&words, world.basis(&chart).same_for_an_instant(world.searches()?))
}
