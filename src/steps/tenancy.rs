//! Phrases about one tenant's token and another tenant's record: every way to ask there, and requests that lead there from
//! here.

use super::crossing::{self, Sides, TOGETHER};
use super::isolation::record;
use super::scene::{Crossed, Other};
use super::{Outcome, Words, World};
use crate::chart::Chart;
use crate::examine::Observation;
use crate::examine::canary::Canaries;
use crate::examine::crossing::{Extent, Parties, Request, Searches, requests};
use crate::examine::isolation::Record;
use crate::fhir::{self, Bundle};
use crate::probe::{Attack as _, Crossing, Way};
use crate::record::Halt;
use crate::smart::{Session, Site};
use serde_json::Value;
use std::sync::Arc;

topic! {
    When r"the record at the other tenant is asked for there with this tenant's token" "one request of each way to ask for another patient's record" there;
    When r"the patients of both tenants ask for their own records at the same time" "each with their own token, at their own FHIR base" both_at_once;
    Check r"each is shown their own" "what they are shown alone" own_alone;
    When r"the record at the other tenant is asked for here by (paths that lead|headers that point) there" "with this tenant's token at this tenant's FHIR base" here;
}

/// Searches that show enough of the record at the other tenant.
const SEARCHES: usize = 8;

/// Paths below this tenant's base that a server may resolve to `{other}`, the last segment of the other's base.
const PATHS: [&str; 8] = [
    "GET ..%2f{other}/Patient/{b}",
    "GET ..%2F{other}%2FPatient%2F{b}",
    "GET ..;/{other}/Patient/{b}",
    "GET %2e%2e%2f{other}/Patient/{b}",
    "GET ..%252f{other}/Patient/{b}",
    "GET ..%5c{other}/Patient/{b}",
    "GET {other}/Patient/{b}",
    "GET Patient/{b}?tenant={other}&_tenant={other}&tenantId={other}",
];

/// Headers with which a gateway names a tenant to the server behind it.
const HEADERS: [&str; 9] = [
    "X-Tenant-Id: {other}",
    "X-Tenant: {other}",
    "X-TenantID: {other}",
    "Tenant: {other}",
    "X-Realm: {other}",
    "X-Organization-Id: {other}",
    "X-Original-URL: {path}/Patient/{b}",
    "X-Rewrite-URL: {path}/Patient/{b}",
    "X-Forwarded-Prefix: {path}",
];

/// The patient at the other tenant, and what their own token shows of them.
struct Neighbour {
    site: Site,
    session: Arc<Session>,
    patient: String,
    resources: Vec<Value>,
    searches: Searches,
    next: Option<String>,
}

impl Neighbour {
    async fn of(world: &World, words: &Words, chart: &Chart) -> Result<Self, Halt> {
        let site = world.bench.site.second().map_err(|trouble| world.halt(words, trouble))?;
        let Other(session) = world.need()?;
        let none = || world.page.not_configured("no patient is known at the other tenant");
        let mut own = Self {
            patient: session.patient.clone().ok_or_else(none)?,
            session: Arc::clone(session),
            site,
            resources: Vec::new(),
            searches: Searches::new(),
            next: None,
        };
        own.take(world, &format!("Patient/{}", own.patient.clone())).await;
        let all = crossing::searches(chart.made.iter().filter(|made| made.anchor.of != "Patient"));
        own.searches = all.into_iter().take(SEARCHES).collect();
        for (of, (by, rest)) in own.searches.clone() {
            let pairs = std::iter::once((by, own.patient.clone())).chain(rest);
            let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
            own.take(world, &format!("{of}?{query}")).await;
            if own.next.is_none() {
                let token = own.session.token();
                own.next = crossing::next_of(world, &own.site, token.as_deref(), &format!("{of}?{query}")).await;
            }
        }
        Ok(own)
    }

    async fn ask(&self, world: &World, path: &str) -> Option<crate::http::Answer> {
        let purpose = "the record at the other tenant, by its own token";
        let call = fhir::get(self.site.fhir(path), self.session.token().as_deref(), purpose);
        world.door.send(call).await.ok().filter(crate::http::Answer::is_success)
    }

    async fn take(&mut self, world: &World, path: &str) {
        let Some(body) = self.ask(world, path).await.and_then(|answer| answer.json().ok()) else { return };
        match Bundle::of(body.clone()) {
            Some(bundle) => self.resources.extend(bundle.matches().cloned()),
            None => self.resources.push(body),
        }
    }

    fn record(&self) -> Record<'_> {
        Record { patient: &self.patient, resources: self.resources.iter().collect() }
    }

    fn base(&self) -> String {
        self.site.base().as_str().trim_end_matches('/').to_owned()
    }

    /// Who asks, with what, and what is looked for; a halt where nothing could leak.
    fn sides(&self, world: &World, chart: &Chart) -> Result<Sides, Halt> {
        let canaries = Arc::new(Canaries::against(&self.record(), &record(world, chart, "a")?));
        if canaries.count() == 0 || self.resources.is_empty() {
            let why = "the record at the other tenant shows nothing that this tenant's does not, so nothing could leak";
            return Err(world.page.not_shown(why));
        }
        Ok(Sides { asker: world.session()?.token(), owner: Arc::clone(&self.session), canaries })
    }
}

async fn there(world: &mut World, words: Words) -> Outcome {
    world.grant()?;
    let chart = world.chart().await?;
    let neighbour = Neighbour::of(world, &words, &chart).await?;
    let sides = neighbour.sides(world, &chart)?;
    let parties = Parties {
        asker: record(world, &chart, "a")?,
        owner: neighbour.record(),
        base: neighbour.base(),
        searches: neighbour.searches.clone(),
        next: neighbour.next.clone(),
    };
    let (mut tries, mut product, mut shown) = (Vec::new(), 0, 0);
    for (turn, way) in Way::ALL.iter().enumerate() {
        let crossing = Crossing::by(*way);
        let (made, whole) = requests(&crossing.asks, &parties, crossing::extent(world, Extent::One(turn)));
        let (own, controlled) = crossing::cross(world, &sides, made, crossing.control, &parties).await;
        product += whole;
        shown += usize::from(controlled.is_some());
        tries.extend(own);
    }
    if shown == 0 {
        return Err(world.page.blocked("no way shows anything even at the other tenant itself"));
    }
    let controlled = format!("{shown} of {} ways show the record to its owner", Way::ALL.len());
    world.put(Crossed { tries, product, controlled, values: sides.canaries.count() });
    Ok(())
}

async fn here(world: &mut World, words: Words) -> Outcome {
    world.grant()?;
    let chart = world.chart().await?;
    let neighbour = Neighbour::of(world, &words, &chart).await?;
    let sides = neighbour.sides(world, &chart)?;
    let path = url::Url::parse(&neighbour.base()).map(|url| url.path().to_owned()).unwrap_or_default();
    let other = path.rsplit('/').next().unwrap_or_default().to_owned();
    let fill = |text: &str| text.replace("{other}", &other).replace("{path}", &path).replace("{b}", &neighbour.patient);
    let request = |template: &'static str, path: String, headers: Vec<(String, String)>| Request {
        template,
        of: None,
        method: "GET",
        url: path,
        headers,
        body: None,
        values: vec![neighbour.patient.clone()],
    };
    let made: Vec<Request> = match words.get(0) {
        "paths that lead" => {
            PATHS.iter().map(|text| request(text, fill(text.trim_start_matches("GET ")), Vec::new())).collect()
        }
        _ => {
            let header =
                |text: &str| fill(text).split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
            HEADERS.iter().map(|text| request(text, fill("Patient/{b}"), header(text).into_iter().collect())).collect()
        }
    };
    world.door.hide("record_value", &neighbour.patient);
    let base = world.bench.site.base().as_str().trim_end_matches('/').to_owned();
    let product = made.len();
    let tries = crossing::attempts(world, &base, made, &sides, TOGETHER).await;
    let controlled = "the Patient is shown at the other tenant itself".to_owned();
    world.put(Crossed { tries, product, controlled, values: sides.canaries.count() });
    Ok(())
}

/// How often the patients of both tenants ask at the same time.
const AT_ONCE: usize = 15;

/// What the patients of both tenants are shown alone, and what at the same time as the other.
pub(super) struct Mixups {
    alone: [Value; 2],
    at_once: Vec<[(Value, u32); 2]>,
}

async fn both_at_once(world: &mut World, words: Words) -> Outcome {
    world.grant()?;
    let away = world.bench.site.second().map_err(|trouble| world.halt(&words, trouble))?;
    let Other(other) = world.need()?;
    let (own, other) = (world.session()?, Arc::clone(other));
    let call = |site: &Site, session: &Session, format: &str| {
        let id = session.patient.clone().unwrap_or_default();
        fhir::get(site.fhir(&format!("Patient/{id}{format}")), session.token().as_deref(), "read of the own Patient")
    };
    let home = world.bench.site.clone();
    let calls = |format| [call(&home, &own, format), call(&away, &other, format)];
    let mut alone = Vec::new();
    for call in &calls("") {
        let answer = world.door.send(call.clone()).await;
        let body = world.answered(answer)?.json().unwrap_or_default();
        if body["resourceType"] != "Patient" {
            return Err(world.page.blocked("a patient cannot read their own Patient, so nothing would be proved"));
        }
        alone.push(body);
    }
    if alone[0] == alone[1] {
        return Err(world.page.not_shown("both tenants show the same Patient, so nothing could be mixed up"));
    }
    let (mut at_once, calls) = (Vec::new(), calls("?_format=json"));
    for _ in 0..AT_ONCE {
        let (one, two) = futures::join!(world.door.send(calls[0].clone()), world.door.send(calls[1].clone()));
        let (one, two) = (world.said(one)?, world.said(two)?);
        let seen = |answer: &crate::http::Answer| (answer.json().unwrap_or_default(), answer.number());
        at_once.push([seen(&one), seen(&two)]);
    }
    let [one, two] = <[Value; 2]>::try_from(alone).map_err(|_| world.misplaced("two Patients"))?;
    world.put(Mixups { alone: [one, two], at_once });
    Ok(())
}

async fn own_alone(world: &mut World, words: Words) -> Outcome {
    let Mixups { alone, at_once } = world.need()?;
    let wrong = at_once.iter().flat_map(|both| {
        [(&both[0], &alone[1]), (&both[1], &alone[0])].into_iter().filter(|((seen, _), other)| seen == *other)
    });
    let wrong: Vec<u32> = wrong.map(|((_, number), _)| *number).collect();
    let observed = match wrong.len() {
        0 => format!("{} times their own", at_once.len() * 2),
        many => format!("{many} times the other tenant's Patient"),
    };
    let cites =
        if wrong.is_empty() { at_once.iter().take(1).flat_map(|b| [b[0].1, b[1].1]).collect() } else { wrong.clone() };
    world.write(&words, Observation::new(wrong.is_empty(), "each their own Patient", observed, cites))
}
