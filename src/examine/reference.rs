//! The references that a profile names must support: whether each leads to a resource that the profile permits.

use super::profile::{NAMED, listed};
use super::refusal::is_breakdown;
use super::{Demanded, Observation, Unjudged, cited};
use crate::chart::{Chart, Pointer, Resolution, Resource, pointers};
use crate::profile::json::Document;
use crate::profile::{HeldTo, Library, Validator};
use crate::record::Strength;
use crate::search::Group;
use std::collections::{BTreeMap, BTreeSet};

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

/// Whether the must-support references of a profile lead to what it permits, in every resource of the profile. `cites`
/// are exchanges that show these resources.
///
/// # Errors
/// Why there is nothing to judge.
pub fn references(
    library: &Library,
    chart: &Chart,
    group: &Group,
    cites: &[u32],
) -> Result<Vec<Observation>, Unjudged> {
    let pointers = pointers(library, &group.profile);
    let mut seen = Followed::default();
    for found in chart.of_group(group) {
        for pointer in &pointers {
            for reference in pointer.references(&found.body) {
                seen.take(library, chart, found, pointer, reference);
            }
        }
    }
    seen.blame_dead_elements();
    if seen.good.is_empty() && seen.wrong.is_empty() {
        return Err(Unjudged(match seen.open.is_empty() {
            true => format!("no must-support reference in any {}", group.name),
            false => seen.open.keys().map(|(path, why)| format!("{path}: {why}")).collect::<Vec<_>>().join("; "),
        }));
    }
    let permitted: BTreeMap<&str, &[String]> =
        pointers.iter().map(|pointer| (pointer.path.as_str(), pointer.targets.as_slice())).collect();
    let fitting = seen.fitting(library, &permitted);
    for (path, (found, all)) in fitting.iter().filter(|(_, (found, all))| *found == 0 && *all > 0) {
        let names: Vec<&str> =
            permitted.get(path.as_str()).into_iter().copied().flatten().map(|url| name(url)).collect();
        let what = format!("leads to nothing that conforms to {}: {found} of {all} resources", names.join(" or "));
        let count = seen.good.get(path).copied().unwrap_or_default();
        seen.wrong.insert((path.clone(), what), count);
    }
    let observed = seen.in_words(&fitting);
    let numbers = cites.iter().copied().chain(seen.cites.iter().copied().take(NAMED)).collect();
    let expected = "references that lead to a resource of a permitted type, and some of each element to one of a permitted \
                    profile";
    let mut all = vec![Observation::new(seen.wrong.is_empty(), expected, observed.as_str(), numbers)];
    if !seen.lost.is_empty() {
        let lost = Observation::new(false, "every reference to lead somewhere", observed, cites.to_vec());
        all.push(lost.with_strength(Strength::Should));
    }
    Ok(all)
}

/// A reference of the profile's must-support elements that was followed into a breakdown: whether it leads somewhere is not
/// known then.
pub fn unanswered(library: &Library, chart: &Chart, group: &Group) -> Option<String> {
    let pointers = pointers(library, &group.profile);
    chart.of_group(group).find_map(|own| {
        let person = own.people.first().copied().unwrap_or_default();
        pointers.iter().find_map(|pointer| {
            pointer.references(&own.body).into_iter().find_map(|reference| {
                match chart.resolved.get(&(person, reference.to_owned()))?.resolution {
                    Resolution::Lost(status) if is_breakdown(status) => {
                        Some(format!("{} leads to a breakdown: status {status}", pointer.path))
                    }
                    _ => None,
                }
            })
        })
    })
}

/// The targets that a profile marks as must support, each of them: whether a reference of some resource leads to one. An
/// element that no resource has, such as the other one of a choice, is none to look at; nor is a target of a type that no
/// session may see.
pub fn supported_targets(library: &Library, chart: &Chart, group: &Group) -> Demanded {
    let mut found = Demanded::default();
    let is_used = |pointer: &Pointer| chart.of_group(group).any(|own| !pointer.references(&own.body).is_empty());
    for pointer in pointers(library, &group.profile).into_iter().filter(is_used) {
        let may_show = |url: &&String| library.structure(url).is_none_or(|own| chart.may_be_seen(&own.of));
        for url in pointer.supported.iter().filter(may_show) {
            let leads_there = |resource: &&Resource| {
                let references = pointer.references(&resource.body);
                references.into_iter().any(|reference| match follow(chart, resource, reference) {
                    End::Good(of, at) => is_one(library, url, &of, at.and_then(|at| chart.find(&at))),
                    _ => false,
                })
            };
            let what = format!("{} to {}", pointer.path, name(url));
            match chart.of_group(group).find(leads_there) {
                Some(resource) => found.met.push((what, resource.number)),
                None => found.open.push(what),
            }
        }
    }
    found.cites = cited(chart.of_group(group));
    found
}

/// Whether a resource of this type is what a profile or type says. What is contained is known by its type alone.
fn is_one(library: &Library, url: &str, of: &str, target: Option<&Resource>) -> bool {
    let Some(wanted) = library.structure(url).filter(|wanted| wanted.of == of) else { return false };
    let permitted = [url.to_owned()];
    let Some(target) = target.filter(|target| wanted.profile && !is_met(library, &permitted, target)) else {
        return true;
    };
    let validator = Validator::new(library, HeldTo::These(permitted.to_vec()));
    let text = target.body.to_string();
    Document::parse(&text).is_ok_and(|document| validator.judge(&document).is_valid())
}

/// The last part of a canonical URL.
fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

impl Followed {
    fn take(&mut self, library: &Library, chart: &Chart, resource: &Resource, pointer: &Pointer, reference: &str) {
        let (path, permitted) = (pointer.path.clone(), pointer.targets.as_slice());
        match follow(chart, resource, reference) {
            End::Good(of, at) if allows(library, permitted, &of) => {
                *self.good.entry(path.clone()).or_insert(0) += 1;
                let target = at.as_ref().and_then(|at| chart.find(at));
                let met = target.is_none_or(|target| is_met(library, permitted, target));
                let text = target.filter(|_| !met).map(|target| target.body.to_string());
                let at = at.unwrap_or_else(|| format!("{}{reference}", resource.reference()));
                self.targets.entry(path).or_default().insert(at, Target { met, text });
            }
            End::Good(of, _) => *self.wrong.entry((path, format!("leads to a {of}"))).or_insert(0) += 1,
            End::Wrong(what, number) => {
                self.cites.extend(number);
                *self.wrong.entry((path, what)).or_insert(0) += 1;
            }
            End::Lost(what, number) => {
                self.cites.extend(number);
                *self.lost.entry((path, what)).or_insert(0) += 1;
            }
            End::Open(why) => *self.open.entry((path, why)).or_insert(0) += 1,
        }
    }

    /// What is not there for some resources only may be gone; an element of which nothing is there never worked.
    fn blame_dead_elements(&mut self) {
        let (gone, dead) =
            std::mem::take(&mut self.lost).into_iter().partition(|((path, _), _)| self.good.contains_key(path));
        self.lost = gone;
        let dead: Counts = dead;
        self.wrong.extend(dead);
    }

    /// The targets of each element that meet one of its permitted profiles, and all that were seen.
    fn fitting(&self, library: &Library, permitted: &BTreeMap<&str, &[String]>) -> BTreeMap<String, (usize, usize)> {
        let conforms = |text: &str, of: &str, path: &str| {
            let urls = permitted.get(path).into_iter().copied().flatten();
            let mut own = urls.filter(|url| library.structure(url).is_some_and(|profile| profile.of == of));
            own.any(|url| {
                let validator = Validator::new(library, HeldTo::These(vec![url.clone()]));
                Document::parse(text).is_ok_and(|document| validator.judge(&document).is_valid())
            })
        };
        let count = |(path, all): (&String, &BTreeMap<String, Target>)| {
            let met = |(at, target): &(&String, &Target)| {
                let of = at.split('/').next().unwrap_or_default();
                target.met || target.text.as_ref().is_some_and(|text| conforms(text, of, path))
            };
            (path.clone(), (all.iter().filter(met).count(), all.len()))
        };
        self.targets.iter().map(count).collect()
    }

    fn in_words(&self, fitting: &BTreeMap<String, (usize, usize)>) -> String {
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
            Some(own) if own.profile => target.profiles.iter().any(|found| library.is_or_builds_on(found, url)),
            Some(own) => own.of == target.of || own.of == "Resource",
            None => true,
        })
}

/// Where a reference ends.
enum End {
    /// Its type, and `Type/id` where it is a resource of its own.
    Good(String, Option<String>),
    Lost(String, Option<u32>),
    Wrong(String, Option<u32>),
    Open(String),
}

fn follow(chart: &Chart, resource: &Resource, reference: &str) -> End {
    if let Some(id) = reference.strip_prefix('#') {
        let inner = resource.body["contained"].as_array().into_iter().flatten().find(|inner| inner["id"] == id);
        return match inner.and_then(|inner| inner["resourceType"].as_str()) {
            Some(of) => End::Good(of.to_owned(), None),
            None => End::Wrong("is not contained".to_owned(), Some(resource.number)),
        };
    }
    let person = resource.people.first().copied().unwrap_or_default();
    let Some(resolved) = chart.resolved.get(&(person, reference.to_owned())) else {
        return End::Open("more references than are followed".to_owned());
    };
    match &resolved.resolution {
        Resolution::Seen(at) | Resolution::Read(at) => {
            End::Good(at.split('/').next().unwrap_or_default().to_owned(), Some(at.clone()))
        }
        Resolution::Lost(status) => End::Lost(format!("leads to status {status}"), resolved.number),
        Resolution::Wrong(what) => End::Wrong(format!("leads to {what}"), resolved.number),
        Resolution::NotFollowed(why) => End::Open(why.clone()),
    }
}
