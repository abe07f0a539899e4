//! Phrases about one patient and another: what b sees must not reach a. Proof is data, not status.

use super::{Outcome, Words, World};
use crate::fhir::{self, Bundle, Record};
use crate::http::{Answer, Call};
use crate::probe::canary::{Canaries, Leak};
use crate::probe::{Attack as _, Reading, TokenForgery};
use crate::record::{Halt, Strength};
use crate::smart::{Launch, Session};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

topic! {
    Given r"patient b's record, as patient b sees it" "harvests canaries with patient b's own token" b_record;
    Given r#"patient b is reached by "([^"]+)" with patient b's token"# "the positive control: the same request shows b's record to b" control;
    When r#""([^"]+)" is requested with patient a's token"# "the attack" attack;
    When r"patient a's record is read as patient a sees it" "patient a's own searches" own_record;
    When r"patient b's record is read with {TokenForgery}" "the claims are edited, the signature kept" rewritten;
    When r"the counts of {ResourceType} for patient b and for invented patients are requested with patient a's token" "_summary=count, three times" counts;
    Check r"they do not differ" "the same count for b as for nobody" same_counts;
    Check r"the record of patient b holds something that could leak" "canaries: ids, names, identifiers that stand nowhere in a's record" could_leak;
    Check r"nothing of patient b is disclosed(, not even what the request named)?" "no canary of b and no resource of b" nothing_disclosed;
    Check r"no version of the record is disclosed" "no ETag and no Last-Modified in a refusal" no_version;
    Given r#"patient (\w+)'s own search "([^"]+)" brings an? {ResourceType}"# "the positive control with a session of full scopes" own_search_brings;
    Check r"no {ResourceType} is disclosed" "no resource of that type in the answer" no_type;
    Given r"patient (\w+) has an? {ResourceType}" "found with a session of full scopes" has_resource;
}

/// The shared session of a patient with the target's own scopes.
async fn full_session(world: &mut World, words: &Words, user: &str) -> Result<Arc<Session>, Halt> {
    let key = world.key(user, "public", "", Launch::Standalone)?;
    world.shared_session(words, key).await
}

/// What a patient sees of their own record, gathered once per run.
async fn record(world: &mut World, words: &Words, user: &str) -> Result<(Arc<Session>, Arc<Record>), Halt> {
    let session = full_session(world, words, user).await?;
    let patient = session.patient.clone().ok_or_else(|| {
        world.page.skip(format!("no patient is known for user `{user}`; configure users.{user}.patient"))
    })?;
    let cell = {
        let mut records = world.bench.records.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(records.entry(user.to_owned()).or_default())
    };
    let site = world.bench.site.clone();
    let made = cell
        .get_or_try_init(|| async { Record::gather(&world.door, &site, &session, &patient).await.map(Arc::new) })
        .await;
    match made {
        Ok(record) => {
            world.page.cite(&record.answers.iter().map(Answer::number).collect::<Vec<_>>());
            Ok((session, Arc::clone(record)))
        }
        Err(none) => Err(world.unanswered(&none)),
    }
}

async fn b_record(world: &mut World, words: Words) -> Outcome {
    if matches!(world.bench.site.target().login, crate::target::Login::None) {
        return Err(world.page.skip("not applicable: the target is open to all (login `none`)"));
    }
    let (_, a) = record(world, &words, "a").await?;
    let (b_session, b) = record(world, &words, "b").await?;
    if a.patient == b.patient {
        return Err(world.page.skip("users a and b have the same patient in context"));
    }
    if b.demographics.is_null() {
        return Err(world.page.skip("patient b cannot read their own Patient, so nothing would prove a leak"));
    }
    world.scene.other = Some(b_session);
    world.scene.record = Some(b);
    Ok(())
}

fn b(world: &World) -> Result<Arc<Record>, Halt> {
    world.scene.record.clone().ok_or_else(|| world.misplaced("patient b's record"))
}

/// A request of a feature with its placeholders filled in.
struct Filled {
    call: Call,
    /// The request as text: what it names is no leak when it is echoed.
    text: String,
}

async fn fill(world: &mut World, words: &Words, template: &str, token: Option<&str>) -> Result<Filled, Halt> {
    let (_, a) = record(world, words, "a").await?;
    let b = b(world)?;
    let mut text = template.replace("{base}", world.bench.site.base().as_str().trim_end_matches('/'));
    text = text.replace("{a}", &a.patient).replace("{b}", &b.patient);
    while let Some((start, end)) = text.find("{b.").and_then(|at| Some((at, at + text[at..].find('}')?))) {
        let name = text[start + 3..end].to_owned();
        let value = b.value(&name).ok_or_else(|| {
            world.page.skip(format!("patient b's record shows no {name}; add one to the test data to examine this way"))
        })?;
        world.door.hide("record_value", &value);
        let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        text.replace_range(start..=end, &encoded);
    }
    let site = world.bench.site.clone();
    let purpose =
        format!("{template} ({})", if token == world_b_token(world).as_deref() { "control" } else { "attack" });
    let mut parts = text.split_whitespace();
    let (method, path, form) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next());
    let url = site.fhir(path);
    let call = match method {
        "POST" => Call::new("POST", url, purpose)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", fhir::JSON)
            .bearer(token)
            .body(form.unwrap_or_default()),
        _ => fhir::get(url, token, &purpose),
    };
    Ok(Filled { call, text })
}

fn world_b_token(world: &World) -> Option<String> {
    world.scene.other.as_ref().and_then(|session| session.token())
}

async fn canaries(world: &mut World, words: &Words) -> Result<Canaries, Halt> {
    let (_, a) = record(world, words, "a").await?;
    Ok(Canaries::of(&*b(world)?, Some(&*a)))
}

async fn control(world: &mut World, words: Words) -> Outcome {
    let token = world_b_token(world);
    let filled = fill(world, &words, words.get(0), token.as_deref()).await?;
    let answer = world.door.send(filled.call).await;
    let answer = world.answered(answer)?;
    let canaries = canaries(world, &words).await?;
    // Strict: for b itself an echo proves nothing, so the structure or another value must show.
    let shown = canaries.scan(&answer, &filled.text, false);
    if shown.is_empty() {
        return Err(world.page.skip(format!(
            "this way shows nothing even to patient b (status {}), so it would prove nothing",
            answer.status()
        )));
    }
    Ok(())
}

async fn attack(world: &mut World, words: Words) -> Outcome {
    let a = full_session(world, &words, "a").await?;
    let filled = fill(world, &words, words.get(0), a.token().as_deref()).await?;
    let answer = world.door.send(filled.call).await;
    let answer = world.answered(answer)?;
    world.scene.suspects = vec![(answer, filled.text)];
    Ok(())
}

async fn own_record(world: &mut World, words: Words) -> Outcome {
    let (_, a) = record(world, &words, "a").await?;
    world.scene.suspects = a.answers.iter().map(|answer| (answer.clone(), String::new())).collect();
    Ok(())
}

async fn rewritten(world: &mut World, words: Words) -> Outcome {
    let (a_session, a) = record(world, &words, "a").await?;
    let (_, b) = record(world, &words, "b").await?;
    world.scene.record = Some(Arc::clone(&b));
    let path = format!("Patient/{}", b.patient);
    let mut reading = Reading::correct(world.bench.site.fhir(&path), a_session.grant());
    reading.patients = Some((a.patient.clone(), b.patient.clone()));
    if words.slot::<TokenForgery>()?.make(&mut reading).is_err() {
        return Err(world.page.skip("not applicable: access tokens are opaque"));
    }
    let answer = world.door.send(reading.call("read with a rewritten token")).await;
    let answer = world.answered(answer)?;
    world.scene.suspects = vec![(answer, path)];
    Ok(())
}

async fn nothing_disclosed(world: &mut World, words: Words) -> Outcome {
    let b = b(world)?;
    let strict = !words.get(0).is_empty();
    // Attacks compare with a's record, so that what both share is no leak; a's own record is compared with nothing.
    let canaries = match world.scene.suspects.len() {
        1 => canaries(world, &words).await?,
        _ => Canaries::of(&b, None).never_shared(),
    };
    let mut leaks: BTreeSet<Leak> = BTreeSet::new();
    let mut bytes = 0;
    for (answer, request) in &world.scene.suspects {
        bytes += answer.body().len();
        leaks.extend(canaries.scan(answer, request, strict));
    }
    let cites: Vec<u32> = world.scene.suspects.iter().map(|(answer, _)| answer.number()).collect();
    let observed = if leaks.is_empty() {
        format!("{} answers of {bytes} bytes hold none of {} values", world.scene.suspects.len(), canaries.count())
    } else {
        let kinds: Vec<&str> = leaks.iter().map(|leak| leak.0.as_str()).collect();
        format!("disclosed: {}", kinds.join(", "))
    };
    world.check(&words, leaks.is_empty(), "nothing of patient b", observed, cites)
}

async fn no_version(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let told: Vec<&str> = ["etag", "last-modified"].into_iter().filter(|name| answer.header(name).is_some()).collect();
    let held = told.is_empty() || answer.is_success();
    let observed = if told.is_empty() { "neither".to_owned() } else { told.join(", ") };
    world.check(&words, held, "no ETag and no Last-Modified", observed, vec![answer.number()])
}

async fn could_leak(world: &mut World, words: Words) -> Outcome {
    let (_, b) = record(world, &words, "b").await?;
    let count = Canaries::of(&b, None).count();
    let observed = format!("{count} values, {} resources", b.resources.len());
    let cites = b.answers.iter().map(Answer::number).collect();
    world.check(&words, count >= 3 && !b.resources.is_empty(), "at least 3 values and a resource", observed, cites)
}

async fn counts(world: &mut World, words: Words) -> Outcome {
    let a = full_session(world, &words, "a").await?;
    let b = b(world)?;
    let kind = words.get(0);
    let mut all = Vec::new();
    for patient in [b.patient.as_str(), "probity-nobody-1", "probity-nobody-2"] {
        let path = format!("{kind}?patient={patient}&_summary=count");
        let call =
            fhir::get(world.bench.site.fhir(&path), a.token().as_deref(), "count of a patient who is not in context");
        let answer = world.door.send(call).await;
        all.push((patient.to_owned(), world.answered(answer)?));
    }
    world.scene.counts = all;
    Ok(())
}

async fn same_counts(world: &mut World, words: Words) -> Outcome {
    let told: Vec<(u16, Option<u64>)> = world
        .scene
        .counts
        .iter()
        .map(|(_, answer)| (answer.status(), answer.json().ok().and_then(Bundle::of).and_then(|bundle| bundle.total())))
        .collect();
    let cites = world.scene.counts.iter().map(|(_, answer)| answer.number()).collect();
    let (Some(own), nobody) = (told.first(), told.iter().skip(1)) else { return Err(world.misplaced("counts")) };
    // Different answers about two invented patients would show nothing but noise.
    let steady = nobody.clone().all(|other| Some(other) == told.get(1));
    if !steady {
        return Err(world
            .page
            .inconclusive("the counts of two invented patients differ, so a difference means nothing"));
    }
    let held = nobody.clone().all(|other| other.1 == own.1);
    let same_status = nobody.clone().all(|other| other.0 == own.0);
    let shown = |(status, total): &(u16, Option<u64>)| match total {
        Some(total) => format!("status {status}, total {total}"),
        None => format!("status {status}"),
    };
    let observed = told.iter().map(shown).collect::<Vec<_>>().join("; ");
    if held && !same_status {
        // That a patient exists is less than what is in the record; FHIR permits 403 for those it knows.
        world.find(Strength::Should, false, "the same status for patient b as for nobody", &observed, cites);
        return Ok(());
    }
    world.check(&words, held, "the same count for patient b as for nobody", observed, cites)
}

async fn own_search_brings(world: &mut World, words: Words) -> Outcome {
    let (user, kind) = (words.get(0), words.get(2));
    let full = full_session(world, &words, user).await?;
    let patient = full.patient.clone().unwrap_or_default();
    let site = world.bench.site.clone();
    let path = words.get(1).replace("{patient}", &patient);
    let answer = fhir::read(&world.door, &site, &full, &path, "positive control: full scopes").await;
    let answer = world.answered(answer)?;
    let brought =
        answer.json().ok().and_then(Bundle::of).is_some_and(|b| b.resources().any(|r| r["resourceType"] == kind));
    match brought {
        true => Ok(()),
        false => Err(world.page.skip(format!("with full scopes the search brings no {kind} either"))),
    }
}

async fn no_type(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let kind = words.get(0);
    let bundle = answer.json().ok().and_then(Bundle::of);
    let count = bundle.map_or(0, |bundle| bundle.resources().filter(|r| r["resourceType"] == kind).count());
    let observed = format!("status {} with {count} {kind}", answer.status());
    world.check(&words, count == 0, format!("no {kind}"), observed, vec![answer.number()])
}

async fn has_resource(world: &mut World, words: Words) -> Outcome {
    let (_, record) = record(world, &words, words.get(0)).await?;
    match record.first(words.get(1)) {
        Some(resource) => {
            world.scene.resources = vec![resource.clone()];
            Ok(())
        }
        None => Err(world.page.skip(format!("patient {}'s record shows no {}", words.get(0), words.get(1)))),
    }
}
