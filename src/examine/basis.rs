//! What judgements about searches are based on: the guide, what its searches mean, and the chart.

use super::Query;
use crate::chart::Chart;
use crate::profile::Library;
use crate::search::{Fit, Kind, Meaning, Values, fits_all};

/// The guide and the chart.
#[derive(Clone, Copy)]
pub struct Basis<'b> {
    /// What conforming data is, and what searches there are.
    pub library: &'b Library,
    /// What searches mean.
    pub meaning: &'b Meaning,
    /// What the patients are shown.
    pub chart: &'b Chart,
}

impl Basis<'_> {
    /// Whether a resource with these values satisfies all that a search asks for.
    pub fn fits(&self, query: &Query, values: &Values) -> Fit {
        fits_all(self.meaning, &query.of, values, query.criteria())
    }

    /// Whether a resource of a type with these values satisfies one parameter.
    pub fn fits_one(&self, of: &str, values: &Values, name: &str, value: &str) -> Fit {
        fits_all(self.meaning, of, values, [(name, value)])
    }

    /// The type of a parameter, if there is one of that name.
    pub fn kind(&self, of: &str, name: &str) -> Option<Kind> {
        self.meaning.parameter(of, name).map(|parameter| parameter.kind)
    }
}

/// The best of several by a key; the first of those that are as good, so that a run asks the same again.
pub(super) fn first_best<K: PartialOrd, T>(all: impl IntoIterator<Item = (K, T)>) -> Option<T> {
    let best = all.into_iter().reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map(|(_, own)| own)
}
