//! Phrases about changing the record: what a token that may only read must not do.

use super::access::{patient, read_afresh};
use super::isolation::received;
use super::scene::{Other, Suspects};
use super::{Outcome, Words, World};
use crate::examine::{answer, token};
use crate::http::{Answer, Call};
use crate::probe::{Attack, Change, ForeignChange, RecordChange};
use crate::record::Halt;
use crate::smart::Launch;
use crate::target::ClientRole;
use serde_json::Value;
use std::sync::Arc;

topic! {
    Given r"the granted scopes only read and search" "no granted scope has c, u or d" only_reads;
    When r"the app sends {RecordChange}" "reads the Patient first, to compare it afterwards" sends;
    Check r"the change is refused" "no success, whatever the status says" refused;
    Check r"the change should be refused" "a success without effect is a poor answer" change_should_be_refused;
    Check r"the change should be refused before it is looked at" "no 400, 409, 412 or 422: the right comes first" refused_first;
    Given r"a session of patient (\w+) that may write, where the server grants it" "the shared session where it does not" may_write;
    When r"the app sends {ForeignChange}" "reads that Patient with patient b's token first" sends_foreign;
    Given r"a deletion in patient b's record is permitted" "deletions of the configuration" permits_deletion;
    Given r"a resource that patient b reads" "the first of some types; patient b's own GET of it" chooses;
    Check r"patient b still reads that resource" "200 for patient b's own token" still_there;
    Check r"patient b is as before" "GET with patient b's token: the same content" other_as_before;
    Check r"the patient is as before" "GET Patient/{patient}: the same content" as_before;
}

/// A resource of patient b that is about to be deleted, as `Type/id`.
pub(super) struct Doomed(String);

/// The Patient as it was before a change was tried.
pub(super) struct Before(Value);

async fn only_reads(world: &mut World, words: Words) -> Outcome {
    world.write(&words, token::only_reads(&world.grant()?))
}

async fn read(world: &mut World, purpose: &str) -> Result<Answer, Halt> {
    let (path, token) = (format!("Patient/{}", patient(world)?), world.grant()?.access_token);
    read_afresh(world, &path, Some(&token), purpose).await
}

/// Sends a change of the Patient that was read, with the token of the session.
async fn send(world: &mut World, attack: impl Attack<Subject = Change>, read: &Answer, whose: &str) -> Outcome {
    let patient = read.json().unwrap_or_default();
    if patient["resourceType"] != "Patient" {
        return Err(world.page.blocked(format!("{whose} cannot be read: status {}", read.status())));
    }
    let base = world.bench.site.base().clone();
    let resource = world.found::<Doomed>().map(|Doomed(path)| path.clone());
    let mut change = Change { base, patient: patient.clone(), resource, made: None, named: String::new() };
    attack.make(&mut change).map_err(|need| world.lacks(need))?;
    let call = change.made.ok_or_else(|| world.misplaced(attack.about().words))?;
    let token = world.grant()?.access_token;
    let answer = world.door.send(call.bearer(Some(&token))).await;
    let answer = world.answered(answer)?;
    take_back(world, &answer, &token, &patient).await;
    world.put(Before(patient));
    world.put(Suspects(vec![received(&answer, Some(change.named))]));
    Ok(())
}

/// Takes away what a server has stored for a POST that it should have refused.
async fn take_back(world: &World, answer: &Answer, token: &str, patient: &Value) {
    let stored = answer.header("location").filter(|_| answer.status() == 201);
    let Some(url) = stored.and_then(|location| answer.url().join(location).ok()) else { return };
    // `Type/id`, without the version that a Location may name (FHIR R4, http.html 3.1.0.8).
    let path = world.bench.site.local(url.as_str());
    let path = path.map(|path| path.split("/_history").next().unwrap_or_default().to_owned());
    // What was there before is nobody's to delete, whatever a server calls created.
    let existed = |path: &str| path.split_once('/').is_some_and(|(_, id)| patient["id"] == id);
    if let Some(path) = path.filter(|path| path.contains('/') && !existed(path)) {
        let call = Call::new("DELETE", world.bench.site.fhir(&path), "takes away what should not have been stored");
        drop(world.door.send(call.bearer(Some(token))).await);
    }
}

async fn permits_deletion(world: &mut World, _: Words) -> Outcome {
    if world.bench.site.target().deletions {
        return Ok(());
    }
    Err(world.page.not_configured(
        "deletions is not set; it states that patient b's record is test data, of which a resource may be lost",
    ))
}

async fn chooses(world: &mut World, _: Words) -> Outcome {
    let chart = world.chart().await?;
    let b = super::isolation::record(world, &chart, "b")?;
    let kinds = ["Observation", "Condition", "AllergyIntolerance", "Immunization", "Procedure", "DocumentReference"];
    let path = kinds.iter().find_map(|kind| b.value(kind).map(|id| format!("{kind}/{id}")));
    let path = path.ok_or_else(|| world.page.not_shown("patient b's record shows nothing that could be deleted"))?;
    world.put(Doomed(path));
    reads_doomed(world).await.map(drop)
}

/// That resource, read with patient b's own token.
async fn reads_doomed(world: &mut World) -> Result<Answer, Halt> {
    let (Other(other), Doomed(path)) = (world.need()?, world.need()?);
    let (path, token) = (path.clone(), other.token());
    let answer = read_afresh(world, &path, token.as_deref(), "patient b's own read of that resource").await?;
    world.said(Ok(answer))
}

async fn still_there(world: &mut World, words: Words) -> Outcome {
    let answer = reads_doomed(world).await?;
    world.write(&words, answer::status(&answer, "200"))
}

async fn change_should_be_refused(world: &mut World, words: Words) -> Outcome {
    world.write(&words, answer::refuses_change(world.answer()?))
}

async fn sends(world: &mut World, words: Words) -> Outcome {
    let before = read(world, "the Patient before a change is tried").await?;
    send(world, words.slot::<RecordChange>()?, &before, "the Patient").await
}

async fn refused(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    world.write_refusal(&words, answer, [answer::refuses_change(answer)])
}

async fn refused_first(world: &mut World, words: Words) -> Outcome {
    world.write(&words, answer::refuses_at_once(world.answer()?))
}

async fn as_before(world: &mut World, words: Words) -> Outcome {
    let answer = read(world, "the Patient after a change was tried").await?;
    let Before(before) = world.need()?;
    world.write(&words, answer::is_unchanged(&answer, before))
}

async fn may_write(world: &mut World, words: Words) -> Outcome {
    let key = |scopes| world.key(words.get(0), ClientRole::Public, scopes, Launch::Standalone);
    let (wide, usual) = (key("launch/patient openid patient/*.rs patient/*.cruds"), key(""));
    let bench = Arc::clone(&world.bench);
    // A server without scopes to write refuses them, which is right.
    let session = match bench.sessions.get(&world.door, &world.page, &bench.site, wide).await {
        Ok(session) => session,
        Err(_) => world.shared_session(&words, usual).await?,
    };
    world.put(session);
    Ok(())
}

/// Patient b's Patient, read with patient b's own token.
async fn read_other(world: &mut World, purpose: &str) -> Result<Answer, Halt> {
    let Other(other) = world.need()?;
    let none = || world.page.not_configured("no patient is known for user b");
    let (path, token) = (format!("Patient/{}", other.patient.clone().ok_or_else(none)?), other.token());
    read_afresh(world, &path, token.as_deref(), purpose).await
}

async fn sends_foreign(world: &mut World, words: Words) -> Outcome {
    let before = read_other(world, "patient b's Patient before a change is tried").await?;
    send(world, words.slot::<ForeignChange>()?, &before, "patient b's Patient").await
}

async fn other_as_before(world: &mut World, words: Words) -> Outcome {
    let answer = read_other(world, "patient b's Patient after a change was tried").await?;
    let Before(before) = world.need()?;
    world.write(&words, answer::is_unchanged(&answer, before))
}
