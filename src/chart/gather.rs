//! Gathering: the patients' searches to their last page, what stands beside them, and what they refer to.

use super::follow::Follower;
use super::pointer::{Pointer, pointers, target_of};
use super::resource::{Resolution, Resolved, Resource};
use super::{Asking, Chart, Made, Person};
use crate::fhir::{self, End, Pages, Pairs};
use crate::http::{Answer, Door, NoAnswer};
use crate::profile::Library;
use crate::record::Page;
use crate::search::{Anchor, Group, Meaning, anchors};
use crate::smart::{Launch, SessionKey, Sessions, Site, Trouble, covers};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// References of references: a role's organization, its endpoint.
const ROUNDS: usize = 3;
/// Reads that following references may cost a person.
const READS: usize = 150;
/// Practitioners whose roles are looked for.
const ROLES: usize = 5;

/// What gathering needs.
pub struct Gathering<'g> {
    /// The way to the target, not on any scenario's page.
    pub door: &'g Door,
    /// The tenant.
    pub site: &'g Site,
    /// The shared sessions.
    pub sessions: &'g Sessions,
    /// What conforming data is.
    pub library: &'g Library,
    /// What searches mean.
    pub meaning: &'g Meaning,
    /// The groups that resources are sorted into.
    pub groups: &'g [Group],
}

impl Gathering<'_> {
    /// Gathers the chart.
    ///
    /// # Errors
    /// [`NoAnswer`] when the target does not answer.
    pub async fn chart(&self) -> Result<Chart, NoAnswer> {
        let mut chart = Chart::default();
        self.meet(&mut chart).await;
        let statement = fhir::capability(self.door, self.site).await?;
        chart.claimed = statement.json().ok().filter(|_| statement.is_success()).and_then(|body| claimed(&body));
        let asked = anchors(self.library);
        let all = chart.people.iter().enumerate().flat_map(|(n, person)| asked.iter().map(move |a| (n, person, a)));
        let permitted = all
            .filter(|(_, person, anchor)| chart.claims(&anchor.of) && covers(person.session.scope(), &anchor.of, 's'));
        let answers = futures::future::join_all(permitted.map(|(n, person, anchor)| self.found(n, person, anchor)));
        for made in answers.await.into_iter().flatten() {
            self.take(&mut chart, made.person, &made.pages);
            chart.made.push(made);
        }
        // One search without an answer is no reason to look at nothing; all of them are.
        let silent = |made: &Made| match &made.pages.end {
            End::Silent(none) => Some(none.clone()),
            _ => None,
        };
        if let Some(none) = chart.made.first().and_then(silent)
            && chart.made.iter().all(|made| silent(made).is_some())
        {
            return Err(none);
        }
        self.reverse_includes(&mut chart).await;
        let follower = Follower::new(self.door, self.site);
        for _ in 0..ROUNDS {
            if !self.follow(&mut chart, &follower).await {
                break;
            }
        }
        self.roles(&mut chart).await;
        self.follow(&mut chart, &follower).await;
        Ok(chart)
    }

    /// Makes the sessions of all who have a patient.
    async fn meet(&self, chart: &mut Chart) {
        for user in self.site.user_names() {
            if self.site.user(&user).is_ok_and(|own| own.patient.is_none()) {
                continue;
            }
            let key = SessionKey {
                second_tenant: false,
                client: crate::target::ClientRole::Public,
                user: user.clone(),
                scopes: None,
                launch: Launch::Standalone,
                kept: None,
            };
            match self.sessions.get(self.door, &Page::default(), self.site, key).await {
                Ok(session) => match session.patient.clone() {
                    Some(patient) => chart.people.push(Person { user, patient, session }),
                    None => chart.troubles.push(format!("the session of user {user} has no patient in context")),
                },
                Err(trouble) => {
                    chart.troubles.push(format!("user {user}: {}", self.door.redact(&trouble.to_string())));
                    if let Trouble::Setup { id, .. } = trouble {
                        chart.missing.push(id);
                    }
                }
            }
        }
    }

    /// One anchor, or where the code with its system finds nothing, what the code alone finds: a server that is wrong
    /// about systems is then seen to be.
    async fn found(&self, n: usize, person: &Person, anchor: &Anchor) -> Vec<Made> {
        let made = self.anchored(n, person, anchor).await;
        let nothing = made.iter().all(|made| made.pages.end == End::Whole && made.pages.matches().next().is_none());
        if let Some(bare) = anchor.bare().filter(|_| nothing) {
            let other = self.anchored(n, person, &bare).await;
            if other.iter().any(|made| made.pages.matches().next().is_some()) {
                return other;
            }
        }
        made
    }

    async fn anchored(&self, n: usize, person: &Person, anchor: &Anchor) -> Vec<Made> {
        let pairs = anchor.pairs(&person.patient);
        let purpose = format!("the patient's {}", anchor.of);
        let asking = Asking { door: self.door, site: self.site, library: self.library, strict: false };
        let answered = asking.ask(&person.session, &anchor.of, &pairs, &purpose).await;
        let answered = answered.unwrap_or_else(|none| vec![(pairs, Pages::silent(none))]);
        answered.into_iter().map(|(pairs, pages)| Made { person: n, anchor: anchor.clone(), pairs, pages }).collect()
    }

    /// Once more with what points to the matches: each anchor for the first person who has matches of a profile, and
    /// documents, whose custodian may stand there, for everyone.
    async fn reverse_includes(&self, chart: &mut Chart) {
        let mut seen: BTreeSet<(&Anchor, &str)> = BTreeSet::new();
        let asked: Vec<(&Made, Pairs)> = chart
            .made
            .iter()
            .filter(|made| {
                let matches = made.pages.matches().filter_map(|body| chart.find(&fhir::reference_to(body)));
                let mut shown = matches.flat_map(|own| own.groups.iter().map(String::as_str).chain([""])).peekable();
                let for_everyone = made.anchor.of == "DocumentReference" && shown.peek().is_some();
                shown.filter(|group| seen.insert((&made.anchor, *group))).count() > 0 || for_everyone
            })
            .filter_map(|made| Some((made, self.reverse_include_pairs(chart.people.get(made.person)?, made)?)))
            .collect();
        let answers = futures::future::join_all(asked.into_iter().map(|(made, pairs)| {
            let session = Arc::clone(&chart.people[made.person].session);
            let (person, anchor) = (made.person, made.anchor.clone());
            async move {
                let path = fhir::path(&anchor.of, &pairs);
                let purpose = "a search with what refers to its matches";
                let pages = fhir::search(self.door, self.site, &session, &path, purpose).await;
                Made { person, anchor, pairs, pages: pages.unwrap_or_else(Pages::silent) }
            }
        }));
        for made in answers.await {
            self.take(chart, made.person, &made.pages);
            chart.reverse_included.push(made);
        }
    }

    /// A search with the first reverse include that the guide knows for its type, if the session may see such resources.
    fn reverse_include_pairs(&self, person: &Person, made: &Made) -> Option<Pairs> {
        let reverse = &self.library.index().resources.get(&made.anchor.of)?.reverse_includes;
        let (include, _) = reverse.iter().next()?;
        let source = include.split(':').next().unwrap_or_default();
        covers(person.session.scope(), source, 'r').then(|| {
            let mut pairs = made.pairs.clone();
            pairs.push(("_revinclude".to_owned(), include.clone()));
            pairs
        })
    }

    fn take(&self, chart: &mut Chart, person: usize, pages: &Pages) {
        for (bundle, answer) in pages.bundles.iter().zip(&pages.answers) {
            for body in bundle.resources().filter(|body| body["resourceType"] != "OperationOutcome") {
                self.hold(chart, body, person, answer);
            }
        }
    }

    fn hold(&self, chart: &mut Chart, body: &Value, person: usize, answer: &Answer) {
        let known = chart.find(&fhir::reference_to(body)).is_some_and(|resource| resource.people.contains(&person));
        if known {
            return;
        }
        if let Some(resource) = Resource::of(self.library, self.meaning, self.groups, body, person, answer.number()) {
            chart.sources.entry(answer.number()).or_insert_with(|| answer.clone());
            chart.take(resource);
        }
    }

    /// Follows the must-support references that nobody has followed yet; whether there were any.
    async fn follow(&self, chart: &mut Chart, follower: &Follower<'_>) -> bool {
        let profiles: BTreeSet<&String> = chart.resources.iter().flat_map(|resource| &resource.profiles).collect();
        let pointers: BTreeMap<&String, Vec<Pointer>> =
            profiles.into_iter().map(|url| (url, pointers(self.library, url))).collect();
        let mut due: BTreeSet<(usize, String)> = BTreeSet::new();
        let mut spent: BTreeMap<usize, usize> = BTreeMap::new();
        for (person, _) in chart.resolved.keys() {
            *spent.entry(*person).or_insert(0) += 1;
        }
        for resource in &chart.resources {
            let own = resource.profiles.iter().filter_map(|url| pointers.get(url)).flatten();
            let references: BTreeSet<&str> = own.flat_map(|pointer| pointer.references(&resource.body)).collect();
            // Whoever saw it first can follow it.
            let Some(&person) = resource.people.first() else { continue };
            for reference in references.into_iter().filter(|reference| !reference.starts_with('#')) {
                let key = (person, reference.to_owned());
                if !chart.resolved.contains_key(&key) {
                    due.insert(key);
                }
            }
        }
        let any = !due.is_empty();
        let mut reads = Vec::new();
        for (person, reference) in due {
            let known = self
                .site
                .local(&reference)
                .and_then(|path| target_of(&path))
                .filter(|at| chart.find(at).is_some_and(|resource| resource.people.contains(&person)));
            if let Some(at) = known {
                chart.resolved.insert((person, reference), Resolved { resolution: Resolution::Seen(at), number: None });
                continue;
            }
            let spent = spent.entry(person).or_insert(0);
            *spent += 1;
            if *spent <= READS {
                reads.push((person, reference));
            }
        }
        let answers = futures::future::join_all(reads.iter().map(|(person, reference)| {
            let session = Arc::clone(&chart.people[*person].session);
            async move { follower.follow(&session, reference).await }
        }));
        for ((person, reference), answer) in reads.iter().zip(answers.await) {
            let (resolved, found) = answer;
            if let Some((body, answer)) = found {
                self.hold(chart, &body, *person, &answer);
            }
            chart.resolved.insert((*person, reference.clone()), resolved);
        }
        any
    }

    /// The roles of the practitioners that the record names.
    async fn roles(&self, chart: &mut Chart) {
        let of = "PractitionerRole";
        let mut asked: Vec<(usize, String)> = Vec::new();
        for (n, person) in chart.people.iter().enumerate().filter(|_| chart.claims(of)) {
            if !covers(person.session.scope(), of, 's') {
                continue;
            }
            let all = chart.of_type(n, "Practitioner").map(Resource::reference);
            let new: Vec<_> = all.filter(|at| asked.iter().all(|(_, other)| other != at)).map(|at| (n, at)).collect();
            asked.extend(new);
        }
        asked.truncate(ROLES);
        for (person, practitioner) in asked {
            let pairs = vec![("practitioner".to_owned(), practitioner)];
            let session = Arc::clone(&chart.people[person].session);
            let path = fhir::path(of, &pairs);
            let pages = fhir::search(self.door, self.site, &session, &path, "the roles of a practitioner").await;
            self.take(chart, person, &pages.unwrap_or_else(Pages::silent));
        }
    }
}

/// The resource types of a CapabilityStatement.
fn claimed(statement: &Value) -> Option<Vec<String>> {
    let rest = statement["rest"].as_array()?;
    let all = rest.iter().flat_map(|rest| rest["resource"].as_array().into_iter().flatten());
    let types: Vec<String> = all.filter_map(|resource| resource["type"].as_str().map(str::to_owned)).collect();
    (!types.is_empty()).then_some(types)
}
