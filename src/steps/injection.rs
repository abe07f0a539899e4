//! Phrases about requests that want to be repeated in an answer: a host in headers, markup, a line break.

use super::access::patient;
use super::scene::Answers;
use super::{Outcome, Words, World};
use crate::examine::injection::{self, MARKUP};
use crate::fhir;
use crate::http::{Answer, Call};
use crate::record::Halt;
use crate::smart::Ask;
use crate::target::ClientRole;

topic! {
    When r"the app searches and discovers with headers that name another host" "X-Forwarded-Host, Forwarded and their like" with_hosts;
    When r"the authorization server and the FHIR API are sent markup" "in client_id, state, redirect_uri, scope, an id and a search, asked for HTML" with_markup;
    When r"the authorization server and the FHIR API are sent line breaks" "an encoded line break and a header after it" with_line_breaks;
    Check r"no address in the answers leads to that host" "links, full URLs, endpoints and redirects" no_foreign_host;
    Check r"no page repeats the markup" "as it was sent, in an answer that a browser takes for HTML" no_markup;
    Check r"no answer has the header that was sent" "a header of the answer" no_header;
}

const FOREIGN: &str = "attacker.example";
/// An encoded line break, and what would be a header of its own after it.
const BREAK: &str = "x\r\nX-Probity-Injected: 1";

/// Takes the answers to some requests under examination, each of which must say something.
pub(super) async fn answers(world: &mut World, calls: Vec<Call>) -> Result<(), Halt> {
    let mut all: Vec<Answer> = Vec::new();
    for call in calls {
        let answer = world.door.send(call).await;
        all.push(world.said(answer)?);
    }
    world.put(Answers(all));
    Ok(())
}

/// A right authorization request of the public app.
pub(super) async fn right_ask(world: &World, words: &Words) -> Result<Ask, Halt> {
    let site = &world.bench.site;
    let client = site.client(ClientRole::Public).map_err(|trouble| world.halt(words, trouble))?;
    let redirect_uri = site.redirect_uri(client).map_err(|trouble| world.halt(words, trouble))?.clone();
    let (endpoints, scopes) = (world.endpoints(words).await?, ["launch/patient", "patient/*.rs"].map(str::to_owned));
    let right = Ask::new(&endpoints, client, &redirect_uri, &scopes, site.base(), None);
    right.map_err(|why| world.halt(words, why.into()))
}

/// The authorization endpoint with one parameter of a right request changed.
async fn authorize(world: &mut World, words: &Words, changes: &[(&str, &str)]) -> Result<Vec<Call>, Halt> {
    let right = right_ask(world, words).await?;
    let made = changes.iter().map(|(name, value)| {
        let mut ask = right.clone();
        ask.set(name, Some(value));
        let purpose = format!("authorization request with a {name} that wants to be repeated");
        Call::get(ask.url(), purpose).header("accept", "text/html").oauth()
    });
    Ok(made.collect())
}

async fn with_hosts(world: &mut World, _: Words) -> Outcome {
    let (site, token) = (world.bench.site.clone(), world.session()?.token());
    let path = format!("Patient?_id={}", patient(world)?);
    let named = |call: Call| {
        let headers = [
            ("x-forwarded-host", FOREIGN),
            ("x-forwarded-server", FOREIGN),
            ("x-host", FOREIGN),
            ("forwarded", "host=attacker.example;proto=https"),
            ("x-original-host", FOREIGN),
        ];
        headers.iter().fold(call, |call, (name, value)| call.header(name, *value))
    };
    let discovery = |path: &str| {
        Call::get(site.fhir(path), "discovery with headers that name another host").header("accept", "application/json")
    };
    let calls = vec![
        named(fhir::get(site.fhir(&path), token.as_deref(), "a search with headers that name another host")),
        named(discovery(".well-known/smart-configuration")),
        named(discovery("metadata")),
    ];
    answers(world, calls).await
}

async fn with_markup(world: &mut World, words: Words) -> Outcome {
    let (site, token) = (world.bench.site.clone(), world.session()?.token());
    let names =
        ["client_id", "state", "redirect_uri", "scope", "aud", "launch", "login_hint", "ui_locales", "response_type"];
    let mut calls = authorize(world, &words, &names.map(|name| (name, MARKUP))).await?;
    let encoded: String = url::form_urlencoded::byte_serialize(MARKUP.as_bytes()).collect();
    for path in [
        format!("Patient/{encoded}"),
        format!("Patient?name={encoded}&_format=html"),
        format!("{encoded}?_format=html"),
    ] {
        let call = Call::new("GET", site.fhir(&path), "a request with markup")
            .header("accept", "text/html")
            .bearer(token.as_deref());
        calls.push(call);
    }
    answers(world, calls).await
}

async fn with_line_breaks(world: &mut World, words: Words) -> Outcome {
    let (site, token) = (world.bench.site.clone(), world.session()?.token());
    let mut calls =
        authorize(world, &words, &["state", "client_id", "redirect_uri", "scope"].map(|name| (name, BREAK))).await?;
    for path in [
        "Patient?name=x%0d%0aX-Probity-Injected:%201",
        "Patient?_count=1%0d%0aX-Probity-Injected:%201",
        "Patient/x%0d%0aX-Probity-Injected:%201",
    ] {
        calls.push(fhir::get(site.fhir(path), token.as_deref(), "a request with a line break"));
    }
    answers(world, calls).await
}

async fn no_foreign_host(world: &mut World, words: Words) -> Outcome {
    let all = &world.need::<Answers>()?.0;
    world.write_all(&words, all.iter().map(|answer| injection::leads_nowhere_else(answer, FOREIGN)))
}

async fn no_markup(world: &mut World, words: Words) -> Outcome {
    let all = &world.need::<Answers>()?.0;
    world.write_all(&words, all.iter().map(injection::repeats_no_markup))
}

async fn no_header(world: &mut World, words: Words) -> Outcome {
    let all = &world.need::<Answers>()?.0;
    world.write_all(&words, all.iter().map(injection::has_no_injected_header))
}
