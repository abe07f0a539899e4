//! Phrases about authorization requests that the app hands in itself (PAR, RFC 9126).

use super::scene::{Answers, SignIn};
use super::token::client;
use super::{Outcome, Words, World};
use crate::examine::{Observation, answer, chance, landing};
use crate::http::Answer;
use crate::probe::{Attack, Attempt, ClientAuthChange, Presenting, PushChange, PushedUse, RequestForm};
use crate::record::Halt;
use crate::smart::{Ask, Consent, Endpoints, Launch, SessionKey, TokenRequest, prepare, send_token_request};
use crate::target::ClientRole;
use url::Url;

topic! {
    Given r"the server takes pushed authorization requests" "pushed_authorization_request_endpoint (RFC 9126 5)" takes_pushed;
    Deed r"the {ClientRole} app (?:pushes|has pushed) a request of patient (\w+)" "the correct one" pushes;
    When r"the {ClientRole} app pushes a request of patient (\w+) with {PushChange}" "the request with one thing changed" pushes_changed::<PushChange>;
    When r"the {ClientRole} app pushes a request of patient (\w+) with {ClientAuthChange}" "with other credentials of the app, or none" pushes_changed::<ClientAuthChange>;
    When r"the {ClientRole} app pushes a request of patient (\w+) {RequestForm}" "carried in another way" pushes_changed::<RequestForm>;
    When r"the {ClientRole} app pushes sixteen requests of patient (\w+)" "the correct one, each time anew" pushes_many;
    Check r"the request is taken" "201, a request_uri, and expires_in (RFC 9126 2.2)" is_taken;
    Check r"no request is taken" "no request_uri" none_taken;
    Check r"their references cannot be guessed" "an upper bound from where they differ" unguessable;
    Deed r"patient (\w+) (?:signs|has signed) in with the pushed request" "the browser carries the reference alone" signs_in;
    When r"patient (\w+) signs in with {PushedUse}" "the browser carries something else" signs_in_with;
    Check r"the app receives no other state than the one it pushed" "the state of the answer" no_other_state;
}

/// An authorization request that was pushed, and its reference.
pub(super) struct Pushed {
    key: SessionKey,
    ask: Ask,
    endpoints: Endpoints,
    reference: Option<String>,
}

async fn endpoint(world: &World, words: &Words) -> Result<Url, Halt> {
    let named = world.named(words, "pushed_authorization_request_endpoint").await?;
    let none = "not applicable: the server does not say that it takes pushed authorization requests";
    named.as_str().and_then(|text| Url::parse(text).ok()).ok_or_else(|| world.page.not_applicable(none))
}

async fn takes_pushed(world: &mut World, words: Words) -> Outcome {
    endpoint(world, &words).await.map(drop)
}

/// A right request of patient and app, and what pushes it.
async fn right(world: &World, words: &Words) -> Result<(Pushed, TokenRequest), Halt> {
    let (role, endpoint) = (words.slot::<ClientRole>()?, endpoint(world, words).await?);
    let key = world.key(words.get(1), role, "", Launch::Standalone);
    let site = &world.bench.site;
    let made = prepare(&world.door, site, &key, None).await;
    let (ask, endpoints) = made.map_err(|trouble| world.halt(words, trouble))?;
    let request = ask.pushed(&endpoints, client(world, words, site, role)?, &endpoint);
    let request = request.map_err(|trouble| world.halt(words, trouble))?;
    Ok((Pushed { key, ask, endpoints, reference: None }, request))
}

async fn push(world: &mut World, request: &TokenRequest, purpose: &str) -> Result<Answer, Halt> {
    let answer = send_token_request(&world.door, request, purpose).await;
    world.answered(answer)
}

fn reference(answer: &Answer) -> Option<String> {
    let own = answer.json().ok()?["request_uri"].as_str().map(str::to_owned)?;
    Some(own).filter(|own| answer.is_success() && !own.is_empty())
}

async fn pushes(world: &mut World, words: Words) -> Outcome {
    let (pushed, request) = right(world, &words).await?;
    let answer = push(world, &request, "pushed authorization request").await?;
    if answer.json().is_ok_and(|body| body["error"] == "unauthorized_client") {
        let why = "not applicable: the server takes no pushed requests of this app (unauthorized_client)";
        return Err(world.page.not_applicable(why));
    }
    let reference = reference(&answer);
    if words.is_given() && reference.is_none() {
        let why = format!("the request that was pushed is not taken: {}", answer.status_and_said());
        return Err(world.page.blocked(world.door.redact(&why)));
    }
    world.put(Pushed { reference, ..pushed });
    Ok(())
}

async fn pushes_changed<A: Attack<Subject = Attempt>>(world: &mut World, words: Words) -> Outcome {
    let attack = words.slot::<A>()?;
    let (_, request) = right(world, &words).await?;
    let mut attempt = Attempt::correct(request);
    attack.make(&mut attempt).map_err(|need| world.lacks(need))?;
    let purpose = format!("pushed authorization request with {}", attack.about().words);
    push(world, &attempt.request, &purpose).await.map(drop)
}

async fn pushes_many(world: &mut World, words: Words) -> Outcome {
    let mut all = Vec::new();
    for _ in 0..16 {
        let (_, request) = right(world, &words).await?;
        all.push(push(world, &request, "one of sixteen pushed authorization requests").await?);
    }
    world.put(Answers(all));
    Ok(())
}

async fn is_taken(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let (body, cites) = (answer.json().unwrap_or_default(), vec![answer.number()]);
    let has = reference(answer).is_some();
    let lives = body["expires_in"].as_f64().is_some_and(|life| life > 0.0);
    let tells = |has: bool, what: &str| if has { format!("a {what}") } else { format!("no {what}") };
    let seen = [
        answer::status(answer, "201"),
        Observation::new(has, "a request_uri", tells(has, "request_uri"), cites.clone()),
        Observation::new(lives, "a positive expires_in", tells(lives, "positive expires_in"), cites),
    ];
    world.write_all(&words, seen)
}

async fn none_taken(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let taken = answer.json().is_ok_and(|body| body["request_uri"].is_string());
    world.write_refusal(&words, answer, [answer::withholds(answer, taken, "a request_uri")])
}

async fn unguessable(world: &mut World, words: Words) -> Outcome {
    let Answers(all) = world.need()?;
    let issued: Vec<_> = all.iter().filter_map(|one| Some((reference(one)?, one.number()))).collect();
    if issued.len() < all.len() {
        return Err(world.page.inconclusive("not every request that was pushed was taken"));
    }
    match chance::is_unguessable("references", &issued) {
        Some(seen) => world.write(&words, seen),
        None => Err(world.page.inconclusive("there are too few references to tell")),
    }
}

/// The request with its reference in the place of its parameters, as the browser carries it.
fn by_reference(pushed: &Pushed) -> Ask {
    let mut ask = pushed.ask.clone();
    ask.parameters.retain(|(name, _)| name == "client_id");
    ask.set("request_uri", pushed.reference.as_deref());
    ask
}

async fn play(world: &mut World, words: &Words, ask: Ask) -> Outcome {
    let Pushed { key, .. } = world.need()?;
    let key = key.clone();
    super::launch::sign_in(world, words, key, |own| *own = ask, &Consent::All).await
}

async fn signs_in(world: &mut World, words: Words) -> Outcome {
    if world.need::<Pushed>()?.reference.is_none() {
        return Err(world.page.blocked("the request that was pushed is not taken"));
    }
    let ask = by_reference(world.need()?);
    play(world, &words, ask).await?;
    // The exchange goes by what was pushed.
    let Pushed { ask, endpoints, .. } = world.need()?;
    let (ask, endpoints) = (ask.clone(), endpoints.clone());
    let sign_in = world.need::<SignIn>()?;
    let own = SignIn { key: sign_in.key.clone(), ask, landing: sign_in.landing.clone(), endpoints };
    world.put(own);
    if words.is_given() { super::launch::needs_code(world) } else { Ok(()) }
}

async fn signs_in_with(world: &mut World, words: Words) -> Outcome {
    let site = &world.bench.site;
    let pushed: &Pushed = world.need()?;
    let other = [ClientRole::Second, ClientRole::Confidential].into_iter().find_map(|role| site.client(role).ok());
    let mut presenting = Presenting {
        ask: by_reference(pushed),
        pushed: pushed.ask.parameters.clone(),
        other_client: other.map(|client| client.id.clone()),
    };
    words.slot::<PushedUse>()?.make(&mut presenting).map_err(|need| world.lacks(need))?;
    play(world, &words, presenting.ask).await
}

async fn no_other_state(world: &mut World, words: Words) -> Outcome {
    let Pushed { ask, .. } = world.need()?;
    let landing = &world.sign_in()?.landing;
    if landing.get("code").is_none() {
        // Whoever refuses such a request mixes nothing.
        return world.write(
            &words,
            landing::no_code(landing).map_err(|why| world.page.inconclusive(world.door.redact(&why.0)))?,
        );
    }
    let met = landing.get("state") == Some(ask.state.as_str());
    let observed = if met { "that state" } else { "another state, or none" };
    world.write(&words, Observation::new(met, "the state that was pushed", observed, vec![landing.number()]))
}
