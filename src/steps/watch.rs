//! Phrases about every answer of a run: its other scenarios have asked, and watchers have looked at what came.

use super::isolation::{received, record};
use super::slot::Named;
use super::{Outcome, Words, World};
use crate::examine::canary::{Canaries, Echo};
use crate::examine::isolation::{self, Received};
use crate::examine::{Observation, chance};
use crate::target::Login;
use crate::watch::{Issued, WATCHERS, Watcher};

topic! {
    When r"every other scenario of the run has ended" "these scenarios come last; what was asked before is not asked again" ended;
    Check r"no answer of the run to anyone else discloses patient b" "whose token asked decides who was answered" disclosed;
    Check r"the (codes|opaque tokens) of the run are too many to be guessed" "how many values there could be, by the characters in which they differ: 2^120 at least, and 2^128 should be (RFC 6749 10.10)" unguessed;
    Check r"no answer of the run {Watcher}" "a rule for every answer, whoever asked" never;
}

impl Named for Watcher {
    const SLOT: &'static str = "Watcher";

    fn all() -> &'static [Self] {
        &WATCHERS
    }

    fn words(self) -> &'static str {
        self.words
    }
}

/// The run plays such scenarios after all others. Where there are no others, the records are gathered, so that there is
/// something to look at; they are shared, so that in a whole run this asks nothing.
async fn ended(world: &mut World, _: Words) -> Outcome {
    // Why there are none is told by those who need them.
    drop(world.gathered().await);
    Ok(())
}

/// Why the run shows too little to say that something never happens. Where nobody signs in, there is nothing to miss.
fn dark(world: &World) -> Option<&'static str> {
    let target = world.bench.site.target();
    let signs_in = matches!(target.login, Login::Form(_) | Login::Person(_)) && !target.users.is_empty();
    world.bench.watching.dark().filter(|_| signs_in)
}

async fn never(world: &mut World, words: Words) -> Outcome {
    let watcher = words.slot::<Watcher>()?;
    let tally = world.bench.watching.tally(watcher);
    if tally.looked_at == 0 {
        let why = format!("no answer of this run was of the kind that this is about: {}", watcher.looks_at);
        // Where people were signed in, an answer of a kind that none was does not occur there.
        return Err(match dark(world).filter(|_| watcher.needs_sign_in) {
            Some(_) => world.page.blocked(why),
            None => world.page.not_applicable(why),
        });
    }
    let expected = format!("none of the {} {}", watcher.looks_at, watcher.words);
    if tally.breaches.is_empty() {
        if let Some(why) = dark(world) {
            return Err(world.page.blocked(why));
        }
        let observed = format!("{} {}, and none does", tally.looked_at, watcher.looks_at);
        return world.write(&words, Observation::new(true, expected, observed, tally.last.into_iter().collect()));
    }
    world.write_all(
        &words,
        tally.breaches.into_iter().map(|(breach, numbers)| {
            let observed = format!("{}: {} of {} {}", breach.what, numbers.len(), tally.looked_at, watcher.looks_at);
            let cites = numbers.into_iter().take(SHOWN).collect();
            Observation::new(false, expected.clone(), observed, cites).with_strength(breach.strength)
        }),
    )
}

async fn unguessed(world: &mut World, words: Words) -> Outcome {
    let kinds: &[(Issued, &str)] = match words.get(0) {
        "codes" => &[(Issued::Code, "codes")],
        _ => &[(Issued::AccessToken, "access tokens"), (Issued::RefreshToken, "refresh tokens")],
    };
    let watching = &world.bench.watching;
    let seen: Vec<Observation> =
        kinds.iter().filter_map(|(kind, name)| chance::is_unguessable(name, &watching.issued(*kind))).collect();
    if seen.is_empty() {
        let why = format!("not applicable: the run was given fewer than {} {}", chance::ENOUGH, words.get(0));
        return Err(world.page.not_applicable(why));
    }
    if let Some(why) = dark(world).filter(|_| seen.iter().all(|one| one.met)) {
        return Err(world.page.blocked(why));
    }
    world.write_all(&words, seen)
}

async fn disclosed(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let (a, b) = (record(world, &chart, "a")?, record(world, &chart, "b")?);
    // What two patients can share by right is no leak in an answer to anybody.
    let canaries = Canaries::never_shared(&b, &a);
    let text = |kept: crate::watch::Kept| received(&kept.answer, Some(kept.request));
    let watching = &world.bench.watching;
    let own: Vec<(u32, Received)> = watching.given_to(b.patient).into_iter().map(text).collect();
    if !own.iter().any(|(_, received)| canaries.shows_more_than_asked(received)) {
        return Err(world.page.blocked("nothing of patient b is found in the answers to patient b, where it must be"));
    }
    // A breakdown shows nothing of anybody.
    let whole = |kept: &crate::watch::Kept| kept.answer.status() < 500;
    let others: Vec<(u32, Received)> = watching.not_given_to(b.patient).into_iter().filter(whole).map(text).collect();
    if others.is_empty() {
        return Err(world.page.blocked("nobody but patient b was answered in this run"));
    }
    let (leaking, clean): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|(_, received)| !canaries.leaks(received, Echo::Permitted).is_empty());
    let shown = if leaking.is_empty() { clean } else { leaking };
    let (cites, received): (Vec<u32>, Vec<Received>) = shown.into_iter().unzip();
    let mut seen = isolation::nothing_disclosed(&canaries, &received, Echo::Permitted, cites);
    if seen.met {
        seen.cites = seen.cites.split_off(seen.cites.len().saturating_sub(1));
    } else {
        seen.cites.truncate(SHOWN);
    }
    world.write(&words, seen)
}

/// So many exchanges show a breach; the rest is counted.
const SHOWN: usize = 10;
