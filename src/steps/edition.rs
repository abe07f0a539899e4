//! Phrases about what SMART App Launch 2.2 adds: apps that run in a browser, bundles of brands, and a `fhirContext` of objects.

use super::token::exchange_request;
use super::{Outcome, Words, World, access};
use crate::examine::{Document, answer, context, token};
use crate::fhir;
use crate::http::{Answer, Call, NoAnswer};
use crate::record::Halt;
use crate::smart::{covers, send_token_request};
use crate::target::{ClientRole, SmartVersion};
use serde_json::Value;
use url::Url;

topic! {
    Given r"a server of SMART App Launch 2\.2" "smart_version of the configuration, or what the CapabilityStatement claims" is_2_2;
    Given r"the server names a bundle of brands" "user_access_brand_bundle of the SMART configuration" names_brands;
    When r"a page of an unknown site asks for the (SMART configuration|CapabilityStatement|bundle of brands)" "GET without credentials, with an Origin" asks_for_document;
    When r"the page of the app exchanges its code" "the correct exchange, with the Origin of the redirect URI" page_exchanges;
    When r"the page of the app reads the fhirUser" "GET with the token and that Origin" page_reads_user;
    When r"the browser asks if the page of the app may send a token" "OPTIONS of the Patient, without the token, as the Fetch Standard has it" page_asks_first;
    Check r"that page may read the answer" "Access-Control-Allow-Origin names its origin, or *" page_reads;
    Check r#"that page may send the header "([^"]+)""# "Access-Control-Allow-Headers names it" page_sends;
    Check r"one of its endpoints is the FHIR base" "Endpoint.address" leads_here;
    Check r"the SMART configuration identifies one of its brands" "user_access_brand_identifier; one brand needs none" identifies;
    Given r#"a token response with "([^"]+)""# "a member that is not empty; not applicable without it" response_with;
    Check r"each entry of its fhirContext says what it names" "a relative reference in SMART 2.0; an object with reference, canonical or identifier in 2.2" names_context;
    Check r"the app should be able to read each resource that it names" "GET of each reference within the granted scopes" reads_context;
}

/// The page that asked.
pub(super) struct Asking {
    origin: String,
}

/// The origin of a page that no server knows.
const UNKNOWN: &str = "https://app.example.org";

/// The version that the target is held to; `None` where nobody says.
async fn version(world: &mut World) -> Result<Option<SmartVersion>, Halt> {
    let configured = world.bench.site.target().smart_version;
    if configured.is_some() {
        return Ok(configured);
    }
    let statement = fhir::capability(&world.door, &world.bench.site).await;
    let statement = world.answered(statement)?.json().unwrap_or_default();
    let lists = ["implementationGuide", "instantiates"].map(|name| statement[name].as_array().cloned());
    let claims = |value: &Value| {
        let (url, version) = value.as_str().and_then(|text| text.split_once('|')).unwrap_or_default();
        url.contains("smart-app-launch") && (version == "2.2" || version.starts_with("2.2."))
    };
    Ok(lists.iter().flatten().flatten().any(claims).then_some(SmartVersion::V2_2))
}

async fn is_2_2(world: &mut World, _: Words) -> Outcome {
    if version(world).await? == Some(SmartVersion::V2_2) {
        return Ok(());
    }
    let why =
        "not applicable: the target does not claim SMART App Launch 2.2; `smart_version = \"2.2\"` holds it to that";
    Err(world.page.not_applicable(why))
}

/// What the SMART configuration says of brands.
async fn brands(world: &mut World, words: &Words) -> Result<Value, Halt> {
    Ok(world.endpoints(words).await?.document)
}

async fn names_brands(world: &mut World, words: Words) -> Outcome {
    let named = !brands(world, &words).await?["user_access_brand_bundle"].is_null();
    match world.bench.site.target().smart_version {
        Some(SmartVersion::V2_0) => {
            Err(world.page.not_applicable("not applicable: SMART App Launch 2.0 has no brands"))
        }
        _ if !named => Err(world.page.not_applicable("not applicable: the server names no bundle of brands")),
        _ => Ok(()),
    }
}

async fn asks_for_document(world: &mut World, words: Words) -> Outcome {
    let site = world.bench.site.clone();
    let (url, accept) = match words.get(0) {
        "SMART configuration" => (site.fhir(".well-known/smart-configuration"), "application/json"),
        "CapabilityStatement" => (site.fhir("metadata"), fhir::JSON),
        _ => {
            let named = brands(world, &words).await?["user_access_brand_bundle"].clone();
            let url = named.as_str().and_then(|text| Url::parse(text).ok());
            let none = || world.page.inconclusive("user_access_brand_bundle is not a URL");
            (url.ok_or_else(none)?, "application/fhir+json, application/json")
        }
    };
    let purpose = format!("{}, for a page of another site", words.get(0));
    let call = Call::get(url, purpose).header("accept", accept).header("origin", UNKNOWN).public();
    let answer = world.door.send(call).await;
    heard(world, answer, UNKNOWN.to_owned())
}

/// The answer to a page of this origin, where it says something.
fn heard(world: &mut World, answer: Result<Answer, NoAnswer>, origin: String) -> Outcome {
    world.said(answer)?;
    world.put(Asking { origin });
    Ok(())
}

/// The origin of the public app's page: that of its redirect URI.
fn of_app(world: &World, words: &Words) -> Result<String, Halt> {
    let site = &world.bench.site;
    let client = site.client(ClientRole::Public).map_err(|trouble| world.halt(words, trouble))?;
    let uri = site.redirect_uri(client).map_err(|trouble| world.halt(words, trouble))?;
    if !matches!(uri.scheme(), "http" | "https") {
        return Err(world.page.not_applicable("not applicable: the public app is no page, by its redirect URI"));
    }
    Ok(uri.origin().ascii_serialization())
}

async fn page_exchanges(world: &mut World, words: Words) -> Outcome {
    let origin = of_app(world, &words)?;
    let mut request = exchange_request(world, &words)?;
    request.origin = Some(origin.clone());
    let answer = send_token_request(&world.door, &request, "exchange of a code by the app's page").await;
    heard(world, answer, origin)
}

async fn page_reads_user(world: &mut World, words: Words) -> Outcome {
    let origin = of_app(world, &words)?;
    let (path, token) = (access::fhir_user(world)?, world.grant()?.access_token);
    let call = fhir::get(world.bench.site.fhir(&path), Some(&token), "read of the fhirUser by the app's page");
    let answer = world.door.send(call.header("origin", origin.as_str())).await;
    heard(world, answer, origin)
}

async fn page_asks_first(world: &mut World, words: Words) -> Outcome {
    let origin = of_app(world, &words)?;
    let url = world.bench.site.fhir(&format!("Patient/{}", access::patient(world)?));
    let call = Call::new("OPTIONS", url, "preflight of a read by the app's page")
        .header("origin", origin.as_str())
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "authorization");
    let answer = world.door.send(call).await;
    heard(world, answer, origin)
}

/// The last answer, where it is what was asked for: of a refusal nothing follows.
fn given(world: &World) -> Result<Answer, Halt> {
    let answer = world.answer()?.clone();
    if answer.is_success() {
        return Ok(answer);
    }
    world.page.cite(&[answer.number()]);
    Err(world.page.inconclusive(format!("what was asked for was not given: status {}", answer.status())))
}

async fn page_reads(world: &mut World, words: Words) -> Outcome {
    let answer = given(world)?;
    let Asking { origin } = world.need()?;
    world.write(&words, context::may_read(&answer, origin))
}

async fn page_sends(world: &mut World, words: Words) -> Outcome {
    let (answer, Asking { origin }) = (world.answer()?.clone(), world.need()?);
    world.write_all(&words, context::may_send(&answer, origin, words.get(0)))
}

/// The bundle of brands that was answered.
fn bundle(world: &World) -> Result<Document, Halt> {
    let answer = given(world)?;
    let value = answer.json().ok().filter(|value| value["resourceType"] == "Bundle");
    let none = || world.page.inconclusive("the answer is not a Bundle");
    Ok(Document { value: value.ok_or_else(none)?, number: answer.number() })
}

async fn leads_here(world: &mut World, words: Words) -> Outcome {
    let seen = bundle(world)?.leads_to(world.bench.site.base());
    world.write(&words, seen)
}

async fn identifies(world: &mut World, words: Words) -> Outcome {
    let bundle = bundle(world)?;
    let own = brands(world, &words).await?["user_access_brand_identifier"].clone();
    world.write(&words, bundle.identifies_a_brand(&own))
}

async fn response_with(world: &mut World, words: Words) -> Outcome {
    let (grant, name) = (world.grant()?, words.get(0));
    let is_empty = grant.response[name].as_array().is_some_and(Vec::is_empty);
    if token::has_member(&grant, name).met && !is_empty {
        return Ok(());
    }
    Err(world.page.not_applicable(format!("not applicable: the token response has no {name}")))
}

async fn names_context(world: &mut World, words: Words) -> Outcome {
    let form = match version(world).await? {
        Some(SmartVersion::V2_0) => context::Form::Texts,
        Some(SmartVersion::V2_2) => context::Form::Objects,
        None => context::Form::Either,
    };
    world.write_all(&words, context::names_what_is_in_view(&world.grant()?, form))
}

async fn reads_context(world: &mut World, words: Words) -> Outcome {
    let (grant, site) = (world.grant()?, world.bench.site.clone());
    let mut seen = Vec::new();
    for path in context::in_view(&grant).iter().filter_map(|reference| site.local(reference)) {
        let Some((of, id)) = path.split_once('/').filter(|(of, _)| covers(&grant.scope, of, 'r')) else { continue };
        let read = access::read_afresh(world, &path, Some(&grant.access_token), "read of what is in view").await?;
        seen.extend([answer::status(&read, "200"), answer::is_that_resource(&read, of, id)]);
    }
    if seen.is_empty() {
        return Err(world.page.not_shown("fhirContext names no resource of this server within the granted scopes"));
    }
    world.write_all(&words, seen)
}
