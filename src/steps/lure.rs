//! Phrases about an address of the app that the target may be lured to call.

use super::injection::right_ask;
use super::scene::Answers;
use super::{Outcome, Words, World};
use crate::examine::{Observation, refusal};
use crate::http::{Lure, Outpost};
use crate::probe::{Attack as _, Errand, Errands};
use std::sync::Arc;

topic! {
    Given r"an address of the app that the server can reach" "own_address of the configuration; a free port for a server on this machine" own_address;
    Given r"the authorization server does not say that it fetches request objects" "request_uri_parameter_supported" fetches_none;
    When r"the app names that address {Errand}" "an address that nobody else knows" names;
    Check r"the server has not called that address" "no request came there" uncalled;
}

async fn own_address(world: &mut World, _: Words) -> Outcome {
    let Some(own) = &world.bench.site.target().own_address else {
        return Err(world.page.not_configured(
            "own_address is not configured; it names an address of this machine that the target can reach",
        ));
    };
    let bench = Arc::clone(&world.bench);
    let outpost = bench.outpost.get_or_init(|| Outpost::open(own)).await;
    let lure = outpost.as_ref().map_err(|why| world.page.not_configured(why.clone()))?.lure();
    world.put(lure);
    Ok(())
}

async fn fetches_none(world: &mut World, words: Words) -> Outcome {
    let says = |document: &serde_json::Value| document["request_uri_parameter_supported"] == true;
    let smart = world.endpoints(&words).await?.document;
    if says(&smart) || says(&world.openid_metadata(&words).await) {
        return Err(world.page.not_applicable("not applicable: the server says that it fetches request objects"));
    }
    Ok(())
}

async fn names(world: &mut World, words: Words) -> Outcome {
    let (lure, ask) = (world.need::<Lure>()?.clone(), right_ask(world, &words).await?);
    let token = world.found::<Arc<crate::smart::Session>>().and_then(|session| session.token());
    let base = world.bench.site.base().clone();
    let mut errands = Errands { base, token, ask, address: lure.url().clone(), made: Vec::new() };
    words.slot::<Errand>()?.make(&mut errands).map_err(|need| world.lacks(need))?;
    // A breakdown may be what came of the call: whether there was one is asked first.
    let mut all = Vec::new();
    for call in errands.made {
        all.push(world.door.send(call).await.map_err(|none| world.unanswered(&none))?);
    }
    world.put(Answers(all));
    Ok(())
}

async fn uncalled(world: &mut World, words: Words) -> Outcome {
    let calls = world.need::<Lure>()?.calls();
    let answers = world.answers()?;
    let silent = answers.iter().find_map(|one| Some((refusal::no_answer(one)?, one.number())));
    if let Some((why, number)) = silent.filter(|_| calls.is_empty()) {
        world.page.cite(&[number]);
        return Err(world.page.inconclusive(why));
    }
    let cites = answers.iter().map(|one| one.number()).collect();
    let observed = match calls.as_slice() {
        [] => "none came".to_owned(),
        some => format!("{} came", some.len()),
    };
    world.write(&words, Observation::new(calls.is_empty(), "no request at the address of the app", observed, cites))
}
