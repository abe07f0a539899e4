//! What the authorization servers know: who is registered, and what has been asked, granted and spent.

use super::blackout::Blackouts;
use super::fault::Faults;
use super::fhir::Store;
use super::keys::Keys;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One running server with its tenants.
pub(super) struct Server {
    pub(super) origin: String,
    pub(super) faults: Faults,
    pub(super) blackouts: Blackouts,
    /// Whether scripts make the pages.
    pub(super) script_pages: bool,
    /// How long every answer is held back.
    pub(super) latency: std::time::Duration,
    /// What goes wrong now and then asks whose turn it is.
    pub(super) turns: super::surface::Turns,
    pub(super) kept: super::muddle::Kept,
    pub(super) errands: super::errand::Errands,
    pub(super) tenants: BTreeMap<&'static str, Tenant>,
}

/// One tenant: its people, keys, users, clients and book.
pub(super) struct Tenant {
    pub(super) name: &'static str,
    pub(super) store: Store,
    pub(super) keys: Arc<Keys>,
    /// Whether anybody has read the published keys.
    pub(super) keys_read: AtomicBool,
    pub(super) users: Vec<User>,
    pub(super) clients: Vec<Client>,
    book: Mutex<Book>,
}

/// A person who can sign in.
pub(super) struct User {
    pub(super) name: String,
    pub(super) password: String,
    /// The Patient they are; none for a clinician.
    pub(super) patient: Option<String>,
}

/// A registered client.
pub(super) struct Client {
    pub(super) id: &'static str,
    pub(super) auth: ClientAuth,
    pub(super) redirect_uris: Vec<&'static str>,
    /// How long its access tokens live.
    pub(super) lifetime: Lifetime,
    /// Whether the server knows it; a blackout may forget it.
    pub(super) known: bool,
}

/// How long the access tokens of a client live.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lifetime {
    /// Long enough for everything.
    Long,
    /// So short that a person can wait for the end of one. On a slow machine a token may end before it is used once: for
    /// each that did, the next ones live twice as long.
    Short,
}

impl Lifetime {
    /// In seconds, after `unused` tokens ended before they were used.
    pub(super) fn seconds(self, unused: u32) -> i64 {
        match self {
            Self::Long => 300,
            Self::Short => 2 << unused.min(2),
        }
    }
}

/// How a client proves who it is.
pub(super) enum ClientAuth {
    Public,
    Secret(String),
    /// By an assertion signed with one of the keys registered for it at the tenant.
    Key,
}

/// Where the EHR sends the browser for every client.
pub(super) const LAUNCH_URL: &str = "http://127.0.0.1:9797/launch";

/// What changes while the server runs.
#[derive(Default)]
pub(super) struct Book {
    /// Authorization requests under way, by transaction.
    pub(super) asked: HashMap<String, Asked>,
    /// Signed-in browsers: session cookie to user name.
    pub(super) browsers: HashMap<String, String>,
    /// Launches the EHR has begun.
    pub(super) launches: HashMap<String, Launched>,
    pub(super) codes: HashMap<String, Code>,
    pub(super) refresh: HashMap<String, Refresh>,
    /// Grants that were revoked: their tokens are dead.
    pub(super) revoked: HashSet<u64>,
    /// Access tokens by the handles that are given out in their place.
    pub(super) handles: HashMap<String, String>,
    /// Grants of which an access token was presented in its life.
    pub(super) used_alive: HashSet<u64>,
    /// Grants of which an access token was first presented after its end.
    pub(super) outlived: HashSet<u64>,
    /// `jti` of client assertions that were used.
    pub(super) assertions: HashSet<String>,
    /// Wrong passwords by user name.
    pub(super) wrong_passwords: HashMap<String, u32>,
    /// What was granted before: user, app and scopes, where consent is remembered.
    pub(super) consented: HashSet<(String, String, Vec<String>)>,
    /// Whether the beginning of a code was taken for the code before.
    pub(super) took_beginning: bool,
    /// Authorization requests that were handed in, by reference.
    pub(super) pushed: HashMap<String, super::pushed::Pushed>,
    /// `jti` of proofs of possession that were used.
    pub(super) proofs: HashSet<String>,
    /// The nonce of proofs of possession, where they need one.
    pub(super) nonce: Option<String>,
    next_grant: u64,
}

/// An authorization request that is waiting for the person.
#[derive(Clone)]
pub(super) struct Asked {
    pub(super) client: String,
    pub(super) redirect_uri: String,
    /// A token was asked for in the redirect (`response_type=token`).
    pub(super) implicit: bool,
    pub(super) state: Option<String>,
    pub(super) nonce: Option<String>,
    /// The thumbprint of the key that the tokens are to be bound to.
    pub(super) key: Option<String>,
    pub(super) challenge: String,
    pub(super) method: String,
    pub(super) scopes: Vec<String>,
    pub(super) launched: Option<Launched>,
    /// The patient that a parameter names, where such a one is believed.
    pub(super) named: Option<String>,
    pub(super) user: Option<String>,
}

impl Asked {
    /// Where the app waits, and whether its answer stands behind the `#` (RFC 6749 4.2.2).
    pub(super) fn back(&self) -> (&str, bool) {
        (&self.redirect_uri, self.implicit)
    }
}

/// What an EHR launch has in view.
#[derive(Clone)]
pub(super) struct Launched {
    pub(super) client: String,
    pub(super) patient: String,
    pub(super) encounter: Option<String>,
    pub(super) made: i64,
}

/// What was granted: everything that a token of it says.
#[derive(Clone)]
pub(super) struct Grant {
    pub(super) id: u64,
    pub(super) client: String,
    pub(super) user: String,
    pub(super) scopes: Vec<String>,
    pub(super) patient: Option<String>,
    pub(super) encounter: Option<String>,
    pub(super) launched: bool,
    pub(super) nonce: Option<String>,
    /// The thumbprint of the key that its tokens are bound to.
    pub(super) key: Option<String>,
}

/// An authorization code.
#[derive(Clone)]
pub(super) struct Code {
    pub(super) grant: Grant,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) method: String,
    pub(super) made: i64,
    pub(super) used: bool,
}

/// A refresh token.
#[derive(Clone)]
pub(super) struct Refresh {
    pub(super) grant: Grant,
    pub(super) used: bool,
}

impl Server {
    /// The FHIR base of a tenant.
    pub(super) fn base(&self, tenant: &str) -> String {
        format!("{}/provider/patient-access/v2/{tenant}", self.origin)
    }

    /// The issuer of a tenant; its OAuth endpoints lie below it.
    pub(super) fn issuer(&self, tenant: &str) -> String {
        format!("{}/auth/{tenant}/oauth2/v1", self.origin)
    }

    /// The token endpoint of a tenant. One for all of them is as good.
    pub(super) fn token_endpoint(&self, tenant: &str) -> String {
        match self.faults.on("tenant.one-token-endpoint") {
            true => format!("{}/auth/token", self.origin),
            false => format!("{}/token", self.issuer(tenant)),
        }
    }

    /// The tenant whose code or refresh token a form holds.
    pub(super) fn owner(&self, form: &[(String, String)]) -> Option<&Tenant> {
        let value = |name: &str| super::request::first(form, name).unwrap_or_default();
        let owns = |tenant: &&Tenant| {
            let book = tenant.book();
            book.codes.contains_key(value("code")) || book.refresh.contains_key(value("refresh_token"))
        };
        self.tenants.values().find(owns).or_else(|| self.tenants.values().next())
    }
}

impl Tenant {
    /// A tenant with four patients' users, a clinician and the registered clients; secrets are made anew.
    pub(super) fn new(name: &'static str, seed: u64, faults: &Faults, blackouts: &Blackouts) -> Option<Self> {
        let mut users: Vec<User> = (1..=4)
            .map(|n| User { name: format!("user-{n}"), password: random(), patient: Some(format!("patient-{n}")) })
            .collect();
        users.push(User { name: "clinician-1".to_owned(), password: random(), patient: None });
        let client = |id: &'static str, auth, redirect_uris: &[&'static str], lifetime| Client {
            id,
            auth,
            redirect_uris: redirect_uris.to_vec(),
            lifetime,
            known: !blackouts.forget(id),
        };
        use Lifetime::{Long, Short};
        let callback = "http://127.0.0.1:9797/callback";
        let clients = vec![
            client("probity-public", ClientAuth::Public, &[callback, "http://127.0.0.1:9797/callback2"], Long),
            client("probity-confidential", ClientAuth::Secret(random()), &[callback], Long),
            client("probity-asymmetric", ClientAuth::Key, &[callback], Long),
            client("probity-short", ClientAuth::Public, &[callback], Short),
            client("probity-second", ClientAuth::Public, &["http://127.0.0.1:9797/second/callback"], Long),
        ];
        let store = Store::synthesize(name, seed).with_faults(faults);
        let keys_read = AtomicBool::default();
        Some(Self { name, store, keys: Keys::of(name)?, keys_read, users, clients, book: Mutex::default() })
    }

    /// The book, for as long as one request needs it.
    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn client(&self, id: &str) -> Option<&Client> {
        self.clients.iter().find(|client| client.known && client.id == id)
    }

    pub(super) fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    /// The secrets made at this start, by the names the `embedded` preset looks them up by.
    pub(super) fn secrets(&self) -> Vec<(String, String)> {
        let upper = |text: &str| text.to_uppercase().replace('-', "_");
        let own = format!("PROBITY_EMBEDDED_{}", upper(self.name));
        let mut all: Vec<(String, String)> = self
            .users
            .iter()
            .map(|user| (format!("{own}_{}_PASSWORD", upper(&user.name)), user.password.clone()))
            .collect();
        for client in &self.clients {
            match &client.auth {
                ClientAuth::Public => {}
                ClientAuth::Secret(secret) => all.push((format!("{own}_CONFIDENTIAL_SECRET"), secret.clone())),
                ClientAuth::Key => {
                    let [elliptic, rsa] = &self.keys.client;
                    all.push((format!("{own}_ASYMMETRIC_KEY"), elliptic.pem.clone()));
                    all.push((format!("{own}_ASYMMETRIC_RSA_KEY"), rsa.pem.clone()));
                }
            }
        }
        all
    }
}

impl Book {
    /// Notes that an access token of a grant was presented, in its life or after its end.
    pub(super) fn presented(&mut self, grant: u64, alive: bool) {
        if alive {
            self.used_alive.insert(grant);
        } else if !self.used_alive.contains(&grant) {
            self.outlived.insert(grant);
        }
    }

    /// How many tokens ended before they were used.
    pub(super) fn unused(&self) -> u32 {
        u32::try_from(self.outlived.len()).unwrap_or(u32::MAX)
    }

    /// The number of a new grant.
    pub(super) fn new_grant(&mut self) -> u64 {
        self.next_grant += 1;
        self.next_grant
    }
}

/// 192 random bits, as text that needs no escaping anywhere.
pub(super) fn random() -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(rand::random::<[u8; 24]>())
}

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    chrono::Utc::now().timestamp()
}
