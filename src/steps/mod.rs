//! The phrases of the features, each in the file of its topic, and how a phrase becomes a step.
//!
//! Phrases are registered by name in tables, not by macros at link time, so that none can get lost in a build, and
//! `probity steps` prints the same tables.

/// Declares the phrases of a topic: what they may stand after, their words, what they are about, their function; and
/// after `attack` what a phrase is an attack by itself for, whatever stands in its slots.
macro_rules! topic {
    ($($keyword:ident $words:literal $about:literal $function:path $(, attack $attack:expr)?;)*) => {
        pub(super) fn phrases() -> $crate::steps::Topic {
            let rows = vec![$($crate::steps::phrase::Row {
                keyword: $crate::steps::Keyword::$keyword,
                words: $words,
                about: $about,
                attack: $crate::steps::first([$($crate::probe::Attack::about($attack))?]),
                step: |world, context| {
                    Box::pin(async move {
                        world.enter($words);
                        let words = $crate::steps::Words(context, world.page.clone());
                        let outcome = $function(world, words).await;
                        world.leave(outcome);
                    })
                },
            }),*];
            (module_path!(), rows)
        }
    };
}

mod absence;
mod access;
mod answer;
mod attestation;
mod burden;
mod certification;
mod chain;
mod change;
mod claim;
mod conformance;
mod confusion;
mod crossing;
mod dates;
mod document;
mod edition;
mod endpoints;
mod expect;
mod forms;
mod granular;
mod granular_search;
mod group;
mod identity;
mod include;
mod injection;
mod introspection;
mod isolation;
mod launch;
mod lure;
mod mixing;
mod must_support;
mod oracle;
mod order;
mod origin;
mod own;
mod parking;
mod phrase;
mod proof;
mod pushed;
mod resource;
mod revocation;
mod scene;
mod schema;
mod search;
mod searchset;
mod slot;
mod stranger;
mod tenancy;
mod tls;
mod token;
mod travel;
mod turns;
mod vocabulary;
mod watch;
mod world;

pub use certification::LIMITABLE;
pub use order::{Missing, ORDER, Observed, handover, missing};
pub use phrase::{Keyword, Phrase};
pub use slot::{Slot, slots};
pub use vocabulary::{Misnamed, PhraseError, attacks, collection, misnamed, misspelt, nearest, phrase_of, phrases};
pub use world::{Bench, Halted, World};

use crate::probe::About;
use crate::record::Halt;
use phrase::{Row, Words};

/// How a step ends: an `Err` has its reason on the page already.
type Outcome = Result<(), Halt>;

/// The file of a topic, and its rows.
type Topic = (&'static str, Vec<Row>);

/// Every file with phrases.
const TOPICS: &[fn() -> Topic] = &[
    access::phrases,
    answer::phrases,
    attestation::phrases,
    burden::phrases,
    certification::phrases,
    document::phrases,
    edition::phrases,
    endpoints::phrases,
    identity::phrases,
    injection::phrases,
    introspection::phrases,
    confusion::phrases,
    crossing::phrases,
    isolation::phrases,
    launch::phrases,
    lure::phrases,
    mixing::phrases,
    include::phrases,
    chain::phrases,
    change::phrases,
    claim::phrases,
    granular_search::phrases,
    conformance::phrases,
    dates::phrases,
    forms::phrases,
    granular::phrases,
    group::phrases,
    search::phrases,
    searchset::phrases,
    must_support::phrases,
    oracle::phrases,
    origin::phrases,
    own::phrases,
    proof::phrases,
    pushed::phrases,
    resource::phrases,
    tenancy::phrases,
    tls::phrases,
    stranger::phrases,
    token::phrases,
    travel::phrases,
    turns::phrases,
    revocation::phrases,
    watch::phrases,
];

/// What was given, if anything was.
fn first<const N: usize>(given: [&'static About; N]) -> Option<&'static About> {
    given.first().copied()
}
