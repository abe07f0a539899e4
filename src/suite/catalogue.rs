//! The features: embedded or from a folder, expanded, each scenario with its id and its requirement, every step known.

use super::error::CatalogueError;
use super::feature::{cells, check_order, check_step, parse};
use super::own::Own;
use super::requirements::Requirements;
use super::selection::{self, Selection, SelectionError};
use super::tables::TABLE;
use super::template::Renderer;
use crate::profile::Library;
use crate::record::{Id, Requirement, Source, Strength};
use cucumber::gherkin::{Feature, Scenario as GherkinScenario, Step, StepType};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

macro_rules! embedded {
    ($($path:literal),* $(,)?) => { [$(($path, include_str!(concat!("../../features/", $path)))),*] };
}

/// The features that are written by hand; those of the guide's types are rendered. A test compares both with the folder.
const WRITTEN: &[(&str, &str)] = &embedded![
    "attestation/certification.feature",
    "discovery/brands.feature",
    "discovery/capability-statement.feature",
    "discovery/openid-configuration.feature",
    "discovery/protected-resource.feature",
    "discovery/smart-configuration.feature",
    "launch/browser-app.feature",
    "launch/ehr.feature",
    "launch/limited-access.feature",
    "launch/openid.feature",
    "launch/standalone.feature",
    "token/introspection.feature",
    "token/refresh.feature",
    "token/revocation.feature",
    "us-core/clinical-notes.feature",
    "us-core/errors.feature",
    "us-core/granular-condition.feature",
    "us-core/granular-observation.feature",
    "us-core/granular-scopes.feature",
    "us-core/headers.feature",
    "us-core/record.feature",
    "security/access-token.feature",
    "security/client-authentication.feature",
    "security/code.feature",
    "security/confusion.feature",
    "security/errands.feature",
    "security/injection.feature",
    "security/transport.feature",
    "security/cross-origin.feature",
    "security/every-answer.feature",
    "security/isolation-patient.feature",
    "security/isolation-tenant.feature",
    "security/pkce.feature",
    "security/proof-of-possession.feature",
    "security/pushed-request.feature",
    "security/redirect.feature",
    "security/robustness.feature",
    "security/scope.feature",
    "security/sign-in.feature",
];

/// One scenario and the requirement it examines.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// The requirement; its id is the scenario's.
    pub requirement: Requirement,
    /// The scenario's name.
    pub name: String,
    /// The feature's name.
    pub feature: String,
    /// The feature file, below `features/`.
    pub file: String,
    /// Its line in that file.
    pub line: usize,
    /// Its tags and its feature's, without `@` and without the id.
    pub tags: Vec<String>,
    /// Effective keyword and text of each step, the background's first.
    pub steps: Vec<(String, String)>,
}

impl Scenario {
    /// Whether it looks at all answers of the run: it is played after all others then.
    pub fn is_about_every_answer(&self) -> bool {
        self.tags.iter().any(|tag| tag == "every-answer")
    }

    /// Whether it is tried once more when it fails: a check of security, unless it looks back at the whole run.
    pub(super) fn is_tried_again(&self) -> bool {
        !self.is_about_every_answer() && self.tags.iter().any(|tag| tag == "security")
    }
}

/// All scenarios that there are.
pub struct Catalogue {
    pub(super) features: Vec<Feature>,
    scenarios: Vec<Scenario>,
    digest: String,
}

impl Catalogue {
    /// The embedded features.
    ///
    /// # Errors
    /// [`CatalogueError`]: our bug, found at start-up rather than in a report.
    pub fn embedded() -> Result<Self, CatalogueError> {
        Self::read(embedded_files(Library::embedded())?, None, None)
    }

    /// The features of another guide, or another version: those of its types, and the hand-written ones.
    ///
    /// # Errors
    /// [`CatalogueError`] with the place and the next step.
    pub fn derived(library: &Library) -> Result<Self, CatalogueError> {
        Self::read(embedded_files(library)?, None, Some(library))
    }

    /// The built-in features, with the tables of `library` where one is given, and those below `folder`. A scenario there
    /// without a requirement entry demands what its name says, with SHALL, or SHOULD when it is tagged `@should`.
    ///
    /// # Errors
    /// [`CatalogueError`] with the place and the next step.
    pub fn with_own(folder: &Path, library: Option<&Library>) -> Result<Self, CatalogueError> {
        let own = Own::read(folder)?;
        Self::read(embedded_files(library.unwrap_or_else(|| Library::embedded()))?, Some(own), library)
    }

    fn read(files: Vec<(String, String)>, own: Option<Own>, library: Option<&Library>) -> Result<Self, CatalogueError> {
        let requirements = Requirements::read(library.unwrap_or_else(|| Library::embedded()))?;
        let steps = crate::steps::collection().map_err(|what| bug("src/steps", what.to_string()))?;
        // The built-in features speak of US Core's profiles also where another guide's tables take their place.
        let libraries: Vec<&Library> = match library {
            Some(library) => vec![library, Library::embedded()],
            None => vec![Library::embedded()],
        };
        let mut checked = HashSet::new();
        let mut hash = Sha256::new();
        let (mut features, mut scenarios, mut seen) = (Vec::new(), Vec::new(), HashMap::new());
        let theirs = own.unwrap_or_default();
        let files = files.into_iter().map(|file| (file, None));
        let added = theirs.files.iter().map(|file| (file.clone(), Some(&theirs.requirements)));
        for ((file, text), described) in files.chain(added) {
            hash.update(text.as_bytes());
            let feature = parse(&file, &text, library)?;
            let background = feature.background.iter().flat_map(|background| &background.steps);
            let background: Vec<&Step> = background.collect();
            let nested = feature.rules.iter().flat_map(|rule| &rule.scenarios);
            for own in feature.scenarios.iter().chain(nested) {
                let all: Vec<&Step> = background.iter().copied().chain(&own.steps).collect();
                // Many scenarios say the same: once looked up is enough.
                for step in all.iter().filter(|step| checked.insert((step.ty, step.value.clone()))) {
                    check_step(&steps, &libraries, &file, own, step)?;
                }
                let scenario = describe(&file, &feature, own, &all, &requirements, described)?;
                if described.is_some() {
                    check_order(&file, &all)?;
                }
                let id = scenario.requirement.id.to_string();
                if let Some((first, line)) = seen.insert(id.clone(), (file.clone(), own.position.line)) {
                    let place = if first == file { format!("line {line}") } else { format!("{first}:{line}") };
                    return Err(CatalogueError {
                        file,
                        line: own.position.line,
                        what: format!("the id `{id}` is there twice, first in {place}"),
                        help: "an id names one scenario; give this one another".to_owned(),
                    });
                }
                scenarios.push(scenario);
            }
            features.push(feature);
        }
        theirs.all_examined(|id| seen.contains_key(id))?;
        Requirements::texts().for_each(|text| hash.update(text.as_bytes()));
        theirs.texts.iter().for_each(|text| hash.update(text.as_bytes()));
        if let Some(library) = library {
            hash.update(format!("{:?}", library.provenance()).as_bytes());
        }
        let digest = format!("{:x}", hash.finalize());
        Ok(Self { features, scenarios, digest })
    }

    /// All scenarios in the order of the features.
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// SHA-256 over the feature files and requirement entries, hex.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// The positions of the scenarios that one of `wanted` selects; all when it is empty.
    ///
    /// # Errors
    /// [`SelectionError`] for the first that selects nothing.
    pub fn select(&self, wanted: &[String]) -> Result<Vec<usize>, SelectionError> {
        let mut chosen = vec![wanted.is_empty(); self.scenarios.len()];
        for text in wanted {
            let selection = Selection::parse(text)?;
            let unknown = selection
                .names()
                .into_iter()
                .find(|name| !self.scenarios.iter().any(|own| selection::names(name, own)));
            if let Some(name) = unknown {
                return Err(SelectionError::Unknown { wanted: name.to_owned(), nearest: self.nearest(name) });
            }
            let mut any = false;
            for (scenario, chosen) in self.scenarios.iter().zip(&mut chosen) {
                let hit = selection.holds(scenario);
                any |= hit;
                *chosen |= hit;
            }
            if !any {
                return Err(SelectionError::Empty(text.clone()));
            }
        }
        Ok((0..self.scenarios.len()).filter(|at| chosen[*at]).collect())
    }

    fn nearest(&self, word: &str) -> Option<String> {
        let ids = self.scenarios.iter().map(|s| s.requirement.id.to_string());
        let areas = self.scenarios.iter().map(|s| s.requirement.id.area().to_owned());
        let tags = self.scenarios.iter().flat_map(|s| s.tags.iter().map(|tag| format!("@{tag}")));
        let scored = ids.chain(areas).chain(tags).map(|name| (strsim::jaro_winkler(&name, word), name));
        scored.max_by(|a, b| a.0.total_cmp(&b.0)).filter(|(score, _)| *score > 0.7).map(|(_, name)| name)
    }

    /// The features with nothing but the selected scenarios in them.
    pub(super) fn features(&self, selected: &[usize]) -> Vec<Feature> {
        let wanted: HashSet<&str> = selected.iter().map(|at| self.scenarios[*at].requirement.id.as_str()).collect();
        let keep = |scenario: &GherkinScenario| id_of(&scenario.tags).is_some_and(|id| wanted.contains(id));
        let mut features = self.features.clone();
        for feature in &mut features {
            feature.scenarios.retain(keep);
            feature.rules.iter_mut().for_each(|rule| rule.scenarios.retain(keep));
            feature.rules.retain(|rule| !rule.scenarios.is_empty());
        }
        features.retain(|feature| !feature.scenarios.is_empty() || !feature.rules.is_empty());
        features
    }
}

/// The tag of scenarios that do more to a target than ask.
const INTRUSIVE: &str = "intrusive";

/// The id in a scenario's tags.
pub(super) fn id_of(tags: &[String]) -> Option<&str> {
    tags.iter().find_map(|tag| tag.strip_prefix("id:"))
}

pub(super) fn bug(file: &str, what: String) -> CatalogueError {
    CatalogueError {
        file: file.to_owned(),
        line: 0,
        what,
        help: "this is a bug of probity; please report it".to_owned(),
    }
}

/// The hand-written features and those of the types of `library`'s guide, in the order of the areas.
pub(super) fn embedded_files(library: &Library) -> Result<Vec<(String, String)>, CatalogueError> {
    let renderer = Renderer::new(library)?;
    let mut files: Vec<(String, String)> = Vec::new();
    for (path, text) in WRITTEN {
        files.push(((*path).to_owned(), renderer.adapted(path, text)?));
    }
    let of_guide = |(path, _): &(String, String)| path.starts_with("us-core/");
    let at = files.iter().position(of_guide).unwrap_or(files.len());
    let (mut own, others): (Vec<_>, Vec<_>) = files.split_off(at).into_iter().partition(of_guide);
    own.extend(renderer.features()?);
    own.sort();
    files.extend(own.into_iter().chain(others));
    Ok(files)
}

/// The features below `us-core/` that the index of `library` has a part in: their paths and texts.
///
/// # Errors
/// [`CatalogueError`] with the place and the next step.
pub fn rendered(library: &Library) -> Result<Vec<(String, String)>, CatalogueError> {
    let mut files = embedded_files(library)?;
    files.retain(|(path, text)| path.starts_with("us-core/") && text.contains("@resource:"));
    Ok(files)
}

fn describe(
    file: &str,
    feature: &Feature,
    own: &GherkinScenario,
    steps: &[&Step],
    requirements: &Requirements,
    described: Option<&BTreeMap<Id, Requirement>>,
) -> Result<Scenario, CatalogueError> {
    let fail = |what: String, help: &str| CatalogueError {
        file: file.to_owned(),
        line: own.position.line,
        what,
        help: help.to_owned(),
    };
    let id = id_of(&own.tags).ok_or_else(|| {
        fail(format!("the scenario `{}` has no id", own.name), "tag it with @id:area.name, for example @id:site.login")
    })?;
    let id: Id = id.parse().map_err(|error| fail(format!("{error}"), "for example @id:site.login"))?;
    if !steps.iter().any(|step| step.ty == StepType::Then) {
        // Gherkin takes a line without a keyword for prose, so a misspelt step is silently none.
        return Err(fail(
            format!("the scenario `{}` expects nothing: it has no Then step", own.name),
            "begin each step with Given, When, Then, And or But; other lines are taken for a description",
        ));
    }
    let mut tags: Vec<String> = feature
        .tags
        .iter()
        .chain(&own.tags)
        .filter(|tag| !tag.starts_with("id:") && !tag.starts_with(TABLE))
        .cloned()
        .collect();
    // Nobody has to remember the tag: what a scenario does says whether it intrudes.
    let attacks = steps.iter().flat_map(|step| crate::steps::attacks(&step.value));
    if attacks.into_iter().any(|attack| attack.is_intrusive()) && !tags.iter().any(|tag| tag == INTRUSIVE) {
        tags.push(INTRUSIVE.to_owned());
    }
    // A user's scenario is theirs: what the built-in requirements demand is said by their own scenarios.
    let requirement = match described {
        None => requirements
            .of(&id, &cells(own))
            .ok_or_else(|| fail(format!("there is no requirement `{id}`"), "add it to profiles/requirements/"))?,
        Some(theirs) => theirs.get(&id).cloned().unwrap_or_else(|| Requirement {
            id,
            strength: if tags.iter().any(|tag| tag == "should") { Strength::Should } else { Strength::Shall },
            severity: None,
            text: own.name.clone(),
            sources: vec![Source { specification: feature.name.clone(), section: None, number: None, url: None }],
            g10: Vec::new(),
            advice: None,
        }),
    };
    Ok(Scenario {
        requirement,
        name: own.name.clone(),
        feature: feature.name.clone(),
        file: file.to_owned(),
        line: own.position.line,
        tags,
        steps: steps.iter().map(|step| (format!("{:?}", step.ty), step.value.clone())).collect(),
    })
}
