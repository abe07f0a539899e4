//! Parts of one run, made on several machines, put together.

use super::{Run, ScenarioRecord, SetupRecord, SetupState};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Which part of the selected scenarios a run holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shard {
    /// Which part, from 1.
    pub index: u32,
    /// How many parts there are.
    pub of: u32,
    /// How many scenarios all parts have together.
    #[serde(default)]
    pub whole: usize,
}

impl Shard {
    /// Whether what is called so is in this part. The same text is in the same part on every machine.
    pub fn holds(self, text: &str) -> bool {
        // FNV-1a, folded: even for a handful of parts, and the same for ever.
        let hash = text
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
        (hash ^ (hash >> 32)) % u64::from(self.of) == u64::from(self.index - 1)
    }
}

/// Why a text names no part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no part of a run: write it as 2/4, the second of four")]
pub struct NoShard(String);

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let number = |text: &str| text.parse::<u32>().ok();
        // A scheduler that counts from 0 writes `0+1`.
        let sum = |text: &str| match text.split_once('+') {
            Some((one, more)) => number(one)?.checked_add(number(more)?),
            None => number(text),
        };
        let numbers = text.split_once('/').and_then(|(index, of)| Some((sum(index)?, number(of)?)));
        match numbers {
            Some((index, of)) if (1..=of).contains(&index) => Ok(Self { index, of, whole: 0 }),
            _ => Err(NoShard(text.to_owned())),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// Why runs are no parts of one run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unmerged {
    /// There is none.
    #[error("there is nothing to merge")]
    Nothing,
    /// They were made with different things.
    #[error("{first} and {second} are no parts of one run: they differ in {what}")]
    Different {
        /// The id of a run.
        first: String,
        /// The id of another.
        second: String,
        /// What differs.
        what: &'static str,
    },
    /// Two runs hold the same.
    #[error("{first} and {second} both hold {what}")]
    Twice {
        /// The id of a run.
        first: String,
        /// The id of another.
        second: String,
        /// What.
        what: String,
    },
}

impl Run {
    /// One run of its parts. It counts as interrupted where a part is missing. It is judged by the rule of the first.
    ///
    /// # Errors
    /// What shows that they are no parts of one run.
    pub fn merge(parts: Vec<Self>) -> Result<Self, Unmerged> {
        let mut parts = parts.into_iter();
        let mut whole = parts.next().ok_or(Unmerged::Nothing)?;
        let (ids, mut last) = (whole.start.id.clone(), highest(&whole));
        let mut shards: Vec<Shard> = whole.start.shard.into_iter().collect();
        for mut part in parts {
            agree(&whole, &part)?;
            let taken = |shard: &Shard| shards.iter().any(|own| own.index == shard.index);
            if part.start.shard.is_none_or(|shard| taken(&shard)) {
                let what = part.start.shard.map_or("every scenario".to_owned(), |shard| format!("part {shard}"));
                return Err(Unmerged::Twice { first: ids, second: part.start.id, what });
            }
            shards.extend(part.start.shard);
            part.renumber(last);
            last = highest(&part).max(last);
            whole.take(part);
        }
        let planned = shards.first().map_or(whole.start.planned, |shard| shard.whole);
        (whole.start.planned, whole.start.shard) = (planned, None);
        whole.interrupted |= whole.scenarios.len() < planned;
        whole.scenarios.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        whole.setup.sort_by(|a, b| a.id.cmp(&b.id));
        let (rule, require) = (whole.gate.fail_on, whole.gate.require.clone());
        whole.gate = super::Gate::judge(&whole, rule, &require);
        Ok(whole)
    }

    fn take(&mut self, part: Self) {
        self.start.started = self.start.started.min(part.start.started);
        self.finished = self.finished.max(part.finished);
        self.interrupted |= part.interrupted;
        self.traffic.requests += part.traffic.requests;
        self.traffic.saved += part.traffic.saved;
        for setup in part.setup {
            match self.setup.iter_mut().find(|own| own.id == setup.id) {
                Some(own) => same(own, setup),
                None => self.setup.push(setup),
            }
        }
        self.scenarios.extend(part.scenarios);
        self.waiver_failures.extend(part.waiver_failures);
        self.exchanges.extend(part.exchanges);
    }

    /// Gives its exchanges the numbers after `last`.
    fn renumber(&mut self, last: u32) {
        let moved = |all: &mut Vec<u32>| all.iter_mut().for_each(|number| *number += last);
        self.exchanges.iter_mut().for_each(|own| Arc::make_mut(own).number += last);
        self.setup.iter_mut().for_each(|own| moved(&mut own.exchanges));
        for ScenarioRecord { exchanges, steps, again, .. } in &mut self.scenarios {
            moved(exchanges);
            let second = again.iter_mut().flat_map(|again| {
                moved(&mut again.exchanges);
                &mut again.steps
            });
            let findings = steps.iter_mut().chain(second).flat_map(|step| &mut step.findings);
            findings.for_each(|finding| moved(&mut finding.cites));
        }
    }
}

fn highest(run: &Run) -> u32 {
    run.exchanges.iter().map(|exchange| exchange.number).max().unwrap_or(0)
}

/// The same precondition in two parts: the worse state counts.
fn same(own: &mut SetupRecord, other: SetupRecord) {
    let blocks = own.blocks.iter().chain(&other.blocks).cloned().collect();
    if own.state == SetupState::Ready && other.state != SetupState::Ready {
        *own = other;
    }
    own.blocks = blocks;
}

fn agree(one: &Run, other: &Run) -> Result<(), Unmerged> {
    let (a, b) = (&one.start, &other.start);
    let differs = [
        ("the target", a.target.is_same(&b.target)),
        ("the version of Probity", a.probity == b.probity),
        ("the features", a.features_sha256 == b.features_sha256),
        ("what was selected", a.selection == b.selection && a.options == b.options),
        ("the number of parts", a.shard.map(|own| (own.of, own.whole)) == b.shard.map(|own| (own.of, own.whole))),
    ];
    match differs.into_iter().find(|(_, agree)| !agree) {
        Some((what, _)) => Err(Unmerged::Different { first: a.id.clone(), second: b.id.clone(), what }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_in_one_part_and_the_parts_are_alike() {
        let names: Vec<String> = (0..1000).map(|at| format!("area.requirement-{at}")).collect();
        for of in [1, 2, 3, 7, 64] {
            let shards: Vec<Shard> = (1..=of).map(|index| Shard { index, of, whole: 0 }).collect();
            let sizes: Vec<usize> =
                shards.iter().map(|shard| names.iter().filter(|name| shard.holds(name)).count()).collect();
            assert_eq!(sizes.iter().sum::<usize>(), names.len());
            assert!(sizes.iter().all(|size| *size * of as usize * 3 > names.len()), "{sizes:?}");
        }
    }

    #[test]
    fn a_part_is_written_as_two_numbers() {
        assert_eq!("2/4".parse(), Ok(Shard { index: 2, of: 4, whole: 0 }));
        assert_eq!("0+1/4".parse(), Ok(Shard { index: 1, of: 4, whole: 0 }));
        for wrong in ["+/4", "4+1/4", "0/4", "5/4", "2", "a/b", "1/0", ""] {
            assert_eq!(wrong.parse::<Shard>(), Err(NoShard(wrong.to_owned())));
        }
    }
}
