//! Phrases about granular scopes: granted as asked for, and what reads by id show with them.

use super::scene::Examined;
use super::{Outcome, Words, World};
use crate::examine::Observation;
use crate::examine::granular::{self, Categories};
use crate::fhir::{self, reference_to};
use crate::record::{Halt, Strength};
use crate::search::granular_sets;
use crate::smart::{Launch, Session, Trouble};
use std::sync::Arc;

topic! {
    Given r"a session with granular scope set (\d)" "the first patient's, with the scopes of profiles/granular-scopes.toml instead of wider ones" session;
    When r"the app asks for granular scope set (\d)" "the same; a refusal is what was seen, not a missing precondition" session;
    Check r"each granular scope is granted" "as .rs, or as .r and .s" granted;
    Check r"no wider scope is granted for {ResourceType} or {ResourceType}" "none without a constraint, no wildcard" no_wider;
    Given r"only granular scopes are granted for {ResourceType}" "else nothing can be told about them" only_granular;
    Given r"an? {ResourceType} inside each of these scopes and one outside" "from what the session of full scopes shows" have_resources;
    When r"the app reads them with the granular session" "GET of each by its id" read;
    Check r"those inside are shown and the one outside is not" "200 inside; a refusal outside, no error of the server" read_right;
}

/// A granular session and what it is confined to.
#[derive(Clone)]
pub(super) struct Granular {
    pub(super) session: Arc<Session>,
    /// What it is confined to.
    pub(super) inside: Categories,
    /// What could not be searched for: the record shows nothing of these categories with the values that it needs.
    pub(super) lacking: Vec<String>,
    /// Reads: whether the resource is inside, and what came.
    reads: Vec<(bool, crate::http::Answer)>,
}

impl World {
    pub(super) fn granular(&self) -> Result<Granular, Halt> {
        self.need().cloned()
    }
}

async fn session(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let Some(set) = granular_sets().get(words.get(0)) else { return Err(world.misplaced("a set of granular scopes")) };
    let Some(person) = chart.people.first() else {
        return Err(world.not_shown(&chart, "Patient", "a patient"));
    };
    let mut scopes = vec!["launch/patient".to_owned(), "openid".to_owned(), "fhirUser".to_owned()];
    scopes.push("patient/Patient.rs".to_owned());
    for (of, categories) in set {
        scopes.extend(categories.iter().map(|category| format!("patient/{of}.rs?category={category}")));
    }
    let key = world.key(&person.user, crate::target::ClientRole::Public, &scopes.join(" "), Launch::Standalone);
    let site = world.bench.site.clone();
    let bench = Arc::clone(&world.bench);
    let session = match bench.sessions.get(&world.door, &world.page, &site, key).await {
        Ok(session) => session,
        Err(Trouble::Refused(why)) if !words.is_given() => {
            let observed = format!("no authorization: {why}");
            let seen = Observation::new(false, "an authorization with these scopes", observed, Vec::new());
            world.find(Strength::Shall, seen);
            return Err(world.page.stop());
        }
        Err(trouble) => return Err(world.halt(&words, trouble)),
    };
    if session.grant.is_none() {
        return Err(world.page.not_applicable("the target asks for no authorization (login `none`)"));
    }
    world.put(Arc::clone(&session));
    world.put(Granular { session, inside: set.clone(), lacking: Vec::new(), reads: Vec::new() });
    Ok(())
}

async fn granted(world: &mut World, words: Words) -> Outcome {
    let (own, grant) = (world.granular()?, world.grant()?);
    world.write(&words, granular::granted(&own.inside, &grant.scope, grant.number))
}

async fn no_wider(world: &mut World, words: Words) -> Outcome {
    let grant = world.grant()?;
    world.write(&words, granular::no_wider(&grant.scope, &[words.get(0), words.get(1)], grant.number))
}

async fn only_granular(world: &mut World, words: Words) -> Outcome {
    match granular::only_granular(&world.grant()?.scope, words.get(0)) {
        true => Ok(()),
        false => Err(world
            .page
            .not_applicable(format!("no granular scope for {} was granted, or a wider one was", words.get(0)))),
    }
}

async fn have_resources(world: &mut World, words: Words) -> Outcome {
    let (chart, of) = (world.chart().await?, words.get(0));
    let chosen = world.basis(&chart).inside_and_outside(&world.granular()?.inside, of);
    let resources = chosen.map_err(|lacking| world.not_shown(&chart, of, &lacking.0))?;
    world.put(Examined { resources, cites: Vec::new(), answers: Vec::new() });
    Ok(())
}

async fn read(world: &mut World, _: Words) -> Outcome {
    let mut own = world.granular()?;
    let site = world.bench.site.clone();
    let resources = world.need::<Examined>()?.resources.clone();
    for (n, resource) in resources.iter().enumerate() {
        let path = reference_to(resource);
        let answer = fhir::read(&world.door, &site, &own.session, &path, "read with granular scopes").await;
        let answer = world.answered(answer)?;
        own.reads.push((n + 1 < resources.len(), answer));
    }
    world.put(own);
    Ok(())
}

async fn read_right(world: &mut World, words: Words) -> Outcome {
    let own = world.granular()?;
    let reads = own.reads.iter();
    world.write_all(&words, reads.map(|(inside, answer)| granular::read(*inside, answer.status(), answer.number())))
}
