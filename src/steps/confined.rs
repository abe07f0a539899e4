//! Phrases about searches with granular scopes: what each scope covers is found, what lies outside is not.

use super::granular::{Granular, granular, is_inside, site};
use super::search::kind;
use super::world::Asked;
use super::{Outcome, Words, World};
use crate::chart::{Asking, Chart, Held};
use crate::fhir::{Pages, reference_to};
use crate::record::{Halt, Strength};
use crate::search::{Fit, Kind, fits_all};
use std::collections::BTreeSet;

topic! {
    Given r#"searches for {ResourceType} by "([^"]+)" inside each of these scopes and outside them"# "one for each category that the session of full scopes shows, one for what only resources outside have; a category alone also without its system" have_searches;
    When r"the app makes these searches with the granular session" "all pages" make;
    Check r"nothing outside the scopes comes back" "refused, best with 403, or left out; a server's error is no refusal" silent;
    Check r"what the scopes cover comes back" "all of it; only a search that reaches beyond the scopes may be refused" complete;
}

/// References to the resources that a search should find: inside the scopes, outside them.
type Sides = (BTreeSet<String>, BTreeSet<String>);

/// What a search should find of what the full session showed.
fn expected(world: &World, chart: &Chart, own: &Granular, asked: &Asked) -> Sides {
    let known = chart.of_type(asked.person, &asked.of).filter(|held| !held.is_in_error());
    let fitting: Vec<&Held> = known.filter(|held| world.fits(asked, held) == Fit::Yes).collect();
    let of = |fit: Fit| {
        fitting.iter().filter(|held| is_inside(world, own, held) == fit).map(|held| held.reference()).collect()
    };
    (of(Fit::Yes), of(Fit::No))
}

/// A resource's values for a search; of its categories the wanted one.
fn of_values(
    world: &World,
    chart: &Chart,
    held: &Held,
    names: &[&str],
    category: Option<&str>,
) -> Result<Option<Asked>, Halt> {
    let Some((_, mut asked)) =
        world.ask_for(chart, held, names).filter(|(worth, asked)| *worth > 0 && asked.person == 0)
    else {
        return Ok(None);
    };
    for (name, value) in &mut asked.pairs {
        match category {
            Some(category) if name == "category" => category.clone_into(value),
            // Moments are asked for from there on, so that there is more than one match.
            _ if kind(world, &held.of, name)? == Kind::Date && value.starts_with(|c: char| c.is_ascii_digit()) => {
                *value = format!("ge{value}");
            }
            _ => {}
        }
    }
    Ok((world.fits(&asked, held) == Fit::Yes).then_some(asked))
}

/// The search that best keeps to one side of the scopes: nothing known of the other side satisfies it, if that can be.
fn best_of(candidates: Vec<Asked>, sides: impl Fn(&Asked) -> (usize, usize)) -> Option<Asked> {
    let told = candidates.into_iter().map(|asked| {
        let (own, other) = sides(&asked);
        ((other == 0, own), asked)
    });
    // The first of the best: a run is to ask the same again.
    let best = told.fold(None, |best: Option<((bool, usize), Asked)>, next| match best {
        Some(best) if best.0 >= next.0 => Some(best),
        _ => Some(next),
    });
    best.map(|(_, asked)| asked)
}

fn code_of(category: &str) -> &str {
    category.rsplit('|').next().unwrap_or_default()
}

async fn have_searches(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let mut own = granular(world)?;
    let (of, parameters) = (words.get(0), words.get(1));
    let names: Vec<&str> = parameters.split('+').collect();
    let known: Vec<&Held> = chart.of_type(0, of).filter(|held| !held.is_in_error()).collect();
    let in_scope = own.inside.get(of).cloned().unwrap_or_default();
    let mut chosen: Vec<Asked> = Vec::new();
    for category in in_scope.iter().map(|category| Some(category.as_str())).chain([None]) {
        let mut candidates: Vec<Asked> = Vec::new();
        for held in &known {
            let is = match category {
                Some(category) => {
                    fits_all(&world.bench.meaning, of, &held.values, [("category", category)]) == Fit::Yes
                }
                None => is_inside(world, &own, held) == Fit::No,
            };
            if is
                && let Some(asked) = of_values(world, &chart, held, &names, category)?
                && !candidates.iter().any(|known| known.pairs == asked.pairs)
            {
                candidates.push(asked);
            }
        }
        let sides = |asked: &Asked| {
            let (inside, outside) = expected(world, &chart, &own, asked);
            if category.is_some() { (inside.len(), outside.len()) } else { (outside.len(), inside.len()) }
        };
        let label = category.map_or("outside", code_of);
        let Some(asked) = best_of(candidates, sides) else {
            own.lacking.push(label.to_owned());
            continue;
        };
        let mut forms = vec![(label.to_owned(), asked.clone())];
        // That a category may be named by its code alone is asked once: by the search that has no other parameter.
        if names == ["patient", "category"] {
            let mut plain = asked;
            for (_, value) in plain.pairs.iter_mut().filter(|(name, _)| name == "category") {
                *value = code_of(value).to_owned();
            }
            forms.push((format!("{label} by its code alone"), plain));
        }
        for (label, mut asked) in forms {
            match chosen.iter_mut().find(|known| known.pairs == asked.pairs) {
                Some(known) => known.label += &format!(", {label}"),
                None => {
                    asked.label = label;
                    chosen.push(asked);
                }
            }
        }
    }
    if chosen.is_empty() {
        return Err(world.not_shown(&chart, of, &format!("a {of} of the first patient with values for {parameters}")));
    }
    if let [only] = chosen.as_mut_slice() {
        only.label.clear();
    }
    world.scene.asked = chosen;
    world.scene.granular = Some(own);
    Ok(())
}

async fn make(world: &mut World, _: Words) -> Outcome {
    let own = granular(world)?;
    let (site, library) = (site(world), world.bench.library);
    let mut made = Vec::new();
    for one in std::mem::take(&mut world.scene.asked) {
        let asking = Asking { door: &world.door, site: &site, library, strict: false };
        let purpose = format!("search of {} with granular scopes", one.of);
        let answered = asking.ask(&own.session, &one.of, &one.pairs, &purpose).await;
        let answered = answered.map_err(|none| world.unanswered(&none))?;
        made.extend(answered.into_iter().map(|(pairs, pages)| Asked { pairs, pages: Some(pages), ..one.clone() }));
    }
    world.scene.asked = made;
    Ok(())
}

fn status_of(pages: &Pages) -> u16 {
    pages.answers.last().map_or(0, crate::http::Answer::status)
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
        let status = status_of(pages);
        let held = outside == 0 && status < 500;
        let observed = format!("status {status}, {} resources, {outside} outside the scopes", fits.len());
        world.find_of(&words, asked, held, "nothing outside the scopes, and no error of the server", &observed)?;
        if held && !matches!(status, 200 | 403) {
            let label = if asked.label.is_empty() { String::new() } else { format!("{}: ", asked.label) };
            let expected = format!("{label}a searchset, or a refusal with 403");
            world.find(Strength::Should, false, &expected, &format!("status {status}"), pages.numbers());
        }
    }
    Ok(())
}

async fn complete(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let own = granular(world)?;
    for (asked, pages) in world.made()? {
        let (inside, outside) = expected(world, &chart, &own, asked);
        let ids: BTreeSet<String> = pages.matches().map(reference_to).collect();
        let missing = inside.difference(&ids).count();
        let scopes = own.inside.get(&asked.of);
        let names = |is: &dyn Fn(&str, &str) -> bool| {
            let values = asked.pairs.iter().filter(|(name, _)| name == "category").map(|(_, value)| value);
            values.into_iter().any(|value| scopes.is_some_and(|all| all.iter().any(|scope| is(scope, value))))
        };
        let exact = names(&|scope, value| scope == value);
        let by_code = names(&|scope, value| code_of(scope) == value);
        // Who names a scope's own category cannot be refused. What reaches beyond the scopes may be refused, or answered
        // with nothing; what else is answered must be whole.
        let answered = status_of(pages) == 200;
        let bound = exact || !ids.is_empty() || (answered && (by_code || outside.is_empty()));
        let mut observed = format!("{} known inside, {missing} missing of {} returned", inside.len(), ids.len());
        if !own.lacking.is_empty() {
            observed += &format!("; the record shows no such {}: {}", asked.of, own.lacking.join(", "));
        }
        world.find_of(&words, asked, missing == 0 || !bound, "all that the scopes cover", &observed)?;
    }
    Ok(())
}
