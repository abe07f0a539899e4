//! `probity prove`: one fault at a time, everything is run, and exactly the declared requirements must notice.

use super::run::catalogue;
use super::sample::Sample;
use super::trial::{broke, each, trial};
use super::{Exit, attest, output};
use crate::record::Verdict;
use crate::suite::Catalogue;
use crate::tenant::{self, Fault};
use clap::Args;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

#[derive(Args)]
pub(super) struct ProveArguments {
    /// Faults to switch on, by id or prefix, each against every scenario. Without any, a sample is taken.
    #[arg(value_name = "FAULT")]
    wanted: Vec<String>,
    /// Take every fault against every scenario, not a sample of both.
    #[arg(long)]
    all: bool,
    /// What the sample follows from: some members of each family, and for each fault the scenarios of its areas with some
    /// of the others.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Take one part of the faults only, K of N: a proof spread over machines.
    #[arg(long, value_name = "K/N", value_parser = part)]
    part: Option<(usize, usize)>,
    /// Only list the faults.
    #[arg(long)]
    list: bool,
    /// Take the blackouts in the place of the faults: everything of a kind is refused, broken or hidden, and nothing of
    /// that kind may pass.
    #[arg(long, conflicts_with_all = ["all", "part", "observe"])]
    blackouts: bool,
    /// Judge nothing: print each fault, a tab, and the requirements that notice it. What a new fault is declared to
    /// break is reviewed from this.
    #[arg(long)]
    observe: bool,
    /// Faults examined at the same time.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    jobs: u8,
    /// Print only the faults that are not noticed as declared, and the sum.
    #[arg(long, short)]
    quiet: bool,
}

/// What one fault brought about.
struct Proof {
    declared: BTreeSet<String>,
    noticed: BTreeSet<String>,
    inconclusive: BTreeSet<String>,
    /// What passed.
    passed: BTreeSet<String>,
    /// What passes without the fault, and neither passes nor notices it with the fault.
    left_out: BTreeSet<String>,
    /// What the standards permit is no fault: these alone may be left out.
    permitted: Option<BTreeSet<String>>,
    broke: Option<String>,
    interrupted: bool,
}

impl Proof {
    fn holds(&self) -> bool {
        self.broke.is_none() && self.declared == self.noticed && self.left_out_as_permitted()
    }

    /// Whether what the standards permit is left out of exactly what it may be.
    fn left_out_as_permitted(&self) -> bool {
        self.permitted.as_ref().is_none_or(|permitted| *permitted == self.left_out)
    }
}

/// `K/N`, from 1 to N.
fn part(text: &str) -> Result<(usize, usize), String> {
    let read = || text.split_once('/').and_then(|(k, n)| Some((k.parse().ok()?, n.parse().ok()?)));
    match read() {
        Some((k, n)) if (1..=n).contains(&k) => Ok((k, n)),
        _ => Err("write K/N with K from 1 to N, for example 1/4".to_owned()),
    }
}

pub(super) fn prove(arguments: &ProveArguments) -> Exit {
    if arguments.blackouts {
        return super::blackout::prove(&arguments.wanted, arguments.jobs, arguments.list);
    }
    let sample = (arguments.wanted.is_empty() && !arguments.all).then_some(Sample { seed: arguments.seed });
    let named = |fault: &Fault| arguments.wanted.iter().any(|w| fault.id.starts_with(w.as_str()));
    let chosen: Vec<&Fault> = match sample {
        Some(sample) => sample.faults(tenant::faults()),
        None => tenant::faults().iter().filter(|fault| arguments.wanted.is_empty() || named(fault)).collect(),
    };
    let own = |at: usize| arguments.part.is_none_or(|(k, n)| at % n == k - 1);
    let chosen: Vec<&Fault> =
        chosen.into_iter().enumerate().filter(|(at, _)| own(*at)).map(|(_, fault)| fault).collect();
    if chosen.is_empty() {
        return output::fail(Exit::NothingSelected, "no fault matches; `probity prove --list` names them all");
    }
    if arguments.list {
        let text = chosen.iter().fold(String::new(), |mut text, fault| {
            let _ = writeln!(text, "{:<44} {}", fault.id, fault.what);
            text
        });
        output::print(&text);
        return Exit::Passed;
    }
    let catalogue = match catalogue(None, None) {
        Ok(catalogue) => Arc::new(catalogue),
        Err(exit) => return exit,
    };
    // The control of controls: without a fault nothing may be noticed.
    let sound = examine(&catalogue, None, None, None);
    if !sound.interrupted && (!sound.holds() || !sound.inconclusive.is_empty()) {
        output::print(&line(NO_FAULT, &sound));
        return output::fail(Exit::Failed, "the embedded target without a fault does not pass; no proof is possible");
    }
    if sound.interrupted {
        return Exit::Interrupted;
    }
    // What notices a fault is observed in full, or not at all.
    let sample = sample.filter(|_| !arguments.observe);
    let proofs = each(
        &chosen,
        arguments.jobs,
        |fault| {
            let look = || examine(&catalogue, Some(fault), sample, Some(&sound));
            let first = look();
            // On a machine that stalls a sign-in may end on its way: that is not what the standards permit.
            if first.interrupted || first.left_out_as_permitted() { first } else { look() }
        },
        |proof| proof.interrupted,
    );
    if proofs.len() < chosen.len() {
        return output::fail(
            Exit::Interrupted,
            &format!("interrupted after {} of {} faults", proofs.len(), chosen.len()),
        );
    }
    let mut text = String::new();
    if arguments.observe {
        for (fault, proof) in chosen.iter().zip(&proofs) {
            let noticed: Vec<&str> = proof.noticed.iter().map(String::as_str).collect();
            let _ = writeln!(text, "{}\t{}", fault.id, noticed.join(" "));
        }
        output::print(&text);
        return Exit::Passed;
    }
    for (fault, proof) in chosen.iter().zip(&proofs) {
        if !arguments.quiet || !proof.holds() {
            text.push_str(&line(&fault.id, proof));
        }
    }
    let good = proofs.iter().filter(|proof| proof.holds()).count();
    let _ = writeln!(
        text,
        "{good} of {} faults are noticed by exactly the requirements they are declared to break",
        chosen.len()
    );
    let mut failed = good != chosen.len();
    if arguments.wanted.is_empty() {
        failed |= !report_unprovoked(&catalogue, &mut text);
    }
    output::print(&text);
    if failed { Exit::Failed } else { Exit::Passed }
}

/// Lists the requirements that no fault breaks; false when no person answers for one of them.
fn report_unprovoked(catalogue: &Catalogue, text: &mut String) -> bool {
    let declared: BTreeSet<&str> = tenant::faults().iter().flat_map(|f| f.breaks.iter().map(String::as_str)).collect();
    let mut good = true;
    for scenario in catalogue.scenarios() {
        let id = scenario.requirement.id.as_str();
        if declared.contains(id) {
            continue;
        }
        let _ = if attest::is_asked(scenario) {
            writeln!(text, "no fault breaks {id}: a person answers for it")
        } else {
            good = false;
            writeln!(text, "NO FAULT BREAKS {id}: nothing proves that this check can fail")
        };
    }
    good
}

/// What stands in the place of a fault's name where there is none.
const NO_FAULT: &str = "(no fault)";

fn line(name: &str, proof: &Proof) -> String {
    let join = |ids: &BTreeSet<String>| ids.iter().cloned().collect::<Vec<_>>().join(", ");
    // Without a fault, what could not be tested is as wrong as what was noticed.
    let may_be_untested = name != NO_FAULT;
    let sound = proof.holds() && (may_be_untested || proof.inconclusive.is_empty());
    let mut text = format!("{} {name}: {}\n", if sound { "ok   " } else { "WRONG" }, join(&proof.noticed));
    let missed: BTreeSet<String> = proof.declared.difference(&proof.noticed).cloned().collect();
    let extra: BTreeSet<String> = proof.noticed.difference(&proof.declared).cloned().collect();
    if !missed.is_empty() {
        let _ = writeln!(text, "        declared, not noticed: {}", join(&missed));
    }
    if !extra.is_empty() {
        let _ = writeln!(text, "        noticed, not declared: {}", join(&extra));
    }
    if !proof.inconclusive.is_empty() && !sound {
        let _ = writeln!(text, "        could not be tested: {}", join(&proof.inconclusive));
    }
    if !proof.left_out_as_permitted() {
        let _ = writeln!(text, "        left out: {}", join(&proof.left_out));
    }
    if let Some(what) = &proof.broke {
        let _ = writeln!(text, "        {what}");
    }
    text
}

/// Runs everything, or what a sample takes, against a fresh embedded target with this fault.
fn examine(catalogue: &Arc<Catalogue>, fault: Option<&Fault>, sample: Option<Sample>, sound: Option<&Proof>) -> Proof {
    let mut proof = Proof {
        declared: fault.map(|fault| fault.breaks.iter().cloned().collect()).unwrap_or_default(),
        noticed: BTreeSet::new(),
        inconclusive: BTreeSet::new(),
        passed: BTreeSet::new(),
        left_out: BTreeSet::new(),
        permitted: fault.and_then(|fault| fault.untested.as_ref()).map(|ids| ids.iter().cloned().collect()),
        broke: None,
        interrupted: false,
    };
    let wanted = sample.zip(fault).and_then(|(sample, fault)| sample.scenarios(catalogue, fault));
    if let Some(wanted) = &wanted {
        // What a sample does not run it does not ask after.
        proof.declared.retain(|id| wanted.contains(id));
    }
    let wanted = wanted.unwrap_or_default();
    match trial(catalogue, fault.map(|fault| fault.id.clone()).into_iter().collect(), &wanted) {
        Err(what) => proof.broke = Some(what),
        Ok(run) => {
            proof.interrupted = run.interrupted;
            proof.broke = broke(&run);
            for scenario in &run.scenarios {
                let id = scenario.requirement.id.to_string();
                match scenario.verdict {
                    Verdict::Fail | Verdict::Warn => drop(proof.noticed.insert(id)),
                    Verdict::Error => drop(proof.inconclusive.insert(id)),
                    Verdict::Pass => drop(proof.passed.insert(id)),
                    Verdict::Skip | Verdict::Attested | Verdict::Outstanding => {}
                }
            }
        }
    }
    let ran = |id: &&String| wanted.is_empty() || wanted.contains(*id);
    let before = sound.into_iter().flat_map(|sound| &sound.passed).filter(ran);
    proof.left_out = before.filter(|id| !proof.passed.contains(*id) && !proof.noticed.contains(*id)).cloned().collect();
    proof
}
