//! Phrases about the resources of one profile: all that the patients' records show of it, read, judged, complete,
//! leading where they say.

use super::reference::references;
use super::{Outcome, Words, World};
use crate::chart::{Chart, Held, Resolution, Resolved, target_of};
use crate::fhir;
use crate::profile::shown;
use crate::record::{Halt, Strength};
use crate::search::Group;
use crate::smart::covers;
use serde_json::{Value, json};
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

/// Findings name so many things; the rest are counted.
pub(super) const NAMED: usize = 6;

impl World {
    /// The profile that a phrase names.
    pub(super) fn group(&self, name: &str) -> Result<Group, Halt> {
        let found = self.bench.groups.iter().find(|group| group.name == name);
        found.cloned().ok_or_else(|| self.misplaced(&format!("a profile of the guide called {name}")))
    }

    /// Takes resources of a profile under examination.
    pub(super) fn examine(&mut self, group: Group, all: &[&Held]) {
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
    let found = chart.of_group(&group).find(|held| !held.is_in_error());
    let Some(held) = found else {
        if let Some((person, target, number)) = lost(world, &chart, &group) {
            world.scene.session = Some(world.session_of(&chart, person)?);
            world.scene.cites = number.into_iter().collect();
            world.scene.resources = vec![target];
            world.scene.group = Some(group);
            return Ok(());
        }
        return Err(world.not_shown(&chart, &group.of, &format!("a {} of the profile {}", group.of, group.name)));
    };
    let person = held.people.first().copied().unwrap_or_default();
    world.scene.session = Some(world.session_of(&chart, person)?);
    world.examine(group.clone(), &[held]);
    Ok(())
}

/// A resource of which only references are known, since none of its type that the record refers to could be read.
fn lost(world: &World, chart: &Chart, group: &Group) -> Option<(usize, Value, Option<u32>)> {
    let alone = world.bench.groups.iter().filter(|own| own.of == group.of).count() == 1;
    if !alone || !chart.claims(&group.of) || chart.held.iter().any(|held| held.of == group.of) {
        return None;
    }
    let unread = |resolved: &Resolved| matches!(resolved.resolution, Resolution::Lost(_) | Resolution::Wrong(_));
    chart.resolved.iter().filter(|(_, resolved)| unread(resolved)).find_map(|((person, reference), resolved)| {
        let session = &chart.people.get(*person)?.session;
        let target = target_of(reference)?;
        let (of, id) = target.split_once('/').filter(|(of, _)| *of == group.of)?;
        // Another server's resource is not this one's to show.
        let own = world.bench.site.local(reference).is_some();
        (own && covers(session.scope(), of, 'r'))
            .then(|| (*person, json!({ "resourceType": of, "id": id }), resolved.number))
    })
}

async fn have_every(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let group = world.group(words.get(0))?;
    let all: Vec<&Held> = chart.of_group(&group).collect();
    if all.is_empty() {
        return Err(world.not_shown(&chart, &group.of, &format!("a {} of the profile {}", group.of, group.name)));
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
    let (mut names, empty) = (BTreeSet::new(), serde_json::Map::new());
    let (read, shown) = (read.as_object().unwrap_or(&empty), shown.as_object().unwrap_or(&empty));
    for name in read.keys().chain(shown.keys()).filter(|name| !matches!(name.as_str(), "meta" | "text")) {
        if read.get(name) != shown.get(name) {
            names.insert(name.as_str());
        }
    }
    let observed = match names.is_empty() {
        true => "the same".to_owned(),
        false => format!("other content of {}", names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ")),
    };
    let mut cites = world.scene.cites.clone();
    cites.push(answer.number());
    world.check(&words, names.is_empty(), "the content that the search showed", observed, cites)
}

/// A list for a finding: the first few, then how many more.
pub(super) fn listed(all: &[String]) -> String {
    let first = all.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if all.len() > NAMED { format!("{first} and {} more", all.len() - NAMED) } else { first }
}

impl World {
    /// What the records do not show: a skip that says what to add, or a failure where the target's data is declared to
    /// show everything.
    ///
    /// `met` says of each demand in which exchange what meets it was first seen.
    pub(super) fn demand_shown(&self, words: &Words, met: &[(String, u32)], open: &[String]) -> Outcome {
        let expected = "everything shown by the records";
        let all = met.len() + open.len();
        let list: Vec<String> = met.iter().map(|(what, number)| format!("{what} in #{number}")).collect();
        let mut observed = format!("{} of {all} shown", met.len());
        if !open.is_empty() {
            observed += &format!("; not: {}", open.join(", "));
        }
        if !list.is_empty() {
            observed += &format!("; seen: {}", list.join(", "));
        }
        if open.is_empty() || self.bench.site.target().data_complete {
            let cites: BTreeSet<u32> = met.iter().map(|(_, number)| *number).collect();
            let cites = if cites.is_empty() { self.scene.cites.clone() } else { cites.into_iter().collect() };
            return self.check(words, open.is_empty(), expected, observed, cites);
        }
        // What was shown, and where, is known all the same.
        if !met.is_empty() && !words.is_given() {
            let cites: BTreeSet<u32> = met.iter().map(|(_, number)| *number).collect();
            self.find(Strength::Shall, true, "what the records do show", &observed, cites.into_iter().collect());
        }
        Err(self.page.skip(format!(
            "not shown by the records of the configured users, add data with: {} ({} of {all} shown)",
            open.join(", "),
            met.len()
        )))
    }
}

async fn must_support(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let group = world.group(words.get(0))?;
    let all: Vec<&Held> = chart.of_group(&group).collect();
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
