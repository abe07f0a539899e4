//! The forms of one search: by POST, page by page, tokens with and without their system, several values at once.

use super::{Basis, Observation, Plan, Query, Search};
use crate::fhir::{Bundle, End};
use crate::record::Strength;
use crate::search::{Fit, best, forms, queried};
use std::collections::BTreeSet;

/// Alternatives that one search names.
const MOST: usize = 8;

/// Why a chart gives no search for alternatives: what it lacks, as a phrase.
pub type Lacking = &'static str;

impl Basis<'_> {
    /// The gathering search for a type that found the fewest, but no fewer than `least`.
    pub fn smallest(&self, of: &str, least: usize) -> Option<Search> {
        let sound = self.chart.made.iter().filter(|made| made.anchor.of == of && made.pages.end == End::Whole);
        let counted = sound.map(|made| (made.pages.matches().count(), made)).filter(|(count, _)| *count >= least);
        let (_, made) = counted.min_by_key(|(count, _)| *count)?;
        Some(Search { query: Query::new(of, made.person, made.pairs.clone()), pages: made.pages.clone() })
    }

    /// A search by what its resources say for a type that no patient search brings.
    pub fn search_by_values(&self, of: &str) -> Option<Plan> {
        if self.chart.made.iter().any(|made| made.anchor.of == of) {
            return None;
        }
        queried(self.library, of).iter().find_map(|(own, _)| {
            let parameters: Vec<&str> = own.split('+').collect();
            let (own, query) = self.best_query(self.chart.resources.iter().filter(|own| own.of == of), &parameters)?;
            Some(Plan { from: vec![own.number], queries: vec![query] })
        })
    }

    /// The searches by a code alone, with its system, and said to have no system.
    pub fn token_forms(&self, of: &str, code: &str) -> Option<Plan> {
        let (own, query) = self.best_with(of, code)?;
        let forms = forms(own.values.get(code)?)?;
        let queries = forms.map(|(form, value)| {
            let strength = if form == "|code" { Strength::Should } else { Strength::Shall };
            query.with_value(form, strength, code, &value)
        });
        Some(Plan { from: vec![own.number], queries: queries.into() })
    }

    /// A search for several values of a parameter, joined by commas, all of the patient of whom most are known.
    ///
    /// # Errors
    /// What the chart lacks.
    pub fn alternatives(&self, of: &str, code: &str) -> Result<Query, Lacking> {
        let (_, query) = self.best_with(of, code).ok_or("a value")?;
        let mut most: Option<(usize, Vec<String>)> = None;
        for person in 0..self.chart.people.len() {
            let values = self.values_of(person, of, code);
            if values.len() > most.as_ref().map_or(1, |(_, most)| most.len()) {
                most = Some((person, values));
            }
        }
        let (person, values) = most.ok_or("two different values, of one patient,")?;
        let patient = self.chart.people.get(person).map(|own| own.patient.clone()).unwrap_or_default();
        let mut pairs = vec![("patient".to_owned(), patient)];
        // Other parameters would narrow the search to one resource: only one that it cannot do without is kept.
        let offered = queried(self.library, of);
        let alone = |names: [&str; 2]| offered.iter().any(|(own, _)| own.split('+').eq(names));
        let complete = alone(["patient", code]) || alone([code, "patient"]);
        let extra = query.pairs.iter().find(|(name, _)| !complete && name != "patient" && name != code);
        if let Some((name, value)) = extra.and_then(|(name, _)| Some((name, self.widest(person, of, name, code)?))) {
            pairs.push((name.clone(), value));
        }
        pairs.push((code.to_owned(), values.into_iter().take(MOST).collect::<Vec<_>>().join(",")));
        Ok(Query { person, pairs, ..query })
    }

    /// The different values that a patient's resources have for a parameter, two or more if that can be.
    fn values_of(&self, person: usize, of: &str, code: &str) -> Vec<String> {
        let mut values: Vec<String> = Vec::new();
        for own in self.chart.of_type(person, of).filter(|own| !own.is_in_error()) {
            let wanted = self.kind(of, code).and_then(|kind| best(kind, own.values.get(code)?));
            if let Some(wanted) = wanted.filter(|wanted| wanted.worth > 0 && !values.contains(&wanted.text)) {
                values.push(wanted.text);
            }
        }
        if let [only] = values.as_slice() {
            let own = only.rsplit('|').next().unwrap_or_default().to_owned();
            // One that no resource has comes first: a server that looks at the first alone is noticed.
            if let Some(other) = self.unused_status(of, code, |code| code == "entered-in-error" || code == own) {
                values.insert(0, other);
            }
        }
        values
    }

    /// The value of the parameter `name` under which most different values of `code` are known.
    fn widest(&self, person: usize, of: &str, name: &str, code: &str) -> Option<String> {
        let (kind, code_kind) = (self.kind(of, name)?, self.kind(of, code)?);
        let own = || self.chart.of_type(person, of);
        let all: BTreeSet<String> =
            own().filter_map(|own| best(kind, own.values.get(name)?)).map(|wanted| wanted.text).collect();
        let under = |value: &String| {
            let fitting = own().filter(|own| {
                let values = own.values.get(name).map_or(&[][..], Vec::as_slice);
                crate::search::fit(kind, &[], values, value) == Fit::Yes
            });
            let found = fitting.filter_map(|own| best(code_kind, own.values.get(code)?).map(|wanted| wanted.text));
            found.collect::<BTreeSet<String>>().len()
        };
        all.into_iter().max_by_key(under)
    }
}

impl Search {
    /// Whether it finds what another form of the same search found.
    pub fn finds_the_same_as(&self, other: &Self) -> Observation {
        let (before, own) = (other.pages.ids(), self.pages.ids());
        let (lost, new) = (before.difference(&own).count(), own.difference(&before).count());
        let whole = self.pages.end == End::Whole;
        let observed = match whole {
            false => self.pages.end.words(),
            true => format!("{} of {} the same, {lost} missing, {new} more", before.len() - lost, before.len()),
        };
        self.observe(whole && lost == 0 && new == 0, "the same matches", observed)
    }

    /// Whether no page has more matches than were asked for.
    pub fn keeps_to_count(&self, count: usize) -> Observation {
        let pages = &self.pages;
        let most = pages.bundles.iter().map(|bundle| bundle.matches().count()).max().unwrap_or_default();
        // A server that does not know the parameter may overlook it; one that says that it was used may not.
        let first = pages.bundles.first();
        let used = first.and_then(|bundle: &Bundle| bundle.link("self")).is_some_and(|own| own.contains("_count="));
        let strength = if used { Strength::Shall } else { Strength::Should };
        let observed = format!("{} pages, at most {most} matches on one", pages.bundles.len());
        self.observe(most <= count, "no more matches on a page than asked for", observed).with_strength(strength)
    }

    /// Whether no match comes twice, over all pages.
    pub fn finds_each_once(&self) -> Observation {
        let (count, ids) = (self.pages.matches().count(), self.pages.ids().len());
        let observed = format!("{count} matches, {ids} different, {} pages", self.pages.bundles.len());
        self.observe(count == ids, "each match once", observed)
    }
}
