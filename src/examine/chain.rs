//! Chained searches: by what the target of a reference says (FHIR R4, Search: chained parameters).

use super::{Basis, Observation, Plan, Query, Search};
use crate::chart::{Resource, target_of};
use crate::search::{Fit, Values, another, best};

/// The chained parameter of a search and its value.
struct Chain<'q> {
    reference: &'q str,
    inner: &'q str,
    value: &'q str,
}

impl<'q> Chain<'q> {
    fn of(query: &'q Query) -> Option<Self> {
        query.pairs.iter().find_map(|(name, value)| {
            let (reference, inner) = name.split_once('.')?;
            Some(Self { reference, inner, value })
        })
    }
}

impl<'b> Basis<'b> {
    /// A search for a type by a value that what it refers to is known to have, and one for a value that nothing has: all
    /// that is known may lead to one place, so what comes for the second shows that the value was not looked at.
    pub fn chained(&self, of: &str, reference: &str, inner: &str) -> Option<Plan> {
        let mut own = self.chart.resources.iter().filter(|own| own.of == of && !own.is_in_error());
        let (own, person, [value, other]) = own.find_map(|own| {
            let values = self.targets(&own.values, reference).into_iter().find_map(|target| {
                let kind = self.kind(&target.of, inner)?;
                let wanted = best(kind, target.values.get(inner)?).filter(|wanted| wanted.worth > 0)?;
                Some([wanted.text.clone(), another(kind, &wanted.text)])
            });
            Some((own, *own.people.first()?, values?))
        })?;
        let name = format!("{reference}.{inner}");
        let query = Query::new(of, person, vec![(name.clone(), value)]);
        let counter = query.with_value("another value", query.strength, &name, &other);
        Some(Plan { from: vec![own.number], queries: vec![query, Query { counter: true, ..counter }] })
    }

    /// Whether every match leads to the value, as far as what it refers to is known. None for a search without a chain.
    pub fn matches_lead_there(&self, search: &Search) -> Option<Observation> {
        let query = &search.query;
        let chain = Chain::of(query)?;
        let strays = search.pages.matches().filter(|body| {
            let values = self.meaning.values(&query.of, &body.to_string());
            query.counter || body["resourceType"] != query.of.as_str() || self.leads(&values, &chain) == Fit::No
        });
        let (count, strays) = (search.pages.matches().count(), strays.count());
        let observed = format!("matches: {count}, {strays} that lead elsewhere");
        Some(search.observe(strays == 0, "only matches that lead to the value", observed))
    }

    /// Whether every resource comes that is known to lead to the value. None for a search without a chain.
    pub fn all_that_lead_come(&self, search: &Search) -> Option<Observation> {
        let query = &search.query;
        let chain = Chain::of(query)?;
        let ids = search.pages.ids();
        let all = self.chart.of_type(query.person, &query.of).filter(|own| !own.is_in_error());
        let known: Vec<&Resource> = all.filter(|own| self.leads(&own.values, &chain) == Fit::Yes).collect();
        let missing = known.iter().filter(|own| !ids.contains(&own.reference())).count();
        let observed = format!("{} known, {missing} missing", known.len());
        Some(search.observe(missing == 0, "every match that is known", observed))
    }

    /// What a resource with these values refers to along a parameter, as far as it is known.
    fn targets(&self, values: &Values, reference: &str) -> Vec<&'b Resource> {
        let own = values.get(reference).into_iter().flatten();
        own.filter_map(|value| self.chart.find(&target_of(value["reference"].as_str()?)?)).collect()
    }

    fn leads(&self, values: &Values, chain: &Chain<'_>) -> Fit {
        let targets = self.targets(values, chain.reference).into_iter();
        let fits = targets.map(|own| self.fits_one(&own.of, &own.values, chain.inner, chain.value));
        fits.reduce(Fit::or).unwrap_or(Fit::Either)
    }
}
