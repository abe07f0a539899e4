//! Phrases about two patients who ask the same at the same time or one after another: caches and shared connections must not
//! mix them up.

use super::crossing::{self, Sides};
use super::isolation::{canaries, record};
use super::scene::Crossed;
use super::{Outcome, Words, World};
use crate::examine::canary::Canaries;
use crate::examine::crossing::Request;
use crate::record::Halt;
use crate::smart::{Launch, Session};
use crate::target::ClientRole;
use std::sync::Arc;

topic! {
    When r"patients a and b ask the same in turn" "requests that name nobody, each by b, then by a, then by nobody; and the other way round" in_turn;
    When r"patients a and b ask for their own records at the same time" "both tokens mixed over the same connections" at_once;
}

/// Requests that say nothing of who asks: a cache that keys answers by their address alone gives one patient's to the other.
const SAME: [&str; 7] = [
    "Patient",
    "Patient?_count=7",
    "Observation?category=vital-signs",
    "Condition",
    "Condition?_count=7",
    "DocumentReference",
    "metadata",
];
const ROUNDS: usize = 3;
/// How often each patient asks at the same time as the other.
const AT_ONCE: usize = 15;

/// The session of a patient, and what of theirs must not reach the other.
async fn patient(world: &mut World, words: &Words, user: &str) -> Result<(Arc<Session>, Arc<Canaries>), Halt> {
    let key = world.key(user, ClientRole::Public, "", Launch::Standalone);
    let session = world.shared_session(words, key).await?;
    let chart = world.chart().await?;
    let own = match user {
        "b" => canaries(world, &chart).await?,
        _ => Arc::new(Canaries::against(&record(world, &chart, "a")?, &record(world, &chart, "b")?)),
    };
    if own.count() == 0 {
        return Err(world.page.not_shown("the two records show the same values, so nothing could leak"));
    }
    Ok((session, own))
}

fn request(url: String) -> Request {
    Request {
        template: "the same request",
        of: None,
        method: "GET",
        url,
        headers: Vec::new(),
        body: None,
        values: Vec::new(),
    }
}

/// What is looked for in the answers to whoever asks.
fn to(asker: Option<&Session>, owner: &(Arc<Session>, Arc<Canaries>)) -> Sides {
    let asker = asker.and_then(Session::token);
    Sides { asker, owner: Arc::clone(&owner.0), canaries: Arc::clone(&owner.1) }
}

async fn in_turn(world: &mut World, words: Words) -> Outcome {
    // Who asks for no token shows everything to everybody.
    world.grant()?;
    let (a, b) = (patient(world, &words, "a").await?, patient(world, &words, "b").await?);
    let base = world.bench.site.base().as_str().trim_end_matches('/').to_owned();
    let (mut tries, mut shown) = (Vec::new(), 0);
    for round in 0..ROUNDS {
        for path in SAME {
            let (first, second) = if round % 2 == 0 { (&b, &a) } else { (&a, &b) };
            // What the first patient is shown of themselves is the control.
            let own =
                crossing::attempts(world, &base, vec![request(path.to_owned())], &to(Some(&first.0), first), 1).await;
            shown += own.iter().filter(|one| !one.leaks.is_empty()).count();
            tries.extend(
                crossing::attempts(world, &base, vec![request(path.to_owned())], &to(Some(&second.0), first), 1).await,
            );
            for owner in [first, second] {
                tries.extend(
                    crossing::attempts(world, &base, vec![request(path.to_owned())], &to(None, owner), 1).await,
                );
            }
        }
    }
    tell(world, tries, shown, a.1.count() + b.1.count())
}

async fn at_once(world: &mut World, words: Words) -> Outcome {
    // Who asks for no token shows everything to everybody.
    world.grant()?;
    let (a, b) = (patient(world, &words, "a").await?, patient(world, &words, "b").await?);
    let base = world.bench.site.base().as_str().trim_end_matches('/').to_owned();
    let own = |session: &Session| {
        session.patient.clone().map(|id| request(format!("Patient/{id}?_format=application%2Ffhir%2Bjson")))
    };
    let none = || world.page.not_configured("no patient is known for users a and b");
    let (of_a, of_b) = (own(&a.0).ok_or_else(none)?, own(&b.0).ok_or_else(none)?);
    let (to_a, to_b) = (to(Some(&a.0), &b), to(Some(&b.0), &a));
    let (own_a, own_b) = (to(Some(&a.0), &a), to(Some(&b.0), &b));
    let (mut tries, mut shown) = (Vec::new(), 0);
    for _ in 0..AT_ONCE {
        let (first, second) = futures::join!(
            crossing::attempts(world, &base, vec![of_a.clone()], &to_a, 1),
            crossing::attempts(world, &base, vec![of_b.clone()], &to_b, 1)
        );
        tries.extend(first.into_iter().chain(second));
    }
    for (request, sides) in [(of_a, own_a), (of_b, own_b)] {
        let own = crossing::attempts(world, &base, vec![request], &sides, 1).await;
        shown += own.iter().filter(|one| one.bytes > 0 && one.no_answer.is_none()).count();
    }
    tell(world, tries, if shown == 2 { 2 } else { 0 }, a.1.count() + b.1.count())
}

fn tell(world: &mut World, tries: Vec<crate::examine::crossing::Try>, shown: usize, values: usize) -> Outcome {
    if shown == 0 && tries.iter().all(|one| one.leaks.is_empty()) {
        return Err(world
            .page
            .blocked("none of these requests shows a record to its own patient, so nothing would be proved"));
    }
    let product = tries.len();
    world.put(Crossed {
        tries,
        product,
        controlled: format!("{shown} answers showed a record to its own patient"),
        values,
    });
    Ok(())
}
