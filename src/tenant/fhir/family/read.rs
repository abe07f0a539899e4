//! Reads that do not agree with searches.

use serde_json::{Value, json};

use super::member::{Family, Member, profile};
use crate::tenant::entry::{Entry, claims};

pub(super) const FAMILIES: [Family; 2] = [
    Family {
        id: "read.fails",
        what: "a resource of {0} is shown by searches and not found by its id",
        read: |text| profile(text).map(|profile| Box::new(Unread { profile }) as Box<dyn Member>),
    },
    Family {
        id: "read.differs",
        what: "a resource of {0} has other content when it is read than when it is found",
        read: |text| profile(text).map(|profile| Box::new(Different { profile }) as Box<dyn Member>),
    },
];

#[derive(Debug)]
struct Unread {
    profile: String,
}

impl Member for Unread {
    fn misses(&self, entry: &Entry) -> bool {
        claims(&entry.body, &self.profile)
    }
}

#[derive(Debug)]
struct Different {
    profile: String,
}

impl Member for Different {
    fn shows(&self, entry: &Entry, body: &mut Value) {
        if claims(&entry.body, &self.profile) {
            body["language"] = json!("fr");
        }
    }
}
