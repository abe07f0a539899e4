//! Phrases about searches: values from everything known of a patient, the search made, and what it must and must not
//! bring.

use super::world::Asked;
use super::{Outcome, Words, World};
use crate::chart::{Chart, Held};
use crate::fhir::{self, End, Pages, Pairs, reference_to};
use crate::record::Halt;
use crate::search::{Fit, Group, Kind, anchors_of, another, best, fits_all};
use crate::smart::Session;
use std::collections::BTreeSet;
use std::sync::Arc;

topic! {
    Given r#"a "([^"]+)" with values for "([^"]+)""# "of all patients' resources of that profile the one that tells most; parameters joined by +" have_values;
    When r"the app searches with these values, once more with every status if it is refused without one" "the search and all its pages; with the status named where the server insists on it" make;
    Check r"the search succeeds" "200 and a searchset on every page" succeeds;
    Check r"every match satisfies every parameter" "by the resource's own values; undecided where the standard leaves it to the server" correct;
    Check r"every match that is known comes back" "each resource any answer of this session showed and that satisfies the search" complete;
}

/// Codes that a server may leave out of searches, or show whatever is asked.
const NEVER: [&str; 2] = ["entered-in-error", "unknown"];
/// Candidates that are weighed against each other.
const WEIGHED: usize = 60;

impl World {
    /// The session of a person of the chart.
    pub(super) fn session_of(&self, chart: &Chart, person: usize) -> Result<Arc<Session>, Halt> {
        chart.people.get(person).map(|p| Arc::clone(&p.session)).ok_or_else(|| self.misplaced("a person of the chart"))
    }

    /// Ends the scenario: nothing known serves it. Says what would.
    pub(super) fn not_shown(&self, chart: &Chart, of: &str, what: &str) -> Halt {
        if chart.people.is_empty() {
            let why = if chart.troubles.is_empty() {
                "no user with a patient is configured".to_owned()
            } else {
                chart.troubles.join("; ")
            };
            return self.page.skip(format!("no patient's record can be seen: {why}"));
        }
        if !chart.claims(of) {
            return self.page.skip(format!("not applicable: the CapabilityStatement does not claim {of}"));
        }
        self.page.skip(format!("not shown by the records of the configured users: {what}"))
    }

    /// Whether all parameters of a search hold of a resource.
    pub(super) fn fits(&self, asked: &Asked, held: &Held) -> Fit {
        let pairs = asked.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        fits_all(&self.bench.meaning, &asked.of, &held.values, pairs.filter(|(name, _)| !is_control(name)))
    }

    /// The values of one resource for these parameters, as a search of one who saw it; with how much they are worth.
    pub(super) fn ask_for(&self, chart: &Chart, held: &Held, parameters: &[&str]) -> Option<(u8, Asked)> {
        let person = *held.people.first()?;
        let mut least = u8::MAX;
        let mut pairs = Pairs::new();
        for code in parameters {
            if *code == "patient" {
                pairs.push(((*code).to_owned(), chart.people.get(person)?.patient.clone()));
                continue;
            }
            let parameter = self.bench.meaning.parameter(&held.of, code)?;
            let wanted = best(parameter.kind, held.values.get(*code)?)?;
            least = least.min(wanted.worth);
            pairs.push(((*code).to_owned(), wanted.text));
        }
        let asked = Asked::new(&held.of, person, pairs);
        (self.fits(&asked, held) == Fit::Yes).then_some((least, asked))
    }

    /// The parameters that could be overlooked without anybody noticing: none of the person's resources of the type
    /// satisfies the others but not this one.
    fn untold(&self, chart: &Chart, asked: &Asked) -> Vec<String> {
        let told = |left: usize| {
            let (name, value) = &asked.pairs[left];
            chart.of_type(asked.person, &asked.of).any(|held| {
                let fit = |pair: &(String, String)| {
                    let pair = std::iter::once((pair.0.as_str(), pair.1.as_str()));
                    fits_all(&self.bench.meaning, &asked.of, &held.values, pair)
                };
                let others = asked.pairs.iter().enumerate().filter(|(n, _)| *n != left);
                fit(&(name.clone(), value.clone())) == Fit::No
                    && others.map(|(_, pair)| fit(pair)).all(|fit| fit == Fit::Yes)
            })
        };
        let untold = (0..asked.pairs.len()).filter(|n| asked.pairs[*n].0 != "patient" && !told(*n));
        untold.map(|n| asked.pairs[n].0.clone()).collect()
    }

    /// A search, and for each parameter that nothing known would show to be overlooked one that asks for what nothing has.
    pub(super) fn with_counters(&self, chart: &Chart, mut asked: Asked) -> Result<Vec<Asked>, Halt> {
        let mut all = Vec::new();
        for name in std::mem::take(&mut asked.untold) {
            let kind = kind(self, &asked.of, &name)?;
            let mut counter = asked.clone();
            counter.label = format!("another {name}");
            counter.counter = true;
            // Not every server lets a code be asked for that there is not.
            let codes = crate::search::status(self.bench.library, &asked.of).filter(|(own, _)| *own == name);
            let unused = codes.and_then(|(_, codes)| {
                let fit = |held: &Held, code: &str| {
                    fits_all(&self.bench.meaning, &asked.of, &held.values, [(name.as_str(), code)])
                };
                let used = |code: &str| chart.of_type(asked.person, &asked.of).any(|held| fit(held, code) != Fit::No);
                codes.split(',').find(|code| !NEVER.contains(code) && !used(code)).map(str::to_owned)
            });
            for (own, value) in &mut counter.pairs {
                if *own == name {
                    *value = unused.clone().unwrap_or_else(|| another(kind, value));
                }
            }
            all.push(counter);
        }
        all.insert(0, asked);
        Ok(all)
    }

    /// The gathering search for a profile with these parameters that did not succeed, or brought what it did not ask for.
    fn broken_search(&self, chart: &Chart, group: &Group, parameters: &[&str]) -> Option<Asked> {
        let own = anchors_of(self.bench.library, group);
        let of_group = chart.made.iter().filter(|made| {
            let names = made.anchor.pairs("").into_iter().map(|(name, _)| name);
            names.eq(parameters.iter().copied())
                && own.iter().any(|own| *own == made.anchor || own.bare().as_ref() == Some(&made.anchor))
        });
        let mut asked = of_group.filter_map(|made| {
            let patient = &chart.people.get(made.person)?.patient;
            let mut asked = Asked::new(&group.of, made.person, made.anchor.pairs(patient));
            asked.pages = Some(made.pages.clone());
            let stray = |body| chart.find(&reference_to(body)).is_some_and(|held| self.fits(&asked, held) == Fit::No);
            (made.pages.end != End::Whole || made.pages.matches().any(stray)).then_some(asked)
        });
        asked.next()
    }

    /// The best search for `parameters` that any of `candidates` gives.
    pub(super) fn best_search<'c>(
        &self,
        chart: &'c Chart,
        candidates: impl Iterator<Item = &'c Held>,
        parameters: &[&str],
    ) -> Option<(&'c Held, Asked)> {
        let sound = candidates.filter(|held| !held.is_in_error());
        let found =
            sound.filter_map(|held| self.ask_for(chart, held, parameters).map(|(worth, asked)| (worth, held, asked)));
        let weighed = found.take(WEIGHED).map(|(worth, held, mut asked)| {
            asked.untold = self.untold(chart, &asked);
            ((worth > 0, usize::MAX - asked.untold.len(), worth), held, asked)
        });
        // The first of the best: a run is to ask the same again.
        let best = weighed.fold(None, |best: Option<((bool, usize, u8), &Held, Asked)>, next| match best {
            Some(best) if best.0 >= next.0 => Some(best),
            _ => Some(next),
        });
        best.map(|(_, held, asked)| (held, asked))
    }

    /// Makes every search of the scene that was not made yet.
    pub(super) async fn make_searches(&mut self) -> Outcome {
        let chart = self.chart().await?;
        let mut asked = std::mem::take(&mut self.scene.asked);
        let mut made = Vec::new();
        for one in &asked {
            let session = self.session_of(&chart, one.person)?;
            made.push((one.of.clone(), one.pairs.clone(), one.pages.is_some(), session));
        }
        let answers = futures::future::join_all(made.iter().map(|(of, pairs, done, session)| async {
            if *done { Ok(None) } else { self.one_search(session, of, pairs).await.map(Some) }
        }))
        .await;
        for (one, answer) in asked.iter_mut().zip(answers) {
            match answer {
                Ok(Some((pairs, pages))) => {
                    one.pairs = pairs;
                    one.pages = Some(pages);
                }
                Ok(None) => {}
                Err(none) => return Err(self.page.inconclusive(self.door.redact(&none.to_string()))),
            }
        }
        self.scene.asked = asked;
        Ok(())
    }

    /// A search, once more with every status where the server insists on one (US Core: searching with a status).
    async fn one_search(
        &self,
        session: &Session,
        of: &str,
        pairs: &Pairs,
    ) -> Result<(Pairs, Pages), crate::http::NoAnswer> {
        let site = &self.bench.site;
        let purpose = format!("search of {of}");
        let pages = fhir::search(&self.door, site, session, &fhir::path(of, pairs), &purpose).await?;
        let status = crate::search::status(self.bench.library, of);
        match status {
            Some((name, codes)) if explains_refusal(&pages) && pairs.iter().all(|(own, _)| *own != name) => {
                let mut pairs = pairs.clone();
                pairs.push((name, codes));
                let pages = fhir::search(&self.door, site, session, &fhir::path(of, &pairs), &purpose).await?;
                Ok((pairs, pages))
            }
            _ => Ok((pairs.clone(), pages)),
        }
    }

    /// Writes a finding about one search of the scene: strongest as its form is demanded.
    pub(super) fn find_of(&self, words: &Words, asked: &Asked, held: bool, expected: &str, observed: &str) -> Outcome {
        let cites = asked.pages.as_ref().map(Pages::numbers).unwrap_or_default();
        let label =
            |text: &str| if asked.label.is_empty() { text.to_owned() } else { format!("{}: {text}", asked.label) };
        if words.is_given() {
            return self.check(words, held, label(expected), label(observed), cites);
        }
        self.find(asked.strength, held, &label(expected), &label(observed), cites);
        Ok(())
    }

    /// Every search of the scene with its pages.
    pub(super) fn made(&self) -> Result<Vec<(&Asked, &Pages)>, Halt> {
        let made: Vec<_> = self.scene.asked.iter().filter_map(|one| Some((one, one.pages.as_ref()?))).collect();
        if made.is_empty() { Err(self.misplaced("a search that was made")) } else { Ok(made) }
    }
}

/// Parameters about the answer, not about what matches.
fn is_control(name: &str) -> bool {
    matches!(name, "_count" | "_include" | "_revinclude" | "_sort" | "_total" | "_summary" | "_elements" | "_format")
}

/// A refusal for want of a status must say so in an OperationOutcome.
fn explains_refusal(pages: &Pages) -> bool {
    let outcome =
        |answer: &crate::http::Answer| answer.json().is_ok_and(|body| body["resourceType"] == "OperationOutcome");
    pages.end == End::Refused(400) && pages.answers.last().is_some_and(outcome)
}

async fn have_values(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let group = world.group(words.get(0))?;
    let parameters: Vec<&str> = words.get(1).split('+').collect();
    if let Some(code) = parameters.iter().find(|code| world.bench.meaning.parameter(&group.of, code).is_none()) {
        return Err(world.misplaced(&format!("a search parameter {code} of {}", group.of)));
    }
    let found = world.best_search(&chart, chart.of_group(&group), &parameters);
    let Some((held, asked)) = found else {
        // Where nothing is known because the gathering search itself went wrong, that is what there is to see.
        if let Some(broken) = world.broken_search(&chart, &group, &parameters) {
            world.scene.asked = vec![broken];
            world.scene.group = Some(group);
            return Ok(());
        }
        let any = chart.of_group(&group).next().is_some();
        let what = match any {
            false => format!("a {} of the profile {}", group.of, group.name),
            true => format!("a {} of the profile {} with values for {}", group.of, group.name, words.get(1)),
        };
        return Err(world.not_shown(&chart, &group.of, &what));
    };
    world.page.cite(&[held.number]);
    world.scene.cites = vec![held.number];
    world.scene.asked = world.with_counters(&chart, asked)?;
    world.scene.group = Some(group);
    Ok(())
}

async fn make(world: &mut World, _: Words) -> Outcome {
    world.make_searches().await
}

async fn succeeds(world: &mut World, words: Words) -> Outcome {
    for (asked, pages) in world.made()? {
        let kinds: BTreeSet<&str> =
            pages.bundles.iter().map(fhir::Bundle::kind).filter(|k| *k != "searchset").collect();
        let observed = match kinds.is_empty() {
            true => pages.end.words(),
            false => format!("a Bundle that is no searchset, {}", pages.end.words()),
        };
        let refused = asked.counter && matches!(pages.end, End::Refused(400..=499));
        let held = kinds.is_empty() && (pages.end == End::Whole || refused);
        world.find_of(&words, asked, held, "searchsets, to the last page", &observed)?;
    }
    Ok(())
}

async fn correct(world: &mut World, words: Words) -> Outcome {
    for (asked, pages) in world.made()? {
        let mut wrong: Vec<(String, usize)> = Vec::new();
        let mut note = |what: String| match wrong.iter_mut().find(|(own, _)| *own == what) {
            Some((_, count)) => *count += 1,
            None => wrong.push((what, 1)),
        };
        let mut count = 0;
        for body in pages.matches().filter(|body| body["resourceType"] != "OperationOutcome") {
            count += 1;
            if body["resourceType"] != asked.of.as_str() {
                note("type".to_owned());
                continue;
            }
            let values = world.bench.meaning.values(&asked.of, &body.to_string());
            for (name, value) in asked.pairs.iter().filter(|(name, _)| !is_control(name)) {
                if fits_all(&world.bench.meaning, &asked.of, &values, [(name.as_str(), value.as_str())]) == Fit::No {
                    note(name.clone());
                }
            }
        }
        let untold = match asked.untold.is_empty() {
            true => String::new(),
            false => format!("; no known resource would show that {} was overlooked", asked.untold.join(", ")),
        };
        let observed = match wrong.is_empty() {
            true => format!("matches: {count}, none contradicts{untold}"),
            false => {
                let list: Vec<String> = wrong.iter().map(|(what, n)| format!("{n} by their {what}")).collect();
                format!("matches: {count}; wrong: {}", list.join(", "))
            }
        };
        world.find_of(&words, asked, wrong.is_empty(), "only matches that satisfy the search", &observed)?;
    }
    Ok(())
}

async fn complete(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    for (asked, pages) in world.made()? {
        let ids: BTreeSet<String> = pages.matches().map(reference_to).collect();
        let known: Vec<&Held> = chart
            .of_type(asked.person, &asked.of)
            .filter(|held| !held.is_in_error() && world.fits(asked, held) == Fit::Yes)
            .collect();
        let missing: Vec<&&Held> = known.iter().filter(|held| !ids.contains(&held.reference())).collect();
        let seen: BTreeSet<u32> = missing.iter().map(|held| held.number).take(3).collect();
        world.page.cite(&seen.iter().copied().collect::<Vec<_>>());
        let observed = match missing.is_empty() {
            true => format!("{} known, all there", known.len()),
            false => {
                let seen: Vec<String> = seen.iter().map(|n| format!("#{n}")).collect();
                format!("{} known, {} missing; they came in {}", known.len(), missing.len(), seen.join(", "))
            }
        };
        world.find_of(&words, asked, missing.is_empty(), "every match that is known", &observed)?;
    }
    Ok(())
}

/// The type of a parameter, for phrases that are about one type.
pub(super) fn kind(world: &World, of: &str, code: &str) -> Result<Kind, Halt> {
    let parameter = world.bench.meaning.parameter(of, code);
    parameter.map(|p| p.kind).ok_or_else(|| world.misplaced(&format!("a search parameter {code} of {of}")))
}
