//! Every defect that the reference target can be given, and what each breaks.

use super::fault::Faults;
use super::fhir::family;
use serde::Deserialize;
use std::sync::LazyLock;

/// One defect the reference target can be given.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Its name; members of a family are `family:argument`, for example `data.drop:us-core-patient.name`.
    pub id: String,
    /// What the server then does wrong.
    pub what: String,
    /// The requirements that fail or warn because of it, all of them.
    #[serde(default)]
    pub breaks: Vec<String>,
    /// The scenarios that pass without it and cannot be examined with it, all of them. Only for what the standards permit:
    /// it is no defect, and nothing may notice it.
    pub untested: Option<Vec<String>>,
    /// Whether it is one of many of its kind, of which a proof may take a sample.
    #[serde(skip)]
    pub member: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    fault: Vec<Fault>,
}

const FILES: &[&str] = &[
    include_str!("faults/auth.toml"),
    include_str!("faults/extensions.toml"),
    include_str!("faults/fhir.toml"),
    include_str!("faults/answers.toml"),
    include_str!("faults/permitted.toml"),
];

/// A line each: the member, a tab, the requirements it breaks, separated by spaces.
const MEMBERS: &str = include_str!("faults/members.tsv");

static CATALOGUE: LazyLock<Vec<Fault>> = LazyLock::new(|| {
    let own = FILES.iter().filter_map(|text| toml::from_str::<Catalogue>(text).ok()).flat_map(|file| file.fault);
    let members = MEMBERS.lines().filter_map(|line| {
        let (id, breaks) = line.split_once('\t')?;
        let breaks = breaks.split_whitespace().map(str::to_owned).collect();
        Some(Fault { id: id.to_owned(), what: described(id)?, breaks, untested: None, member: true })
    });
    own.chain(members).collect()
});

/// What a member of a family does wrong.
fn described(id: &str) -> Option<String> {
    let (family, arguments) = family::of(id)?;
    let (first, rest) = arguments.split_once('.').unwrap_or((arguments, ""));
    let (second, third) = rest.split_once('.').unwrap_or((rest, ""));
    Some(family.what.replace("{0}", first).replace("{rest}", rest).replace("{1}", second).replace("{2}", third))
}

/// The words that the last argument of a family's members takes, where it is one of a fixed list; none elsewhere.
pub fn words(family: &str) -> Vec<&'static str> {
    family::words(family)
}

/// Every defect the reference target can be given.
pub fn catalogue() -> &'static [Fault] {
    &CATALOGUE
}

/// The faults whose ids are most like `id`, to be printed: the best one, and what is about as like.
pub(super) fn nearest(id: &str) -> String {
    let mut scored: Vec<(f64, &str)> =
        catalogue().iter().map(|fault| (strsim::jaro_winkler(&fault.id, id), fault.id.as_str())).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let best = scored.first().map_or(0.0, |(score, _)| *score);
    let like = scored.iter().take(3).take_while(|(score, _)| *score > best - 0.02);
    like.map(|(_, id)| format!("`{id}`")).collect::<Vec<_>>().join(" or ")
}

/// The switches of `ids`.
///
/// # Errors
/// The first id that the catalogue does not hold, or that is of a family and names nothing that the server has.
pub(super) fn switched_on(ids: &[String]) -> Result<Faults, String> {
    let known =
        |id: &str| catalogue().iter().any(|fault| fault.id == id) && (!id.contains(':') || family::is_member(id));
    match ids.iter().find(|id| !known(id)) {
        Some(unknown) => Err(unknown.clone()),
        None => Ok(Faults::of(&ids.iter().map(String::as_str).collect::<Vec<_>>())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_fault_file_can_be_read_and_names_each_fault_once() {
        let mut seen = BTreeSet::new();
        for text in FILES {
            assert!(toml::from_str::<Catalogue>(text).is_ok());
        }
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
                } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("catalogue.rs") && !is_test {
                    sources.push_str(&std::fs::read_to_string(path).unwrap());
                }
            }
        }
        let family = |id: &str| id.split(':').next().unwrap_or_default().to_owned();
        let catalogued: BTreeSet<String> = catalogue().iter().map(|fault| family(&fault.id)).collect();
        for id in &catalogued {
            assert!(sources.contains(&format!("\"{id}\"")), "nothing in the server asks for {id}");
        }
        let switch = regex::Regex::new(r#"\.on\(\s*"([^"]+)""#).unwrap();
        for found in switch.captures_iter(&sources) {
            let name = found.get(1).map_or("", |name| name.as_str());
            assert!(catalogued.contains(name), "{name} is in no catalogue");
        }
    }

    #[test]
    fn every_member_of_a_family_can_be_switched_on() {
        for fault in catalogue().iter().filter(|fault| fault.id.contains(':')) {
            assert!(family::is_member(&fault.id), "{}", fault.id);
        }
        for id in [
            "search.omit:Goal.shoe-size",
            "bundle:Goal.colour",
            "data.drop:us-core-shoe.size",
            "leak:all",
            "page.odd:Goal",
        ] {
            assert!(!family::is_member(id), "{id}");
        }
    }

    #[test]
    fn every_word_of_a_family_is_used_by_a_member() {
        for family in ["bundle", "gateway", "leak", "search.comparator", "search.token"] {
            assert!(!words(family).is_empty(), "{family}");
            for word in words(family) {
                let uses = |fault: &Fault| match family::of(&fault.id) {
                    Some((own, arguments)) => own.id == family && arguments.rsplit('.').next() == Some(word),
                    None => false,
                };
                assert!(catalogue().iter().any(uses), "no member of {family} is {word}");
            }
        }
    }

    #[test]
    fn an_unknown_fault_is_refused_and_the_nearest_ones_are_named() {
        let unknown = "search.omit:Goal.shoe-size".to_owned();
        assert_eq!(switched_on(&["pkce.optional".to_owned(), unknown.clone()]).unwrap_err(), unknown);
        assert_eq!(nearest("pkce.optionel"), "`pkce.optional`");
        assert!(nearest("bundle:Gaol.kind").contains("`bundle:Goal.kind`"));
    }
}
