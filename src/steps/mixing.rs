//! Phrases about requests that mix what belongs apart: two tokens in one request, a launch of somebody else, other versions of
//! the API, conditions that tell what a refusal hides.

use super::isolation::received;
use super::scene::{Other, Suspects};
use super::token::client;
use super::{Outcome, Words, World};
use crate::examine::{IdToken, Observation, answer};
use crate::fhir;
use crate::http::{Answer, Call};
use crate::record::Halt;
use crate::smart::{Consent, Endpoints, Grant, Launch, SessionKey, Site};
use crate::target::ClientRole;
use url::Url;

topic! {
    When r"both patients are read with the tokens of a and b in one request" "two Authorization headers, in both orders, and one with both tokens" with_both;
    Check r"no order of the tokens opens both records" "a request is somebody's, not two people's" not_both;
    When r"patient b is read with patient a's token in the header and patient b's in the query" "RFC 6750 2: one method a request" header_and_query;
    When r"patient b is read at other versions of the API, with patient a's token and with none" "the version in the path of the FHIR base, lower, higher and left out" at_versions;
    When r"patient b is read under conditions with patient a's token" "If-None-Match, If-Match and If-Modified-Since" under_conditions;
    Check r"no condition changes the refusal" "the status is the one without it, never 304 or 412" same_refusal;
    When r"patient (\w+) signs in( at the other tenant)? with a launch handle of the EHR" "the handle was made for the person at the EHR" with_handle;
    Check r"what is granted has not the context of that launch" "neither its patient in context nor a read of that patient; nothing granted is right too" not_that_context;
    Check r"the id_token of each tenant is from its own issuer" "iss is the issuer of the tenant's SMART configuration" own_issuers;
    Check r"each id_token is for its own app alone" "aud names no other client" own_audiences;
}

/// Answers to reads of two patients, by the order of the tokens.
pub(super) struct Orders(Vec<(&'static str, [(bool, u32); 2])>);

/// What came of the same read with and without conditions.
pub(super) struct Conditions {
    plain: (u16, u32),
    under: Vec<(&'static str, u16, u32)>,
}

/// What a foreign launch handle brought, and the context that it was made for.
pub(super) struct Handled {
    launched: String,
    grant: Option<Grant>,
    reads: Option<bool>,
    cites: Vec<u32>,
}

/// The tokens and patients of a and b.
fn both(world: &World) -> Result<[(String, String); 2], Halt> {
    let none = || world.page.not_configured("no patient is known for users a and b");
    let Other(b) = world.need()?;
    let b = (world.token_of(b)?, b.patient.clone().ok_or_else(none)?);
    let own = world.session()?;
    Ok([(world.token_of(&own)?, own.patient.clone().ok_or_else(none)?), b])
}

impl World {
    fn token_of(&self, session: &crate::smart::Session) -> Result<String, Halt> {
        session.token().ok_or_else(|| self.page.not_applicable("the target asks for no authorization (login `none`)"))
    }
}

fn read(world: &World, patient: &str, purpose: &str) -> Call {
    fhir::get(world.bench.site.fhir(&format!("Patient/{patient}")), None, purpose)
}

async fn with_both(world: &mut World, _: Words) -> Outcome {
    let [(a, of_a), (b, of_b)] = both(world)?;
    let header = |token: &str| format!("Bearer {token}");
    let forms: [(&str, Vec<String>); 3] = [
        ("a, then b", vec![header(&a), header(&b)]),
        ("b, then a", vec![header(&b), header(&a)]),
        ("both in one", vec![format!("{}, {}", header(&a), header(&b))]),
    ];
    let mut orders = Vec::new();
    for (order, headers) in forms {
        let mut served = [(false, 0); 2];
        for (slot, patient) in served.iter_mut().zip([&of_a, &of_b]) {
            let call = read(world, patient, "read with the tokens of two patients");
            let call = headers.iter().fold(call, |call, value| call.header("authorization", value.as_str()));
            let answer = world.door.send(call).await;
            let answer = world.said(answer)?;
            *slot = (answer::is_that_resource(&answer, "Patient", patient).met, answer.number());
        }
        orders.push((order, served));
    }
    world.put(Orders(orders));
    Ok(())
}

async fn not_both(world: &mut World, words: Words) -> Outcome {
    let Orders(orders) = world.need()?;
    let wrong = orders.iter().find(|(_, served)| served.iter().all(|(served, _)| *served));
    let cites: Vec<u32> = match wrong {
        Some((_, served)) => served.iter().map(|(_, number)| *number).collect(),
        None => orders.iter().flat_map(|(_, served)| served.iter().map(|(_, number)| *number)).collect(),
    };
    let observed = wrong.map_or("at most one".to_owned(), |(order, _)| format!("both, with the tokens of {order}"));
    world.write(&words, Observation::new(wrong.is_none(), "at most one of the two records", observed, cites))
}

async fn header_and_query(world: &mut World, _: Words) -> Outcome {
    let [(a, _), (b, of_b)] = both(world)?;
    let path = format!("Patient/{of_b}");
    let mut url = world.bench.site.fhir(&path);
    url.query_pairs_mut().append_pair("access_token", &b);
    let call = fhir::get(url, Some(&a), "read with a token in the header and another in the query");
    let answer = world.door.send(call).await;
    let answer = world.answered(answer)?;
    world.put(Suspects(vec![received(&answer, Some(path))]));
    Ok(())
}

/// The base with another version in its path; none where its path has no version.
fn versions(base: &Url) -> Vec<Url> {
    let segments: Vec<&str> = base.path().trim_matches('/').split('/').collect();
    let number = |text: &str| text.strip_prefix(['v', 'V']).and_then(|rest| rest.parse::<u8>().ok());
    let Some((at, own)) = segments.iter().enumerate().find_map(|(at, text)| Some((at, number(text)?))) else {
        return Vec::new();
    };
    let others = (0..=own.saturating_add(1)).filter(|other| *other != own).map(|other| Some(format!("v{other}")));
    let mut all = Vec::new();
    for other in others.chain([None]) {
        let mut path: Vec<String> = segments.iter().map(|text| (*text).to_owned()).collect();
        match other {
            Some(other) => path[at] = other,
            None => drop(path.remove(at)),
        }
        let mut url = base.clone();
        url.set_path(&path.join("/"));
        all.push(url);
    }
    all
}

async fn at_versions(world: &mut World, _: Words) -> Outcome {
    let [(a, _), (_, of_b)] = both(world)?;
    let all = versions(world.bench.site.base());
    if all.is_empty() {
        return Err(world.page.not_applicable("not applicable: the path of the FHIR base names no version"));
    }
    let path = format!("Patient/{of_b}");
    let mut suspects = Vec::new();
    for base in all {
        for token in [Some(a.as_str()), None] {
            let call = fhir::get(crate::target::join(&base, &path), token, "read at another version of the API");
            let answer = world.door.send(call).await;
            let answer = world.answered(answer)?;
            suspects.push(received(&answer, Some(path.clone())));
        }
    }
    world.put(Suspects(suspects));
    Ok(())
}

const CONDITIONS: [(&str, &str); 5] = [
    ("if-none-match", "*"),
    ("if-none-match", "W/\"1\""),
    ("if-match", "*"),
    ("if-modified-since", "Mon, 01 Jan 1990 00:00:00 GMT"),
    ("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT"),
];

async fn under_conditions(world: &mut World, _: Words) -> Outcome {
    let [(a, _), (_, of_b)] = both(world)?;
    let url = world.bench.site.fhir(&format!("Patient/{of_b}"));
    let plain = world.door.send(fhir::get(url.clone(), Some(&a), "read of another patient")).await;
    let plain = world.said(plain)?;
    let mut under = Vec::new();
    for (name, value) in CONDITIONS {
        let call = fhir::get(url.clone(), Some(&a), "read of another patient under a condition").header(name, value);
        let answer = world.door.send(call).await;
        let answer: Answer = world.said(answer)?;
        under.push((name, answer.status(), answer.number()));
    }
    world.put(Conditions { plain: (plain.status(), plain.number()), under });
    Ok(())
}

async fn same_refusal(world: &mut World, words: Words) -> Outcome {
    let Conditions { plain: (status, number), under } = world.need()?;
    let wrong = under.iter().find(|(_, own, _)| own != status || matches!(own, 304 | 412));
    let observed = match wrong {
        Some((name, own, _)) => format!("{status} without, {own} with {name}"),
        None => format!("{status} with and without"),
    };
    let cites = wrong.map_or_else(|| vec![*number], |(.., own)| vec![*number, *own]);
    world.write(&words, Observation::new(wrong.is_none(), "the same refusal", observed, cites))
}

async fn with_handle(world: &mut World, words: Words) -> Outcome {
    let launched = world.session()?.grant().and_then(|grant| grant.patient);
    let launched = launched.ok_or_else(|| world.page.blocked("the launch of the EHR has no patient in context"))?;
    let (home, role) = (world.bench.site.clone(), world.session()?.key.client);
    let away = !words.get(1).is_empty();
    let site: Site = if away { home.second().map_err(|trouble| world.halt(&words, trouble))? } else { home.clone() };
    let ehr_user = world.session()?.key.user.clone();
    let user = home.user(&ehr_user).map_err(|trouble| world.halt(&words, trouble))?;
    let launch =
        crate::smart::ehr_launch(&world.door, &home, user).await.map_err(|trouble| world.halt(&words, trouble))?;
    let Some(handle) = launch.get("launch").map(str::to_owned) else {
        return Err(world.page.blocked("the EHR hands over no launch handle"));
    };
    let own = site.user(words.get(0)).map_err(|trouble| world.halt(&words, trouble))?.patient.clone();
    if own.as_deref() == Some(launched.as_str()) {
        return Err(world.page.not_shown("the EHR launches for the patient who signs in"));
    }
    let scopes = "launch openid fhirUser patient/*.rs";
    let key = SessionKey { second_tenant: away, ..world.key(words.get(0), role, scopes, Launch::Standalone) };
    let played =
        crate::smart::authorize(&world.door, &site, &key, |ask| ask.set("launch", Some(&handle)), &Consent::All).await;
    let (ask, landing, endpoints) = played.map_err(|trouble| world.halt(&words, trouble))?;
    if let Some(why) = landing.unclear() {
        return Err(world.page.inconclusive(world.door.redact(&why)));
    }
    let mut cites = vec![landing.number()];
    let mut grant = None;
    if let Some(code) = landing.get("code") {
        let app = client(world, &words, &site, role)?;
        let answer = crate::smart::exchange(&world.door, &endpoints, app, &ask, code).await;
        let answer = Ok(answer.map_err(|trouble| world.halt(&words, trouble))?);
        let answer = world.answered(answer)?;
        cites.push(answer.number());
        grant = Grant::read(&answer, scopes).ok();
    }
    let mut reads = None;
    if let Some(grant) = &grant {
        let call = fhir::get(
            home.fhir(&format!("Patient/{launched}")),
            Some(&grant.access_token),
            "read of the patient of the launch",
        );
        let answer = world.door.send(call).await;
        let answer = world.answered(answer)?;
        cites.push(answer.number());
        reads = Some(answer::is_that_resource(&answer, "Patient", &launched).met);
    }
    world.put(Handled { launched, grant, reads, cites });
    Ok(())
}

async fn not_that_context(world: &mut World, words: Words) -> Outcome {
    let Handled { launched, grant, reads, cites } = world.need()?;
    let in_context = grant.as_ref().is_some_and(|grant| grant.patient.as_deref() == Some(launched.as_str()));
    let observed = match (in_context, reads) {
        (true, _) => "the patient of the launch is in context",
        (_, Some(true)) => "the token reads the patient of the launch",
        (_, Some(false)) => "a token without it",
        (_, None) => "no token",
    };
    let met = !in_context && *reads != Some(true);
    world.write(&words, Observation::new(met, "nothing of that launch", observed, cites.clone()))
}

async fn own_issuers(world: &mut World, words: Words) -> Outcome {
    let home = world.bench.site.clone();
    let away = home.second().map_err(|trouble| world.halt(&words, trouble))?;
    let Other(other) = world.need()?;
    let tokens = [(home, world.grant()?), (away, other.grant().ok_or_else(|| world.misplaced("a token of both"))?)];
    for (site, grant) in tokens {
        let endpoints = Endpoints::discover(&world.door, &site).await.map_err(|trouble| world.halt(&words, trouble))?;
        let token = IdToken::of(&grant);
        let token = token.ok_or_else(|| world.page.not_applicable("not both tenants issue an id_token"))?;
        world.write(&words, token.is_from(endpoints.issuer.as_deref()))?;
    }
    Ok(())
}

async fn own_audiences(world: &mut World, words: Words) -> Outcome {
    let site = world.bench.site.clone();
    let id = |role: ClientRole| site.client(role).map(|client| client.id.clone());
    for (role, other) in [(ClientRole::Public, ClientRole::Second), (ClientRole::Second, ClientRole::Public)] {
        let key = world.key("a", role, "", Launch::Standalone);
        let session = world.shared_session(&words, key).await?;
        let grant = session.grant().ok_or_else(|| world.misplaced("a token of each app"))?;
        let token = IdToken::of(&grant);
        let token = token.ok_or_else(|| world.page.not_applicable("not both apps get an id_token"))?;
        let other = id(other).map_err(|trouble| world.halt(&words, trouble))?;
        world.write(&words, token.is_not_for(&other))?;
    }
    Ok(())
}
