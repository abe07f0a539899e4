//! Nothing secret is written down: values are learned as they pass and replaced, in every form, by numbered placeholders.

use super::registry::{Registry, SHORTEST};
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

/// What a message is, which decides the names that mean a secret: `code` is a secret in OAuth and a LOINC code in FHIR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Authorization, token and login traffic.
    Oauth,
    /// FHIR traffic.
    Fhir,
}

/// The registry of everything that must not be written down. Cheap to clone.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Registry>>);

const OAUTH_PARAMETERS: &str = r"(?i)\b(code|token|launch|access_token|refresh_token|id_token|code_verifier|client_secret|client_assertion|assertion|password|passwd|pwd|csrf|_csrf|authenticity_token|session|transaction|logout_hint|id_token_hint|request)=([^&\s\x22'<>\#;]+)";
const FHIR_PARAMETERS: &str = r"(?i)\b(access_token|refresh_token|id_token|client_secret|password)=([^&\s\x22'<>\#;]+)";
const OAUTH_MEMBERS: &str = r#""(access_token|refresh_token|id_token|token|code|code_verifier|client_secret|client_assertion|password|launch)"\s*:\s*"((?:[^"\\]|\\.)+)""#;
/// The members of [`OAUTH_MEMBERS`], for documents that were parsed.
const SECRET_MEMBERS: [&str; 9] = [
    "access_token",
    "refresh_token",
    "id_token",
    "token",
    "code",
    "code_verifier",
    "client_secret",
    "client_assertion",
    "password",
];
const FHIR_MEMBERS: &str =
    r#""(access_token|refresh_token|id_token|client_secret|password)"\s*:\s*"((?:[^"\\]|\\.)+)""#;
/// Query parameters of FHIR searches whose values name a person.
const PERSONAL: &str = r"(?i)([?&](?:identifier|name|family|given|birthdate|death-date|telecom|phone|email|address(?:-[a-z]+)?|member|subscriber)(?::[a-z]+)?=)([^&#\s]+)";

macro_rules! pattern {
    ($name:ident, $text:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new($text).ok());
    };
}
pattern!(OAUTH_PARAMETER, OAUTH_PARAMETERS);
pattern!(FHIR_PARAMETER, FHIR_PARAMETERS);
pattern!(OAUTH_MEMBER, OAUTH_MEMBERS);
pattern!(FHIR_MEMBER, FHIR_MEMBERS);
pattern!(PERSONAL_QUERY, PERSONAL);
pattern!(DATED_QUERY, r"([?&][^=&]+=(?:eq|ne|gt|ge|lt|le|sa|eb|ap)?)([0-9]{4}-[0-9]{2}[^&\s]*)");
pattern!(HIDDEN_INPUT, r#"(?i)<input\b[^>]*\btype\s*=\s*["']?(?:hidden|password)\b[^>]*>"#);
pattern!(
    SECRET_INPUT,
    r#"(?i)\bname\s*=\s*["']?[\w.:-]*(?:csrf|token|transaction|session|state|nonce|execution|ticket|secret|password)"#
);
pattern!(INPUT_VALUE, r#"(?i)\bvalue\s*=\s*(?:"([^"]*)"|'([^']*)')"#);
pattern!(JWT, r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*");
pattern!(PLACEHOLDER, r"<([a-z][a-z_]*):([0-9]+)>");

impl Redactor {
    /// Registers a secret under `kind` (`access_token`, `password`...) and returns its placeholder.
    pub fn learn(&self, kind: &str, value: &str) -> String {
        self.register(kind, value, true)
    }

    /// Registers a value of a record, which must not be written down but gives access to nothing.
    pub fn learn_private(&self, kind: &str, value: &str) -> String {
        self.register(kind, value, false)
    }

    fn register(&self, kind: &str, value: &str, credential: bool) -> String {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).known(value);
        known
            .unwrap_or_else(|| self.0.write().unwrap_or_else(PoisonError::into_inner).register(kind, value, credential))
    }

    /// Learns what `text` names as secret.
    pub fn learn_from(&self, dialect: Dialect, text: &str) {
        let (parameter, member) = match dialect {
            Dialect::Oauth => (&OAUTH_PARAMETER, &OAUTH_MEMBER),
            Dialect::Fhir => (&FHIR_PARAMETER, &FHIR_MEMBER),
        };
        if let Some(pattern) = parameter.as_ref() {
            for found in pattern.captures_iter(text) {
                self.learn(&found[1], &decoded(&found[2]));
            }
        }
        if let Some(pattern) = member.as_ref() {
            for found in pattern.captures_iter(text) {
                let plain = serde_json::from_str::<String>(&format!("\"{}\"", &found[2]));
                self.learn(&found[1], plain.as_deref().unwrap_or(&found[2]));
            }
        }
        if dialect == Dialect::Oauth
            && text.trim_start().starts_with('{')
            && let Ok(value) = serde_json::from_str::<Value>(text)
        {
            self.learn_members(&value);
        }
        if let (Dialect::Oauth, Some(inputs), Some(value)) = (dialect, HIDDEN_INPUT.as_ref(), INPUT_VALUE.as_ref()) {
            for input in inputs.find_iter(text) {
                if let Some(found) = value.captures(input.as_str()) {
                    let text = found.get(1).or_else(|| found.get(2)).map_or("", |m| m.as_str());
                    let named = SECRET_INPUT.as_ref().is_some_and(|name| name.is_match(input.as_str()));
                    if text.len() >= SHORTEST && (named || looks_random(text)) {
                        self.learn("form_value", text);
                    }
                }
            }
        }
        if let Some(pattern) = JWT.as_ref() {
            for found in pattern.find_iter(text) {
                self.learn("jwt", found.as_str());
            }
        }
    }

    /// Learns the members of a JSON document that are secrets by their names, however these are written.
    fn learn_members(&self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    match value.as_str() {
                        Some(secret) if SECRET_MEMBERS.contains(&name.as_str()) => drop(self.learn(name, secret)),
                        _ => self.learn_members(value),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.learn_members(item)),
            _ => {}
        }
    }

    /// Learns from a header line and returns the value to record.
    pub fn header(&self, dialect: Dialect, name: &str, value: &str) -> String {
        match name {
            "authorization" | "proxy-authorization" => {
                if let Some((scheme, credentials)) = value.split_once(' ') {
                    let placeholder = self.learn("authorization", credentials.trim());
                    return format!("{scheme} {placeholder}");
                }
                self.learn("authorization", value)
            }
            "cookie" | "set-cookie" => {
                let mut out = Vec::new();
                for (position, part) in value.split(';').enumerate() {
                    match part.split_once('=') {
                        Some((key, secret)) if name == "cookie" || position == 0 => {
                            out.push(format!("{key}={}", self.learn("cookie", secret.trim())));
                        }
                        _ => out.push(part.to_owned()),
                    }
                }
                out.join(";")
            }
            _ => {
                self.learn_from(dialect, value);
                self.text(dialect, value)
            }
        }
    }

    /// `text` with every learned value, however it is encoded, and every value named as secret replaced.
    pub fn text(&self, dialect: Dialect, text: &str) -> String {
        let (parameter, member) = match dialect {
            Dialect::Oauth => (&OAUTH_PARAMETER, &OAUTH_MEMBER),
            Dialect::Fhir => (&FHIR_PARAMETER, &FHIR_MEMBER),
        };
        let mut out = self.learned(text);
        if let Some(pattern) = parameter.as_ref() {
            out = pattern
                .replace_all(&out, |found: &regex::Captures<'_>| {
                    format!("{}={}", &found[1], self.learn(&found[1], &decoded(&found[2])))
                })
                .into_owned();
        }
        if let Some(pattern) = member.as_ref() {
            out = pattern
                .replace_all(&out, |found: &regex::Captures<'_>| {
                    format!("\"{}\":\"{}\"", &found[1], self.learn(&found[1], &found[2]))
                })
                .into_owned();
        }
        out
    }

    /// `text` with every learned value replaced, however it is encoded.
    pub fn learned(&self, text: &str) -> String {
        self.0.read().unwrap_or_else(PoisonError::into_inner).replace(text)
    }

    /// The kinds of credentials that stand in `text`, however they are encoded.
    pub fn credentials_in(&self, text: &str) -> BTreeSet<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).credentials_in(text)
    }

    /// Every string of a JSON value as [`Redactor::learned`] gives it, names of members too.
    pub fn learned_in(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.learned(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.learned_in(item)),
            Value::Object(members) => {
                *members = std::mem::take(members)
                    .into_iter()
                    .map(|(name, mut value)| {
                        self.learned_in(&mut value);
                        (self.learned(&name), value)
                    })
                    .collect();
            }
            _ => {}
        }
    }

    /// `url` with the values of searches that name a person or a day hidden as well.
    pub fn personal_query(&self, url: &str) -> String {
        let hide = |url: String, pattern: &Option<Regex>, kind: &str| match pattern {
            Some(pattern) => pattern
                .replace_all(&url, |found: &regex::Captures<'_>| {
                    format!("{}{}", &found[1], self.learn_private(kind, &decoded(&found[2])))
                })
                .into_owned(),
            None => url,
        };
        hide(hide(url.to_owned(), &PERSONAL_QUERY, "search_value"), &DATED_QUERY, "date")
    }
}

/// Long, and of mixed case with digits: an id that a person chose is not.
fn looks_random(text: &str) -> bool {
    let has = |class: fn(&char) -> bool| text.chars().any(|c| class(&c));
    text.len() >= 20 && has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase) && has(char::is_ascii_digit)
}

fn decoded(value: &str) -> String {
    url::form_urlencoded::parse(format!("v={value}").as_bytes())
        .next()
        .map_or_else(|| value.to_owned(), |(_, text)| text.into_owned())
}

/// Every placeholder in `text`: its place, kind and number.
pub(super) fn placeholders(text: &str) -> Vec<(Range<usize>, &str, &str)> {
    let Some(pattern) = PLACEHOLDER.as_ref() else { return Vec::new() };
    pattern
        .captures_iter(text)
        .filter_map(|found| {
            let (kind, number) = (found.get(1)?.as_str(), found.get(2)?.as_str());
            Some((found.get(0)?.range(), kind, number))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_secret_by_their_names_however_these_are_escaped() {
        let redactor = Redactor::default();
        redactor.learn_from(Dialect::Oauth, r#"{"access\u005ftoken": "opaque\u002dtoken-1"}"#);
        assert_eq!(redactor.text(Dialect::Fhir, "echo opaque-token-1"), "echo <access_token:1>");
    }

    #[test]
    fn secrets_are_known_by_their_names_in_queries_bodies_and_headers() {
        let redactor = Redactor::default();
        let url = redactor.text(Dialect::Oauth, "https://app.test/cb?code=ab1&state=x");
        assert_eq!(url, "https://app.test/cb?code=<code:1>&state=x");
        let body = redactor.text(Dialect::Oauth, r#"{"access_token": "opaque-1", "scope": "openid"}"#);
        assert_eq!(body, r#"{"access_token":"<access_token:1>", "scope": "openid"}"#);
        assert_eq!(redactor.header(Dialect::Fhir, "authorization", "Bearer opaque-1"), "Bearer <access_token:1>");
        assert_eq!(
            redactor.header(Dialect::Oauth, "set-cookie", "sid=longcookievalue; Path=/; HttpOnly"),
            "sid=<cookie:1>; Path=/; HttpOnly"
        );
    }

    #[test]
    fn a_fhir_code_is_not_a_secret() {
        let redactor = Redactor::default();
        let text = "https://h.test/Observation?code=http://loinc.org|8867-4&status=final";
        redactor.learn_from(Dialect::Fhir, text);
        assert_eq!(redactor.text(Dialect::Fhir, text), text);
        assert_eq!(redactor.text(Dialect::Fhir, r#"{"code":"8867-4"}"#), r#"{"code":"8867-4"}"#);
    }

    #[test]
    fn a_json_web_token_is_found_anywhere_and_so_are_its_parts() {
        let redactor = Redactor::default();
        let token = "eyJhbGciOiJFUzI1NiJ9.eyJwYXRpZW50IjoicC0xIn0xyz.c2lnbmF0dXJlLWJ5dGVz";
        redactor.learn_from(Dialect::Fhir, &format!("error near {token}!"));
        assert_eq!(redactor.text(Dialect::Fhir, &format!("[{token}]")), "[<jwt:1>]");
        assert_eq!(redactor.text(Dialect::Fhir, "c2lnbmF0dXJlLWJ5dGVz"), "<jwt:1>");
        assert_eq!(redactor.text(Dialect::Fhir, "eyJwYXRpZW50IjoicC0xIn0xyz"), "<jwt:1>");
    }

    #[test]
    fn a_hidden_form_value_is_a_secret_of_the_login() {
        let redactor = Redactor::default();
        redactor.learn_from(Dialect::Oauth, r#"<input type="hidden" name="_csrf" value="abcdef123456">"#);
        assert_eq!(redactor.text(Dialect::Oauth, "tx=abcdef123456"), "tx=<form_value:1>");
    }

    #[test]
    fn a_search_that_names_a_person_is_hidden_on_demand() {
        let redactor = Redactor::default();
        let hidden = redactor.personal_query("https://h.test/Patient?name=Quill&gender=female&birthdate=ge1970-01-01");
        assert_eq!(hidden, "https://h.test/Patient?name=<search_value:1>&gender=female&birthdate=<search_value:2>");
        // When something happened tells much of whom it happened to.
        let hidden = redactor.personal_query("https://h.test/Condition?onset-date=ge2024-06-07T09%3A00%3A00Z&code=x");
        assert_eq!(hidden, "https://h.test/Condition?onset-date=ge<date:1>&code=x");
    }
}
