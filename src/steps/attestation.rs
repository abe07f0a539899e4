//! The phrase about what a person must look at, because no request shows it.

use super::{Outcome, Words, World};

topic! {
    Check r"a person attests that (.+)" "answered by `probity attest`; outstanding until then" attests;
}

async fn attests(world: &mut World, words: Words) -> Outcome {
    Err(world.page.attest(format!("a person must attest that {}", words.get(0))))
}
