//! From an observation to a finding. *Given may skip, Then may fail.*

use super::{Outcome, Words, World};
use crate::examine::{Observation, refusal};
use crate::http::Answer;
use crate::record::{Finding, NotEvaluated, Strength};

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
            return if seen.met {
                Ok(())
            } else {
                let why = format!("it needs {}; observed: {}", seen.expected, seen.observed);
                Err(self.page.not_applicable(self.door.redact(&why)))
            };
        }
        let strength = seen.strength.min(demanded(&words.0.step.value));
        self.find(strength, seen);
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
        self.write_refusals(words, [(answer, all.into_iter().collect())])
    }

    /// The same for each form of an attack. That one form had no answer hides nothing of what another was granted.
    pub(super) fn write_refusals<'a>(
        &self,
        words: &Words,
        all: impl IntoIterator<Item = (&'a Answer, Vec<Observation>)>,
    ) -> Outcome {
        let (mut none, mut granted) = (None, false);
        for (answer, seen) in all {
            // The first says whether anything was granted.
            let is_granted = seen.first().is_some_and(|seen| !seen.met);
            match refusal::no_answer(answer).filter(|_| !is_granted) {
                Some(why) => none = none.or(Some((why, answer.number()))),
                None => self.write_all(words, seen)?,
            }
            granted |= is_granted;
        }
        match none {
            Some((why, number)) if !granted => {
                self.page.cite(&[number]);
                Err(self.page.inconclusive(why))
            }
            _ => Ok(()),
        }
    }

    /// Writes down an expectation of a given strength.
    pub(super) fn find(&self, strength: Strength, seen: Observation) {
        let redacted = |left: NotEvaluated| NotEvaluated {
            what: self.door.redact(&left.what),
            reason: self.door.redact(&left.reason),
            ..left
        };
        self.page.find(Finding {
            met: seen.met,
            strength: strength.min(self.strength),
            expected: self.door.redact(&seen.expected),
            observed: self.door.redact(&seen.observed),
            cites: seen.cites,
            elements: seen.elements,
            not_evaluated: seen.not_evaluated.into_iter().map(redacted).collect(),
        });
    }
}
