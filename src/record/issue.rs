//! What is wrong with a resource: one rule, one element, one place in the text.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IssueSeverity {
    /// Worth knowing; never a reason to refuse.
    Information,
    /// Conforming, but not as recommended, or as an extensible binding expects.
    Warning,
    /// Not conforming.
    Error,
    /// Not even read.
    Fatal,
}

impl fmt::Display for IssueSeverity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Fatal => "fatal",
        })
    }
}

macro_rules! kinds {
    ($($variant:ident $name:literal $code:literal $advice:literal,)*) => {
        /// What sort of rule is broken; the name is stable and is the rule id of SARIF.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub enum IssueKind {
            $(
                #[doc = $name]
                #[serde(rename = $name)]
                $variant,
            )*
        }

        impl IssueKind {
            /// All kinds.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The code of FHIR's value set issue-type.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What to do next.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)* }
            }
        }
    };
}

kinds! {
    Json "json.syntax" "invalid" "make the text valid JSON (RFC 8259)",
    DuplicateKey "json.duplicate-key" "invalid" "keep one of the two members",
    JsonType "json.type" "structure" "write the element in the JSON form that its type has",
    NullValue "json.null" "structure" "leave the member out: null stands only in an array beside an item of the underscored array",
    EmptyArray "json.empty-array" "structure" "leave the member out: an array has at least one item",
    EmptyObject "json.empty-object" "invariant" "leave the element out, or give it a value, content or an extension",
    Pairing "json.pairing" "structure" "give both arrays the same number of items, with null where one has nothing",
    UnknownType "type.unknown" "structure" "name a resource type of FHIR R4 in resourceType",
    UnknownElement "element.unknown" "structure" "remove the element, or correct its name",
    EmptyValue "primitive.empty" "value" "leave the element out: a value has at least one character",
    Primitive "primitive.format" "value" "write the value in the format of its type",
    Length "primitive.length" "too-long" "shorten the value",
    Range "primitive.range" "value" "keep the value within the limits of the profile",
    Whitespace "primitive.whitespace" "value" "remove the white space around the value",
    Min "cardinality.min" "required" "add the element; where the source has no value, say so with data-absent-reason where the profile allows it",
    Max "cardinality.max" "structure" "remove what is too many",
    ChoiceTwice "choice.twice" "structure" "keep one of the types of the choice",
    TypeNotAllowed "type.not-allowed" "structure" "use one of the types that the profile allows",
    Fixed "value.fixed" "value" "use exactly the value that the profile fixes",
    Pattern "value.pattern" "value" "include the values that the profile demands",
    Binding "binding" "code-invalid" "use a code of the value set",
    UnknownCode "code.unknown" "code-invalid" "use a code that the code system has",
    SliceMin "slice.min" "required" "add an item that belongs to the slice",
    SliceMax "slice.max" "structure" "keep fewer items of the slice",
    SliceClosed "slice.closed" "structure" "remove the item, or make it belong to a slice",
    SliceOrder "slice.order" "structure" "put the items in the order of the slices",
    ReferenceSyntax "reference.syntax" "value" "write the reference as Type/id, an absolute URL, urn:uuid: or #id",
    ReferenceTarget "reference.target" "structure" "refer to a resource of a type that the element allows",
    ReferenceUnresolved "reference.unresolved" "not-found" "add the resource that the reference names, or correct the reference",
    Contained "contained" "structure" "give the contained resource an id and refer to it from the resource around it",
    ExtensionUnknown "extension.unknown" "extension" "use an extension whose definition the receiver can know",
    ExtensionModifier "extension.modifier" "extension" "use modifierExtension for extensions that modify meaning, and only for those",
    ExtensionContext "extension.context" "extension" "use the extension only where its definition allows it",
    Invariant "invariant" "invariant" "satisfy the expression",
    Narrative "narrative" "invalid" "write the narrative as a div of XHTML with the elements that FHIR allows",
    FullUrl "bundle.full-url" "value" "make fullUrl absolute and agree with the resource's id",
    Profile "profile.unknown" "not-found" "name a profile of the compiled packages, or compile the package that has it",
    ProfileType "profile.type" "structure" "claim only profiles of the resource's own type",
    Erratum "erratum" "informational" "nothing: the resource may say this, the rule is known to be wrong",
    ProfileChoice "profile.none-of" "structure" "conform to one of the profiles that the element allows",
}

impl fmt::Display for IssueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One issue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Issue {
    /// How bad.
    pub severity: IssueSeverity,
    /// What sort of rule.
    pub kind: IssueKind,
    /// FHIRPath of the element, from the resource's type on.
    pub path: String,
    /// JSON Pointer of the element in the text.
    pub pointer: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Where it stands in the text, in bytes.
    pub span: (usize, usize),
    /// Canonical URL of the structure that makes the demand.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub profile: String,
    /// Id of the element definition that makes the demand.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub element: String,
    /// Name of the slice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<String>,
    /// Key of the invariant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
    /// What is demanded.
    pub expected: String,
    /// What was found; record content, so reports of a target show it only where bodies may be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
}

impl Issue {
    /// One line that names the demand, without record content.
    pub fn message(&self) -> String {
        let rule = match (&self.constraint, &self.slice) {
            (Some(key), _) => format!("{} {key}", self.kind),
            (None, Some(slice)) => format!("{} of {slice}", self.kind),
            (None, None) => self.kind.to_string(),
        };
        format!("{rule}: expected {}", self.expected)
    }
}

/// Something that could not be judged, and why: it is never counted as conforming.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct NotEvaluated {
    /// What was to be judged: a value set, a constraint, a profile.
    pub what: String,
    /// Why it could not.
    pub reason: String,
    /// How often it came up.
    pub count: usize,
}

/// What was found out about one resource of a file.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Checked {
    /// The file, and the line within NDJSON.
    pub name: String,
    /// Type and id of the resource, where it has them.
    pub resource: String,
    /// What is wrong.
    pub issues: Vec<Issue>,
    /// What could not be judged.
    pub not_evaluated: Vec<NotEvaluated>,
}

impl Checked {
    /// The worst of the issues.
    pub fn worst(&self) -> Option<IssueSeverity> {
        self.issues.iter().map(|i| i.severity).max()
    }
}
