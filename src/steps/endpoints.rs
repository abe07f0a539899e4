//! Phrases about endpoints beside those of the flows: userinfo, registration, those that are named and perhaps not there,
//! and FHIR bases of tenants that do not exist.

use super::access::patient;
use super::scene::Answers;
use super::{Outcome, Words, World};
use crate::examine::{IdToken, Observation, answer, refusal};
use crate::fhir;
use crate::http::{Answer, Call};
use crate::record::{Halt, Strength};
use crate::smart::Endpoints;
use url::Url;

topic! {
    Given r"a userinfo endpoint" "the OpenID configuration names one" has_userinfo;
    When r"the userinfo endpoint is asked (with that token|without a token|with an invented token)" "GET" asks_userinfo;
    Check r"it tells the subject of the id_token" "200, and the same sub" same_subject;
    Check r"it tells nobody" "no success, and no sub" tells_nobody;
    Given r"a registration endpoint" "the SMART configuration names one" has_registration;
    When r"a registration of nothing is sent" "POST of an empty JSON object, which registers no app" registers_nothing;
    Check r"no app is registered" "no client_id" not_registered;
    When r"the token, introspection and revocation endpoints are sent nothing" "POST of an empty form to those that are named" sends_nothing;
    Check r"each of them should be there" "neither 404 nor a server error" all_there;
    When r"what operators use is asked for without credentials" "one GET each, at the hosts of the FHIR base and of the authorization server" asks_operators;
    Check r"nothing of the inside is served" "no environment, no source, no console" nothing_inside;
    Check r"no measurements should be served" "no metrics" no_measurements;
    When r"methods that do not fit are sent" "TRACE of the base and POST of metadata, with the token" sends_methods;
    Check r"no token comes back" "in no body" no_token_back;
    When r"patient a's record is read at tenants that there are not" "invented names in the place of the tenant's, with that token and with none" reads_at_none;
}

/// Names that no tenant has, as they stand in a path.
const NO_TENANT: [&str; 5] = ["probity-nobody", "undefined", "null", "*", "%20"];

fn userinfo(world: &World) -> Result<Url, Halt> {
    let named = world.document()?.value["userinfo_endpoint"].as_str().and_then(|text| Url::parse(text).ok());
    named
        .ok_or_else(|| world.page.not_applicable("not applicable: the OpenID configuration names no userinfo_endpoint"))
}

async fn has_userinfo(world: &mut World, _: Words) -> Outcome {
    userinfo(world).map(drop)
}

async fn asks_userinfo(world: &mut World, words: Words) -> Outcome {
    let url = userinfo(world)?;
    let token = match words.get(0) {
        "with that token" => Some(world.grant()?.access_token),
        "with an invented token" => Some("probity-invented-token-0000".to_owned()),
        _ => None,
    };
    let call = Call::get(url, format!("userinfo {}", words.get(0))).header("accept", "application/json");
    let answer = world.door.send(call.bearer(token.as_deref()).oauth()).await;
    world.answered(answer).map(drop)
}

/// What an answer of the userinfo endpoint tells; a signed one is opened (OpenID Connect Core 1.0, 5.3.2).
fn subject(answer: &Answer) -> Option<String> {
    let plain = answer.json().ok().and_then(|body| body["sub"].as_str().map(str::to_owned));
    let signed = || crate::smart::peek(answer.text().trim())?.payload["sub"].as_str().map(str::to_owned);
    plain.or_else(signed)
}

async fn same_subject(world: &mut World, words: Words) -> Outcome {
    let token = IdToken::of(&world.grant()?).ok_or_else(|| world.misplaced("an id_token"))?;
    let answer = world.answer()?;
    world.write(&words, token.is_of(subject(answer).as_deref(), answer))
}

async fn tells_nobody(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let seen = answer::withholds(answer, subject(answer).is_some(), "a sub");
    world.write_refusal(&words, answer, [seen])
}

fn registration(endpoints: &Endpoints) -> Option<Url> {
    endpoints.document["registration_endpoint"].as_str().and_then(|text| Url::parse(text).ok())
}

async fn has_registration(world: &mut World, words: Words) -> Outcome {
    match registration(&world.endpoints(&words).await?) {
        Some(_) => Ok(()),
        None => {
            Err(world.page.not_applicable("not applicable: the SMART configuration names no registration_endpoint"))
        }
    }
}

async fn registers_nothing(world: &mut World, words: Words) -> Outcome {
    let url =
        registration(&world.endpoints(&words).await?).ok_or_else(|| world.misplaced("a registration endpoint"))?;
    let call =
        Call::new("POST", url, "a registration of nothing").header("content-type", "application/json").body("{}");
    let answer = world.door.send(call.header("accept", "application/json").oauth()).await;
    world.answered(answer).map(drop)
}

async fn not_registered(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let client = answer.json().is_ok_and(|body| body["client_id"].is_string());
    world.write_refusal(&words, answer, [answer::withholds(answer, client, "a client_id")])
}

async fn sends_nothing(world: &mut World, words: Words) -> Outcome {
    let endpoints = world.endpoints(&words).await?;
    let named = [Some(endpoints.token), endpoints.introspect, endpoints.revoke].into_iter().flatten();
    let call = |url| Call::post_form(url, &[], "a form without fields").header("accept", "application/json").oauth();
    world.ask_each(named.map(call)).await
}

async fn all_there(world: &mut World, words: Words) -> Outcome {
    let Answers(all) = world.need()?;
    if let Some(why) = all.iter().find_map(refusal::no_answer) {
        return Err(world.page.inconclusive(why));
    }
    let told = ["each endpoint that is named", &format!("all {}", all.len()), "one answers 404"];
    world.write(&words, answer::no_one(all, |one| one.status() == 404, told).with_strength(Strength::Should))
}

/// The base with an invented name wherever its path differs from that of another tenant.
fn nobody_s(base: &Url, other: &Url, name: &str) -> Option<Url> {
    let parts = |url: &Url| -> Vec<String> { url.path().trim_matches('/').split('/').map(str::to_owned).collect() };
    let (own, other) = (parts(base), parts(other));
    if own.len() != other.len() || own == other {
        return None;
    }
    let path: Vec<&str> = own.iter().zip(&other).map(|(a, b)| if a == b { a.as_str() } else { name }).collect();
    let mut url = base.clone();
    url.set_path(&path.join("/"));
    Some(url)
}

async fn reads_at_none(world: &mut World, words: Words) -> Outcome {
    let site = world.bench.site.clone();
    let other = site.second().map_err(|trouble| world.halt(&words, trouble))?;
    let (id, token) = (patient(world)?, world.session()?.token());
    let mut calls = Vec::new();
    for name in NO_TENANT {
        let none = || world.page.not_applicable("not applicable: the path of the FHIR base does not name the tenant");
        let base = nobody_s(site.base(), other.base(), name).ok_or_else(none)?;
        let url = crate::target::join(&base, &format!("Patient/{id}"));
        let call = |token| fhir::get(url.clone(), token, "read at a tenant that does not exist");
        calls.extend(token.as_deref().map(|token| call(Some(token))));
        calls.push(call(None));
    }
    world.ask_each(calls).await
}

/// Where servers show their inside when nobody closes it, and how that is told from anything else.
const INSIDE: [(&str, &str); 8] = [
    ("/actuator/env", "\"propertySources\""),
    ("/actuator/configprops", "\"contexts\""),
    ("/actuator/mappings", "\"dispatcherServlet"),
    ("/.git/HEAD", "ref: refs/"),
    ("/.env", "="),
    ("/server-status", "Apache Server Status"),
    ("/h2-console", "H2 Console"),
    ("/phpinfo.php", "PHP Version"),
];
const MEASURED: [(&str, &str); 2] = [("/metrics", "# HELP"), ("/actuator/prometheus", "# HELP")];

/// The authorization endpoint; none where the server says that it has no SMART configuration.
async fn authorize_endpoint(world: &World, words: &Words) -> Result<Option<Url>, Halt> {
    match Endpoints::discover(&world.door, &world.bench.site).await {
        Ok(found) => Ok(Some(found.authorize)),
        Err(trouble) => match Endpoints::ask(&world.door, &world.bench.site).await {
            Ok(answer) if matches!(answer.status(), 404 | 410) => Ok(None),
            _ => Err(world.halt(words, trouble)),
        },
    }
}

async fn asks_operators(world: &mut World, words: Words) -> Outcome {
    let authorize = authorize_endpoint(world, &words).await?;
    let base = world.bench.site.base().clone();
    let other = authorize.filter(|own| own.origin() != base.origin());
    let hosts: Vec<Url> = std::iter::once(base).chain(other).collect();
    let at = |path: &str, host: &Url| {
        let mut url = host.clone();
        url.set_query(None);
        url.set_path(path);
        Call::get(url, "what operators use, without credentials").header("accept", "*/*").public()
    };
    let paths = INSIDE.into_iter().chain(MEASURED);
    world.ask_each(paths.flat_map(|(path, _)| hosts.iter().map(move |host| at(path, host))).collect::<Vec<_>>()).await
}

/// Where every answer breaks down, nothing is told.
fn unless_all_broke(world: &World, all: &[Answer]) -> Outcome {
    match all.iter().map(refusal::no_answer).collect::<Option<Vec<String>>>() {
        Some(why) if !why.is_empty() => {
            world.page.cite(&all.iter().map(Answer::number).collect::<Vec<_>>());
            Err(world.page.inconclusive(why.into_iter().next().unwrap_or_default()))
        }
        _ => Ok(()),
    }
}

fn shown_of(world: &World, what: &[(&str, &str)], expected: &str) -> Result<Observation, Halt> {
    let Answers(all) = world.need()?;
    unless_all_broke(world, all)?;
    let shows = |one: &&Answer| {
        let text = one.text();
        let is_page = text.trim_start().starts_with('<');
        let own = what.iter().find(|(path, _)| one.url().path() == *path);
        // A front end answers every path with its own page.
        own.is_some_and(|(path, mark)| one.status() == 200 && text.contains(mark) && (*path != "/.env" || !is_page))
    };
    let shown: Vec<&Answer> = all.iter().filter(shows).collect();
    let paths: Vec<&str> = shown.iter().map(|one| one.url().path()).collect();
    let observed = if paths.is_empty() { "nothing".to_owned() } else { paths.join(", ") };
    let cites = if shown.is_empty() {
        all.iter().map(Answer::number).take(3).collect()
    } else {
        shown.iter().map(|one| one.number()).collect()
    };
    Ok(Observation::new(shown.is_empty(), expected, observed, cites))
}

async fn nothing_inside(world: &mut World, words: Words) -> Outcome {
    world.write(&words, shown_of(world, &INSIDE, "nothing of the inside")?)
}

async fn no_measurements(world: &mut World, words: Words) -> Outcome {
    world.write(&words, shown_of(world, &MEASURED, "no measurements")?.with_strength(Strength::Should))
}

async fn sends_methods(world: &mut World, _: Words) -> Outcome {
    let token = world.grant()?.access_token;
    let site = world.bench.site.clone();
    let calls = [
        Call::new("TRACE", site.base().clone(), "TRACE"),
        Call::new("POST", site.fhir("metadata"), "POST of metadata"),
    ];
    world.ask_each(calls.map(|call| call.header("accept", fhir::JSON).bearer(Some(&token)))).await
}

async fn no_token_back(world: &mut World, words: Words) -> Outcome {
    let (Answers(all), token) = (world.need()?, world.grant()?.access_token);
    unless_all_broke(world, all)?;
    let told = ["no token", "no token", "the token that was sent"];
    world.write(&words, answer::no_one(all, |one| one.text().contains(&token), told))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_tenant_has_stands_where_tenants_differ() {
        let url = |text: &str| Url::parse(text).unwrap();
        let base = |own: &str, other: &str| nobody_s(&url(own), &url(other), "nobody").map(String::from);
        let made = base("https://h.test/v2/one/r4/", "https://h.test/v2/two/r4/");
        assert_eq!(made.as_deref(), Some("https://h.test/v2/nobody/r4"));
        assert_eq!(base("https://one.test/r4", "https://two.test/r4"), None);
    }
}
