//! Gathering: the patients' searches to their last page, what stands beside them, and what they refer to.

use super::held::{Held, Resolution, Resolved};
use super::pointer::{Pointer, pointers, target_of};
use super::{Chart, Made, Person};
use crate::fhir::{self, Pages};
use crate::http::{Call, Door, NoAnswer};
use crate::profile::Library;
use crate::record::Page;
use crate::search::{Anchor, Group, Meaning, anchors};
use crate::smart::{Launch, Session, SessionKey, Sessions, Site, covers};
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
        let answers = futures::future::join_all(permitted.map(|(n, person, anchor)| async move {
            let (anchor, pages) = self.found(person, anchor).await?;
            Ok(Made { person: n, anchor, pages })
        }));
        for made in answers.await {
            let made = made?;
            self.take(&mut chart, made.person, &made.pages);
            chart.made.push(made);
        }
        self.beside(&mut chart).await?;
        for _ in 0..ROUNDS {
            if !self.follow(&mut chart).await? {
                break;
            }
        }
        self.roles(&mut chart).await?;
        self.follow(&mut chart).await?;
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
                client: "public",
                user: user.clone(),
                scopes: None,
                launch: Launch::Standalone,
            };
            match self.sessions.get(self.door, &Page::default(), self.site, key).await {
                Ok(session) => match session.patient.clone() {
                    Some(patient) => chart.people.push(Person { user, patient, session }),
                    None => chart.troubles.push(format!("the session of user {user} has no patient in context")),
                },
                Err(trouble) => chart.troubles.push(format!("user {user}: {}", self.door.redact(&trouble.to_string()))),
            }
        }
    }

    /// One anchor, or where the code with its system finds nothing, what the code alone finds: a server that is wrong
    /// about systems is then seen to be.
    async fn found(&self, person: &Person, anchor: &Anchor) -> Result<(Anchor, Pages), NoAnswer> {
        let pages = self.anchored(person, anchor).await?;
        let nothing = pages.end == fhir::End::Whole && pages.matches().next().is_none();
        if let Some(bare) = anchor.bare().filter(|_| nothing) {
            let other = self.anchored(person, &bare).await?;
            if other.matches().next().is_some() {
                return Ok((bare, other));
            }
        }
        Ok((anchor.clone(), pages))
    }

    /// One anchor as it is; a server may insist on a status (US Core, general guidance: search for status).
    async fn anchored(&self, person: &Person, anchor: &Anchor) -> Result<Pages, NoAnswer> {
        let mut pairs = anchor.pairs(&person.patient);
        let purpose = format!("the patient's {}", anchor.of);
        let first = self.pages(&person.session, &anchor.of, &pairs, &purpose).await?;
        let insists = first.end == fhir::End::Refused(400);
        match &anchor.status {
            Some((parameter, codes)) if insists && pairs.iter().all(|(name, _)| name != parameter) => {
                pairs.push((parameter.clone(), codes.clone()));
                self.pages(&person.session, &anchor.of, &pairs, &purpose).await
            }
            _ => Ok(first),
        }
    }

    async fn pages(&self, session: &Session, of: &str, pairs: &fhir::Pairs, purpose: &str) -> Result<Pages, NoAnswer> {
        fhir::search(self.door, self.site, session, &fhir::path(of, pairs), purpose).await
    }

    /// Once more with what stands beside the matches: each anchor for the first person who has matches.
    async fn beside(&self, chart: &mut Chart) -> Result<(), NoAnswer> {
        let mut chosen: BTreeMap<&Anchor, &Made> = BTreeMap::new();
        for made in chart.made.iter().filter(|made| made.pages.matches().next().is_some()) {
            chosen.entry(&made.anchor).or_insert(made);
        }
        let asked: Vec<(usize, String)> = chosen
            .values()
            .filter_map(|made| Some((made.person, self.beside_path(chart.people.get(made.person)?, &made.anchor)?)))
            .collect();
        let answers = futures::future::join_all(asked.iter().map(|(person, path)| {
            let session = Arc::clone(&chart.people[*person].session);
            async move {
                fhir::search(self.door, self.site, &session, path, "a search with what refers to its matches").await
            }
        }));
        for ((person, _), pages) in asked.iter().zip(answers.await) {
            self.take(chart, *person, &pages?);
        }
        Ok(())
    }

    /// An anchor's search with all reverse includes that the guide knows for its type.
    fn beside_path(&self, person: &Person, anchor: &Anchor) -> Option<String> {
        let reverse = &self.library.index().resources.get(&anchor.of)?.reverse_includes;
        let (include, _) = reverse.iter().next()?;
        let mut pairs = anchor.pairs(&person.patient);
        pairs.push(("_revinclude".to_owned(), include.clone()));
        Some(fhir::path(&anchor.of, &pairs))
    }

    fn take(&self, chart: &mut Chart, person: usize, pages: &Pages) {
        for (bundle, answer) in pages.bundles.iter().zip(&pages.answers) {
            for body in bundle.resources().filter(|body| body["resourceType"] != "OperationOutcome") {
                self.hold(chart, body, person, answer.number());
            }
        }
    }

    fn hold(&self, chart: &mut Chart, body: &Value, person: usize, number: u32) {
        let known = chart.find(&fhir::reference_to(body)).is_some_and(|held| held.people.contains(&person));
        if known {
            return;
        }
        if let Some(held) = Held::of(self.library, self.meaning, self.groups, body, person, number) {
            chart.take(held);
        }
    }

    /// Follows the must-support references that nobody has followed yet; whether there were any.
    async fn follow(&self, chart: &mut Chart) -> Result<bool, NoAnswer> {
        let profiles: BTreeSet<&String> = chart.held.iter().flat_map(|held| &held.profiles).collect();
        let pointers: BTreeMap<&String, Vec<Pointer>> =
            profiles.into_iter().map(|url| (url, pointers(self.library, url))).collect();
        let mut due: BTreeSet<(usize, String)> = BTreeSet::new();
        let mut spent: BTreeMap<usize, usize> = BTreeMap::new();
        for (person, _) in chart.resolved.keys() {
            *spent.entry(*person).or_insert(0) += 1;
        }
        for held in &chart.held {
            let own = held.profiles.iter().filter_map(|url| pointers.get(url)).flatten();
            let references: BTreeSet<&str> = own.flat_map(|pointer| pointer.references(&held.body)).collect();
            // Whoever saw it first can follow it.
            let Some(&person) = held.people.first() else { continue };
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
                .filter(|at| chart.find(at).is_some_and(|held| held.people.contains(&person)));
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
            async move { self.resolve(&session, reference).await }
        }));
        for ((person, reference), answer) in reads.iter().zip(answers.await) {
            let (resolved, body) = answer?;
            if let (Some(body), Some(number)) = (body, resolved.number) {
                self.hold(chart, &body, *person, number);
            }
            chart.resolved.insert((*person, reference.clone()), resolved);
        }
        Ok(any)
    }

    /// Reads what a reference points to. The token goes to the FHIR base alone.
    async fn resolve(&self, session: &Session, reference: &str) -> Result<(Resolved, Option<Value>), NoAnswer> {
        let not_followed =
            |why: &str| Ok((Resolved { resolution: Resolution::NotFollowed(why.to_owned()), number: None }, None));
        if reference.starts_with("urn:") {
            return not_followed("a URN, which only the server can follow");
        }
        let Some(wanted) = target_of(reference) else { return not_followed("it names no type and id") };
        let purpose = "what a reference points to";
        let answer = match self.site.local(reference) {
            Some(path) => fhir::read(self.door, self.site, session, &path, purpose).await?,
            None => {
                let Ok(url) = url::Url::parse(reference) else { return not_followed("it is no URL") };
                if !matches!(url.scheme(), "https" | "http") {
                    return not_followed("it is no web address");
                }
                // Another server is asked without the token, and its silence is not this one's fault.
                match self.door.shared("nobody", Call::get(url, purpose).header("accept", fhir::JSON)).await {
                    Ok(answer) => answer,
                    Err(_) => return not_followed("another server, which does not answer"),
                }
            }
        };
        let number = Some(answer.number());
        let wrong = |what: String| Ok((Resolved { resolution: Resolution::Wrong(what), number }, None));
        if answer.status() != 200 {
            return Ok((Resolved { resolution: Resolution::Lost(answer.status()), number }, None));
        }
        match answer.json() {
            Ok(body) if fhir::reference_to(&body) == wanted => {
                Ok((Resolved { resolution: Resolution::Read(wanted), number }, Some(body)))
            }
            Ok(body) if body["resourceType"].is_string() => wrong("a resource of another type or id".to_owned()),
            _ => wrong("no resource".to_owned()),
        }
    }

    /// The roles of the practitioners that the record names.
    async fn roles(&self, chart: &mut Chart) -> Result<(), NoAnswer> {
        let of = "PractitionerRole";
        let Some(first) = chart.people.first().map(|person| Arc::clone(&person.session)) else { return Ok(()) };
        if !chart.claims(of) || !covers(first.scope(), of, 's') {
            return Ok(());
        }
        let practitioners = chart.of_type(0, "Practitioner").take(ROLES).map(Held::reference).collect::<Vec<_>>();
        for practitioner in practitioners {
            let pairs = vec![("practitioner".to_owned(), practitioner)];
            let pages = self.pages(&first, of, &pairs, "the roles of a practitioner").await?;
            self.take(chart, 0, &pages);
        }
        Ok(())
    }
}

/// The resource types of a CapabilityStatement.
fn claimed(statement: &Value) -> Option<Vec<String>> {
    let rest = statement["rest"].as_array()?;
    let all = rest.iter().flat_map(|rest| rest["resource"].as_array().into_iter().flatten());
    let types: Vec<String> = all.filter_map(|resource| resource["type"].as_str().map(str::to_owned)).collect();
    (!types.is_empty()).then_some(types)
}
