//! Phrases about searches: values from everything known of a patient, the search made, and what it must and must not
//! bring.

use super::world::Asked;
use super::{Outcome, Words, World};
use crate::chart::{Asking, Chart, Held};
use crate::fhir::{self, End, Pages, Pairs, reference_to};
use crate::record::{Halt, Strength};
use crate::search::{Fit, Group, Kind, anchors_of, another, best, fits_all};
use std::collections::BTreeSet;

topic! {
    Given r#"a "{Group}" with values for "([^"]+)""# "of all patients' resources of that profile the one that tells most; parameters joined by +" have_values;
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

    /// The same search with each reference but the patient's as an id alone: US Core demands both forms of a reference.
    fn by_id_alone(&self, asked: &Asked, held: &Held) -> Vec<Asked> {
        let mut all = Vec::new();
        for (name, value) in asked.pairs.iter().filter(|(name, _)| name != "patient") {
            let Some(parameter) = self.bench.meaning.parameter(&asked.of, name) else { continue };
            let literal = held.values.get(name).into_iter().flatten().any(|own| own["reference"].is_string());
            let Some((_, id)) = value.rsplit_once('/').filter(|_| parameter.kind == Kind::Reference && literal) else {
                continue;
            };
            let mut other = asked.clone();
            other.label = format!("{name} as an id alone");
            // An id alone may be that of another type, where several are permitted.
            other.strength = if parameter.targets.len() > 1 { Strength::Should } else { Strength::Shall };
            other.pairs.iter_mut().filter(|(own, _)| own == name).for_each(|(_, own)| id.clone_into(own));
            all.push(other);
        }
        all
    }

    /// The gathering searches for a profile with these parameters: those of every patient that did not succeed or brought
    /// what they did not ask for, and the exchanges of all.
    fn gathered(&self, chart: &Chart, group: &Group, parameters: &[&str]) -> Result<(Vec<Asked>, Vec<u32>), Halt> {
        let own = anchors_of(self.bench.library, group);
        let of_group = chart.made.iter().filter(|made| {
            let names = made.anchor.pairs("").into_iter().map(|(name, _)| name);
            names.eq(parameters.iter().copied())
                && own.iter().any(|own| *own == made.anchor || own.bare().as_ref() == Some(&made.anchor))
        });
        let (mut broken, mut numbers) = (Vec::new(), Vec::new());
        for made in of_group {
            if let Some(why) = made.pages.untested() {
                return Err(self.page.inconclusive(self.door.redact(&why)));
            }
            numbers.extend(made.pages.numbers());
            let mut asked = Asked::new(&group.of, made.person, made.pairs.clone());
            let stray = |body| chart.find(&reference_to(body)).is_some_and(|held| self.fits(&asked, held) == Fit::No);
            if made.pages.end != End::Whole || made.pages.matches().any(stray) {
                asked.pages = Some(made.pages.clone());
                asked.label = match chart.people.get(made.person) {
                    Some(person) if chart.people.len() > 1 => format!("patient of user {}", person.user),
                    _ => String::new(),
                };
                broken.push(asked);
            }
        }
        Ok((broken, numbers))
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
        let mut sessions = Vec::new();
        for one in &self.scene.asked {
            let session = self.session_of(&chart, one.person)?;
            self.permitted(&session, &one.of, 's')?;
            sessions.push(session);
        }
        let asking = Asking { door: &self.door, site: &self.bench.site, library: self.bench.library, strict: true };
        let answers = self.scene.asked.iter().zip(&sessions).map(|(one, session)| async move {
            match one.pages {
                Some(_) => Ok(None),
                None => asking.ask(session, &one.of, &one.pairs, &format!("search of {}", one.of)).await.map(Some),
            }
        });
        let answers = futures::future::join_all(answers).await;
        let mut made = Vec::new();
        for (one, answer) in std::mem::take(&mut self.scene.asked).into_iter().zip(answers) {
            let answer = answer.map_err(|none| self.unanswered(&none))?;
            let Some(answered) = answer else {
                made.push(one);
                continue;
            };
            let several = answered.len() > 1;
            for (pairs, pages) in answered {
                if let Some(why) = pages.untested() {
                    return Err(self.page.inconclusive(why));
                }
                let status = pairs.last().filter(|_| several).map(|(name, value)| format!("{name} {value}"));
                let label = [one.label.clone(), status.unwrap_or_default()].join(" ").trim().to_owned();
                made.push(Asked { label, pairs, pages: Some(pages), ..one.clone() });
            }
        }
        self.scene.asked = made;
        Ok(())
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

async fn have_values(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let group = world.group(words.get(0))?;
    let parameters: Vec<&str> = words.get(1).split('+').collect();
    if let Some(code) = parameters.iter().find(|code| world.bench.meaning.parameter(&group.of, code).is_none()) {
        return Err(world.misplaced(&format!("a search parameter {code} of {}", group.of)));
    }
    let (broken, numbers) = world.gathered(&chart, &group, &parameters)?;
    let Some((held, asked)) = world.best_search(&chart, chart.of_group(&group), &parameters) else {
        // Where nothing is known because the gathering search itself went wrong, that is what there is to see.
        if !broken.is_empty() {
            world.scene.asked = broken;
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
    world.page.cite(&numbers);
    world.scene.cites = vec![held.number];
    let bare = world.by_id_alone(&asked, held);
    world.scene.asked = world.with_counters(&chart, asked)?;
    world.scene.asked.extend(bare);
    world.scene.asked.extend(broken);
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
        for body in pages.matches() {
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
