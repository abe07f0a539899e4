//! Phrases about granular scopes: granted as asked for, everything inside them shown, nothing outside.

use super::search::kind;
use super::world::Asked;
use super::{Outcome, Words, World};
use crate::chart::{Chart, Held};
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
    Given r#"a search for ([A-Z]\w+) by "([^"]+)" that reaches beyond these scopes"# "by what the session of full scopes shows; the one that tells most" have_search;
    When r"the app makes that search with the granular session" "all pages" make;
    Check r"nothing outside the scopes comes back" "whatever the status; a server's error is no refusal" silent;
    Check r"what the scopes cover comes back" "all of it where the search names a scope's category, or where anything comes back" complete;
    Given r"an? ([A-Z]\w+) inside each of these scopes and one outside" "from what the session of full scopes shows" have_resources;
    When r"the app reads them with the granular session" "GET of each by its id" read;
    Check r"those inside are shown and the one outside is not" "200 inside; a refusal outside, no error of the server" read_right;
}

/// A granular session and what it is confined to.
#[derive(Clone)]
pub(super) struct Granular {
    session: Arc<Session>,
    /// Categories by resource type.
    inside: BTreeMap<String, Vec<String>>,
    /// Reads: whether the resource is inside, and what came.
    reads: Vec<(bool, crate::http::Answer)>,
    /// The search names a scope's own category.
    exact: bool,
}

fn site(world: &World) -> Site {
    world.bench.site.clone()
}

fn granular(world: &World) -> Result<Granular, Halt> {
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
    world.scene.granular = Some(Granular { session, inside: set.clone(), reads: Vec::new(), exact: false });
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
fn is_inside(world: &World, own: &Granular, held: &Held) -> Fit {
    let categories = own.inside.get(&held.of).map(|all| all.join(",")).unwrap_or_default();
    fits_all(&world.bench.meaning, &held.of, &held.values, [("category", categories.as_str())])
}

/// What a search should find of what the full session showed: inside the scopes, outside them.
fn expected(world: &World, chart: &Chart, own: &Granular, asked: &Asked) -> (BTreeSet<String>, BTreeSet<String>) {
    let known = chart.of_type(asked.person, &asked.of).filter(|held| !held.is_in_error());
    let fitting: Vec<&Held> = known.filter(|held| world.fits(asked, held) == Fit::Yes).collect();
    let of = |fit: Fit| {
        fitting.iter().filter(|held| is_inside(world, own, held) == fit).map(|held| held.reference()).collect()
    };
    (of(Fit::Yes), of(Fit::No))
}

async fn have_search(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let mut own = granular(world)?;
    let (of, parameters) = (words.get(0), words.get(1));
    let names: Vec<&str> = parameters.split('+').collect();
    let mut candidates: Vec<Asked> = Vec::new();
    for held in chart.of_type(0, of).filter(|held| !held.is_in_error()) {
        if let Some((worth, mut asked)) = world.ask_for(&chart, held, &names) {
            if asked.person != 0 || worth == 0 {
                continue;
            }
            // Moments are asked for from there on, so that there is more than one match.
            for (name, value) in &mut asked.pairs {
                if kind(world, of, name)? == crate::search::Kind::Date
                    && value.starts_with(|c: char| c.is_ascii_digit())
                {
                    *value = format!("ge{value}");
                }
            }
            if !candidates.iter().any(|known| known.pairs == asked.pairs) {
                candidates.push(asked);
            }
        }
    }
    let told = candidates.into_iter().map(|asked| {
        let (inside, outside) = expected(world, &chart, &own, &asked);
        ((usize::from(!inside.is_empty()) + usize::from(!outside.is_empty()), inside.len()), asked)
    });
    let best_of = told.fold(None, |best: Option<((usize, usize), Asked)>, next| match best {
        Some(best) if best.0 >= next.0 => Some(best),
        _ => Some(next),
    });
    let Some((_, asked)) = best_of.filter(|((sides, _), _)| *sides > 0) else {
        return Err(world.not_shown(&chart, of, &format!("a {of} of the first patient with values for {parameters}")));
    };
    let category = asked.pairs.iter().find(|(name, _)| name == "category").map(|(_, value)| value.clone());
    own.exact = category.is_some_and(|value| own.inside.get(of).is_some_and(|all| all.contains(&value)));
    world.scene.granular = Some(own);
    world.scene.asked = vec![asked];
    Ok(())
}

async fn make(world: &mut World, _: Words) -> Outcome {
    let own = granular(world)?;
    let mut asked = world.scene.asked.first().cloned().ok_or_else(|| world.misplaced("a search"))?;
    let path = fhir::path(&asked.of, &asked.pairs);
    let purpose = format!("search of {} with granular scopes", asked.of);
    match fhir::search(&world.door, &site(world), &own.session, &path, &purpose).await {
        Ok(pages) => {
            asked.pages = Some(pages);
            world.scene.asked = vec![asked];
            Ok(())
        }
        Err(none) => Err(world.page.inconclusive(world.door.redact(&none.to_string()))),
    }
}

async fn silent(world: &mut World, words: Words) -> Outcome {
    let own = granular(world)?;
    for (asked, pages) in world.made()? {
        let judged = pages.resources().filter(|body| body["resourceType"] == asked.of.as_str()).filter_map(|body| {
            let held = Held::of(world.bench.library, &world.bench.meaning, &[], body, 0, 0)?;
            Some(is_inside(world, &own, &held))
        });
        let fits: Vec<Fit> = judged.collect();
        let outside = fits.iter().filter(|fit| **fit == Fit::No).count();
        let status = pages.answers.last().map_or(0, crate::http::Answer::status);
        let held = outside == 0 && status < 500;
        let observed = format!("status {status}, {} resources, {outside} outside the scopes", fits.len());
        world.find_of(&words, asked, held, "nothing outside the scopes, and no error of the server", &observed)?;
    }
    Ok(())
}

async fn complete(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let own = granular(world)?;
    for (asked, pages) in world.made()? {
        let (inside, _) = expected(world, &chart, &own, asked);
        let ids: BTreeSet<String> = pages.matches().map(reference_to).collect();
        let missing = inside.difference(&ids).count();
        // A server may refuse what reaches beyond the scopes; what it answers must be whole.
        let bound = own.exact || !ids.is_empty();
        let observed = format!("{} known inside, {missing} missing of {} returned", inside.len(), ids.len());
        world.find_of(&words, asked, missing == 0 || !bound, "all that the scopes cover", &observed)?;
    }
    Ok(())
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
    for (inside, answer) in &granular(world)?.reads {
        let shown = answer.status() == 200;
        let held = if *inside { shown } else { !answer.is_success() && answer.status() < 500 };
        let what = if *inside { "inside: 200" } else { "outside: a refusal" };
        let observed = format!("status {}", answer.status());
        if words.is_given() {
            return Err(world.misplaced("Then before granular reads"));
        }
        world.find(Strength::Shall, held, what, &observed, vec![answer.number()]);
    }
    Ok(())
}
