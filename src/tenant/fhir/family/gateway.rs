//! A gateway in front of the server knows one kind of request itself, and answers it past the fence around a patient.

use axum::http::Method;

use super::super::request::FhirRequest;
use super::member::{Family, Member};

pub(super) const FAMILIES: [Family; 1] = [Family {
    id: "gateway",
    what: "a gateway answers past the fence: {0}",
    read: |text| {
        let (_, reach, knows) = SHAPES.into_iter().find(|(name, ..)| *name == text)?;
        Some(Box::new(Gateway(reach, knows)))
    },
}];

pub(super) type Knows = fn(&Shape<'_>) -> bool;

/// Whose records a gateway opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tenant::fhir) enum Reach {
    /// Those that the request names.
    Named,
    /// Those that it names; everybody's where it names none.
    Everybody,
}

use Reach::{Everybody, Named};

#[derive(Debug)]
struct Gateway(Reach, Knows);

impl Member for Gateway {
    fn opens(&self, request: &FhirRequest) -> Option<Reach> {
        (self.1)(&Shape::of(request)).then_some(self.0)
    }
}

/// A request as it came, nothing decoded.
pub(super) struct Shape<'a> {
    pub(super) request: &'a FhirRequest,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) body: String,
}

impl<'a> Shape<'a> {
    pub(super) fn of(request: &'a FhirRequest) -> Self {
        let query = request.query.as_deref().unwrap_or_default();
        Self { request, path: &request.path, query, body: String::from_utf8_lossy(&request.body).into_owned() }
    }

    pub(super) fn is(&self, method: &Method) -> bool {
        self.request.method == *method
    }

    fn has(&self, header: &str) -> bool {
        self.request.headers.contains_key(header)
    }

    fn accepts(&self, kinds: &[&str]) -> bool {
        let accept = self.request.headers.get("accept").and_then(|value| value.to_str().ok()).unwrap_or_default();
        kinds.iter().any(|kind| accept.contains(kind))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.query.split('&').map(|pair| pair.split('=').next().unwrap_or_default())
    }

    fn asks(&self, names: &[&str]) -> bool {
        self.names().any(|name| names.contains(&name))
    }

    fn begins(&self, kinds: &[&str]) -> bool {
        kinds.contains(&self.path.split('/').next().unwrap_or_default())
    }

    /// `Type/id`.
    pub(super) fn is_read(&self) -> bool {
        self.path.split('/').count() == 2 && !self.path.contains(['_', '$']) && self.is(&Method::GET)
    }

    pub(super) fn is_operation(&self, name: &str) -> bool {
        self.path.rsplit('/').next() == Some(name)
    }

    pub(super) fn is_batch(&self, kind: &str) -> bool {
        self.path.is_empty() && self.body.contains(&format!("\"type\":\"{kind}\""))
    }
}

pub(super) const SHAPES: [(&str, Reach, Knows); 64] = [
    ("history-instance", Named, |it| it.path.ends_with("/_history") && it.path.split('/').count() == 3),
    ("history-type", Everybody, |it| it.path.ends_with("/_history") && it.path.split('/').count() == 2),
    ("history-system", Everybody, |it| it.path == "_history"),
    ("head", Named, |it| it.is(&Method::HEAD)),
    ("parts", Named, |it| it.is_read() && it.asks(&["_summary", "_elements", "_pretty"])),
    ("formats", Named, |it| {
        it.is_read() && (it.asks(&["_format"]) || it.path.ends_with(".json") || it.accepts(&["xml", "html", "csv"]))
    }),
    ("own-patient-beside", Named, |it| it.is_read() && it.asks(&["patient", "_id"])),
    ("binary", Named, |it| it.begins(&["Binary"]) && !it.has("x-security-context")),
    ("security-context", Named, |it| it.has("x-security-context")),
    ("attachment", Named, |it| it.begins(&["Binary"]) && it.accepts(&["*/*"])),
    ("other-roles", Named, |it| {
        it.asks(&["beneficiary", "subscriber", "payor", "source", "author", "performer", "actor"])
    }),
    ("several-patients", Named, |it| it.query.contains("%2C") || it.query.contains(',')),
    ("patient-twice", Named, |it| it.names().filter(|name| matches!(*name, "patient" | "_id" | "subject")).count() > 1),
    ("parameter-names", Named, |it| {
        it.names().any(|name| {
            !name.contains(':') && name.to_lowercase().starts_with("patient") && name.len() > 7 && !name.contains('.')
                || name == "PATIENT"
                || name == "Patient"
        })
    }),
    ("encoded-separator", Named, |it| it.query.contains("%26patient") || it.query.contains(";patient")),
    ("unknown-parameter", Everybody, |it| it.asks(&["patien", "probity-unknown"]) && it.has("prefer")),
    ("negation", Everybody, |it| it.names().any(|name| name.ends_with(":not") || name.ends_with(":missing"))),
    ("identifier-modifier", Named, |it| it.names().any(|name| name.ends_with(":identifier"))),
    ("chained-identifier", Named, |it| it.names().any(|name| name.ends_with(".identifier"))),
    ("chained-name", Named, |it| {
        it.names().any(|name| {
            [".name", ".birthdate", ".family", "._id"].iter().any(|end| name.ends_with(end))
                && !name.starts_with("practitioner")
        })
    }),
    ("chained-shared", Everybody, |it| {
        it.names().any(|name| {
            name.starts_with("practitioner:") || name.starts_with("encounter.") || name.starts_with("result.")
        })
    }),
    ("context", Named, |it| {
        !it.asks(&["patient"])
            && it.asks(&["encounter", "based-on", "part-of", "result", "prescription", "specimen", "has-member"])
    }),
    ("reverse-chain", Named, |it| it.query.contains("_has:")),
    ("reverse-include-own", Named, |it| {
        it.begins(&["Patient"]) && it.query.contains("_revinclude=") && !it.query.contains("_revinclude=*")
    }),
    ("reverse-include-all", Everybody, |it| it.query.contains("_revinclude=*")),
    ("iterated-include", Everybody, |it| {
        it.names().any(|name| name.ends_with(":iterate") || name.ends_with(":recurse"))
    }),
    ("mixed-compartment", Named, |it| {
        it.path.split('/').count() == 3 && it.begins(&["Patient"]) && it.asks(&["patient", "subject"])
    }),
    ("other-compartment", Everybody, |it| {
        it.path.split('/').count() == 3
            && it.begins(&["Practitioner", "Encounter", "RelatedPerson", "Device"])
            && !it.path.contains("/_history")
            && !it.path.contains('$')
    }),
    ("url-and-body", Named, |it| {
        it.path.ends_with("/_search")
            && (it.asks(&["patient", "_id"])
                || it.body.matches("patient=").count() > 1
                || it.body.matches("_id=").count() > 1)
    }),
    ("body-of-get", Named, |it| it.is(&Method::GET) && !it.body.is_empty()),
    ("list-parameter", Everybody, |it| it.asks(&["_list"])),
    ("filter", Everybody, |it| it.asks(&["_filter"])),
    ("text", Named, |it| it.asks(&["_content", "_text"])),
    ("all-types", Everybody, |it| it.path.is_empty() && it.is(&Method::GET) && !it.asks(&["_content"])),
    ("meta", Everybody, |it| !it.asks(&["patient", "_id"]) && it.asks(&["_lastUpdated", "_sort", "_tag:not"])),
    ("next-link", Named, |it| it.asks(&["_cursor"])),
    ("provenance", Everybody, |it| it.begins(&["Provenance"])),
    ("audit", Everybody, |it| it.begins(&["AuditEvent"])),
    ("groups", Everybody, |it| it.begins(&["Group", "List"])),
    ("related", Everybody, |it| it.begins(&["RelatedPerson", "Person"])),
    ("schedules", Everybody, |it| {
        it.asks(&["participant", "practitioner", "location", "general-practitioner", "organization", "care-manager"])
    }),
    ("documents", Everybody, |it| {
        it.begins(&["Composition", "Bundle", "Basic", "MeasureReport"]) || it.asks(&["questionnaire"])
    }),
    ("asynchronous", Named, |it| {
        it.has("prefer") && it.request.headers["prefer"].as_bytes().starts_with(b"respond-async")
    }),
    ("everything", Everybody, |it| it.path.ends_with("/$everything")),
    ("docref", Named, |it| it.path.ends_with("/$docref")),
    ("operations", Named, |it| {
        it.path.contains("/$")
            && !it.path.ends_with("/$everything")
            && !it.path.ends_with("/$docref")
            && !it.path.ends_with("/$match")
            && !it.path.ends_with("/$graphql")
    }),
    ("match", Named, |it| it.path.ends_with("/$match")),
    ("graphql", Everybody, |it| it.path.ends_with("$graphql")),
    ("batch", Named, |it| it.is_batch("batch") && !it.body.contains("\"POST\"")),
    ("transaction", Named, |it| it.is_batch("transaction")),
    ("nested-batch", Named, |it| it.is_batch("batch") && it.body.contains("\"POST\"")),
    ("encoded-slash", Named, |it| it.path.contains("%2F") || it.path.contains("%252F") || it.path.contains("%3F")),
    ("semicolon", Named, |it| it.path.contains(';')),
    ("slashes", Named, |it| {
        it.path.contains("//") || it.path.starts_with('/') || (it.path.ends_with('/') && it.path.len() > 1)
    }),
    ("case", Named, |it| it.begins(&["patient", "PATIENT", "OBSERVATION"])),
    ("encoded-characters", Named, |it| {
        ["%50", "%20", "%0a", "%23", "%00", "|", "%7C", "*", ","].iter().any(|odd| it.path.contains(odd))
    }),
    ("dot-segments", Named, |it| it.path.contains("%2f")),
    ("method-override", Named, |it| {
        it.is(&Method::POST)
            && (it.asks(&["_method"])
                || ["x-http-method-override", "x-http-method", "x-method-override"].iter().any(|name| it.has(name)))
    }),
    ("methods", Named, |it| matches!(it.request.method.as_str(), "OPTIONS" | "TRACE" | "PROPFIND" | "REPORT")),
    ("injected-query", Everybody, |it| it.query.contains("%20OR%20")),
    ("injected-condition", Everybody, |it| it.query.contains("[$ne]") || it.query.contains("%5B$ne")),
    ("wildcard", Everybody, |it| it.query.contains("patient=*")),
    ("rewrite-headers", Named, |it| {
        ["x-original-url", "x-rewrite-url", "x-forwarded-uri"].iter().any(|name| it.has(name))
    }),
    ("identity-headers", Named, |it| {
        [
            "x-patient-id",
            "x-user-id",
            "x-authenticated-user",
            "x-fhir-context",
            "patient",
            "x-scopes",
            "x-forwarded-for",
        ]
        .iter()
        .any(|name| it.has(name))
    }),
];
