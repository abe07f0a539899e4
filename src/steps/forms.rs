//! Phrases about the forms of one search: by POST, by reference, page by page, tokens with and without their system,
//! several values at once, moments before and after, and in other words.

use super::search::kind;
use super::world::Asked;
use super::{Outcome, Words, World};
use crate::chart::{Chart, Held};
use crate::fhir::{self, End, reference_to};
use crate::record::{Halt, Strength};
use crate::search::{Fit, Kind, Span, best, forms};
use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use std::collections::BTreeSet;

topic! {
    Given r"a search for ([A-Z]\w+) that finds something" "one of the searches that the record was gathered by" have_search;
    Given r"a search for ([A-Z]\w+) that finds several" "the one of them that finds the fewest, but three or more" have_several;
    When r"the app makes that search by POST" "POST [type]/_search with a form" by_post;
    When r#"the app makes that search with the patient as "Patient/\[id\]""# "the reference in the place of the id" by_reference;
    When r"the app makes that search two at a time" "_count=2, to the last page" by_twos;
    Check r"it finds the same" "the same ids" same;
    Check r"no match comes twice" "over all pages" once;
    Given r#"an? ([A-Z]\w+) with a code and its system for "([^"]+)""# "a value of that token parameter" have_token;
    When r"the app searches by code, by system\|code and by \|code" "code, system|code and |code" make;
    Given r#"several values of "([^"]+)" in the record's ([A-Z]\w+)s"# "of one patient, two or more" have_alternatives;
    When r"the app searches for these values joined by commas" "values joined by commas" make;
    Given r#"an? ([A-Z]\w+) with a date for "([^"]+)""# "a value of that date parameter" have_date;
    When r"the app searches with gt, ge, lt and le of that date and of the time around it, gt and ge of a day before, lt and le of a day after" "gt, ge, lt and le with the moment as the resource has it, and a day to either side" compare;
    When r"the app searches for that date with Z, with \+00:00 and with another offset, and for its day, month and year" "the same instant in UTC, with +00:00 and with another offset; the day, month and year" reword;
    Check r"each offset of the same instant finds the same" "as ids" same_instant;
}

/// Alternatives that one search names.
const MOST: usize = 8;

fn moved(asked: &Asked, label: &str, strength: Strength, name: &str, value: String) -> Asked {
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

fn take(world: &mut World, chart: &Chart, of: &str, least: usize, what: &str) -> Outcome {
    let Some(made) = gathered(chart, of, least) else { return Err(world.not_shown(chart, of, what)) };
    let person = chart.people.get(made.person).map(|p| p.patient.clone()).unwrap_or_default();
    let mut pairs = made.anchor.pairs(&person);
    // The server may have been asked with every status.
    let insisted = made.pages.answers.first().and_then(|a| a.url().query().map(str::to_owned)).unwrap_or_default();
    if let Some((name, codes)) = &made.anchor.status
        && pairs.iter().all(|(own, _)| own != name)
        && insisted.contains(&format!("{name}="))
    {
        pairs.push((name.clone(), codes.clone()));
    }
    world.scene.cites = made.pages.numbers();
    world.page.cite(&world.scene.cites.clone());
    let mut asked = Asked::new(of, made.person, pairs);
    asked.pages = Some(made.pages.clone());
    world.scene.asked = vec![asked];
    Ok(())
}

async fn have_search(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    take(world, &chart, words.get(0), 1, &format!("a {}", words.get(0)))
}

async fn have_several(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    take(world, &chart, words.get(0), 3, &format!("three or more {} of one patient", words.get(0)))
}

fn only(world: &World) -> Result<Asked, Halt> {
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
        Err(none) => Err(world.page.inconclusive(world.door.redact(&none.to_string()))),
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
fn with_patient<'c>(world: &World, chart: &'c Chart, of: &str, code: &str) -> Option<(&'c Held, Asked)> {
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

fn lacks(world: &World, chart: &Chart, of: &str, code: &str, what: &str) -> Halt {
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

async fn have_date(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let (of, code) = (words.get(0), words.get(1));
    if kind(world, of, code)? != Kind::Date {
        return Err(world.misplaced("a date parameter"));
    }
    let Some((held, asked)) = with_patient(world, &chart, of, code) else {
        return Err(lacks(world, &chart, of, code, "a date"));
    };
    world.scene.spans = held.values.get(code).into_iter().flatten().filter_map(Span::of).collect();
    world.scene.cites = vec![held.number];
    world.page.cite(&[held.number]);
    world.scene.asked = vec![asked];
    Ok(())
}

/// The date parameter of a search, and the moment in it without its prefix.
fn moment(world: &World, asked: &Asked) -> Result<(String, String), Halt> {
    let is_date = |name: &str| kind(world, &asked.of, name).is_ok_and(|kind| kind == Kind::Date);
    let pair = asked.pairs.iter().find(|(name, _)| is_date(name));
    let (name, value) = pair.ok_or_else(|| world.misplaced("a date"))?;
    let text = value.trim_start_matches(|c: char| c.is_ascii_lowercase());
    Ok((name.clone(), text.to_owned()))
}

async fn compare(world: &mut World, _: Words) -> Outcome {
    let asked = only(world)?;
    let (name, at) = moment(world, &asked)?;
    let mut all = Vec::new();
    for comparator in ["gt", "ge", "lt", "le"] {
        all.push(moved(&asked, comparator, Strength::Shall, &name, format!("{comparator}{at}")));
    }
    // What lies within the value is neither before nor after it, and at it for ge and le.
    if let Some(around) = world.scene.spans.first().and_then(|span| around(*span)) {
        for comparator in ["gt", "ge", "lt", "le"] {
            let label = format!("{comparator}, the time around");
            all.push(moved(&asked, &label, Strength::Should, &name, format!("{comparator}{around}")));
        }
    }
    if let Some((before, after)) = beside(&at) {
        for (comparator, moment) in [("gt", &before), ("ge", &before), ("lt", &after), ("le", &after)] {
            let label = format!("{comparator}, a day beside");
            all.push(moved(&asked, &label, Strength::Shall, &name, format!("{comparator}{moment}")));
        }
    }
    world.scene.asked = all;
    world.make_searches().await
}

/// The shortest month or year that a span lies within, a day away from its ends: whatever zone it was meant in.
fn around(span: Span) -> Option<String> {
    let day = 24 * 3_600_000;
    let from = DateTime::from_timestamp_millis(span.from)?;
    let texts = [from.format("%Y-%m").to_string(), from.format("%Y").to_string()];
    texts
        .into_iter()
        .find(|text| Span::parse(text).is_some_and(|wide| span.from >= wide.from + day && span.to <= wide.to - day))
}

/// A day before and a day after a moment, in its own precision where that is a day or finer.
fn beside(at: &str) -> Option<(String, String)> {
    let day = chrono::TimeDelta::days(1);
    if at.len() == 10 {
        let date = chrono::NaiveDate::parse_from_str(at, "%Y-%m-%d").ok()?;
        return Some(((date - day).to_string(), (date + day).to_string()));
    }
    let instant = DateTime::parse_from_rfc3339(at).ok()?;
    let text = |instant: DateTime<FixedOffset>| instant.to_rfc3339_opts(SecondsFormat::Secs, true);
    Some((text(instant - day), text(instant + day)))
}

async fn reword(world: &mut World, _: Words) -> Outcome {
    let asked = only(world)?;
    let (name, at) = moment(world, &asked)?;
    let mut all = Vec::new();
    if let Ok(instant) = DateTime::parse_from_rfc3339(&at) {
        let utc = instant.with_timezone(&Utc);
        let zulu = utc.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let zero = utc.to_rfc3339_opts(SecondsFormat::AutoSi, false);
        // An offset that is dropped makes the instant earlier in the east and later in the west.
        let shifted = |zone: Option<FixedOffset>| {
            let other = zone.map(|zone| utc.with_timezone(&zone));
            other.map(|other| other.to_rfc3339_opts(SecondsFormat::AutoSi, false)).unwrap_or_default()
        };
        let (west, east) = (shifted(FixedOffset::west_opt(5 * 3600)), shifted(FixedOffset::east_opt(9 * 3600)));
        for (label, text) in [
            ("instant in UTC", zulu),
            ("instant with +00:00", zero),
            ("instant with -05:00", west),
            ("instant with +09:00", east),
        ] {
            all.push(moved(&asked, label, Strength::Shall, &name, format!("ge{text}")));
        }
    }
    for (label, width, strength) in
        [("the day", 10, Strength::Shall), ("the month", 7, Strength::Should), ("the year", 4, Strength::Should)]
    {
        if let Some(text) = at.get(..width).filter(|text| Span::parse(text).is_some()) {
            all.push(moved(&asked, label, strength, &name, format!("ge{text}")));
        }
    }
    world.scene.asked = all;
    world.make_searches().await
}

async fn same_instant(world: &mut World, words: Words) -> Outcome {
    let made = world.made()?;
    let instants: Vec<_> = made.iter().filter(|(asked, _)| asked.label.starts_with("instant")).collect();
    let sets: Vec<BTreeSet<String>> =
        instants.iter().map(|(_, pages)| pages.matches().map(reference_to).collect()).collect();
    let cites: Vec<u32> = instants.iter().flat_map(|(_, pages)| pages.numbers()).collect();
    let same = sets.windows(2).all(|pair| pair[0] == pair[1]);
    let counts: Vec<String> = sets.iter().map(|set| set.len().to_string()).collect();
    let observed =
        if sets.is_empty() { "only days are known".to_owned() } else { format!("{} matches", counts.join(", ")) };
    world.check(&words, same, "the same matches for the same instant", observed, cites)
}
