//! Phrases about chained searches: by what the target of a reference says.

use super::{Outcome, Words, World};
use crate::examine::Observation;
use crate::record::Halt;

topic! {
    Given r#"an? {ResourceType} whose "([^"]+)\.([^".]+)" is known"# "one that refers along the first parameter to a resource with a value for the second" have;
    When r"the app searches by that chain" "all pages" make;
    Check r"every match leads to such a value" "as far as what it refers to is known" correct;
    Check r"every match that is known to lead there comes back" "each resource that any answer of this session showed" complete;
}

async fn have(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let (of, reference, inner) = (words.get(0), words.get(1), words.get(2));
    let Some(plan) = world.basis(&chart).chained(of, reference, inner) else {
        return Err(world.not_shown(&chart, of, &format!("a {of} whose {reference} has a value for {inner}")));
    };
    world.take_up(plan);
    Ok(())
}

async fn make(world: &mut World, _: Words) -> Outcome {
    world.make_searches().await
}

impl World {
    fn chained(&self, all: Option<Vec<Observation>>) -> Result<Vec<Observation>, Halt> {
        all.ok_or_else(|| self.misplaced("a chained search"))
    }
}

async fn correct(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let basis = world.basis(&chart);
    let all = world.searches()?.iter().map(|search| basis.matches_lead_there(search)).collect();
    world.write_all(&words, world.chained(all)?)
}

async fn complete(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let basis = world.basis(&chart);
    let all = world.searches()?.iter().map(|search| basis.all_that_lead_come(search)).collect();
    world.write_all(&words, world.chained(all)?)
}
