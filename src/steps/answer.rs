//! Phrases about the last answer: its status, headers, media type and resource.

use super::{Outcome, Words, World};
use crate::examine::answer;

topic! {
    Check r"the status (?:is|should be) (\d{3}(?:, \d{3})*(?: or \d{3})?)" "one of these HTTP statuses" status;
    Check r#"the content type (?:is|should be) ("[^"]+"(?: or "[^"]+")*)"# "one of these media types, parameters aside" content_type;
    Check r#"the header "([^"]+)" (?:holds|should hold) ("[^"]+"(?: or "[^"]+")*)"# "a header with one of these words" header;
    Check r"a refusal with 401 says how to authenticate" "WWW-Authenticate: Bearer; not applicable to another answer" challenges;
    Check r"the Bundle is a searchset" "Bundle.type" searchset;
    Check r"the body is a JSON object" "a JSON object" json_object;
    Check r"the resource (?:is|should be) an? {ResourceType}" "a resource of this type" resource_type;
}

async fn status(world: &mut World, words: Words) -> Outcome {
    world.write_all(&words, world.answers()?.into_iter().map(|one| answer::status(one, words.get(0))))
}

async fn content_type(world: &mut World, words: Words) -> Outcome {
    world.write(&words, answer::content_type(world.answer()?, words.get(0)))
}

async fn header(world: &mut World, words: Words) -> Outcome {
    world.write(&words, answer::header(world.answer()?, words.get(0), words.get(1)))
}

async fn challenges(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    match answer.status() {
        401 => world.write(&words, answer::header(answer, "www-authenticate", "\"Bearer\"")),
        status => Err(world.page.not_applicable(format!("nothing was refused with 401: the status is {status}"))),
    }
}

async fn searchset(world: &mut World, words: Words) -> Outcome {
    world.write(&words, answer::is_searchset(world.answer()?))
}

async fn json_object(world: &mut World, words: Words) -> Outcome {
    world.write(&words, answer::is_object(world.answer()?))
}

async fn resource_type(world: &mut World, words: Words) -> Outcome {
    world.write(&words, answer::is_resource_of(world.answer()?, words.get(0)))
}
