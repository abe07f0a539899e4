//! Phrases about searches: values from everything known of a patient, the search made, and what it must and must not
//! bring.

use super::scene::Searching;
use super::{Outcome, Words, World};
use crate::chart::{Asking, Chart};
use crate::examine::{Plan, Query, Search};
use crate::record::Halt;
use crate::search::{Group, Kind};
use crate::smart::Session;
use std::sync::Arc;

topic! {
    Given r#"a "{Group}" with values for "([^"]+)""# "of all patients' resources of that profile the one that tells most; parameters joined by +" have_values;
    When r"the app searches with these values, with every status if the server demands one" "the search and all its pages; with the status named where the server insists on it" make;
    Check r"the search succeeds" "200 and a searchset on every page" succeeds;
    Check r"every match satisfies every parameter" "by the resource's own values; undecided where the standard leaves it to the server" correct;
    Check r"every match that is known comes back" "each resource any answer of this session showed and that satisfies the search" complete;
}

impl World {
    /// Takes up the searches of a plan, which are still to be made.
    pub(super) fn take_up(&mut self, plan: Plan) {
        self.page.cite(&plan.from);
        self.going_on::<Searching>().queries = plan.queries;
    }

    /// Makes every search that was taken up.
    pub(super) async fn make_searches(&mut self) -> Outcome {
        let chart = self.chart().await?;
        let mut due = Vec::new();
        for query in std::mem::take(&mut self.going_on::<Searching>().queries) {
            let session = self.session_of(&chart, query.person)?;
            self.permitted(&session, &query.of, 's')?;
            let purpose = format!("search of {}", query.of);
            due.push((query, session, purpose));
        }
        let made = self.ask(due, true).await?;
        if let Some(why) = made.iter().find_map(|search| search.pages.untested()) {
            return Err(self.page.inconclusive(why));
        }
        self.going_on::<Searching>().made.extend(made);
        Ok(())
    }

    /// Makes searches; one that the server wants to have a status named in may become several. A `strict` one does so only
    /// where the refusal explains itself.
    pub(super) async fn ask(&self, due: Vec<(Query, Arc<Session>, String)>, strict: bool) -> Result<Vec<Search>, Halt> {
        let asking = Asking { door: &self.door, site: &self.bench.site, library: self.bench.library, strict };
        let answers = due.iter().map(|(query, session, purpose)| asking.ask(session, &query.of, &query.pairs, purpose));
        let answers = futures::future::join_all(answers).await;
        let mut made = Vec::new();
        for ((query, ..), answered) in due.iter().zip(answers) {
            let answered = answered.map_err(|none| self.unanswered(&none))?;
            let several = answered.len() > 1;
            made.extend(answered.into_iter().map(|(pairs, pages)| {
                let status = pairs.last().filter(|_| several).map(|(name, value)| format!("{name} {value}"));
                let label = [query.label.clone(), status.unwrap_or_default()].join(" ").trim().to_owned();
                Search { query: Query { label, pairs, ..query.clone() }, pages }
            }));
        }
        Ok(made)
    }

    /// The searches that were made.
    pub(super) fn searches(&self) -> Result<&[Search], Halt> {
        match self.need::<Searching>()?.made.as_slice() {
            [] => Err(self.misplaced("a search that was made")),
            made => Ok(made),
        }
    }

    /// The type of a parameter, for phrases that are about one type.
    pub(super) fn kind(&self, of: &str, code: &str) -> Result<Kind, Halt> {
        let parameter = self.bench.meaning.parameter(of, code);
        parameter.map(|p| p.kind).ok_or_else(|| self.misplaced(&format!("a search parameter {code} of {of}")))
    }

    /// Ends the scenario for want of a resource of a profile.
    pub(super) fn none_of_group(&self, chart: &Chart, group: &Group) -> Halt {
        self.not_shown(chart, &group.of, &format!("a {} of the profile {}", group.of, group.name))
    }
}

async fn have_values(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let group = world.group(words.get(0))?;
    let parameters: Vec<&str> = words.get(1).split('+').collect();
    parameters.iter().try_for_each(|code| world.kind(&group.of, code).map(drop))?;
    let gathered = world.basis(&chart).gathered(&group, &parameters);
    if let Some(why) = gathered.untested {
        return Err(world.page.inconclusive(world.door.redact(&why)));
    }
    match world.basis(&chart).plan_for_group(&group, &parameters) {
        Some(plan) => {
            world.take_up(plan);
            world.page.cite(&gathered.numbers);
        }
        // Where nothing is known because the gathering search itself went wrong, that is what there is to see.
        None if !gathered.broken.is_empty() => {}
        None if chart.of_group(&group).next().is_none() => return Err(world.none_of_group(&chart, &group)),
        None => {
            let what = format!("a {} of the profile {} with values for {}", group.of, group.name, words.get(1));
            return Err(world.not_shown(&chart, &group.of, &what));
        }
    }
    world.going_on::<Searching>().made = gathered.broken;
    Ok(())
}

async fn make(world: &mut World, _: Words) -> Outcome {
    world.make_searches().await
}

async fn succeeds(world: &mut World, words: Words) -> Outcome {
    world.write_all(&words, world.searches()?.iter().map(Search::succeeds))
}

async fn correct(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let basis = world.basis(&chart);
    world.write_all(&words, world.searches()?.iter().map(|search| basis.nothing_contradicts(search)))
}

async fn complete(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let basis = world.basis(&chart);
    world.write_all(&words, world.searches()?.iter().map(|search| basis.nothing_missing(search)))
}
