//! The references that a profile names must support: whether each leads to a resource that the profile permits.

use super::group::{NAMED, listed};
use super::{Outcome, Words, World};
use crate::chart::{Chart, Resolution, Resource, pointers};
use crate::profile::json::Document;
use crate::profile::{HeldTo, Library, Validator};
use crate::record::Strength;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How often something was seen of an element: by its path, and in words.
type Counts = BTreeMap<(String, String), usize>;

/// What became of the references of one group.
#[derive(Default)]
struct Followed {
    /// The references that lead to a permitted type, by path.
    good: BTreeMap<String, usize>,
    wrong: Counts,
    lost: Counts,
    open: Counts,
    cites: BTreeSet<u32>,
    /// Where they lead, by path: each target once.
    targets: BTreeMap<String, BTreeMap<String, Target>>,
}

/// A resource that a reference leads to.
struct Target {
    /// Whether it is held to a permitted profile already, or its type is permitted as such.
    met: bool,
    /// The resource, where the validator must tell.
    text: Option<String>,
}

pub(super) async fn references(world: &mut World, words: Words) -> Outcome {
    let chart = world.chart().await?;
    let group = world.examined()?;
    let library = world.bench.library;
    let pointers = pointers(library, &group.profile);
    let mut seen = Followed::default();
    for held in chart.of_group(&group) {
        for pointer in &pointers {
            for reference in pointer.references(&held.body) {
                seen.take(library, &chart, held, &pointer.path, &pointer.targets, reference);
            }
        }
    }
    // What is not there for some resources only may be gone; an element of which nothing is there never worked.
    let dead: Vec<_> = seen.lost.keys().filter(|(path, _)| !seen.good.contains_key(path)).cloned().collect();
    for key in dead {
        if let Some(count) = seen.lost.remove(&key) {
            seen.wrong.insert(key, count);
        }
    }
    if seen.good.is_empty() && seen.wrong.is_empty() {
        let why = match seen.open.is_empty() {
            true => format!("no must-support reference in any {}", group.name),
            false => seen.open.keys().map(|(path, why)| format!("{path}: {why}")).collect::<Vec<_>>().join("; "),
        };
        return Err(world.page.not_shown(format!("not shown by the records of the configured users: {why}")));
    }
    if words.is_given() {
        return Err(world.misplaced("Then before references"));
    }
    let permitted: BTreeMap<String, Vec<String>> =
        pointers.into_iter().map(|pointer| (pointer.path, pointer.targets)).collect();
    let (targets, known) = (std::mem::take(&mut seen.targets), permitted.clone());
    // Judging is work for a processor; the steps of all scenarios share this thread.
    let fitting = tokio::task::spawn_blocking(move || fitting(library, targets, &known)).await;
    let Ok(fitting) = fitting else { return Err(world.misplaced("targets that the validator can judge")) };
    for (path, (met, all)) in fitting.iter().filter(|(_, (met, all))| *met == 0 && *all > 0) {
        let names: Vec<String> = permitted.get(path).into_iter().flatten().map(|url| name(url).to_owned()).collect();
        let what = format!("leads to nothing that conforms to {}: {met} of {all} resources", names.join(" or "));
        let count = seen.good.get(path).copied().unwrap_or_default();
        seen.wrong.insert((path.clone(), what), count);
    }
    let observed = seen.told(&fitting);
    let mut numbers = world.scene.cites.clone();
    numbers.extend(seen.cites.into_iter().take(NAMED));
    let expected = "references that lead to a resource of a permitted type, and some of each element to one of a permitted \
                    profile";
    world.find(Strength::Shall, seen.wrong.is_empty(), expected, &observed, numbers);
    if !seen.lost.is_empty() {
        world.find(Strength::Should, false, "every reference to lead somewhere", &observed, world.scene.cites.clone());
    }
    Ok(())
}

/// The last part of a canonical URL.
fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

/// The targets of each element that meet one of its permitted profiles, and all that were seen.
fn fitting(
    library: &Library,
    targets: BTreeMap<String, BTreeMap<String, Target>>,
    permitted: &BTreeMap<String, Vec<String>>,
) -> BTreeMap<String, (usize, usize)> {
    let conforms = |text: &str, of: &str, path: &str| {
        let urls = permitted.get(path).into_iter().flatten();
        let mut own = urls.filter(|url| library.structure(url).is_some_and(|profile| profile.of == of));
        own.any(|url| {
            let validator = Validator::new(library, HeldTo::These(vec![url.clone()]));
            Document::parse(text).is_ok_and(|document| validator.judge(&document).is_valid())
        })
    };
    let mut out = BTreeMap::new();
    for (path, all) in targets {
        let met = |(at, target): &(&String, &Target)| {
            let of = at.split('/').next().unwrap_or_default();
            target.met || target.text.as_ref().is_some_and(|text| conforms(text, of, &path))
        };
        let count = all.iter().filter(met).count();
        out.insert(path, (count, all.len()));
    }
    out
}

impl Followed {
    fn take(
        &mut self,
        library: &Library,
        chart: &Arc<Chart>,
        held: &Resource,
        path: &str,
        permitted: &[String],
        reference: &str,
    ) {
        let path = path.to_owned();
        match follow(chart, held, reference) {
            Told::Good(of, at) if allows(library, permitted, &of) => {
                *self.good.entry(path.clone()).or_insert(0) += 1;
                let target = at.as_ref().and_then(|at| chart.find(at));
                let met = target.is_none_or(|target| is_met(library, permitted, target));
                let text = target.filter(|_| !met).map(|target| target.body.to_string());
                let at = at.unwrap_or_else(|| format!("{}{reference}", held.reference()));
                self.targets.entry(path).or_default().insert(at, Target { met, text });
            }
            Told::Good(of, _) => *self.wrong.entry((path, format!("leads to a {of}"))).or_insert(0) += 1,
            Told::Wrong(what, number) => {
                self.cites.extend(number);
                *self.wrong.entry((path, what)).or_insert(0) += 1;
            }
            Told::Lost(what, number) => {
                self.cites.extend(number);
                *self.lost.entry((path, what)).or_insert(0) += 1;
            }
            Told::Open(why) => *self.open.entry((path, why)).or_insert(0) += 1,
        }
    }

    fn told(&self, fitting: &BTreeMap<String, (usize, usize)>) -> String {
        let count = |all: &Counts| -> Vec<String> {
            all.iter().map(|((path, what), n)| format!("{path} {what} ({n} times)")).collect()
        };
        let right = |(path, n): (&String, &usize)| {
            let unfit = fitting.get(path).filter(|(met, all)| met < all);
            let of = unfit.map(|(met, all)| format!(", {met} of {all} resources of a permitted profile"));
            format!("{path} ({n}{})", of.unwrap_or_default())
        };
        let right: Vec<String> = self.good.iter().map(right).collect();
        let mut observed = format!("right: {}", if right.is_empty() { "none".to_owned() } else { right.join(", ") });
        for (what, all) in [("wrong", &self.wrong), ("not there", &self.lost), ("not followed", &self.open)] {
            if !all.is_empty() {
                observed += &format!("; {what}: {}", listed(&count(all)));
            }
        }
        observed
    }
}

/// The types that a target may be: the type of a profile, or the type itself.
fn allows(library: &Library, permitted: &[String], of: &str) -> bool {
    let type_of = |url: &String| library.structure(url).map(|structure| structure.of.clone());
    permitted.is_empty() || permitted.iter().filter_map(type_of).any(|own| own == of || own == "Resource")
}

/// Whether a resource is held to a permitted profile, or its type is permitted without one. What cannot be known is no
/// reason to doubt it.
fn is_met(library: &Library, permitted: &[String], target: &Resource) -> bool {
    permitted.is_empty()
        || permitted.iter().any(|url| match library.structure(url) {
            Some(own) if own.profile => target.profiles.iter().any(|held| library.is_or_builds_on(held, url)),
            Some(own) => own.of == target.of || own.of == "Resource",
            None => true,
        })
}

enum Told {
    /// Its type, and `Type/id` where it is a resource of its own.
    Good(String, Option<String>),
    Lost(String, Option<u32>),
    Wrong(String, Option<u32>),
    Open(String),
}

fn follow(chart: &Arc<Chart>, held: &Resource, reference: &str) -> Told {
    if let Some(id) = reference.strip_prefix('#') {
        let inner = held.body["contained"].as_array().into_iter().flatten().find(|inner| inner["id"] == id);
        return match inner.and_then(|inner| inner["resourceType"].as_str()) {
            Some(of) => Told::Good(of.to_owned(), None),
            None => Told::Wrong("is not contained".to_owned(), Some(held.number)),
        };
    }
    let person = held.people.first().copied().unwrap_or_default();
    let Some(resolved) = chart.resolved.get(&(person, reference.to_owned())) else {
        return Told::Open("more references than are followed".to_owned());
    };
    match &resolved.resolution {
        Resolution::Seen(at) | Resolution::Read(at) => {
            Told::Good(at.split('/').next().unwrap_or_default().to_owned(), Some(at.clone()))
        }
        Resolution::Lost(status) => Told::Lost(format!("leads to status {status}"), resolved.number),
        Resolution::Wrong(what) => Told::Wrong(format!("leads to {what}"), resolved.number),
        Resolution::NotFollowed(why) => Told::Open(why.clone()),
    }
}
