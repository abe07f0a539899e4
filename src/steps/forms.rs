//! Phrases about the forms of one search: by POST, by reference, page by page, tokens with and without their system,
//! several values at once.

use super::search::kind;
use super::world::Asked;
use super::{Outcome, Words, World};
use crate::chart::{Chart, Held};
use crate::fhir::{self, End};
use crate::record::{Halt, Strength};
use crate::search::{Fit, best, forms};
use std::collections::BTreeSet;

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

/// Alternatives that one search names.
const MOST: usize = 8;

pub(super) fn moved(asked: &Asked, label: &str, strength: Strength, name: &str, value: String) -> Asked {
    let mut pairs = asked.pairs.clone();
    pairs.iter_mut().filter(|(own, _)| own == name).for_each(|(_, own)| own.clone_from(&value));
    Asked { label: label.to_owned(), strength, pairs, pages: None, ..asked.clone() }
}

/// The gathered searches of a type with how much they found, fewest first.
fn gathered<'c>(chart: &'c Chart, of: &str, least: usize) -> Option<&'c crate::chart::Made> {
    let sound = chart.made.iter().filter(|made| made.anchor.of == of && made.pages.end == End::Whole);
    let counted = sound.map(|made| (made.pages.matches().count(), made)).filter(|(count, _)| *count >= least);
    counted.min_by_key(|(count, _)| *count).map(|(_, made)| made)
}

async fn take(world: &mut World, chart: &Chart, of: &str, least: usize, what: &str) -> Outcome {
    let Some(made) = gathered(chart, of, least) else {
        // A type that no patient search brings is searched for by what its resources say.
        let anchored = chart.made.iter().any(|made| made.anchor.of == of);
        let searches = crate::search::queried(world.bench.library, of);
        let found = searches.iter().filter(|_| !anchored && least == 1).find_map(|(own, _)| {
            let parameters: Vec<&str> = own.split('+').collect();
            world.best_search(chart, chart.held.iter().filter(|held| held.of == of), &parameters)
        });
        let Some((held, asked)) = found else { return Err(world.not_shown(chart, of, what)) };
        world.scene.cites = vec![held.number];
        world.scene.asked = vec![asked];
        return world.make_searches().await;
    };
    world.scene.cites = made.pages.numbers();
    world.page.cite(&world.scene.cites.clone());
    let mut asked = Asked::new(of, made.person, made.pairs.clone());
    asked.pages = Some(made.pages.clone());
    world.scene.asked = vec![asked];
    Ok(())
}

async fn have_search(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    take(world, &chart, words.get(0), 1, &format!("a {}", words.get(0))).await
}

async fn have_several(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    take(world, &chart, words.get(0), 3, &format!("three or more {} of one patient", words.get(0))).await
}

pub(super) fn only(world: &World) -> Result<Asked, Halt> {
    world.scene.asked.first().cloned().ok_or_else(|| world.misplaced("a search"))
}

async fn by_post(world: &mut World, _: Words) -> Outcome {
    let chart = world.chart().await?;
    let mut asked = only(world)?;
    let session = world.session_of(&chart, asked.person)?;
    let site = world.bench.site.clone();
    let made =
        fhir::search_by_post(&world.door, &site, &session, &asked.of, &asked.pairs, "the same search by POST").await;
    match made {
        Ok(pages) => {
            asked.pages = Some(pages);
            world.scene.asked.push(asked);
            Ok(())
        }
        Err(none) => Err(world.unanswered(&none)),
    }
}

async fn by_reference(world: &mut World, _: Words) -> Outcome {
    let asked = only(world)?;
    let patient = asked.pairs.iter().find(|(name, _)| name == "patient").map(|(_, id)| format!("Patient/{id}"));
    let patient = patient.ok_or_else(|| world.misplaced("a search by patient"))?;
    world.scene.asked.push(moved(&asked, "", Strength::Shall, "patient", patient));
    world.make_searches().await
}

async fn by_twos(world: &mut World, _: Words) -> Outcome {
    let mut asked = only(world)?;
    asked.pairs.push(("_count".to_owned(), "2".to_owned()));
    asked.pages = None;
    world.scene.asked.push(asked);
    world.make_searches().await
}

async fn same(world: &mut World, words: Words) -> Outcome {
    let made = world.made()?;
    let [(_, first), (other, second)] = made.as_slice() else { return Err(world.misplaced("two searches")) };
    let (one, two) = (first.ids(), second.ids());
    let (lost, new) = (one.difference(&two).count(), two.difference(&one).count());
    let observed = match second.end == End::Whole {
        false => second.end.words(),
        true => format!("{} of {} the same, {lost} missing, {new} more", one.len() - lost, one.len()),
    };
    let held = second.end == End::Whole && lost == 0 && new == 0;
    world.find_of(&words, other, held, "the same matches", &observed)
}

async fn by_count(world: &mut World, words: Words) -> Outcome {
    let made = world.made()?;
    let Some((asked, pages)) = made.last() else { return Err(world.misplaced("a search")) };
    let most = pages.bundles.iter().map(|bundle| bundle.matches().count()).max().unwrap_or_default();
    // A server that does not know the parameter may overlook it; one that says that it was used may not.
    let used = pages.bundles.first().and_then(|bundle| bundle.link("self")).is_some_and(|own| own.contains("_count="));
    let strength = if used { Strength::Shall } else { Strength::Should };
    let observed = format!("{} pages, at most {most} matches on one", pages.bundles.len());
    let asked = Asked { strength, ..(*asked).clone() };
    world.find_of(&words, &asked, most <= 2, "no more matches on a page than asked for", &observed)
}

async fn once(world: &mut World, words: Words) -> Outcome {
    let made = world.made()?;
    let Some((asked, pages)) = made.last() else { return Err(world.misplaced("a search")) };
    let count = pages.matches().count();
    let ids = pages.ids().len();
    let observed = format!("{count} matches, {ids} different, {} pages", pages.bundles.len());
    world.find_of(&words, asked, count == ids, "each match once", &observed)
}

async fn make(world: &mut World, _: Words) -> Outcome {
    world.make_searches().await
}

/// The search by patient and `code` that tells most, and the resource it is taken from.
pub(super) fn with_patient<'c>(world: &World, chart: &'c Chart, of: &str, code: &str) -> Option<(&'c Held, Asked)> {
    let searches = crate::search::queried(world.bench.library, of);
    let containing = |name: &str| searches.iter().any(|(own, _)| own.split('+').any(|part| part == name));
    let all = chart.held.iter().filter(|held| held.of == of);
    // The search that the guide names, with as little else in it as may be.
    let mut own: Vec<&str> = searches.iter().map(|(own, _)| own.as_str()).collect();
    own.retain(|parameters| parameters.split('+').any(|part| part == code));
    own.sort_by_key(|parameters| parameters.matches('+').count());
    let candidates: Vec<&Held> = all.collect();
    if !containing(code) {
        return None;
    }
    own.iter().find_map(|parameters| {
        let parameters: Vec<&str> = parameters.split('+').collect();
        world.best_search(chart, candidates.iter().copied(), &parameters)
    })
}

pub(super) fn lacks(world: &World, chart: &Chart, of: &str, code: &str, what: &str) -> Halt {
    world.not_shown(chart, of, &format!("a {of} with {what} for {code}"))
}

async fn have_token(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let (of, code) = (words.get(0), words.get(1));
    let found = with_patient(world, &chart, of, code);
    let told = found.and_then(|(held, asked)| Some((held.number, forms(held.values.get(code)?)?, asked)));
    let Some((number, forms, asked)) = told else {
        return Err(lacks(world, &chart, of, code, "a code and its system"));
    };
    world.scene.cites = vec![number];
    world.page.cite(&[number]);
    world.scene.asked = forms
        .into_iter()
        .map(|(form, value)| {
            let strength = if form == "|code" { Strength::Should } else { Strength::Shall };
            moved(&asked, form, strength, code, value)
        })
        .collect();
    Ok(())
}

async fn have_alternatives(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let (code, of) = (words.get(0), words.get(1));
    let kind = kind(world, of, code)?;
    let Some((_, asked)) = with_patient(world, &chart, of, code) else {
        return Err(lacks(world, &chart, of, code, "a value"));
    };
    let mut best_of: Option<(usize, Vec<String>)> = None;
    for person in 0..chart.people.len() {
        let mut values: Vec<String> = Vec::new();
        for held in chart.of_type(person, of).filter(|held| !held.is_in_error()) {
            let wanted = held.values.get(code).and_then(|values| best(kind, values));
            if let Some(wanted) = wanted.filter(|wanted| wanted.worth > 0 && !values.contains(&wanted.text)) {
                values.push(wanted.text);
            }
        }
        if let ([only], Some(other)) = (values.as_slice(), unused(world, of, code, &values)) {
            // One that no resource has comes first: a server that looks at the first alone is seen to.
            values = vec![other, only.clone()];
        }
        if values.len() > best_of.as_ref().map_or(1, |(_, best)| best.len()) {
            best_of = Some((person, values));
        }
    }
    let Some((person, values)) = best_of else {
        return Err(lacks(world, &chart, of, code, "two different values, of one patient,"));
    };
    let joined = values.iter().take(MOST).cloned().collect::<Vec<_>>().join(",");
    // Other parameters of the search would narrow it to one resource.
    let patient = chart.people.get(person).map(|p| p.patient.clone()).unwrap_or_default();
    let mut pairs = vec![("patient".to_owned(), patient)];
    let offered = crate::search::queried(world.bench.library, of);
    let alone = |left: &[&str]| offered.iter().any(|(own, _)| own.split('+').eq(left.iter().copied()));
    let extra = asked.pairs.iter().find(|(name, _)| {
        !alone(&["patient", code]) && !alone(&[code, "patient"]) && name != "patient" && name != code
    });
    if let Some((name, _)) = extra {
        let every = chart
            .of_type(person, of)
            .filter_map(|held| best(super::search::kind(world, of, name).ok()?, held.values.get(name)?));
        let mut every: Vec<String> = every.map(|wanted| wanted.text).collect();
        every.sort();
        every.dedup();
        // One value, the most telling: whether alternatives of the other parameter work is not asked here.
        // The one under which most different values are known.
        let fitting = |value: &String| {
            let known = chart.of_type(person, of).filter(|held| {
                let own = held.values.get(name).map_or(&[][..], Vec::as_slice);
                super::search::kind(world, of, name)
                    .is_ok_and(|kind| crate::search::fit(kind, &[], own, value) == Fit::Yes)
            });
            let found = known.filter_map(|held| best(kind, held.values.get(code)?).map(|wanted| wanted.text));
            found.collect::<BTreeSet<String>>().len()
        };
        if let Some(value) = every.iter().max_by_key(|value| fitting(value)) {
            pairs.push((name.clone(), value.clone()));
        }
    }
    pairs.push((code.to_owned(), joined));
    world.scene.asked = vec![Asked { person, pairs, pages: None, ..asked }];
    Ok(())
}

/// A status that is not among these values.
fn unused(world: &World, of: &str, code: &str, values: &[String]) -> Option<String> {
    let (_, codes) = crate::search::status(world.bench.library, of).filter(|(name, _)| name == code)?;
    let of_value = |value: &String| value.rsplit('|').next().unwrap_or_default().to_owned();
    let used: Vec<String> = values.iter().map(of_value).collect();
    codes.split(',').find(|own| *own != "entered-in-error" && !used.iter().any(|u| u == own)).map(str::to_owned)
}
