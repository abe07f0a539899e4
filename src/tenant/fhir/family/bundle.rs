//! Searchsets and their pages put together wrongly, and contents that only some of them show.

use serde_json::{Value, json};

use super::interaction::Asked;
use super::member::{Family, Member, kind, parameter};

pub(super) const FAMILIES: [Family; 6] = [
    Family {
        id: "page.whole",
        what: "a search of {0} says that it used _count and did not",
        read: |text| kind(text).map(|of| Box::new(Paging { of, defect: Page::Whole }) as Box<dyn Member>),
    },
    Family {
        id: "page.repeats",
        what: "the next page of {0} repeats the last entry of the one before",
        read: |text| kind(text).map(|of| Box::new(Paging { of, defect: Page::Repeats }) as Box<dyn Member>),
    },
    Family {
        id: "page.loses",
        what: "the next page of {0} leaves an entry out",
        read: |text| kind(text).map(|of| Box::new(Paging { of, defect: Page::Loses }) as Box<dyn Member>),
    },
    Family {
        id: "bundle",
        what: "the searchset of {0} is put together wrongly: {1}",
        read: |text| {
            let (of, part) = text.split_once('.')?;
            let (_, change) = PARTS.into_iter().find(|(name, _)| *name == part)?;
            Some(Box::new(Bundle { of: kind(of)?, change }))
        },
    },
    Family {
        id: "search.content",
        what: "a search of {0} by {1} shows a resource with content that FHIR does not know",
        read: |text| {
            parameter(text).map(|(of, name)| Box::new(Content { of, name, included: false }) as Box<dyn Member>)
        },
    },
    Family {
        id: "include.content",
        what: "an include of {0} along {1} shows a resource with content that FHIR does not know",
        read: |text| {
            parameter(text).map(|(of, name)| Box::new(Content { of, name, included: true }) as Box<dyn Member>)
        },
    },
];

#[derive(Debug)]
struct Paging {
    of: &'static str,
    defect: Page,
}

#[derive(Debug)]
enum Page {
    Whole,
    Repeats,
    Loses,
}

impl Member for Paging {
    fn pages_whole(&self, kind: &str) -> bool {
        kind == self.of && matches!(self.defect, Page::Whole)
    }

    fn begins(&self, kind: &str, from: usize) -> usize {
        match self.defect {
            Page::Repeats if kind == self.of => from.saturating_sub(1),
            Page::Loses if kind == self.of => from + 1,
            _ => from,
        }
    }
}

type Change = fn(&mut Value);

/// What can be wrong about a searchset.
pub(super) const PARTS: [(&str, Change); 8] = [
    ("kind", |bundle| bundle["type"] = json!("collection")),
    ("total", |bundle| bundle["total"] = json!(bundle["total"].as_u64().unwrap_or_default() + 1)),
    ("self", |bundle| {
        if let Some(links) = bundle.get_mut("link").and_then(Value::as_array_mut) {
            links.retain(|link| link["relation"] != "self");
        }
    }),
    ("self-silent", |bundle| {
        if let Some(url) = bundle.pointer_mut("/link/0/url") {
            *url = json!(url.as_str().unwrap_or_default().split('?').next());
        }
    }),
    ("twice", |bundle| {
        if let Some(entries) = bundle.get_mut("entry").and_then(Value::as_array_mut)
            && let Some(first) = entries.first().cloned()
        {
            entries.push(first);
        }
    }),
    ("full-url", |bundle| each(bundle, |entry| drop(entry.shift_remove("fullUrl")))),
    ("mode", |bundle| each(bundle, |entry| drop(entry.shift_remove("search")))),
    ("other-url", |bundle| {
        each(bundle, |entry| drop(entry.insert("fullUrl".to_owned(), json!("https://127.0.0.1/fhir/Basic/1"))));
    }),
];

/// Changes each entry.
fn each(bundle: &mut Value, change: fn(&mut serde_json::Map<String, Value>)) {
    let entries = bundle.get_mut("entry").and_then(Value::as_array_mut).into_iter().flatten();
    entries.filter_map(Value::as_object_mut).for_each(change);
}

#[derive(Debug)]
struct Bundle {
    of: &'static str,
    change: Change,
}

impl Member for Bundle {
    fn bundle(&self, search: &Asked<'_>, bundle: &mut Value) {
        if search.kind == self.of {
            (self.change)(bundle);
        }
    }
}

/// Content that only a search by this parameter shows, or only an include along it.
#[derive(Debug)]
struct Content {
    of: &'static str,
    name: String,
    included: bool,
}

impl Member for Content {
    fn bundle(&self, search: &Asked<'_>, bundle: &mut Value) {
        let shows = |(name, value): &(String, String)| match self.included {
            true => name == "_include" && value.split(':').nth(1) == Some(&self.name),
            false => *name == self.name,
        };
        if search.kind != self.of || !search.query.0.iter().any(shows) {
            return;
        }
        let mode = if self.included { "include" } else { "match" };
        let mut entries = bundle.get_mut("entry").and_then(Value::as_array_mut).into_iter().flatten();
        if let Some(entry) = entries.find(|entry| entry["search"]["mode"] == mode) {
            entry["resource"]["unknownToFhir"] = json!(true);
        }
    }
}
