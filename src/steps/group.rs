//! Phrases about the resources of one profile: all that the patients' records show of it, read, judged, complete,
//! leading where they say.

use super::reference::references;
use super::{Outcome, Words, World};
use crate::chart::Resource;
use crate::examine::profile;
pub(super) use crate::examine::profile::{NAMED, listed};
use crate::fhir;
use crate::profile::shown;
use crate::record::Halt;
use crate::search::Group;
use std::collections::BTreeSet;

topic! {
    Given r#"a "{Group}""# "one resource of that profile" have_one;
    Given r#"every "{Group}" of the record"# "all resources of that profile that the patients' sessions show" have_every;
    When r"the app reads it" "GET of the resource by its id" reads_it;
    Check r"it is the same resource" "its type and id" same;
    Check r"its content (?:is|should be) what the search showed" "all but meta and the narrative" same_content;
    Check r#"every must-support element of "{Group}" is shown"# "by any resource of the profile; a skip with what is open, a failure where the target's data is declared complete" must_support;
    Check r"every must-support reference leads to the right resource" "contained, seen already, or read by its reference; of a type that the profile permits, and some of each element of a profile that it permits" references;
}

impl World {
    /// The profile that a phrase names.
    pub(super) fn group(&self, name: &str) -> Result<Group, Halt> {
        let found = self.bench.groups.iter().find(|group| group.name == name);
        found.cloned().ok_or_else(|| self.misplaced(&format!("a profile of the guide called {name}")))
    }

    /// Takes resources of a profile under examination.
    pub(super) fn examine(&mut self, group: Group, all: &[&Resource]) {
        let numbers: BTreeSet<u32> = all.iter().map(|held| held.number).collect();
        self.scene.cites = numbers.into_iter().take(NAMED).collect();
        self.page.cite(&self.scene.cites.clone());
        self.scene.resources = all.iter().map(|held| held.body.clone()).collect();
        self.scene.numbers = all.iter().map(|held| held.number).collect();
        self.scene.group = Some(group);
    }

    pub(super) fn examined(&self) -> Result<Group, Halt> {
        self.scene.group.clone().ok_or_else(|| self.misplaced("a profile under examination"))
    }
}

async fn have_one(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let group = world.group(words.get(0))?;
    if let Some(own) = chart.of_group(&group).find(|own| !own.is_in_error()) {
        let person = own.people.first().copied().unwrap_or_default();
        world.scene.session = Some(world.session_of(&chart, person)?);
        world.examine(group.clone(), &[own]);
        return Ok(());
    }
    let is_local = |reference: &str| world.bench.site.local(reference).is_some();
    let Some(unread) = profile::unread(&chart, &world.bench.groups, &group, is_local) else {
        return Err(world.none_of_group(&chart, &group));
    };
    world.scene.session = Some(world.session_of(&chart, unread.person)?);
    world.scene.cites = unread.number.into_iter().collect();
    world.scene.resources = vec![unread.resource];
    world.scene.group = Some(group);
    Ok(())
}

async fn have_every(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let group = world.group(words.get(0))?;
    let all: Vec<&Resource> = chart.of_group(&group).collect();
    if all.is_empty() {
        return Err(world.none_of_group(&chart, &group));
    }
    world.examine(group.clone(), &all);
    Ok(())
}

async fn reads_it(world: &mut World, _: Words) -> Outcome {
    let resource = world.scene.resources.first().ok_or_else(|| world.misplaced("a resource"))?;
    let path = fhir::reference_to(resource);
    let (session, site) = (world.session()?, world.bench.site.clone());
    let answer = fhir::read(&world.door, &site, &session, &path, "read by id").await;
    world.answered(answer).map(drop)
}

async fn same(world: &mut World, words: Words) -> Outcome {
    world.expect_that(&words)
}

async fn same_content(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let read = answer.json().unwrap_or_default();
    let shown = world.scene.resources.first().cloned().unwrap_or_default();
    let mut cites = world.scene.cites.clone();
    cites.push(answer.number());
    world.write(&words, profile::same_content(&shown, &read, cites))
}

impl World {
    /// What the records do not show: a skip that says what to add, or a failure where the target's data is declared to
    /// show everything.
    ///
    /// `met` says of each demand in which exchange what meets it was first seen.
    pub(super) fn demand_shown(&self, words: &Words, met: &[(String, u32)], open: &[String]) -> Outcome {
        let complete = self.bench.site.target().data_complete;
        let demand = profile::demand(met, open, complete, &self.scene.cites);
        if let Some(seen) = demand.seen.filter(|_| demand.open.is_none() || !words.is_given()) {
            self.write(words, seen)?;
        }
        demand.open.map_or(Ok(()), |why| Err(self.page.not_shown(why)))
    }
}

async fn must_support(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let group = world.group(words.get(0))?;
    let all: Vec<&Resource> = chart.of_group(&group).collect();
    if all.is_empty() {
        if let Some(halt) = world.unknowable(&chart, &group.of) {
            return Err(halt);
        }
        return world.demand_shown(&words, &[], &[format!("any {}", group.name)]);
    }
    world.examine(group.clone(), &all);
    let texts: Vec<String> = world.scene.resources.iter().map(ToString::to_string).collect();
    let library = world.bench.library;
    let judged = tokio::task::spawn_blocking(move || shown(library, &group.profile, &texts)).await;
    let Ok(judged) = judged else { return Err(world.misplaced("resources that can be looked at")) };
    let numbers = world.scene.numbers.clone();
    let met: Vec<(String, u32)> =
        judged.met.into_iter().map(|(what, at)| (what, numbers.get(at).copied().unwrap_or_default())).collect();
    if !judged.open.is_empty()
        && let Some(halt) = world.unknowable(&chart, &group.of)
    {
        return Err(halt);
    }
    world.demand_shown(&words, &met, &judged.open)
}
