//! Who was told what: the answers of the FHIR API, and whose token asked for each.

use super::Sight;
use crate::http::Answer;
use crate::smart::{Given, peek};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::{BTreeMap, HashMap};

/// Beyond this nothing more is kept: a run of that size has shown enough.
const MOST: usize = 512 << 20;

/// What the authorization server makes for one holder alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Issued {
    /// Authorization codes that were exchanged.
    Code,
    /// Access tokens that are no JSON Web Tokens.
    AccessToken,
    /// Refresh tokens that are none.
    RefreshToken,
}

/// What the authorization server has said of tokens, and what the FHIR API has answered.
#[derive(Default)]
pub(super) struct Traffic {
    /// By access token or refresh token: the patient in its context, if one was named.
    holders: HashMap<String, Option<String>>,
    /// Each value once, with the exchange that it came in.
    issued: BTreeMap<(Issued, String), u32>,
    granted: Vec<Given>,
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
        // A JSON Web Token cannot be guessed by its signature.
        let opaque = |name: &str| text(name).filter(|token| peek(token).is_none());
        let made = [
            (Issued::Code, sight.field("code").map(str::to_owned)),
            (Issued::AccessToken, opaque("access_token")),
            (Issued::RefreshToken, opaque("refresh_token")),
        ];
        for (kind, value) in made.into_iter().filter_map(|(kind, value)| Some((kind, value?))) {
            self.issued.entry((kind, value)).or_insert(sight.answer.number());
        }
        let ends_with = text("refresh_token").or_else(|| text("access_token"));
        if let Some((token, client)) = ends_with.zip(client(sight)) {
            // A refresh token that another one has replaced is dead.
            let replaced =
                sight.field("refresh_token").filter(|old| text("refresh_token").is_some_and(|new| new != *old));
            self.granted.retain(|own| own.token != token && Some(own.token.as_str()) != replaced);
            self.granted.push(Given { at: sight.answer.url().clone(), client, token });
        }
        // A refresh keeps the context and need not repeat it.
        let before = sight.field("refresh_token").and_then(|token| self.holders.get(token).cloned()).flatten();
        let patient = text("patient").or(before);
        for token in [text("access_token"), text("refresh_token")].into_iter().flatten() {
            self.holders.insert(token, patient.clone());
        }
    }

    pub(super) fn issued(&self, kind: Issued) -> Vec<(String, u32)> {
        let own = self.issued.iter().filter(|((own, _), _)| *own == kind);
        own.map(|((_, value), number)| (value.clone(), *number)).collect()
    }

    pub(super) fn granted(&self) -> Vec<Given> {
        self.granted.clone()
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

/// The `client_id` of who asked for a token: from the form, HTTP Basic (RFC 6749 2.3.1) or the assertion (RFC 7523 3).
fn client(sight: &Sight<'_>) -> Option<String> {
    let basic = || {
        let encoded = sight.call.header_value("authorization")?.strip_prefix("Basic ")?;
        let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
        let (user, _) = text.split_once(':')?;
        url::form_urlencoded::parse(user.as_bytes()).next().map(|(name, _)| name.into_owned())
    };
    let signed = || peek(sight.field("client_assertion")?)?.payload["iss"].as_str().map(str::to_owned);
    sight.field("client_id").map(str::to_owned).or_else(basic).or_else(signed)
}
