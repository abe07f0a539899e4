//! Granular scopes: granted as asked for; what they cover is shown and found, what lies outside is not.

use super::basis::first_best;
use super::{Basis, Observation, Query, Search, Unjudged};
use crate::chart::Resource;
use crate::record::Strength;
use crate::search::{Fit, Kind, Values};
use crate::smart::parse_scopes;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a session is confined to: categories by resource type.
pub type Categories = BTreeMap<String, Vec<String>>;

/// Searches inside granular scopes and outside them.
pub struct GranularPlan {
    /// The searches.
    pub queries: Vec<Query>,
    /// What could not be searched for: the record shows nothing of these categories with the values that it needs.
    pub lacking: Vec<String>,
}

/// Whether each scope of a set was granted in the token answer `number`, as `.rs` or as `.r` and `.s`.
pub fn granted(inside: &Categories, scope: &str, number: u32) -> Observation {
    let scopes = parse_scopes(scope);
    let wanted =
        inside.iter().flat_map(|(of, all)| all.iter().map(move |category| (of, format!("category={category}"))));
    let is_lacking = |(of, query): &(&String, String)| {
        let own = scopes.iter().filter(|scope| scope.resource == **of && scope.query == *query);
        let letters: BTreeSet<char> = own.flat_map(|scope| scope.permissions.clone()).collect();
        !(letters.contains(&'r') && letters.contains(&'s'))
    };
    let lacking: Vec<String> = wanted.filter(is_lacking).map(|(of, query)| format!("{of}?{query}")).collect();
    let observed = match lacking.is_empty() {
        true => "all granted".to_owned(),
        false => format!("not granted: {}", lacking.join(", ")),
    };
    Observation::new(lacking.is_empty(), "each granular scope to read and search", observed, vec![number])
}

/// The granted scopes that are wider than granular ones for these types.
fn wider(scope: &str, types: &[&str]) -> Vec<String> {
    let wide = parse_scopes(scope).into_iter().filter(|scope| {
        let named = scope.resource == "*" || types.contains(&scope.resource.as_str());
        named && scope.query.is_empty() && scope.permissions.iter().any(|letter| matches!(letter, 'r' | 's'))
    });
    wide.map(|scope| format!("{}/{}", scope.level, scope.resource)).collect()
}

/// Whether no scope was granted for these types without its constraint, in the token answer `number`.
pub fn no_wider(scope: &str, types: &[&str], number: u32) -> Observation {
    let wide = wider(scope, types);
    let observed = if wide.is_empty() { "none wider".to_owned() } else { format!("wider: {}", wide.join(", ")) };
    Observation::new(wide.is_empty(), "no scope without its constraint", observed, vec![number])
}

/// Whether a type is covered by granular scopes, and by these alone.
pub fn only_granular(scope: &str, of: &str) -> bool {
    wider(scope, &[of]).is_empty()
        && parse_scopes(scope).iter().any(|scope| scope.resource == of && !scope.query.is_empty())
}

/// Whether a read by id did right: shown inside the scopes, refused outside. An error of the server is no refusal.
pub fn read(inside: bool, status: u16, number: u32) -> Observation {
    let (met, expected) = match inside {
        true => (status == 200, "inside: 200"),
        false => ((300..500).contains(&status), "outside: a refusal"),
    };
    Observation::new(met, expected, format!("status {status}"), vec![number])
}

/// The code of a category, without its system.
fn code_of(category: &str) -> &str {
    category.rsplit('|').next().unwrap_or_default()
}

impl Basis<'_> {
    fn is_in_category(&self, of: &str, values: &Values, category: &str) -> Fit {
        self.fits_one(of, values, "category", category)
    }

    /// Whether a resource is inside one of the scopes of its type.
    fn is_inside(&self, inside: &Categories, of: &str, values: &Values) -> Fit {
        let categories = inside.get(of).map(|all| all.join(",")).unwrap_or_default();
        self.is_in_category(of, values, &categories)
    }

    /// Resources of a type that the full session of the first patient showed: one of each category, and last one outside
    /// them all.
    ///
    /// # Errors
    /// What the chart lacks, as a phrase.
    pub fn inside_and_outside(&self, inside: &Categories, of: &str) -> Result<Vec<Value>, Unjudged> {
        let known: Vec<&Resource> = self.chart.of_type(0, of).filter(|own| !own.is_in_error()).collect();
        let mut chosen: Vec<Value> = Vec::new();
        for category in inside.get(of).into_iter().flatten() {
            let mut own = known.iter().filter(|own| self.is_in_category(of, &own.values, category) == Fit::Yes);
            let lacking = || format!("a {of} of the first patient with the category {}", code_of(category));
            chosen.push(own.next().ok_or_else(lacking)?.body.clone());
        }
        let mut outside = known.iter().filter(|own| self.is_inside(inside, of, &own.values) == Fit::No);
        let lacking = || format!("a {of} of the first patient in another category");
        chosen.push(outside.next().ok_or_else(lacking)?.body.clone());
        Ok(chosen)
    }

    /// One search by these parameters for each category, and one for what only resources outside have.
    pub fn granular_queries(&self, inside: &Categories, of: &str, names: &[&str]) -> GranularPlan {
        let known: Vec<&Resource> = self.chart.of_type(0, of).filter(|own| !own.is_in_error()).collect();
        let (mut queries, mut lacking): (Vec<Query>, Vec<String>) = (Vec::new(), Vec::new());
        let scopes = inside.get(of).into_iter().flatten().map(|category| Some(category.as_str()));
        for category in scopes.chain([None]) {
            let of_side = known.iter().filter(|own| match category {
                Some(category) => self.is_in_category(of, &own.values, category) == Fit::Yes,
                None => self.is_inside(inside, of, &own.values) == Fit::No,
            });
            let candidates = of_side.filter_map(|own| self.granular_query(own, names, category));
            // Best is what keeps to one side: nothing known of the other satisfies it, if that can be.
            let weighed = candidates.map(|query| {
                let (within, without) = self.sides(inside, &query);
                let (own, other) = if category.is_some() { (within, without) } else { (without, within) };
                ((other.is_empty(), own.len()), query)
            });
            let label = category.map_or("outside", code_of);
            let Some(query) = first_best(weighed) else {
                lacking.push(label.to_owned());
                continue;
            };
            let mut forms = vec![(label.to_owned(), query.clone())];
            // That a category may be named by its code alone is asked once: by the search that has no other parameter.
            if *names == ["patient", "category"] {
                let code = query.value("category").map(code_of).unwrap_or_default().to_owned();
                let plain = query.with_value("", query.strength, "category", &code);
                forms.push((format!("{label} by its code alone"), plain));
            }
            for (label, query) in forms {
                match queries.iter_mut().find(|own| own.pairs == query.pairs) {
                    Some(own) => own.label += &format!(", {label}"),
                    None => queries.push(Query { label, ..query }),
                }
            }
        }
        if let [only] = queries.as_mut_slice() {
            only.label.clear();
        }
        GranularPlan { queries, lacking }
    }

    /// A resource's values for a search of the first patient; of its categories the wanted one.
    fn granular_query(&self, own: &Resource, names: &[&str], category: Option<&str>) -> Option<Query> {
        let (worth, mut query) = self.query_for(own, names)?;
        for (name, value) in &mut query.pairs {
            match category {
                Some(category) if name == "category" => category.clone_into(value),
                // Moments are asked for from there on, so that there is more than one match.
                _ if self.kind(&own.of, name) == Some(Kind::Date)
                    && value.starts_with(|c: char| c.is_ascii_digit()) =>
                {
                    *value = format!("ge{value}");
                }
                _ => {}
            }
        }
        (worth > 0 && query.person == 0 && self.fits(&query, &own.values) == Fit::Yes).then_some(query)
    }

    /// What a search should find of what the full session showed: inside the scopes, and outside them.
    fn sides(&self, inside: &Categories, query: &Query) -> (BTreeSet<String>, BTreeSet<String>) {
        let known = self.chart.of_type(query.person, &query.of).filter(|own| !own.is_in_error());
        let fitting: Vec<&Resource> = known.filter(|own| self.fits(query, &own.values) == Fit::Yes).collect();
        let of = |fit: Fit| {
            let own = fitting.iter().filter(|own| self.is_inside(inside, &own.of, &own.values) == fit);
            own.map(|own| own.reference()).collect()
        };
        (of(Fit::Yes), of(Fit::No))
    }

    /// Whether nothing outside the scopes comes back, and the server does not break over it. A refusal is best one with 403.
    pub fn nothing_outside(&self, inside: &Categories, search: &Search) -> Vec<Observation> {
        let of = search.query.of.as_str();
        let all = search.pages.resources().filter(|body| body["resourceType"] == of);
        let fits: Vec<Fit> =
            all.map(|body| self.is_inside(inside, of, &self.meaning.values(of, &body.to_string()))).collect();
        let outside = fits.iter().filter(|fit| **fit == Fit::No).count();
        let status = search.pages.status();
        let met = outside == 0 && status < 500;
        let observed = format!("status {status}, {} resources, {outside} outside the scopes", fits.len());
        let mut seen = vec![search.observe(met, "nothing outside the scopes, and no error of the server", observed)];
        if met && !matches!(status, 200 | 403) {
            let best = search.observe(false, "a searchset, or a refusal with 403", format!("status {status}"));
            seen.push(best.with_strength(Strength::Should));
        }
        seen
    }

    /// Whether all comes back that the scopes cover; `lacking` is what could not be searched for.
    ///
    /// Who names a scope's own category cannot be refused. What reaches beyond the scopes may be refused, or answered with
    /// nothing; what else is answered must be whole.
    pub fn nothing_inside_missing(&self, inside: &Categories, lacking: &[String], search: &Search) -> Observation {
        let query = &search.query;
        let (within, without) = self.sides(inside, query);
        let ids = search.pages.ids();
        let missing = within.difference(&ids).count();
        let category = query.value("category");
        let names_one = |is: &dyn Fn(&str, &str) -> bool| {
            let mut scopes = inside.get(&query.of).into_iter().flatten();
            category.is_some_and(|value| scopes.any(|scope| is(scope, value)))
        };
        let exact = names_one(&|scope, value| scope == value);
        let by_code = names_one(&|scope, value| code_of(scope) == value);
        let answered = search.pages.status() == 200;
        let bound = exact || !ids.is_empty() || (answered && (by_code || without.is_empty()));
        let mut observed = format!("{} known inside, {missing} missing of {} returned", within.len(), ids.len());
        if !lacking.is_empty() {
            observed += &format!("; the record shows no such {}: {}", query.of, lacking.join(", "));
        }
        search.observe(missing == 0 || !bound, "all that the scopes cover", observed)
    }
}
