//! Authorised sessions, shared between scenarios by (tenant, client, user, scopes, launch).

use super::login::{Listener, Person, drive};
use super::renewal::Renewal;
use super::{Ask, Endpoints, Grant, Landing, Site, Trouble, exchange};
use crate::http::{Call, Door};
use crate::record::Page;
use crate::target::{ClientRole, Form, Login, User};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::OnceCell;

/// How the app came to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Launch {
    /// The patient opened it.
    Standalone,
    /// The EHR opened it.
    Ehr,
}

/// What makes two sessions the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey {
    /// Whether at the second tenant.
    pub second_tenant: bool,
    /// The client's role in the configuration.
    pub client: &'static str,
    /// The user's name in the configuration.
    pub user: String,
    /// The scopes asked for; the client's or target's own when `None`.
    pub scopes: Option<String>,
    /// The launch.
    pub launch: Launch,
}

/// One authorised session.
pub struct Session {
    /// What it was made for.
    pub key: SessionKey,
    /// The tokens as the login gave them; none at a target without authorization.
    pub grant: Option<Grant>,
    /// The authorization request it came from; none for supplied tokens.
    pub ask: Option<Ask>,
    /// The patient the user must see.
    pub patient: Option<String>,
    /// The exchanges that made it.
    pub exchanges: Vec<u32>,
    /// Newer tokens, where scenarios share the session.
    pub(super) renewal: Option<Renewal>,
}

impl Session {
    /// A session of one scenario alone, which nothing renews.
    pub fn own(key: SessionKey, grant: Grant, ask: Option<Ask>, patient: Option<String>, exchanges: Vec<u32>) -> Self {
        Self { key, grant: Some(grant), ask, patient, exchanges, renewal: None }
    }

    /// The newest access token, if the target wants one.
    pub fn token(&self) -> Option<String> {
        let newer = self.renewal.as_ref().and_then(Renewal::token);
        newer.or_else(|| Some(self.grant.as_ref()?.access_token.clone()))
    }

    /// The granted scopes; everything at a target without authorization.
    pub fn scope(&self) -> &str {
        self.grant.as_ref().map_or("patient/*.cruds", |grant| grant.scope.as_str())
    }

    /// A name for sharing answers: no two sessions have the same, not even two of the same key.
    pub fn label(&self) -> String {
        format!("{:?} {:?}", self.key, self.exchanges)
    }
}

type Slot = Arc<OnceCell<Result<Arc<Session>, Trouble>>>;

/// Every shared session of a run.
#[derive(Default)]
pub struct Sessions {
    slots: Mutex<HashMap<SessionKey, Slot>>,
}

impl Sessions {
    /// The session for `key`, made by whoever asks first; its exchanges are cited on `page`.
    ///
    /// # Errors
    /// Why there is none; the same for all who ask.
    pub async fn get(&self, door: &Door, page: &Page, site: &Site, key: SessionKey) -> Result<Arc<Session>, Trouble> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(key.clone()).or_default())
        };
        let made = slot.get_or_init(|| async {
            let session = open(door, site, key).await?;
            Ok(Arc::new(Session { renewal: Some(Renewal::default()), ..session }))
        });
        let session = made.await.clone()?;
        page.cite(&session.exchanges);
        session.keep_alive(door, site).await?;
        Ok(session)
    }
}

/// Makes a session of its own, for a scenario that spends or poisons it.
///
/// # Errors
/// Why it could not be made.
pub async fn open(door: &Door, site: &Site, key: SessionKey) -> Result<Session, Trouble> {
    let user = site.user(&key.user)?;
    let patient = user.patient.clone();
    if let Some(patient) = &patient {
        door.hide("patient", patient);
    }
    let quiet = |grant: Option<Grant>| Session {
        key: key.clone(),
        exchanges: grant.iter().map(|g| g.number).filter(|n| *n > 0).collect(),
        patient: patient.clone(),
        grant,
        ask: None,
        renewal: None,
    };
    match &site.target().login {
        Login::None => Ok(quiet(None)),
        Login::Supplied => Ok(quiet(Some(supplied(user, &key)?))),
        Login::Form(form) => {
            let (ask, landing, endpoints) = authorize(door, site, form, &key, |_| {}, true, None).await?;
            let code = landing
                .get("code")
                .ok_or_else(|| Trouble::Refused(format!("the authorization ended without a code: {landing}")))?;
            let client = site.client(role(key.client)?)?;
            let answer = exchange(door, &endpoints, client, &ask, code).await?;
            let asked = ask.get("scope").unwrap_or_default().to_owned();
            let grant = Grant::read(&answer, &asked).map_err(Trouble::Refused)?;
            for value in [&grant.patient, &grant.encounter].into_iter().flatten() {
                door.hide("patient", value);
            }
            let exchanges = vec![landing.number(), grant.number];
            let patient = grant.patient.clone().or(patient);
            Ok(Session::own(key, grant, Some(ask), patient, exchanges))
        }
    }
}

/// Plays an authorization up to its landing: `alter` changes the request before it is sent.
///
/// # Errors
/// Why it could not be played.
pub async fn authorize(
    door: &Door,
    site: &Site,
    form: &Form,
    key: &SessionKey,
    alter: impl FnOnce(&mut Ask),
    approves: bool,
    keeps: Option<Vec<String>>,
) -> Result<(Ask, Landing, Endpoints), Trouble> {
    let user = site.user(&key.user)?;
    let client = site.client(role(key.client)?)?;
    let redirect_uri = site.redirect_uri(client)?.clone();
    let endpoints = Endpoints::discover(door, site).await?;
    let target = site.target();
    let own = match key.launch {
        Launch::Standalone => &target.scopes,
        Launch::Ehr => &target.ehr_scopes,
    };
    let scopes: Vec<String> = match &key.scopes {
        Some(scopes) => scopes.split_whitespace().map(str::to_owned).collect(),
        None => client.scopes.clone().unwrap_or_else(|| own.clone()),
    };
    let launch = match key.launch {
        Launch::Standalone => None,
        Launch::Ehr => {
            let landing = ehr_launch(door, site, form, user).await?;
            let handle = landing.get("launch").map(str::to_owned);
            Some(handle.ok_or_else(|| Trouble::Refused(format!("the EHR launched no app with a handle: {landing}")))?)
        }
    };
    let mut ask = Ask::new(&endpoints, &client.id, &redirect_uri, &scopes, site.base(), launch.as_deref())
        .map_err(Trouble::NotConfigured)?;
    alter(&mut ask);
    let landing = play(door, form, &ask, user, approves, keeps).await?;
    Ok((ask, landing, endpoints))
}

/// Sends an authorization request and plays the person until the browser lands.
///
/// # Errors
/// Why it could not be played.
pub async fn play(
    door: &Door,
    form: &Form,
    ask: &Ask,
    user: &User,
    approves: bool,
    keeps: Option<Vec<String>>,
) -> Result<Landing, Trouble> {
    let url = ask.url();
    let start = Call::get(url.clone(), "authorization request").header("accept", "text/html");
    drive(door, form, start, &url, &ask.redirect_uri, &Person { user, approves, keeps }).await
}

/// Has the EHR launch the app and returns where the browser ended: with the parameters of the launch, if it did.
///
/// # Errors
/// Why there was no launch.
pub async fn ehr_launch(door: &Door, site: &Site, form: &Form, user: &User) -> Result<Landing, Trouble> {
    let target = site.target();
    let name = &target.name;
    let missing = |what: &str| Trouble::NotConfigured(format!("no {what} is configured; add it to [targets.{name}]"));
    let ehr = target.ehr.as_ref().ok_or_else(|| missing("EHR launch (`ehr`)"))?;
    let launch_url = target.launch_url.as_ref().ok_or_else(|| missing("launch_url"))?;
    match &ehr.url {
        Some(page) => {
            let start = Call::get(page.clone(), "the EHR's page").header("accept", "text/html");
            let person = Person { user, approves: true, keeps: None };
            drive(door, form, start, page, launch_url, &person).await
        }
        None if ehr.listen => {
            let listener = Listener::bind(launch_url).await.map_err(Trouble::NotConfigured)?;
            let parameters = listener.launch(site.base(), ehr.wait).await.map_err(Trouble::NotConfigured)?;
            Ok(Landing::App { url: launch_url.clone(), parameters: parameters.into_iter().collect(), number: 0 })
        }
        None => Err(missing("way to launch (`ehr.url` or `ehr.listen = true`)")),
    }
}

/// The role of that name.
///
/// # Errors
/// [`Trouble::NotConfigured`] when there is no such role.
pub fn role(word: &str) -> Result<ClientRole, Trouble> {
    ClientRole::ALL
        .into_iter()
        .find(|role| role.word() == word)
        .ok_or_else(|| Trouble::NotConfigured(format!("there is no client role `{word}`")))
}

fn supplied(user: &User, key: &SessionKey) -> Result<Grant, Trouble> {
    let name = &key.user;
    if key.scopes.is_some() || key.launch == Launch::Ehr || key.client != ClientRole::Public.word() {
        return Err(Trouble::NotConfigured(
            "with supplied tokens only the tokens themselves can be examined; configure login driver `form`".to_owned(),
        ));
    }
    let tokens = user.tokens.as_ref().ok_or_else(|| {
        Trouble::NotConfigured(format!("login is `supplied` and user `{name}` has no tokens configured"))
    })?;
    Ok(Grant {
        access_token: tokens.access_token.expose().to_owned(),
        refresh_token: tokens.refresh_token.as_ref().map(|token| token.expose().to_owned()),
        id_token: None,
        scope: tokens.scope.clone().unwrap_or_else(|| "patient/*.rs".to_owned()),
        scope_stated: tokens.scope.is_some(),
        expires_in: tokens.expires_in.map(|life| life.as_secs()),
        patient: user.patient.clone(),
        encounter: None,
        response: serde_json::Value::Null,
        obtained: Instant::now(),
        number: 0,
    })
}
