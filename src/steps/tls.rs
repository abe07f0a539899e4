//! Phrases about TLS: which versions the target's addresses accept, each tried by a client that offers it alone.

use super::{Outcome, Words, World};
use crate::examine::{Observation, handshake};
use crate::http::{Call, Certificate, Handshake, Hello, Plain, TlsVersion};
use crate::record::{Halt, Strength};
use url::Url;

topic! {
    Given r"the (FHIR base|authorization endpoint|token endpoint) is reached by TLS" "not applicable to a server on http" reached;
    Given r"the target's addresses are reached by TLS" "the FHIR base and every endpoint that discovery names, those on https" all_reached;
    When r"clients connect that offer one version of TLS each" "SSL 3.0 to TLS 1.3; the answer to the ClientHello is enough" offered;
    Check r"TLS 1.2 or TLS 1.3 is accepted" "at each address" modern;
    Check r"no older version is accepted" "SSL 3.0, TLS 1.0 and TLS 1.1; an alert or the end of the connection refuses" no_older;
    Check r"TLS 1.3 should be accepted" "at each address" newest;
    Check r"no TLS 1.2 should be compressed" "where TLS 1.2 is accepted; DEFLATE is offered" uncompressed;
    Check r"TLS 1.2 is marked as a downgrade, where TLS 1.3 is spoken" "the end of the server's random value (RFC 8446 4.1.3)" marked;
    Check r"every TLS 1.2 binds renegotiation to its connection" "the extension renegotiation_info (RFC 5746)" bound;
    When r"clients connect that offer (weak ciphers|no forward secrecy) alone" "NULL, anonymous, EXPORT, RC4, DES and 3DES; or RSA key exchange; in TLS 1.2" offered_alone;
    Check r"none of them (?:is|should be) accepted" "where another offer is" none_accepted;
    When r"they are asked without TLS" "port 80, or the port itself where it is another than 443; GET, POST, and a read with an invented token" asked_plainly;
    Check r"nobody is served in the clear" "no FHIR, no token endpoint, no cookie; a redirect to https is right" nobody_served;
    When r"their certificates are looked at" "by a request to each that follows the system's trust and tls.extra_ca" certificates;
    Check r"each is good for its name now" "the chain, the name and the time" good_now;
    Check r"each should be good for two weeks more" "its end" good_for_long;
    Check r"each should have a strong key and signature" "RSA of 2048 bits or a curve of 256, and no SHA-1" strong;
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
            let (handshake, number) = world.door.offer(&url, Hello::Version(version)).await;
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

async fn uncompressed(world: &mut World, words: Words) -> Outcome {
    let seen = handshake::uncompressed(&world.need::<Offers>()?.0);
    world.write(&words, seen.ok_or_else(|| no_tls_12(world))?)
}

async fn marked(world: &mut World, words: Words) -> Outcome {
    match handshake::marked(&world.need::<Offers>()?.0) {
        Some(seen) => world.write(&words, seen),
        // Nobody can be talked down from what nobody speaks.
        None => Ok(()),
    }
}

async fn bound(world: &mut World, words: Words) -> Outcome {
    let seen = handshake::bound(&world.need::<Offers>()?.0);
    world.write(&words, seen.ok_or_else(|| no_tls_12(world))?)
}

fn no_tls_12(world: &World) -> Halt {
    world.page.not_applicable("not applicable: TLS 1.2 is accepted nowhere")
}

/// What became of an offer at each origin, and whether the usual one is accepted there.
pub(super) struct Alone(Vec<(String, Handshake, u32)>);

async fn offered_alone(world: &mut World, words: Words) -> Outcome {
    let hello = if words.get(0) == "weak ciphers" { Hello::Weak } else { Hello::StaticRsa };
    let mut made = Vec::new();
    for url in world.need::<Addresses>()?.0.clone() {
        let origin = url.origin().ascii_serialization();
        let mut speaks = false;
        for version in [TlsVersion::Tls12, TlsVersion::Tls13] {
            speaks |= matches!(world.door.offer(&url, Hello::Version(version)).await.0, Handshake::Accepted(_));
        }
        if !speaks {
            return Err(world
                .page
                .blocked(format!("{origin} accepts no usual offer, so a refusal would prove nothing")));
        }
        let (handshake, number) = world.door.offer(&url, hello).await;
        if let Handshake::NoAnswer(why) = &handshake {
            world.page.cite(&[number]);
            return Err(world.page.inconclusive(format!("{origin}: {why}")));
        }
        made.push((origin, handshake, number));
    }
    world.put(Alone(made));
    Ok(())
}

async fn none_accepted(world: &mut World, words: Words) -> Outcome {
    let Alone(all) = world.need()?;
    let accepts = |(_, handshake, _): &&(String, Handshake, u32)| matches!(handshake, Handshake::Accepted(_));
    let wrong: Vec<&str> = all.iter().filter(accepts).map(|(origin, ..)| origin.as_str()).collect();
    let observed = if wrong.is_empty() { "none".to_owned() } else { format!("accepted at {}", wrong.join(", ")) };
    let cites = all.iter().map(|(.., number)| *number).collect();
    world.write(&words, Observation::new(wrong.is_empty(), "a refusal everywhere", observed, cites))
}

/// What came of requests without TLS.
pub(super) struct Plainly(Vec<(String, Plain, u32)>);

async fn asked_plainly(world: &mut World, words: Words) -> Outcome {
    let endpoints = world.endpoints(&words).await?;
    let patient = world.bench.site.fhir("Patient/probity-does-not-exist");
    let metadata = world.bench.site.fhir("metadata");
    let asked = [
        ("GET", metadata, None),
        ("GET", patient, Some("probity-invented-token-0000")),
        ("GET", endpoints.authorize, None),
        ("POST", endpoints.token, None),
    ];
    let mut all = Vec::new();
    for (method, url, token) in asked.into_iter().filter(|(_, url, _)| url.scheme() == "https") {
        let (came, number) = world.door.plain(method, &url, token).await;
        all.push((format!("{method} {}", url.path()), came, number));
    }
    world.put(Plainly(all));
    Ok(())
}

/// What an answer without TLS serves, if it serves anything.
fn served(came: &Plain) -> Option<&'static str> {
    let Plain::Answered { status, headers, body } = came else { return None };
    let header = |name: &str| headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
    let body: serde_json::Value = serde_json::from_str(body.trim()).unwrap_or_default();
    match status {
        _ if header("set-cookie").is_some() => Some("a cookie"),
        300..=399 if header("location").is_some_and(|to| !to.starts_with("http://")) => None,
        300..=399 => Some("a redirect that stays in the clear"),
        200..=299 => Some("a success"),
        _ if body["resourceType"].is_string() => Some("an answer of the FHIR server"),
        _ if body["error"].is_string() => Some("an answer of the token endpoint"),
        _ => None,
    }
}

async fn nobody_served(world: &mut World, words: Words) -> Outcome {
    let Plainly(all) = world.need()?;
    let wrong: Vec<String> =
        all.iter().filter_map(|(what, came, _)| Some(format!("{what}: {}", served(came)?))).collect();
    let observed = if wrong.is_empty() { "nobody is".to_owned() } else { wrong.join("; ") };
    let cites = all.iter().map(|(.., number)| *number).collect();
    world.write(
        &words,
        Observation::new(wrong.is_empty(), "no connection, a refusal or a redirect to https", observed, cites),
    )
}

/// The certificate of each origin, or why it was not accepted.
pub(super) struct Shown(Vec<(String, Result<Certificate, String>, u32)>);

async fn certificates(world: &mut World, _: Words) -> Outcome {
    let mut all = Vec::new();
    for url in world.need::<Addresses>()?.0.clone() {
        let origin = url.origin().ascii_serialization();
        let call = Call::get(url, "a request that looks at the certificate").header("accept", "*/*").public();
        match world.door.send(call).await {
            Ok(answer) => match answer.certificate() {
                Some(own) => all.push((origin, Ok(own), answer.number())),
                None => return Err(world.page.inconclusive(format!("the certificate of {origin} cannot be read"))),
            },
            Err(none) if none.why.contains("certificate") => all.push((origin, Err(none.why.clone()), none.number)),
            Err(none) => return Err(world.unanswered(&none)),
        }
    }
    world.put(Shown(all));
    Ok(())
}

impl Shown {
    /// Whether nothing is wrong with any of them.
    fn judged(&self, expected: &str, wrong: impl Fn(&Result<Certificate, String>) -> Option<String>) -> Observation {
        let found = self.0.iter().filter_map(|(origin, own, _)| Some(format!("{origin}: {}", wrong(own)?)));
        let found: Vec<String> = found.collect();
        let cites = self.0.iter().map(|(.., number)| *number).collect();
        let observed = if found.is_empty() { "so they are".to_owned() } else { found.join("; ") };
        Observation::new(found.is_empty(), expected, observed, cites)
    }
}

async fn good_now(world: &mut World, words: Words) -> Outcome {
    let shown = world.need::<Shown>()?;
    world.write(&words, shown.judged("certificates that are trusted, for the name, now", |own| own.clone().err()))
}

async fn good_for_long(world: &mut World, words: Words) -> Outcome {
    let soon = chrono::Utc::now() + chrono::Duration::days(14);
    let seen = world.need::<Shown>()?.judged("certificates that end in more than two weeks", |own| {
        let own = own.as_ref().ok().filter(|own| own.ends < soon)?;
        Some(format!("ends on {}", own.ends.format("%Y-%m-%d")))
    });
    world.write(&words, seen.with_strength(Strength::Should))
}

async fn strong(world: &mut World, words: Words) -> Outcome {
    let seen = world.need::<Shown>()?.judged("strong keys and signatures", |own| own.as_ref().ok()?.weak.clone());
    world.write(&words, seen.with_strength(Strength::Should))
}
