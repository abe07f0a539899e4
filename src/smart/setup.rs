//! Setup: every sign-in that scenarios build on is tried once, unaltered, before the first of them needs it.
//!
//! What does not work is an entry of its own in the reports, with what to change; the server is not blamed for what the
//! configuration may be the reason of.

use super::login::{Consent, Landing, Unread};
use super::session::{Launch, Session, SessionKey};
use super::sign_in::{authorize_now, code_of, session_of};
use super::site::Site;
use super::token::{Grant, Unusable, exchange};
use super::trouble::Trouble;
use crate::http::{Answer, Call, Door};
use crate::record::{SetupRecord, SetupState};
use crate::target::{ClientAuth, ClientRole};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

/// What the sign-ins of a run build on.
#[derive(Default)]
pub struct Setup(Mutex<HashMap<Key, Slot>>);

type Slot = Arc<OnceCell<Result<Tried, Trouble>>>;

/// A sign-in with the scopes of the configuration.
type Key = (bool, ClientRole, String, Launch);

/// A sign-in that was tried.
struct Tried {
    id: String,
    fault: Option<Fault>,
    /// The session that it gave; whoever asks for such a session first gets it.
    session: Mutex<Option<Session>>,
}

impl Tried {
    fn trouble(&self, fault: &Fault) -> Trouble {
        Trouble::Setup { id: self.id.clone(), reason: fault.reason.clone() }
    }
}

/// Why a sign-in does not work.
#[derive(Clone, Debug)]
struct Fault {
    state: SetupState,
    reason: String,
    help: String,
    exchanges: Vec<u32>,
}

impl Setup {
    fn slot(&self, site: &Site, key: &SessionKey) -> Slot {
        let key = (site.is_second(), key.client, key.user.clone(), key.launch);
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(key).or_default())
    }

    /// What the try for `key` gave, if nobody has it yet: the session, or why there can be none.
    pub(super) fn take(&self, site: &Site, key: &SessionKey) -> Option<Result<Session, Trouble>> {
        if key.scopes.is_some() {
            return None;
        }
        let slot = self.slot(site, key);
        let tried = slot.get()?.as_ref().ok()?;
        match &tried.fault {
            Some(fault) => Some(Err(tried.trouble(fault))),
            // One that was not asked for at once may have little of its token's life left.
            None => tried.session.lock().unwrap_or_else(PoisonError::into_inner).take().filter(is_young).map(Ok),
        }
    }
}

/// Tries the sign-in that `key` builds on, unless it was tried before.
///
/// A sign-in that the server refuses is no error here: what is tested is whether it does.
///
/// # Errors
/// Why nothing that builds on it can be tested.
pub(super) async fn examine(door: &Door, site: &Site, key: &SessionKey) -> Result<(), Trouble> {
    let slot = site.setup.slot(site, key);
    // Boxed: a sign-in is a long future, and this one is part of every sign-in.
    let tried = slot.get_or_init(|| Box::pin(tried(door.aside(), site, key))).await.as_ref().map_err(Clone::clone)?;
    let Some(fault) = &tried.fault else { return Ok(()) };
    door.depend_on(&tried.id);
    match fault.state {
        SetupState::Refused | SetupState::Noted | SetupState::Ready => Ok(()),
        SetupState::Misconfigured | SetupState::Unclear => Err(tried.trouble(fault)),
    }
}

fn is_young(session: &Session) -> bool {
    let Some(grant) = &session.grant else { return true };
    grant.expires_in.is_none_or(|life| grant.asked.elapsed() * 4 < Duration::from_secs(life))
}

async fn tried(door: Door, site: &Site, key: &SessionKey) -> Result<Tried, Trouble> {
    let key = SessionKey { scopes: None, kept: None, ..key.clone() };
    let (client, user) = (key.client.word(), key.user.clone());
    let place = if site.is_second() { " at the other tenant" } else { "" };
    let launch = if key.launch == Launch::Ehr { ", launched by the EHR" } else { "" };
    let parts = [site.is_second().then_some("other-tenant"), Some(&user), Some(client)];
    let parts: Vec<&str> = parts.into_iter().flatten().chain((key.launch == Launch::Ehr).then_some("ehr")).collect();
    let id = format!("setup.{}", parts.join("."));
    let what = format!("user {user} signs in to the {client} app{launch}{place}");
    let (fault, session, exchanges) = match attempt(&door, site, key).await? {
        Ok(session) => (None, Some(session), Vec::new()),
        Err(fault) => (Some(fault.clone()), None, fault.exchanges),
    };
    door.note(SetupRecord {
        id: id.clone(),
        what,
        state: fault.as_ref().map_or(SetupState::Ready, |fault| fault.state),
        reason: fault.as_ref().map(|fault| fault.reason.clone()),
        help: fault.as_ref().map(|fault| fault.help.clone()),
        exchanges,
        blocks: Vec::new(),
    });
    Ok(Tried { id, fault, session: Mutex::new(session) })
}

/// The sign-in: its session, or what is wrong with it.
///
/// # Errors
/// [`Trouble::NotConfigured`] and [`Trouble::NotApplicable`] only: nothing can be tried.
async fn attempt(door: &Door, site: &Site, key: SessionKey) -> Result<Result<Session, Fault>, Trouble> {
    let (user, client) = (site.user(&key.user)?.clone(), site.client(key.client)?);
    let names = Names { table: site.table(), user: key.user.clone(), client: key.client.word() };
    if let Some(patient) = &user.patient {
        door.hide("patient", patient);
    }
    let _turn = site.turn(&key).await;
    let played = authorize_now(door, site, &key, |_| {}, &Consent::All).await;
    let (ask, landing, endpoints) = match played {
        Ok(played) => played,
        Err(trouble) => return names.trouble(trouble).map(Err),
    };
    if let Some(fault) = names.landing(&landing, &user.username) {
        return Ok(Err(fault));
    }
    let asked = Instant::now();
    let exchanged = match code_of(&landing) {
        Ok(code) => exchange(door, &endpoints, client, &ask, code).await,
        Err(trouble) => Err(trouble),
    };
    let answer = match exchanged {
        Ok(answer) => answer,
        Err(trouble) => return names.trouble(trouble).map(Err),
    };
    let grant = match Grant::read(&answer, ask.get("scope").unwrap_or_default()) {
        Ok(grant) => grant.asked_at(asked),
        Err(why) => return Ok(Err(names.exchange(&why, &client.auth, &answer))),
    };
    let wanted = user.patient.clone();
    let session = session_of(door, key, ask, grant, &landing, wanted.clone());
    Ok(match (&session.patient, &wanted) {
        (Some(own), Some(wanted)) if own != wanted => {
            match names.other_patient(door, site, &session, own, wanted).await {
                Some(fault) => Err(fault),
                None => Ok(session),
            }
        }
        _ => Ok(session),
    })
}

/// What the configuration calls the parts of a sign-in.
struct Names {
    table: String,
    user: String,
    client: &'static str,
}

impl Names {
    fn trouble(&self, trouble: Trouble) -> Result<Fault, Trouble> {
        let (state, exchanges) = match &trouble {
            Trouble::NotConfigured(_) | Trouble::NotApplicable(_) => return Err(trouble),
            Trouble::NoAnswer(none) => (SetupState::Unclear, vec![none.number]),
            Trouble::Unclear(_) | Trouble::Setup { .. } => (SetupState::Unclear, Vec::new()),
            Trouble::Refused(_) | Trouble::NoEndpoint(_) => (SetupState::Refused, Vec::new()),
        };
        let help = format!("check fhir_base, authorize and token in [{}], and that the server is up", self.table);
        Ok(Fault { state, reason: trouble.to_string(), help, exchanges })
    }

    /// What is wrong with how the authorization ended.
    fn landing(&self, landing: &Landing, username: &str) -> Option<Fault> {
        let Self { table, user, client } = self;
        let registration = format!(
            "check id and redirect_uri of [{table}.clients.{client}] against what is registered at the server, and scopes"
        );
        let (state, help) = match landing {
            Landing::RefusedUser { .. } => {
                let named = if username.is_empty() { "username and password" } else { "the password (and username)" };
                (
                    SetupState::Misconfigured,
                    format!("check {named} of [{table}.users.{user}]; a wrong one is sent once in a run"),
                )
            }
            // RFC 6749 4.1.2.1: where client or redirect URI are not known, the server tells the user and does not redirect.
            Landing::RefusedPage { at_once: true, .. } => (SetupState::Misconfigured, registration),
            Landing::RefusedPage { .. } => (SetupState::Refused, "look at the page in a browser".to_owned()),
            Landing::CannotRead { why, .. } => (SetupState::Unclear, unread(why)),
            Landing::NoAnswer(_) => (SetupState::Unclear, "check that the server is up".to_owned()),
            Landing::Elsewhere { .. } => (SetupState::Refused, registration),
            Landing::Redirected { .. } => match landing.get("error") {
                Some("unauthorized_client" | "invalid_scope") => (SetupState::Misconfigured, registration),
                Some("temporarily_unavailable") => (SetupState::Unclear, "try again later".to_owned()),
                Some(_) => (SetupState::Refused, registration),
                None if landing.get("code").is_some() => return None,
                None => (SetupState::Refused, registration),
            },
        };
        Some(Fault { state, reason: landing.to_string(), help, exchanges: vec![landing.number()] })
    }

    /// What is wrong with the answer to the exchange of the code.
    fn exchange(&self, why: &Unusable, auth: &ClientAuth, answer: &Answer) -> Fault {
        let Self { table, client, .. } = self;
        let (state, help) = match why {
            Unusable::Refused { status: 408 | 429 | 500.., .. } => (SetupState::Unclear, "try again later".to_owned()),
            Unusable::Refused { error: Some(error), .. }
                if error == "invalid_client" || error == "unauthorized_client" =>
            {
                let what = match auth {
                    ClientAuth::Public => "id, and that it is registered as a public client",
                    ClientAuth::Certificate => "id, and that the server knows the certificate of [tls]",
                    ClientAuth::Secret { .. } => "id, secret and method",
                    ClientAuth::PrivateKey { .. } => "id, key, alg and kid, and that the server has the public key",
                };
                (SetupState::Misconfigured, format!("check [{table}.clients.{client}]: {what}"))
            }
            _ => (SetupState::Refused, format!("check the registration of [{table}.clients.{client}]")),
        };
        Fault { state, reason: why.to_string(), help, exchanges: vec![answer.number()] }
    }

    /// The token's patient is not the configured one. Whether the configuration is wrong is seen by what the token reads:
    /// a server that names the wrong patient gives a token for the right one.
    async fn other_patient(
        &self,
        door: &Door,
        site: &Site,
        session: &Session,
        own: &str,
        wanted: &str,
    ) -> Option<Fault> {
        let read = async |id: &str| {
            let call =
                Call::get(site.fhir(&format!("Patient/{id}")), "whose token it is").bearer(session.token().as_deref());
            door.send(call.header("accept", "application/fhir+json")).await
        };
        let (own, wanted) = (read(own).await.ok()?, read(wanted).await.ok()?);
        if !own.is_success() || wanted.is_success() {
            return None;
        }
        let Self { table, user, .. } = self;
        let holder = site.user_names().into_iter().find(|name| {
            name != user
                && site.user(name).is_ok_and(|other| other.patient.is_some() && other.patient == session.patient)
        });
        let whose = holder.map_or("nobody else".to_owned(), |name| format!("user {name}: are the two swapped"));
        Some(Fault {
            state: SetupState::Misconfigured,
            reason: format!(
                "user {user} signs in, but is another patient than the configured one; it is the patient of {whose}"
            ),
            help: format!("check username and patient of [{table}.users.{user}]"),
            exchanges: vec![own.number(), wanted.number()],
        })
    }
}

fn unread(why: &Unread) -> String {
    match why {
        Unread::Busy => "try again later, or lower limits.requests_per_second".to_owned(),
        Unread::OtherOrigin { .. } => "add the origin to allow_origins if the sign-in belongs there".to_owned(),
        Unread::UnknownButtons { key, .. } => format!("add the right one to login.{key}"),
        Unread::Script(_) => "set driver = \"auto\" or \"browser\" in [login]: the form driver runs no scripts".to_owned(),
        Unread::Browser(_) => {
            "install Chromium with chromedriver or Firefox with geckodriver, or set login.webdriver_url; or supply tokens \
             (driver = \"supplied\")"
                .to_owned()
        }
        Unread::Withheld { .. } => "add the origins to allow_origins if the sign-in page needs them".to_owned(),
        Unread::OneTimeCode(_) => {
            "name the user's `totp`, the key that authenticator apps are given, or use an account without".to_owned()
        }
        Unread::OtherCode(_) => "check the user's `totp`, and the clock of this machine".to_owned(),
        Unread::Stuck { .. } => "look at the page in a browser; a slow one needs a longer login.page_timeout".to_owned(),
        Unread::NobodyCame(_) => "give people more time with login.wait, or take another driver".to_owned(),
        Unread::LeftOut => "run it again, and sign in when asked".to_owned(),
        Unread::NothingToTamper | Unread::OwnCookies => "sign in with the form driver, where the server's pages allow it".to_owned(),
        Unread::NothingToRefuse => "ask the server's operator how a user refuses a scope".to_owned(),
        Unread::NoForm(_) | Unread::NotHtml | Unread::NoLocation | Unread::TooManyPages(_) => {
            "look at the page in a browser; [login] says what the form driver looks for".to_owned()
        }
    }
}
