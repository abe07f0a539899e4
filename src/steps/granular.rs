//! Phrases about granular scopes: granted as asked for, and what reads by id show with them.

use super::{Outcome, Words, World};
use crate::chart::Held;
use crate::examine::Observation;
use crate::fhir::{self, reference_to};
use crate::record::{Halt, Strength};
use crate::search::{Fit, fits_all, granular_sets};
use crate::smart::{Launch, Session, Site, Trouble, parse_scopes};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

topic! {
    Given r"a session with granular scope set (\d)" "the first patient's, with the scopes of profiles/granular-scopes.toml instead of wider ones" session;
    When r"the app asks for granular scope set (\d)" "the same; a refusal is what was seen, not a missing precondition" session;
    Check r"each granular scope is granted" "as .rs, or as .r and .s" granted;
    Check r"no wider scope is granted for ([A-Z]\w+) or ([A-Z]\w+)" "none without a constraint, no wildcard" no_wider;
    Given r"only granular scopes are granted for ([A-Z]\w+)" "else nothing can be told about them" only_granular;
    Given r"an? ([A-Z]\w+) inside each of these scopes and one outside" "from what the session of full scopes shows" have_resources;
    When r"the app reads them with the granular session" "GET of each by its id" read;
    Check r"those inside are shown and the one outside is not" "200 inside; a refusal outside, no error of the server" read_right;
}

/// A granular session and what it is confined to.
#[derive(Clone)]
pub(super) struct Granular {
    pub(super) session: Arc<Session>,
    /// Categories by resource type.
    pub(super) inside: BTreeMap<String, Vec<String>>,
    /// What could not be searched for: the record shows nothing of these categories with the values that it needs.
    pub(super) lacking: Vec<String>,
    /// Reads: whether the resource is inside, and what came.
    reads: Vec<(bool, crate::http::Answer)>,
}

pub(super) fn site(world: &World) -> Site {
    world.bench.site.clone()
}

pub(super) fn granular(world: &World) -> Result<Granular, Halt> {
    world.scene.granular.clone().ok_or_else(|| world.misplaced("a granular session"))
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
    let key = world.key(&person.user, "public", &scopes.join(" "), Launch::Standalone)?;
    let site = site(world);
    let bench = Arc::clone(&world.bench);
    let session = match bench.sessions.get(&world.door, &world.page, &site, key).await {
        Ok(session) => session,
        Err(Trouble::Refused(why)) if !words.is_given() => {
            let observed = format!("no authorization: {why}");
            world.find(Strength::Shall, false, "an authorization with these scopes", &observed, Vec::new());
            return Err(world.page.stop());
        }
        Err(trouble) => return Err(world.halt(&words, trouble)),
    };
    if session.grant.is_none() {
        return Err(world.page.skip("the target asks for no authorization (login `none`)"));
    }
    world.scene.session = Some(Arc::clone(&session));
    world.scene.granular = Some(Granular { session, inside: set.clone(), lacking: Vec::new(), reads: Vec::new() });
    Ok(())
}

async fn granted(world: &mut World, words: Words) -> Outcome {
    let own = granular(world)?;
    let grant = world.grant()?;
    let scopes = parse_scopes(&grant.scope);
    let mut lacking = Vec::new();
    for (of, categories) in &own.inside {
        for category in categories {
            let query = format!("category={category}");
            let letters: BTreeSet<char> = scopes
                .iter()
                .filter(|scope| scope.resource == *of && scope.query == query)
                .flat_map(|scope| scope.permissions.clone())
                .collect();
            if !(letters.contains(&'r') && letters.contains(&'s')) {
                lacking.push(format!("{of}?{query}"));
            }
        }
    }
    let observed =
        if lacking.is_empty() { "all granted".to_owned() } else { format!("not granted: {}", lacking.join(", ")) };
    world.check(&words, lacking.is_empty(), "each granular scope to read and search", observed, vec![grant.number])
}

/// The granted scopes that are wider than the granular ones for these types.
fn wider(world: &World, types: &[&str]) -> Result<(Vec<String>, u32), Halt> {
    let grant = world.grant()?;
    let wide = parse_scopes(&grant.scope).into_iter().filter(|scope| {
        let named = scope.resource == "*" || types.contains(&scope.resource.as_str());
        named && scope.query.is_empty() && scope.permissions.iter().any(|letter| matches!(letter, 'r' | 's'))
    });
    Ok((wide.map(|scope| format!("{}/{}", scope.level, scope.resource)).collect(), grant.number))
}

async fn no_wider(world: &mut World, words: Words) -> Outcome {
    let (wide, number) = wider(world, &[words.get(0), words.get(1)])?;
    let observed = if wide.is_empty() { "none wider".to_owned() } else { format!("wider: {}", wide.join(", ")) };
    world.check(&words, wide.is_empty(), "no scope without its constraint", observed, vec![number])
}

async fn only_granular(world: &mut World, words: Words) -> Outcome {
    let (wide, _) = wider(world, &[words.get(0)])?;
    let grant = world.grant()?;
    let any = parse_scopes(&grant.scope).iter().any(|scope| scope.resource == words.get(0) && !scope.query.is_empty());
    match wide.is_empty() && any {
        true => Ok(()),
        false => {
            Err(world.page.skip(format!("no granular scope for {} was granted, or a wider one was", words.get(0))))
        }
    }
}

/// Whether a resource is inside one of the scopes of its type.
pub(super) fn is_inside(world: &World, own: &Granular, held: &Held) -> Fit {
    let categories = own.inside.get(&held.of).map(|all| all.join(",")).unwrap_or_default();
    fits_all(&world.bench.meaning, &held.of, &held.values, [("category", categories.as_str())])
}

async fn have_resources(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let own = granular(world)?;
    let of = words.get(0);
    let known: Vec<&Held> = chart.of_type(0, of).filter(|held| !held.is_in_error()).collect();
    let mut chosen: Vec<serde_json::Value> = Vec::new();
    for category in own.inside.get(of).into_iter().flatten() {
        let is = |held: &&&Held| {
            fits_all(&world.bench.meaning, of, &held.values, [("category", category.as_str())]) == Fit::Yes
        };
        match known.iter().find(is) {
            Some(held) => chosen.push(held.body.clone()),
            None => {
                let code = category.rsplit('|').next().unwrap_or_default();
                return Err(world.not_shown(
                    &chart,
                    of,
                    &format!("a {of} of the first patient with the category {code}"),
                ));
            }
        }
    }
    let outside = known.iter().find(|held| is_inside(world, &own, held) == Fit::No);
    let Some(outside) = outside else {
        return Err(world.not_shown(&chart, of, &format!("a {of} of the first patient in another category")));
    };
    chosen.push(outside.body.clone());
    world.scene.resources = chosen;
    Ok(())
}

async fn read(world: &mut World, _: Words) -> Outcome {
    let mut own = granular(world)?;
    let count = world.scene.resources.len();
    for (n, resource) in world.scene.resources.clone().iter().enumerate() {
        let path = reference_to(resource);
        let answer = fhir::read(&world.door, &site(world), &own.session, &path, "read with granular scopes").await;
        let answer = world.answered(answer)?;
        own.reads.push((n + 1 < count, answer));
    }
    world.scene.granular = Some(own);
    Ok(())
}

async fn read_right(world: &mut World, words: Words) -> Outcome {
    let own = granular(world)?;
    let judged = own.reads.iter().map(|(inside, answer)| {
        let shown = answer.status() == 200;
        let held = if *inside { shown } else { !answer.is_success() && answer.status() < 500 };
        let what = if *inside { "inside: 200" } else { "outside: a refusal" };
        Observation::new(held, what, format!("status {}", answer.status()), vec![answer.number()])
    });
    world.write_all(&words, judged)
}
