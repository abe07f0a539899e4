//! One resource of the chart, and what became of a reference.

use crate::profile::json::Document;
use crate::profile::{Library, held_to};
use crate::search::{Group, Meaning, Values};
use serde_json::Value;
use std::collections::BTreeSet;

/// A resource that a session showed.
pub struct Resource {
    /// Resource type.
    pub of: String,
    /// Logical id.
    pub id: String,
    /// The resource.
    pub body: Value,
    /// Its values for the search parameters of its type.
    pub values: Values,
    /// The profiles of the guide that it claims or that its category and code choose.
    pub profiles: Vec<String>,
    /// The names of the groups it belongs to, those of the profiles that its own build on included.
    pub groups: BTreeSet<String>,
    /// Who saw it: positions in [`super::Chart::people`].
    pub people: BTreeSet<usize>,
    /// The exchange in which it first came.
    pub number: u32,
}

impl Resource {
    /// Reads a resource; none if it has no type or id.
    pub fn of(
        library: &Library,
        meaning: &Meaning,
        groups: &[Group],
        body: &Value,
        person: usize,
        number: u32,
    ) -> Option<Self> {
        let text = body.to_string();
        let (of, id) = (body["resourceType"].as_str()?.to_owned(), body["id"].as_str()?.to_owned());
        let profiles = Document::parse(&text).map(|document| held_to(library, &document)).unwrap_or_default();
        let own = groups.iter().filter(|group| group.of == of);
        let names = own.filter(|group| profiles.iter().any(|url| library.is_or_builds_on(url, &group.profile)));
        Some(Self {
            values: meaning.values(&of, &text),
            groups: names.map(|group| group.name.clone()).collect(),
            people: BTreeSet::from([person]),
            body: body.clone(),
            of,
            id,
            profiles,
            number,
        })
    }

    /// `Type/id`
    pub fn reference(&self) -> String {
        format!("{}/{}", self.of, self.id)
    }

    /// Whether it was never meant: searches may leave it out.
    pub fn is_in_error(&self) -> bool {
        let says = |value: &Value| value.to_string().contains("entered-in-error");
        ["status", "verificationStatus", "lifecycleStatus"].iter().any(|name| says(&self.body[*name]))
    }
}

/// What became of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// It was seen already: `Type/id`.
    Seen(String),
    /// It was read.
    Read(String),
    /// It is not there, or not for this session: the status.
    Lost(u16),
    /// The answer was another resource, or none: a phrase for reports.
    Wrong(String),
    /// Nobody outside the server can follow it: a phrase for reports.
    NotFollowed(String),
}

/// A reference that was followed, and the exchange that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// What became of it.
    pub resolution: Resolution,
    /// The exchange, where there was one.
    pub number: Option<u32>,
}
