//! The wiring of cucumber: scenarios that are selected, the hook before each, and the recorder of their events.

use super::error::EngineError;
use super::recorder::{Attempt, Recorder};
use super::{Catalogue, Scenario, catalogue};
use crate::record::{Id, Ledger, Page, Verdict};
use crate::steps::{Bench, Halted, World};
use crate::target::Target;
use cucumber::{Cucumber, cli, parser};
use futures::FutureExt as _;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// What a run needs besides its scenarios.
pub(super) struct Stage {
    /// Who is examined.
    pub target: Arc<Target>,
    /// Where entries go.
    pub ledger: Ledger,
    /// What scenarios have in common.
    pub bench: Arc<Bench>,
    /// Whether intrusive scenarios were asked for on the command line.
    pub intrusive: bool,
    /// Scenarios under way at the same time.
    pub concurrency: usize,
    /// Told of every scenario that starts.
    pub started: Box<dyn Fn(&Id)>,
}

/// Runs the `selected` scenarios (positions in the catalogue) and writes each into the ledger when it ends.
///
/// Must be polled on one thread: cucumber's futures stay where they are.
///
/// # Errors
/// When the vocabulary itself is broken.
pub(super) async fn play(catalogue: &Catalogue, selected: &[usize], plan: Stage) -> Result<(), EngineError> {
    let plan = Rc::new(plan);
    let bench = Arc::clone(&plan.bench);
    bench.set_up();
    // Who looks at every answer of the run comes when there are no more of them.
    let last = |at: &usize| catalogue.scenarios()[*at].is_about_every_answer();
    let (last, first): (Vec<usize>, Vec<usize>) = selected.iter().partition(|at| last(at));
    let pages = act(catalogue, &first, Attempt::First, &plan).await?;
    let again: Vec<usize> = first.into_iter().filter(|at| to_repeat(&catalogue.scenarios()[*at], &pages)).collect();
    Arc::new(bench.afresh()).set_up();
    act(catalogue, &again, Attempt::Second, &plan).await?;
    bench.set_up();
    act(catalogue, &last, Attempt::First, &plan).await?;
    Ok(())
}

type Pages = Arc<HashMap<String, (Scenario, Page)>>;

/// Whether a second attempt follows: one observation of a hole may be an accident of the network or of the server.
fn to_repeat(scenario: &Scenario, pages: &Pages) -> bool {
    let page = pages.get(scenario.requirement.id.as_str()).map(|(_, page)| page);
    scenario.is_tried_again() && page.is_some_and(|page| page.close().verdict == Verdict::Fail)
}

/// Plays one part of the scenarios to its end.
async fn act(
    catalogue: &Catalogue,
    selected: &[usize],
    attempt: Attempt,
    plan: &Rc<Stage>,
) -> Result<Pages, EngineError> {
    let blank = |at: &usize| {
        let scenario = &catalogue.scenarios()[*at];
        (scenario.requirement.id.to_string(), (scenario.clone(), Page::new(scenario.steps.iter().cloned())))
    };
    let written: Pages = Arc::new(selected.iter().map(blank).collect());
    if selected.is_empty() {
        return Ok(written);
    }
    let (stage, pages) = (Rc::clone(plan), Arc::clone(&written));
    let started = Box::new(move |id: &Id| (stage.started)(id));
    let recorder = Recorder::new(Arc::clone(&pages), attempt, plan.ledger.clone(), started);
    let (target, intrusive) = (Arc::clone(&plan.target), plan.intrusive);
    let before =
        move |_: &gherkin::Feature, _: Option<&gherkin::Rule>, scenario: &gherkin::Scenario, world: &mut World| {
            let Some((own, page)) = catalogue::id_of(&scenario.tags).and_then(|id| pages.get(id)) else { return };
            world.open_page(own.requirement.id.as_str(), page.clone(), own.requirement.strength);
            if let Err(reason) = target.allows(&own.tags, intrusive) {
                drop(page.not_configured(reason.to_string()));
                std::panic::resume_unwind(Box::new(Halted));
            }
        };
    let before = Arc::new(before);
    let options: cli::Opts<cli::Empty, cucumber::runner::basic::Cli, cli::Empty, cli::Empty> = cli::Opts {
        re_filter: None,
        tags_filter: None,
        parser: cli::Empty,
        runner: cucumber::runner::basic::Cli::default(),
        writer: cli::Empty,
        custom: cli::Empty,
    };
    let features = Embedded(catalogue.features(selected));
    Cucumber::<World, _, (), _, _, cli::Empty>::custom(features, cucumber::runner::Basic::default(), recorder)
        .max_concurrent_scenarios(plan.concurrency.max(1))
        .steps(crate::steps::collection()?)
        .before(move |feature, rule, scenario, world| {
            let before = Arc::clone(&before);
            async move { before(feature, rule, scenario, world) }.boxed_local()
        })
        .with_cli(options)
        .run(())
        .await;
    Ok(written)
}

/// Features that are parsed already, as a parser.
struct Embedded(Vec<gherkin::Feature>);

impl cucumber::Parser<()> for Embedded {
    type Cli = cli::Empty;
    type Output = futures::stream::Iter<std::vec::IntoIter<parser::Result<gherkin::Feature>>>;

    fn parse(self, (): (), _: cli::Empty) -> Self::Output {
        futures::stream::iter(self.0.into_iter().map(Ok).collect::<Vec<_>>())
    }
}

use cucumber::gherkin;
