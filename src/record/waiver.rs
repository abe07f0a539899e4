//! A known failure that somebody has taken responsibility for, until a day.

use super::{GateFailure, Id, ScenarioRecord, Verdict};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// One entry of `probity-waivers.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The scenario whose failure is known.
    pub id: Id,
    /// Why it is accepted for now.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// The last day on which it holds.
    pub expires: NaiveDate,
}

/// What a waiver did to a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum WaiverState {
    /// The failure is waived.
    Waived {
        /// Why.
        reason: String,
        /// By whom.
        owner: String,
        /// Until when.
        expires: NaiveDate,
    },
    /// The waiver ran out: the failure counts.
    Expired {
        /// The last day on which it held.
        expires: NaiveDate,
    },
}

impl Waiver {
    /// Marks the scenarios that `waivers` speak of and returns what is wrong with the waivers themselves.
    ///
    /// A waiver is unused when its scenario ran and neither failed nor warned.
    pub fn apply(waivers: &[Self], scenarios: &mut [ScenarioRecord], today: NaiveDate) -> Vec<GateFailure> {
        let mut failures = Vec::new();
        for waiver in waivers {
            let Some(scenario) = scenarios.iter_mut().find(|s| s.requirement.id == waiver.id) else {
                continue;
            };
            let expired = waiver.expires < today;
            let problem = match scenario.verdict {
                Verdict::Fail | Verdict::Warn if expired => Some("waiver expired"),
                Verdict::Fail | Verdict::Warn => None,
                Verdict::Pass => Some("waiver unused"),
                Verdict::Skip | Verdict::Attested | Verdict::Outstanding | Verdict::Error => continue,
            };
            if let Some(why) = problem {
                failures.push(GateFailure { id: waiver.id.to_string(), why: why.to_owned() });
            }
            if scenario.verdict != Verdict::Pass {
                scenario.waiver = Some(if expired {
                    WaiverState::Expired { expires: waiver.expires }
                } else {
                    WaiverState::Waived {
                        reason: waiver.reason.clone(),
                        owner: waiver.owner.clone(),
                        expires: waiver.expires,
                    }
                });
            }
        }
        failures
    }
}
