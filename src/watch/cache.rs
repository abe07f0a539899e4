//! Caches: what may keep an answer.

use super::sight::directives;
use super::{Breach, Watcher};

/// RFC 9111 3.5: with these a shared cache may keep an answer although the request had a token.
pub(super) const SHARED: Watcher = Watcher {
    words: "lets a shared cache keep a record",
    looks_at: "answers with records",
    needs_sign_in: true,
    least: 1,
    look: |sight| {
        if !sight.is_record() || sight.call.header_value("authorization").is_none() {
            return None;
        }
        let all: Vec<(String, String)> =
            sight.answer.headers("cache-control").flat_map(|value| directives(value).collect::<Vec<_>>()).collect();
        let has = |name: &str| all.iter().any(|(own, _)| own == name);
        let shared = ["public", "s-maxage"].into_iter().filter(|name| has(name));
        let mut breaches: Vec<Breach> = shared.map(|name| Breach::of(format!("Cache-Control has {name}"))).collect();
        if breaches.is_empty() && !["no-store", "private", "no-cache"].into_iter().any(has) {
            breaches.push(Breach::mild("Cache-Control has neither no-store nor private"));
        }
        Some(breaches)
    },
};

/// RFC 6749 5.1.
pub(super) const TOKENS: Watcher = Watcher {
    words: "lets a cache keep a token",
    looks_at: "answers with a token",
    needs_sign_in: true,
    least: 1,
    look: |sight| {
        if !sight.has_token() {
            return None;
        }
        let stored =
            sight.answer.headers("cache-control").all(|value| directives(value).all(|(name, _)| name != "no-store"));
        Some(if stored { vec![Breach::of("Cache-Control has no no-store")] } else { Vec::new() })
    },
};
