//! Headers that an answer owes, or has no need of.

use super::{Breach, Watcher};

/// FHIR R4, RESTful API: Content Types and encodings.
pub(super) const MEDIA_TYPES: Watcher = Watcher {
    words: "calls a resource something else",
    looks_at: "resources in JSON",
    needs_sign_in: true,
    least: 1,
    look: |sight| {
        if !sight.is_fhir() {
            return None;
        }
        sight.resource_type()?;
        Some(match sight.answer.media_type().as_deref() {
            Some("application/fhir+json") => Vec::new(),
            Some(of @ ("application/json" | "text/json" | "application/json+fhir")) => {
                vec![Breach::mild(format!("a resource in JSON is called {of}"))]
            }
            Some(of) => vec![Breach::of(format!("a resource in JSON is called {of}"))],
            None => vec![Breach::of("a resource has no Content-Type")],
        })
    },
};

/// RFC 9110 8.4: a body whose coding is not what its header says can be read by nobody.
pub(super) const CODINGS: Watcher = Watcher {
    words: "is packed in another way than it says",
    looks_at: "answers",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        Some(sight.answer.miscoded().map(|what| Breach::of(format!("Content-Encoding: {what}"))).into_iter().collect())
    },
};

/// RFC 9110 15.5.2.
pub(super) const CHALLENGES: Watcher = Watcher {
    words: "is a 401 without WWW-Authenticate",
    looks_at: "answers with 401",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        if sight.answer.status() != 401 {
            return None;
        }
        let challenged = sight.answer.headers("www-authenticate").any(|value| !value.trim().is_empty());
        Some(match challenged {
            true => Vec::new(),
            // RFC 6749 5.2 wants it only where the client used the header; RFC 7662 2.3 and RFC 7009 2.2.1 follow it.
            false if sight.is_client_request() && sight.call.header_value("authorization").is_none() => Vec::new(),
            false => vec![Breach::of(format!("401 without WWW-Authenticate to {}", sight.asked()))],
        })
    },
};

/// RFC 9110 10.2.4.
pub(super) const VERSIONS: Watcher = Watcher {
    words: "names the version of its software",
    looks_at: "answers",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        const NAMES: [&str; 6] =
            ["server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator", "via"];
        let versions = NAMES.into_iter().filter(|name| {
            sight.answer.headers(name).any(|value| match *name {
                // `1.1 proxy` is the version of the protocol.
                "via" => value.contains('/') && has_version(value),
                _ => has_version(value),
            })
        });
        Some(versions.map(|name| Breach::mild(format!("the header {name} has a version"))).collect())
    },
};

/// Whether a text has a number with a point in it after its first letter.
fn has_version(value: &str) -> bool {
    let digits = |text: &str| text.chars().next().is_some_and(|c| c.is_ascii_digit());
    let before = |at: usize| value[..at].chars().next_back().is_some_and(|c| c.is_ascii_digit());
    value.match_indices('.').any(|(at, _)| before(at) && digits(&value[at + 1..]))
}
