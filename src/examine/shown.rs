//! Resources as they were received: their own text, and where it stands in the answer that brought them.

use crate::http::Answer;
use crate::profile::json::{Document, Kind, NodeId};
use crate::record::Issue;
use serde_json::Value;
use std::collections::HashMap;

/// A resource as JSON text.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The text, as it was received where that is known.
    pub text: String,
    spot: Option<Spot>,
}

/// Where a resource begins in an answer.
#[derive(Clone, Debug)]
struct Spot {
    number: u32,
    pointer: String,
    line: usize,
    column: usize,
}

impl Shown {
    /// Resources, each as the first of these answers that has it wrote it.
    pub fn all(resources: &[Value], answers: &[Answer]) -> Vec<Self> {
        let mut found: HashMap<String, Self> = HashMap::new();
        for answer in answers {
            for (name, shown) in Self::inside(answer) {
                found.entry(name).or_insert(shown);
            }
        }
        let mut own = |body: &Value| found.remove(&crate::fhir::reference_to(body));
        resources.iter().map(|body| own(body).unwrap_or_else(|| Self { text: body.to_string(), spot: None })).collect()
    }

    /// The whole body of an answer.
    pub fn whole(answer: &Answer) -> Self {
        let spot = Spot { number: answer.number(), pointer: String::new(), line: 1, column: 1 };
        Self { text: answer.text().into_owned(), spot: Some(spot) }
    }

    /// What an answer brought: itself, or the entries of a Bundle, by type and id.
    fn inside(answer: &Answer) -> Vec<(String, Self)> {
        let text = answer.text();
        let Ok(document) = Document::parse(&text) else { return Vec::new() };
        let root = document.root();
        let mut all = Vec::new();
        let mut take = |node: NodeId| {
            let (Some(of), Some(id)) = (document.string(node, "resourceType"), document.string(node, "id")) else {
                return;
            };
            let (line, column) = document.place(document.span(node).0);
            let spot = Spot { number: answer.number(), pointer: document.pointer(node), line, column };
            all.push((format!("{of}/{id}"), Self { text: document.raw(node).to_owned(), spot: Some(spot) }));
        };
        if document.kind(root) != Kind::Object {
            return all;
        }
        match document.child(root, "entry") {
            Some(entries) if document.string(root, "resourceType") == Some("Bundle") => {
                let entries = document.children(entries).filter(|entry| document.kind(*entry) == Kind::Object);
                entries.filter_map(|entry| document.child(entry, "resource")).for_each(&mut take);
            }
            _ => take(root),
        }
        all
    }

    /// The exchange that shows it.
    pub fn number(&self) -> Option<u32> {
        self.spot.as_ref().map(|spot| spot.number)
    }

    /// Where what an issue is about stands: `#24 /entry/3/resource/status, line 1, column 512`.
    pub fn place(&self, issue: &Issue) -> Option<String> {
        let Spot { number, pointer, line, column } = self.spot.as_ref()?;
        let (line, column) = match issue.line {
            0 | 1 => (*line, column + issue.column.max(1) - 1),
            below => (line + below - 1, issue.column),
        };
        let pointer = format!("{pointer}{}", issue.pointer);
        let pointer = if pointer.is_empty() { String::new() } else { format!(" {pointer},") };
        Some(format!("#{number}{pointer} line {line}, column {column}"))
    }
}
