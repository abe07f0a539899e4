//! Phrases about requests that weigh on a server, and whether it stands them.

use super::access::{patient, read_afresh};
use super::scene::Answers;
use super::{Outcome, Words, World};
use crate::examine::{Observation, answer};
use crate::http::{Answer, Call};
use crate::probe::{Attack as _, Burden, Load, expanded};
use crate::record::Strength;

topic! {
    When r"the server is sent {Burden}" "once each, with the token of the session" is_sent;
    Check r"no answer is a server error" "any status below 500" stands;
    Check r"no export is begun" "no success; a job that was begun is ended" no_export;
    Check r"no entity was put in" "the text that the entities make stands in no answer" no_entity;
    Check r"the patient is still read" "GET Patient/{patient}: 200, its type and id" still_reads;
}

/// Requests that never got an answer, beside those that did.
pub(super) struct Unanswered(Vec<u32>);

async fn is_sent(world: &mut World, words: Words) -> Outcome {
    let (base, patient, token) = (world.bench.site.base().clone(), patient(world)?, world.session()?.token());
    let mut load = Load { base, patient, token, made: Vec::new() };
    words.slot::<Burden>()?.make(&mut load).map_err(|need| world.lacks(need))?;
    let (mut all, mut none) = (Vec::new(), Vec::new());
    for call in load.made {
        match world.door.send(call).await {
            Ok(answer) => all.push(answer),
            // Some servers end the connection before they have read everything.
            Err(no_answer) => none.push(no_answer.number),
        }
    }
    let cites: Vec<u32> = all.iter().map(Answer::number).chain(none.iter().copied()).collect();
    world.page.cite(&cites);
    world.put(Answers(all));
    world.put(Unanswered(none));
    Ok(())
}

async fn stands(world: &mut World, words: Words) -> Outcome {
    let (Answers(all), Unanswered(none)) = (world.need()?, world.need()?);
    // 501 says that the server does not do this, 503 that it does nothing now.
    if all.iter().any(|one| one.status() == 503) {
        return Err(world.page.inconclusive("an answer has the status 503: the server does not serve now"));
    }
    let breaks = |one: &&Answer| one.status() >= 500 && one.status() != 501;
    let broken: Vec<String> = all.iter().filter(breaks).map(|one| format!("status {}", one.status())).collect();
    let cites = all.iter().map(Answer::number).collect();
    let observed = if broken.is_empty() { "none".to_owned() } else { broken.join(", ") };
    let seen = Observation::new(broken.is_empty(), "no server error", observed, cites);
    let silent = (!none.is_empty()).then(|| {
        let observed = format!("{} of {} requests without an answer", none.len(), none.len() + all.len());
        Observation::new(false, "an answer to each", observed, none.clone()).with_strength(Strength::Should)
    });
    world.write_all(&words, std::iter::once(seen).chain(silent))
}

async fn no_export(world: &mut World, words: Words) -> Outcome {
    let Answers(all) = world.need()?;
    let (all, token) = (all.clone(), world.session()?.token());
    for begun in all.iter().filter(|one| one.status() == 202) {
        let place = begun.header("content-location").and_then(|place| begun.url().join(place).ok());
        // Only the target's own jobs are ended.
        if let Some(place) = place.filter(|place| place.origin() == begun.url().origin()) {
            let call = Call::new("DELETE", place, "ends an export that should not have been begun");
            drop(world.door.send(call.bearer(token.as_deref())).await);
        }
    }
    world.write_refusals(&words, all.iter().map(|one| (one, vec![answer::begins_no_export(one)])))
}

async fn no_entity(world: &mut World, words: Words) -> Outcome {
    let Answers(all) = world.need()?;
    let text = expanded();
    let told = ["nothing of what the entities stand for", "nothing of it", "what the entities stand for"];
    world.write(&words, answer::no_one(all, |one| one.text().contains(&text), told))
}

async fn still_reads(world: &mut World, words: Words) -> Outcome {
    let (id, token) = (patient(world)?, world.session()?.token());
    let read = read_afresh(world, &format!("Patient/{id}"), token.as_deref(), "read after the requests").await?;
    world.write_all(&words, [answer::status(&read, "200"), answer::is_that_resource(&read, "Patient", &id)])
}
