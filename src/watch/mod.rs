//! Watchers: rules that hold for every answer of a run, whichever scenario asked for it. Each file has those of one topic.
//!
//! An answer is looked at as it was, before anything is hidden. What is kept of it is a phrase without its content.
//! To add a watcher, write it in the file of its topic and name it in [`WATCHERS`].

mod bundle;
mod cache;
mod error;
mod header;
mod leak;
mod page;
mod sight;
#[cfg(test)]
mod tests;
mod traffic;
mod transport;

pub use sight::{Place, Sight};
pub use traffic::{Issued, Kept};

use crate::http::{Answer, Call, Watch};
use crate::record::Strength;
use crate::smart::Given;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use traffic::Traffic;

/// One rule.
#[derive(Clone, Copy)]
pub struct Watcher {
    /// What no answer may do, as features write it after `no answer of the run`.
    pub words: &'static str,
    /// The answers that it looks at, in the plural.
    pub looks_at: &'static str,
    /// Whether every sign-in brings such answers: without any the rule could not be examined.
    pub needs_sign_in: bool,
    /// Breaches count when as many answers show one: what happens once may be chance.
    pub least: usize,
    /// What is wrong with an answer; `None` if the rule says nothing about it.
    look: fn(&Sight<'_>) -> Option<Vec<Breach>>,
}

/// One thing that is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// How strongly the rule forbids it.
    pub strength: Strength,
    /// What is wrong, without the answer's content. Answers with the same words have the same fault.
    pub what: String,
}

impl Breach {
    fn new(strength: Strength, what: impl Into<String>) -> Self {
        Self { strength, what: what.into() }
    }

    /// Something that the rule forbids.
    fn of(what: impl Into<String>) -> Self {
        Self::new(Strength::Shall, what)
    }

    /// Something that should not be.
    fn mild(what: impl Into<String>) -> Self {
        Self::new(Strength::Should, what)
    }
}

/// Every watcher.
pub static WATCHERS: [Watcher; 26] = [
    cache::SHARED,
    cache::TOKENS,
    cache::TOKEN_ERRORS,
    page::FRAMES,
    page::SCRIPTS,
    page::REFERRERS,
    page::COOKIES,
    page::REPEATS,
    header::MEDIA_TYPES,
    header::CHALLENGES,
    header::CODINGS,
    header::VERSIONS,
    bundle::BUNDLES,
    error::OUTCOMES,
    error::TOKEN_ERRORS,
    error::CHARACTERS,
    error::BREAKDOWNS,
    leak::TRACES,
    leak::ADDRESSES,
    leak::ECHOES,
    leak::LINKS,
    leak::TENANTS,
    leak::SCRIPTS,
    transport::PLAIN_LINKS,
    transport::PLAIN_REDIRECTS,
    transport::STRICT_TRANSPORT,
];

/// What one watcher has seen by now.
#[derive(Clone, Default)]
pub struct Tally {
    /// How many answers it looked at.
    pub looked_at: usize,
    /// The last of them.
    pub last: Option<u32>,
    /// Each breach, strongest first, with the exchanges that show it.
    pub breaches: Vec<(Breach, Vec<u32>)>,
}

#[derive(Default)]
struct Counted {
    looked_at: usize,
    last: Option<u32>,
    breaches: BTreeMap<(std::cmp::Reverse<Strength>, String), Vec<u32>>,
}

/// What was there to be seen.
#[derive(Default)]
struct Light {
    answers: usize,
    /// Answers that break down or say that they come another time.
    breakdowns: usize,
    /// Whether anybody was shown a record.
    record: bool,
}

/// All watchers of a run, and the answers that some rules need again at its end.
pub struct Watching {
    place: Place,
    counted: Mutex<Vec<Counted>>,
    light: Mutex<Light>,
    traffic: Mutex<Traffic>,
}

fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watching {
    /// Watchers of a run against `place`.
    pub fn new(place: Place) -> Self {
        let counted = WATCHERS.iter().map(|_| Counted::default()).collect();
        Self { place, counted: Mutex::new(counted), light: Mutex::default(), traffic: Mutex::default() }
    }

    /// What a watcher has seen.
    pub fn tally(&self, watcher: Watcher) -> Tally {
        let Some(at) = WATCHERS.iter().position(|own| own.words == watcher.words) else { return Tally::default() };
        let counted = locked(&self.counted);
        let Some(own) = counted.get(at) else { return Tally::default() };
        let often = own.breaches.values().map(Vec::len).sum::<usize>() >= watcher.least;
        let all = own.breaches.iter().filter(|_| often);
        let breaches =
            all.map(|((strength, what), numbers)| (Breach::new(strength.0, what.clone()), numbers.clone())).collect();
        Tally { looked_at: own.looked_at, last: own.last, breaches }
    }

    /// Why the run saw too little for a rule to hold that nothing broke, if it did.
    pub fn dark(&self) -> Option<&'static str> {
        let light = locked(&self.light);
        if !light.record {
            return Some("nobody was shown a record in this run, so too little was seen");
        }
        (light.breakdowns * 2 > light.answers)
            .then_some("most answers of this run are breakdowns, so too little was seen")
    }

    /// What the authorization server has made that nobody may guess, each with the exchange that it came in.
    pub fn issued(&self, kind: Issued) -> Vec<(String, u32)> {
        locked(&self.traffic).issued(kind)
    }

    /// What was granted and may be alive yet.
    pub fn granted(&self) -> Vec<Given> {
        locked(&self.traffic).granted()
    }

    /// The answers of the FHIR API that were not given to the holder of a token of `patient`.
    pub fn not_given_to(&self, patient: &str) -> Vec<Kept> {
        locked(&self.traffic).not_given_to(patient)
    }

    /// The answers of the FHIR API that were given to the holder of a token of `patient`.
    pub fn given_to(&self, patient: &str) -> Vec<Kept> {
        locked(&self.traffic).given_to(patient)
    }
}

impl Watch for Watching {
    fn see(&self, call: &Call, answer: &Answer) {
        let sight = Sight::new(call, answer, &self.place);
        {
            let mut light = locked(&self.light);
            light.answers += 1;
            light.breakdowns += usize::from(matches!(answer.status(), 408 | 429 | 500..));
            let public = |of: &str| matches!(of, "OperationOutcome" | "CapabilityStatement");
            light.record |= answer.is_success() && sight.resource_type().is_some_and(|of| !public(of));
        }
        {
            let mut counted = locked(&self.counted);
            for (watcher, own) in WATCHERS.iter().zip(counted.iter_mut()) {
                let Some(breaches) = (watcher.look)(&sight) else { continue };
                own.looked_at += 1;
                own.last = Some(answer.number());
                for breach in breaches {
                    let key = (std::cmp::Reverse(breach.strength), breach.what);
                    own.breaches.entry(key).or_default().push(answer.number());
                }
            }
        }
        locked(&self.traffic).see(&sight);
    }
}
