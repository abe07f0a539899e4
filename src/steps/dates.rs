//! Phrases about dates in searches: before, after and between moments, and the same moment in other words.

use super::forms::{lacks, moved, only, with_patient};
use super::search::kind;
use super::world::Asked;
use super::{Outcome, Words, World};
use crate::fhir::reference_to;
use crate::record::{Halt, Strength};
use crate::search::{Kind, Span};
use chrono::{DateTime, FixedOffset, SecondsFormat, Utc};
use std::collections::{BTreeMap, BTreeSet};

topic! {
    Given r#"an? {ResourceType} with a date for "([^"]+)""# "a value of that date parameter" have_date;
    When r"the app searches with gt, ge, lt and le of that date and of the time around it, gt and ge of a day before, lt and le of a day after, and between those days" "gt, ge, lt and le with the moment as the resource has it, and a day to either side; between two dates" compare;
    When r"the app searches for that date with Z, with \+00:00 and with another offset, and for its day, month and year" "the same instant in UTC, with +00:00 and with another offset; the day, month and year" reword;
    Check r"each offset of the same instant finds the same" "as ids" same_instant;
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
        // Whether what is above a moment begins within its last digit is read in two ways.
        let strength = if comparator == "gt" && at.len() > 10 { Strength::Should } else { Strength::Shall };
        all.push(moved(&asked, comparator, strength, &name, format!("{comparator}{at}")));
    }
    // What lies within the value is neither before nor after it, and at it for ge and le.
    if let Some(around) = world.scene.spans.first().and_then(|span| around(*span)) {
        for comparator in ["gt", "ge", "lt", "le"] {
            let label = format!("{comparator}, the time around");
            all.push(moved(&asked, &label, Strength::Should, &name, format!("{comparator}{around}")));
        }
    }
    if let Some((before, after)) = beside(&at) {
        // Both ends at once, where the guide has the parameter more than once in a search.
        let several = world.bench.library.index().search_parameters.get(&asked.of).and_then(|own| own.get(&name));
        if let Some(strength) = several.and_then(|parameter| crate::search::strength(&parameter.multiple_and)) {
            let mut between = moved(&asked, "between", strength, &name, format!("ge{before}"));
            between.pairs.push((name.clone(), format!("le{after}")));
            all.push(between);
        }
        for (comparator, moment) in [("gt", &before), ("ge", &before), ("lt", &after), ("le", &after)] {
            let label = format!("{comparator}, a day beside");
            all.push(moved(&asked, &label, Strength::Shall, &name, format!("{comparator}{moment}")));
        }
    }
    world.scene.asked = all.into_iter().filter(is_in_calendar).collect();
    world.make_searches().await
}

/// Whether the dates of a search are within the years that a dateTime can say.
fn is_in_calendar(asked: &Asked) -> bool {
    let date = |value: &str| value.trim_start_matches(|c: char| c.is_ascii_lowercase()).to_owned();
    asked.pairs.iter().map(|(_, value)| date(value)).all(|at| !at.starts_with("+10000") && !at.starts_with("0000-"))
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
    world.scene.asked = all.into_iter().filter(is_in_calendar).collect();
    world.make_searches().await
}

async fn same_instant(world: &mut World, words: Words) -> Outcome {
    let made = world.made()?;
    let instants: Vec<_> = made.iter().filter(|(asked, _)| asked.label.starts_with("instant")).collect();
    // Where a status has to be named there is one search for each; a wording finds what all of them find.
    let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (asked, pages) in &instants {
        let date = asked.pairs.iter().find(|(name, _)| kind(world, &asked.of, name).is_ok_and(|k| k == Kind::Date));
        let own = date.map_or("", |(_, value)| value);
        found.entry(own).or_default().extend(pages.matches().map(reference_to));
    }
    let sets: Vec<BTreeSet<String>> = found.into_values().collect();
    let cites: Vec<u32> = instants.iter().flat_map(|(_, pages)| pages.numbers()).collect();
    let same = sets.windows(2).all(|pair| pair[0] == pair[1]);
    let counts: Vec<String> = sets.iter().map(|set| set.len().to_string()).collect();
    let observed =
        if sets.is_empty() { "only days are known".to_owned() } else { format!("{} matches", counts.join(", ")) };
    world.check(&words, same, "the same matches for the same instant", observed, cites)
}
