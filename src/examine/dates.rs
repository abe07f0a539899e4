//! Dates in searches: before, after and between moments, and the same moment in other words.

use super::{Basis, Observation, Query, Search};
use crate::fhir::reference_to;
use crate::record::Strength;
use crate::search::{Kind, Span, strength};
use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};

/// What the labels of searches for the same instant begin with.
const INSTANT: &str = "instant";

impl Basis<'_> {
    /// The date parameter of a search, and the moment in it without its prefix.
    fn moment<'q>(&self, query: &'q Query) -> Option<(&'q str, &'q str)> {
        let pair = query.pairs.iter().find(|(name, _)| self.kind(&query.of, name) == Some(Kind::Date));
        pair.map(|(name, value)| (name.as_str(), value.trim_start_matches(|c: char| c.is_ascii_lowercase())))
    }

    /// The searches with gt, ge, lt and le of the moment of a search, of the time around it (`span` is when the resource's
    /// own date was), of a day to either side, and between those days. None without a date.
    pub fn comparisons(&self, query: &Query, span: Option<Span>) -> Option<Vec<Query>> {
        let (name, at) = self.moment(query)?;
        let mut all = Vec::new();
        for comparator in ["gt", "ge", "lt", "le"] {
            // Whether what is above a moment begins within its last digit is read in two ways.
            let strength = if comparator == "gt" && at.len() > 10 { Strength::Should } else { Strength::Shall };
            all.push(query.with_value(comparator, strength, name, &format!("{comparator}{at}")));
        }
        // What lies within the value is neither before nor after it, and at it for ge and le.
        if let Some(around) = span.and_then(around) {
            for comparator in ["gt", "ge", "lt", "le"] {
                let label = format!("{comparator}, the time around");
                all.push(query.with_value(&label, Strength::Should, name, &format!("{comparator}{around}")));
            }
        }
        if let Some((before, after)) = neighbours(at) {
            // Both ends at once, where the guide has the parameter more than once in a search.
            let several = self.library.index().search_parameters.get(&query.of).and_then(|own| own.get(name));
            if let Some(strength) = several.and_then(|parameter| strength(&parameter.multiple_and)) {
                let mut between = query.with_value("between", strength, name, &format!("ge{before}"));
                between.pairs.push((name.to_owned(), format!("le{after}")));
                all.push(between);
            }
            for (comparator, moment) in [("gt", &before), ("ge", &before), ("lt", &after), ("le", &after)] {
                let label = format!("{comparator}, a day beside");
                all.push(query.with_value(&label, Strength::Shall, name, &format!("{comparator}{moment}")));
            }
        }
        Some(all.into_iter().filter(is_in_calendar).collect())
    }

    /// The searches from the moment of a search on, in other words: in UTC, with other offsets, and by its day, month and
    /// year. None without a date.
    pub fn wordings(&self, query: &Query) -> Option<Vec<Query>> {
        let (name, at) = self.moment(query)?;
        let mut all = Vec::new();
        if let Ok(instant) = DateTime::parse_from_rfc3339(at) {
            let utc = instant.with_timezone(&Utc);
            let text = |zulu| utc.to_rfc3339_opts(SecondsFormat::AutoSi, zulu);
            all.push((format!("{INSTANT} in UTC"), Strength::Shall, text(true)));
            all.push((format!("{INSTANT} with +00:00"), Strength::Shall, text(false)));
            // An offset that is dropped makes the instant earlier in the east and later in the west.
            for (offset, zone) in
                [("-05:00", FixedOffset::west_opt(5 * 3600)), ("+09:00", FixedOffset::east_opt(9 * 3600))]
            {
                let shifted = zone.map(|zone| utc.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::AutoSi, false));
                all.extend(shifted.map(|text| (format!("{INSTANT} with {offset}"), Strength::Shall, text)));
            }
        }
        for (label, width, strength) in
            [("the day", 10, Strength::Shall), ("the month", 7, Strength::Should), ("the year", 4, Strength::Should)]
        {
            let text = at.get(..width).filter(|text| Span::parse(text).is_some());
            all.extend(text.map(|text| (label.to_owned(), strength, text.to_owned())));
        }
        let queries = all
            .into_iter()
            .map(|(label, strength, text)| query.with_value(&label, strength, name, &format!("ge{text}")));
        Some(queries.filter(is_in_calendar).collect())
    }

    /// Whether each wording of the same instant finds the same.
    pub fn same_for_an_instant(&self, made: &[Search]) -> Observation {
        let instants = || made.iter().filter(|search| search.query.label.starts_with(INSTANT));
        // Where a status has to be named there is one search for each; a wording finds what all of them find.
        let mut found: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for search in instants() {
            let own = search.query.pairs.iter().find(|(name, _)| self.kind(&search.query.of, name) == Some(Kind::Date));
            let wording = own.map_or("", |(_, value)| value);
            found.entry(wording).or_default().extend(search.pages.matches().map(reference_to));
        }
        let sets: Vec<BTreeSet<String>> = found.into_values().collect();
        let counts: Vec<String> = sets.iter().map(|set| set.len().to_string()).collect();
        let observed = match sets.is_empty() {
            true => "only days are known".to_owned(),
            false => format!("{} matches", counts.join(", ")),
        };
        let same = sets.windows(2).all(|pair| pair[0] == pair[1]);
        let cites = instants().flat_map(|search| search.pages.numbers()).collect();
        Observation::new(same, "the same matches for the same instant", observed, cites)
    }
}

/// Whether the dates of a search are within the years that a dateTime can say.
fn is_in_calendar(query: &Query) -> bool {
    let date = |value: &str| value.trim_start_matches(|c: char| c.is_ascii_lowercase()).to_owned();
    query.pairs.iter().map(|(_, value)| date(value)).all(|at| !at.starts_with("+10000") && !at.starts_with("0000-"))
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
fn neighbours(at: &str) -> Option<(String, String)> {
    let day = TimeDelta::days(1);
    if at.len() == 10 {
        let date = NaiveDate::parse_from_str(at, "%Y-%m-%d").ok()?;
        return Some(((date - day).to_string(), (date + day).to_string()));
    }
    let instant = DateTime::parse_from_rfc3339(at).ok()?;
    let text = |instant: DateTime<FixedOffset>| instant.to_rfc3339_opts(SecondsFormat::Secs, true);
    Some((text(instant - day), text(instant + day)))
}
