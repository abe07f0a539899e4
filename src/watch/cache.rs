//! Caches: what may keep an answer.

use super::sight::directives;
use super::{Breach, Sight, Watcher};

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
        Some(if may_be_stored(sight) { vec![Breach::of("Cache-Control has no no-store")] } else { Vec::new() })
    },
};

/// RFC 6749 5.2 shows the header in its example of an error.
pub(super) const TOKEN_ERRORS: Watcher = Watcher {
    words: "lets a cache keep an error of the token endpoint",
    looks_at: "errors of the token endpoint",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        if !sight.is_token_request() || sight.has_token() || !(400..500).contains(&sight.answer.status()) {
            return None;
        }
        // No cache keeps an answer to POST that does not say how long it is fresh (RFC 9110 9.3.3).
        let all = || sight.answer.headers("cache-control").flat_map(directives);
        let fresh = all().any(|(name, _)| matches!(name.as_str(), "max-age" | "s-maxage" | "public"));
        let fresh =
            fresh || sight.answer.header("expires").is_some_and(|date| date.trim() != "0" && all().count() == 0);
        Some(if fresh && may_be_stored(sight) {
            vec![Breach::mild("it says how long it is fresh, and has no no-store")]
        } else {
            Vec::new()
        })
    },
};

fn may_be_stored(sight: &Sight<'_>) -> bool {
    sight.answer.headers("cache-control").flat_map(directives).all(|(name, _)| name != "no-store")
}
