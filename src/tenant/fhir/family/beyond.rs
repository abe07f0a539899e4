//! One kind of request shows the patient's own resources of types that the token was not granted.

use axum::http::Method;

use super::super::request::FhirRequest;
use super::gateway::{Knows, Shape};
use super::member::{Family, Member};

pub(super) const FAMILIES: [Family; 1] = [Family {
    id: "beyond",
    what: "{0} shows what was not granted",
    read: |text| {
        let (_, knows) = SHAPES.into_iter().find(|(name, _)| *name == text)?;
        Some(Box::new(Beyond(knows)))
    },
}];

#[derive(Debug)]
struct Beyond(Knows);

impl Member for Beyond {
    fn exceeds(&self, request: &FhirRequest) -> bool {
        (self.0)(&Shape::of(request))
    }
}

pub(super) const SHAPES: [(&str, Knows); 20] = [
    ("vread", |it| it.path.contains("/_history/")),
    ("history-instance", |it| it.path.ends_with("/_history") && it.path.split('/').count() == 3),
    ("history-type", |it| it.path.ends_with("/_history") && it.path.split('/').count() == 2),
    ("history-system", |it| it.path == "_history"),
    ("parts", |it| it.is_read() && (it.query.contains("_elements=") || it.query.contains("_summary="))),
    ("formats", |it| it.is_read() && (it.query.contains("_format=") || it.path.ends_with(".json"))),
    ("post-search", |it| it.path.ends_with("/_search") && it.path.split('/').count() == 2),
    ("compartment", |it| {
        it.path.starts_with("Patient/") && it.path.split('/').count() == 3 && !it.path.contains(['$', '_'])
    }),
    ("all-types", |it| it.path.is_empty() && it.is(&Method::GET)),
    ("reverse-include", |it| it.query.contains("_revinclude=") && !it.query.contains("_revinclude=*")),
    ("reverse-include-all", |it| it.query.contains("_revinclude=*")),
    ("everything", |it| it.is_operation("$everything")),
    ("docref", |it| it.is_operation("$docref")),
    ("operations", |it| {
        let last = it.path.rsplit('/').next().unwrap_or_default();
        last.starts_with('$') && !matches!(last, "$everything" | "$docref" | "$match" | "$graphql")
    }),
    ("graphql", |it| it.is_operation("$graphql")),
    ("batch", |it| it.is_batch("batch") && !it.body.contains("\"POST\"")),
    ("transaction", |it| it.is_batch("transaction")),
    ("binary", |it| it.path.starts_with("Binary/")),
    ("context", |it| it.query.starts_with("encounter=")),
    ("asynchronous", |it| {
        it.request.headers.get("prefer").is_some_and(|own| own.as_bytes().starts_with(b"respond-async"))
    }),
];
