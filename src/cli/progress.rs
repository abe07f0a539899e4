//! How a run goes: a live line on a terminal, plain lines elsewhere, nothing when quiet.

use crate::record::{Entry, Id, Verdict};
use crate::suite::Event;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Plain lines come this often at most.
const EVERY: Duration = Duration::from_secs(5);

/// Shows the progress of a run on standard error.
pub(super) struct Display {
    bar: Option<ProgressBar>,
    plain: bool,
    total: usize,
    state: Mutex<State>,
}

struct State {
    done: usize,
    failed: usize,
    inconclusive: usize,
    skipped: usize,
    began: Instant,
    spoke: Instant,
}

impl Display {
    /// A display for `total` scenarios.
    pub(super) fn new(total: usize, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = (terminal && !quiet).then(|| {
            let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
            let template = "{bar:24} {pos}/{len}  {msg}  {elapsed} elapsed, {eta} to go";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("━━ "));
            }
            bar
        });
        let now = Instant::now();
        let state = State { done: 0, failed: 0, inconclusive: 0, skipped: 0, began: now, spoke: now };
        Self { bar, plain: !terminal && !quiet, total, state: Mutex::new(state) }
    }

    /// Takes note of what happened.
    pub(super) fn show(&self, event: Event<'_>) {
        match event {
            Event::Started(id) => self.say(id),
            Event::Written(Entry::Scenario(scenario)) => {
                {
                    let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                    state.done += 1;
                    match scenario.verdict {
                        Verdict::Fail => state.failed += 1,
                        Verdict::Error => state.inconclusive += 1,
                        Verdict::Skip => state.skipped += 1,
                        Verdict::Pass | Verdict::Warn | Verdict::Attested | Verdict::Outstanding => {}
                    }
                }
                if let Some(bar) = &self.bar {
                    bar.inc(1);
                }
                self.say(&scenario.requirement.id);
            }
            Event::Written(_) | Event::Settled(_) => {}
        }
    }

    fn say(&self, id: &Id) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = format!("{} failed, {} inconclusive, {} skipped", state.failed, state.inconclusive, state.skipped);
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{}  {counts}", id.area()));
        } else if self.plain && (state.spoke.elapsed() >= EVERY || state.done == self.total) && state.done > 0 {
            state.spoke = Instant::now();
            let seconds = state.began.elapsed().as_secs();
            super::output::note(&format!("{}/{} scenarios, {counts}, {seconds} s", state.done, self.total));
        }
    }
}

impl Display {
    /// Clears the live line.
    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Requests that a scenario takes: few are signed in for alone, and many share their answers.
const REQUESTS: std::ops::RangeInclusive<usize> = 2..=5;

/// How long so many scenarios take where the pace of requests bounds it, if that is long.
pub(super) fn lasts(scenarios: usize, pace: u32) -> String {
    let minutes = |requests: usize| (scenarios * requests).div_ceil(60 * (pace as usize).max(1));
    match (minutes(*REQUESTS.start()), minutes(*REQUESTS.end())) {
        (_, 0..=2) => String::new(),
        (least, most) => format!(": {least} to {most} minutes (limits.requests_per_second sets the pace)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_pace_is_told_in_minutes() {
        assert_eq!(lasts(1311, 4), ": 11 to 28 minutes (limits.requests_per_second sets the pace)");
        assert_eq!(lasts(30, 4), "");
        assert_eq!(lasts(1311, 200), "");
    }
}
