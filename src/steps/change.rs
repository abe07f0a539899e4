//! Phrases about changing the record: what a token that may only read must not do.

use super::access::{patient, read_afresh};
use super::{Outcome, Words, World};
use crate::examine::{answer, token};
use crate::http::Answer;
use crate::probe::{About, Attack as _, Change, RecordChange};
use crate::record::Halt;
use serde_json::Value;

topic! {
    Given r"the granted scopes only read and search" "no granted scope has c, u or d" only_reads;
    When r"the app sends {RecordChange}" "reads the Patient first, to compare it afterwards" sends;
    Check r"the change is refused" "no success, whatever the status says" refused;
    Check r"the change should be refused before it is looked at" "no 400, 409, 412 or 422: the right comes first" refused_first;
    Check r"the patient is as before" "GET Patient/{patient}: the same content" as_before;
}

/// The Patient as it was before a change was tried.
pub(super) struct Before(Value);

async fn only_reads(world: &mut World, words: Words) -> Outcome {
    world.write(&words, token::only_reads(&world.grant()?))
}

async fn read(world: &mut World, purpose: &str) -> Result<Answer, Halt> {
    let (path, token) = (format!("Patient/{}", patient(world)?), world.grant()?.access_token);
    read_afresh(world, &path, Some(&token), purpose).await
}

async fn sends(world: &mut World, words: Words) -> Outcome {
    let attack: RecordChange = words.slot()?;
    let about: &About = attack.about();
    let answer = read(world, "the Patient before a change is tried").await?;
    let body = answer.json().unwrap_or_default();
    if body["resourceType"] != "Patient" {
        return Err(world.page.blocked(format!("the Patient cannot be read: status {}", answer.status())));
    }
    let mut change = Change { base: world.bench.site.base().clone(), patient: body.clone(), made: None };
    attack.make(&mut change).map_err(|need| world.lacks(need))?;
    let call = change.made.ok_or_else(|| world.misplaced(about.words))?;
    world.put(Before(body));
    let token = world.grant()?.access_token;
    let answer = world.door.send(call.bearer(Some(&token))).await;
    world.answered(answer).map(drop)
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
