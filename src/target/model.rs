//! The types of a target: what the rest of the program knows about who is examined.

use super::pages::{Form, Person};
use super::{OwnAddress, Secret};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;
use url::Url;

/// A server to examine and everything that is needed to examine it.
#[derive(Clone, Debug)]
pub struct Target {
    /// The name in `[targets.NAME]`.
    pub name: String,
    /// The preset it builds on; `generic` when none was named.
    pub preset: String,
    /// How carefully it has to be treated.
    pub environment: Environment,
    /// The FHIR service base URL, without a slash at its end; see [`Target::fhir`].
    pub fhir_base: Url,
    /// The authorization endpoint, only when it is not to be discovered.
    pub authorize: Option<Url>,
    /// The token endpoint, only when it is not to be discovered.
    pub token: Option<Url>,
    /// Further origins that may receive secrets of this target, for example that of a separate authorization server.
    pub allow_origins: Vec<Url>,
    /// The redirect URI registered for the clients; a client may have its own.
    pub redirect_uri: Option<Url>,
    /// Another redirect URI registered for the `public` client.
    pub second_redirect_uri: Option<Url>,
    /// The launch URL registered for the clients (EHR launch).
    pub launch_url: Option<Url>,
    /// The scopes asked for in a standalone launch.
    pub scopes: Vec<String>,
    /// The scopes asked for in an EHR launch.
    pub ehr_scopes: Vec<String>,
    /// The registered clients, by the name of their [`ClientRole`].
    pub clients: BTreeMap<String, Client>,
    /// The people who can log in, by a name of the configuration's choosing (`a` and `b` are used for isolation).
    pub users: BTreeMap<String, User>,
    /// How a person logs in.
    pub login: Login,
    /// How the EHR launches the app.
    pub ehr: Option<EhrLaunch>,
    /// A second tenant of the same server, for isolation.
    pub other_tenant: Option<OtherTenant>,
    /// How hard it may be asked.
    pub limits: Limits,
    /// How much of a body is kept as evidence.
    pub bodies: Bodies,
    /// Whether the configuration states that there is written permission to attack it.
    pub permitted: bool,
    /// Whether the users' records are made to show all that profiles name must support.
    pub data_complete: bool,
    /// The version of SMART App Launch that it is held to; by default what it claims.
    pub smart_version: Option<SmartVersion>,
    /// Ids, dotted prefixes of ids and @tags of what a run must test wherever it applies.
    pub require: Vec<String>,
    /// A folder of features that are examined besides the built-in ones.
    pub features: Option<PathBuf>,
    /// Whether the configuration allows intrusive scenarios on a production target.
    pub intrusive: bool,
    /// How long to wait for things to happen.
    pub waits: Waits,
    /// Trust in its certificate.
    pub tls: Tls,
    /// The proxy that all requests take; by default the one that the environment names.
    pub proxy: Option<Url>,
    /// The app's own address, as the target reaches it.
    pub own_address: Option<OwnAddress>,
    /// Whether a resource in the record of patient b may be lost.
    pub deletions: bool,
    /// What a person should know about the configuration, for example a secret file that everybody can read.
    pub warnings: Vec<String>,
}

/// How carefully a target has to be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// The reference tenant on loopback.
    Embedded,
    /// A test system.
    Preview,
    /// A system with real people's data.
    Production,
}

impl Environment {
    /// The word used in configuration and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::Preview => "preview",
            Self::Production => "production",
        }
    }
}

/// What a client is registered for. The names are fixed, because scenarios ask for clients by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClientRole {
    /// Has no secret.
    Public,
    /// Has a client secret.
    Confidential,
    /// Signs an assertion with a private key.
    Asymmetric,
    /// Gets access tokens that live for seconds.
    ShortLived,
    /// A public client that is not `public`: its codes and tokens must not mix with those of `public`.
    Second,
}

impl ClientRole {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Public, Self::Confidential, Self::Asymmetric, Self::ShortLived, Self::Second];

    /// The role of that key in the `clients` table.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// The key in the `clients` table.
    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Confidential => "confidential",
            Self::Asymmetric => "asymmetric",
            Self::ShortLived => "short_lived",
            Self::Second => "second",
        }
    }
}

/// A registered client.
#[derive(Clone, Debug)]
pub struct Client {
    /// What it is registered for.
    pub role: ClientRole,
    /// The `client_id`.
    pub id: String,
    /// How it authenticates at the token endpoint.
    pub auth: ClientAuth,
    /// Its redirect URI, when it differs from the target's.
    pub redirect_uri: Option<Url>,
    /// Its scopes, when they differ from the target's.
    pub scopes: Option<Vec<String>>,
    /// What its authorization requests have beside what the standards name, such as `prompt`.
    pub authorize: Vec<(String, String)>,
    /// What its token requests have beside what the standards name, such as `resource`.
    pub token: Vec<(String, String)>,
}

/// How a client authenticates at the token endpoint.
#[derive(Clone, Debug)]
pub enum ClientAuth {
    /// Not at all.
    Public,
    /// With a shared secret.
    Secret {
        /// The secret.
        secret: Secret,
        /// Where it is sent.
        method: SecretMethod,
    },
    /// With the certificate of the TLS connection (`tls_client_auth`, RFC 8705 2.1).
    Certificate,
    /// With a signed assertion (`private_key_jwt`).
    PrivateKey {
        /// The private key, PKCS#8 PEM.
        key: Secret,
        /// The signature algorithm.
        alg: KeyAlg,
        /// The key id for the assertion's header.
        kid: Option<String>,
    },
}

/// Where a client secret is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretMethod {
    /// In the `Authorization` header (`client_secret_basic`).
    Basic,
    /// In the form body (`client_secret_post`).
    Post,
}

/// The algorithm of a client assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAlg {
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// RSA with SHA-384.
    Rs384,
}

impl KeyAlg {
    /// The name in a JOSE header.
    pub fn word(self) -> &'static str {
        match self {
            Self::Es384 => "ES384",
            Self::Rs384 => "RS384",
        }
    }
}

/// A person who can log in.
#[derive(Clone, Debug)]
pub struct User {
    /// What is typed as the user name.
    pub username: String,
    /// What is typed as the password.
    pub password: Option<Secret>,
    /// What one-time codes are made from: the key in base32, or an `otpauth://` address.
    pub totp: Option<Secret>,
    /// The id of the Patient that this person must see.
    pub patient: Option<String>,
    /// Tokens obtained elsewhere, for targets where no driver can log in.
    pub tokens: Option<Supplied>,
}

/// Tokens obtained elsewhere.
#[derive(Clone, Debug)]
pub struct Supplied {
    /// The access token.
    pub access_token: Secret,
    /// The refresh token.
    pub refresh_token: Option<Secret>,
    /// The granted scopes, separated by spaces.
    pub scope: Option<String>,
    /// How long the access token lives, counted from the start of the run.
    pub expires_in: Option<Duration>,
}

/// How a person logs in.
#[derive(Clone, Debug)]
pub enum Login {
    /// No authorization at all: an open server.
    None,
    /// By filling in the server's HTML forms.
    Form(Box<Form>),
    /// By a person, in a browser of their own.
    Person(Person),
    /// Not at all: the tokens of the users are used.
    Supplied,
}

/// How the EHR launches the app.
#[derive(Clone, Debug)]
pub struct EhrLaunch {
    /// The page of the EHR on which the form driver starts.
    pub url: Option<Url>,
    /// Who is logged in to the EHR: a key of `users`.
    pub user: String,
    /// Which client is launched: a key of `clients`.
    pub client: String,
    /// Whether to listen on the launch URL until somebody starts the launch in the EHR.
    pub listen: bool,
    /// How long to wait for the launch.
    pub wait: Duration,
}

/// A second tenant of the same server.
#[derive(Clone, Debug)]
pub struct OtherTenant {
    /// Its FHIR service base URL, without a slash at its end.
    pub fhir_base: Url,
    /// Its authorization endpoint, only when it is not to be discovered.
    pub authorize: Option<Url>,
    /// Its token endpoint, only when it is not to be discovered.
    pub token: Option<Url>,
    /// Its people.
    pub users: BTreeMap<String, User>,
    /// Its clients.
    pub clients: BTreeMap<String, Client>,
}

/// How hard a target may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Requests of a whole run.
    pub requests: u32,
    /// Requests per second; 0 is no limit.
    pub requests_per_second: u32,
    /// Requests under way at the same time; at least 1.
    pub concurrency: u32,
    /// From the first byte sent to the last byte received.
    pub timeout: Duration,
    /// For the TCP and TLS handshakes.
    pub connect_timeout: Duration,
    /// The largest body that is read, in bytes.
    pub body_bytes: u64,
    /// How often a request that changes nothing is repeated when the connection fails or the server asks for patience.
    pub retries: u32,
}

/// How much of a body is kept as evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bodies {
    /// All of it: for invented people only.
    Full,
    /// The structure with values replaced.
    Shape,
    /// Nothing.
    None,
}

impl Bodies {
    /// The word used in configuration and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Shape => "shape",
            Self::None => "none",
        }
    }
}

/// A version of SMART App Launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmartVersion {
    /// 2.0.0
    V2_0,
    /// 2.2.0
    V2_2,
}

/// How long to wait for things to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    /// For a revocation or a use of a code to reach every node of the server.
    pub cluster_lag: Duration,
    /// The longest that any scenario may wait, for example for a token to expire.
    pub longest: Duration,
    /// After which time a code of the short-lived client can no longer be exchanged.
    pub code: Duration,
    /// How far apart the clocks may be.
    pub clock_skew: Duration,
}

/// Certificate authorities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorities {
    /// Their certificates, in PEM form.
    pub pem: Vec<u8>,
    /// Where they come from, for messages.
    pub from: String,
}

/// Trust in a target's certificate, and what the app shows of itself.
#[derive(Clone, Debug, Default)]
pub struct Tls {
    /// Further certificate authorities.
    pub extra_ca: Option<Authorities>,
    /// The certificate that the app shows (mutual TLS): a PEM file, and its private key.
    pub client: Option<(PathBuf, Secret)>,
}

impl Target {
    /// The URL of `path` (with an optional `?query`) below the FHIR base; the base itself for an empty path.
    pub fn fhir(&self, path: &str) -> Url {
        join(&self.fhir_base, path)
    }

    /// The origins that may receive secrets of this target: those that its configuration names. A server adds none.
    pub fn origins(&self) -> Vec<url::Origin> {
        let other = self.other_tenant.iter().flat_map(|other| {
            [Some(&other.fhir_base), other.authorize.as_ref(), other.token.as_ref()].into_iter().flatten()
        });
        let own = [Some(&self.fhir_base), self.authorize.as_ref(), self.token.as_ref()].into_iter().flatten();
        let ehr = self.ehr.iter().filter_map(|ehr| ehr.url.as_ref());
        own.chain(other).chain(ehr).chain(&self.allow_origins).map(Url::origin).collect()
    }

    /// The roots of those of them that are reached by TLS, each once.
    pub fn encrypted(&self) -> Vec<Url> {
        let roots: BTreeSet<String> = self.origins().iter().map(url::Origin::ascii_serialization).collect();
        let urls = roots.iter().filter_map(|root| Url::parse(root).ok());
        urls.filter(|url| url.scheme() == "https").collect()
    }
}

impl OtherTenant {
    /// The URL of `path` (with an optional `?query`) below this tenant's FHIR base.
    pub fn fhir(&self, path: &str) -> Url {
        join(&self.fhir_base, path)
    }
}

/// The URL of `path` (with an optional `?query`) below `base`, whether or not the base ends with a slash.
pub fn join(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let root = base.path().trim_end_matches('/').to_owned();
    let path = path.trim_start_matches('/');
    url.set_path(&if path.is_empty() { root } else { format!("{root}/{path}") });
    url.set_query(query);
    url
}
