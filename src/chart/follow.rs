//! Following one reference: to this server with the token, to another without it.

use super::pointer::target_of;
use super::resource::{Resolution, Resolved};
use crate::fhir;
use crate::http::{Answer, Call, Door, NoAnswer};
use crate::smart::{Session, Site, covers};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use url::Url;

/// References to one other server that are followed: enough to see whether it answers at all.
const ELSEWHERE: usize = 5;

/// Follows references of one chart.
pub(super) struct Follower<'f> {
    door: &'f Door,
    site: &'f Site,
    /// How many references to each other server were followed.
    elsewhere: Mutex<BTreeMap<String, usize>>,
}

type Followed = (Resolved, Option<(Value, Answer)>);

fn not_followed(why: impl Into<String>) -> Followed {
    (Resolved { resolution: Resolution::NotFollowed(why.into()), number: None }, None)
}

impl<'f> Follower<'f> {
    pub(super) fn new(door: &'f Door, site: &'f Site) -> Self {
        Self { door, site, elsewhere: Mutex::default() }
    }

    /// What a reference leads to, and the resource if it is this server's in its current version.
    pub(super) async fn follow(&self, session: &Session, reference: &str) -> Followed {
        if reference.starts_with("urn:") {
            return not_followed("a URN, which only the server can follow");
        }
        let Some(wanted) = target_of(reference) else { return not_followed("it names no type and id") };
        let followed = match self.site.local(reference) {
            Some(path) => self.here(session, &path, wanted).await,
            None => self.there(reference, wanted).await,
        };
        followed.unwrap_or_else(|none| not_followed(format!("no answer came: {}", none.why)))
    }

    async fn here(&self, session: &Session, path: &str, wanted: String) -> Result<Followed, NoAnswer> {
        let of = wanted.split('/').next().unwrap_or_default();
        if !covers(session.scope(), of, 'r') {
            return Ok(not_followed(format!("the granted scopes do not permit to read {of}")));
        }
        let purpose = "what a reference points to";
        let mut answer = fhir::read(self.door, self.site, session, path, purpose).await?;
        // Versions need not be kept; the resource may still be there.
        let versioned = path.contains("/_history/");
        if versioned && answer.status() != 200 {
            answer = fhir::read(self.door, self.site, session, &wanted, purpose).await?;
        }
        let (resolution, body) = resolution(&answer, wanted);
        // An older version is not what searches know.
        let number = Some(answer.number());
        Ok((Resolved { resolution, number }, body.filter(|_| !versioned).map(|body| (body, answer))))
    }

    /// Another server is asked without the token, and what it says instead of the resource is not this one's fault.
    async fn there(&self, reference: &str, wanted: String) -> Result<Followed, NoAnswer> {
        let Ok(url) = Url::parse(reference) else { return Ok(not_followed("it is no URL")) };
        if !matches!(url.scheme(), "https" | "http") {
            return Ok(not_followed("it is no web address"));
        }
        {
            let mut all = self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
            let count = all.entry(url.origin().ascii_serialization()).or_insert(0);
            *count += 1;
            if *count > ELSEWHERE {
                return Ok(not_followed("more references to another server than are followed"));
            }
        }
        let call = Call::get(url, "what a reference to another server points to").header("accept", fhir::JSON);
        let answer = self.door.shared("nobody", call).await?;
        Ok(match resolution(&answer, wanted) {
            (resolution @ Resolution::Read(_), _) => (Resolved { resolution, number: Some(answer.number()) }, None),
            _ => not_followed("another server, which does not show it to everyone"),
        })
    }
}

fn resolution(answer: &Answer, wanted: String) -> (Resolution, Option<Value>) {
    if answer.status() != 200 {
        return (Resolution::Lost(answer.status()), None);
    }
    match answer.json() {
        Ok(body) if fhir::reference_to(&body) == wanted => (Resolution::Read(wanted), Some(body)),
        Ok(body) if body["resourceType"].is_string() => {
            (Resolution::Wrong("a resource of another type or id".to_owned()), None)
        }
        _ => (Resolution::Wrong("no resource".to_owned()), None),
    }
}
