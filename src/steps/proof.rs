//! Phrases about tokens that are bound to a key of the app (DPoP, RFC 9449).

use super::access::patient;
use super::token::{exchange_request, refresh_request, refresh_token};
use super::{Outcome, Words, World};
use crate::examine::{Observation, answer};
use crate::fhir;
use crate::http::{Answer, NoAnswer};
use crate::probe::{Attack, ExchangeProof, Need, ProofChange, Proving, RefreshProof};
use crate::record::Halt;
use crate::smart::{
    Consent, Grant, Launch, PROOF_ALGORITHM, Proof, ProofKey, Session, SessionKey, TokenRequest, Trouble, authorize,
    code_of, send_token_request, session_of, with_proof,
};
use crate::target::ClientRole;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

topic! {
    Given r"the server binds tokens to keys" "dpop_signing_alg_values_supported names ES256 (RFC 9449 5.1)" binds;
    Given r"a session bound to a key of patient (\w+) with the {ClientRole} app" "a shared sign-in whose exchange brings a proof" bound_session;
    Given r"a session of its own bound to a key of patient (\w+) with the {ClientRole} app" "the same, which the scenario may spend" own_bound_session;
    Given r"that bound token reads the patient" "the positive control: the token and its proof" bound_reads;
    When r"the app exchanges its code with a proof of its key" "the correct exchange, with a proof" exchanges_proved;
    Check r"the token is bound to the key" "token_type is DPoP (RFC 9449 5)" is_bound;
    When r"the patient is read with {ProofChange}" "the token of the session, with another proof than the right one" reads_with;
    Check r"the refusal should challenge with the scheme DPoP" "WWW-Authenticate (RFC 9449 7.1)" challenges;
    When r"the app exchanges its code with {ExchangeProof}" "the exchange, with another proof than the right one" exchanges_with;
    Deed r"the app (?:uses|has used) its refresh token with its proof" "the correct use" refreshes;
    When r"the app uses its refresh token with {RefreshProof}" "the refresh, with another proof than the right one" refreshes_with;
    Given r"patient (\w+) has signed in to the {ClientRole} app for a key" "the request names the key (dpop_jkt, RFC 9449 10)" signs_in_for_key;
}

/// A session whose tokens are bound to a key.
#[derive(Clone)]
pub(super) struct Bound {
    session: Arc<Session>,
    key: ProofKey,
    /// The proof with which the record was read last.
    used: Option<String>,
}

/// A key that an authorization request named.
pub(super) struct NamedKey(ProofKey);

/// The bound sessions that scenarios share, or why there are none.
pub(super) type BoundSessions = tokio::sync::Mutex<HashMap<SessionKey, Result<Bound, Trouble>>>;

async fn binds(world: &mut World, words: Words) -> Outcome {
    match world.named(&words, "dpop_signing_alg_values_supported").await?.as_array() {
        None => Err(world.page.not_applicable("not applicable: the server does not say that it binds tokens to keys")),
        Some(all) if all.iter().any(|own| own == PROOF_ALGORITHM) => Ok(()),
        Some(_) => Err(world.page.not_applicable("not applicable: the server takes no proofs with ES256")),
    }
}

fn fresh_key(world: &World) -> Result<ProofKey, Halt> {
    ProofKey::new().ok_or_else(|| world.page.blocked("this machine gives no randomness for a key"))
}

/// Sends a token request as `prove` proves it, and once more where the server wants its nonce in the proof.
async fn send(
    world: &World,
    request: &TokenRequest,
    key: &ProofKey,
    purpose: &str,
    prove: impl Fn(Proof) -> Result<Option<String>, Need>,
) -> Result<Result<Answer, NoAnswer>, Need> {
    let once = async || -> Result<Result<Answer, NoAnswer>, Need> {
        let proof = prove(key.proof("POST", &request.endpoint, None, world.door.clock_ahead()))?;
        Ok(send_token_request(&world.door, &request.clone().proved(proof), purpose).await)
    };
    match once().await? {
        Ok(first) if key.hears(&first) => once().await,
        first => Ok(first),
    }
}

/// A sign-in whose code is exchanged with a proof of a fresh key.
async fn open(world: &World, key: SessionKey) -> Result<Bound, Trouble> {
    let site = world.bench.site.clone();
    let own = ProofKey::new().ok_or_else(|| Trouble::Unclear("this machine gives no randomness".to_owned()))?;
    let (ask, landing, endpoints) = authorize(&world.door, &site, &key, |_| {}, &Consent::All).await?;
    let request = TokenRequest::for_code(&endpoints, site.client(key.client)?, &ask, code_of(&landing)?)?;
    let sent = send(world, &request, &own, "exchange of a code with a proof", right).await;
    let answer = sent.map_err(|need| Trouble::Unclear(format!("there is no {need}")))??;
    let grant = Grant::read(&answer, ask.get("scope").unwrap_or_default())?;
    if !is_dpop(&grant.response) {
        return Err(Trouble::Refused(format!("the token is not bound to the key: {}", kind_of(&grant.response))));
    }
    let patient = site.user(&key.user)?.patient.clone();
    let session = session_of(&world.door, key, ask, grant, &landing, patient);
    Ok(Bound { session: Arc::new(session), key: own, used: None })
}

fn is_dpop(response: &Value) -> bool {
    response["token_type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("dpop"))
}

fn kind_of(response: &Value) -> String {
    response["token_type"].as_str().map_or_else(|| "no token_type".to_owned(), |kind| format!("token_type {kind}"))
}

async fn bound_session(world: &mut World, words: Words) -> Outcome {
    let key = world.key(words.get(0), words.slot::<ClientRole>()?, "", Launch::Standalone);
    let bench = Arc::clone(&world.bench);
    let mut all = bench.bound.lock().await;
    let is_over = |one: &Result<Bound, Trouble>| matches!(one, Ok(own) if own.session.grant().is_none_or(|grant| grant.has_ended()));
    if all.get(&key).is_none_or(is_over) {
        let made = open(world, key.clone()).await;
        all.insert(key.clone(), made);
    }
    let made = all.get(&key).cloned();
    drop(all);
    enter(world, &words, made)
}

async fn own_bound_session(world: &mut World, words: Words) -> Outcome {
    let key = world.key(words.get(0), words.slot::<ClientRole>()?, "", Launch::Standalone);
    let made = open(world, key).await;
    enter(world, &words, Some(made))
}

fn enter(world: &mut World, words: &Words, made: Option<Result<Bound, Trouble>>) -> Outcome {
    let bound =
        made.ok_or_else(|| world.misplaced("a bound session"))?.map_err(|trouble| world.halt(words, trouble))?;
    world.page.cite(&bound.session.exchanges);
    world.put(Arc::clone(&bound.session));
    world.put(bound);
    Ok(())
}

fn token(world: &World) -> Result<String, Halt> {
    world.session()?.token().ok_or_else(|| world.misplaced("a token"))
}

/// Reads the Patient in context as `prove` makes it of the right proof, and once more where the server wants its nonce in the
/// proof: a refusal for want of that says nothing of the rest. The answer, and what was proved.
async fn read(
    world: &mut World,
    purpose: &str,
    prove: impl Fn(Proof) -> Result<Proving, Need>,
) -> Result<(Answer, Proving), Halt> {
    let url = world.bench.site.fhir(&format!("Patient/{}", patient(world)?));
    let (token, key) = (token(world)?, world.need::<Bound>()?.key.clone());
    let mut again = true;
    loop {
        let right = key.proof("GET", &url, Some(&token), world.door.clock_ahead());
        let proving = prove(right).map_err(|need| world.lacks(need))?;
        let call = fhir::get(url.clone(), None, purpose);
        let answer = world.door.send(with_proof(call, proving.scheme, &token, proving.sent.as_deref())).await;
        let answer = world.answered(answer)?;
        if !(key.hears(&answer) && std::mem::take(&mut again)) {
            return Ok((answer, proving));
        }
    }
}

async fn bound_reads(world: &mut World, _: Words) -> Outcome {
    const PURPOSE: &str = "positive control: the bound token and its proof read the patient";
    let (answer, proving) = read(world, PURPOSE, |proof| Ok(Proving::correct(proof))).await?;
    if answer.is_success() && answer::is_resource_of(&answer, "Patient").met {
        let bound = world.need::<Bound>()?.clone();
        world.put(Bound { used: proving.sent, ..bound });
        return Ok(());
    }
    let status = answer.status();
    let knows = answer.headers("www-authenticate").flat_map(challenged).any(|own| own.eq_ignore_ascii_case("dpop"));
    Err(if status == 401 && !knows {
        let why = "not applicable: the FHIR server takes no bound tokens: it answers 401 without a challenge for DPoP";
        world.page.not_applicable(why)
    } else {
        world.page.blocked(format!("the bound token does not read the patient: status {status}"))
    })
}

/// The right proof, as it is.
fn right(proof: Proof) -> Result<Option<String>, Need> {
    proof.signed().map(Some).ok_or(Need::ProofKey)
}

/// The right proof as an attack alters it; `used` is one that was sent before.
fn altered(attack: impl Attack<Subject = Proving>, proof: Proof, used: Option<String>) -> Result<Proving, Need> {
    let mut proving = Proving::correct(proof);
    (proving.other, proving.used) = (ProofKey::new(), used);
    attack.make(&mut proving)?;
    Ok(proving)
}

async fn reads_with(world: &mut World, words: Words) -> Outcome {
    let attack = words.slot::<ProofChange>()?;
    let used = world.need::<Bound>()?.used.clone();
    let purpose = format!("read with {}", attack.about().words);
    read(world, &purpose, |proof| altered(attack, proof, used.clone())).await.map(drop)
}

async fn challenges(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let schemes: Vec<&str> = answer.headers("www-authenticate").flat_map(challenged).collect();
    let met = schemes.iter().any(|own| own.eq_ignore_ascii_case("dpop"));
    let observed = if schemes.is_empty() { "no challenge".to_owned() } else { schemes.join(", ") };
    world.write(&words, Observation::new(met, "a challenge with the scheme DPoP", observed, vec![answer.number()]))
}

/// The schemes of the challenges in a header: a name that a space and no `=` follows (RFC 9110 11.6.1).
fn challenged(value: &str) -> impl Iterator<Item = &str> {
    let names = value.split(',').map(|part| part.trim().split(' ').next().unwrap_or_default());
    names.filter(|name| !name.is_empty() && !name.contains(['=', '"']))
}

/// Sends a token request as `prove` proves it, and leaves its answer and what it grants.
async fn ask(
    world: &mut World,
    request: &TokenRequest,
    key: &ProofKey,
    purpose: &str,
    prove: impl Fn(Proof) -> Result<Option<String>, Need>,
) -> Outcome {
    let sent = send(world, request, key, purpose, prove).await.map_err(|need| world.lacks(need))?;
    let answer = world.answered(sent)?;
    world.forget::<Grant>();
    if let Ok(grant) = Grant::read(&answer, request.get("scope").unwrap_or_default()) {
        world.put(grant);
    }
    Ok(())
}

async fn exchanges_proved(world: &mut World, words: Words) -> Outcome {
    let (request, key) = (exchange_request(world, &words)?, fresh_key(world)?);
    ask(world, &request, &key, "exchange of a code with a proof", right).await
}

async fn is_bound(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let response = answer.json().unwrap_or_default();
    let seen = Observation::new(is_dpop(&response), "token_type DPoP", kind_of(&response), vec![answer.number()]);
    world.write(&words, seen)
}

async fn exchanges_with(world: &mut World, words: Words) -> Outcome {
    let attack = words.slot::<ExchangeProof>()?;
    let request = exchange_request(world, &words)?;
    let key = match world.found::<NamedKey>() {
        Some(NamedKey(named)) => named.clone(),
        None => world.need::<Bound>()?.key.clone(),
    };
    let purpose = format!("exchange of a code with {}", attack.about().words);
    ask(world, &request, &key, &purpose, |proof| Ok(altered(attack, proof, None)?.sent)).await
}

async fn refresh_of(world: &World, words: &Words) -> Result<(TokenRequest, ProofKey), Halt> {
    let (token, role) = (refresh_token(world)?, world.session()?.key.client);
    let request = refresh_request(world, words, &token, role).await?.request;
    Ok((request, world.need::<Bound>()?.key.clone()))
}

async fn refreshes(world: &mut World, words: Words) -> Outcome {
    let (request, key) = refresh_of(world, &words).await?;
    ask(world, &request, &key, "use of a refresh token with its proof", right).await?;
    let answer = world.answer()?;
    if words.is_given() && !answer.is_success() {
        let why = format!("the refresh token gave no token: {}", answer.status_and_said());
        return Err(world.page.blocked(world.door.redact(&why)));
    }
    Ok(())
}

async fn refreshes_with(world: &mut World, words: Words) -> Outcome {
    let attack = words.slot::<RefreshProof>()?;
    let (request, key) = refresh_of(world, &words).await?;
    let purpose = format!("use of a refresh token with {}", attack.about().words);
    ask(world, &request, &key, &purpose, |proof| Ok(altered(attack, proof, None)?.sent)).await
}

async fn signs_in_for_key(world: &mut World, words: Words) -> Outcome {
    let key = world.key(words.get(0), words.slot::<ClientRole>()?, "", Launch::Standalone);
    let named = fresh_key(world)?;
    let thumbprint = named.thumbprint();
    super::launch::sign_in(world, &words, key, |ask| ask.set("dpop_jkt", Some(&thumbprint)), &Consent::All).await?;
    world.put(NamedKey(named));
    super::launch::needs_code(world)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schemes_of_several_challenges_are_told_from_their_parameters() {
        let of = |value: &'static str| challenged(value).collect::<Vec<_>>();
        assert_eq!(of(r#"Bearer realm="a", error="invalid_dpop_proof", DPoP algs="ES256""#), ["Bearer", "DPoP"]);
        assert_eq!(of(r#"DPoP error="use_dpop_nonce", error_description="one, two""#), ["DPoP"]);
        assert_eq!(of("DPoP"), ["DPoP"]);
    }
}
