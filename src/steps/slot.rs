//! Slots: what a name in braces stands for in a phrase, and which names it takes.

use super::schema::Schema;
use crate::probe::{self, About, Attack};
use crate::profile::Library;
use crate::profile::path::Path;
use crate::profile::rules::TypeKind;
use crate::search::groups;
use crate::target::ClientRole;
use crate::watch::Watcher;
use std::sync::LazyLock;

/// A value that a step takes by its name, from a closed set.
pub(super) trait Named: Copy + 'static {
    /// The slot, as phrases write it in braces.
    const SLOT: &'static str;

    /// Every one of them.
    fn all() -> &'static [Self];

    /// The words for it.
    fn words(self) -> &'static str;
}

impl<A: Attack> Named for A {
    const SLOT: &'static str = A::TOPIC;

    fn all() -> &'static [Self] {
        A::ALL
    }

    fn words(self) -> &'static str {
        self.about().words
    }
}

impl Named for ClientRole {
    const SLOT: &'static str = "ClientRole";

    fn all() -> &'static [Self] {
        const { &Self::ALL }
    }

    fn words(self) -> &'static str {
        match self {
            // Features are English; configuration keys are not.
            Self::ShortLived => "short-lived",
            other => other.word(),
        }
    }
}

/// What may stand in a place of a phrase.
pub struct Slot {
    /// Its name, as phrases write it in braces.
    pub name: &'static str,
    /// What its names are names of.
    pub about: &'static str,
    /// What is known of each name that is an attack.
    pub attacks: Vec<&'static About>,
    /// Whether several names may stand there, with spaces between them.
    pub is_list: bool,
    names: Names,
}

enum Names {
    /// The same for everybody.
    Closed(Vec<&'static str>),
    /// What the library knows: a pattern that fits every name, whether it knows one, and all of them.
    Known { pattern: &'static str, knows: fn(&Library, &str) -> bool, all: fn(&Library) -> Vec<String> },
}

impl Slot {
    /// What the place looks like: exactly one group of a regular expression is made of it.
    pub(super) fn pattern(&self) -> String {
        match &self.names {
            Names::Closed(names) => names.iter().map(|name| regex::escape(name)).collect::<Vec<_>>().join("|"),
            Names::Known { pattern, .. } => (*pattern).to_owned(),
        }
    }

    /// Every name that it takes.
    pub fn names(&self, library: &Library) -> Vec<String> {
        match &self.names {
            Names::Closed(names) => names.iter().map(|name| (*name).to_owned()).collect(),
            Names::Known { all, .. } => all(library),
        }
    }

    /// Whether it takes `name`.
    pub fn takes(&self, library: &Library, name: &str) -> bool {
        match &self.names {
            Names::Closed(names) => names.contains(&name),
            Names::Known { knows, .. } => knows(library, name),
        }
    }

    /// The attack of that name.
    pub(super) fn attack(&self, name: &str) -> Option<&'static About> {
        self.attacks.iter().find(|about| about.words == name).copied()
    }
}

/// Every slot that phrases may have.
pub fn slots() -> &'static [Slot] {
    static SLOTS: LazyLock<Vec<Slot>> = LazyLock::new(|| {
        let attacks = probe::topics().into_iter().map(|topic| Slot {
            name: topic.name,
            about: topic.alters,
            is_list: false,
            names: Names::Closed(topic.attacks.iter().map(|about| about.words).collect()),
            attacks: topic.attacks,
        });
        let others = [
            closed::<ClientRole>("An app, by what it is registered for."),
            closed::<Watcher>("A rule for every answer of a run."),
            closed::<Schema>("A JSON Schema of a protocol document."),
            known("ResourceType", "A resource type of FHIR R4.", r"[A-Z]\w+", is_type, types),
            known(
                "Group",
                "A profile that the guide's server supports, by its short name.",
                r#"[^"]+"#,
                |library, name| groups(library).iter().any(|group| group.name == name),
                |library| groups(library).into_iter().map(|group| group.name).collect(),
            ),
            known(
                "Profile",
                "A compiled profile, by the end of its URL or by its whole URL.",
                r#"[^"]+"#,
                |library, name| profile(name).is_some_and(|url| library.structure(&url).is_some()),
                |library| {
                    let urls = library.urls().filter(|url| !url.starts_with(R4));
                    urls.map(|url| url.strip_prefix(US_CORE).unwrap_or(url).to_owned()).collect()
                },
            ),
            known(
                "FHIRPath",
                "An expression that is true or false of a resource.",
                r"[^`]+",
                |_, name| Path::compile(name).is_ok(),
                |_| vec!["entry.resource.ofType(Condition).exists()".to_owned()],
            ),
            Slot {
                is_list: true,
                ..known(
                    "Scopes",
                    "SMART scopes, separated by spaces; a resource type in them is one of FHIR R4.",
                    r#"[^"]+"#,
                    |library, name| scope_type(name).is_none_or(|of| is_type(library, of)),
                    |library| types(library).into_iter().map(|of| format!("patient/{of}.rs")).collect(),
                )
            },
        ];
        attacks.chain(others).collect()
    });
    &SLOTS
}

fn closed<T: Named>(about: &'static str) -> Slot {
    let names = T::all().iter().map(|one| one.words()).collect();
    Slot { name: T::SLOT, about, attacks: Vec::new(), is_list: false, names: Names::Closed(names) }
}

fn known(
    name: &'static str,
    about: &'static str,
    pattern: &'static str,
    knows: fn(&Library, &str) -> bool,
    all: fn(&Library) -> Vec<String>,
) -> Slot {
    Slot { name, about, attacks: Vec::new(), is_list: false, names: Names::Known { pattern, knows, all } }
}

const R4: &str = "http://hl7.org/fhir/StructureDefinition/";
const US_CORE: &str = "http://hl7.org/fhir/us/core/StructureDefinition/";

/// The canonical URL that a feature means by `name`.
fn profile(name: &str) -> Option<String> {
    Some(if name.contains("://") { name.to_owned() } else { format!("{US_CORE}{name}") })
}

fn is_type(library: &Library, name: &str) -> bool {
    library.type_(name).is_some_and(|structure| structure.kind == TypeKind::Resource && !structure.is_abstract)
}

/// The resource type that a scope names, if it names one.
fn scope_type(scope: &str) -> Option<&str> {
    let (level, rest) = scope.split_once('/')?;
    let of = rest.split('.').next()?;
    (matches!(level, "patient" | "user" | "system") && of != "*").then_some(of)
}

fn types(library: &Library) -> Vec<String> {
    let names = library.urls().filter_map(|url| url.strip_prefix(R4));
    names.filter(|name| is_type(library, name)).map(str::to_owned).collect()
}
