//! Who was told what: the answers of the FHIR API, and whose token asked for each.

use super::Sight;
use crate::http::Answer;
use std::collections::HashMap;

/// Beyond this nothing more is kept: a run of that size has shown enough.
const MOST: usize = 512 << 20;

/// What the authorization server has said of tokens, and what the FHIR API has answered.
#[derive(Default)]
pub(super) struct Traffic {
    /// By access token or refresh token: the patient in its context, if one was named.
    holders: HashMap<String, Option<String>>,
    kept: Vec<(Option<String>, Kept)>,
    bytes: usize,
}

/// An answer, and the request as text.
#[derive(Clone)]
pub struct Kept {
    /// The answer.
    pub answer: Answer,
    /// What the request named is no leak when it is echoed.
    pub request: String,
}

impl Traffic {
    pub(super) fn see(&mut self, sight: &Sight<'_>) {
        if sight.has_token() {
            self.learn(sight);
        } else if sight.is_fhir() && self.bytes < MOST {
            self.bytes += sight.answer.body().len();
            let request = format!("{} {}", sight.answer.url(), sight.call.text());
            let bearer = sight
                .call
                .header_value("authorization")
                .map(|value| value.split_once(' ').map_or(value, |(_, token)| token).trim().to_owned());
            self.kept.push((bearer, Kept { answer: sight.answer.clone(), request }));
        }
    }

    fn learn(&mut self, sight: &Sight<'_>) {
        let Some(body) = sight.json() else { return };
        let text = |name: &str| body[name].as_str().map(str::to_owned);
        // A refresh keeps the context and need not repeat it.
        let before = sight.field("refresh_token").and_then(|token| self.holders.get(token).cloned()).flatten();
        let patient = text("patient").or(before);
        for token in [text("access_token"), text("refresh_token")].into_iter().flatten() {
            self.holders.insert(token, patient.clone());
        }
    }

    pub(super) fn not_given_to(&self, patient: &str) -> Vec<Kept> {
        self.given(|holder| match holder {
            Holder::Of(own) => own != patient,
            Holder::Anybody => false,
            Holder::Nobody => true,
        })
    }

    pub(super) fn given_to(&self, patient: &str) -> Vec<Kept> {
        self.given(|holder| matches!(holder, Holder::Of(own) if own == patient))
    }

    fn given(&self, wanted: impl Fn(Holder<'_>) -> bool) -> Vec<Kept> {
        let holder = |bearer: &Option<String>| match bearer.as_deref().and_then(|token| self.holders.get(token)) {
            Some(Some(patient)) => Holder::Of(patient),
            Some(None) => Holder::Anybody,
            None => Holder::Nobody,
        };
        self.kept.iter().filter(|(bearer, _)| wanted(holder(bearer))).map(|(_, kept)| kept.clone()).collect()
    }
}

/// Who asked.
enum Holder<'a> {
    /// Whoever has a token with this patient in its context.
    Of(&'a str),
    /// Whoever has a token without a patient in its context: it may be anybody's.
    Anybody,
    /// Whoever has no token, or one that was never issued.
    Nobody,
}
