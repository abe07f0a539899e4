//! One tenant as seen by the client: its FHIR base, its people, its registered clients.

use super::login::{Browsers, Onlooker, Passwords, Standing};
use super::session::SessionKey;
use super::setup::Setup;
use super::trouble::Trouble;
use crate::target::{Client, ClientRole, Secret, Target, User, join};
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;
use url::Url;

/// The target's own tenant, or the second one that isolation is tested against. Cheap to clone.
#[derive(Clone)]
pub struct Site {
    target: Arc<Target>,
    second: bool,
    /// Shared by every sign-in of a run, whichever pool or scenario makes it.
    passwords: Arc<Passwords>,
    pub(super) setup: Arc<Setup>,
    /// As the passwords.
    pub(super) browsers: Arc<Browsers>,
    busy: Arc<Busy>,
    pub(super) onlooker: Onlooker,
}

/// Who is signing in to which app now, by tenant, user and client.
type Busy = Mutex<HashMap<(bool, String, ClientRole), Arc<tokio::sync::Mutex<()>>>>;

impl Site {
    /// The tenant under test.
    pub fn main(target: Arc<Target>) -> Self {
        Self {
            target,
            second: false,
            passwords: Arc::default(),
            setup: Arc::default(),
            browsers: Arc::default(),
            busy: Arc::default(),
            onlooker: Onlooker::default(),
        }
    }

    /// The same tenant, with somebody who looks on while people sign in.
    #[must_use]
    pub fn seen_by(self, onlooker: Onlooker) -> Self {
        Self { onlooker, ..self }
    }

    /// The other tenant, if one is configured.
    ///
    /// # Errors
    /// [`Trouble::NotConfigured`] when there is none.
    pub fn second(&self) -> Result<Self, Trouble> {
        match self.target.other_tenant {
            Some(_) => Ok(Self { second: true, ..self.clone() }),
            None => Err(Trouble::NotConfigured(format!(
                "no second tenant is configured; add [targets.{}.other_tenant]",
                self.target.name
            ))),
        }
    }

    /// The same tenant, for somebody who takes another password for that of a user. What is learned of it here is learned nowhere else.
    #[must_use]
    pub(super) fn with_password(&self, user: &str, password: Secret) -> Self {
        let mut target = Target::clone(&self.target);
        if let Some(user) = target.users.get_mut(user) {
            user.password = Some(password);
        }
        Self { target: Arc::new(target), passwords: Arc::default(), ..self.clone() }
    }

    /// The configuration.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Whether it is the other tenant.
    pub fn is_second(&self) -> bool {
        self.second
    }

    /// A word that tells the tenants apart in keys and purposes.
    pub fn label(&self) -> &'static str {
        if self.second { "other tenant" } else { "tenant" }
    }

    /// The FHIR base URL as the `aud` of an authorization request.
    pub fn base(&self) -> &Url {
        match (&self.target.other_tenant, self.second) {
            (Some(other), true) => &other.fhir_base,
            _ => &self.target.fhir_base,
        }
    }

    /// The part of a reference below the FHIR base, if it leads there.
    pub fn local(&self, reference: &str) -> Option<String> {
        let base = self.base().as_str().trim_end_matches('/');
        match reference.strip_prefix(base) {
            Some(rest) => rest.strip_prefix('/').map(str::to_owned),
            None => (!reference.contains(':')).then(|| reference.to_owned()),
        }
    }

    /// The authorization and token endpoints that the configuration names, if it does.
    pub fn configured_endpoints(&self) -> (Option<Url>, Option<Url>) {
        match (&self.target.other_tenant, self.second) {
            (Some(other), true) => (other.authorize.clone(), other.token.clone()),
            _ => (self.target.authorize.clone(), self.target.token.clone()),
        }
    }

    /// The URL of `path` below the FHIR base.
    pub fn fhir(&self, path: &str) -> Url {
        join(self.base(), path)
    }

    /// The person called `name` in the configuration.
    ///
    /// # Errors
    /// [`Trouble::NotConfigured`] when there is no such person.
    pub fn user(&self, name: &str) -> Result<&User, Trouble> {
        let users = match (&self.target.other_tenant, self.second) {
            (Some(other), true) => &other.users,
            _ => &self.target.users,
        };
        users.get(name).ok_or_else(|| {
            Trouble::NotConfigured(format!("no user `{name}` is configured; add [{}.users.{name}]", self.table()))
        })
    }

    /// What the sign-ins so far have learned of the password of `user`.
    pub fn standing(&self, user: &User) -> Standing {
        self.passwords.of(self.base().as_str(), &user.username)
    }

    /// The turn of a user at an app: nobody signs in to an app twice at the same time, and servers that remember what a user
    /// has consented to may mix two of them up.
    pub(super) async fn turn(&self, key: &SessionKey) -> OwnedMutexGuard<()> {
        let own = {
            let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(busy.entry((self.second, key.user.clone(), key.client)).or_default())
        };
        own.lock_owned().await
    }

    /// The names of all configured people.
    pub fn user_names(&self) -> Vec<String> {
        match (&self.target.other_tenant, self.second) {
            (Some(other), true) => other.users.keys().cloned().collect(),
            _ => self.target.users.keys().cloned().collect(),
        }
    }

    /// The client registered for `role`.
    ///
    /// # Errors
    /// [`Trouble::NotConfigured`] when there is none.
    pub fn client(&self, role: ClientRole) -> Result<&Client, Trouble> {
        self.registered().get(role.word()).ok_or_else(|| {
            let word = role.word();
            Trouble::NotConfigured(format!("no `{word}` client is configured; add [{}.clients.{word}]", self.table()))
        })
    }

    fn registered(&self) -> &BTreeMap<String, Client> {
        match (&self.target.other_tenant, self.second) {
            (Some(other), true) => &other.clients,
            _ => &self.target.clients,
        }
    }

    /// Every client that is registered here.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.registered().values()
    }

    /// The redirect URI to use for `client`.
    ///
    /// # Errors
    /// [`Trouble::NotConfigured`] when none is configured.
    pub fn redirect_uri<'a>(&'a self, client: &'a Client) -> Result<&'a Url, Trouble> {
        client.redirect_uri.as_ref().or(self.target.redirect_uri.as_ref()).ok_or_else(|| {
            Trouble::NotConfigured(format!("no redirect_uri is configured; add it to [targets.{}]", self.target.name))
        })
    }

    /// The table of the configuration that describes the tenant.
    pub(super) fn table(&self) -> String {
        let name = &self.target.name;
        if self.second { format!("targets.{name}.other_tenant") } else { format!("targets.{name}") }
    }
}
