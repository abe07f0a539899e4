//! Phrases about JSON documents: the SMART configuration, OpenID metadata, the CapabilityStatement, token answers.

use super::schema::Schema;
use super::slot::Named as _;
use super::{Outcome, Words, World};
use crate::examine::Document;
use crate::fhir;
use crate::http::{Answer, Call};
use crate::record::Halt;
use crate::smart::Endpoints;
use serde_json::Value;
use url::Url;

topic! {
    When r"the SMART configuration is requested without credentials" "GET [base]/.well-known/smart-configuration" ask_smart;
    When r"the CapabilityStatement is requested without credentials" "GET [base]/metadata" ask_capability;
    When r"the OpenID configuration is requested without credentials" "GET [issuer]/.well-known/openid-configuration" ask_openid;
    When r"the JSON Web Key Set is requested without credentials" "GET of jwks_uri" ask_keys;
    Given r"the SMART configuration" "examines the SMART configuration" have_smart;
    Given r"the CapabilityStatement" "examines the CapabilityStatement" have_capability;
    Given r"the OpenID configuration" "examines the OpenID metadata of the issuer" have_openid;
    Given r"the JSON Web Key Set" "examines the document at jwks_uri" have_keys;
    Given r"the SMART configuration of the other tenant" "examines that of [targets.NAME.other_tenant]" have_other_smart;
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
    Check r"no address in it leads to this tenant" "no address has the part of the FHIR base that tells this tenant from the other" leads_not_here;
    Check r"every endpoint in it is encrypted in transit" "no URL is http, but on a loopback host" encrypted;
    Check r"every endpoint in it (?:is|should be) an absolute URL" "no URL depends on where the document was found" absolute;
    Check r#"its "issuer" is the issuer under which it was found"# "OpenID Connect Discovery 1.0, 4.3" same_issuer;
    Check r#"its "([^"]+)" (?:is|should be) that of the SMART configuration"# "both documents name the same URL" same_as_smart;
    Check r"every key in it is strong" "RSA of 2048 bits or more, or a curve" strong_keys;
    Check r"no member of it is a secret" "no client_secret, password or key, however deep" no_secret;
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

async fn have_other_smart(world: &mut World, words: Words) -> Outcome {
    let site = world.bench.site.second().map_err(|trouble| world.halt(&words, trouble))?;
    let answer = Endpoints::ask(&world.door, &site).await;
    world.answered(answer)?;
    examine(world, "the SMART configuration of the other tenant")
}

async fn leads_not_here(world: &mut World, words: Words) -> Outcome {
    let site = world.bench.site.second().map_err(|trouble| world.halt(&words, trouble))?;
    world.write(&words, world.document()?.leads_not_to(world.bench.site.base(), site.base()))
}

async fn have_openid(world: &mut World, words: Words) -> Outcome {
    ask_openid(world, words).await?;
    examine(world, "the OpenID configuration")
}

async fn ask_openid(world: &mut World, words: Words) -> Outcome {
    let endpoints = world.endpoints(&words).await?;
    let Some(issuer) = &endpoints.issuer else {
        return Err(world.page.not_applicable("the SMART configuration names no issuer"));
    };
    let Some(call) = call_for_openid(issuer) else {
        return Err(world.page.blocked("the issuer in the SMART configuration is not a URL"));
    };
    let answer = world.door.shared("public", call).await;
    world.answered(answer).map(drop)
}

/// OpenID Connect Discovery 1.0, 4.
fn call_for_openid(issuer: &str) -> Option<Call> {
    let url = Url::parse(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))).ok()?;
    Some(Call::get(url, "OpenID metadata of the issuer").header("accept", "application/json").public())
}

async fn have_keys(world: &mut World, words: Words) -> Outcome {
    ask_keys(world, words).await?;
    examine(world, "the JSON Web Key Set")
}

async fn ask_keys(world: &mut World, words: Words) -> Outcome {
    let endpoints = world.endpoints(&words).await?;
    let Some(url) = endpoints.jwks else {
        return Err(world.page.not_applicable("the SMART configuration names no jwks_uri"));
    };
    let call = Call::get(url, "public keys of the issuer").header("accept", "application/json").public();
    let answer = world.door.shared("public", call).await;
    world.answered(answer).map(drop)
}

/// Makes the last answer the document under examination; skips when it is not one.
fn examine(world: &mut World, what: &str) -> Outcome {
    let answer = world.answer()?;
    let why = match answer.json() {
        _ if !answer.is_success() => format!("{what} cannot be had: status {}", answer.status()),
        Ok(value) if value.is_object() => {
            let number = answer.number();
            world.put(Document { value, number });
            return Ok(());
        }
        Ok(_) => format!("{what} is not a JSON object"),
        Err(instead) => format!("{what} is {instead}"),
    };
    Err(world.page.blocked(why))
}

impl World {
    /// The document under examination; the last answer when none was named.
    pub(super) fn document(&self) -> Result<Document, Halt> {
        let of_answer =
            |answer: &Answer| Document { value: answer.json().unwrap_or_default(), number: answer.number() };
        self.found::<Document>().cloned().map_or_else(|| Ok(of_answer(self.answer()?)), Ok)
    }

    /// What the SMART configuration names.
    pub(super) async fn endpoints(&self, words: &Words) -> Result<Endpoints, Halt> {
        Endpoints::discover(&self.door, &self.bench.site).await.map_err(|trouble| self.halt(words, trouble))
    }

    /// A member of the SMART configuration; where it is not there, of the OpenID metadata.
    pub(super) async fn named(&self, words: &Words, member: &str) -> Result<Value, Halt> {
        match self.endpoints(words).await?.document.get(member) {
            Some(own) => Ok(own.clone()),
            None => Ok(self.openid_metadata(words).await[member].clone()),
        }
    }

    /// The OpenID metadata of the issuer; null where there is none.
    pub(super) async fn openid_metadata(&self, words: &Words) -> Value {
        let Ok(Endpoints { issuer: Some(issuer), .. }) = self.endpoints(words).await else { return Value::Null };
        let Some(call) = call_for_openid(&issuer) else { return Value::Null };
        let answer = self.door.shared("public", call).await.ok();
        answer.and_then(|answer| answer.json().ok()).unwrap_or_default()
    }

    /// Expects a document to be as a schema says; each broken rule is a finding.
    pub(super) fn conforms(&self, words: &Words, schema: Schema, document: &Document) -> Outcome {
        let name = schema.words();
        let errors = schema.errors(&document.value).ok_or_else(|| self.misplaced(&format!("the schema `{name}`")))?;
        self.write_all(words, document.follows_schema(name, errors))
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
    world.conforms(&words, words.slot()?, &world.document()?)
}

async fn is_present(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.is_present(words.get(0)))
}

async fn is_one_of(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.is_one_of(words.get(0), &words.quoted()[1..]))
}

async fn holds(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.holds(words.get(0), words.get(1)))
}

async fn holds_one_of(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.holds_one_of(words.get(0), &words.quoted()[1..]))
}

async fn holds_each(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.holds_each(words.get(0), &words.column()))
}

async fn holds_canonical(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.holds_canonical(words.get(0), words.get(1)))
}

async fn lacks(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.lacks(words.get(0), words.get(1)))
}

async fn encrypted(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.encrypted())
}

async fn absolute(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.absolute())
}

async fn same_issuer(world: &mut World, words: Words) -> Outcome {
    let issuer = world.endpoints(&words).await?.issuer.unwrap_or_default();
    world.write(&words, world.document()?.has_issuer(&issuer))
}

async fn same_as_smart(world: &mut World, words: Words) -> Outcome {
    let smart = world.endpoints(&words).await?.document;
    world.write(&words, world.document()?.agrees_with(&smart, words.get(0)))
}

async fn no_private_part(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.no_private_part())
}

async fn strong_keys(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.strong_keys())
}

async fn no_secret(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.tells_no_secret())
}

async fn supports(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.supports(words.get(0)))
}

async fn supports_many(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.supports_at_least(words.get(0).parse().unwrap_or(usize::MAX)))
}

async fn offers(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.offers(words.get(0), words.get(1)))
}

async fn security_service(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.has_security_service(words.get(0)))
}

async fn has_oauth_uris(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.document()?.has_oauth_uris())
}

async fn oauth_uri(world: &mut World, words: Words) -> Outcome {
    let smart = world.endpoints(&words).await?.document;
    world.write(&words, world.document()?.has_oauth_uri(words.get(0), &smart[words.get(1)]))
}
