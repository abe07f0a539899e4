//! The world of a scenario: the bench it stands on, its page of the ledger, and what its steps leave for one another.

use super::proof::BoundSessions;
use super::scene::{Answers, Scene, SignIn, Topic as _};
use super::{Observed, Outcome, Words};
use crate::chart::{Chart, Gathering};
use crate::examine::canary::Canaries;
use crate::examine::{Basis, refusal};
use crate::http::{Answer, Call, Door, NoAnswer, Outpost, Watch};
use crate::profile::Library;
use crate::record::{Halt, Page, SetupRecord, SetupState, Strength};
use crate::search::{Group, Meaning, groups};
use crate::smart::{Given, Grant, Launch, Parking, Session, SessionKey, Sessions, Site, Trouble, give_back};
use crate::target::{ClientRole, Login, Target};
use crate::watch::{Place, Watching};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// What all scenarios of a run share.
pub struct Bench {
    /// The tenant under test.
    pub(super) site: Site,
    door: Door,
    pub(super) sessions: Sessions,
    /// What conforming data is.
    pub(super) library: &'static Library,
    /// What searches mean.
    pub(super) meaning: Arc<Meaning>,
    /// The profiles of the guide's server.
    pub(super) groups: Arc<[Group]>,
    /// Everything the patients are shown; why not, if the target did not answer.
    chart: OnceCell<Result<Arc<Chart>, String>>,
    /// Who looks at every answer.
    pub(super) watching: Arc<Watching>,
    /// What of patient b must not reach patient a.
    pub(super) canaries: OnceCell<Arc<Canaries>>,
    /// Whether every request of a way is made for every type.
    pub(super) thorough: bool,
    /// Where the target may be lured to; why not, if nothing could be listened on.
    pub(super) outpost: OnceCell<Result<Outpost, String>>,
    /// Sessions whose tokens are bound to keys.
    pub(super) bound: BoundSessions,
    /// What is kept for a later run, and what an earlier one has kept.
    pub(super) parking: Arc<Parking>,
    /// The id of the run.
    pub(super) run: String,
    /// Who notes what each step needs and leaves.
    observed: Option<Arc<Observed>>,
}

impl Bench {
    /// A bench for one run against `target`, whose data is held to `library`.
    ///
    /// A `thorough` one makes every request of a way to ask for a record, for every type.
    pub fn new(target: Arc<Target>, door: Door, library: &'static Library, thorough: bool) -> Self {
        let site = Site::main(target);
        let other = site.second().ok().map(|other| other.base().clone());
        let watching = Arc::new(Watching::new(Place { base: site.base().clone(), other }));
        door.watched_by(Arc::clone(&watching) as Arc<dyn Watch>);
        Self {
            site,
            door,
            watching,
            library,
            meaning: Arc::new(Meaning::of(library)),
            groups: groups(library).into(),
            sessions: Sessions::default(),
            chart: OnceCell::new(),
            canaries: OnceCell::new(),
            thorough,
            outpost: OnceCell::new(),
            bound: BoundSessions::default(),
            parking: Arc::default(),
            run: String::new(),
            observed: None,
        }
    }

    /// The same, with somebody who notes what each step needs and leaves.
    #[must_use]
    pub fn observed_by(self, observed: Option<Arc<Observed>>) -> Self {
        Self { observed, ..self }
    }

    /// The same for the run called `run`, which keeps what a later one goes on with, or goes on with what one has kept.
    #[must_use]
    pub fn parking(self, parking: Arc<Parking>, run: &str) -> Self {
        let runs: BTreeSet<&str> = parking.brought.values().map(|parked| parked.run.as_str()).collect();
        if !runs.is_empty() {
            let runs = runs.into_iter().collect::<Vec<_>>().join(", ");
            self.door.note(SetupRecord {
                id: "setup.resumed".to_owned(),
                what: "tokens of an earlier run are used after their end".to_owned(),
                state: SetupState::Noted,
                reason: Some(format!("that they worked while they lived was shown in the run {runs}")),
                help: None,
                exchanges: Vec::new(),
                blocks: Vec::new(),
            });
        }
        Self { parking, run: run.to_owned(), ..self }
    }

    /// The same bench for a second attempt: nobody is signed in, and no answer is shared. What the records hold is known.
    pub fn afresh(&self) -> Self {
        Self {
            site: self.site.clone(),
            door: self.door.afresh(),
            watching: Arc::clone(&self.watching),
            library: self.library,
            meaning: Arc::clone(&self.meaning),
            groups: Arc::clone(&self.groups),
            sessions: Sessions::default(),
            chart: self.chart.clone(),
            canaries: self.canaries.clone(),
            thorough: self.thorough,
            outpost: OnceCell::new(),
            bound: BoundSessions::default(),
            parking: Arc::clone(&self.parking),
            run: self.run.clone(),
            observed: self.observed.clone(),
        }
    }

    /// Why records of configured users are not in the chart.
    pub(super) fn troubles(&self) -> Vec<String> {
        self.chart.get().and_then(|chart| chart.as_ref().ok()).map(|chart| chart.troubles.clone()).unwrap_or_default()
    }

    /// Gives back what the run was granted. Tokens that the configuration supplies are their owner's.
    pub async fn give_back(&self) {
        if matches!(self.site.target().login, Login::Supplied) {
            return;
        }
        self.door.lift_budget();
        let granted = self.watching.granted().into_iter().filter(|own| !self.parking.holds(&own.token));
        let brought = self.parking.brought.values().filter_map(|parked| {
            let client = self.site.client(parked.role()).ok()?.id.clone();
            Some(Given { at: parked.at.clone(), client, token: parked.last()?.to_owned() })
        });
        give_back(&self.door.aside(), &self.site, &granted.chain(brought).collect::<Vec<_>>()).await;
    }

    /// Makes this the bench of every scenario that cucumber starts on this thread.
    pub fn set_up(self: &Arc<Self>) {
        BENCH.with(|bench| *bench.borrow_mut() = Some(Arc::clone(self)));
    }
}

thread_local! {
    /// `World::new` takes no argument, and cucumber runs a whole suite on one thread.
    static BENCH: RefCell<Option<Arc<Bench>>> = const { RefCell::new(None) };
}

/// The payload of the unwinding that ends a scenario early. Its reason is on the page.
pub struct Halted;

/// What one scenario knows.
pub struct World {
    pub(super) bench: Arc<Bench>,
    pub(super) page: Page,
    /// The id of the scenario.
    pub(super) id: String,
    pub(super) door: Door,
    /// No expectation of the scenario is stronger than its requirement.
    pub(super) strength: Strength,
    pub(super) scene: Scene,
}

impl cucumber::World for World {
    type Error = &'static str;

    async fn new() -> Result<Self, Self::Error> {
        let bench = BENCH.with(|bench| bench.borrow().clone()).ok_or("no bench is set up on this thread")?;
        Ok(Self {
            page: Page::default(),
            id: String::new(),
            door: bench.door.clone(),
            strength: Strength::Shall,
            scene: Scene::default(),
            bench,
        })
    }
}

impl World {
    /// Gives the scenario its page and the strength of its requirement.
    pub fn open_page(&mut self, id: &str, page: Page, strength: Strength) {
        self.door = self.bench.door.on_page(id, page.clone());
        self.page = page;
        self.id = id.to_owned();
        self.strength = strength;
    }

    pub(super) fn enter(&mut self, words: &'static str) {
        self.page.enter_step();
        self.scene.begin(words);
    }

    /// Ends the scenario when a step did; cucumber knows no other way than unwinding.
    pub(super) fn leave(&mut self, outcome: Outcome) {
        if outcome.is_err() {
            std::panic::resume_unwind(Box::new(Halted));
        }
        let (words, step) = self.scene.end();
        if let Some(observed) = &self.bench.observed {
            observed.note(words, &step);
        }
    }

    /// What a trouble means: a missing precondition, or an act without an answer.
    pub(super) fn halt(&self, words: &Words, trouble: Trouble) -> Halt {
        let reason = self.door.redact(&trouble.to_string());
        match trouble {
            Trouble::NotConfigured(_) => self.page.not_configured(reason),
            Trouble::NotApplicable(_) => self.page.not_applicable(reason),
            Trouble::Setup { .. } | Trouble::NoEndpoint(_) => self.page.blocked(reason),
            Trouble::Refused(_) | Trouble::Unclear(_) if words.is_given() => self.page.blocked(reason),
            Trouble::NoAnswer(_) | Trouble::Refused(_) | Trouble::Unclear(_) => self.page.inconclusive(reason),
        }
    }

    /// The end of a scenario for want of an answer: it could not be tested.
    pub(super) fn unanswered(&self, none: &NoAnswer) -> Halt {
        self.page.inconclusive(self.door.redact(&none.to_string()))
    }

    /// The answer, or the end of the scenario: it could not be tested.
    pub(super) fn answered(&mut self, answer: Result<Answer, NoAnswer>) -> Result<Answer, Halt> {
        match answer {
            Ok(answer) => {
                if let Some(why) = refusal::unserved(&answer) {
                    self.page.cite(&[answer.number()]);
                    return Err(self.page.inconclusive(why));
                }
                self.forget::<Answers>();
                self.put(answer.clone());
                Ok(answer)
            }
            Err(none) => Err(self.unanswered(&none)),
        }
    }

    /// The answer, where it says something: a breakdown refuses nobody.
    pub(super) fn said(&mut self, answer: Result<Answer, NoAnswer>) -> Result<Answer, Halt> {
        let answer = self.answered(answer)?;
        match refusal::no_answer(&answer) {
            Some(why) => {
                self.page.cite(&[answer.number()]);
                Err(self.page.inconclusive(why))
            }
            None => Ok(answer),
        }
    }

    /// The chart, or why there is none: for whoever does not depend on it.
    pub(super) async fn gathered(&self) -> Result<Arc<Chart>, String> {
        let bench = Arc::clone(&self.bench);
        let gather = || async {
            let gathering = Gathering {
                door: &bench.door,
                site: &bench.site,
                sessions: &bench.sessions,
                library: bench.library,
                meaning: &bench.meaning,
                groups: &bench.groups,
            };
            gathering.chart().await.map(Arc::new).map_err(|none| bench.door.redact(&none.to_string()))
        };
        bench.chart.get_or_init(gather).await.clone()
    }

    /// The chart, gathered by whoever asks first.
    pub(super) async fn chart(&self) -> Result<Arc<Chart>, Halt> {
        let chart = self.gathered().await.map_err(|why| self.page.inconclusive(why))?;
        for setup in &chart.missing {
            self.page.depend_on(setup);
        }
        Ok(chart)
    }

    /// The guide and the chart, for plans and judgements.
    pub(super) fn basis<'b>(&'b self, chart: &'b Chart) -> Basis<'b> {
        Basis { library: self.bench.library, meaning: &self.bench.meaning, chart }
    }

    /// The last answer.
    pub(super) fn answer(&self) -> Result<&Answer, Halt> {
        self.need()
    }

    /// The answers to the last request: to each form of it, where an attack has several.
    pub(super) fn answers(&self) -> Result<Vec<&Answer>, Halt> {
        self.scene.needs(&[Answers::NAME, Answer::NAME]);
        match self.found::<Answers>() {
            Some(Answers(all)) => Ok(all.iter().collect()),
            None => self.found().map(|answer| vec![answer]).ok_or_else(|| self.misplaced(Answer::NAME)),
        }
    }

    /// The session that the app acts with.
    pub(super) fn session(&self) -> Result<Arc<Session>, Halt> {
        self.scene.needs(&[<Arc<Session>>::NAME, SignIn::NAME]);
        self.session_there()
    }

    fn session_there(&self) -> Result<Arc<Session>, Halt> {
        match (self.found::<Arc<Session>>(), self.found::<SignIn>()) {
            (Some(session), _) => Ok(Arc::clone(session)),
            // What a step before has found wrong keeps this one from being tested.
            (None, Some(_)) => Err(self.page.blocked("the sign-in has given no token")),
            (None, None) => Err(self.misplaced(<Arc<Session>>::NAME)),
        }
    }

    /// The tokens of the session, or a skip at a target without authorization.
    pub(super) fn grant(&self) -> Result<Grant, Halt> {
        self.scene.needs(&[Grant::NAME, <Arc<Session>>::NAME, SignIn::NAME]);
        if let Some(grant) = self.found::<Grant>() {
            return Ok(grant.clone());
        }
        let session = self.session_there()?;
        session.grant().ok_or_else(|| self.page.not_applicable("the target asks for no authorization (login `none`)"))
    }

    /// A feature put its steps in an order that makes no sense: our bug, never the target's.
    pub(super) fn misplaced(&self, what: &str) -> Halt {
        self.page.broke(format!("this step needs {what}, and no earlier step of the scenario provides it"));
        self.page.stop()
    }

    /// The key of a session.
    pub(super) fn key(&self, user: &str, client: ClientRole, scopes: &str, launch: Launch) -> SessionKey {
        SessionKey {
            second_tenant: false,
            client,
            user: user.to_owned(),
            scopes: Some(scopes.to_owned()).filter(|scopes| !scopes.is_empty()),
            launch,
            kept: None,
        }
    }

    /// Makes these calls one after another, and leaves their answers.
    pub(super) async fn ask_each(&mut self, calls: impl IntoIterator<Item = Call>) -> Outcome {
        let mut all = Vec::new();
        for call in calls {
            let answer = self.door.send(call).await;
            all.push(self.answered(answer)?);
        }
        self.put(Answers(all));
        Ok(())
    }

    /// The shared session for `key`.
    pub(super) async fn shared_session(&mut self, words: &Words, key: SessionKey) -> Result<Arc<Session>, Halt> {
        let bench = Arc::clone(&self.bench);
        let site = match key.second_tenant {
            true => bench.site.second().map_err(|trouble| self.halt(words, trouble))?,
            false => bench.site.clone(),
        };
        bench.sessions.get(&self.door, &self.page, &site, key).await.map_err(|trouble| self.halt(words, trouble))
    }
}
