//! Phrases about access to the record: the app reads, with its token or with something that resembles one.

use super::scene::Other;
use super::{Outcome, Words, World};
use crate::examine::{Document, answer};
use crate::fhir::{self, reference_to};
use crate::http::{Answer, Call};
use crate::probe::{Attack as _, Credential, Need, Reading, TokenMisuse};
use crate::record::Halt;
use crate::smart::{Grant, Session, peek};
use std::sync::Arc;
use std::time::Duration;

topic! {
    When r"the app reads the patient in context" "GET Patient/{patient}" reads_patient;
    When r"the app reads the encounter in context" "GET Encounter/{encounter}" reads_encounter;
    When r"the app reads the fhirUser" "a read of the claim's resource" reads_fhir_user;
    When r"the app fetches the style" "GET of smart_style_url, without credentials" fetches_style;
    When r#"the app requests "([^"]+)""# "GET below the FHIR base; {patient} is the patient in context" requests;
    When r#"the app requests "([^"]+)" with the header "([^"]+)" "([^"]+)""# "the same, with one more header" requests_with;
    When r"the app reads that {ResourceType}" "GET of the first resource under examination" reads_that;
    Given r"that token reads the patient" "the positive control: the live token works" token_reads;
    Check r"that token (?:no longer reads|should no longer read) the patient" "401" token_dead;
    Given r"access tokens are JSON Web Tokens" "opaque tokens cannot be forged this way" tokens_are_jwt;
    Given r"the token has expired" "waits until expires_in and the allowed clock skew have passed" token_expired;
    When r"the patient is read with {Credential}" "something other than the token" reads_with;
    When r"the patient of the other tenant is read with {TokenMisuse}" "GET Patient/{patient} there" reads_elsewhere;
    Check r"access is denied" "no resource, whatever the status says" denied;
    Check r"the resource is the (Patient|Encounter) in context" "its type and id" is_context;
    Check r"the resource is the fhirUser" "its type and id" is_fhir_user;
    Given r"an encounter in context that can be read" "GET Encounter/{encounter}" encounter_readable;
    Check r"its subject is the patient in context" "Encounter.subject" subject_is_context;
}

/// Sessions opened before a token that lives for seconds is given up: a slow target may answer only after its end.
const TRIES: usize = 4;

/// The patient in context of the session.
pub(super) fn patient(world: &World) -> Result<String, Halt> {
    let session = world.session()?;
    // The launch decides who is in context; a later token of the session changes nothing.
    let newer = || world.found::<Grant>().and_then(|grant| grant.patient.clone());
    session
        .patient
        .clone()
        .or_else(newer)
        .ok_or_else(|| world.page.not_configured("there is no patient in context, and none is configured for the user"))
}

/// The access token to be used: the newest of the scenario, else the session's.
fn token(world: &World) -> Result<Option<String>, Halt> {
    match world.found::<Grant>() {
        Some(grant) => Ok(Some(grant.access_token.clone())),
        None => Ok(world.session()?.token()),
    }
}

async fn get(world: &mut World, path: &str, purpose: &str) -> Result<Answer, Halt> {
    let url = world.bench.site.fhir(path);
    let ready = world.session()?.clone().ready(&world.door, &world.bench.site).await;
    ready.map_err(|none| world.unanswered(&none))?;
    let call = fhir::get(url, token(world)?.as_deref(), purpose);
    // Only a session that nothing spends may share its answers.
    let fresh =
        world.found::<Grant>().is_some() || world.session()?.key.client == crate::target::ClientRole::ShortLived;
    let label = world.session()?.label();
    let answer = if fresh { world.door.send(call).await } else { world.door.shared(&label, call).await };
    world.forget::<Document>();
    world.answered(answer)
}

async fn reads_patient(world: &mut World, _: Words) -> Outcome {
    let path = format!("Patient/{}", patient(world)?);
    get(world, &path, "read of the patient in context").await.map(drop)
}

fn encounter(world: &World) -> Result<String, Halt> {
    let grant = world.grant()?;
    grant.encounter.ok_or_else(|| world.page.not_shown("the token response has no encounter"))
}

async fn reads_encounter(world: &mut World, _: Words) -> Outcome {
    let path = format!("Encounter/{}", encounter(world)?);
    get(world, &path, "read of the encounter in context").await.map(drop)
}

async fn encounter_readable(world: &mut World, words: Words) -> Outcome {
    reads_encounter(world, words).await?;
    let answer = world.answer()?;
    match answer.json() {
        Ok(body) if answer.is_success() && body["resourceType"] == "Encounter" => Ok(()),
        _ => Err(world.page.blocked(format!("the encounter in context cannot be read: status {}", answer.status()))),
    }
}

async fn subject_is_context(world: &mut World, words: Words) -> Outcome {
    let patient = patient(world)?;
    world.write(&words, answer::is_about(world.answer()?, &patient))
}

/// `Type/id` of the fhirUser.
fn fhir_user(world: &World) -> Result<String, Halt> {
    world.id_token()?.fhir_user().ok_or_else(|| world.page.inconclusive("there is no fhirUser to read"))
}

async fn reads_fhir_user(world: &mut World, _: Words) -> Outcome {
    let path = fhir_user(world)?;
    get(world, &path, "read of the fhirUser").await.map(drop)
}

async fn fetches_style(world: &mut World, _: Words) -> Outcome {
    let grant = world.grant()?;
    let url = grant.response["smart_style_url"].as_str().and_then(|text| url::Url::parse(text).ok());
    let Some(url) = url else { return Err(world.page.inconclusive("smart_style_url is no URL")) };
    let call = Call::get(url, "style of the EHR").header("accept", "application/json").public();
    let answer = world.door.send(call).await;
    world.answered(answer).map(drop)
}

async fn requests(world: &mut World, words: Words) -> Outcome {
    let path = words.get(0).replace("{patient}", &patient(world)?);
    get(world, &path, "request of the app").await.map(drop)
}

async fn requests_with(world: &mut World, words: Words) -> Outcome {
    let path = words.get(0).replace("{patient}", &patient(world)?);
    let url = world.bench.site.fhir(&path);
    let call = fhir::get(url, token(world)?.as_deref(), "request of the app").header(words.get(1), words.get(2));
    let answer = world.door.send(call).await;
    world.answered(answer).map(drop)
}

async fn reads_that(world: &mut World, words: Words) -> Outcome {
    let kind = words.get(0);
    let path = reference_to(world.resource()?);
    get(world, &path, &format!("read of a {kind}")).await.map(drop)
}

async fn token_reads(world: &mut World, words: Words) -> Outcome {
    let path = format!("Patient/{}", patient(world)?);
    let mut tries = TRIES;
    loop {
        let answer = get(world, &path, "positive control: the live token reads the patient").await?;
        if answer.is_success() && answer::is_resource_of(&answer, "Patient").held {
            return Ok(());
        }
        tries -= 1;
        let over = world.found::<Grant>().is_none() && world.session()?.grant.as_ref().is_some_and(Grant::has_ended);
        if tries == 0 || !over {
            let status = answer.status();
            return Err(world.page.blocked(format!("the live token does not read the patient: status {status}")));
        }
        // It was no longer alive when the target looked at it: a newer one tells.
        let key = world.session()?.key.clone();
        world.open_session(&words, key).await?;
    }
}

async fn token_dead(world: &mut World, words: Words) -> Outcome {
    let path = format!("Patient/{}", patient(world)?);
    let answer = get(world, &path, "read with a token that should be revoked").await?;
    world.write_refusal(&words, &answer, [answer::no_access(&answer)])
}

async fn tokens_are_jwt(world: &mut World, _: Words) -> Outcome {
    match peek(&world.grant()?.access_token) {
        Some(_) => Ok(()),
        None => Err(world.page.not_applicable("not applicable: access tokens are opaque")),
    }
}

async fn token_expired(world: &mut World, _: Words) -> Outcome {
    let grant = world.grant()?;
    let waits = world.bench.site.target().waits.clone();
    let Some(life) = grant.expires_in else {
        return Err(world.page.blocked("the token response does not say when the token expires"));
    };
    // Tokens carry whole seconds: one more makes sure that the last of them has passed.
    let end = grant.obtained + Duration::from_secs(life) + waits.clock_skew + Duration::from_secs(1);
    let left = end.saturating_duration_since(std::time::Instant::now());
    if left > waits.longest {
        return Err(world.page.not_configured(format!(
            "the token lives {life} s, longer than waits.longest ({} s); register a client with short-lived tokens as clients.short_lived",
            waits.longest.as_secs()
        )));
    }
    tokio::time::sleep(left).await;
    Ok(())
}

async fn reads_with(world: &mut World, words: Words) -> Outcome {
    let session = world.found::<Arc<Session>>();
    let path = match session {
        Some(_) => format!("Patient/{}", patient(world)?),
        // Without a session any id does: the refusal comes before the record.
        None => "Patient/probity-does-not-exist".to_owned(),
    };
    // At a target that is open to all, declared so, a missing token proves nothing.
    let grant = match session {
        Some(_) => Some(world.grant()?),
        None => None,
    };
    let credential: Credential = words.slot()?;
    let mut reading = Reading::correct(world.bench.site.fhir(&path), grant);
    credential.make(&mut reading).map_err(|need| world.lacks(need))?;
    let answer = world.door.send(reading.call(&format!("read with {}", credential.about().words))).await;
    world.answered(answer).map(drop)
}

async fn reads_elsewhere(world: &mut World, words: Words) -> Outcome {
    let site = world.bench.site.second().map_err(|trouble| world.halt(&words, trouble))?;
    let Other(other) = world.need()?;
    let patient =
        other.patient.clone().ok_or_else(|| world.page.not_configured("no patient is known at the other tenant"))?;
    let path = format!("Patient/{patient}");
    let mut reading = Reading::correct(world.bench.site.fhir(&path), None).with_token(token(world)?.as_deref());
    reading.elsewhere = Some(site.fhir(&path));
    let misuse: TokenMisuse = words.slot()?;
    misuse.make(&mut reading).map_err(|need| world.lacks(need))?;
    let purpose = format!("read at the other tenant with {}", misuse.about().words);
    let answer = world.door.send(reading.call(&purpose)).await;
    world.answered(answer).map(drop)
}

async fn denied(world: &mut World, words: Words) -> Outcome {
    world.write_refusal(&words, world.answer()?, answer::denied(world.answer()?))
}

async fn is_context(world: &mut World, words: Words) -> Outcome {
    let id = if words.get(0) == "Patient" { patient(world)? } else { encounter(world)? };
    world.write(&words, answer::is_that_resource(world.answer()?, words.get(0), &id))
}

async fn is_fhir_user(world: &mut World, words: Words) -> Outcome {
    let path = fhir_user(world)?;
    let (of, id) = path.split_once('/').unwrap_or_default();
    world.write(&words, answer::is_that_resource(world.answer()?, of, id))
}

impl World {
    /// The end of a scenario whose attack cannot be made.
    pub(super) fn lacks(&self, need: Need) -> Halt {
        self.page.blocked(format!("the session has not got {need}"))
    }
}
