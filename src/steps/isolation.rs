//! Phrases about one patient and another: what b sees must not reach a. Proof is data, not status.

use super::scene::{Counts, Examined, Other, Suspects};
use super::{Outcome, Words, World};
use crate::chart::Chart;
use crate::examine::canary::{Canaries, Echo};
use crate::examine::isolation::{self, Count, Received, Record};
use crate::examine::{answer, refusal};
use crate::fhir::{self, Bundle};
use crate::http::{Answer, Call};
use crate::probe::{Attack as _, Reading, TokenForgery};
use crate::record::Halt;
use crate::smart::{Launch, Session};
use std::sync::Arc;

topic! {
    Given r"patient b's record, as patient b sees it" "harvests canaries with patient b's own token" b_record;
    Given r#"patient b is reached by "([^"]+)" with patient b's token"# "the positive control: the same request shows b's record to b" control;
    When r#""([^"]+)" is requested with patient a's token"# "the attack" attack;
    When r"patient a's record is read as patient a sees it" "patient a's own searches" own_record;
    When r"patient b's record is read with {TokenForgery}" "the claims are edited, the signature kept" rewritten;
    When r"patient a's token counts {ResourceType} for patient b and for invented patients" "_summary=count, three times" counts;
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
    let key = world.key(user, crate::target::ClientRole::Public, "", Launch::Standalone);
    world.shared_session(words, key).await
}

/// What a patient sees of their own record, or a skip.
pub(super) fn record<'c>(world: &World, chart: &'c Chart, user: &str) -> Result<Record<'c>, Halt> {
    let record = Record::of(chart, user).ok_or_else(|| {
        world.page.not_configured(format!("no patient is known for user `{user}`; configure users.{user}.patient"))
    })?;
    let reference = format!("Patient/{}", record.patient);
    world.page.cite(&chart.find(&reference).map(|resource| resource.number).into_iter().collect::<Vec<_>>());
    Ok(record)
}

async fn b_record(world: &mut World, words: Words) -> Outcome {
    if matches!(world.bench.site.target().login, crate::target::Login::None) {
        return Err(world.page.not_applicable("not applicable: the target is open to all (login `none`)"));
    }
    full_session(world, &words, "a").await?;
    let b = full_session(world, &words, "b").await?;
    world.put(Other(b));
    let chart = world.chart().await?;
    let (a, b) = (record(world, &chart, "a")?, record(world, &chart, "b")?);
    if a.patient == b.patient {
        return Err(world.page.not_configured("users a and b have the same patient in context"));
    }
    if b.demographics().is_none() {
        return Err(world.page.blocked("patient b cannot read their own Patient, so nothing would prove a leak"));
    }
    if canaries(world, &chart).await?.count() == 0 {
        return Err(world
            .page
            .not_shown("patient b's record shows nothing that patient a's does not, so nothing could leak"));
    }
    Ok(())
}

/// A request of a feature with its placeholders filled in.
struct Filled {
    call: Call,
    /// The request as text: what it names is no leak when it is echoed.
    text: String,
}

async fn fill(world: &World, template: &str, token: Option<&str>) -> Result<Filled, Halt> {
    let chart = world.chart().await?;
    let (a, b) = (record(world, &chart, "a")?, record(world, &chart, "b")?);
    let mut text = template.replace("{base}", world.bench.site.base().as_str().trim_end_matches('/'));
    text = text.replace("{a}", a.patient).replace("{b}", b.patient);
    while let Some((start, end)) = text.find("{b.").and_then(|at| Some((at, at + text[at..].find('}')?))) {
        let name = text[start + 3..end].to_owned();
        let value = b.value(&name).ok_or_else(|| {
            world
                .page
                .not_shown(format!("patient b's record shows no {name}; add one to the test data to examine this way"))
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
    world.found().and_then(|Other(session)| session.token())
}

/// What of patient b must not reach patient a, found by whoever asks first.
pub(super) async fn canaries(world: &World, chart: &Chart) -> Result<Arc<Canaries>, Halt> {
    let (a, b) = (record(world, chart, "a")?, record(world, chart, "b")?);
    Ok(Arc::clone(world.bench.canaries.get_or_init(|| async { Arc::new(Canaries::against(&b, &a)) }).await))
}

/// An answer as data.
pub(super) fn received(answer: &Answer, request: Option<String>) -> (u32, Received) {
    let headers = answer.all_headers().iter().map(|(_, value)| value.clone()).collect();
    (
        answer.number(),
        Received { request, body: answer.text().into_owned(), headers, no_answer: refusal::no_answer(answer) },
    )
}

async fn control(world: &mut World, words: Words) -> Outcome {
    let token = world_b_token(world);
    let filled = fill(world, words.get(0), token.as_deref()).await?;
    let answer = world.door.send(filled.call).await;
    let answer = world.answered(answer)?;
    let chart = world.chart().await?;
    let (_, received) = received(&answer, Some(filled.text));
    if !canaries(world, &chart).await?.shows_more_than_asked(&received) {
        return Err(world.page.blocked(format!(
            "this way shows nothing even to patient b (status {}), so it would prove nothing",
            answer.status()
        )));
    }
    Ok(())
}

async fn attack(world: &mut World, words: Words) -> Outcome {
    let a = full_session(world, &words, "a").await?;
    let filled = fill(world, words.get(0), a.token().as_deref()).await?;
    let mut all = Vec::new();
    // An empty answer is believed when it is given twice: the first may be of one who asked at the same moment.
    while all.len() < 2 && all.last().is_none_or(|(_, last): &(u32, Received)| last.is_empty()) {
        let answer = world.door.send(filled.call.clone()).await;
        let answer = world.answered(answer)?;
        all.push(received(&answer, Some(filled.text.clone())));
    }
    world.put(Suspects(all));
    Ok(())
}

async fn own_record(world: &mut World, _: Words) -> Outcome {
    let chart = world.chart().await?;
    let own = chart.people.iter().position(|person| person.user == "a");
    let made = chart.made.iter().chain(&chart.reverse_included).filter(|made| Some(made.person) == own);
    let searched: Vec<(u32, Received)> =
        made.flat_map(|made| &made.pages.answers).map(|answer| received(answer, None)).collect();
    // What references led to was read one by one.
    let read = chart.resources.iter().filter(|resource| own.is_some_and(|own| resource.people.contains(&own)));
    let read = read.filter(|resource| searched.iter().all(|(number, _)| *number != resource.number));
    let read = read.map(|resource| {
        (
            resource.number,
            Received { request: None, body: resource.body.to_string(), headers: Vec::new(), no_answer: None },
        )
    });
    world.put(Suspects(read.chain(searched.iter().cloned()).collect()));
    Ok(())
}

async fn rewritten(world: &mut World, words: Words) -> Outcome {
    let a_session = full_session(world, &words, "a").await?;
    let chart = world.chart().await?;
    let (a, b) = (record(world, &chart, "a")?, record(world, &chart, "b")?);
    let path = format!("Patient/{}", b.patient);
    let mut reading = Reading::correct(world.bench.site.fhir(&path), a_session.grant());
    reading.patients = Some((a.patient.to_owned(), b.patient.to_owned()));
    if words.slot::<TokenForgery>()?.make(&mut reading).is_err() {
        return Err(world.page.not_applicable("not applicable: access tokens are opaque"));
    }
    let answer = world.door.send(reading.call("read with a rewritten token")).await;
    let answer = world.answered(answer)?;
    world.put(Suspects(vec![received(&answer, Some(path))]));
    Ok(())
}

async fn nothing_disclosed(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let echo = if words.get(0).is_empty() { Echo::Permitted } else { Echo::Leak };
    let (cites, suspects): (Vec<u32>, Vec<Received>) = world.need::<Suspects>()?.0.iter().cloned().unzip();
    // What stands in a's own record is a leak there, so that record is no measure of what both share.
    let canaries = match suspects.iter().any(|received| received.request.is_none()) {
        true => Arc::new(Canaries::never_shared(&record(world, &chart, "b")?, &record(world, &chart, "a")?)),
        false => canaries(world, &chart).await?,
    };
    let seen = isolation::nothing_disclosed(&canaries, &suspects, echo, cites);
    // What broke instead of refusing may leak another time.
    match suspects.iter().find_map(|received| received.no_answer.clone()).filter(|_| seen.met) {
        Some(why) => {
            world.page.cite(&seen.cites);
            Err(world.page.inconclusive(why))
        }
        None => world.write(&words, seen),
    }
}

async fn no_version(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let named: Vec<&str> = ["etag", "last-modified"].into_iter().filter(|name| answer.header(name).is_some()).collect();
    world.write(&words, isolation::no_version(answer.is_success(), &named, vec![answer.number()]))
}

async fn could_leak(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let b = record(world, &chart, "b")?;
    let at = chart.people.iter().position(|person| person.user == "b");
    let seen = chart.resources.iter().filter(|resource| at.is_some_and(|at| resource.people.contains(&at)));
    let numbers: std::collections::BTreeSet<u32> = seen.map(|resource| resource.number).collect();
    world.write(&words, isolation::could_leak(&b, numbers.into_iter().collect()))
}

/// How many resources patient a is told that a patient has, and the exchange that told.
async fn count(world: &mut World, a: &Session, of: &str, patient: &str) -> Result<(Count, u32), Halt> {
    let url = world.bench.site.fhir(&format!("{of}?patient={patient}&_summary=count"));
    let call = fhir::get(url, a.token().as_deref(), "count of a patient who is not in context");
    let answer = world.door.send(call).await;
    let answer = world.answered(answer)?;
    let total = answer.json().ok().and_then(Bundle::of).and_then(|bundle| bundle.total());
    Ok(((answer.status(), total), answer.number()))
}

async fn counts(world: &mut World, words: Words) -> Outcome {
    let (of, a) = (words.get(0), full_session(world, &words, "a").await?);
    let chart = world.chart().await?;
    let b = record(world, &chart, "b")?;
    let (b, first) = count(world, &a, of, b.patient).await?;
    let (one, second) = count(world, &a, of, "probity-nobody-1").await?;
    let (other, third) = count(world, &a, of, "probity-nobody-2").await?;
    world.put(Counts { b, nobody: [one, other], cites: vec![first, second, third] });
    Ok(())
}

async fn same_counts(world: &mut World, words: Words) -> Outcome {
    let Counts { b, nobody, cites } = world.need()?;
    if let Some((status, _)) = [*b, nobody[0], nobody[1]].into_iter().find(|(status, _)| refusal::is_breakdown(*status))
    {
        return Err(world
            .page
            .inconclusive(format!("a count was answered with status {status}, which counts nothing")));
    }
    match isolation::same_counts(*b, *nobody, cites.clone()) {
        Some(seen) => world.write(&words, seen),
        None => {
            Err(world.page.inconclusive("the counts of two invented patients differ, so a difference means nothing"))
        }
    }
}

async fn own_search_brings(world: &mut World, words: Words) -> Outcome {
    let (user, kind) = (words.get(0), words.get(2));
    let full = full_session(world, &words, user).await?;
    let patient = full.patient.clone().unwrap_or_default();
    let site = world.bench.site.clone();
    let path = words.get(1).replace("{patient}", &patient);
    let answer = fhir::read(&world.door, &site, &full, &path, "positive control: full scopes").await;
    let answer = world.answered(answer)?;
    match answer::count_of(&answer, kind) {
        1.. => Ok(()),
        0 => Err(world.page.not_shown(format!("with full scopes the search brings no {kind} either"))),
    }
}

async fn no_type(world: &mut World, words: Words) -> Outcome {
    world.write_refusal(&words, world.answer()?, [answer::gives_none_of(world.answer()?, words.get(0))])
}

async fn has_resource(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let record = record(world, &chart, words.get(0))?;
    match record.first(words.get(1)) {
        Some(resource) => {
            let resource = resource.clone();
            let path = format!("{}/{}", words.get(1), resource["id"].as_str().unwrap_or_default());
            let full = full_session(world, &words, words.get(0)).await?;
            let site = world.bench.site.clone();
            let read = fhir::read(&world.door, &site, &full, &path, "positive control: full scopes read it").await;
            let read = world.answered(read)?;
            if !read.is_success() {
                let status = read.status();
                return Err(world
                    .page
                    .blocked(format!("with full scopes the {} is not read either: {status}", words.get(1))));
            }
            world.put(Examined { resources: vec![resource], cites: vec![read.number()], answers: Vec::new() });
            Ok(())
        }
        None => Err(world.page.not_shown(format!("patient {}'s record shows no {}", words.get(0), words.get(1)))),
    }
}
