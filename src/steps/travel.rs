//! Phrases about requests that are right in themselves: how they travel, how many come at once, what else they leave alone.

use super::confusion::exchanged;
use super::revocation::request as revocation;
use super::scene::{Answers, Other};
use super::token::{attempted, exchange_request, refresh_request, refresh_token};
use super::{Outcome, Words, World};
use crate::examine::{Observation, answer, token};
use crate::fhir;
use crate::http::Answer;
use crate::probe::{Attack as _, Attempt, RequestForm};
use crate::record::Halt;
use crate::smart::{Grant, Launch, send_token_request};
use crate::target::ClientRole;

topic! {
    When r"the app exchanges its code {RequestForm}" "the correct exchange, carried in another way" exchanges;
    When r"the app uses its refresh token {RequestForm}" "the correct use, carried in another way" refreshes;
    When r"the app revokes its refresh token {RequestForm}" "the correct revocation, carried in another way" revokes;
    When r"the app exchanges its code after its time" "waits for waits.code first" exchanges_late;
    When r"the app exchanges its code twice at the same time" "two connections, the same request" exchanges_at_the_same_time;
    Check r"at most one of the two gives a token" "RFC 6749 4.1.2; twice the same token is one" one_token;
    When r"the app uses its refresh token for the FHIR server of the other tenant" "aud and resource name the FHIR base there" refreshes_for_other;
    Check r"no token is issued that reads the patient of the other tenant" "no token is right too" not_read_there;
    Given r#"another session of its own of patient (\w+) with the {ClientRole} app for "{Scopes}""# "a fresh session beside that of the scenario" another_session;
    Check r"the other session still reads its patient" "GET of its Patient: 200, its type and id" other_lives;
    Check r"no scope for {ResourceType} is granted" "nothing granted is right too" no_scope_for;
    Check r"what is granted opens no {ResourceType} beyond its scopes" "a search of the type; nothing granted is right too" opens_no_more;
    Check r"what is granted reads patient a alone" "a read of both Patients; nothing granted is right too" reads_own_alone;
    Check r"what is granted should have no (refresh_token|id_token)" "nobody asked for it; nothing granted is right too" has_none;
}

async fn send(world: &mut World, mut attempt: Attempt, words: &Words, purpose: &str) -> Outcome {
    let form: RequestForm = words.slot()?;
    attempt = attempted(world, form, attempt)?;
    super::token::ask(world, &attempt, &format!("{purpose} {}", form.about().words)).await
}

async fn exchanges(world: &mut World, words: Words) -> Outcome {
    let attempt = Attempt::correct(exchange_request(world, &words)?);
    send(world, attempt, &words, "exchange of a code").await
}

async fn refreshes(world: &mut World, words: Words) -> Outcome {
    let token = refresh_token(world)?;
    let attempt = refresh_request(world, &words, &token, world.session()?.key.client).await?;
    send(world, attempt, &words, "use of a refresh token").await
}

async fn revokes(world: &mut World, words: Words) -> Outcome {
    let (token, by) = (refresh_token(world)?, world.session()?.key.client);
    let attempt = Attempt::correct(revocation(world, &words, &token, by).await?);
    send(world, attempt, &words, "revocation").await
}

async fn exchanges_at_the_same_time(world: &mut World, words: Words) -> Outcome {
    let request = exchange_request(world, &words)?;
    let one = || send_token_request(&world.door, &request, "one of two exchanges at the same time");
    let (first, second) = tokio::join!(one(), one());
    let mut all = Vec::new();
    for answer in [first, second] {
        all.push(world.said(answer)?);
    }
    world.put(Answers(all));
    Ok(())
}

async fn exchanges_late(world: &mut World, words: Words) -> Outcome {
    let waits = world.bench.site.target().waits.clone();
    if waits.code > waits.longest {
        return Err(world.page.not_configured(format!(
            "a code is waited for {} s (waits.code), longer than waits.longest ({} s)",
            waits.code.as_secs(),
            waits.longest.as_secs()
        )));
    }
    let request = exchange_request(world, &words)?;
    tokio::time::sleep(waits.code).await;
    super::token::ask(world, &Attempt::correct(request), "exchange of a code after its time").await
}

async fn one_token(world: &mut World, words: Words) -> Outcome {
    let Answers(all) = world.need()?;
    let tokens: Vec<String> = all.iter().filter_map(|one| Grant::read(one, "").ok()).map(|g| g.access_token).collect();
    let several = tokens.iter().any(|token| *token != tokens[0]);
    let observed = match (tokens.len(), several) {
        (_, true) => "two tokens".to_owned(),
        (many, false) => format!("{many} of two answers with a token, no two tokens"),
    };
    let cites = all.iter().map(Answer::number).collect();
    world.write(&words, Observation::new(!several, "one token at most", observed, cites))
}

async fn refreshes_for_other(world: &mut World, words: Words) -> Outcome {
    let other = world.bench.site.second().map_err(|trouble| world.halt(&words, trouble))?;
    let base = other.base().as_str().trim_end_matches('/').to_owned();
    let token = refresh_token(world)?;
    let mut attempt = refresh_request(world, &words, &token, world.session()?.key.client).await?;
    attempt.request.set("aud", Some(&base));
    attempt.request.set("resource", Some(&base));
    super::token::ask(world, &attempt, "use of a refresh token for another FHIR server").await
}

async fn not_read_there(world: &mut World, words: Words) -> Outcome {
    let cites = vec![world.answer()?.number()];
    let Ok(grant) = Grant::read(world.answer()?, "") else {
        return world.write_refusal(&words, world.answer()?, [Observation::new(true, "no token", "no token", cites)]);
    };
    let site = world.bench.site.second().map_err(|trouble| world.halt(&words, trouble))?;
    let Other(other) = world.need()?;
    let none = || world.page.not_configured("no patient is known at the other tenant");
    let url = site.fhir(&format!("Patient/{}", other.patient.clone().ok_or_else(none)?));
    let call = fhir::get(url, Some(&grant.access_token), "read at the other tenant with the new token");
    let read = world.door.send(call).await.map_err(|none| world.unanswered(&none))?;
    world.write_refusal(&words, &read, answer::denied(&read))
}

async fn another_session(world: &mut World, words: Words) -> Outcome {
    let key = world.key(words.get(0), words.slot::<ClientRole>()?, words.get(2), Launch::Standalone);
    let session = world.opened(&words, key).await?;
    world.put(Other(session));
    Ok(())
}

async fn other_lives(world: &mut World, words: Words) -> Outcome {
    let Other(other) = world.need()?;
    let none = || world.page.not_configured("no patient is known for the other session");
    let (id, token) = (other.patient.clone().ok_or_else(none)?, other.token());
    let url = world.bench.site.fhir(&format!("Patient/{id}"));
    let call = fhir::get(url, token.as_deref(), "read with the other session");
    let answer = world.door.send(call).await;
    let answer = world.said(answer)?;
    world.write_all(&words, [answer::status(&answer, "200"), answer::is_that_resource(&answer, "Patient", &id)])
}

/// What came of the sign-in, if anything; kept, so that a second check asks for nothing more.
async fn granted(world: &mut World, words: &Words) -> Result<(Option<Grant>, u32), Halt> {
    if let Some(grant) = world.found::<Grant>() {
        return Ok((Some(grant.clone()), grant.number));
    }
    let (grant, number) = exchanged(world, words, |_| {}).await?;
    if let Some(grant) = &grant {
        world.put(grant.clone());
    }
    Ok((grant, number))
}

async fn no_scope_for(world: &mut World, words: Words) -> Outcome {
    let seen = match granted(world, &words).await? {
        (Some(grant), _) => token::covers_nothing_of(&grant, words.get(0)),
        (None, number) => Observation::new(true, "no scope for it", "nothing is granted", vec![number]),
    };
    world.write(&words, seen)
}

async fn opens_no_more(world: &mut World, words: Words) -> Outcome {
    let of = words.get(0);
    let (grant, number) = granted(world, &words).await?;
    let said = |observed: &str| Observation::new(true, format!("no {of} beyond the scopes"), observed, vec![number]);
    let Some(grant) = grant else { return world.write(&words, said("nothing is granted")) };
    // What an answer says it grants, it grants.
    if grant.scope_stated && !token::covers_nothing_of(&grant, of).met {
        return world.write(&words, said("the scopes that are told cover it"));
    }
    let patient = grant.patient.clone().or_else(|| world.bench.site.user("a").ok()?.patient.clone());
    let none = || world.page.not_configured("no patient is configured for user `a`");
    let url = world.bench.site.fhir(&format!("{of}?patient={}", patient.ok_or_else(none)?));
    let call = fhir::get(url, Some(&grant.access_token), "search beyond the granted scopes");
    let read = world.door.send(call).await.map_err(|none| world.unanswered(&none))?;
    world.write_refusal(&words, &read, answer::denied(&read))
}

async fn reads_own_alone(world: &mut World, words: Words) -> Outcome {
    let (grant, number) = granted(world, &words).await?;
    let Some(grant) = grant else {
        let seen = Observation::new(true, "patient a alone", "nothing is granted", vec![number]);
        return world.write(&words, seen);
    };
    let mut read = Vec::new();
    for user in ["a", "b"] {
        let none = || world.page.not_configured(format!("no patient is configured for user `{user}`"));
        let own = world.bench.site.user(user).ok().and_then(|user| user.patient.clone()).ok_or_else(none)?;
        let url = world.bench.site.fhir(&format!("Patient/{own}"));
        let call = fhir::get(url, Some(&grant.access_token), "read with a token of no launch scope");
        let answer = world.door.send(call).await;
        read.push(world.said(answer)?);
    }
    let [own, other] = read.as_slice() else { return Err(world.misplaced("two reads")) };
    let opens = |one: &Answer| one.is_success() && answer::is_resource_of(one, "Patient").met;
    if !opens(own) && !opens(other) {
        let why = "not applicable: without a launch scope the token does not read its own patient either";
        return Err(world.page.not_applicable(why));
    }
    world.write_refusal(&words, other, answer::denied(other))
}

async fn has_none(world: &mut World, words: Words) -> Outcome {
    let (name, (grant, number)) = (words.get(0).to_owned(), granted(world, &words).await?);
    let of = |grant: &Grant| if name == "id_token" { grant.id_token.is_some() } else { grant.refresh_token.is_some() };
    let there = grant.as_ref().is_some_and(of);
    let observed = if there { format!("a {name}") } else { format!("no {name}") };
    world.write(&words, Observation::new(!there, format!("no {name}"), observed, vec![number]))
}
