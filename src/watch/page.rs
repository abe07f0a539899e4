//! Pages of the authorization server: where they may be shown, what they give away, and their cookies.

use super::sight::directives;
use super::{Breach, Watcher};

/// RFC 9700 4.16.
pub(super) const FRAMES: Watcher = Watcher {
    words: "is a form that another site can frame",
    looks_at: "pages with a form",
    needs_sign_in: true,
    least: 1,
    look: |sight| {
        if !sight.is_page_with_form() {
            return None;
        }
        let policy = sight.answer.headers("content-security-policy").find_map(frame_ancestors);
        let option = sight.answer.header("x-frame-options").map(|value| value.trim().to_ascii_uppercase());
        Some(match (policy, option.as_deref()) {
            // Browsers that know the policy ignore the option.
            (Some(sources), _) if sources.iter().any(|source| is_anybody(source)) => {
                vec![Breach::of("the policy frame-ancestors permits every site")]
            }
            (Some(_), _) => Vec::new(),
            (None, Some("DENY" | "SAMEORIGIN")) => Vec::new(),
            (None, _) => vec![Breach::of("there is neither a policy frame-ancestors nor X-Frame-Options")],
        })
    },
};

fn frame_ancestors(policy: &str) -> Option<Vec<String>> {
    policy.split(';').find_map(|directive| {
        let mut words = directive.split_whitespace();
        words.next().filter(|name| name.eq_ignore_ascii_case("frame-ancestors"))?;
        Some(words.map(str::to_ascii_lowercase).collect())
    })
}

fn is_anybody(source: &str) -> bool {
    matches!(source, "*" | "https:" | "http:" | "https://*" | "http://*")
}

/// RFC 9700 4.12: a browser answers 307 and 308 by sending the form once more, to wherever they point.
pub(super) const REPEATS: Watcher = Watcher {
    words: "is a redirect that sends on what was typed",
    looks_at: "redirects after a form of the authorization server",
    needs_sign_in: true,
    least: 1,
    look: |sight| {
        let status = sight.answer.status();
        let is_form = sight.call.is_oauth() && sight.call.method() == "POST" && !sight.is_client_request();
        if !is_form || !(300..400).contains(&status) {
            return None;
        }
        let repeats = matches!(status, 307 | 308);
        Some(
            repeats
                .then(|| Breach::of(format!("a form of the sign-in is answered with {status}")))
                .into_iter()
                .collect(),
        )
    },
};

/// RFC 9700 4.16; Content Security Policy Level 3.
pub(super) const SCRIPTS: Watcher = Watcher {
    words: "is a page whose policy lets foreign scripts in",
    looks_at: "pages with a Content-Security-Policy",
    needs_sign_in: true,
    least: 1,
    look: |sight| {
        if !sight.is_page() {
            return None;
        }
        let policies: Vec<&str> =
            sight.answer.headers("content-security-policy").flat_map(|value| value.split(',')).collect();
        if policies.is_empty() {
            return None;
        }
        // A browser holds a page to all of its policies: one that is strict is enough.
        let lax: Vec<Option<&str>> = policies.iter().map(|policy| lax_scripts(policy)).collect();
        if lax.iter().any(Option::is_none) {
            return Some(Vec::new());
        }
        Some(
            lax.into_iter()
                .flatten()
                .take(1)
                .map(|why| Breach::mild(format!("the policy for scripts {why}")))
                .collect(),
        )
    },
};

/// Why a policy does not keep foreign scripts out.
fn lax_scripts(policy: &str) -> Option<&'static str> {
    let directive = |name: &str| {
        policy.split(';').find_map(|directive| {
            let mut words = directive.split_whitespace();
            words.next().filter(|own| own.eq_ignore_ascii_case(name))?;
            Some(words.map(str::to_ascii_lowercase).collect::<Vec<_>>())
        })
    };
    let Some(sources) = directive("script-src").or_else(|| directive("default-src")) else {
        return Some("does not exist");
    };
    // With a nonce or a digest browsers do not heed 'unsafe-inline'.
    let named = sources.iter().any(|source| source.starts_with("'nonce-") || source.starts_with("'sha"));
    if sources.iter().any(|source| source == "'unsafe-inline'") && !named {
        return Some("has 'unsafe-inline'");
    }
    let strict = sources.iter().any(|source| source == "'strict-dynamic'");
    (!strict && sources.iter().any(|source| is_anybody(source) || source == "data:")).then_some("permits every source")
}

/// RFC 9700 4.2.4.
pub(super) const REFERRERS: Watcher = Watcher {
    words: "is a page that gives its address away",
    looks_at: "pages of the authorization server",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        if !sight.is_page() {
            return None;
        }
        let policies = sight.answer.headers("referrer-policy").flat_map(directives).map(|(name, _)| name);
        // The last policy that a browser knows counts.
        let lax = ["unsafe-url", "no-referrer-when-downgrade"];
        Some(match policies.last().as_deref() {
            Some(policy) if lax.contains(&policy) => vec![Breach::mild(format!("Referrer-Policy is {policy}"))],
            _ => Vec::new(),
        })
    },
};

/// RFC 6265 4.1.2.5 and 4.1.2.6; ASVS 3.4.
pub(super) const COOKIES: Watcher = Watcher {
    words: "sets a cookie that scripts or plain connections can read",
    looks_at: "answers that set a cookie",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        let mut any = false;
        let mut breaches = Vec::new();
        for cookie in sight.answer.headers("set-cookie").filter(|_| sight.call.is_oauth()) {
            // A cookie that is taken away protects nothing.
            let gone = |(name, value): &(String, String)| name == "max-age" && (value == "0" || value.starts_with('-'));
            let mut attributes = cookie.split(';');
            let name = attributes.next().and_then(|pair| pair.split_once('=')).map_or("", |(name, _)| name.trim());
            let attributes: Vec<(String, String)> =
                attributes.flat_map(|part| directives(part).collect::<Vec<_>>()).collect();
            if name.is_empty() || attributes.iter().any(gone) {
                continue;
            }
            any = true;
            let has = |wanted: &str| attributes.iter().any(|(name, _)| name == wanted);
            if !has("httponly") {
                breaches.push(Breach::mild("a cookie is not HttpOnly"));
            }
            if sight.place.is_encrypted() && !has("secure") {
                breaches.push(Breach::mild("a cookie is not Secure"));
            }
        }
        breaches.dedup();
        any.then_some(breaches)
    },
};
