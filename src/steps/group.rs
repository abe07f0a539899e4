//! Phrases about the resources of one profile: all that the patients' records show of it, read, judged, complete,
//! leading where they say.

use super::scene::{Examined, Topic as _};
use super::{Outcome, Words, World};
use crate::chart::{Chart, Resource};
use crate::examine::{Observation, answer, cited, must_support, profile, reference};
use crate::fhir;
use crate::record::{Halt, Strength};
use crate::search::Group;
use serde_json::Value;

topic! {
    Given r#"a "{Group}""# "one resource of that profile" have_one;
    Given r#"every "{Group}" of the record"# "all resources of that profile that the patients' sessions show" have_every;
    When r"the app reads it" "GET of the resource by its id" reads_it;
    Check r"it is the same resource" "its type and id" same;
    Check r"its content (?:is|should be) what the search showed" "all but meta and the narrative" same_content;
    Check r#"every must-support element of "{Group}" is shown"# "by any resource of the profile; a skip with what is open, a failure where the target's data is declared complete" must_support;
    Check r"every must-support reference leads to the right resource" "contained, seen already, or read by its reference; of a type that the profile permits, some of each element of a profile that it permits, and one of each target that is must support" references;
}

impl World {
    /// The profile that a phrase names.
    pub(super) fn group(&self, name: &str) -> Result<Group, Halt> {
        let found = self.bench.groups.iter().find(|group| group.name == name);
        found.cloned().ok_or_else(|| self.misplaced(&format!("a profile of the guide called {name}")))
    }

    /// Takes resources of a profile under examination.
    pub(super) fn examine(&mut self, group: Group, chart: &Chart, all: &[&Resource]) {
        let cites = cited(all.iter().copied());
        self.page.cite(&cites);
        let resources = all.iter().map(|found| found.body.clone()).collect();
        self.put(Examined { resources, answers: chart.sources_of(all), cites });
        self.put(group);
    }

    /// The first resource under examination.
    pub(super) fn resource(&self) -> Result<&Value, Halt> {
        self.need::<Examined>()?.resources.first().ok_or_else(|| self.misplaced(Examined::NAME))
    }
}

async fn have_one(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let group = world.group(words.get(0))?;
    if let Some(own) = chart.of_group(&group).find(|own| !own.is_in_error()) {
        let person = own.people.first().copied().unwrap_or_default();
        world.put(world.session_of(&chart, person)?);
        world.examine(group.clone(), &chart, &[own]);
        return Ok(());
    }
    let is_local = |reference: &str| world.bench.site.local(reference).is_some();
    let Some(unread) = profile::unread(&chart, &world.bench.groups, &group, is_local) else {
        return Err(world.none_of_group(&chart, &group));
    };
    world.put(world.session_of(&chart, unread.person)?);
    let cites = unread.number.into_iter().collect();
    world.put(Examined { resources: vec![unread.resource], cites, answers: Vec::new() });
    world.put(group);
    Ok(())
}

async fn have_every(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let group = world.group(words.get(0))?;
    let all: Vec<&Resource> = chart.of_group(&group).collect();
    if all.is_empty() {
        return Err(world.none_of_group(&chart, &group));
    }
    world.examine(group.clone(), &chart, &all);
    Ok(())
}

async fn reads_it(world: &mut World, _: Words) -> Outcome {
    let resource = world.resource()?;
    let path = fhir::reference_to(resource);
    let (session, site) = (world.session()?, world.bench.site.clone());
    let answer = fhir::read(&world.door, &site, &session, &path, "read by id").await;
    world.answered(answer).map(drop)
}

async fn same(world: &mut World, words: Words) -> Outcome {
    let resource = world.resource()?;
    let text = |name: &str| resource[name].as_str().unwrap_or_default();
    world.write(&words, answer::is_that_resource(world.answer()?, text("resourceType"), text("id")))
}

async fn same_content(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let read = answer.json().unwrap_or_default();
    let shown = world.resource()?;
    let mut cites = world.need::<Examined>()?.cites.clone();
    cites.push(answer.number());
    world.write(&words, profile::same_content(shown, &read, cites))
}

async fn must_support(world: &mut World, words: Words) -> Outcome {
    let (chart, group, library) = (world.chart().await?, world.group(words.get(0))?, world.bench.library);
    let found = world.judged(move || must_support::elements(library, &chart, &group)).await?;
    world.demand(&words, &found.map_err(|absence| world.ended(absence))?)
}

async fn references(world: &mut World, words: Words) -> Outcome {
    let (chart, group, library) = (world.chart().await?, world.need::<Group>()?.clone(), world.bench.library);
    let cites = world.need::<Examined>()?.cites.clone();
    let judge = move || {
        let seen = reference::references(library, &chart, &group, &cites);
        let unanswered = reference::unanswered(library, &chart, &group);
        (seen, unanswered, reference::supported_targets(library, &chart, &group))
    };
    let (seen, unanswered, supported) = world.judged(judge).await?;
    let breaks = |one: &Observation| !one.met && one.strength == Strength::Shall;
    if let Some(why) = unanswered.filter(|_| seen.as_ref().is_ok_and(|seen| !seen.iter().any(breaks))) {
        return Err(world.page.inconclusive(why));
    }
    let seen =
        seen.map_err(|why| world.page.not_shown(format!("not shown by the records of the configured users: {why}")))?;
    world.write_all(&words, seen)?;
    world.demand(&words, &supported)
}
