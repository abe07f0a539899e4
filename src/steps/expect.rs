//! From an observation to a finding. *Given may skip, Then may fail.*

use super::{Outcome, Words, World};
use crate::record::{Finding, Strength};

/// How strongly the verb of a phrase demands: `is` demands, `should be` recommends.
fn demanded(text: &str) -> Strength {
    if text.split_whitespace().any(|word| word == "should") { Strength::Should } else { Strength::Shall }
}

impl World {
    /// Writes down whether an expectation held. After `Given` an unmet one skips the scenario instead.
    ///
    /// `expected` and `observed` are phrases for the report; secrets in them are hidden, record content must not be in them.
    pub(super) fn check(
        &self,
        words: &Words,
        held: bool,
        expected: impl Into<String>,
        observed: impl Into<String>,
        cites: Vec<u32>,
    ) -> Outcome {
        let strength = demanded(&words.0.step.value);
        let (expected, observed) = (expected.into(), observed.into());
        if words.is_given() {
            self.page.cite(&cites);
            return if held {
                Ok(())
            } else {
                Err(self.page.skip(self.door.redact(&format!("it needs {expected}; observed: {observed}"))))
            };
        }
        self.find(strength, held, &expected, &observed, cites);
        Ok(())
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
