//! Signing in: an authorization request, played to its end by the login driver, and the exchange of its code.

use super::authorize::Ask;
use super::discovery::Endpoints;
use super::login::{Access, Consent, End, Jar, Landing, Listener, Plan, driver};
use super::session::{Launch, Session, SessionKey};
use super::setup;
use super::site::Site;
use super::token::{Grant, exchange};
use super::trouble::Trouble;
use crate::http::Door;
use crate::target::{Secret, User};
use std::sync::Arc;
use std::time::Instant;

/// Makes a session of its own, for a scenario that spends or poisons it.
///
/// # Errors
/// Why it could not be made.
pub async fn open(door: &Door, site: &Site, key: SessionKey) -> Result<Session, Trouble> {
    asks_for_this_alone(site)?;
    open_shared(door, site, key).await
}

/// A person is not asked to sign in for one check alone, unless they said so.
fn asks_for_this_alone(site: &Site) -> Result<(), Trouble> {
    match driver(&site.target().login).player() {
        Ok(player) if !player.asks_each_time() => Err(Trouble::NotConfigured(
            "this check needs a sign-in of its own, and a person signs in only for checks that can share it; set \
             login.sign_ins = \"each\" to be asked for each"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

/// Makes a session that scenarios share.
///
/// # Errors
/// Why it could not be made.
pub async fn open_shared(door: &Door, site: &Site, key: SessionKey) -> Result<Session, Trouble> {
    let user = site.user(&key.user)?;
    let patient = user.patient.clone();
    if let Some(patient) = &patient {
        door.hide("patient", patient);
    }
    let grant = match driver(&site.target().login).access(user, &key)? {
        Access::BySignIn => return signed_in(door, site, key, patient).await,
        Access::Held(grant) => Some(*grant),
        Access::Open => None,
    };
    Ok(Session { key, grant, ask: None, patient, exchanges: Vec::new(), renewal: None })
}

async fn signed_in(door: &Door, site: &Site, key: SessionKey, patient: Option<String>) -> Result<Session, Trouble> {
    setup::examine(door, site, &key).await?;
    if let Some(session) = site.setup.take(site, &key) {
        return session;
    }
    let _turn = site.turn(&key).await;
    let (ask, landing, endpoints) = authorize_now(door, site, &key, |_| {}, &key.consent()).await?;
    let code = code_of(&landing)?;
    let asked = Instant::now();
    let answer = exchange(door, &endpoints, site.client(key.client)?, &ask, code).await?;
    let grant = Grant::read(&answer, ask.get("scope").unwrap_or_default())?.asked_at(asked);
    Ok(session_of(door, key, ask, grant, &landing, patient))
}

/// The session that a sign-in came to.
pub fn session_of(
    door: &Door,
    key: SessionKey,
    ask: Ask,
    grant: Grant,
    landing: &Landing,
    patient: Option<String>,
) -> Session {
    for value in [&grant.patient, &grant.encounter].into_iter().flatten() {
        door.hide("patient", value);
    }
    let exchanges = vec![landing.number(), grant.number];
    let patient = grant.patient.clone().or(patient);
    Session::own(key, grant, Some(ask), patient, exchanges)
}

/// The code that a sign-in brought.
///
/// # Errors
/// Why it brought none.
pub fn code_of(landing: &Landing) -> Result<&str, Trouble> {
    landing.get("code").ok_or_else(|| match (landing, landing.unclear()) {
        (Landing::NoAnswer(none), _) => Trouble::NoAnswer(none.clone()),
        (_, Some(why)) => Trouble::Unclear(why),
        (_, None) => Trouble::Refused(format!("the authorization ended without a code: {landing}")),
    })
}

/// Plays an authorization up to its end: `alter` changes the request before it is sent. The same sign-in unaltered was
/// tried before, once in a run.
///
/// # Errors
/// Why it could not be played.
pub async fn authorize(
    door: &Door,
    site: &Site,
    key: &SessionKey,
    alter: impl FnOnce(&mut Ask),
    consent: &Consent,
) -> Result<(Ask, Landing, Endpoints), Trouble> {
    asks_for_this_alone(site)?;
    setup::examine(door, site, key).await?;
    let _turn = site.turn(key).await;
    authorize_now(door, site, key, alter, consent).await
}

/// Plays the right authorization of a user whose password is mistyped as `password`, once.
///
/// # Errors
/// Why it could not be played.
pub async fn authorize_with(door: &Door, site: &Site, key: &SessionKey, password: Secret) -> Result<Landing, Trouble> {
    asks_for_this_alone(site)?;
    setup::examine(door, site, key).await?;
    let _turn = site.turn(key).await;
    let mistaken = site.with_password(&key.user, password);
    authorize_now(door, &mistaken, key, |_| {}, &Consent::All).await.map(|(_, landing, _)| landing)
}

pub(super) async fn authorize_now(
    door: &Door,
    site: &Site,
    key: &SessionKey,
    alter: impl FnOnce(&mut Ask),
    consent: &Consent,
) -> Result<(Ask, Landing, Endpoints), Trouble> {
    let target = site.target();
    driver(&target.login).player()?;
    let user = site.user(&key.user)?;
    let launch = match key.launch {
        Launch::Standalone => None,
        Launch::Ehr => {
            let landing = ehr_launch(door, site, user).await?;
            Some(handle_of(&landing)?.to_owned())
        }
    };
    let (mut ask, endpoints) = prepare(door, site, key, launch.as_deref()).await?;
    alter(&mut ask);
    let landing = play(door, site, &ask, user, consent).await?;
    Ok((ask, landing, endpoints))
}

/// The correct authorization request for `key`, and where its parts go.
///
/// # Errors
/// Why it cannot be made.
pub async fn prepare(
    door: &Door,
    site: &Site,
    key: &SessionKey,
    launch: Option<&str>,
) -> Result<(Ask, Endpoints), Trouble> {
    let target = site.target();
    let client = site.client(key.client)?;
    let redirect_uri = site.redirect_uri(client)?.clone();
    let endpoints = Endpoints::discover(door, site).await?;
    let own = match key.launch {
        Launch::Standalone => &target.scopes,
        Launch::Ehr => &target.ehr_scopes,
    };
    let scopes: Vec<String> = match &key.scopes {
        Some(scopes) => scopes.split_whitespace().map(str::to_owned).collect(),
        None => client.scopes.clone().unwrap_or_else(|| own.clone()),
    };
    let ask = Ask::new(&endpoints, client, &redirect_uri, &scopes, site.base(), launch)?;
    Ok((ask, endpoints))
}

fn handle_of(landing: &Landing) -> Result<&str, Trouble> {
    landing.get("launch").ok_or_else(|| match (landing, landing.unclear()) {
        (Landing::NoAnswer(none), _) => Trouble::NoAnswer(none.clone()),
        (_, Some(why)) => Trouble::Unclear(why),
        (_, None) => Trouble::Refused(format!("the EHR launched no app with a handle: {landing}")),
    })
}

/// Sends an authorization request and plays the user's part until it ends.
///
/// # Errors
/// Why it could not be played.
pub async fn play(door: &Door, site: &Site, ask: &Ask, user: &User, consent: &Consent) -> Result<Landing, Trouble> {
    let ((start, posted), standing) = (ask.start(), site.standing(user));
    let (end, browsers) = (ask.end(), Arc::clone(&site.browsers));
    let (onlooker, jar, purpose) = (site.onlooker.clone(), ask.jar.clone(), "authorization request");
    let plan = Plan { start, posted, purpose, user, standing, consent, end, jar, browsers, onlooker };
    driver(&site.target().login).player()?.play(door, plan).await
}

/// Has the EHR launch the app and returns where the browser ended: with the parameters of the launch, if it did.
///
/// # Errors
/// Why there was no launch.
pub async fn ehr_launch(door: &Door, site: &Site, user: &User) -> Result<Landing, Trouble> {
    let target = site.target();
    let player = driver(&target.login).player()?;
    let name = &target.name;
    let missing = |what: &str| Trouble::NotConfigured(format!("no {what} is configured; add it to [targets.{name}]"));
    let ehr = target.ehr.as_ref().ok_or_else(|| missing("EHR launch (`ehr`)"))?;
    let launch_url = target.launch_url.as_ref().ok_or_else(|| missing("launch_url"))?;
    match &ehr.url {
        Some(page) => {
            let (start, standing, end) = (page.clone(), site.standing(user), End::launch(launch_url));
            let browsers = Arc::clone(&site.browsers);
            let plan = Plan {
                start,
                posted: None,
                purpose: "the EHR's page",
                user,
                standing,
                consent: &Consent::All,
                end,
                jar: Jar::default(),
                browsers,
                onlooker: site.onlooker.clone(),
            };
            player.play(door, plan).await
        }
        None if ehr.listen => {
            let parameters = Listener::bind(launch_url).await?.launch(site.base(), ehr.wait).await?;
            Ok(Landing::Redirected { url: launch_url.clone(), parameters, exchanges: Vec::new() })
        }
        None => Err(missing("way to launch (`ehr.url` or `ehr.listen = true`)")),
    }
}
