//! The rule tree: what compiled profiles are, as data. A line of `structures.jsonl` each.
//!
//! A base type carries its whole tree. A profile carries only what it adds to the type it constrains, so that judging a
//! resource against three profiles does not judge it three times.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::link::Linked;

/// A type or a profile.
#[derive(Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Structure {
    /// Canonical URL, without version.
    pub url: String,
    /// Business version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Computer-friendly name.
    pub name: String,
    /// The type that is described or constrained.
    #[serde(rename = "type")]
    pub of: String,
    /// What sort of type that is.
    pub kind: TypeKind,
    /// Whether this constrains the type rather than defining it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub profile: bool,
    /// Whether no instance is of exactly this type.
    #[serde(default, rename = "abstract", skip_serializing_if = "is_false")]
    pub is_abstract: bool,
    /// The structure that this was derived from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Where an extension may be used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<Context>,
    /// Whether an extension changes the meaning of what it stands on.
    #[serde(default, skip_serializing_if = "is_false")]
    pub modifier: bool,
    /// What could not be compiled, with the reason: it is reported as not evaluated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_compiled: Vec<NotCompiledRule>,
    /// The outermost element.
    pub root: Rule,
}

impl Structure {
    /// Whether the canonical names this version, or none.
    pub fn is_version_of(&self, canonical: &str) -> bool {
        let wanted = canonical.split_once('|').map(|(_, version)| version);
        self.version.is_empty() || wanted.is_none_or(|wanted| wanted == self.version)
    }
}

/// A rule of the package that this tool cannot judge.
#[derive(Serialize, Deserialize, Debug, Clone)]
#[serde(deny_unknown_fields)]
pub struct NotCompiledRule {
    /// Id of the element.
    pub element: String,
    /// Key of the constraint or name of the slice.
    pub rule: String,
    /// Why not.
    pub reason: String,
}

/// What sort of type a structure is about.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum TypeKind {
    /// `Patient`
    Resource,
    /// `HumanName`
    Complex,
    /// `dateTime`
    Primitive,
}

/// Where an extension may be used (R4 section 2.1.27.1.5).
#[derive(Serialize, Deserialize, Debug, Clone)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// `element`, `extension` or `fhirpath`.
    #[serde(rename = "type")]
    pub kind: String,
    /// A path of elements, the URL of an extension, or an expression.
    pub expression: String,
}

/// What is demanded of an element.
#[derive(Serialize, Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Name, without `[x]`; for the outermost element the type.
    pub name: String,
    /// The element may be of several types, named by the end of its key.
    #[serde(default, skip_serializing_if = "is_false")]
    pub choice: bool,
    /// Name of the slice that this is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<String>,
    /// Fewest.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub min: u32,
    /// Most; unlimited if absent. In a profile: absent too where the type already says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// Types allowed; in a profile only where it restricts them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<TypeRule>,
    /// The value that it must equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed: Option<Value>,
    /// What it must contain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<Value>,
    /// The codes that it is taken from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// Invariants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<Constraint>,
    /// Most characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// The least value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_value: Option<Value>,
    /// The greatest value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_value: Option<Value>,
    /// Must support, or an additional requirement of USCDI.
    #[serde(default, skip_serializing_if = "is_false")]
    pub must_support: bool,
    /// Its children are those of the element at this path of the same structure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// How the slices are told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slicing: Option<Slicing>,
    /// The slices.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<Rule>,
    /// The elements within.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Rule>,
    /// What loading adds.
    #[serde(skip)]
    pub linked: Linked,
}

/// An allowed type.
#[derive(Serialize, Deserialize, Debug, Clone, Default, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct TypeRule {
    /// `Quantity`, `dateTime`, `Reference`...
    pub code: String,
    /// Profiles of that type of which one must be met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<String>,
    /// What a reference or canonical may point to: types or profiles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// Those of the targets that are must support, where the profile marks some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supported_targets: Vec<String>,
    /// Must support of this type of a choice.
    #[serde(default, skip_serializing_if = "is_false")]
    pub must_support: bool,
    /// Where the definitions of the targets stand in the library; loading fills it.
    #[serde(skip)]
    pub linked: Vec<Option<u32>>,
}

/// A binding to a value set.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// Required, extensible...
    pub strength: Strength,
    /// Canonical URL of the value set, without version.
    pub value_set: String,
    /// The value set that no code may leave, of an extensible or preferred binding.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
}

/// How much a binding demands.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// An illustration.
    Example,
    /// A recommendation.
    Preferred,
    /// From the value set if it has a code for the concept.
    Extensible,
    /// From the value set.
    Required,
}

/// An invariant.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    /// `us-core-6`
    pub key: String,
    /// Whether breaking it is a warning only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub warning: bool,
    /// FHIRPath.
    pub expression: String,
}

/// How slices are told apart.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Slicing {
    /// By what.
    pub discriminators: Vec<Discriminator>,
    /// Whether something that is in no slice is allowed.
    pub rules: SlicingRules,
    /// Whether the slices must come in order.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ordered: bool,
}

/// A discriminator.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Discriminator {
    /// `value`, `pattern`, `exists`, `type` or `profile`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Restricted FHIRPath.
    pub path: String,
}

/// What may be outside of all slices.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum SlicingRules {
    /// Nothing.
    Closed,
    /// Anything.
    Open,
    /// Anything, after the slices.
    OpenAtEnd,
}

fn is_false(b: &bool) -> bool {
    !b
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// A value set as far as the packages let it be known. A line of `terms.jsonl` each.
#[derive(Serialize, Deserialize, Debug, Default)]
#[serde(deny_unknown_fields)]
pub struct ValueSet {
    /// Canonical URL, without version.
    pub url: String,
    /// The codes, by system.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<Include>,
    /// Parts that could not be expanded: each a reason why a code that is not listed may be a member all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<Open>,
}

/// Codes of one system.
#[derive(Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct Include {
    /// The code system.
    pub system: String,
    /// Its codes; all that the system has if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes: Option<Vec<String>>,
    /// Codes of a whole system that are left out again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub but: Vec<String>,
}

/// A part of a value set that is not known.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// The system that the unknown codes are of; any if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Why it is not known.
    pub reason: String,
}

/// A code system that the packages give whole. A line of `systems.jsonl` each.
#[derive(Serialize, Deserialize, Debug)]
#[serde(deny_unknown_fields)]
pub struct CodeSystem {
    /// Canonical URL, which is also the `system` of its codings.
    pub url: String,
    /// Whether codes differ by case.
    #[serde(default, skip_serializing_if = "is_false")]
    pub case_insensitive: bool,
    /// All its codes.
    pub codes: Vec<String>,
}
