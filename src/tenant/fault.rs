//! Named defects: exactly one is switched on at a decision point of the server, so that a check can prove itself.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

/// One defect the reference target can be given.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Its name; members of a family are `family:argument`, for example `data.drop:us-core-patient.name`.
    pub id: String,
    /// What the server then does wrong.
    pub what: String,
    /// The requirements that fail or warn because of it, all of them.
    pub breaks: Vec<String>,
    /// Whether it is one of many of its kind, of which a proof may take a sample.
    #[serde(skip)]
    pub member: bool,
}

/// What the members of a family have in common.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Family {
    id: String,
    /// `{0}` is the first argument, `{1}` the second, `{rest}` those from the second on.
    what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Families {
    family: Vec<Family>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    fault: Vec<Fault>,
}

const FILES: [&str; 2] = [include_str!("faults/auth.toml"), include_str!("faults/fhir.toml")];

const FAMILIES: &str = include_str!("faults/families.toml");
/// A line each: the member, a tab, the requirements it breaks, separated by spaces.
const MEMBERS: &str = include_str!("faults/members.tsv");

static CATALOGUE: LazyLock<Vec<Fault>> = LazyLock::new(|| {
    let own = FILES.iter().filter_map(|text| toml::from_str::<Catalogue>(text).ok()).flat_map(|file| file.fault);
    let families = toml::from_str::<Families>(FAMILIES).map(|file| file.family).unwrap_or_default();
    let members = MEMBERS.lines().filter_map(|line| {
        let (id, breaks) = line.split_once('\t')?;
        let breaks = breaks.split_whitespace().map(str::to_owned).collect();
        Some(Fault { id: id.to_owned(), what: told(&families, id)?, breaks, member: true })
    });
    own.chain(members).collect()
});

/// What a member of a family does wrong.
fn told(families: &[Family], id: &str) -> Option<String> {
    let (name, arguments) = id.split_once(':')?;
    let what = &families.iter().find(|family| family.id == name)?.what;
    let (first, rest) = arguments.split_once('.').unwrap_or((arguments, ""));
    let (second, third) = rest.split_once('.').unwrap_or((rest, ""));
    Some(what.replace("{0}", first).replace("{rest}", rest).replace("{1}", second).replace("{2}", third))
}

/// Every defect the reference target can be given.
pub fn catalogue() -> &'static [Fault] {
    &CATALOGUE
}

/// The fault whose id is most like `id`.
pub(super) fn nearest(id: &str) -> String {
    let scored = catalogue().iter().map(|fault| (strsim::jaro_winkler(&fault.id, id), &fault.id));
    scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, id)| id.clone()).unwrap_or_default()
}

/// The defects that are switched on. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Switched>);

#[derive(Debug, Default)]
struct Switched {
    ids: BTreeSet<String>,
    families: BTreeMap<String, Vec<String>>,
}

impl Faults {
    /// Switches on `ids`.
    ///
    /// # Errors
    /// The first id that the catalogue does not hold.
    pub(super) fn switch_on(ids: &[String]) -> Result<Self, String> {
        match ids.iter().find(|id| !catalogue().iter().any(|fault| fault.id == **id)) {
            Some(unknown) => Err(unknown.clone()),
            None => Ok(Self::of(&ids.iter().map(String::as_str).collect::<Vec<_>>())),
        }
    }

    /// Switches on `ids` without asking the catalogue.
    pub(super) fn of(ids: &[&str]) -> Self {
        let members = ids.iter().filter_map(|id| id.split_once(':'));
        let families = members.map(|(family, rest)| (family.to_owned(), rest.split('.').map(str::to_owned).collect()));
        Self(Arc::new(Switched { families: families.collect(), ids: ids.iter().map(|id| (*id).to_owned()).collect() }))
    }

    /// Whether there is any.
    pub(super) fn any(&self) -> bool {
        !self.0.ids.is_empty()
    }

    /// Whether the defect called `id` is on.
    pub(super) fn on(&self, id: &'static str) -> bool {
        !self.0.ids.is_empty() && self.0.ids.contains(id)
    }

    /// The arguments of a family's member that is on: `data.drop:us-core-patient.name` gives `us-core-patient`, `name`.
    pub(super) fn family(&self, family: &'static str) -> Option<&[String]> {
        self.0.families.get(family).map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_file_can_be_read_and_names_each_fault_once() {
        let mut seen = BTreeSet::new();
        for text in FILES {
            assert!(toml::from_str::<Catalogue>(text).is_ok());
        }
        assert!(toml::from_str::<Families>(FAMILIES).is_ok());
        for fault in catalogue() {
            assert!(seen.insert(fault.id.clone()), "{} is there twice", fault.id);
        }
        assert_eq!(catalogue().iter().filter(|fault| fault.member).count(), MEMBERS.lines().count());
    }

    #[test]
    fn every_switch_in_the_sources_is_in_the_catalogue_and_the_reverse() {
        let mut sources = String::new();
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/tenant"))];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let is_test = path.components().any(|part| part.as_os_str() == "tests");
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("fault.rs") && !is_test {
                    sources.push_str(&std::fs::read_to_string(path).unwrap());
                }
            }
        }
        let family = |id: &str| id.split(':').next().unwrap_or_default().to_owned();
        let catalogued: BTreeSet<String> = catalogue().iter().map(|fault| family(&fault.id)).collect();
        for id in &catalogued {
            assert!(sources.contains(&format!("\"{id}\"")), "nothing in the server asks for {id}");
        }
        let switch = regex::Regex::new(r#"\.(?:on|family)\(\s*"([^"]+)"|slip::on\(\w+, "([^"]+)""#).unwrap();
        for found in switch.captures_iter(&sources) {
            let name = found.get(1).or(found.get(2)).map_or("", |name| name.as_str());
            assert!(catalogued.contains(name), "{name} is in no catalogue");
        }
    }
}
