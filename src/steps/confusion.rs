//! Phrases about requests that name somebody else beside who is meant: another patient, another app, another tenant.

use super::scene::SignIn;
use super::token::{client, exchange_request, refresh_request, refresh_token};
use super::{Outcome, Words, World};
use crate::examine::{Observation, answer, landing, refusal, token};
use crate::http::Call;
use crate::record::Halt;
use crate::smart::{Ask, Consent, Grant, Launch, SessionKey, TokenRequest, send_token_request};
use crate::target::ClientRole;
use serde_json::json;

topic! {
    When r"patient (\w+) signs in to the {ClientRole} app and names patient (\w+)" "patient, launch_patient, sub and claims of the request are another person's" signs_in_naming;
    When r"the app exchanges its code and names patient (\w+)" "patient, launch_patient and context of the request are another person's" exchanges_naming;
    When r"the app uses its refresh token and names patient (\w+)" "the same, at a refresh" refreshes_naming;
    Check r"what is granted is for patient (\w+) alone" "patient, and a read of the other patient; nothing granted is right too" for_patient_alone;
    When r"patient (\w+) signs in to the {ClientRole} app with the redirect URI of the second app" "one that is registered, for another app" signs_in_with_uri_of;
    When r"patient (\w+) signs in to the {ClientRole} app with the aud of the other tenant" "the FHIR base of the second tenant" signs_in_for_tenant;
    Check r"the challenge alone exchanges no code" "sends the code_challenge as code_verifier; no code is right too" challenge_is_worthless;
    When r#"patient (\w+) signs in to the {ClientRole} app and asks for "{Scopes}""# "the scopes of the request are these" signs_in_asking;
    When r"patient (\w+) signs in to the {ClientRole} app and sends the consent for patient (\w+)" "fields of the consent page's form name the other patient" tampers_patient;
    When r#"patient (\w+) signs in to the {ClientRole} app for "{Scopes}" and sends the consent with "{Scopes}" too"# "fields of the consent page's form name more scopes" tampers_scopes;
    Check r"nothing is granted that was not asked for" "nothing granted is right too" within_asked;
    When r"patients a and b sign in to the {ClientRole} app at the same time" "two browsers; the codes are exchanged the other way round" sign_in_at_once;
    Check r"each is granted their own record" "patient of each token response" own_each;
    Given r"a scope of the level (patient|user|system) was granted" "else there is nothing to examine" has_level;
    Given r"the granted scopes do not (read|search) {ResourceType}" "no r or no s for the type" lacks_letter;
    Check r"no scope of the level (patient|user|system) is granted" "nothing granted is right too" no_level;
}

/// What came of a request that names somebody else, and whom it names.
pub(super) struct Named {
    other: String,
    grant: Option<Grant>,
    cites: Vec<u32>,
}

fn patient_of(world: &World, words: &Words, user: &str) -> Result<String, Halt> {
    let own = world.bench.site.user(user).map_err(|trouble| world.halt(words, trouble))?;
    let none = || world.page.not_configured(format!("no patient is configured for user `{user}`"));
    own.patient.clone().ok_or_else(none)
}

fn key(world: &World, words: &Words, scopes: &str) -> Result<SessionKey, Halt> {
    Ok(world.key(words.get(0), words.slot::<ClientRole>()?, scopes, Launch::Standalone))
}

async fn sign_in(world: &mut World, words: &Words, key: SessionKey, change: impl FnOnce(&mut Ask)) -> Outcome {
    super::launch::sign_in(world, words, key, change, &Consent::All).await
}

/// Sends a token request; what it gives, if it gives anything.
async fn given(world: &mut World, request: &TokenRequest, purpose: &str) -> Result<(Option<Grant>, u32), Halt> {
    let answer = send_token_request(&world.door, request, purpose).await;
    let answer = world.answered(answer)?;
    let grant = Grant::read(&answer, "").ok();
    match refusal::no_answer(&answer).filter(|_| grant.is_none()) {
        Some(why) => Err(world.page.inconclusive(why)),
        None => Ok((grant, answer.number())),
    }
}

/// The exchange of the code of the sign-in, if there is one: a refusal before it is right too.
pub(super) async fn exchanged(
    world: &mut World,
    words: &Words,
    change: impl FnOnce(&mut TokenRequest),
) -> Result<(Option<Grant>, u32), Halt> {
    let landing = &world.sign_in()?.landing;
    if !landing::has_code(landing) {
        return Ok((None, landing.number()));
    }
    let mut request = exchange_request(world, words)?;
    change(&mut request);
    given(world, &request, "exchange of a code that names somebody else").await
}

fn naming(request: &mut TokenRequest, other: &str) {
    request.set("patient", Some(other));
    request.set("launch_patient", Some(other));
    request.set("context", Some(&json!({ "patient": other }).to_string()));
}

async fn signs_in_naming(world: &mut World, words: Words) -> Outcome {
    let other = patient_of(world, &words, words.get(2))?;
    let own = key(world, &words, "")?;
    let change = |ask: &mut Ask| {
        for name in ["patient", "launch_patient", "sub"] {
            ask.set(name, Some(&other));
        }
        let wanted = json!({ "id_token": { "sub": { "value": other }, "patient": { "value": other } } });
        ask.set("claims", Some(&wanted.to_string()));
    };
    sign_in(world, &words, own, change).await?;
    let (grant, number) = exchanged(world, &words, |_| {}).await?;
    world.put(Named { other, grant, cites: vec![number] });
    Ok(())
}

async fn exchanges_naming(world: &mut World, words: Words) -> Outcome {
    let other = patient_of(world, &words, words.get(0))?;
    let (grant, number) = exchanged(world, &words, |request| naming(request, &other)).await?;
    world.put(Named { other, grant, cites: vec![number] });
    Ok(())
}

async fn refreshes_naming(world: &mut World, words: Words) -> Outcome {
    let other = patient_of(world, &words, words.get(0))?;
    let token = refresh_token(world)?;
    let by = world.session()?.key.client;
    let mut request = refresh_request(world, &words, &token, by).await?.request;
    naming(&mut request, &other);
    let (grant, number) = given(world, &request, "use of a refresh token that names somebody else").await?;
    world.put(Named { other, grant, cites: vec![number] });
    Ok(())
}

async fn for_patient_alone(world: &mut World, words: Words) -> Outcome {
    let own = patient_of(world, &words, words.get(0))?;
    let Named { other, grant, cites } = world.need()?;
    let (other, grant, cites) = (other.clone(), grant.clone(), cites.clone());
    let Some(grant) = grant else {
        return world.write(&words, Observation::new(true, "no other patient", "nothing is granted", cites));
    };
    world.write(&words, token::is_for_no_other(&grant, &own))?;
    let call = Call::get(world.bench.site.fhir(&format!("Patient/{other}")), "read of the patient that was named");
    let call = call.header("accept", crate::fhir::JSON).bearer(Some(&grant.access_token));
    let read = world.door.send(call).await.map_err(|none| world.unanswered(&none))?;
    world.write_refusal(&words, &read, answer::denied(&read))
}

async fn signs_in_with_uri_of(world: &mut World, words: Words) -> Outcome {
    let other = client(world, &words, &world.bench.site, ClientRole::Second)?;
    let site = world.bench.site.clone();
    let uri = site.redirect_uri(other).map_err(|trouble| world.halt(&words, trouble))?.clone();
    let own = key(world, &words, "")?;
    let mine = client(world, &words, &site, own.client)?;
    if site.redirect_uri(mine).is_ok_and(|mine| *mine == uri) {
        return Err(world.page.not_configured("both apps have the same redirect_uri"));
    }
    let change = |ask: &mut Ask| {
        ask.set("redirect_uri", Some(uri.as_str()));
        ask.redirect_uri = uri;
    };
    sign_in(world, &words, own, change).await
}

async fn signs_in_for_tenant(world: &mut World, words: Words) -> Outcome {
    let other = world.bench.site.second().map_err(|trouble| world.halt(&words, trouble))?;
    let base = other.base().as_str().trim_end_matches('/').to_owned();
    let own = key(world, &words, "")?;
    sign_in(world, &words, own, |ask| ask.set("aud", Some(&base))).await
}

async fn challenge_is_worthless(world: &mut World, words: Words) -> Outcome {
    let challenge = world.sign_in()?.ask.get("code_challenge").unwrap_or_default().to_owned();
    let (grant, number) = exchanged(world, &words, |request| request.set("code_verifier", Some(&challenge))).await?;
    let observed = if grant.is_some() { "a token" } else { "no token" };
    world.write(&words, Observation::new(grant.is_none(), "no token", observed, vec![number]))
}

async fn signs_in_asking(world: &mut World, words: Words) -> Outcome {
    let own = key(world, &words, words.get(2))?;
    sign_in(world, &words, own, |_| {}).await
}

async fn no_level(world: &mut World, words: Words) -> Outcome {
    let (grant, number) = exchanged(world, &words, |_| {}).await?;
    let level = format!("{}/", words.get(0));
    let scope = grant.map(|grant| grant.scope).unwrap_or_default();
    let granted: Vec<&str> = scope.split_whitespace().filter(|scope| scope.starts_with(&level)).collect();
    let observed = if granted.is_empty() { "none".to_owned() } else { granted.join(" ") };
    world.write(&words, Observation::new(granted.is_empty(), format!("no scope {level}"), observed, vec![number]))
}

async fn has_level(world: &mut World, words: Words) -> Outcome {
    world.write(&words, token::has_level(&world.grant()?, words.get(0)))
}

async fn lacks_letter(world: &mut World, words: Words) -> Outcome {
    let letter = if words.get(0) == "read" { 'r' } else { 's' };
    world.write(&words, token::lacks(&world.grant()?, words.get(1), letter))
}

async fn tampers_patient(world: &mut World, words: Words) -> Outcome {
    let other = patient_of(world, &words, words.get(2))?;
    let own = key(world, &words, "")?;
    let names = ["patient", "patient_id", "patientId", "launch_patient", "selected_patient", "context"];
    let more = names.iter().map(|name| ((*name).to_owned(), other.clone())).collect();
    super::launch::sign_in(world, &words, own, |_| {}, &Consent::Tampered(more)).await?;
    let (grant, number) = exchanged(world, &words, |_| {}).await?;
    world.put(Named { other, grant, cites: vec![number] });
    Ok(())
}

async fn tampers_scopes(world: &mut World, words: Words) -> Outcome {
    let own = key(world, &words, words.get(2))?;
    let scopes = words.get(3).split_whitespace();
    let names = ["scope", "scopes", "scope[]", "granted_scope", "ScopesConsented", "allowed"];
    let more = scopes.flat_map(|scope| names.map(|name| (name.to_owned(), scope.to_owned()))).collect();
    super::launch::sign_in(world, &words, own, |_| {}, &Consent::Tampered(more)).await?;
    let (grant, number) = exchanged(world, &words, |_| {}).await?;
    world.put(Named { other: words.get(2).to_owned(), grant, cites: vec![number] });
    Ok(())
}

async fn within_asked(world: &mut World, words: Words) -> Outcome {
    let Named { other: asked, grant, cites } = world.need()?;
    let seen = match grant {
        Some(grant) => token::within(grant, asked),
        None => Observation::new(true, "no more than was asked for", "nothing is granted", cites.clone()),
    };
    world.write(&words, seen)
}

/// Tokens of several people, with the patient that each must be for.
pub(super) struct Mixed(Vec<(String, Option<Grant>, u32)>);

async fn sign_in_at_once(world: &mut World, words: Words) -> Outcome {
    let (site, role) = (world.bench.site.clone(), words.slot::<ClientRole>()?);
    let door = world.door.clone();
    let keys = ["a", "b"].map(|user| world.key(user, role, "", Launch::Standalone));
    let nonce = |ask: &mut Ask| {
        let own = format!("both-{}", ask.get("nonce").or(ask.get("state")).unwrap_or_default());
        ask.set("nonce", Some(&own));
    };
    let [first, second] = [0, 1].map(|at| crate::smart::authorize(&door, &site, &keys[at], nonce, &Consent::All));
    let both = futures::join!(first, second);
    let (first, second) = (both.0, both.1);
    let mut signed = Vec::new();
    for (key, landed) in keys.into_iter().zip([first, second]) {
        let (ask, landing, endpoints) = landed.map_err(|trouble| world.halt(&words, trouble))?;
        if !landing::has_code(&landing) {
            return Err(world.page.blocked("two people at once are given no codes, so nothing could be mixed up"));
        }
        signed.push(SignIn { key, ask, landing, endpoints });
    }
    let mut given = Vec::new();
    for own in signed.into_iter().rev() {
        let patient = patient_of(world, &words, &own.key.user.clone())?;
        world.put(own);
        let (grant, number) = exchanged(world, &words, |_| {}).await?;
        given.push((patient, grant, number));
    }
    world.put(Mixed(given));
    Ok(())
}

async fn own_each(world: &mut World, words: Words) -> Outcome {
    let Mixed(all) = world.need()?;
    if all.iter().any(|(_, grant, _)| grant.is_none()) {
        return Err(world.page.blocked("one of the two codes gives no token, so nothing could be mixed up"));
    }
    let seen: Vec<Observation> =
        all.iter().filter_map(|(patient, grant, _)| Some(token::is_for_no_other(grant.as_ref()?, patient))).collect();
    world.write_all(&words, seen)
}
