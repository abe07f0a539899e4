//! Phrases about the Bundle that a search answers with.

use super::{Outcome, Words, World};
use crate::examine::searchset;

topic! {
    Check r"every page is a complete searchset" "type, media type, total, self link, fullUrl, search mode, types and ids of the entries, on all pages" whole;
}

async fn whole(world: &mut World, words: Words) -> Outcome {
    world.write_all(&words, world.searches()?.iter().flat_map(searchset))
}
