//! Which searches to make: values from what the chart knows, such that a server that overlooks one of them is noticed.

use super::basis::first_best;
use super::{Basis, Query, Search};
use crate::chart::Resource;
use crate::fhir::{End, reference_to};
use crate::record::Strength;
use crate::search::{Fit, Group, Kind, anchors_of, another, best, queried, status};
use std::cmp::Reverse;

/// Codes that a server may leave out of searches, or show whatever is asked.
const NEVER: [&str; 2] = ["entered-in-error", "unknown"];
/// Candidates that are weighed against each other.
const WEIGHED: usize = 60;

/// Searches to make, and what they were taken from.
pub struct Plan {
    /// The exchanges in which that came.
    pub from: Vec<u32>,
    /// The searches.
    pub queries: Vec<Query>,
}

/// What the gathering searches for a profile came to.
pub struct Gathered {
    /// Those that did not succeed, or brought what they did not ask for.
    pub broken: Vec<Search>,
    /// The exchanges of all of them.
    pub numbers: Vec<u32>,
    /// Why one of them could not be tested, if so.
    pub untested: Option<String>,
}

impl Basis<'_> {
    /// The values of one resource for these parameters, as a search of one who saw it; with how much they are worth.
    pub fn query_for(&self, own: &Resource, parameters: &[&str]) -> Option<(u8, Query)> {
        let person = *own.people.first()?;
        let mut least = u8::MAX;
        let mut pairs = Vec::new();
        for code in parameters {
            if *code == "patient" {
                pairs.push(((*code).to_owned(), self.chart.people.get(person)?.patient.clone()));
                continue;
            }
            let wanted = best(self.kind(&own.of, code)?, own.values.get(*code)?)?;
            least = least.min(wanted.worth);
            pairs.push(((*code).to_owned(), wanted.text));
        }
        let query = Query::new(&own.of, person, pairs);
        (self.fits(&query, &own.values) == Fit::Yes).then_some((least, query))
    }

    /// The best search for `parameters` that any of `candidates` gives: one that says something, and of whose parameters
    /// as few as may be could be overlooked unnoticed.
    pub fn best_query<'c>(
        &self,
        candidates: impl Iterator<Item = &'c Resource>,
        parameters: &[&str],
    ) -> Option<(&'c Resource, Query)> {
        let sound = candidates.filter(|own| !own.is_in_error());
        let found = sound.filter_map(|own| self.query_for(own, parameters).map(|(worth, query)| (worth, own, query)));
        let weighed = found.take(WEIGHED).map(|(worth, own, mut query)| {
            query.unproven = self.unproven(&query);
            ((worth > 0, Reverse(query.unproven.len()), worth), (own, query))
        });
        first_best(weighed)
    }

    /// The searches for a profile by the values of the resource that tells most: the search itself, one that asks for what
    /// nothing has for each parameter that could be overlooked unnoticed, and references as ids alone.
    pub fn plan_for_group(&self, group: &Group, parameters: &[&str]) -> Option<Plan> {
        let (own, query) = self.best_query(self.chart.of_group(group), parameters)?;
        let by_id = self.by_id_alone(&query, own);
        let mut queries = self.with_counters(query);
        queries.extend(by_id);
        Some(Plan { from: vec![own.number], queries })
    }

    /// The parameters that could be overlooked without anybody noticing: none of the person's resources of the type
    /// satisfies the others but not this one.
    fn unproven(&self, query: &Query) -> Vec<String> {
        let fit = |own: &Resource, (name, value): &(String, String)| self.fits_one(&query.of, &own.values, name, value);
        let proven = |at: usize| {
            self.chart.of_type(query.person, &query.of).any(|own| {
                let mut others = query.pairs.iter().enumerate().filter(|(n, _)| *n != at);
                fit(own, &query.pairs[at]) == Fit::No && others.all(|(_, pair)| fit(own, pair) == Fit::Yes)
            })
        };
        let names = query.pairs.iter().enumerate().filter(|(n, (name, _))| name != "patient" && !proven(*n));
        names.map(|(_, (name, _))| name.clone()).collect()
    }

    /// A search, and for each parameter that nothing known would show to be overlooked one that asks for what nothing has.
    pub fn with_counters(&self, mut query: Query) -> Vec<Query> {
        let unproven = std::mem::take(&mut query.unproven);
        let counters: Vec<Query> = unproven.iter().filter_map(|name| self.counter(&query, name)).collect();
        std::iter::once(query).chain(counters).collect()
    }

    fn counter(&self, query: &Query, name: &str) -> Option<Query> {
        // Not every server lets a code be asked for that there is not.
        let unused = self.unused_status(&query.of, name, |code| {
            let own = self.chart.of_type(query.person, &query.of);
            NEVER.contains(&code)
                || own.into_iter().any(|own| self.fits_one(&query.of, &own.values, name, code) != Fit::No)
        });
        let value = match unused {
            Some(code) => code,
            None => another(self.kind(&query.of, name)?, query.value(name)?),
        };
        let counter = query.with_value(&format!("another {name}"), query.strength, name, &value);
        Some(Query { counter: true, ..counter })
    }

    /// A status of the type that is not `used`, where the parameter is that of the status.
    pub(super) fn unused_status(&self, of: &str, name: &str, used: impl Fn(&str) -> bool) -> Option<String> {
        let (_, codes) = status(self.library, of).filter(|(own, _)| own == name)?;
        codes.split(',').find(|code| !used(code)).map(str::to_owned)
    }

    /// The same search with each reference but the patient's as an id alone: US Core demands both forms of a reference.
    fn by_id_alone(&self, query: &Query, own: &Resource) -> Vec<Query> {
        let others = query.pairs.iter().filter(|(name, _)| name != "patient");
        let by_id = others.filter_map(|(name, value)| {
            let parameter = self.meaning.parameter(&query.of, name)?;
            let literal = own.values.get(name).into_iter().flatten().any(|own| own["reference"].is_string());
            let (_, id) = value.rsplit_once('/').filter(|_| parameter.kind == Kind::Reference && literal)?;
            // An id alone may be that of another type, where several are permitted.
            let strength = if parameter.targets.len() > 1 { Strength::Should } else { Strength::Shall };
            Some(query.with_value(&format!("{name} as an id alone"), strength, name, id))
        });
        by_id.collect()
    }

    /// The gathering searches for a profile with these parameters, of every patient.
    pub fn gathered(&self, group: &Group, parameters: &[&str]) -> Gathered {
        let anchors = anchors_of(self.library, group);
        let of_group = self.chart.made.iter().filter(|made| {
            let names = made.anchor.pairs("").into_iter().map(|(name, _)| name);
            names.eq(parameters.iter().copied())
                && anchors.iter().any(|own| *own == made.anchor || own.bare().as_ref() == Some(&made.anchor))
        });
        let mut gathered = Gathered { broken: Vec::new(), numbers: Vec::new(), untested: None };
        for made in of_group {
            gathered.untested = gathered.untested.or_else(|| made.pages.untested());
            gathered.numbers.extend(made.pages.numbers());
            let mut query = Query::new(&group.of, made.person, made.pairs.clone());
            let known = |body| self.chart.find(&reference_to(body));
            let stray = |body| known(body).is_some_and(|own| self.fits(&query, &own.values) == Fit::No);
            if made.pages.end != End::Whole || made.pages.matches().any(stray) {
                let several = self.chart.people.len() > 1;
                if let Some(person) = self.chart.people.get(made.person).filter(|_| several) {
                    query.label = format!("patient of user {}", person.user);
                }
                gathered.broken.push(Search { query, pages: made.pages.clone() });
            }
        }
        gathered
    }

    /// The search with `code` that tells most, with as little else in it as may be, and the resource it is taken from.
    pub fn best_with(&self, of: &str, code: &str) -> Option<(&Resource, Query)> {
        let searches = queried(self.library, of);
        let mut own: Vec<&str> = searches.iter().map(|(own, _)| own.as_str()).collect();
        own.retain(|parameters| parameters.split('+').any(|part| part == code));
        own.sort_by_key(|parameters| parameters.matches('+').count());
        own.into_iter().find_map(|parameters| {
            let parameters: Vec<&str> = parameters.split('+').collect();
            self.best_query(self.chart.resources.iter().filter(|own| own.of == of), &parameters)
        })
    }
}
