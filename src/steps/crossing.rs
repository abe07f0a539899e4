//! Phrases about one patient's token and another patient's record: every way to ask, for every type.

use super::isolation::{canaries, received, record};
use super::scene::Crossed;
use super::{Outcome, Words, World};
use crate::chart::{Chart, Made};
use crate::examine::canary::Canaries;
use crate::examine::crossing::{self, Extent, Parties, Request, Searches, Try};
use crate::examine::isolation::{Received, Record};
use crate::fhir::{self, Bundle};
use crate::http::{Answer, Call, Door};
use crate::probe::{Attack as _, Crossing, Way};
use crate::record::Halt;
use crate::smart::{Launch, Session, Site, covers};
use crate::target::ClientRole;
use futures::StreamExt as _;
use std::sync::Arc;
use url::Url;

topic! {
    When r"the app asks for patient (a|b) by {Way}(, if supported)?" "with the other patient's token, for every type" by_way;
    When r"the {ClientRole} app asks for patient (a|b) by every way" "with the other patient's token, for one type each" by_every_way;
    When r"that token asks for patient (a|b) by {Way}" "with the token of the scenario, for every type" by_own_token;
    When r"the app exceeds its scopes by {Way}(, if supported)?" "with the token of the scenario, for every type" beyond_by_way;
    Check r"nothing of the other tenant's record is disclosed" "no value and no resource of it, in no answer" nothing_disclosed;
    Check r"nothing that was not granted is disclosed" "no value and no resource of another type than the scopes cover" nothing_disclosed;
    When r"patient (a|b)'s record is asked for by every way (without a token|with an invented token|with that token)" "one request of each way, reads and searches for every type" by_every_way_as_nobody;
    Check r"nothing of patient (a|b)'s record is disclosed" "no value and no resource of it, in no answer" nothing_disclosed;
}

/// Requests of one scenario that are made at the same time.
pub(super) const TOGETHER: usize = 6;

/// The token that asks, the session whose record it is, and what is looked for.
pub(super) struct Sides {
    pub(super) asker: Option<String>,
    pub(super) owner: Arc<Session>,
    pub(super) canaries: Arc<Canaries>,
}

/// Whose token is sent for this patient's record.
fn other(owner: &str) -> &'static str {
    if owner == "a" { "b" } else { "a" }
}

async fn sides(world: &mut World, words: &Words, owner: &str, role: ClientRole) -> Result<(Sides, Arc<Chart>), Halt> {
    let asker = other(owner);
    let key = world.key(owner, ClientRole::Public, "", Launch::Standalone);
    let owners = world.shared_session(words, key).await?;
    let key = world.key(asker, role, "", Launch::Standalone);
    let askers = world.shared_session(words, key).await?;
    let chart = world.chart().await?;
    let canaries = match owner {
        "b" => canaries(world, &chart).await?,
        _ => Arc::new(Canaries::against(&record(world, &chart, owner)?, &record(world, &chart, asker)?)),
    };
    if canaries.count() == 0 {
        let why =
            format!("patient {owner}'s record shows nothing that patient {asker}'s does not, so nothing could leak");
        return Err(world.page.not_shown(why));
    }
    Ok((Sides { asker: askers.token(), owner: owners, canaries }, chart))
}

/// What is known of how to ask for the owner's record. Without an asker nobody's record is the asker's own.
async fn parties<'c>(
    world: &World,
    chart: &'c Chart,
    (asker, owner): (Option<&str>, &str),
    session: &Session,
    asks: &[&str],
) -> Result<Parties<'c>, Halt> {
    let at = chart.people.iter().position(|person| person.user == owner);
    let brought = |made: &&Made| {
        Some(made.person) == at && made.pages.bundles.iter().any(|bundle| bundle.matches().next().is_some())
    };
    let searches = searches(chart.made.iter().filter(brought));
    let base = world.bench.site.base().as_str().trim_end_matches('/').to_owned();
    let mut parties = Parties {
        asker: match asker {
            Some(asker) => record(world, chart, asker)?,
            None => Record::of_nobody(),
        },
        owner: record(world, chart, owner)?,
        base,
        searches,
        next: None,
    };
    if asks.iter().any(|ask| ask.contains("{b.next}")) {
        parties.next = next_link(world, chart, session, &parties).await;
    }
    Ok(parties)
}

/// What the requests of these searches were, by the type that they are for.
pub(super) fn searches<'m>(made: impl Iterator<Item = &'m Made>) -> Searches {
    let mut searches = Searches::new();
    for made in made {
        let (patient, rest): (Vec<_>, Vec<_>) =
            made.pairs.iter().cloned().partition(|(name, _)| name == made.anchor.patient);
        if !patient.is_empty() {
            searches.entry(made.anchor.of.clone()).or_insert_with(|| (made.anchor.patient.to_owned(), rest));
        }
    }
    searches
}

/// The link to the page after the first one of a search.
pub(super) async fn next_of(world: &World, site: &Site, token: Option<&str>, search: &str) -> Option<String> {
    let url = site.fhir(&format!("{search}&_count=1"));
    let answer = world.door.send(fhir::get(url.clone(), token, "a first page")).await.ok()?;
    Some(Bundle::of(answer.json().ok()?)?.next(&url)?.to_string())
}

/// The link to the second page of one of the owner's own searches.
async fn next_link(world: &World, chart: &Chart, session: &Session, parties: &Parties<'_>) -> Option<String> {
    let at = chart.people.iter().position(|person| person.patient == parties.owner.patient)?;
    let many = |made: &&Made| {
        made.person == at && made.pages.bundles.iter().map(|bundle| bundle.matches().count()).sum::<usize>() > 1
    };
    let made = chart.made.iter().find(many)?;
    next_of(world, &world.bench.site, session.token().as_deref(), &search_of(made)).await
}

/// A search that was made, as it is written below the FHIR base.
pub(super) fn search_of(made: &Made) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&made.pairs).finish();
    format!("{}?{query}", made.anchor.of)
}

/// The request with a token; none if its address is none.
fn call(base: &str, request: &Request, token: Option<&str>, purpose: &str) -> Option<Call> {
    let url = match request.url.as_str() {
        whole if whole.contains("://") && !whole.contains('?') || whole.starts_with("http") => Url::parse(whole),
        // A search of the whole system, or a batch: no slash follows the base.
        query if query.is_empty() || query.starts_with('?') => Url::parse(&format!("{base}{query}")),
        path => Url::parse(&format!("{base}/{path}")),
    };
    let mut call = Call::new(request.method, url.ok()?, purpose).bearer(token);
    let has = |name: &str| request.headers.iter().any(|(own, _)| own == name);
    if !has("accept") {
        call = call.header("accept", fhir::JSON);
    }
    if let Some((body, kind)) = &request.body {
        if !has("content-type") {
            call = call.header("content-type", *kind);
        }
        call = call.body(body.as_str());
    }
    Some(request.headers.iter().fold(call, |call, (name, value)| call.header(name, value)))
}

/// Where an answer redirects to on the same server.
fn redirected(answer: &Answer) -> Option<Url> {
    let to = answer.location().filter(|_| (300..400).contains(&answer.status()))?;
    (to.origin() == answer.url().origin()).then_some(to)
}

/// Makes a request with the asker's token. None where nobody answers.
async fn attempt(door: &Door, base: &str, request: Request, token: Option<&str>, canaries: &Canaries) -> Option<Try> {
    let answer = door.send(call(base, &request, token, &format!("{} (attack)", request.template))?).await.ok()?;
    let mut all: Vec<(u32, Received)> = vec![received(&answer, Some(request.text()))];
    let mut status = answer.status();
    if let Some(to) = redirected(&answer)
        && let Ok(answer) = door.send(fhir::get(to, token, "where the attack was redirected to")).await
    {
        status = answer.status();
        all.push(received(&answer, Some(request.text())));
    }
    let mut for_nobody = None;
    if request.method == "HEAD" && answer.is_success() {
        let (head, _) = request.url.rsplit_once('/')?;
        let nobody = Request { url: format!("{head}/probity-does-not-exist"), ..request.clone() };
        for_nobody = Some(door.send(call(base, &nobody, token, "the same for an unknown id")?).await.ok()?.status());
    }
    Some(Try::new(request, &all, status, for_nobody, canaries))
}

/// Whether a request shows the owner their own record.
async fn shows(door: &Door, base: &str, request: &Request, sides: &Sides) -> bool {
    let token = sides.owner.token();
    let Some(call) = call(base, request, token.as_deref(), &format!("{} (control)", request.template)) else {
        return false;
    };
    match door.send(call).await {
        Ok(answer) if request.method == "HEAD" => answer.is_success(),
        Ok(answer) => sides.canaries.shows_more_than_asked(&received(&answer, Some(request.text())).1),
        Err(_) => false,
    }
}

/// Makes the requests; says what of the record was shown to its owner, if anything was.
pub(super) async fn cross(
    world: &World,
    sides: &Sides,
    requests: Vec<Request>,
    control: Option<&'static str>,
    parties: &Parties<'_>,
) -> (Vec<Try>, Option<String>) {
    let (base, door, token) = (parties.base.as_str(), &world.door, sides.asker.as_deref());
    requests.iter().flat_map(|request| &request.values).for_each(|value| door.hide("record_value", value));
    let controls = match control {
        Some(control) => crossing::requests(&[control], parties, Extent::EveryType).0,
        None => requests.clone(),
    };
    let mut tries = attempts(world, base, requests, sides, TOGETHER).await;
    let shown = shown(door, base, &controls, sides).await;
    if shown.is_some() {
        // An empty answer is believed only when it is given alone, after the owner was shown the record.
        let empty: Vec<Request> = tries.iter().filter(|one| one.empty).map(|one| one.request.clone()).collect();
        for request in empty {
            tries.extend(attempt(door, base, request, token, &sides.canaries).await);
        }
    }
    (tries, shown)
}

/// Makes requests with the asker's token, so many at a time.
pub(super) async fn attempts(
    world: &World,
    base: &str,
    requests: Vec<Request>,
    sides: &Sides,
    together: usize,
) -> Vec<Try> {
    let one = |request| attempt(&world.door, base, request, sides.asker.as_deref(), &sides.canaries);
    let tries = futures::stream::iter(requests).map(one).buffered(together);
    tries.filter_map(std::future::ready).collect().await
}

/// How many requests of a further form are made to see whether the server has it, until one shows something.
const CONTROLS: usize = 4;

/// What forms of a way show the record to its owner. None if none does.
async fn shown(door: &Door, base: &str, controls: &[Request], sides: &Sides) -> Option<String> {
    let mut forms: Vec<(&'static str, Vec<&Request>)> = Vec::new();
    for request in controls {
        match forms.iter_mut().find(|(form, _)| *form == request.template) {
            Some((_, of)) => of.push(request),
            None => forms.push((request.template, vec![request])),
        }
    }
    let mut first = None;
    let mut many = 0;
    // One by one: the first that shows something is enough.
    for (at, (_, requests)) in forms.iter().enumerate() {
        let limit = if at == 0 { requests.len() } else { CONTROLS };
        for request in requests.iter().take(limit) {
            if shows(door, base, request, sides).await {
                first.get_or_insert(*request);
                many += 1;
                break;
            }
        }
    }
    let first = first?;
    let of = first.of.as_ref().map_or(String::new(), |of| format!(" for {of}"));
    let forms = if forms.len() > 1 { format!(", as {many} of {} forms do", forms.len()) } else { String::new() };
    Some(format!("`{}`{of} shows the record to its owner{forms}", first.template))
}

async fn by_way(world: &mut World, words: Words) -> Outcome {
    let (sides, chart) = sides(world, &words, words.get(0), ClientRole::Public).await?;
    of_owner(world, &words, &sides, &chart, words.get(2).is_empty()).await
}

/// Asks for the record of the owner whom the phrase names, by the way that it names.
async fn of_owner(world: &mut World, words: &Words, sides: &Sides, chart: &Chart, demanded: bool) -> Outcome {
    let crossing = Crossing::by(words.slot::<Way>()?);
    let people = (Some(other(words.get(0))), words.get(0));
    let parties = parties(world, chart, people, &sides.owner, &crossing.asks).await?;
    by(world, sides, &parties, &crossing, demanded).await
}

/// How many of the requests of a way are made.
pub(super) fn extent(world: &World, usual: Extent) -> Extent {
    if world.bench.thorough { Extent::Everything } else { usual }
}

/// Makes the requests of a way; `demanded` says whether every server has it.
async fn by(world: &mut World, sides: &Sides, parties: &Parties<'_>, crossing: &Crossing, demanded: bool) -> Outcome {
    let (requests, product) = crossing::requests(&crossing.asks, parties, extent(world, Extent::EveryType));
    if requests.is_empty() {
        let why = "the record shows nothing that these requests need; add it to the test data to examine this way";
        return Err(world.page.not_shown(why));
    }
    let (tries, controlled) = cross(world, sides, requests, crossing.control, parties).await;
    let leaks = tries.iter().any(|one| !one.leaks.is_empty());
    match controlled {
        None if !leaks && demanded => {
            Err(world.page.blocked("this way shows nothing even to the owner of the record, so it would prove nothing"))
        }
        None if !leaks => {
            Err(world.page.not_applicable("the server does not have it: it shows nothing to the owner either"))
        }
        controlled => {
            world.put(Crossed {
                tries,
                product,
                controlled: controlled.unwrap_or_default(),
                values: sides.canaries.count(),
            });
            Ok(())
        }
    }
}

/// With a token of the scenario's own scopes.
async fn by_own_token(world: &mut World, words: Words) -> Outcome {
    let asker = world.session()?.token();
    let (sides, chart) = sides(world, &words, words.get(0), ClientRole::Public).await?;
    of_owner(world, &words, &Sides { asker, ..sides }, &chart, true).await
}

/// The same patient's token of fewer scopes: what it does not cover is as closed as another patient's record.
async fn beyond_by_way(world: &mut World, words: Words) -> Outcome {
    let narrow = world.session()?;
    let user = narrow.key.user.clone();
    let key = world.key(&user, ClientRole::Public, "", Launch::Standalone);
    let owner = world.shared_session(&words, key).await?;
    let chart = world.chart().await?;
    let grants = |of: &str| ['r', 's'].iter().any(|may| covers(narrow.scope(), of, *may));
    let canaries = Arc::new(Canaries::beyond(&record(world, &chart, &user)?, grants));
    if canaries.count() == 0 {
        return Err(world.page.not_shown("the record shows nothing but what these scopes cover"));
    }
    let sides = Sides { asker: narrow.token(), owner, canaries };
    let crossing = Crossing::by(words.slot::<Way>()?);
    let mut parties = parties(world, &chart, (Some(&user), &user), &sides.owner, &crossing.asks).await?;
    parties.owner.resources.retain(|body| !grants(body["resourceType"].as_str().unwrap_or_default()));
    by(world, &sides, &parties, &crossing, words.get(1).is_empty()).await
}

async fn by_every_way(world: &mut World, words: Words) -> Outcome {
    let owner = words.get(1);
    let (sides, chart) = sides(world, &words, owner, words.slot::<ClientRole>()?).await?;
    every_way(world, &sides, &chart, (Some(other(owner)), owner)).await
}

async fn by_every_way_as_nobody(world: &mut World, words: Words) -> Outcome {
    let (owner, how) = (words.get(0), words.get(1));
    // At a target that is open to all, declared so, what a stranger sees proves nothing.
    let own = world.grant()?.access_token;
    let asker = match how {
        "with that token" => Some(own),
        "with an invented token" => Some("probity-invented-token-0000-0000-0000-00".to_owned()),
        _ => None,
    };
    let key = world.key(owner, ClientRole::Public, "", Launch::Standalone);
    let session = world.shared_session(&words, key).await?;
    let chart = world.chart().await?;
    let canaries = Arc::new(Canaries::all(&record(world, &chart, owner)?));
    every_way(world, &Sides { asker, owner: session, canaries }, &chart, (None, owner)).await
}

/// Asks by every way: one request of each, and of the plain ones for every type where nobody asks.
async fn every_way(world: &mut World, sides: &Sides, chart: &Chart, people: (Option<&str>, &str)) -> Outcome {
    let (mut all, mut whole, mut shown) = (Vec::new(), 0, 0);
    for (turn, way) in Way::ALL.iter().enumerate() {
        let crossing = Crossing::by(*way);
        let parties = parties(world, chart, people, &sides.owner, &crossing.asks).await?;
        let extent = match (people.0, way) {
            (None, Way::ReadClinical | Way::SearchPatient) => Extent::EveryType,
            _ => Extent::One(turn),
        };
        let (requests, product) = crossing::requests(&crossing.asks, &parties, self::extent(world, extent));
        whole += product;
        let (tries, controlled) = cross(world, sides, requests, crossing.control, &parties).await;
        shown += usize::from(controlled.is_some());
        all.extend(tries);
    }
    if shown == 0 {
        return Err(world
            .page
            .blocked("no way shows anything even to the owner of the record, so nothing would be proved"));
    }
    let controlled = format!("{shown} of {} ways show the record to its owner", Way::ALL.len());
    world.put(Crossed { tries: all, product: whole, controlled, values: sides.canaries.count() });
    Ok(())
}

async fn nothing_disclosed(world: &mut World, words: Words) -> Outcome {
    let crossed: &Crossed = world.need()?;
    let seen = crossing::nothing_crossed(&crossed.tries, crossed.product, crossed.values, &crossed.controlled);
    // What broke instead of refusing may leak another time.
    let no_answer = crossed.tries.iter().find_map(|one| one.no_answer.clone()).filter(|_| seen.met);
    match no_answer {
        Some(why) => {
            world.page.cite(&seen.cites);
            Err(world.page.inconclusive(why))
        }
        None => world.write(&words, seen),
    }
}
