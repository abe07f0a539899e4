//! Phrases about access to the record: the app reads, with its token or with something that resembles one.

use super::parking::in_words;
use super::scene::{Other, SignIn};
use super::{Outcome, Words, World};
use crate::examine::{Document, Observation, answer};
use crate::fhir::{self, reference_to};
use crate::http::{Answer, Call, Lure};
use crate::probe::{Attack as _, Credential, Forms, Need, Reading, TokenMisuse};
use crate::record::Halt;
use crate::smart::{Grant, Session, peek};
use chrono::Utc;
use std::sync::Arc;
use std::time::{Duration, Instant};

topic! {
    When r"the app reads the patient in context" "GET Patient/{patient}" reads_patient;
    When r#"the app requests "([^" ]+)""# "GET below the FHIR base; {patient} is the patient in context" requests;
    When r#"the app requests "([^" ]+)" with the header "([^"]+)" "([^"]+)""# "the same, with one more header" requests_with;
    When r"the app reads that {ResourceType}" "GET of the first resource under examination" reads_that;
    Given r"that token reads the patient" "the positive control: the live token works" token_reads;
    Check r"that token (?:no longer reads|should no longer read) the patient" "401" token_dead;
    Given r"access tokens are JSON Web Tokens" "opaque tokens cannot be forged this way" tokens_are_jwt;
    When r"three quarters of the token's life have passed" "waits until then, by expires_in" token_ages;
    Check r"the token still reads the patient" "GET Patient/{patient}; an answer after the token's end proves nothing" still_reads;
    Given r"the token has expired" "waits until expires_in and the allowed clock skew have passed" token_expired;
    When r"the patient is read with {Credential}" "something other than the token" reads_with;
    When r"the patient is read with that token under the scheme (\w+)" "the scheme is written as given" reads_under_scheme;
    When r"the patient of the other tenant is read with {TokenMisuse}" "GET Patient/{patient} there" reads_elsewhere;
    Check r"access is denied" "no resource, whatever the status says" denied;
    Check r"the resource is the Patient in context" "its type and id" is_patient;
    Check r"the app can read the (Patient|Encounter) in context" "GET of it: 200, its type and id" can_read_context;
    Check r"the app can read the fhirUser" "GET of the claim's resource: 200, its type and id" can_read_fhir_user;
    Check r"patient b's app can read the fhirUser of patient b" "the same with the token of patient b" other_can_read_fhir_user;
    Check r"the app can fetch the style" "GET of smart_style_url, without credentials: 200, a JSON object" can_fetch_style;
    Given r"an encounter in context that can be read" "GET Encounter/{encounter}" encounter_readable;
    Check r"its subject is the patient in context" "Encounter.subject" subject_is_context;
}

/// Tokens carry whole seconds: one more makes sure that the last of them has passed.
const LAST_SECOND: Duration = Duration::from_secs(1);
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

/// A read that shares no answer with another one, such as one that was given before something changed.
pub(super) async fn read_afresh(
    world: &mut World,
    path: &str,
    token: Option<&str>,
    purpose: &str,
) -> Result<Answer, Halt> {
    let answer = world.door.send(fhir::get(world.bench.site.fhir(path), token, purpose)).await;
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
pub(super) fn fhir_user(world: &World) -> Result<String, Halt> {
    world.id_token()?.fhir_user().ok_or_else(|| world.page.inconclusive("there is no fhirUser to read"))
}

async fn can_read_fhir_user(world: &mut World, words: Words) -> Outcome {
    let path = fhir_user(world)?;
    let (of, id) = path.split_once('/').unwrap_or_default();
    let read = get(world, &path, "read of the fhirUser").await?;
    world.write_all(&words, shown(&read, of, id))
}

async fn other_can_read_fhir_user(world: &mut World, words: Words) -> Outcome {
    let path = super::identity::other_id_token(world)?.fhir_user();
    let path = path.ok_or_else(|| world.page.not_applicable("the id_token of patient b names no fhirUser"))?;
    let (of, id) = path.split_once('/').unwrap_or_default();
    let Other(other) = world.need()?;
    let token = other.token();
    let read = read_afresh(world, &path, token.as_deref(), "read of patient b's fhirUser").await?;
    world.write_all(&words, shown(&read, of, id))
}

async fn can_fetch_style(world: &mut World, words: Words) -> Outcome {
    let grant = world.grant()?;
    let url = grant.response["smart_style_url"].as_str().and_then(|text| url::Url::parse(text).ok());
    let Some(url) = url else { return Err(world.page.inconclusive("smart_style_url is no URL")) };
    let call = Call::get(url, "style of the EHR").header("accept", "application/json").public();
    let answer = world.door.send(call).await;
    let style = world.answered(answer)?;
    world.write_all(&words, [answer::status(&style, "200"), answer::is_object(&style)])
}

/// Whether a resource was answered as it was asked for.
fn shown(answer: &Answer, of: &str, id: &str) -> [Observation; 2] {
    [answer::status(answer, "200"), answer::is_that_resource(answer, of, id)]
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
    if world.goes_on() {
        return Ok(());
    }
    let path = format!("Patient/{}", patient(world)?);
    let mut tries = TRIES;
    loop {
        let answer = get(world, &path, "positive control: the live token reads the patient").await?;
        if answer.is_success() && answer::is_resource_of(&answer, "Patient").met {
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
    let (path, token) = (format!("Patient/{}", patient(world)?), token(world)?);
    let answer = read_afresh(world, &path, token.as_deref(), "read with a token that should be revoked").await?;
    world.write_refusal(&words, &answer, [answer::no_access(&answer)])
}

async fn tokens_are_jwt(world: &mut World, _: Words) -> Outcome {
    match peek(&world.grant()?.access_token) {
        Some(_) => Ok(()),
        None => Err(world.page.not_applicable("not applicable: access tokens are opaque")),
    }
}

/// How long the token lives by its response.
fn life(world: &World) -> Result<Duration, Halt> {
    let none = || world.page.blocked("the token response does not say when the token expires");
    world.grant()?.expires_in.map(Duration::from_secs).ok_or_else(none)
}

async fn wait_until(world: &World, then: Instant) -> Outcome {
    let longest = world.bench.site.target().waits.longest;
    let left = then.saturating_duration_since(Instant::now());
    if left > longest {
        return Err(world.page.not_configured(format!(
            "the token lives {} s, longer than waits.longest ({} s); register a client with short-lived tokens as clients.short_lived",
            life(world)?.as_secs(),
            longest.as_secs()
        )));
    }
    tokio::time::sleep(left).await;
    Ok(())
}

async fn token_expired(world: &mut World, words: Words) -> Outcome {
    let waits = &world.bench.site.target().waits;
    let (skew, longest) = (waits.clock_skew, waits.longest);
    if let Some(end) = world.kept_end() {
        let left = (end - Utc::now()).to_std().unwrap_or_default() + skew + LAST_SECOND;
        if end > Utc::now() && left > longest {
            let end = in_words(end);
            return Err(world
                .page
                .not_configured(format!("the token that was kept expires at {end}; go on after that")));
        }
        tokio::time::sleep(if end > Utc::now() { left } else { skew + LAST_SECOND }).await;
        return Ok(());
    }
    let end = world.grant()?.obtained + life(world)? + skew + LAST_SECOND;
    if end.saturating_duration_since(Instant::now()) > longest
        && let Some(kept) = world.keep(&words).await?
    {
        return Err(kept);
    }
    wait_until(world, end).await
}

async fn token_ages(world: &mut World, _: Words) -> Outcome {
    let then = world.grant()?.asked + life(world)?.mul_f32(0.75);
    wait_until(world, then).await
}

async fn still_reads(world: &mut World, words: Words) -> Outcome {
    let (path, grant) = (format!("Patient/{}", patient(world)?), world.grant()?);
    let read = read_afresh(world, &path, Some(&grant.access_token), "read shortly before the token's end").await?;
    // Nobody knows when the token was made, only that it was not before it was asked for.
    if !read.is_success() && grant.has_ended() {
        world.page.cite(&[read.number()]);
        return Err(world.page.inconclusive("the answer came after the token's end"));
    }
    world.write(&words, answer::status(&read, "200"))
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
    let mut correct = Reading::correct(world.bench.site.fhir(&path), grant);
    correct.code = world.found::<SignIn>().and_then(|sign_in| sign_in.landing.get("code")).map(str::to_owned);
    if credential.about().needs.contains(&Need::IssuerKeys) {
        correct.keys = world.issuer_keys(&words).await?;
    }
    correct.lure = world.found::<Lure>().cloned();
    let mut forms = Forms::of(correct);
    credential.make(&mut forms).map_err(|need| world.lacks(need))?;
    let many = forms.made.len();
    let calls = forms.made.iter().enumerate().map(|(at, form)| {
        let which = if many > 1 { format!(" ({} of {many})", at + 1) } else { String::new() };
        form.call(&format!("read with {}{which}", credential.about().words))
    });
    world.ask_each(calls).await
}

async fn reads_under_scheme(world: &mut World, words: Words) -> Outcome {
    let mut reading = Reading::correct(world.bench.site.fhir(&format!("Patient/{}", patient(world)?)), None);
    reading.authorization = Some(format!("{} {}", words.get(0), world.grant()?.access_token));
    let answer = world.door.send(reading.call("read with the scheme in another case")).await;
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
    world.write_refusals(&words, world.answers()?.into_iter().map(|one| (one, answer::denied(one))))
}

async fn is_patient(world: &mut World, words: Words) -> Outcome {
    let id = patient(world)?;
    world.write(&words, answer::is_that_resource(world.answer()?, "Patient", &id))
}

async fn can_read_context(world: &mut World, words: Words) -> Outcome {
    let of = words.get(0);
    let id = if of == "Patient" { patient(world)? } else { encounter(world)? };
    let read = get(world, &format!("{of}/{id}"), &format!("read of the {} in context", of.to_lowercase())).await?;
    world.write_all(&words, shown(&read, of, &id))
}

impl World {
    /// The end of a scenario whose attack cannot be made.
    pub(super) fn lacks(&self, need: Need) -> Halt {
        if need.is_configured() {
            return self.page.not_configured(format!("the configuration has not got {need}"));
        }
        self.page.blocked(format!("the session has not got {need}"))
    }
}
