//! Phrases about the id_token: signature, claims, the person's own resource.

use super::{Outcome, Words, World};
use crate::http::Call;
use crate::record::Halt;
use crate::smart::{Claims, Endpoints, peek, verify};
use serde_json::Value;

topic! {
    Given r"an id_token" "the token response has one" has_id_token;
    Given r"the scope fhirUser was granted" "else there is no such claim" fhir_user_granted;
    Check r"its signature verifies with the published keys" "a key of jwks_uri" verifies;
    Check r#"its algorithm is "([^"]+)""# "alg of the JOSE header" algorithm;
    Check r#"its claim "iss" is the issuer"# "as in the SMART configuration" issuer;
    Check r#"its claim "aud" is the app"# "the client_id" audience;
    Check r#"its claim "exp" lies ahead"# "by the clock, with waits.clock_skew" expires;
    Check r#"its claim "iat" is now"# "within ten minutes" issued;
    Check r#"its claim "sub" is a text of at most 255 characters"# "OpenID Connect Core 1.0, 2" subject;
    Check r#"its claim "nonce" is the one of the request"# "OpenID Connect Core 1.0, 3.1.3.7" nonce;
    Check r#"its claim "fhirUser" is a Patient, Practitioner, RelatedPerson or Person"# "an absolute or relative URL" fhir_user;
}

/// Clocks may differ.
const FRESH: i64 = 600;

async fn has_id_token(world: &mut World, _: Words) -> Outcome {
    let grant = world.grant()?;
    match grant.id_token {
        Some(token) => {
            world.scene.id_token = Some(token);
            Ok(())
        }
        None => Err(world.page.not_applicable("the token response has no id_token (was openid granted?)")),
    }
}

async fn fhir_user_granted(world: &mut World, _: Words) -> Outcome {
    let grant = world.grant()?;
    if grant.scope.split_whitespace().any(|scope| matches!(scope, "fhirUser" | "profile")) {
        return Ok(());
    }
    Err(world.page.not_applicable("fhirUser was not granted"))
}

fn token(world: &World) -> Result<String, Halt> {
    world.scene.id_token.clone().ok_or_else(|| world.misplaced("an id_token"))
}

fn claims(world: &World) -> Result<Claims, Halt> {
    // Not a JWT at all: empty claims, so that every expectation of it fails and says so.
    let empty = Claims { header: Value::Null, payload: Value::Null, signature: String::new() };
    Ok(peek(&token(world)?).unwrap_or(empty))
}

fn cites(world: &World) -> Result<Vec<u32>, Halt> {
    Ok(vec![world.grant()?.number])
}

async fn verifies(world: &mut World, words: Words) -> Outcome {
    let endpoints =
        Endpoints::discover(&world.door, &world.bench.site).await.map_err(|trouble| world.halt(&words, trouble))?;
    let Some(url) = endpoints.jwks else {
        return world.check(&words, false, "published keys", "no jwks_uri", cites(world)?);
    };
    let call = Call::get(url, "public keys of the issuer").header("accept", "application/json").public();
    let answer = world.door.shared("public", call).await;
    let answer = world.answered(answer)?;
    let keys = answer.json().unwrap_or(Value::Null);
    let (held, observed) = match verify(&token(world)?, &keys) {
        Ok(_) => (true, "it verifies".to_owned()),
        Err(why) => (false, why.to_string()),
    };
    let mut cites = cites(world)?;
    cites.push(answer.number());
    world.check(&words, held, "a signature by a published key", observed, cites)
}

async fn algorithm(world: &mut World, words: Words) -> Outcome {
    let own = claims(world)?.header["alg"].as_str().unwrap_or("absent").to_owned();
    world.check(&words, own == words.get(0), format!("alg {}", words.get(0)), format!("alg {own}"), cites(world)?)
}

async fn issuer(world: &mut World, words: Words) -> Outcome {
    let endpoints =
        Endpoints::discover(&world.door, &world.bench.site).await.map_err(|trouble| world.halt(&words, trouble))?;
    let own = claims(world)?.payload["iss"].as_str().unwrap_or("absent").to_owned();
    let wanted = endpoints.issuer.unwrap_or_else(|| "(the SMART configuration names none)".to_owned());
    world.check(&words, own == wanted, format!("iss {wanted}"), format!("iss {own}"), cites(world)?)
}

async fn audience(world: &mut World, words: Words) -> Outcome {
    let session = world.session()?;
    let site = world.bench.site.clone();
    let id = site.client(session.key.client).map_err(|trouble| world.halt(&words, trouble))?.id.clone();
    let own = claims(world)?.payload["aud"].clone();
    let held = own == id.as_str() || own.as_array().is_some_and(|all| all.iter().any(|one| *one == id.as_str()));
    let observed = if held { format!("aud {id}") } else { "another aud".to_owned() };
    world.check(&words, held, format!("aud {id}"), observed, cites(world)?)
}

/// When the token came, in seconds since 1970: a session that scenarios share may be older than its `id_token` lives.
fn came(world: &World) -> Result<i64, Halt> {
    let session = world.session()?;
    let grant = world.scene.grant.as_ref().or(session.grant.as_ref());
    let age = grant.map_or(0, |grant| grant.obtained.elapsed().as_secs());
    Ok(chrono::Utc::now().timestamp().saturating_sub(i64::try_from(age).unwrap_or(i64::MAX)))
}

async fn expires(world: &mut World, words: Words) -> Outcome {
    let skew = i64::try_from(world.bench.site.target().waits.clock_skew.as_secs()).unwrap_or(0);
    let came = came(world)?;
    let left = claims(world)?.payload["exp"].as_i64().map(|exp| exp - came);
    let observed = left.map_or_else(|| "no numeric exp".to_owned(), |left| format!("exp in {left} s"));
    world.check(&words, left.is_some_and(|left| left > -skew - FRESH), "exp ahead", observed, cites(world)?)
}

async fn issued(world: &mut World, words: Words) -> Outcome {
    let came = came(world)?;
    let age = claims(world)?.payload["iat"].as_i64().map(|iat| came - iat);
    let observed = age.map_or_else(|| "no numeric iat".to_owned(), |age| format!("iat {age} s ago"));
    world.check(&words, age.is_some_and(|age| age.abs() <= FRESH), "iat within ten minutes", observed, cites(world)?)
}

async fn subject(world: &mut World, words: Words) -> Outcome {
    let own = claims(world)?.payload["sub"].as_str().map(|sub| sub.trim().chars().count());
    let observed = own.map_or_else(|| "no sub".to_owned(), |length| format!("{length} characters"));
    let held = own.is_some_and(|length| (1..=255).contains(&length));
    world.check(&words, held, "sub of 1 to 255 characters", observed, cites(world)?)
}

async fn nonce(world: &mut World, words: Words) -> Outcome {
    let session = world.session()?;
    let Some(ask) = &session.ask else {
        return Err(world.page.not_configured("supplied tokens come without a request"));
    };
    let observed = match claims(world)?.payload["nonce"].as_str() {
        Some(nonce) if nonce == ask.nonce => "the same nonce",
        Some(_) => "another nonce",
        None => "no nonce",
    };
    world.check(&words, observed == "the same nonce", "the same nonce", observed, cites(world)?)
}

/// `Type/id` of the fhirUser claim.
pub(super) fn fhir_user_path(world: &World) -> Result<Option<String>, Halt> {
    let claim = claims(world)?.payload["fhirUser"].as_str().unwrap_or_default().to_owned();
    let mut parts = claim.trim_end_matches('/').rsplit('/');
    let (id, kind) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let known = ["Patient", "Practitioner", "RelatedPerson", "Person"].contains(&kind);
    Ok((known && !id.is_empty()).then(|| format!("{kind}/{id}")))
}

async fn fhir_user(world: &mut World, words: Words) -> Outcome {
    let path = fhir_user_path(world)?;
    let observed = match &path {
        Some(path) => format!("a {}", path.split('/').next().unwrap_or_default()),
        None => "absent, or of another type".to_owned(),
    };
    world.check(&words, path.is_some(), "a Patient, Practitioner, RelatedPerson or Person", observed, cites(world)?)
}
