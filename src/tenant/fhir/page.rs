//! Pages of a search: sizes, cursors bound to the session, and the Bundle.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{SecondsFormat, Utc};
use serde_json::{Value, json};

use super::outcome::Refusal;
use super::query::Query;
use super::read::rendered;
use crate::tenant::access::Access;
use crate::tenant::entry::Entry;

/// Name of the parameter that carries a cursor.
pub(super) const CURSOR: &str = "_cursor";
const DEFAULT: usize = 25;
const MOST: usize = 100;

/// One page: entries `from..to` of `total`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub(super) from: usize,
    pub(super) to: usize,
    total: usize,
    counts_only: bool,
}

/// What a cursor is bound to: the token's owner and the search.
pub(super) fn session(access: &Access, used: &[(String, String)], kind: &str, compartment: Option<&str>) -> u64 {
    let owner = (&access.tenant, &access.user, &access.patient, &access.client);
    keyed((owner, used, kind, compartment))
}

/// A hash keyed afresh in each process: nobody outside can make one.
fn keyed(value: impl Hash) -> u64 {
    static KEYS: OnceLock<RandomState> = OnceLock::new();
    KEYS.get_or_init(RandomState::new).hash_one(value)
}

impl Page {
    /// The page that `_count` and the cursor ask for.
    pub(super) fn of(query: &Query, session: &u64, total: usize, whole: bool) -> Result<Page, Refusal> {
        let count = match query.value("_count").filter(|_| !whole) {
            None | Some("") => DEFAULT,
            Some(text) => text.parse().map_err(|_| Refusal::invalid("_count must be a number from 0"))?,
        };
        let counts_only = count == 0 || query.value("_summary") == Some("count");
        let from = match query.value(CURSOR) {
            None => 0,
            Some(cursor) => open(cursor, *session)
                .ok_or_else(|| Refusal::invalid("the page link is not valid for this token and search"))?,
        };
        let from = from.min(total);
        let to = if counts_only { from } else { (from + count.min(MOST)).min(total) };
        Ok(Page { from, to, total, counts_only })
    }

    /// The searchset.
    pub(super) fn bundle(
        &self,
        base: &str,
        path: &str,
        used: &[(String, String)],
        session: &u64,
        shown: &[&Entry],
        included: &[&Entry],
    ) -> Value {
        let mut links = vec![json!({ "relation": "self", "url": link(path, used, None) })];
        if self.to < self.total && !self.counts_only {
            let next = link(path, used, Some(&seal(self.to, *session)));
            links.push(json!({ "relation": "next", "url": next }));
        }
        let matches = shown.iter().map(|e| entry(base, e, "match"));
        let entries: Vec<Value> = matches.chain(included.iter().map(|e| entry(base, e, "include"))).collect();
        let mut bundle = json!({
            "resourceType": "Bundle",
            "id": format!("{:016x}", keyed((session, self.from))),
            "meta": { "lastUpdated": Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true) },
            "type": "searchset",
            "total": self.total,
            "link": links,
        });
        if !entries.is_empty() {
            bundle["entry"] = Value::Array(entries);
        }
        bundle
    }
}

/// An entry of a searchset.
pub(super) fn entry(base: &str, entry: &Entry, mode: &str) -> Value {
    json!({
        "fullUrl": format!("{base}/{}/{}", entry.kind, entry.id),
        "resource": rendered(entry, base),
        "search": { "mode": mode },
    })
}

/// A searchset without matches.
pub(super) fn empty() -> Value {
    json!({ "resourceType": "Bundle", "type": "searchset", "total": 0 })
}

/// A value percent-encoded for a query.
pub(super) fn encode(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

fn link(path: &str, used: &[(String, String)], cursor: Option<&str>) -> String {
    let mut pairs = url::form_urlencoded::Serializer::new(String::new());
    pairs.extend_pairs(used);
    if let Some(cursor) = cursor {
        pairs.append_pair(CURSOR, cursor);
    }
    let query = pairs.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

fn seal(offset: usize, session: u64) -> String {
    let sealed = [(offset as u64 ^ session).to_be_bytes(), session.rotate_left(23).to_be_bytes()].concat();
    URL_SAFE_NO_PAD.encode(sealed)
}

fn open(cursor: &str, session: u64) -> Option<usize> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (offset, check) = bytes.split_at_checked(8)?;
    let check = u64::from_be_bytes(check.try_into().ok()?);
    let offset = u64::from_be_bytes(offset.try_into().ok()?);
    (check == session.rotate_left(23)).then(|| usize::try_from(offset ^ session).ok()).flatten()
}
