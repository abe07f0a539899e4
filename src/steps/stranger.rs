//! Phrases about browsers: what one may do in which nobody signs in, and what the cookies of a sign-in are worth.

use super::access::patient;
use super::launch::{ehr_key, ended, needs_code, sign_in};
use super::scene::{Other, SignIn};
use super::{Outcome, Words, World};
use crate::examine::{Observation, landing};
use crate::fhir;
use crate::record::Halt;
use crate::smart::{Ask, Consent, Jar, Landing, Launch, SessionKey, Site, authorize, authorize_with};
use crate::target::{ClientRole, Login, Secret};
use std::time::Duration;

topic! {
    When r"a browser without a sign-in asks for the {ClientRole} app with prompt=none" "OpenID Connect Core 3.1.2.1; nothing is filled in" asks_silently;
    When r"a browser without a sign-in comes with the launch of the EHR" "a fresh browser; nothing is filled in" comes_with_launch;
    When r"patient (\w+) signs in to the {ClientRole} app with another password" "patient b's, where that is another one; typed once" mistypes;
    Check r"the sign-in is refused" "no code, and no page after the one that asks for the password" refused;
    Given r"the browser of the sign-in stays signed in" "it gets another code though nothing is filled in" stays_signed_in;
    When r"the browser of the sign-in asks again with (prompt=login|max_age=1, two seconds later)" "OpenID Connect Core 3.1.2.1; nothing is filled in" asks_for_login;
    When r"the browser of the sign-in comes to the other tenant" "the same app there; nothing is filled in" comes_elsewhere;
    Given r"patient (\w+) has signed in to the {ClientRole} app where somebody else was before" "whose cookies somebody else kept" signed_in_after_another;
    When r"somebody else comes with the cookies from before the sign-in" "nothing is filled in" comes_with_older_cookies;
    When r"patient (\w+) signs in to the {ClientRole} app, and another browser sends the consent" "the form of the consent page, without the cookies of the sign-in" consents_from_elsewhere;
    When r"the patient is read with the cookies of the sign-in alone" "no token; all cookies of the host, GET and POST" reads_with_cookies;
}

/// The cookies that somebody else kept of a browser.
pub(super) struct Kept(Jar);

/// The key of the sign-in of the scenario.
fn key(world: &World) -> Result<SessionKey, Halt> {
    Ok(world.sign_in()?.key.clone())
}

/// What comes to a browser of these cookies in which nobody signs in.
async fn comes(
    world: &mut World,
    words: &Words,
    site: &Site,
    key: SessionKey,
    alter: impl FnOnce(&mut Ask),
) -> Outcome {
    let played = authorize(&world.door, site, &key, alter, &Consent::Nobody).await;
    let (ask, landing, endpoints) = played.map_err(|trouble| world.halt(words, trouble))?;
    ended(world, words, &landing)?;
    world.put(SignIn { key, ask, landing, endpoints });
    Ok(())
}

/// The cookies of the sign-in, where they are known.
fn cookies(world: &World) -> Result<Jar, Halt> {
    let jar = world.sign_in()?.ask.jar.clone();
    if jar.is_empty() {
        return Err(world.page.not_applicable("not applicable: no cookie of the sign-in is known"));
    }
    Ok(jar)
}

async fn asks_silently(world: &mut World, words: Words) -> Outcome {
    let key = world.key("a", words.slot::<ClientRole>()?, "", Launch::Standalone);
    let site = world.bench.site.clone();
    comes(world, &words, &site, key, |ask| ask.set("prompt", Some("none"))).await
}

async fn comes_with_launch(world: &mut World, words: Words) -> Outcome {
    let (key, site) = (ehr_key(world, "")?, world.bench.site.clone());
    comes(world, &words, &site, key, |_| {}).await
}

async fn stays_signed_in(world: &mut World, words: Words) -> Outcome {
    let (key, jar, site) = (key(world)?, cookies(world)?, world.bench.site.clone());
    let played = authorize(&world.door, &site, &key, |ask| ask.jar = jar, &Consent::Nobody).await;
    let (_, landing, _) = played.map_err(|trouble| world.halt(&words, trouble))?;
    ended(world, &words, &landing)?;
    match landing::has_code(&landing) {
        true => Ok(()),
        false => Err(world.page.not_applicable("not applicable: the server asks a browser to sign in each time")),
    }
}

async fn asks_for_login(world: &mut World, words: Words) -> Outcome {
    let (key, jar, site) = (key(world)?, cookies(world)?, world.bench.site.clone());
    let (asked, later) = words.get(0).split_once(", ").unwrap_or((words.get(0), ""));
    let (name, value) = asked.split_once('=').unwrap_or_default();
    if !later.is_empty() {
        // A sign-in is told in whole seconds: only then is every clock sure that it is older than one.
        tokio::time::sleep(Duration::from_millis(2100)).await;
    }
    let change = |ask: &mut Ask| {
        ask.jar = jar;
        ask.set(name, Some(value));
    };
    comes(world, &words, &site, key, change).await
}

async fn comes_elsewhere(world: &mut World, words: Words) -> Outcome {
    let site = world.bench.site.second().map_err(|trouble| world.halt(&words, trouble))?;
    let Other(other) = world.need()?;
    let (key, jar) = (other.key.clone(), cookies(world)?);
    comes(world, &words, &site, key, |ask| ask.jar = jar).await
}

/// How a sign-in with another password ended.
pub(super) struct Mistyped(Landing);

async fn mistypes(world: &mut World, words: Words) -> Outcome {
    let site = world.bench.site.clone();
    if !matches!(site.target().login, Login::Form(_)) {
        return Err(world.page.not_applicable("not applicable: Probity types no password at this target"));
    }
    let password = |name: &str| site.target().users.get(name).and_then(|user| user.password.as_ref());
    let own = password(words.get(0)).map(Secret::expose);
    // What is another patient's may be everybody's, and what is nobody's may be anybody's.
    let other = password("b").map(Secret::expose).filter(|other| Some(*other) != own);
    let mistyped = Secret::new(other.unwrap_or("probity-Not-The-Password-1").to_owned());
    let key = world.key(words.get(0), words.slot::<ClientRole>()?, "", Launch::Standalone);
    let landing = authorize_with(&world.door, &site, &key, mistyped).await;
    let landing = landing.map_err(|trouble| world.halt(&words, trouble))?;
    if !matches!(landing, Landing::RefusedUser { .. }) {
        ended(world, &words, &landing)?;
    }
    world.put(Mistyped(landing));
    Ok(())
}

async fn refused(world: &mut World, words: Words) -> Outcome {
    let Mistyped(landing) = world.need()?;
    let seen = match landing {
        Landing::RefusedUser { number } => {
            Observation::new(true, "no code", "the page asks for the password again", vec![*number])
        }
        other => landing::no_code(other).map_err(|why| world.page.inconclusive(world.door.redact(&why.0)))?,
    };
    world.write(&words, seen)
}

async fn signed_in_after_another(world: &mut World, words: Words) -> Outcome {
    let key = world.key(words.get(0), words.slot::<ClientRole>()?, "", Launch::Standalone);
    let (site, jar) = (world.bench.site.clone(), Jar::default());
    comes(world, &words, &site, key.clone(), |ask| ask.jar = jar.clone()).await?;
    if jar.is_empty() {
        return Err(world.page.not_applicable("not applicable: the server sets no cookie before the sign-in"));
    }
    world.put(Kept(jar.copied()));
    sign_in(world, &words, key, |ask| ask.jar = jar, &Consent::All).await?;
    needs_code(world)
}

async fn comes_with_older_cookies(world: &mut World, words: Words) -> Outcome {
    let Kept(jar) = world.need()?;
    let (jar, key, site) = (jar.clone(), key(world)?, world.bench.site.clone());
    comes(world, &words, &site, key, |ask| ask.jar = jar).await
}

async fn consents_from_elsewhere(world: &mut World, words: Words) -> Outcome {
    let key = world.key(words.get(0), words.slot::<ClientRole>()?, "", Launch::Standalone);
    sign_in(world, &words, key, |_| {}, &Consent::FromElsewhere).await
}

async fn reads_with_cookies(world: &mut World, _: Words) -> Outcome {
    let id = patient(world)?;
    let url = world.bench.site.fhir(&format!("Patient/{id}"));
    let none =
        || world.page.not_applicable("not applicable: no cookie of the sign-in is for the host of the FHIR base");
    let all = cookies(world)?.all_for(&url).ok_or_else(none)?;
    let search = world.bench.site.fhir("Patient/_search");
    let fields = [("_id".to_owned(), id)];
    let calls = [
        fhir::get(url, None, "read with the cookies of the sign-in alone"),
        crate::http::Call::post_form(search, &fields, "search with the cookies of the sign-in alone")
            .header("accept", fhir::JSON),
    ];
    world.ask_each(calls.map(|call| call.header("cookie", all.as_str()))).await
}
