//! What comes with the matches of a search: what they point to, and what points to them (FHIR R4, Search: including
//! other resources).

use super::{Basis, Observation, Plan, Query, Search, Unjudged};
use crate::chart::{Made, Resource, target_of};
use crate::fhir::{Bundle, End, reference_to};
use crate::search::{Group, Values, queried};
use serde_json::Value;
use std::collections::BTreeSet;

/// The value of an `_include` or `_revinclude` in its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Include<'i> {
    /// The type that points.
    pub source: &'i str,
    /// The search parameter along which it points.
    pub parameter: &'i str,
    /// The type that is pointed to, where only that one is meant.
    pub target: Option<&'i str>,
}

impl<'i> Include<'i> {
    /// Reads `Type:parameter` or `Type:parameter:Target`.
    pub fn read(text: &'i str) -> Self {
        let mut parts = text.split(':');
        let (source, parameter) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        Self { source, parameter, target: parts.next() }
    }

    /// That of a search; an empty one if it has none.
    fn of(query: &'i Query) -> Self {
        Self::read(query.value("_include").or_else(|| query.value("_revinclude")).unwrap_or_default())
    }

    /// `Type/id` of what a resource with these values points to.
    fn targets(&self, values: &Values) -> BTreeSet<String> {
        let values = values.get(self.parameter).into_iter().flatten();
        let references = values.filter_map(|value| value["reference"].as_str()).filter(|text| !text.starts_with('#'));
        let all = references.filter_map(target_of);
        all.filter(|at| self.target.is_none_or(|of| at.starts_with(&format!("{of}/")))).collect()
    }
}

impl Plan {
    fn again(made: &Made) -> Self {
        let query = Query::new(&made.anchor.of, made.person, made.pairs.clone());
        Self { from: made.pages.numbers(), queries: vec![query] }
    }
}

impl Basis<'_> {
    /// The gathering search that found a resource of a profile.
    pub fn search_that_found(&self, group: &Group) -> Option<Plan> {
        let is_own = |body: &Value| {
            let own = self.chart.find(&reference_to(body));
            own.is_some_and(|own| own.of == group.of && own.groups.contains(&group.name))
        };
        self.chart.made.iter().find(|made| made.pages.matches().any(is_own)).map(Plan::again)
    }

    /// A search that finds a resource which points along `include` to one that is known: what nobody can read cannot come.
    ///
    /// # Errors
    /// What the chart lacks, as a phrase.
    pub fn search_that_points(&self, include: Include<'_>) -> Result<Plan, Unjudged> {
        let Include { source, parameter, target } = include;
        let points = |own: &Resource| {
            own.of == source && include.targets(&own.values).iter().any(|at| self.chart.find(at).is_some())
        };
        let found = |body: &Value| self.chart.find(&reference_to(body)).is_some_and(points);
        let mut of_type = self.chart.made.iter().filter(|made| made.anchor.of == source);
        if let Some(made) = of_type.find(|made| made.pages.matches().any(found)) {
            return Ok(Plan::again(made));
        }
        // A type that no patient search brings is asked for by one of its values, best by its id.
        let own = self
            .chart
            .resources
            .iter()
            .find(|own| points(own))
            .ok_or_else(|| format!("a {source} whose {parameter} points to a {}", target.unwrap_or("resource")))?;
        let searches = queried(self.library, source);
        let query = searches.iter().find_map(|(name, _)| self.query_for(own, &[name.as_str()]));
        let (_, query) = query.ok_or_else(|| format!("a {source} that a search finds"))?;
        Ok(Plan { from: vec![own.number], queries: vec![query] })
    }

    /// Of the searches that find a profile one to whose matches something is known to point. None where there is no reason
    /// to prefer one: nothing that points is known, the server did not answer all it was asked, or the data was declared
    /// `complete`.
    ///
    /// # Errors
    /// What the chart lacks, where the server shows what points to other types but nothing that points to this profile.
    pub fn search_pointed_to(
        &self,
        group: &Group,
        include: Include<'_>,
        complete: bool,
    ) -> Result<Option<Plan>, Unjudged> {
        let source = include.source;
        let along = Include { target: None, ..include };
        let own: Vec<&Resource> = self.chart.resources.iter().filter(|own| own.of == source).collect();
        let targets: BTreeSet<String> = own.iter().flat_map(|own| along.targets(&own.values)).collect();
        let pointed_to = |at: &String| {
            targets.contains(at) && self.chart.find(at).is_some_and(|own| own.groups.contains(&group.name))
        };
        if let Some(made) = self.chart.made.iter().find(|made| made.pages.ids().iter().any(pointed_to)) {
            return Ok(Some(Plan::again(made)));
        }
        let mut asked = self.chart.reverse_included.iter().filter(|made| made.anchor.of == group.of);
        if own.is_empty() || !asked.all(|made| made.pages.end == End::Whole) || complete {
            return Ok(None);
        }
        Err(format!("a {source} that points to a {} of the profile {}", group.of, group.name).into())
    }

    /// Whether every known target of a match comes with it; there must be one.
    pub fn targets_come(&self, search: &Search) -> Observation {
        let there: BTreeSet<String> = search.pages.resources().map(reference_to).collect();
        let mut known = self.targets_of_matches(search);
        known.retain(|at| self.chart.find(at).is_some());
        let missing = known.difference(&there).count();
        let observed = format!("{} known targets, {missing} missing", known.len());
        search.observe(missing == 0 && !known.is_empty(), "every known target of a match", observed)
    }

    /// Whether nothing comes but matches and what they point to.
    pub fn only_targets_come(&self, search: &Search) -> Observation {
        let wanted = self.targets_of_matches(search);
        let included = included(&search.pages.bundles);
        let stray = included.difference(&wanted).count();
        let observed = format!("{} beside the matches, {stray} that no match points to", included.len());
        search.observe(stray == 0, "nothing but what a match points to", observed)
    }

    /// Whether a resource of the type `of` comes that points to a match (of a profile, if one is named).
    pub fn pointing_comes(&self, search: &Search, of: &str, group: Option<&Group>) -> Observation {
        let mut own = search.pages.ids();
        own.retain(|at| {
            let known = self.chart.find(at);
            group.is_none_or(|group| known.is_some_and(|known| known.groups.contains(&group.name)))
        });
        let good = self.pointing(search).iter().filter(|targets| !targets.is_disjoint(&own)).count();
        let observed = format!("{} matches of the profile, {good} {of} pointing to them", own.len());
        search.observe(good > 0, format!("a {of} that points to a match"), observed)
    }

    /// Whether every resource of the type `of` that comes points to a match.
    pub fn all_pointing_do(&self, search: &Search, of: &str) -> Observation {
        let matches = search.pages.ids();
        let all = self.pointing(search);
        let stray = all.iter().filter(|targets| targets.is_disjoint(&matches)).count();
        let observed = format!("{} {of}, {stray} pointing to no match", all.len());
        search.observe(stray == 0, "nothing that points to no match", observed)
    }

    /// What the matches of a search point to along its include.
    fn targets_of_matches(&self, search: &Search) -> BTreeSet<String> {
        let include = Include::of(&search.query);
        let values = search.pages.matches().map(|body| self.meaning.values(&search.query.of, &body.to_string()));
        values.flat_map(|values| include.targets(&values)).collect()
    }

    /// What each resource points to that came for the reverse include of a search.
    fn pointing(&self, search: &Search) -> Vec<BTreeSet<String>> {
        let include = Include { target: None, ..Include::of(&search.query) };
        let all = search.pages.resources().filter(|body| body["resourceType"] == include.source);
        all.map(|body| include.targets(&self.meaning.values(include.source, &body.to_string()))).collect()
    }
}

/// What pages hold beside the matches.
fn included(bundles: &[Bundle]) -> BTreeSet<String> {
    let matches: BTreeSet<String> = bundles.iter().flat_map(Bundle::matches).map(reference_to).collect();
    let all = bundles.iter().flat_map(Bundle::resources).filter(|body| body["resourceType"] != "OperationOutcome");
    all.map(reference_to).filter(|at| !matches.contains(at)).collect()
}
