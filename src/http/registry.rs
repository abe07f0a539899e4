//! The values that must not be written down: registered once, found in a text however it is encoded, replaced by placeholders.

use super::decode::{TooDeep, View, views};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

/// Shorter values are replaced by name only: as bare text they would also hit what is not secret.
pub(super) const SHORTEST: usize = 6;

/// Everything registered, and an index of it.
#[derive(Default)]
pub(super) struct Registry {
    known: HashMap<String, String>,
    placeholders: HashSet<String>,
    counts: HashMap<String, u32>,
    /// By their first bytes: what is searched for, and what is written in its place.
    forms: HashMap<[u8; SHORTEST], Vec<Form>>,
    starts: Vec<bool>,
}

/// One thing that is searched for.
struct Form {
    text: String,
    placeholder: String,
    /// Whether it gives access to something, and is not merely private.
    credential: bool,
}

/// Written in the place of a text that is encoded so often that nobody could say what it holds.
const UNREADABLE: &str = "[not shown: encoded too many times]";
impl Registry {
    /// What is written for a value that needs no registering: one that is registered, a placeholder of ours, nothing. A
    /// secret that only looks like a placeholder is none.
    pub(super) fn known(&self, value: &str) -> Option<String> {
        if value.is_empty() || self.placeholders.contains(value) {
            return Some(value.to_owned());
        }
        self.known.get(value).cloned()
    }

    /// Registers a value and returns its placeholder.
    pub(super) fn register(&mut self, kind: &str, value: &str, credential: bool) -> String {
        if let Some(known) = self.known(value) {
            return known;
        }
        let kind: String =
            kind.to_ascii_lowercase().chars().map(|c| if c.is_ascii_lowercase() { c } else { '_' }).collect();
        let kind = kind.trim_matches('_').to_owned();
        let number = self.counts.entry(kind.clone()).or_default();
        *number += 1;
        let placeholder = format!("<{kind}:{number}>");
        self.known.insert(value.to_owned(), placeholder.clone());
        self.placeholders.insert(placeholder.clone());
        for text in forms(value) {
            self.add_form(Form { text, placeholder: placeholder.clone(), credential });
        }
        placeholder
    }

    /// The kinds of credentials that stand in `text`.
    pub(super) fn credentials_in(&self, text: &str) -> BTreeSet<String> {
        let mut kinds = BTreeSet::new();
        if self.starts.is_empty() {
            return kinds;
        }
        let looked = views(text, |view| {
            self.search(view, |form, _| {
                if form.credential {
                    kinds.insert(kind_of(&form.placeholder).to_owned());
                }
            });
        });
        if let Err(TooDeep) = looked {
            kinds.insert("something encoded too many times to tell".to_owned());
        }
        kinds
    }

    fn add_form(&mut self, form: Form) {
        let Some(head) = form.text.as_bytes().first_chunk::<SHORTEST>().copied() else { return };
        if self.starts.is_empty() {
            self.starts = vec![false; 1 << 16];
        }
        self.starts[usize::from(head[0]) << 8 | usize::from(head[1])] = true;
        let forms = self.forms.entry(head).or_default();
        forms.push(form);
        forms.sort_by_key(|form| std::cmp::Reverse(form.text.len()));
    }

    /// `text` with placeholders in the place of what is registered.
    pub(super) fn replace(&self, text: &str) -> String {
        if self.starts.is_empty() || text.len() < SHORTEST {
            return text.to_owned();
        }
        let mut hits: Vec<(Range<usize>, &str)> = Vec::new();
        let looked = views(text, |view| {
            self.search(view, |form, place| hits.push((place, form.placeholder.as_str())));
        });
        if let Err(TooDeep) = looked {
            return UNREADABLE.to_owned();
        }
        if hits.is_empty() {
            return text.to_owned();
        }
        // The longest of those that begin at one place; what overlaps it goes with it.
        hits.sort_by_key(|(place, _)| (place.start, std::cmp::Reverse(place.end)));
        let mut out = String::with_capacity(text.len());
        let mut kept = 0;
        for (place, placeholder) in hits {
            if place.start >= kept {
                out.push_str(text.get(kept..place.start).unwrap_or_default());
                out.push_str(placeholder);
            }
            kept = kept.max(place.end);
        }
        // Padding of base64 says nothing without what it pads.
        out.push_str(text.get(kept..).unwrap_or_default());
        out
    }

    /// Tells `hit` of everything registered that stands in a view, with its place in the original text.
    fn search<'s>(&'s self, view: &View<'_>, mut hit: impl FnMut(&'s Form, Range<usize>)) {
        let bytes = &view.bytes;
        let mut at = 0;
        while at + SHORTEST <= bytes.len() {
            let possible = self.starts[usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1])];
            let head = if possible { bytes[at..].first_chunk::<SHORTEST>() } else { None };
            let forms = head.and_then(|head| self.forms.get(head)).into_iter().flatten();
            match forms.into_iter().find(|form| bytes[at..].starts_with(form.text.as_bytes())) {
                Some(form) => {
                    hit(form, view.place(at, at + form.text.len()));
                    at += form.text.len();
                }
                None => at += 1,
            }
        }
    }
}

/// What a value is searched for by. A JWT is also its payload and its signature; the header tells nothing.
fn forms(value: &str) -> Vec<String> {
    let mut all = vec![value.to_owned()];
    if value.starts_with("eyJ") {
        all.extend(value.split('.').skip(1).filter(|part| part.len() > 16).map(str::to_owned));
    }
    // In a form a space is a plus.
    all.extend(value.contains(' ').then(|| value.replace(' ', "+")));
    all.retain(|form| form.len() >= SHORTEST);
    all
}

/// `<access_token:3>` is an access token.
fn kind_of(placeholder: &str) -> &str {
    placeholder.trim_start_matches('<').split(':').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{Dialect, Redactor};
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

    /// One step of a chain of encodings, by a number.
    fn encoded(text: &str, how: usize) -> String {
        let every = |one: &dyn Fn(char) -> String| text.chars().map(one).collect::<String>();
        match how % 12 {
            0 => text.to_owned(),
            1 => url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
            2 => text.bytes().map(|byte| format!("%{byte:02x}")).collect(),
            3 => serde_json::Value::from(text).to_string().trim_matches('"').to_owned(),
            4 => every(&|c| format!("\\u{:04x}", u32::from(c))),
            5 => every(&|c| if c.is_ascii_digit() || c == '.' { c.into() } else { format!("\\u{:04X}", u32::from(c)) }),
            6 => every(&|c| format!("&#{};", u32::from(c))),
            7 => text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#x27;"),
            8 => STANDARD.encode(text),
            9 => URL_SAFE_NO_PAD.encode(format!("x{text}")),
            10 => STANDARD_NO_PAD.encode(format!("{{\"k\":\"{text}\"}}")),
            _ => text.bytes().map(|byte| format!("{byte:02X}")).collect(),
        }
    }

    #[test]
    fn a_learned_secret_is_hidden_through_every_chain_of_three_encodings() {
        for secret in ["s3cr&t/valu+e\"x", "plain-token_0123456789.abc", "<a:1>token", "Käse&Brot 99"] {
            let redactor = Redactor::default();
            let placeholder = redactor.learn("client_secret", secret);
            assert_eq!(placeholder, "<client_secret:1>");
            for chain in 0..12 * 12 * 12 {
                let steps = [chain % 12, chain / 12 % 12, chain / 144];
                let text = steps.iter().fold(secret.to_owned(), |text, how| encoded(&text, *how));
                let shown = redactor.text(Dialect::Fhir, &format!("{{\"note\": \"{text}\", \"n\": 1}}"));
                assert!(shown.contains("<client_secret:1>"), "{secret} by {steps:?}: {shown}");
                assert!(shown.starts_with("{\"note\": \"") && shown.ends_with("\"n\": 1}"), "{shown}");
            }
        }
    }

    #[test]
    fn a_secret_that_looks_like_a_placeholder_is_learned_and_a_placeholder_is_not() {
        let redactor = Redactor::default();
        assert_eq!(redactor.learn("access_token", "abc<a:1>def"), "<access_token:1>");
        assert_eq!(redactor.learn("code", "<access_token:1>"), "<access_token:1>");
        assert_eq!(redactor.text(Dialect::Fhir, "got abc<a:1>def!"), "got <access_token:1>!");
    }
}
