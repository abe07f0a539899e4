//! Phrases about the metadata of the FHIR server as a protected resource (RFC 9728).

use super::{Outcome, Words, World};
use crate::examine::{Document, Observation, resource};
use crate::fhir;
use crate::http::{Answer, Call};
use crate::record::Halt;
use serde_json::Value;
use url::Url;

topic! {
    Given r"the FHIR server publishes metadata of a protected resource" "200 at the well-known place of its base (RFC 9728 3.1)" publishes;
    When r"the metadata is asked for that a refusal names" "resource_metadata of WWW-Authenticate (RFC 9728 5.1)" asks_named;
    Check r"the metadata is about the FHIR base" "resource (RFC 9728 3.3)" about_base;
    Check r"the metadata names the authorization server of the SMART configuration" "authorization_servers, where it names any" names_server;
    Check r"the metadata should not offer tokens in URLs" "bearer_methods_supported" not_in_urls;
    Check r"the metadata is JSON" "200 and application/json (RFC 9728 3.2)" is_json;
}

/// Where the metadata of a resource lies: the well-known part stands before its path (RFC 9728 3.1).
fn place(base: &Url) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("/.well-known/oauth-protected-resource{}", base.path().trim_end_matches('/')));
    url
}

async fn ask(world: &mut World, url: Url) -> Result<Answer, Halt> {
    let call = Call::get(url, "metadata of the protected resource").header("accept", "application/json").public();
    let answer = world.door.send(call).await;
    world.forget::<Document>();
    world.answered(answer)
}

async fn publishes(world: &mut World, _: Words) -> Outcome {
    let answer = ask(world, place(world.bench.site.base())).await?;
    let is_there = answer.is_success() && answer.json().is_ok_and(|body| body["resource"].is_string());
    match (is_there, answer.status()) {
        (true, _) => Ok(()),
        (false, status @ 500..) => {
            world.page.cite(&[answer.number()]);
            Err(world.page.inconclusive(format!("the metadata answers {status}")))
        }
        (false, _) => Err(world
            .page
            .not_applicable("not applicable: the FHIR server publishes no metadata of a protected resource")),
    }
}

async fn asks_named(world: &mut World, _: Words) -> Outcome {
    let url = world.bench.site.fhir("Patient/probity-does-not-exist");
    let refused = world.door.send(fhir::get(url, None, "read without a token, for its challenge")).await;
    let refused = world.answered(refused)?;
    let named = refused.headers("www-authenticate").find_map(resource::named_by_challenge);
    let Some(named) = named else {
        return Err(world.page.not_applicable("not applicable: the refusal names no resource_metadata"));
    };
    let Ok(url) = Url::parse(&named) else {
        return Err(world.page.inconclusive("resource_metadata is no URL"));
    };
    ask(world, url).await.map(drop)
}

fn metadata(world: &World) -> Result<(Value, u32), Halt> {
    let answer = world.answer()?;
    Ok((answer.json().unwrap_or_default(), answer.number()))
}

async fn is_json(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let kind = crate::examine::answer::content_type(answer, "\"application/json\"");
    world.write_all(&words, [crate::examine::answer::status(answer, "200"), kind])
}

async fn about_base(world: &mut World, words: Words) -> Outcome {
    let (body, number) = metadata(world)?;
    let (met, observed) = resource::is_about(&body, world.bench.site.base());
    world.write(&words, Observation::new(met, "the FHIR base as resource", observed, vec![number]))
}

async fn names_server(world: &mut World, words: Words) -> Outcome {
    let (body, number) = metadata(world)?;
    let Some(named) = body["authorization_servers"].as_array() else {
        return Err(world.page.not_applicable("not applicable: the metadata names no authorization_servers"));
    };
    let endpoints = world.endpoints(&words).await?;
    let Some(issuer) = endpoints.issuer else {
        return Err(world.page.not_applicable("not applicable: the SMART configuration names no issuer"));
    };
    let met =
        named.iter().filter_map(Value::as_str).any(|own| own.trim_end_matches('/') == issuer.trim_end_matches('/'));
    let observed = if met { "it is among them" } else { "it is not among them" };
    world.write(&words, Observation::new(met, "the issuer of the SMART configuration", observed, vec![number]))
}

async fn not_in_urls(world: &mut World, words: Words) -> Outcome {
    let (body, number) = metadata(world)?;
    let offered = body["bearer_methods_supported"].as_array().is_some_and(|all| all.iter().any(|own| own == "query"));
    let observed = if offered { "query is among them" } else { "query is not among them" };
    world.write(&words, Observation::new(!offered, "bearer_methods_supported without query", observed, vec![number]))
}
