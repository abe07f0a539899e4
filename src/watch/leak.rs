//! What an answer tells that it should not: how the server is made, where it stands, what it was sent, scripts.

use super::{Breach, Sight, Watcher};
use base64::Engine as _;
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// Signs of the inside of a server, by what wrote them.
const TRACES_OF: [(&str, &str); 11] = [
    (
        "a stack trace of Java",
        r"(?m)\bat [\w$.]+\.[\w$<>]+\((?:[\w$]+\.(?:java|kt|scala):\d+|Native Method|Unknown Source)\)|\bCaused by: [\w.]+(?:Exception|Error)\b",
    ),
    (
        "a name of a Java exception",
        r"\b(?:java|javax|jakarta|org\.(?:springframework|hibernate|postgresql)|ca\.uhn)\.[\w.]*(?:Exception|Error)\b",
    ),
    ("a stack trace of .NET", r"(?m)^\s*at [\w.`<>]+\(.*\) in .+:line \d+|\bSystem\.[\w.]+Exception\b"),
    ("a stack trace of JavaScript", r"\bat (?:[\w.<>$ ]+ )?\(?(?:/|file:|node:|[A-Z]:\\)[^\s:]+:\d+:\d+\)?"),
    ("a stack trace of Python", r#"Traceback \(most recent call last\)|File "[^"]+\.py", line \d+"#),
    (
        "a stack trace of PHP",
        r"\bPHP (?:Fatal|Parse|Warning|Notice)|Stack trace:\s*#0|\bon line <b>\d+</b>|\.php:\d+\b",
    ),
    ("a stack trace of Go", r"\bgoroutine \d+ \[|\bpanic: .+\.go:\d+"),
    ("a stack trace of Ruby", r"\b[\w/.-]+\.rb:\d+:in [`']"),
    ("a panic of Rust", r"thread '[^']+' panicked at|\b[\w/.-]+\.rs:\d+:\d+"),
    (
        "an error of a database",
        r"(?i)\bSQLSTATE\b|\bORA-\d{5}\b|\bsyntax error at or near\b|\bYou have an error in your SQL syntax\b|\bunclosed quotation mark\b|\bSQLException\b|\bSequelize\w*Error\b|\bMongo(?:Server)?Error\b|\bpsycopg2\b|\bPG::\w+Error\b",
    ),
    (
        "a path of the server's files",
        r#"(?:^|[\s"'(=])(?:/(?:home|root|opt|srv|usr/(?:local|src|lib|share)|var/(?:www|lib|log|task))/[\w.-]+/[\w./-]+|[A-Za-z]:\\+(?:inetpub|Users|Program Files|Windows)\\)"#,
    ),
];

static PATTERNS: LazyLock<Vec<(&str, Option<Regex>)>> =
    LazyLock::new(|| TRACES_OF.iter().map(|(what, pattern)| (*what, Regex::new(pattern).ok())).collect());

/// CWE-209; ASVS 7.4.1.
pub(super) const TRACES: Watcher = Watcher {
    words: "shows the inside of the server",
    looks_at: "errors and pages",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        // What a record says is its author's matter.
        if sight.is_record() || sight.has_token() {
            return None;
        }
        let text = sight.answer.text();
        let text = words(sight).unwrap_or_else(|| text.into_owned());
        let found = PATTERNS.iter().filter(|(_, pattern)| pattern.as_ref().is_some_and(|own| own.is_match(&text)));
        Some(found.map(|(what, _)| Breach::of(format!("{what} in a {}", sight.answer.status()))).collect())
    },
};

/// All texts of a JSON body, so that no escape hides a line break.
fn words(sight: &Sight<'_>) -> Option<String> {
    fn walk(value: &Value, out: &mut String) {
        match value {
            Value::String(text) => {
                out.push_str(text);
                out.push('\n');
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, out)),
            Value::Object(members) => members.values().for_each(|value| walk(value, out)),
            _ => {}
        }
    }
    let mut out = String::new();
    walk(sight.json()?, &mut out);
    Some(out)
}

/// ASVS 14.3.3; CWE-497.
pub(super) const ADDRESSES: Watcher = Watcher {
    words: "names an address of the server's own network",
    looks_at: "answers",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
            Regex::new(concat!(
                r"(?:^|[^\d.])(?:10(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2}|169\.254\.169\.254)(?:[^\d.]|$)",
                r"|(?i)\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:svc\.cluster\.local|internal|intranet|corp|lan)\b(?::\d+|/)",
                r"|(?i)https?://(?:localhost|127\.0\.0\.1)(?:[:/]|\b)"
            ))
            .ok()
        });
        if sight.place.is_private() {
            return None;
        }
        // A server on the machine of its client names that machine by right.
        let own = |found: &str| sight.place.is_loopback() && found.starts_with("http");
        let is = |text: &str| ADDRESS.as_ref().is_some_and(|p| p.find_iter(text).any(|found| !own(found.as_str())));
        let in_headers = sight.answer.all_headers().iter().filter(|(_, value)| is(value));
        let mut breaches: Vec<Breach> =
            in_headers.map(|(name, _)| Breach::mild(format!("in the header {name}"))).collect();
        // Addresses in a record may be anybody's, but its links are the server's.
        let text = match sight.json() {
            Some(body) if sight.is_record() => links(body),
            _ => sight.answer.text().into_owned(),
        };
        if is(&text) {
            breaches.push(Breach::mild(format!("in the body of a {}", sight.answer.status())));
        }
        Some(breaches)
    },
};

/// The addresses that a server writes itself into a Bundle.
fn links(body: &Value) -> String {
    let own = body["link"].as_array().into_iter().flatten().filter_map(|link| link["url"].as_str());
    let entries = body["entry"].as_array().into_iter().flatten().filter_map(|entry| entry["fullUrl"].as_str());
    own.chain(entries).collect::<Vec<_>>().join("\n")
}

/// RFC 6819 and RFC 9700 4.2, 4.3: what was sent in confidence is not said aloud.
pub(super) const ECHOES: Watcher = Watcher {
    words: "repeats a secret of its request",
    looks_at: "answers to requests with a secret",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        let secrets = secrets(sight);
        // A token answer may give the same refresh token again.
        if secrets.is_empty() || sight.has_token() {
            return None;
        }
        let body = sight.answer.text();
        let unescaped = words(sight).unwrap_or_default();
        let headers: Vec<&str> = sight.answer.all_headers().iter().map(|(_, value)| value.as_str()).collect();
        let decoded = |text: &str| percent_encoding(text);
        let stands = |secret: &str| {
            body.contains(secret)
                || unescaped.contains(secret)
                || headers.iter().any(|value| value.contains(secret) || decoded(value).contains(secret))
        };
        let repeated = secrets.into_iter().filter(|(_, secret)| stands(secret));
        let mut breaches: Vec<Breach> = repeated
            .map(|(kind, _)| Breach::of(format!("the {kind} that was sent stands in a {}", sight.answer.status())))
            .collect();
        breaches.dedup();
        Some(breaches)
    },
};

fn percent_encoding(text: &str) -> String {
    url::form_urlencoded::parse(format!("x={text}").as_bytes()).map(|(_, value)| value.into_owned()).collect()
}

/// The secrets of a request: what each is, and its value. Short ones stand in a text by chance.
fn secrets(sight: &Sight<'_>) -> Vec<(&'static str, String)> {
    const FIELDS: [(&str, &str); 7] = [
        ("code", "code"),
        ("code_verifier", "code_verifier"),
        ("client_secret", "client secret"),
        ("refresh_token", "refresh token"),
        ("client_assertion", "client assertion"),
        ("password", "password"),
        ("token", "token"),
    ];
    let mut all = Vec::new();
    if sight.call.is_oauth() {
        for (name, value) in sight.form() {
            let kind = FIELDS.iter().find(|(own, _)| name == own).map(|(_, kind)| *kind);
            let kind = kind.or(name.to_ascii_lowercase().contains("pass").then_some("password"));
            all.extend(kind.map(|kind| (kind, value.clone())));
        }
    }
    if let Some((scheme, value)) = sight.call.header_value("authorization").and_then(|value| value.split_once(' ')) {
        if scheme.eq_ignore_ascii_case("basic") {
            let decoded = base64::engine::general_purpose::STANDARD.decode(value.trim()).unwrap_or_default();
            let text = String::from_utf8_lossy(&decoded).into_owned();
            all.extend(text.split_once(':').map(|(_, secret)| ("client secret", percent_encoding(secret))));
        } else {
            all.push(("access token", value.trim().to_owned()));
        }
    }
    all.retain(|(_, secret)| secret.len() >= 8);
    all
}

/// RFC 6750 5.3; RFC 9700 4.3.2: addresses are written to logs and histories.
pub(super) const LINKS: Watcher = Watcher {
    words: "has a token in a link",
    looks_at: "answers with links",
    needs_sign_in: true,
    least: 1,
    look: |sight| {
        let urls = addresses(sight)?;
        let sent: Vec<String> = secrets(sight).into_iter().map(|(_, secret)| secret).collect();
        let mut breaches: Vec<Breach> = urls
            .iter()
            .filter(|(_, url)| has_token(url, &sent))
            .map(|(place, _)| Breach::of(format!("{place} has a token")))
            .collect();
        breaches.sort_by(|a, b| a.what.cmp(&b.what));
        breaches.dedup();
        Some(breaches)
    },
};

/// What an answer of the FHIR API writes as addresses; `None` where it writes none.
fn addresses(sight: &Sight<'_>) -> Option<Vec<(&'static str, String)>> {
    if !sight.is_fhir() {
        return None;
    }
    let mut urls: Vec<(&str, String)> = Vec::new();
    urls.extend(sight.answer.header("location").map(|value| ("Location", value.to_owned())));
    urls.extend(sight.answer.header("content-location").map(|value| ("Content-Location", value.to_owned())));
    if let Some(body) = sight.json() {
        urls.extend(links(body).lines().map(|url| ("a link of the Bundle", url.to_owned())));
        attachments(body, &mut |url| urls.push(("the address of an attachment", url.to_owned())));
    }
    (!urls.is_empty()).then_some(urls)
}

/// An answer of this tenant is about this tenant: whoever follows its links stays there.
pub(super) const TENANTS: Watcher = Watcher {
    words: "leads to the other tenant",
    looks_at: "answers with links, where a second tenant is configured",
    needs_sign_in: true,
    least: 1,
    look: |sight| {
        let (own, other) = (sight.place.base.as_str(), sight.place.other.as_ref()?.as_str());
        let urls = addresses(sight)?;
        // The request may have named the other tenant, and is repeated in a link then.
        if sight.answer.url().as_str().contains(other) {
            return None;
        }
        let leads = |url: &&(&str, String)| is_below(&url.1, other) && !is_below(&url.1, own);
        let mut breaches: Vec<Breach> =
            urls.iter().filter(leads).map(|(place, _)| Breach::of(format!("{place} leads there"))).collect();
        breaches.dedup();
        Some(breaches)
    },
};

/// Whether an address is a base or lies below it.
fn is_below(url: &str, base: &str) -> bool {
    let rest = url.strip_prefix(base.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

/// Whether an address has what was sent in confidence, or a parameter that is made for a token.
fn has_token(url: &str, sent: &[String]) -> bool {
    const NAMES: [&str; 4] = ["access_token", "id_token", "refresh_token", "bearer_token"];
    let Ok(parsed) = url::Url::parse("http://relative.invalid/").and_then(|base| base.join(url)) else { return false };
    let mut pairs = parsed.query_pairs();
    pairs.any(|(name, value)| !value.is_empty() && NAMES.contains(&name.to_ascii_lowercase().as_str()))
        || sent.iter().any(|secret| url.contains(secret) || percent_encoding(url).contains(secret))
}

/// The addresses of attachments.
fn attachments(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if let (true, Some(url)) = (name.to_ascii_lowercase().ends_with("attachment"), value["url"].as_str()) {
                    found(url);
                }
                attachments(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| attachments(item, found)),
        _ => {}
    }
}

/// FHIR R4, Narrative: what XHTML may hold.
pub(super) const SCRIPTS: Watcher = Watcher {
    words: "has a script in a narrative",
    looks_at: "answers with a narrative",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        if !sight.is_fhir() {
            return None;
        }
        let mut any = false;
        let mut found = Vec::new();
        narratives(sight.json()?, &mut |div| {
            any = true;
            found.extend(active(div).map(|what| Breach::of(format!("a narrative has {what}"))));
        });
        found.sort_by(|a, b| a.what.cmp(&b.what));
        found.dedup();
        any.then_some(found)
    },
};

fn narratives(value: &Value, found: &mut impl FnMut(&str)) {
    match value {
        Value::Object(members) => {
            if let Some(div) = members.get("text").and_then(|text| text["div"].as_str()) {
                found(div);
            }
            members.values().for_each(|value| narratives(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| narratives(item, found)),
        _ => {}
    }
}

/// What of a text a browser would act on.
fn active(div: &str) -> Option<&'static str> {
    static ACTIVE: LazyLock<Vec<(&str, Option<Regex>)>> = LazyLock::new(|| {
        [
            ("an element that acts", r"(?i)<\s*(?:script|iframe|object|embed|form|base|link|meta|applet)\b"),
            ("an attribute that acts", r"(?i)<[a-z][^>]*\son[a-z]+\s*="),
            ("an address that acts", r"(?i)<[a-z][^>]*(?:href|src)\s*=\s*.?\s*(?:javascript|vbscript|data:text/html)"),
        ]
        .map(|(what, pattern)| (what, Regex::new(pattern).ok()))
        .into()
    });
    ACTIVE.iter().find(|(_, pattern)| pattern.as_ref().is_some_and(|own| own.is_match(div))).map(|(what, _)| *what)
}
