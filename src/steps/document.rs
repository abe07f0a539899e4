//! Phrases about JSON documents: the SMART configuration, OpenID metadata, the CapabilityStatement, token answers.

use super::schema::Schema;
use super::slot::Named as _;
use super::{Outcome, Words, World};
use crate::fhir;
use crate::http::{Answer, Call};
use crate::smart::Endpoints;
use serde_json::Value;
use std::collections::HashMap;
use url::Url;

topic! {
    When r"the SMART configuration is requested without credentials" "GET [base]/.well-known/smart-configuration" ask_smart;
    When r"the CapabilityStatement is requested without credentials" "GET [base]/metadata" ask_capability;
    Given r"the SMART configuration" "examines the SMART configuration" have_smart;
    Given r"the CapabilityStatement" "examines the CapabilityStatement" have_capability;
    Given r"the OpenID configuration" "examines the OpenID metadata of the issuer" have_openid;
    Given r"the JSON Web Key Set" "examines the document at jwks_uri" have_keys;
    Given r"access to the target needs authorization" "skips at a target that is open to all" needs_authorization;
    Given r"the CapabilityStatement names OAuth endpoints" "has the oauth-uris extension" has_oauth_uris;
    Check r#"the document (?:conforms|should conform) to the schema "{Schema}""# "a JSON Schema of profiles/protocol holds" conforms;
    Check r#"its "([^"]+)" is present"# "a member that is not empty" is_present;
    Check r#"its "([^"]+)" is(?: one of)? ("[^"]*"(?:, "[^"]*")*)"# "a member with one of these values" is_one_of;
    Check r#"its "([^"]+)" holds "([^"]+)""# "a list with this value" holds;
    Check r#"its "([^"]+)" holds one of ("[^"]*"(?:, "[^"]*")*)"# "a list with one of these values" holds_one_of;
    Check r#"its "([^"]+)" holds each of:"# "a list with all values of the table" holds_each;
    Check r#"its "([^"]+)" holds the canonical "([^"]+)""# "a list with this canonical URL, of any version" holds_canonical;
    Check r#"its "([^"]+)" (?:does not|should not) hold "([^"]+)""# "a list without this value" lacks;
    Check r"every endpoint in it is encrypted in transit" "no URL is http, but on a loopback host" encrypted;
    Check r"every endpoint in it (?:is|should be) an absolute URL" "no URL depends on where the document was found" absolute;
    Check r#"its "issuer" is the issuer under which it was found"# "OpenID Connect Discovery 1.0, 4.3" same_issuer;
    Check r#"its "([^"]+)" (?:is|should be) that of the SMART configuration"# "both documents name the same URL" same_as_smart;
    Check r"no key in it has a private part" "no d, p, q, dp, dq, qi or k member" no_private_part;
    Check r#"its supported profiles hold "([^"]+)""# "supportedProfile of any resource, of any version" supports;
    Check r"its supported profiles hold at least (\d+) of US Core" "supportedProfile of any resource" supports_many;
    Check r#"it offers "([^"]+)" on "([^"]+)""# "rest.resource.interaction" offers;
    Check r#"its security service (?:is|should be) "([^"]+)""# "rest.security.service" security_service;
    Check r#"its "(authorize|token)" endpoint is the "([^"]+)" of the SMART configuration"# "the oauth-uris extension agrees" oauth_uri;
}

async fn ask_smart(world: &mut World, _: Words) -> Outcome {
    let answer = Endpoints::ask(&world.door, &world.bench.site).await;
    world.answered(answer).map(drop)
}

async fn ask_capability(world: &mut World, _: Words) -> Outcome {
    let answer = fhir::capability(&world.door, &world.bench.site).await;
    world.answered(answer).map(drop)
}

async fn have_smart(world: &mut World, words: Words) -> Outcome {
    ask_smart(world, words).await?;
    examine(world, "the SMART configuration")
}

async fn have_capability(world: &mut World, words: Words) -> Outcome {
    ask_capability(world, words).await?;
    examine(world, "the CapabilityStatement")
}

async fn have_openid(world: &mut World, words: Words) -> Outcome {
    let endpoints =
        Endpoints::discover(&world.door, &world.bench.site).await.map_err(|trouble| world.halt(&words, trouble))?;
    let Some(issuer) = &endpoints.issuer else {
        return Err(world.page.not_applicable("the SMART configuration names no issuer"));
    };
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let Ok(url) = Url::parse(&url) else {
        return Err(world.page.blocked("the issuer in the SMART configuration is not a URL"));
    };
    let call = Call::get(url, "OpenID metadata of the issuer").header("accept", "application/json").public();
    let answer = world.door.shared("public", call).await;
    world.answered(answer)?;
    examine(world, "the OpenID configuration")
}

async fn have_keys(world: &mut World, words: Words) -> Outcome {
    let endpoints =
        Endpoints::discover(&world.door, &world.bench.site).await.map_err(|trouble| world.halt(&words, trouble))?;
    let Some(url) = endpoints.jwks else {
        return Err(world.page.not_applicable("the SMART configuration names no jwks_uri"));
    };
    let call = Call::get(url, "public keys of the issuer").header("accept", "application/json").public();
    let answer = world.door.shared("public", call).await;
    world.answered(answer)?;
    examine(world, "the JSON Web Key Set")
}

/// Makes the last answer the document under examination; skips when it is not one.
fn examine(world: &mut World, what: &str) -> Outcome {
    let answer = world.answer()?;
    if !answer.is_success() {
        return Err(world.page.blocked(format!("{what} cannot be had: status {}", answer.status())));
    }
    match answer.json() {
        Ok(document) if document.is_object() => {
            world.scene.document = Some((document, answer.number()));
            Ok(())
        }
        Ok(_) => Err(world.page.blocked(format!("{what} is not a JSON object"))),
        Err(instead) => Err(world.page.blocked(format!("{what} is {instead}"))),
    }
}

impl World {
    /// The document under examination; the last answer when none was named.
    pub(super) fn document(&self) -> Result<(Value, u32), crate::record::Halt> {
        if let Some(found) = &self.scene.document {
            return Ok(found.clone());
        }
        let answer: Answer = self.answer()?;
        Ok((answer.json().unwrap_or(Value::Null), answer.number()))
    }
}

async fn needs_authorization(world: &mut World, _: Words) -> Outcome {
    match world.bench.site.target().login {
        crate::target::Login::None => {
            Err(world.page.not_applicable("the target asks for no authorization (login `none`)"))
        }
        _ => Ok(()),
    }
}

async fn conforms(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    conform(world, &words, words.slot()?, &document, number)
}

/// Expects `document` to be as a schema says; each broken rule is a finding.
pub(super) fn conform(world: &World, words: &Words, schema: Schema, document: &Value, number: u32) -> Outcome {
    let name = schema.words();
    let Some(schema) = schema.validator() else {
        return Err(world.misplaced(&format!("the schema `{name}`")));
    };
    let mut errors = 0;
    for error in schema.iter_errors(document) {
        errors += 1;
        let place = error.instance_path().to_string();
        let place = if place.is_empty() { "the document".to_owned() } else { place };
        // Masked: the value may be a token or a name.
        let observed = format!("{place}: {}", error.masked_with("the value"));
        world.check(words, false, format!("as the schema `{name}` says"), observed, vec![number])?;
    }
    if errors == 0 {
        let expected = format!("as the schema `{name}` says");
        world.check(words, true, expected, "every rule of the schema holds", vec![number])?;
    }
    Ok(())
}

/// The member at a dotted path.
fn member<'a>(document: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(document, |value, name| value.get(name).unwrap_or(&Value::Null))
}

fn listed(value: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        Value::Null => Vec::new(),
        other => vec![text(other)],
    }
}

fn shown(values: &[String]) -> String {
    match values {
        [] => "absent or empty".to_owned(),
        values => values.join(", "),
    }
}

async fn is_present(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let value = member(&document, words.get(0));
    let held = !matches!(value, Value::Null) && value != "" && value.as_array().is_none_or(|a| !a.is_empty());
    let observed = if held { "present" } else { "absent or empty" };
    world.check(&words, held, format!("`{}` present", words.get(0)), observed, vec![number])
}

async fn is_one_of(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let values = listed(member(&document, words.get(0)));
    let wanted: Vec<&str> = words.quoted().into_iter().skip(1).collect();
    let held = values.len() == 1 && wanted.contains(&values[0].as_str());
    world.check(&words, held, format!("`{}` one of {}", words.get(0), wanted.join(", ")), shown(&values), vec![number])
}

async fn holds(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let values = listed(member(&document, words.get(0)));
    let held = values.iter().any(|value| value == words.get(1));
    world.check(&words, held, format!("`{}` with `{}`", words.get(0), words.get(1)), shown(&values), vec![number])
}

async fn holds_one_of(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let values = listed(member(&document, words.get(0)));
    let wanted: Vec<&str> = words.quoted().into_iter().skip(1).collect();
    let held = values.iter().any(|value| wanted.contains(&value.as_str()));
    let expected = format!("`{}` with one of {}", words.get(0), wanted.join(", "));
    world.check(&words, held, expected, shown(&values), vec![number])
}

async fn holds_each(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let values = listed(member(&document, words.get(0)));
    let missing: Vec<String> = words.column().into_iter().filter(|wanted| !values.contains(wanted)).collect();
    let expected = format!("`{}` with {}", words.get(0), words.column().join(", "));
    let observed =
        if missing.is_empty() { "all of them".to_owned() } else { format!("missing: {}", missing.join(", ")) };
    world.check(&words, missing.is_empty(), expected, observed, vec![number])
}

fn is_canonical(value: &str, canonical: &str) -> bool {
    value.split('|').next() == Some(canonical)
}

async fn holds_canonical(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let values = listed(member(&document, words.get(0)));
    let held = values.iter().any(|value| is_canonical(value, words.get(1)));
    world.check(&words, held, format!("`{}` with {}", words.get(0), words.get(1)), shown(&values), vec![number])
}

async fn lacks(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let values = listed(member(&document, words.get(0)));
    let held = !values.iter().any(|value| value == words.get(1));
    world.check(&words, held, format!("`{}` without `{}`", words.get(0), words.get(1)), shown(&values), vec![number])
}

async fn encrypted(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let open = |url: &Url| url.scheme() != "https" && !is_loopback(url);
    let wrong: Vec<String> = addresses(&document)
        .filter_map(|(name, url)| Some((name, url.filter(open)?)))
        .map(|(name, url)| format!("{name} is {}: {url}", url.scheme()))
        .collect();
    let observed = if wrong.is_empty() { "every one is".to_owned() } else { wrong.join("; ") };
    world.check(&words, wrong.is_empty(), "https URLs", observed, vec![number])
}

async fn absolute(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let wrong: Vec<String> = addresses(&document)
        .filter(|(_, url)| url.is_none())
        .map(|(name, _)| format!("{name} is not an absolute URL"))
        .collect();
    let observed = if wrong.is_empty() { "every one is".to_owned() } else { wrong.join("; ") };
    world.check(&words, wrong.is_empty(), "absolute URLs", observed, vec![number])
}

/// The members of a document that name places, and those places where they are absolute URLs.
fn addresses(document: &Value) -> impl Iterator<Item = (&str, Option<Url>)> {
    let names = |name: &str| name.ends_with("_endpoint") || name.ends_with("_uri") || name == "issuer";
    let members = document.as_object().into_iter().flatten().filter(move |(name, _)| names(name));
    members.map(|(name, value)| (name.as_str(), value.as_str().and_then(|text| Url::parse(text).ok())))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

async fn same_issuer(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let endpoints =
        Endpoints::discover(&world.door, &world.bench.site).await.map_err(|trouble| world.halt(&words, trouble))?;
    let (own, wanted) = (listed(&document["issuer"]), endpoints.issuer.unwrap_or_default());
    world.check(&words, own == [wanted.clone()], format!("`issuer` {wanted}"), shown(&own), vec![number])
}

async fn same_as_smart(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let endpoints =
        Endpoints::discover(&world.door, &world.bench.site).await.map_err(|trouble| world.halt(&words, trouble))?;
    let name = words.get(0);
    let (own, other) = (listed(&document[name]), listed(&endpoints.document[name]));
    world.check(&words, own == other, format!("`{name}` {}", shown(&other)), shown(&own), vec![number])
}

async fn no_private_part(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let keys = document["keys"].as_array().cloned().unwrap_or_default();
    let private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
    let found: Vec<String> = keys
        .iter()
        .enumerate()
        .flat_map(|(at, key)| {
            private.iter().filter(move |name| key.get(**name).is_some()).map(move |n| format!("keys[{at}].{n}"))
        })
        .collect();
    let observed = if found.is_empty() { format!("{} public keys", keys.len()) } else { found.join(", ") };
    world.check(&words, found.is_empty(), "public keys only", observed, vec![number])
}

fn rest_resources(document: &Value) -> Vec<&Value> {
    let rests = document["rest"].as_array().into_iter().flatten();
    rests.flat_map(|rest| rest["resource"].as_array().into_iter().flatten()).collect()
}

fn profiles(document: &Value) -> Vec<String> {
    rest_resources(document).into_iter().flat_map(|resource| listed(&resource["supportedProfile"])).collect()
}

async fn supports(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let all = profiles(&document);
    let held = all.iter().any(|profile| is_canonical(profile, words.get(0)));
    world.check(&words, held, words.get(0).to_owned(), format!("{} supported profiles", all.len()), vec![number])
}

async fn supports_many(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let least: usize = words.get(0).parse().unwrap_or(usize::MAX);
    let all = profiles(&document);
    let own = all.iter().filter(|p| p.starts_with("http://hl7.org/fhir/us/core/StructureDefinition/")).count();
    let expected = format!("at least {least} US Core profiles");
    world.check(&words, own >= least, expected, format!("{own} US Core profiles"), vec![number])
}

async fn offers(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let (interaction, kind) = (words.get(0), words.get(1));
    let codes: Vec<String> = rest_resources(&document)
        .into_iter()
        .filter(|resource| resource["type"] == kind)
        .flat_map(|resource| resource["interaction"].as_array().cloned().unwrap_or_default())
        .flat_map(|interaction| listed(&interaction["code"]))
        .collect();
    let held = codes.iter().any(|code| code == interaction);
    world.check(&words, held, format!("{interaction} on {kind}"), shown(&codes), vec![number])
}

fn security(document: &Value) -> Vec<&Value> {
    document["rest"].as_array().into_iter().flatten().map(|rest| &rest["security"]).collect()
}

async fn security_service(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let codes: Vec<String> = security(&document)
        .into_iter()
        .flat_map(|security| security["service"].as_array().into_iter().flatten())
        .flat_map(|service| service["coding"].as_array().into_iter().flatten())
        .flat_map(|coding| listed(&coding["code"]))
        .collect();
    let held = codes.iter().any(|code| code == words.get(0));
    world.check(&words, held, format!("the service {}", words.get(0)), shown(&codes), vec![number])
}

const OAUTH_URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";

fn oauth_uris(document: &Value) -> HashMap<String, String> {
    security(document)
        .into_iter()
        .flat_map(|security| security["extension"].as_array().into_iter().flatten())
        .filter(|extension| extension["url"] == OAUTH_URIS)
        .flat_map(|extension| extension["extension"].as_array().into_iter().flatten())
        .filter_map(|part| Some((part["url"].as_str()?.to_owned(), part["valueUri"].as_str()?.to_owned())))
        .collect()
}

async fn has_oauth_uris(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let held = !oauth_uris(&document).is_empty();
    world.check(&words, held, "the oauth-uris extension in the CapabilityStatement", "there is none", vec![number])
}

async fn oauth_uri(world: &mut World, words: Words) -> Outcome {
    let (document, number) = world.document()?;
    let endpoints =
        Endpoints::discover(&world.door, &world.bench.site).await.map_err(|trouble| world.halt(&words, trouble))?;
    let own = oauth_uris(&document).remove(words.get(0)).unwrap_or_else(|| "absent".to_owned());
    let wanted = listed(&endpoints.document[words.get(1)]);
    world.check(&words, wanted == [own.clone()], shown(&wanted), own, vec![number])
}
