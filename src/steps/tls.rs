//! Phrases about TLS: which versions the target's addresses accept, each tried by a client that offers it alone.

use super::{Outcome, Words, World};
use crate::examine::handshake;
use crate::http::{Handshake, TlsVersion};
use url::Url;

topic! {
    Given r"the (FHIR base|authorization endpoint|token endpoint) is reached by TLS" "not applicable to a server on http" reached;
    Given r"the target's addresses are reached by TLS" "the FHIR base and every endpoint that discovery names, those on https" all_reached;
    When r"clients connect that offer one version of TLS each" "SSL 3.0 to TLS 1.3; the answer to the ClientHello is enough" offered;
    Check r"TLS 1.2 or TLS 1.3 is accepted" "at each address" modern;
    Check r"no older version is accepted" "SSL 3.0, TLS 1.0 and TLS 1.1; an alert or the end of the connection refuses" no_older;
    Check r"TLS 1.3 should be accepted" "at each address" newest;
}

/// Addresses under examination.
pub(super) struct Addresses(Vec<Url>);

/// What became of each offer at each origin, and the exchange that shows it.
pub(super) struct Offers(Vec<(String, TlsVersion, Handshake, u32)>);

async fn reached(world: &mut World, words: Words) -> Outcome {
    let url = match words.get(0) {
        "FHIR base" => world.bench.site.base().clone(),
        "authorization endpoint" => world.endpoints(&words).await?.authorize,
        _ => world.endpoints(&words).await?.token,
    };
    take(world, vec![url])
}

async fn all_reached(world: &mut World, words: Words) -> Outcome {
    let endpoints = world.endpoints(&words).await?;
    let mut all = vec![world.bench.site.base().clone(), endpoints.authorize, endpoints.token];
    all.extend([endpoints.introspect, endpoints.revoke, endpoints.jwks].into_iter().flatten());
    take(world, all)
}

/// Each origin once.
fn take(world: &mut World, all: Vec<Url>) -> Outcome {
    let mut own: Vec<Url> = Vec::new();
    for url in all.into_iter().filter(|url| url.scheme() == "https") {
        if own.iter().all(|other| other.origin() != url.origin()) {
            own.push(url);
        }
    }
    if own.is_empty() {
        return Err(world.page.not_applicable("not applicable: the address is not on https"));
    }
    world.put(Addresses(own));
    Ok(())
}

async fn offered(world: &mut World, _: Words) -> Outcome {
    let mut made = Vec::new();
    for url in world.need::<Addresses>()?.0.clone() {
        for version in TlsVersion::ALL {
            let (handshake, number) = world.door.offer(&url, version).await;
            made.push((url.origin().ascii_serialization(), version, handshake, number));
        }
    }
    // Where nobody speaks TLS, an old version is no more refused than a new one.
    let unanswered = made.iter().find_map(|(origin, _, handshake, number)| match handshake {
        Handshake::NoAnswer(why) => Some((format!("{origin}: {why}"), *number)),
        _ => None,
    });
    if let Some((why, number)) = unanswered {
        world.page.cite(&[number]);
        return Err(world.page.inconclusive(why));
    }
    world.put(Offers(made));
    Ok(())
}

async fn modern(world: &mut World, words: Words) -> Outcome {
    world.write(&words, handshake::modern(&world.need::<Offers>()?.0))
}

async fn no_older(world: &mut World, words: Words) -> Outcome {
    let Offers(all) = world.need()?;
    if !handshake::modern(all).met {
        return Err(world.page.blocked("no version at all is accepted somewhere, so a refusal would prove nothing"));
    }
    world.write(&words, handshake::no_older(all))
}

async fn newest(world: &mut World, words: Words) -> Outcome {
    world.write(&words, handshake::newest(&world.need::<Offers>()?.0))
}
