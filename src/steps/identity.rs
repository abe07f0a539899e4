//! Phrases about the id_token: signature, claims, the person's own resource.

use super::scene::Other;
use super::{Outcome, Words, World};
use crate::examine::IdToken;
use crate::http::{Answer, Call};
use crate::record::Halt;
use serde_json::Value;

topic! {
    Given r"an id_token" "the token response has one" has_id_token;
    Given r"the scope (openid|fhirUser) was granted" "else nothing of it is in the token response" was_granted;
    Given r"id_tokens of both" "the token responses of patients a and b have one each" have_both;
    Check r"their subjects differ, and so do the persons that fhirUser names" "no sub or fhirUser of one is that of the other" are_two_people;
    Check r"its signature verifies with the published keys" "a key of jwks_uri" verifies;
    Check r#"its algorithm is "([^"]+)""# "alg of the JOSE header" algorithm;
    Check r#"its claim "iss" is the issuer"# "as in the SMART configuration" issuer;
    Check r#"its claim "aud" is the app"# "the client_id" audience;
    Check r#"its claim "exp" lies ahead"# "by the clock, with waits.clock_skew" expires;
    Check r#"its claim "iat" is now"# "within ten minutes" issued;
    Check r#"its claim "sub" is a text of at most 255 characters"# "OpenID Connect Core 1.0, 2" subject;
    Check r#"its claim "nonce" is the one of the request"# "OpenID Connect Core 1.0, 3.1.3.7" nonce;
    Check r"the new id_token, if there is one, is for the same person, app and issuer" "OpenID Connect Core 1.0, 12.2" same_identity;
    Check r#"its claim "at_hash", if there is one, is of the access token"# "OpenID Connect Core 1.0, 3.1.3.6" at_hash;
    Check r#"its claim "fhirUser" is a Patient, Practitioner, RelatedPerson or Person"# "an absolute or relative URL" fhir_user;
}

async fn has_id_token(world: &mut World, _: Words) -> Outcome {
    let grant = world.grant()?;
    let granted = grant.scope.split_whitespace().any(|scope| scope == "openid");
    match grant.id_token {
        Some(_) => Ok(()),
        None if granted => Err(world.page.blocked("openid was granted, and the token response has no id_token")),
        None => Err(world.page.not_applicable("openid was not granted, so there is no id_token")),
    }
}

async fn was_granted(world: &mut World, words: Words) -> Outcome {
    let (grant, scope) = (world.grant()?, words.get(0));
    let means = |own: &str| own == scope || (scope == "fhirUser" && own == "profile");
    // The scope of a token response is that of its access token: some servers leave out what only the id_token is for.
    let token = IdToken::of(&grant);
    let shown = token.is_some_and(|token| scope == "openid" || token.fhir_user().is_some());
    if shown || grant.scope.split_whitespace().any(means) {
        return Ok(());
    }
    Err(world.page.not_applicable(format!("{scope} was not granted")))
}

/// The id_token of patient b.
pub(super) fn other_id_token(world: &World) -> Result<IdToken, Halt> {
    let Other(other) = world.need()?;
    let own = other.grant().as_ref().and_then(IdToken::of);
    own.ok_or_else(|| world.page.not_applicable("the token response of patient b has no id_token"))
}

async fn have_both(world: &mut World, words: Words) -> Outcome {
    has_id_token(world, words).await?;
    other_id_token(world).map(drop)
}

async fn are_two_people(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.id_token()?.is_of_another_person_than(&other_id_token(world)?))
}

impl World {
    pub(super) fn id_token(&self) -> Result<IdToken, Halt> {
        IdToken::of(&self.grant()?).ok_or_else(|| self.page.blocked("the token response has no id_token"))
    }
}

impl World {
    /// The answer with the published keys of the issuer, if it publishes any.
    async fn key_set(&mut self, words: &Words) -> Result<Option<Answer>, Halt> {
        let Some(url) = self.endpoints(words).await?.jwks else { return Ok(None) };
        let answer = self.door.shared("public", call_for_keys(url)).await;
        self.answered(answer).map(Some)
    }

    /// The published keys of the issuer, each a JWK.
    pub(super) async fn issuer_keys(&mut self, words: &Words) -> Result<Vec<Value>, Halt> {
        let keys = self.key_set(words).await?.and_then(|answer| answer.json().ok());
        Ok(keys.and_then(|keys| keys["keys"].as_array().cloned()).unwrap_or_default())
    }
}

fn call_for_keys(url: url::Url) -> Call {
    Call::get(url, "public keys of the issuer").header("accept", "application/json").public()
}

async fn verifies(world: &mut World, words: Words) -> Outcome {
    let token = world.id_token()?;
    let Some(known) = world.key_set(&words).await? else { return world.write(&words, token.without_keys()) };
    let by = |answer: &Answer| token.verifies(&answer.json().unwrap_or_default(), answer.number());
    let mut seen = by(&known);
    // The issuer may have rotated its keys since they were read (OpenID Connect Core 1.0, 10.1.1).
    if !seen.met
        && let Some(url) = world.endpoints(&words).await?.jwks
    {
        let now = world.door.send(call_for_keys(url)).await;
        seen = by(&world.answered(now)?);
    }
    world.write(&words, seen)
}

async fn algorithm(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.id_token()?.has_algorithm(words.get(0)))
}

async fn issuer(world: &mut World, words: Words) -> Outcome {
    let issuer = world.endpoints(&words).await?.issuer;
    world.write(&words, world.id_token()?.is_from(issuer.as_deref()))
}

async fn audience(world: &mut World, words: Words) -> Outcome {
    let role = world.session()?.key.client;
    let client = world.bench.site.client(role).map_err(|trouble| world.halt(&words, trouble))?;
    world.write(&words, world.id_token()?.is_for(&client.id))
}

/// When the token came, in seconds since 1970, by this machine's clock and by the server's: a session that scenarios share
/// may be older than its `id_token` lives.
fn came(world: &World) -> Result<[i64; 2], Halt> {
    let age = i64::try_from(world.grant()?.obtained.elapsed().as_secs()).unwrap_or(i64::MAX);
    let came = chrono::Utc::now().timestamp().saturating_sub(age);
    Ok([came, came.saturating_add(world.door.clock_ahead())])
}

async fn expires(world: &mut World, words: Words) -> Outcome {
    let skew = i64::try_from(world.bench.site.target().waits.clock_skew.as_secs()).unwrap_or(0);
    world.write(&words, world.id_token()?.expires_after(came(world)?, skew))
}

async fn issued(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.id_token()?.issued_at(came(world)?))
}

async fn subject(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.id_token()?.has_subject())
}

async fn nonce(world: &mut World, words: Words) -> Outcome {
    let session = world.session()?;
    let none = || world.page.not_configured("supplied tokens come without a request");
    let ask = session.ask.as_ref().ok_or_else(none)?;
    world.write(&words, world.id_token()?.has_nonce(&ask.nonce))
}

async fn fhir_user(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.id_token()?.has_fhir_user())
}

async fn at_hash(world: &mut World, words: Words) -> Outcome {
    let token = world.id_token()?;
    match token.hashes(&world.grant()?.access_token) {
        Some(seen) => world.write(&words, seen),
        None => Err(world.page.not_applicable("not applicable: the id_token has no at_hash")),
    }
}

async fn same_identity(world: &mut World, words: Words) -> Outcome {
    let session = world.session()?;
    let first = session.grant().as_ref().and_then(IdToken::of).ok_or_else(|| world.misplaced("an id_token"))?;
    let newest = world.grant()?;
    match IdToken::of(&newest).filter(|_| newest.number != session.grant().map_or(0, |grant| grant.number)) {
        Some(second) => world.write(&words, second.is_of_the_same_as(&first)),
        None => Err(world.page.not_applicable("not applicable: a refresh brings no id_token")),
    }
}
