//! What every search must bring: success on every page, nothing that contradicts it, and every match that is known.

use super::{Basis, Observation, Search};
use crate::chart::Resource;
use crate::fhir::{Bundle, End};
use crate::search::Fit;
use std::collections::BTreeSet;

/// Exchanges that are named as those in which missing resources came.
const NAMED: usize = 3;

impl Search {
    /// Whether it ended as a search does: searchsets up to the last page. Who asks for what nothing has may be refused.
    pub fn succeeds(&self) -> Observation {
        let (query, pages) = (&self.query, &self.pages);
        let all_searchsets = pages.bundles.iter().map(Bundle::kind).all(|kind| kind == "searchset");
        let observed = match all_searchsets {
            true => pages.end.words(),
            false => format!("a Bundle that is no searchset, {}", pages.end.words()),
        };
        let refused = query.counter && matches!(pages.end, End::Refused(400..=499));
        let met = all_searchsets && (pages.end == End::Whole || refused);
        self.observe(met, "searchsets, to the last page", observed)
    }
}

impl Basis<'_> {
    /// Whether each match satisfies each parameter. What the standard leaves to the server is not held against it.
    pub fn nothing_contradicts(&self, search: &Search) -> Observation {
        let query = &search.query;
        let mut wrong: Vec<(&str, usize)> = Vec::new();
        let mut note = |what| match wrong.iter_mut().find(|(own, _)| *own == what) {
            Some((_, count)) => *count += 1,
            None => wrong.push((what, 1)),
        };
        let mut count = 0;
        for body in search.pages.matches() {
            count += 1;
            if body["resourceType"] != query.of.as_str() {
                note("type");
                continue;
            }
            let values = self.meaning.values(&query.of, &body.to_string());
            for (name, value) in query.criteria() {
                if self.fits_one(&query.of, &values, name, value) == Fit::No {
                    note(name);
                }
            }
        }
        let unproven = match query.unproven.is_empty() {
            true => String::new(),
            false => format!("; no known resource would show that {} was overlooked", query.unproven.join(", ")),
        };
        let observed = match wrong.is_empty() {
            true => format!("matches: {count}, none contradicts{unproven}"),
            false => {
                let list: Vec<String> = wrong.iter().map(|(what, n)| format!("{n} by their {what}")).collect();
                format!("matches: {count}; wrong: {}", list.join(", "))
            }
        };
        search.observe(wrong.is_empty(), "only matches that satisfy the search", observed)
    }

    /// Whether every resource comes that any answer showed to this person and that satisfies the search by every reading.
    /// The exchanges in which the missing ones came are cited.
    pub fn nothing_missing(&self, search: &Search) -> Observation {
        let query = &search.query;
        let known: Vec<&Resource> = self
            .chart
            .of_type(query.person, &query.of)
            .filter(|own| !own.is_in_error() && self.fits(query, &own.values) == Fit::Yes)
            .collect();
        let ids = search.pages.ids();
        let missing: Vec<&&Resource> = known.iter().filter(|own| !ids.contains(&own.reference())).collect();
        let seen: BTreeSet<u32> = missing.iter().map(|own| own.number).take(NAMED).collect();
        let observed = match missing.is_empty() {
            true => format!("{} known, all there", known.len()),
            false => {
                let seen: Vec<String> = seen.iter().map(|n| format!("#{n}")).collect();
                format!("{} known, {} missing; they came in {}", known.len(), missing.len(), seen.join(", "))
            }
        };
        let mut observation = search.observe(missing.is_empty(), "every match that is known", observed);
        observation.cites.extend(seen);
        observation
    }
}
