//! Phrases for features of one's own: what a standard seldom says, and a handbook often.

use super::{Outcome, Words, World};
use crate::examine::own::{self, Many};
use crate::http::Answer;
use std::time::Duration;

topic! {
    Deed r"that answer is put by" "to be compared with a later one" put_by;
    Check r"the answer (?:is|should be) the same as the one that was put by" "status and resources, in any order" same;
    Check r#"the answer (?:has|should have) no header "([^"]+)""# "in any case" without_header;
    Check r"the answer (?:comes|should come) within (\d+) ms" "from sending to its end, as the app sees it" within;
    Check r"the Bundle (?:holds|should hold) (exactly|at least|at most) (\d+) of {ResourceType}" "resources of that type on this page" holds_many;
    Check r"`{FHIRPath}` (?:is|should be) true of the answer" "FHIRPath on the resource or Bundle; empty is not true" is_true;
}

/// An answer that a later one is compared with.
pub(super) struct PutBy(Answer);

async fn put_by(world: &mut World, _: Words) -> Outcome {
    let answer = world.answer()?.clone();
    world.put(PutBy(answer));
    Ok(())
}

async fn same(world: &mut World, words: Words) -> Outcome {
    let (PutBy(before), now) = (world.need()?, world.answer()?);
    world.write(&words, own::same(now, before))
}

async fn without_header(world: &mut World, words: Words) -> Outcome {
    world.write(&words, own::without_header(world.answer()?, words.get(0)))
}

async fn within(world: &mut World, words: Words) -> Outcome {
    let longest = Duration::from_millis(words.get(0).parse().unwrap_or(0));
    world.write(&words, own::within(world.answer()?, longest))
}

async fn holds_many(world: &mut World, words: Words) -> Outcome {
    let number = words.get(1).parse().unwrap_or(0);
    world.write(&words, own::holds_many(world.answer()?, Many::of(words.get(0)), number, words.get(2)))
}

async fn is_true(world: &mut World, words: Words) -> Outcome {
    world.write(&words, own::is_true(world.answer()?, words.get(0)))
}
