//! Starting and stopping the server, and which request goes where.

use super::access::Access;
use super::blackout::Blackouts;
use super::catalogue::{nearest, switched_on};
use super::fhir::{self, FhirRequest, OauthUrls};
use super::request::Heard;
use super::state::{Server, Tenant};
use super::tls::{self, Encrypted, Identity};
use super::{
    authorize, bearer, burden, consent, cors, dark, discovery, ehr, errand, manage, muddle, pushed, reply, resource,
    scripted, surface, token,
};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// How the reference target is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// The loopback port; 0 takes any free one.
    pub port: u16,
    /// Ids of the defects and blackouts to switch on.
    pub faults: Vec<String>,
    /// The seed of the synthetic people.
    pub seed: u64,
    /// How long every answer is held back: a server far away.
    pub latency: Duration,
    /// Whether scripts make the pages of sign-ins.
    pub script_pages: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: 0, faults: Vec::new(), seed: 61, latency: Duration::ZERO, script_pages: false }
    }
}

/// Why the reference target does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// There is no such defect.
    #[error("there is no fault `{unknown}`; did you mean {nearest}? `probity prove --list` names them all")]
    UnknownFault {
        /// What was asked for.
        unknown: String,
        /// The fault most like it.
        nearest: String,
    },
    /// The port cannot be had.
    #[error("cannot listen on 127.0.0.1:{port}: {source}; name another one with --port")]
    Port {
        /// The port asked for.
        port: u16,
        /// What the system says.
        source: std::io::Error,
    },
    /// The system gives no randomness for keys.
    #[error("cannot make signing keys: the system gives no randomness")]
    Keys,
}

/// A running reference target; it stops when this is dropped.
pub struct Serving {
    origin: String,
    secrets: BTreeMap<String, String>,
    authority: Option<String>,
    task: tokio::task::JoinHandle<()>,
}

impl Serving {
    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The secrets made at this start, by the names the `embedded` preset looks them up by.
    pub fn secrets(&self) -> &BTreeMap<String, String> {
        &self.secrets
    }

    /// The certificate authority that vouches for it, as PEM, where it is reached by TLS.
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The longest request body that is read, in bytes.
const LONGEST_BODY: usize = 1 << 20;

/// Starts the reference target on the current runtime.
///
/// # Errors
/// [`ServeError`]
pub async fn serve(options: Options) -> Result<Serving, ServeError> {
    let (blackouts, faults) = Blackouts::switch_on(&options.faults);
    let faults =
        switched_on(&faults).map_err(|unknown| ServeError::UnknownFault { nearest: nearest(&unknown), unknown })?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
    let port = |source| ServeError::Port { port: options.port, source };
    let listener = tokio::net::TcpListener::bind(address).await.map_err(port)?;
    let tls = tls::needed_by(&faults);
    let scheme = if tls { "https" } else { "http" };
    let origin = format!("{scheme}://{}", listener.local_addr().map_err(port)?);
    let mut tenants = BTreeMap::new();
    for name in ["harbor", "meadow"] {
        tenants.insert(name, Tenant::new(name, options.seed, &faults, &blackouts).ok_or(ServeError::Keys)?);
    }
    let secrets = tenants.values().flat_map(Tenant::secrets).collect();
    let (turns, script_pages) = (surface::Turns::default(), options.script_pages);
    let server = Arc::new(Server {
        origin: origin.clone(),
        faults,
        blackouts,
        tenants,
        latency: options.latency,
        turns,
        kept: muddle::Kept::default(),
        errands: errand::Errands::default(),
        script_pages,
    });
    let identity = if tls { Some(Identity::new(&server.faults).ok_or(ServeError::Keys)?) } else { None };
    let router = axum::Router::new().fallback(handle).with_state(Arc::clone(&server));
    // Each ends when the task is aborted; an error of one connection is that connection's.
    let task = match &identity {
        Some(identity) => {
            let listener = Encrypted::new(listener, identity, &server.faults).map_err(port)?;
            tokio::spawn(async move { drop(axum::serve(listener, router).await) })
        }
        None => tokio::spawn(async move { drop(axum::serve(listener, router).await) }),
    };
    Ok(Serving { origin, secrets, authority: identity.map(|own| own.authority), task })
}

async fn handle(State(server): State<Arc<Server>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LONGEST_BODY).await else {
        return reply::json_error(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request", "the body is too large");
    };
    let heard =
        Heard { method: parts.method, query: parts.uri.query().map(str::to_owned), headers: parts.headers, body };
    if !server.latency.is_zero() {
        tokio::time::sleep(server.latency).await;
    }
    let path = parts.uri.path();
    if let Some(answer) = dark::instead(&server, path, &heard) {
        return answer;
    }
    errand::run(&server, path, &heard).await;
    let (taken, at) = muddle::taken(&server, path, &heard).unzip();
    let answer = cors::preflight(&server, path, &heard)
        .unwrap_or_else(|| route(&server, at.as_deref().unwrap_or(path), taken.as_ref().unwrap_or(&heard)));
    let answer = cors::permitted(&server, path, &heard, answer);
    let answer = surface::encrypted(&server, path, &heard, answer);
    let answer = surface::marred(&server, path, &heard, answer).await;
    let answer = muddle::muddled(&server, path, &heard, answer).await;
    let answer = dark::dimmed(&server, path, &heard, answer).await;
    if server.script_pages { scripted::dressed(answer).await } else { answer }
}

fn route(server: &Server, path: &str, heard: &Heard) -> Response {
    let not_found = || reply::json_error(StatusCode::NOT_FOUND, "not_found", "there is nothing here");
    if let Some(rest) = path.strip_prefix("/provider/patient-access/v2/") {
        let (name, rest) = rest.split_once('/').unwrap_or((rest, ""));
        let mixed = server.faults.on("tenant.mixed-up-at-times") && heard.query.as_deref() == Some("_format=json");
        if mixed && server.turns.third() {
            let other = server.tenants.values().find(|other| other.name != name);
            if let Some((other, access)) = other.and_then(|other| Some((other, bearer::everything(server, other)?))) {
                return fhir_open(server, other, rest, heard, &access);
            }
        }
        return match server.tenants.get(name) {
            Some(tenant) => fhir_side(server, tenant, rest, heard, false),
            None => {
                // The defect: a tenant that is not known is the first one.
                let first = server.tenants.values().min_by_key(|tenant| tenant.name);
                let first = first.filter(|_| server.faults.on("tenant.unknown-is-the-first"));
                first.map_or_else(not_found, |tenant| fhir_side(server, tenant, rest, heard, false))
            }
        };
    }
    if let Some(rest) = muddle::unguarded_version(server, path)
        && let Some((tenant, rest)) =
            rest.split_once('/').and_then(|(name, rest)| Some((server.tenants.get(name)?, rest)))
    {
        return fhir_side(server, tenant, rest, heard, true);
    }
    if let Some(at) = path.strip_prefix(resource::WELL_KNOWN) {
        return resource::metadata(server, at).unwrap_or_else(not_found);
    }
    if path == "/auth/token" && server.faults.on("tenant.one-token-endpoint") {
        let owner = server.owner(&heard.form().unwrap_or_default());
        return owner.map_or_else(not_found, |tenant| token::token(server, tenant, heard));
    }
    if path == "/actuator/env" && server.faults.on("admin.environment-open") {
        return reply::document(&json!({ "propertySources": [{ "name": "systemEnvironment" }] }));
    }
    let (area, rest) = path.trim_start_matches('/').split_once('/').unwrap_or((path, ""));
    let (name, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let Some(tenant) = server.tenants.get(name) else { return not_found() };
    let rest = if area == "auth" { rest.strip_prefix("oauth2/v1/").unwrap_or("") } else { rest };
    match (area, rest) {
        ("auth", "authorize") => authorize::authorize(server, tenant, heard),
        ("auth", "login") => authorize::login(server, tenant, heard),
        ("auth", "consent") => consent::consent(server, tenant, heard),
        ("auth", "token") => token::token(server, tenant, heard),
        ("auth", "par") => pushed::push(server, tenant, heard),
        ("auth", "introspect") => manage::introspect(server, tenant, heard),
        ("auth", "revoke") => manage::revoke(server, tenant, heard),
        ("auth", "userinfo") => manage::userinfo(server, tenant, heard),
        ("auth", "register") if server.faults.on("registration.open") => {
            reply::secret(StatusCode::CREATED, &json!({ "client_id": "probity-anybody" }))
        }
        ("auth", "jwks") => discovery::keys(server, tenant),
        ("auth", "style.json") => discovery::style(server),
        ("auth", ".well-known/openid-configuration") => discovery::openid(server, tenant),
        ("auth", "brands") => discovery::brands(server),
        ("ehr", "") => ehr::page(server, tenant, heard),
        ("ehr", "login") => ehr::login(server, tenant, heard),
        ("ehr", "launch") => ehr::launch(server, tenant, heard),
        _ => not_found(),
    }
}

/// What lies below the FHIR base; `open` where a defect lets everybody in.
fn fhir_side(server: &Server, tenant: &Tenant, path: &str, heard: &Heard, open: bool) -> Response {
    if path == ".well-known/smart-configuration" {
        return discovery::smart(server, tenant);
    }
    if let Some(broken) = burden::broken(server, path, heard) {
        return broken;
    }
    if path == "Goal" && server.faults.on("search.no-answer") {
        return dark::broken_off();
    }
    let request = asked(server, tenant, path, heard);
    if path.trim_end_matches('/') == "metadata" {
        return fhir::answer(&tenant.store, &server.faults, None, &request);
    }
    if let Some((other, path)) = muddle::led_astray(server, tenant, path, heard)
        && let Some(answer) = muddle::astray(server, tenant, other, &FhirRequest { path, ..request.clone() }, heard)
    {
        return answer;
    }
    if let Some(access) = bearer::everything(server, tenant).filter(|_| open) {
        return fhir::answer(&tenant.store, &server.faults, Some(&access), &request);
    }
    match bearer::verify(server, tenant, heard, path) {
        Ok(access) => fhir::answer(&tenant.store, &server.faults, Some(&access), &request),
        Err(refusal) => match bearer::unguarded(server, tenant, heard, path) {
            Some(access) => fhir::answer(&tenant.store, &server.faults, Some(&access), &request),
            None => *refusal,
        },
    }
}

/// The answer to whoever is let in.
fn fhir_open(server: &Server, tenant: &Tenant, path: &str, heard: &Heard, access: &Access) -> Response {
    fhir::answer(&tenant.store, &server.faults, Some(access), &asked(server, tenant, path, heard))
}

fn asked(server: &Server, tenant: &Tenant, path: &str, heard: &Heard) -> FhirRequest {
    let issuer = server.issuer(tenant.name);
    FhirRequest {
        method: heard.method.clone(),
        base: server.base(tenant.name),
        oauth: OauthUrls {
            authorize: format!("{issuer}/authorize"),
            token: server.token_endpoint(tenant.name),
            introspect: format!("{issuer}/introspect"),
            revoke: format!("{issuer}/revoke"),
        },
        path: path.to_owned(),
        query: heard.query.clone(),
        headers: heard.headers.clone(),
        body: heard.body.clone(),
    }
}
