//! Trials: scenarios run against a fresh embedded target that is given faults or a blackout, several at a time.

use super::run::interrupt;
use super::setting::Setting;
use crate::record::{Cause, Run};
use crate::suite::{self, Catalogue, Plan};
use crate::target::{Bodies, Target};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// Runs what `wanted` selects against a fresh embedded target with these faults or blackouts, on a runtime of its own.
pub(super) fn trial(catalogue: &Arc<Catalogue>, switches: Vec<String>, wanted: &[String]) -> Result<Run, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("cannot start a runtime: {error}"))?;
    runtime.block_on(async {
        let setting = Setting::embedded(switches, 0).await;
        let setting = setting.map_err(|_| "the embedded target does not start".to_owned())?;
        let mut plan = Plan::new(Arc::clone(catalogue), wanted).map_err(|error| error.to_string())?;
        plan.intrusive = true;
        // Nobody reads what came: verdicts alone count.
        let target = Target { bodies: Bodies::None, ..Target::clone(&setting.target) };
        let ran = suite::run(plan, Arc::new(target), Arc::new(|_| ()), interrupt()).await;
        ran.map_err(|error| error.to_string())
    })
}

/// The first scenario that Probity broke in, and what broke.
pub(super) fn broke(run: &Run) -> Option<String> {
    run.scenarios.iter().filter(|scenario| scenario.cause == Some(Cause::ToolBroke)).find_map(|scenario| {
        let reason = scenario.reason.as_ref()?;
        Some(format!("{}: {reason}", scenario.requirement.id))
    })
}

/// What `examine` makes of each of `chosen`, in their order, `jobs` at a time. It ends early after one for which
/// `interrupted` holds, and then gives fewer.
pub(super) fn each<T: Sync, P: Send>(
    chosen: &[T],
    jobs: u8,
    examine: impl Fn(&T) -> P + Sync,
    interrupted: impl Fn(&P) -> bool + Sync,
) -> Vec<P> {
    let next = AtomicUsize::new(0);
    let proofs: Mutex<Vec<(usize, P)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(one) = chosen.get(at) else { break };
                    let proof = examine(one);
                    if interrupted(&proof) {
                        next.store(chosen.len(), Ordering::Relaxed);
                        break;
                    }
                    if let Ok(mut proofs) = proofs.lock() {
                        proofs.push((at, proof));
                    }
                }
            });
        }
    });
    let mut proofs = proofs.into_inner().unwrap_or_default();
    proofs.sort_by_key(|(at, _)| *at);
    proofs.into_iter().map(|(_, proof)| proof).collect()
}
