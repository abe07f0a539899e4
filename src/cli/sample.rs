//! What a proof takes when it does not take all: some members of each family, and for each fault the scenarios that
//! it breaks, some more of their areas, and some of the others. What is taken follows from a seed alone.

use crate::suite::{Catalogue, Scenario};
use crate::tenant::{self, Fault};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::IteratorRandom as _;
use std::collections::{BTreeMap, BTreeSet};

/// Of a family one member in so many is taken, and at least one.
const MEMBERS: usize = 37;
/// What the standards permit shows in whole runs alone, so half of it is taken.
const PERMITTED: &str = "permitted";
/// Of the scenarios of a fault's areas that it does not break one in so many is run.
const NEIGHBOURS: usize = 6;
/// Of the scenarios outside a fault's areas one in so many is run.
const OTHERS: usize = 24;

/// A choice that can be made again.
#[derive(Clone, Copy)]
pub(super) struct Sample {
    pub(super) seed: u64,
}

impl Sample {
    /// The faults that stand alone, half of what is permitted, and members of each family, in the order of the catalogue.
    pub(super) fn faults(self, all: &[Fault]) -> Vec<&Fault> {
        let mut families: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (at, fault) in all.iter().enumerate() {
            let family = match fault {
                Fault { member: true, .. } => fault.id.split(':').next().unwrap_or_default(),
                Fault { untested: Some(_), .. } => PERMITTED,
                _ => "",
            };
            families.entry(family).or_default().push(at);
        }
        let mut random = StdRng::seed_from_u64(self.seed);
        let mut taken: Vec<usize> = Vec::new();
        for (family, own) in families {
            let many = match family {
                "" => own.len(),
                PERMITTED => own.len().div_ceil(2),
                _ => own.len().div_ceil(MEMBERS),
            };
            taken.extend(own.into_iter().choose_multiple(&mut random, many));
        }
        taken.sort_unstable();
        taken.into_iter().filter_map(|at| all.get(at)).collect()
    }

    /// The ids of the scenarios that the fault breaks, of some in the same areas, and of some others: another choice for
    /// each fault. `None` for all scenarios: rules for every answer need a whole run. It is taken only where nothing else
    /// notices the fault, and once for each rule.
    pub(super) fn scenarios(self, catalogue: &Catalogue, fault: &Fault) -> Option<Vec<String>> {
        // What is permitted is left out of nothing: that shows in a whole run alone.
        if fault.untested.is_some() {
            return None;
        }
        let (whole, part): (Vec<&Scenario>, Vec<&Scenario>) =
            catalogue.scenarios().iter().partition(|scenario| scenario.is_about_every_answer());
        let is_whole = |id: &&String| whole.iter().any(|scenario| scenario.requirement.id.as_str() == *id);
        // The first fault that breaks such a rule proves it.
        let first = |id: &String| tenant::faults().iter().find(|other| other.breaks.contains(id));
        let proves = |id: &String| first(id).is_some_and(|first| first.id == fault.id);
        let rules: Vec<&String> = fault.breaks.iter().filter(is_whole).collect();
        if !rules.is_empty() && (rules.len() == fault.breaks.len() || rules.into_iter().any(proves)) {
            return None;
        }
        let areas: BTreeSet<&str> = fault.breaks.iter().map(|id| area(id)).collect();
        let ids = part.into_iter().map(|scenario| scenario.requirement.id.as_str());
        let (mut taken, rest): (Vec<&str>, Vec<&str>) = ids.partition(|id| fault.breaks.iter().any(|own| own == id));
        let (near, far): (Vec<&str>, Vec<&str>) = rest.into_iter().partition(|id| areas.contains(area(id)));
        let own = fault.id.bytes().fold(self.seed, |seed, byte| seed.rotate_left(5) ^ u64::from(byte));
        let mut random = StdRng::seed_from_u64(own);
        for (some, of) in [(near, NEIGHBOURS), (far, OTHERS)] {
            let many = some.len().div_ceil(of);
            taken.extend(some.into_iter().choose_multiple(&mut random, many));
        }
        Some(taken.into_iter().map(str::to_owned).collect())
    }
}

/// What a requirement is about: `us-core.condition` of `us-core.condition.search.patient`, `pkce` of `pkce.plain`.
fn area(id: &str) -> &str {
    let mut dots = id.match_indices('.').map(|(at, _)| at);
    let first = dots.next().unwrap_or(id.len());
    &id[..dots.next().unwrap_or(first)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_is_all_but_the_last_part_and_at_most_two() {
        assert_eq!(area("pkce.plain"), "pkce");
        assert_eq!(area("smart.discovery.well-known"), "smart.discovery");
        assert_eq!(area("us-core.condition.search.patient+category"), "us-core.condition");
    }

    #[test]
    fn a_sample_has_every_fault_that_stands_alone_and_every_family() {
        let all = tenant::faults();
        let taken = Sample { seed: 1 }.faults(all);
        let alone = |fault: &&Fault| !fault.member && fault.untested.is_none();
        assert_eq!(taken.iter().copied().filter(alone).count(), all.iter().filter(alone).count());
        let permitted = |fault: &&Fault| fault.untested.is_some();
        assert_eq!(taken.iter().copied().filter(permitted).count(), all.iter().filter(permitted).count().div_ceil(2));
        let families = |faults: &[&Fault]| -> BTreeSet<String> {
            faults.iter().filter_map(|fault| Some(fault.id.split_once(':')?.0.to_owned())).collect()
        };
        assert_eq!(families(&taken), families(&all.iter().collect::<Vec<_>>()));
        assert!(taken.len() < all.len() / 4, "{} of {}", taken.len(), all.len());
    }

    #[test]
    fn a_seed_makes_the_same_choice_again_and_another_seed_another_one() {
        let ids =
            |seed| -> Vec<&str> { Sample { seed }.faults(tenant::faults()).iter().map(|f| f.id.as_str()).collect() };
        assert_eq!(ids(7), ids(7));
        assert_ne!(ids(7), ids(8));
    }

    #[test]
    fn the_scenarios_of_a_sample_hold_all_that_the_fault_breaks_and_some_others() {
        let catalogue = Catalogue::embedded().unwrap();
        let part = catalogue.scenarios().iter().filter(|scenario| !scenario.is_about_every_answer());
        let part: BTreeSet<&str> = part.map(|scenario| scenario.requirement.id.as_str()).collect();
        let mut whole = 0;
        for fault in tenant::faults() {
            let own: Vec<&String> = fault.breaks.iter().filter(|id| part.contains(id.as_str())).collect();
            let Some(ids) = (Sample { seed: 3 }).scenarios(&catalogue, fault) else {
                whole += 1;
                continue;
            };
            assert!(ids.iter().all(|id| part.contains(id.as_str())), "{}", fault.id);
            for broken in own {
                assert!(ids.contains(broken), "{} breaks {broken}, which is not run", fault.id);
            }
            let areas: BTreeSet<&str> = fault.breaks.iter().map(|id| area(id)).collect();
            let rest: Vec<&str> = part.iter().copied().filter(|id| fault.breaks.iter().all(|own| own != id)).collect();
            for (of, is_near) in [(NEIGHBOURS, true), (OTHERS, false)] {
                let wanted = |id: &str| areas.contains(area(id)) == is_near;
                let all = rest.iter().filter(|id| wanted(id)).count();
                let taken = rest.iter().filter(|id| wanted(id) && ids.iter().any(|own| own == *id)).count();
                assert_eq!(taken, all.div_ceil(of), "{}", fault.id);
            }
        }
        // Those that only such rules notice, and one for each rule.
        let rules = catalogue.scenarios().len() - part.len();
        assert!(whole >= rules / 2 && whole <= 2 * rules, "{whole} whole runs for {rules} rules");
    }
}
