//! The engine: a plan, a target and a listener become a run. Any program can await it.

use super::error::EngineError;
use super::wiring::{Stage, play};
use super::{Catalogue, SelectionError};
use crate::http::{Door, Redactor};
use crate::profile::Library;
use crate::record::{Entry, Gate, Id, Ledger, Provenance, Run, RunStart, SCHEMA_VERSION, Shard, TargetRecord};
use crate::smart::Parking;
use crate::steps::{Bench, Observed};
use crate::target::Target;
use chrono::{DateTime, Utc};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// So long a run that is stopped may take to give back what it was granted.
const FAREWELL: Duration = Duration::from_secs(10);

/// What is to be run, and how.
#[derive(Clone)]
pub struct Plan {
    catalogue: Arc<Catalogue>,
    wanted: Vec<String>,
    selected: Vec<usize>,
    started: DateTime<Utc>,
    /// What conforming data is; the embedded US Core by default.
    pub library: &'static Library,
    /// Scenarios under way at the same time; by default four times the requests that the target permits.
    pub concurrency: Option<usize>,
    /// The configuration file that the command line named.
    pub config: Option<String>,
    /// The digests of the program and of the configuration, as far as they are known.
    pub provenance: Provenance,
    /// Which part of the selected scenarios is run.
    shard: Option<Shard>,
    /// What the command line says that changes what is examined.
    pub options: Vec<String>,
    /// Whether intrusive scenarios are asked for. A production target needs its own consent too.
    pub intrusive: bool,
    /// Whether every way to ask for a record is tried in every form for every type.
    pub thorough: bool,
    /// What is kept for a later run, and what an earlier one has kept.
    pub parking: Arc<Parking>,
    /// Who notes what each step needs and leaves.
    pub observed: Option<Arc<Observed>>,
}

impl Plan {
    /// A plan for what `wanted` selects: ids, dotted prefixes of ids or @tags; everything when it is empty.
    ///
    /// # Errors
    /// What selects nothing.
    pub fn new(catalogue: impl Into<Arc<Catalogue>>, wanted: &[String]) -> Result<Self, SelectionError> {
        let catalogue = catalogue.into();
        let selected = catalogue.select(wanted)?;
        Ok(Self {
            catalogue,
            wanted: wanted.to_vec(),
            selected,
            started: Utc::now(),
            library: Library::embedded(),
            concurrency: None,
            config: None,
            provenance: Provenance::default(),
            options: Vec::new(),
            shard: None,
            intrusive: false,
            thorough: false,
            parking: Arc::default(),
            observed: None,
        })
    }

    /// Leaves what is in other parts to other runs. `unit` says which scenarios stay together: those of the same text.
    pub fn keep_part(&mut self, shard: Shard, unit: impl Fn(&Id) -> String) {
        self.shard = Some(Shard { whole: self.len(), ..shard });
        let ids = self.catalogue.scenarios();
        self.selected.retain(|at| shard.holds(&unit(&ids[*at].requirement.id)));
    }

    /// Whether a scenario is selected.
    pub fn holds(&self, id: &Id) -> bool {
        self.selected.iter().any(|at| self.catalogue.scenarios()[*at].requirement.id == *id)
    }

    /// The features.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// How many scenarios are selected.
    pub fn len(&self) -> usize {
        self.selected.len()
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.selected.is_empty()
    }

    /// What is known of the run before its first request; its id names the folder of the reports.
    pub fn start(&self, target: &Target) -> RunStart {
        RunStart {
            schema_version: SCHEMA_VERSION,
            id: format!("{}-{}", self.started.format("%Y%m%dT%H%M%S%3fZ"), target.name),
            probity: env!("CARGO_PKG_VERSION").to_owned(),
            started: self.started,
            target: TargetRecord {
                name: target.name.clone(),
                preset: target.preset.clone(),
                fhir_base: target.fhir_base.to_string(),
                environment: target.environment.word().to_owned(),
                bodies: target.bodies.word().to_owned(),
                config: self.config.clone(),
            },
            selection: self.wanted.clone(),
            options: self.options.clone(),
            shard: self.shard,
            features_sha256: self.catalogue.digest().to_owned(),
            planned: self.len(),
            provenance: Provenance { profiles: Some(self.library.digest()), ..self.provenance.clone() },
        }
    }
}

/// What a listener is told, as it happens.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A scenario began.
    Started(&'a Id),
    /// An entry was written: the start, an exchange, a scenario that ended, the end.
    Written(&'a Entry),
    /// Every entry of the run once more, at its end: what was learned to be secret after an entry was written is hidden in
    /// it now. These take the place of the entries told before.
    Settled(&'a [Entry]),
}

/// Is told of everything that happens, on the thread of the run.
pub type Listener = Arc<dyn Fn(Event<'_>) + Send + Sync>;

/// Runs `plan` against `target` and tells `events` of it, until all is done or `stop` is ready.
///
/// The run is judged by the default rule without waivers; [`Run::judge`] judges it by others. It has a thread of its
/// own, so this future may be awaited on any runtime; dropping it stops the run.
///
/// # Errors
/// Why there is no run.
pub async fn run(
    plan: Plan,
    target: Arc<Target>,
    events: Listener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<Run, EngineError> {
    let (give, take) = oneshot::channel();
    // One type for all, or every crate that runs something would compile the engine anew.
    let stop: Stop = Box::pin(stop);
    std::thread::Builder::new()
        .name("probity-run".to_owned())
        .spawn(move || on_this_thread(plan, target, events, stop, give))
        .map_err(EngineError::Thread)?;
    take.await.unwrap_or(Err(EngineError::Panicked))
}

type Answer = oneshot::Sender<Result<Run, EngineError>>;
type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

fn on_this_thread(plan: Plan, target: Arc<Target>, events: Listener, stop: Stop, mut give: Answer) {
    let ran = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Err(error) => Err(EngineError::Thread(error)),
        Ok(runtime) => {
            let ran = runtime.block_on(async {
                let stop = async {
                    tokio::select! {
                        () = stop => {}
                        () = give.closed() => {}
                    }
                };
                perform(plan, target, events, stop).await
            });
            runtime.shutdown_background();
            ran
        }
    };
    // Nobody waits for it any more when the future was dropped.
    let _ = give.send(ran);
}

async fn perform(
    plan: Plan,
    target: Arc<Target>,
    events: Listener,
    stop: impl Future<Output = ()>,
) -> Result<Run, EngineError> {
    let entries = Arc::new(Mutex::new(Vec::new()));
    let (kept, notify) = (Arc::clone(&entries), Arc::clone(&events));
    let ledger = Ledger::new(Box::new(move |entry| {
        notify(Event::Written(entry));
        kept.lock().unwrap_or_else(PoisonError::into_inner).push(entry.clone());
    }));
    let start = plan.start(&target);
    let id = start.id.clone();
    ledger.write(&Entry::Start(Box::new(start)));
    let door = Door::open(&target, ledger.clone(), Some(&id))?;
    let (redactor, notify) = (door.redactor().clone(), Arc::clone(&events));
    let bench = Bench::new(Arc::clone(&target), door, plan.library, plan.thorough);
    let bench = Arc::new(bench.parking(Arc::clone(&plan.parking), &id).observed_by(plan.observed.clone()));
    // Scenarios wait for one answer after another: so many of them keep as many requests under way as are permitted.
    let concurrency = plan.concurrency.unwrap_or(4 * target.limits.concurrency as usize).max(1);
    let stage = Stage {
        target: Arc::clone(&target),
        ledger: ledger.clone(),
        bench: Arc::clone(&bench),
        intrusive: plan.intrusive,
        concurrency,
        started: Box::new(move |id| events(Event::Started(id))),
    };
    let interrupted = tokio::select! {
        ended = play(&plan.catalogue, &plan.selected, stage) => { ended?; false }
        () = stop => true,
    };
    // Nobody waits long for a run that was told to stop.
    let longest = if interrupted { FAREWELL } else { target.waits.longest.max(FAREWELL) };
    drop(tokio::time::timeout(longest, bench.give_back()).await);
    ledger.write(&Entry::End { finished: Utc::now(), interrupted, saved: ledger.saved() });
    let entries = std::mem::take(&mut *entries.lock().unwrap_or_else(PoisonError::into_inner));
    let entries: Vec<Entry> = entries.into_iter().map(|entry| hidden(&redactor, entry)).collect();
    notify(Event::Settled(&entries));
    let mut run = Run::from_journal(entries).ok_or(EngineError::NoStart)?;
    run.gate = Gate::judge(&run, run.gate.fail_on, &[]);
    Ok(run)
}

/// The entry with everything hidden that is known to be secret by now: an answer may hold a code that only a later one names
/// as such.
fn hidden(redactor: &Redactor, entry: Entry) -> Entry {
    let Ok(mut value) = serde_json::to_value(&entry) else { return entry };
    redactor.learned_in(&mut value);
    serde_json::from_value(value).unwrap_or(entry)
}
