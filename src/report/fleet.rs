//! Many targets in one table: what each requirement came to at each of them. Of a run only its verdicts are kept.

use super::{csv, inert, outline};
use crate::record::{Counts, Run, Verdict};
use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// A file of the table, or what failed, in words without content.
type Made = Result<Vec<u8>, &'static str>;

/// Targets that stand in a column of their own. More of them are named in lists.
const COLUMNS: usize = 24;
/// Targets that are named where more than a column each.
const NAMED: usize = 12;

const STYLE: &str = concat!(include_str!("../../templates/palette.css"), include_str!("../../templates/fleet.css"));

/// The runs of many targets. Ids are kept once.
#[derive(Default)]
pub struct Fleet {
    tenants: Vec<Tenant>,
    /// The place of each requirement in the rows of a tenant.
    ids: BTreeMap<String, usize>,
}

struct Tenant {
    name: String,
    fhir_base: String,
    environment: String,
    run: String,
    /// Where its own report is, from the folder of the table.
    place: String,
    outcome: outline::Outcome,
    counts: Counts,
    verdicts: Vec<Option<Verdict>>,
}

/// A requirement that some targets do not simply pass.
struct Row<'a> {
    id: &'a str,
    /// Its verdict at each target, where there are few of them.
    cells: Vec<Option<Verdict>>,
    /// How many targets have each verdict that a reader should hear of, and the names of some.
    told: Vec<(Verdict, usize, String)>,
}

#[derive(Template)]
#[template(path = "fleet.html", whitespace = "minimize")]
struct Page<'a> {
    fleet: &'a Fleet,
    passed: usize,
    rows: Vec<Row<'a>>,
    columns: bool,
    policy: String,
}

impl Tenant {
    /// What stands in its row, in the order of the head.
    fn numbers(&self) -> [usize; 6] {
        let Counts { pass, warn, fail, error, skip, outstanding, .. } = self.counts;
        [pass, warn, fail, error, skip, outstanding]
    }
}

impl Fleet {
    /// Adds a judged run under its target's name. Its reports lie in `place`.
    pub fn add(&mut self, run: &Run, place: &str) {
        self.add_as(&run.start.target.name, run, place);
    }

    /// Adds a judged run under a name.
    pub fn add_as(&mut self, name: &str, run: &Run, place: &str) {
        let mut verdicts = vec![None; self.ids.len()];
        for scenario in &run.scenarios {
            let next = self.ids.len();
            let at = *self.ids.entry(scenario.requirement.id.to_string()).or_insert(next);
            if at >= verdicts.len() {
                verdicts.resize(at + 1, None);
            }
            verdicts[at] = Some(scenario.verdict);
        }
        verdicts.shrink_to_fit();
        let target = &run.start.target;
        self.tenants.push(Tenant {
            name: inert(name),
            fhir_base: inert(&target.fhir_base),
            environment: target.environment.clone(),
            run: run.start.id.clone(),
            place: place.to_owned(),
            outcome: outline::Outcome::of(run),
            counts: run.counts(),
            verdicts,
        });
    }

    /// How many targets it holds.
    pub fn len(&self) -> usize {
        self.tenants.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.tenants.is_empty()
    }

    fn at(&self, tenant: &Tenant, id: usize) -> Option<Verdict> {
        tenant.verdicts.get(id).copied().flatten()
    }

    /// The requirements that did not come to the same in every run, with their verdicts in order.
    pub fn differing(&self) -> Vec<(&str, String)> {
        let mut all = Vec::new();
        for (id, at) in &self.ids {
            let verdicts: Vec<&str> =
                self.tenants.iter().map(|own| self.at(own, *at).map_or("not run", Verdict::word)).collect();
            if verdicts.windows(2).any(|two| two[0] != two[1]) {
                all.push((id.as_str(), verdicts.join(", ")));
            }
        }
        all
    }

    /// The files of the table, by name.
    ///
    /// # Errors
    /// Which of them cannot be rendered.
    pub fn files(&self) -> Result<Vec<(&'static str, Vec<u8>)>, &'static str> {
        Ok(vec![("fleet.html", self.html()?), ("fleet.csv", self.csv()?), ("fleet.json", self.json())])
    }

    /// The requirements that are told of: those that some target does not pass, the worst first.
    fn rows(&self) -> Vec<Row<'_>> {
        let columns = self.tenants.len() <= COLUMNS;
        let mut rows: Vec<Row<'_>> = Vec::new();
        for (id, at) in &self.ids {
            let mut told: Vec<(Verdict, Vec<&str>)> = Vec::new();
            for tenant in &self.tenants {
                let Some(verdict) = self.at(tenant, *at).filter(|own| is_told(*own)) else { continue };
                match told.iter_mut().find(|(own, _)| *own == verdict) {
                    Some((_, names)) => names.push(&tenant.name),
                    None => told.push((verdict, vec![&tenant.name])),
                }
            }
            if told.is_empty() {
                continue;
            }
            told.sort_by_key(|(verdict, _)| outline::rank(*verdict));
            let cells = if columns { self.tenants.iter().map(|own| self.at(own, *at)).collect() } else { Vec::new() };
            let told = told.into_iter().map(|(verdict, names)| (verdict, names.len(), some(&names))).collect();
            rows.push(Row { id, cells, told });
        }
        rows.sort_by_key(|row| row.told.first().map(|(verdict, many, _)| (outline::rank(*verdict), usize::MAX - many)));
        rows
    }

    fn html(&self) -> Made {
        let hash = STANDARD.encode(Sha256::digest(STYLE));
        let page = Page {
            fleet: self,
            passed: self.tenants.iter().filter(|own| own.outcome == outline::Outcome::Passed).count(),
            rows: self.rows(),
            columns: self.tenants.len() <= COLUMNS,
            policy: format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"),
        };
        page.render().map(String::into_bytes).map_err(|_| "the template failed")
    }

    fn csv(&self) -> Made {
        let rows = self.tenants.iter().flat_map(|tenant| {
            self.ids.iter().filter_map(|(id, at)| {
                let verdict = self.at(tenant, *at)?.word().to_owned();
                Some([tenant.name.clone(), tenant.fhir_base.clone(), id.clone(), verdict])
            })
        });
        csv::table(["target", "fhir_base", "id", "verdict"], rows).map_err(|_| "the CSV writer failed")
    }

    fn json(&self) -> Vec<u8> {
        let tenants = self.tenants.iter().map(|own| {
            let told: BTreeMap<&str, &str> = self
                .ids
                .iter()
                .filter_map(|(id, at)| Some((id.as_str(), self.at(own, *at).filter(|own| is_told(*own))?.word())))
                .collect();
            json!({
                "target": own.name, "fhir_base": own.fhir_base, "environment": own.environment, "run": own.run,
                "folder": own.place, "gate": own.outcome.word(), "counts": own.counts, "not_passed": told,
            })
        });
        format!("{:#}\n", json!({ "schema_version": 1, "targets": tenants.collect::<Vec<Value>>() })).into_bytes()
    }

    /// A line for each target, for a terminal.
    pub fn text(&self) -> String {
        let widest = self.tenants.iter().map(|own| own.name.chars().count()).max().unwrap_or(0).max("target".len());
        let mut text = format!("{:widest$}  gate          pass  warn  fail error  skip\n", "target");
        for Tenant { name, outcome, counts, .. } in &self.tenants {
            let Counts { pass, warn, fail, error, skip, .. } = counts;
            let word = outcome.word();
            text.push_str(&format!("{name:widest$}  {word:12} {pass:5} {warn:5} {fail:5} {error:5} {skip:5}\n"));
        }
        text
    }
}

/// Whether a reader of the table should hear of it.
fn is_told(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Error | Verdict::Warn | Verdict::Outstanding)
}

/// Some names, and how many more there are.
fn some(names: &[&str]) -> String {
    let more = names.len().saturating_sub(NAMED);
    let named = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    if more == 0 { named } else { format!("{named} and {more} more") }
}
