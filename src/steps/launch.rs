//! Phrases about launches: a patient signs in, the EHR launches, and where the browser ends.

use super::scene::{EhrLaunch, Other, SignIn};
use super::{Outcome, Words, World};
use crate::examine::{Document, landing, token};
use crate::probe::{Attack, AuthorizeChange, LaunchHandle, RedirectPlace};
use crate::record::Halt;
use crate::smart::{Ask, Consent, Landing, Launch, Session, SessionKey, Unread, authorize, ehr_launch, play};
use crate::target::ClientRole;
use serde_json::Value;
use std::sync::Arc;

topic! {
    When r"patient (\w+) signs in to the {ClientRole} app" "plays an authorization of its own" signs_in;
    Given r"patient (\w+) has signed in to the {ClientRole} app" "a code of its own, not yet exchanged" has_signed_in;
    When r#"patient (\w+) signs in to the {ClientRole} app with the state "([^"]*)""# "the state is this one" signs_in_with_state;
    When r"patient (\w+) signs in to the {ClientRole} app {AuthorizeChange}" "the request with one thing changed" signs_in_changed;
    When r"patient (\w+) signs in to the {ClientRole} app with {RedirectPlace} in its redirect URI" "the redirect URI is not the registered one" signs_in_elsewhere;
    When r"patient (\w+) signs in to the {ClientRole} app and consents to all but {ResourceType}" "unticks the scopes of one type" signs_in_partly;
    When r"patient (\w+) grants the {ClientRole} app categories of (\w+ and \w+)" "asks for the whole types, and ticks the categories that the page offers" signs_in_by_category;
    When r"patient (\w+) denies the {ClientRole} app" "refuses on the consent page" denies;
    When r"patient (\w+) signs in to the {ClientRole} app with parameters of no meaning" "two that no standard knows" signs_in_with_more;
    Check r#"the app (?:receives|should receive) the error "(\w+)""# "a redirect to the app with it" receives_error;
    When r"patient (\w+) signs in to the {ClientRole} app with the longest values" "a state and a nonce of 512 characters, a code_verifier of 128" signs_in_at_length;
    Given r#"a session of patient (\w+) with the {ClientRole} app(?: for "{Scopes}")?"# "a shared session; every scenario that asks for the same one gets it" session;
    Given r#"a session of its own of patient (\w+) with the {ClientRole} app(?: for "{Scopes}")?"# "a fresh session that the scenario may spend" own_session;
    Given r"a session at the other tenant of patient (\w+) with the {ClientRole} app" "a shared session at the second tenant" other_session;
    Given r#"a session from an EHR launch(?: for "{Scopes}")?"# "a shared session that the EHR's launch began" ehr_session;
    Given r"a session of its own from an EHR launch" "a fresh session that the scenario may spend" own_ehr_session;
    When r"the EHR launches the app" "has the EHR open the app's launch URL" ehr_launches;
    When r"the app signs in with the launch of the EHR" "passes the launch handle on" ehr_signs_in;
    When r"the app signs in by POST with the launch of the EHR" "the authorization request is a form, not a URL" ehr_signs_in_by_post;
    Given r"the app has signed in with the launch of the EHR" "a code of an EHR launch, not yet exchanged" ehr_has_signed_in;
    When r"the app signs in with {LaunchHandle}" "in place of the one that the EHR gave" ehr_signs_in_with;
    When r"the app signs in with the launch of that session again" "a handle that was used, in a new request" ehr_signs_in_again;
    Check r"the browser comes back to the app" "the redirect URI was reached" comes_back;
    Check r"the app receives a code" "code and no error" receives_code;
    Check r"the app receives its state unchanged" "RFC 6749 4.1.2" state_unchanged;
    Check r"the answer names the issuer, if it names one or the server says so" "iss; authorization_response_iss_parameter_supported (RFC 9207)" names_issuer;
    Check r"no code (?:is|should be) issued" "an error page or an error redirect are both right" no_code;
    Check r"the browser is not sent there" "no redirect to the wrong URI, not even with an error" not_sent_there;
    Check r"the browser is not sent elsewhere" "no code and no error at a URI that is not registered" stays;
    Check r#"the launch carries "iss" equal to the FHIR base"# "SMART App Launch 2.0.0, EHR launch" launch_iss;
    Check r#"the launch carries "launch""# "SMART App Launch 2.0.0, EHR launch" launch_handle;
    Check r#"the token response (?:has|should have) "([^"]+)""# "a member of the token response" response_has;
    Check r#"the token response conforms to the schema "{Schema}""# "RFC 6749 5.1 and SMART App Launch 2.0.0" response_conforms;
    Check r"the patient in context is patient (\w+)" "the configured patient id of that user" context_is;
    Check r"the granted scopes are within the requested ones" "scope is stated, and no wider than asked for" granted_within;
    Check r"(\w+ and \w+) are granted by category alone" "a scope with a category for each, and none without" by_category;
    Check r"the granted scopes give no access to {ResourceType}" "no granted scope covers the type" no_access;
}

pub(super) async fn sign_in(
    world: &mut World,
    words: &Words,
    key: SessionKey,
    alter: impl FnOnce(&mut Ask),
    consent: &Consent,
) -> Outcome {
    let site = world.bench.site.clone();
    let (ask, landing, endpoints) =
        authorize(&world.door, &site, &key, alter, consent).await.map_err(|trouble| world.halt(words, trouble))?;
    ended(world, words, &landing)?;
    world.put(SignIn { key, ask, landing, endpoints });
    Ok(())
}

/// Ends the scenario where the sign-in was not played to its end: it says nothing about the server, neither that it
/// fails nor that it refuses.
pub(super) fn ended(world: &World, words: &Words, landing: &Landing) -> Outcome {
    let Some(why) = landing.unclear() else { return Ok(()) };
    match landing {
        Landing::CannotRead { why: own @ Unread::NothingToTamper, .. } => {
            return Err(world.page.not_applicable(format!("not applicable: there is {own}")));
        }
        Landing::CannotRead { why: own @ Unread::OwnCookies, .. } => {
            return Err(world.page.not_configured(format!("there is {own}")));
        }
        _ => {}
    }
    world.page.cite(&[landing.number()]);
    let why = world.door.redact(&why);
    Err(if words.is_given() { world.page.blocked(why) } else { world.page.inconclusive(why) })
}

fn standalone(world: &World, words: &Words, scopes: &str) -> Result<SessionKey, Halt> {
    Ok(world.key(words.get(0), words.slot::<ClientRole>()?, scopes, Launch::Standalone))
}

async fn signs_in(world: &mut World, words: Words) -> Outcome {
    let key = standalone(world, &words, "")?;
    sign_in(world, &words, key, |_| {}, &Consent::All).await
}

async fn has_signed_in(world: &mut World, words: Words) -> Outcome {
    let key = standalone(world, &words, "")?;
    sign_in(world, &words, key, |_| {}, &Consent::All).await?;
    needs_code(world)
}

pub(super) fn needs_code(world: &World) -> Outcome {
    let landing = &world.sign_in()?.landing;
    if landing::has_code(landing) {
        return Ok(());
    }
    Err(world.page.blocked(world.door.redact(&format!("the sign-in gave no code: {landing}"))))
}

async fn signs_in_with_state(world: &mut World, words: Words) -> Outcome {
    let key = standalone(world, &words, "")?;
    let state = words.get(2).to_owned();
    let change = |ask: &mut Ask| {
        ask.set("state", Some(&state));
        ask.state = state;
    };
    sign_in(world, &words, key, change, &Consent::All).await
}

/// Plays the authorization request as an attack alters it. An attack that lacks something ends the scenario: where the
/// browser landed with the request as it was proves nothing.
async fn attack(world: &mut World, words: &Words, key: SessionKey, attack: impl Attack<Subject = Ask>) -> Outcome {
    let mut lack = None;
    sign_in(world, words, key, |ask| lack = attack.make(ask).err(), &Consent::All).await?;
    lack.map_or(Ok(()), |need| Err(world.lacks(need)))
}

async fn signs_in_changed(world: &mut World, words: Words) -> Outcome {
    let key = standalone(world, &words, "")?;
    attack(world, &words, key, words.slot::<AuthorizeChange>()?).await
}

async fn signs_in_elsewhere(world: &mut World, words: Words) -> Outcome {
    let key = standalone(world, &words, "")?;
    attack(world, &words, key, words.slot::<RedirectPlace>()?).await
}

async fn signs_in_partly(world: &mut World, words: Words) -> Outcome {
    let without = words.get(2);
    let asked =
        format!("launch/patient openid fhirUser patient/Patient.rs patient/Observation.rs patient/{without}.rs");
    let kept = asked.split_whitespace().filter(|scope| !scope.contains(without)).map(str::to_owned).collect();
    let key = standalone(world, &words, &asked)?;
    sign_in(world, &words, key, |_| {}, &Consent::Exactly(kept)).await
}

async fn signs_in_by_category(world: &mut World, words: Words) -> Outcome {
    let types: Vec<String> = words.get(2).split(" and ").map(str::to_owned).collect();
    let wide: Vec<String> = types.iter().map(|of| format!("patient/{of}.rs")).collect();
    let asked = format!("launch/patient openid fhirUser offline_access patient/Patient.rs {}", wide.join(" "));
    let key = standalone(world, &words, &asked)?;
    sign_in(world, &words, key, |_| {}, &Consent::Categories(types)).await
}

async fn denies(world: &mut World, words: Words) -> Outcome {
    let key = standalone(world, &words, "")?;
    sign_in(world, &words, key, |_| {}, &Consent::Refuse).await
}

async fn signs_in_with_more(world: &mut World, words: Words) -> Outcome {
    let key = standalone(world, &words, "")?;
    let more = |ask: &mut Ask| {
        ask.set("probity", Some("1"));
        ask.set("iss", Some("https://fhir.attacker.example/r4"));
    };
    sign_in(world, &words, key, more, &Consent::All).await
}

async fn names_issuer(world: &mut World, words: Words) -> Outcome {
    let endpoints = world.endpoints(&words).await?;
    const SAYS: &str = "authorization_response_iss_parameter_supported";
    let says = endpoints.document[SAYS] == true || world.openid_metadata(&words).await[SAYS] == true;
    match landing::names_issuer(&world.sign_in()?.landing, endpoints.issuer.as_deref(), says) {
        Some(seen) => world.write(&words, seen),
        None => Err(world.page.not_applicable("not applicable: the answer has no iss, and the server says of none")),
    }
}

async fn receives_error(world: &mut World, words: Words) -> Outcome {
    world.write(&words, landing::brings_error(&world.sign_in()?.landing, words.get(0)))
}

async fn signs_in_at_length(world: &mut World, words: Words) -> Outcome {
    let key = standalone(world, &words, "")?;
    sign_in(world, &words, key, Ask::lengthen, &Consent::All).await
}

async fn by_category(world: &mut World, words: Words) -> Outcome {
    let types: Vec<&str> = words.get(0).split(" and ").collect();
    world.write(&words, token::by_category(&world.grant()?, &types))
}

async fn session(world: &mut World, words: Words) -> Outcome {
    let key = standalone(world, &words, words.get(2))?;
    let session = world.shared_session(&words, key).await?;
    if words.get(0) == "b" {
        world.put(Other(Arc::clone(&session)));
        if world.found::<Arc<Session>>().is_some() {
            return Ok(());
        }
    }
    world.put(session);
    Ok(())
}

async fn own_session(world: &mut World, words: Words) -> Outcome {
    let key = standalone(world, &words, words.get(2))?;
    match key.client {
        ClientRole::ShortLived => world.open_expiring(&words, key).await,
        _ => world.open_session(&words, key).await,
    }
}

async fn other_session(world: &mut World, words: Words) -> Outcome {
    let mut key = standalone(world, &words, "")?;
    key.second_tenant = true;
    let other = world.shared_session(&words, key).await?;
    world.put(Other(other));
    Ok(())
}

/// The session key of the configured EHR launch.
pub(super) fn ehr_key(world: &World, scopes: &str) -> Result<SessionKey, Halt> {
    let target = world.bench.site.target();
    let Some(ehr) = &target.ehr else {
        return Err(world
            .page
            .not_configured(format!("no EHR launch is configured; add [targets.{}.ehr]", target.name)));
    };
    // The configuration names a client of its own, and clients are named by their roles.
    let Some(client) = ClientRole::named(&ehr.client) else {
        return Err(world.misplaced("a client of the EHR launch"));
    };
    Ok(world.key(&ehr.user, client, scopes, Launch::Ehr))
}

async fn ehr_session(world: &mut World, words: Words) -> Outcome {
    let key = ehr_key(world, words.get(0))?;
    let session = world.shared_session(&words, key).await?;
    world.put(session);
    Ok(())
}

async fn own_ehr_session(world: &mut World, words: Words) -> Outcome {
    let key = ehr_key(world, "")?;
    world.open_session(&words, key).await
}

async fn ehr_launches(world: &mut World, words: Words) -> Outcome {
    let key = ehr_key(world, "")?;
    let site = world.bench.site.clone();
    let user = site.user(&key.user).map_err(|trouble| world.halt(&words, trouble))?;
    let launch = ehr_launch(&world.door, &site, user).await.map_err(|trouble| world.halt(&words, trouble))?;
    ended(world, &words, &launch)?;
    world.put(EhrLaunch(launch));
    Ok(())
}

async fn ehr_signs_in(world: &mut World, words: Words) -> Outcome {
    let key = ehr_key(world, "")?;
    sign_in(world, &words, key, |_| {}, &Consent::All).await
}

async fn ehr_signs_in_by_post(world: &mut World, words: Words) -> Outcome {
    let key = ehr_key(world, "")?;
    sign_in(world, &words, key, |ask| ask.posted = true, &Consent::All).await
}

async fn ehr_has_signed_in(world: &mut World, words: Words) -> Outcome {
    ehr_signs_in(world, words).await?;
    needs_code(world)
}

async fn ehr_signs_in_with(world: &mut World, words: Words) -> Outcome {
    let key = ehr_key(world, "")?;
    let session = world.session()?;
    let Some(mut ask) = session.ask.clone() else { return Err(world.misplaced("the request of the session")) };
    words.slot::<LaunchHandle>()?.make(&mut ask).map_err(|need| world.lacks(need))?;
    let site = world.bench.site.clone();
    let user = site.user(&key.user).map_err(|trouble| world.halt(&words, trouble))?;
    let landing =
        play(&world.door, &site, &ask, user, &Consent::All).await.map_err(|trouble| world.halt(&words, trouble))?;
    ended(world, &words, &landing)?;
    let endpoints = world.endpoints(&words).await?;
    world.put(SignIn { key, ask, landing, endpoints });
    Ok(())
}

async fn ehr_signs_in_again(world: &mut World, words: Words) -> Outcome {
    let used = world.session()?.ask.as_ref().and_then(|ask| ask.get("launch")).map(str::to_owned);
    let used = used.ok_or_else(|| world.misplaced("the launch of the session"))?;
    let key = SessionKey { launch: Launch::Standalone, ..ehr_key(world, "launch openid fhirUser patient/*.rs")? };
    sign_in(world, &words, key, |ask| ask.set("launch", Some(&used)), &Consent::All).await
}

impl World {
    /// A session that no other scenario has.
    pub(super) async fn open_session(&mut self, words: &Words, key: SessionKey) -> Outcome {
        let session = self.opened(words, key).await?;
        self.put(session);
        Ok(())
    }

    pub(super) async fn opened(&self, words: &Words, key: SessionKey) -> Result<Arc<Session>, Halt> {
        let site = self.bench.site.clone();
        let session = crate::smart::open(&self.door, &site, key).await.map_err(|trouble| self.halt(words, trouble))?;
        self.page.cite(&session.exchanges);
        Ok(Arc::new(session))
    }

    pub(super) fn sign_in(&self) -> Result<&SignIn, Halt> {
        self.need()
    }
}

async fn comes_back(world: &mut World, words: Words) -> Outcome {
    world.write(&words, landing::comes_back(&world.sign_in()?.landing))
}

async fn receives_code(world: &mut World, words: Words) -> Outcome {
    world.write(&words, landing::brings_code(&world.sign_in()?.landing))
}

async fn state_unchanged(world: &mut World, words: Words) -> Outcome {
    let sign_in = world.sign_in()?;
    world.write(&words, landing::brings_state(&sign_in.landing, &sign_in.ask.state))
}

async fn no_code(world: &mut World, words: Words) -> Outcome {
    let seen = landing::no_code(&world.sign_in()?.landing);
    world.write(&words, seen.map_err(|why| world.page.inconclusive(world.door.redact(&why.0)))?)
}

async fn not_sent_there(world: &mut World, words: Words) -> Outcome {
    let sign_in = world.sign_in()?;
    world.write(&words, landing::not_sent_there(&sign_in.ask, &sign_in.landing))
}

async fn stays(world: &mut World, words: Words) -> Outcome {
    world.write(&words, landing::stays(&world.sign_in()?.landing))
}

async fn launch_iss(world: &mut World, words: Words) -> Outcome {
    let EhrLaunch(launch) = world.need()?;
    world.write(&words, landing::carries_iss(launch, world.bench.site.base().as_str()))
}

async fn launch_handle(world: &mut World, words: Words) -> Outcome {
    let EhrLaunch(launch) = world.need()?;
    world.write(&words, landing::carries_handle(launch))
}

async fn response_has(world: &mut World, words: Words) -> Outcome {
    world.write(&words, token::has_member(&world.grant()?, words.get(0)))
}

async fn response_conforms(world: &mut World, words: Words) -> Outcome {
    let grant = world.grant()?;
    if grant.response == Value::Null {
        return Err(world.page.not_configured("supplied tokens come without a token response"));
    }
    world.conforms(&words, words.slot()?, &Document { value: grant.response, number: grant.number })
}

async fn context_is(world: &mut World, words: Words) -> Outcome {
    let (grant, name) = (world.grant()?, words.get(0));
    let user = world.bench.site.user(name).map_err(|trouble| world.halt(&words, trouble))?;
    let none = || world.page.not_configured(format!("no patient is configured for user `{name}`"));
    world.write(&words, token::has_context(&grant, name, user.patient.as_ref().ok_or_else(none)?))
}

async fn granted_within(world: &mut World, words: Words) -> Outcome {
    let (grant, session) = (world.grant()?, world.session()?);
    let asked = session.ask.as_ref().and_then(|ask| ask.get("scope")).unwrap_or_default();
    world.write(&words, token::within(&grant, asked))
}

async fn no_access(world: &mut World, words: Words) -> Outcome {
    world.write(&words, token::covers_nothing_of(&world.grant()?, words.get(0)))
}
