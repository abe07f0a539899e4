//! What is demanded, by whom and how strongly.

use super::Id;
use serde::{Deserialize, Serialize};

/// How strongly a specification demands something (RFC 2119 words).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Strength {
    /// Optional; a deviation is a note.
    May,
    /// Recommended; a deviation is a warning.
    Should,
    /// Mandatory; a deviation is a failure.
    Shall,
}

impl Strength {
    /// The word of the specification.
    pub fn word(self) -> &'static str {
        match self {
            Self::May => "MAY",
            Self::Should => "SHOULD",
            Self::Shall => "SHALL",
        }
    }
}

/// The damage if a security requirement does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// A weakness of little use by itself.
    Low,
    /// A weakness that helps an attack.
    Medium,
    /// One barrier gone.
    High,
    /// Other people's data, forged or stolen access.
    Critical,
}

impl Severity {
    /// The word used in configuration and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// Where a requirement is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Name and version of the specification, for example `SMART App Launch 2.0.0`.
    pub specification: String,
    /// The section, for example `4.6`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<String>,
    /// The number of the requirement there, where the specification has numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// A link a reader can follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// One demand on the target, in our words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// The same id as the scenario that examines it.
    pub id: Id,
    /// How strongly it is demanded.
    pub strength: Strength,
    /// The damage if it does not hold; only security requirements have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The demand in one or two sentences.
    pub text: String,
    /// Where it is written.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
    /// Steps of the ONC (g)(10) test procedure that this is evidence for, for example `AUT-PAT-24`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub g10: Vec<String>,
    /// What a reader should do when it does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}
