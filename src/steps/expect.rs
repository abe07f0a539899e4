//! From an observation to a finding. *Given may skip, Then may fail.*

use super::{Outcome, Words, World};
use crate::examine::{Observation, refusal};
use crate::http::Answer;
use crate::record::{Finding, Strength};

/// How strongly the verb of a phrase demands: `is` demands, `should be` recommends.
fn demanded(text: &str) -> Strength {
    if text.split_whitespace().any(|word| word == "should") { Strength::Should } else { Strength::Shall }
}

impl World {
    /// Writes down what was judged: no stronger than its own strength, than the verb of the phrase and than the
    /// requirement. After `Given` it says what the scenario is about: unmet, there is nothing to examine.
    pub(super) fn write(&self, words: &Words, seen: Observation) -> Outcome {
        if words.is_given() {
            self.page.cite(&seen.cites);
            return if seen.held {
                Ok(())
            } else {
                let why = format!("it needs {}; observed: {}", seen.expected, seen.observed);
                Err(self.page.not_applicable(self.door.redact(&why)))
            };
        }
        let strength = seen.strength.min(demanded(&words.0.step.value));
        self.find(strength, seen.held, &seen.expected, &seen.observed, seen.cites);
        Ok(())
    }

    /// Writes down all that was judged, in order.
    pub(super) fn write_all(&self, words: &Words, all: impl IntoIterator<Item = Observation>) -> Outcome {
        all.into_iter().try_for_each(|seen| self.write(words, seen))
    }

    /// Writes down whether a request was refused. An answer that grants nothing is a refusal only if it says something.
    pub(super) fn write_refusal(
        &self,
        words: &Words,
        answer: &Answer,
        all: impl IntoIterator<Item = Observation>,
    ) -> Outcome {
        let all: Vec<Observation> = all.into_iter().collect();
        match refusal::unsaid(answer) {
            // The first says whether anything was granted.
            Some(why) if all.first().is_none_or(|seen| seen.held) => {
                self.page.cite(&[answer.number()]);
                Err(self.page.inconclusive(why))
            }
            _ => self.write_all(words, all),
        }
    }

    /// Writes down an expectation of a given strength.
    pub(super) fn find(&self, strength: Strength, held: bool, expected: &str, observed: &str, cites: Vec<u32>) {
        self.page.find(Finding {
            held,
            strength: strength.min(self.strength),
            expected: self.door.redact(expected),
            observed: self.door.redact(observed),
            cites,
        });
    }
}
