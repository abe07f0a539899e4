//! Phrases about the forms of one search: by POST, by reference, page by page, tokens with and without their system,
//! several values at once.

use super::{Outcome, Words, World};
use crate::examine::{Plan, Query, Search};
use crate::fhir;
use crate::record::{Halt, Strength};

topic! {
    Given r"a search for {ResourceType} that finds something" "one of the searches that the record was gathered by; by its own values where no patient search brings the type" have_search;
    Given r"a search for {ResourceType} that finds several" "the one of them that finds the fewest, but three or more" have_several;
    When r"the app makes that search by POST" "POST [type]/_search with a form" by_post;
    When r#"the app makes that search with the patient as "Patient/\[id\]""# "the reference in the place of the id" by_reference;
    When r"the app makes that search two at a time" "_count=2, to the last page" by_twos;
    Check r"no page (?:has|should have) more than two matches" "a server that names _count in its self link took it up" by_count;
    Check r"it finds the same" "the same ids" same;
    Check r"no match comes twice" "over all pages" once;
    Given r#"an? {ResourceType} with a code and its system for "([^"]+)""# "a value of that token parameter" have_token;
    When r"the app searches by code, by system\|code and by \|code" "code, system|code and |code" make;
    Given r#"several values of "([^"]+)" in the record's {ResourceType}s"# "of one patient, two or more" have_alternatives;
    When r"the app searches for these values joined by commas" "values joined by commas" make;
}

impl World {
    /// The search that a step before chose and did not make.
    pub(super) fn query(&self) -> Result<&Query, Halt> {
        self.scene.queries.first().ok_or_else(|| self.misplaced("a search"))
    }

    /// The search that a step before made or took from the gathering.
    fn first_search(&self) -> Result<Search, Halt> {
        self.searches()?.first().cloned().ok_or_else(|| self.misplaced("a search"))
    }

    fn last_search(&self) -> Result<&Search, Halt> {
        self.searches()?.last().ok_or_else(|| self.misplaced("a search"))
    }
}

async fn have_search(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let of = words.get(0);
    if let Some(search) = world.basis(&chart).smallest(of, 1) {
        return take(world, search);
    }
    let Some(plan) = world.basis(&chart).search_by_values(of) else {
        return Err(world.not_shown(&chart, of, &format!("a {of}")));
    };
    world.take_up(plan);
    world.make_searches().await
}

async fn have_several(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let of = words.get(0);
    match world.basis(&chart).smallest(of, 3) {
        Some(search) => take(world, search),
        None => Err(world.not_shown(&chart, of, &format!("three or more {of} of one patient"))),
    }
}

fn take(world: &mut World, search: Search) -> Outcome {
    world.scene.cites = search.pages.numbers();
    world.page.cite(&world.scene.cites);
    world.scene.searches = vec![search];
    Ok(())
}

async fn by_post(world: &mut World, _: Words) -> Outcome {
    let chart = world.chart().await?;
    let Search { query, .. } = world.first_search()?;
    let session = world.session_of(&chart, query.person)?;
    let site = &world.bench.site;
    let made = fhir::search_by_post(&world.door, site, &session, &query.of, &query.pairs, "the same search by POST");
    let pages = made.await.map_err(|none| world.unanswered(&none))?;
    world.scene.searches.push(Search { query, pages });
    Ok(())
}

async fn by_reference(world: &mut World, _: Words) -> Outcome {
    let Search { query, .. } = world.first_search()?;
    let patient = query.value("patient").ok_or_else(|| world.misplaced("a search by patient"))?;
    world.scene.queries = vec![query.with_value("", Strength::Shall, "patient", &format!("Patient/{patient}"))];
    world.make_searches().await
}

async fn by_twos(world: &mut World, _: Words) -> Outcome {
    let Search { mut query, .. } = world.first_search()?;
    query.pairs.push(("_count".to_owned(), "2".to_owned()));
    world.scene.queries = vec![query];
    world.make_searches().await
}

async fn same(world: &mut World, words: Words) -> Outcome {
    let [first, second] = world.searches()? else { return Err(world.misplaced("two searches")) };
    world.write(&words, second.finds_the_same_as(first))
}

async fn by_count(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.last_search()?.keeps_to_count(2))
}

async fn once(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.last_search()?.finds_each_once())
}

async fn make(world: &mut World, _: Words) -> Outcome {
    world.make_searches().await
}

async fn have_token(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let (of, code) = (words.get(0), words.get(1));
    let Some(plan) = world.basis(&chart).token_forms(of, code) else {
        return Err(world.not_shown(&chart, of, &format!("a {of} with a code and its system for {code}")));
    };
    world.take_up(plan);
    Ok(())
}

async fn have_alternatives(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let (code, of) = (words.get(0), words.get(1));
    world.kind(of, code)?;
    let query = world.basis(&chart).alternatives(of, code);
    let query = query.map_err(|lacking| world.not_shown(&chart, of, &format!("a {of} with {lacking} for {code}")))?;
    world.take_up(Plan { from: Vec::new(), queries: vec![query] });
    Ok(())
}
