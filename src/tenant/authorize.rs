//! The authorization endpoint, and the page on which a person signs in.

use super::access::{PLAIN, Scope};
use super::blackout::Page;
use super::fault::Faults;
use super::request::{Heard, first};
use super::state::{Asked, Client, ClientAuth, Server, Tenant, now, random};
use super::{browser, consent, pushed, reply};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use std::collections::BTreeSet;

/// After so many wrong passwords a user name is told to wait.
const PATIENCE: u32 = 10;

/// Lifetime of a launch handle in seconds.
const LAUNCH_LIFE: i64 = 300;

/// An authorization request, by GET or POST (RFC 6749 4.1.1; SMART App Launch 2.0.0, App Launch).
pub(super) fn authorize(server: &Server, tenant: &Tenant, heard: &Heard) -> Response {
    let parameters = match heard.method {
        Method::GET | Method::HEAD => heard.query_pairs(),
        Method::POST if server.faults.on("authorize.post-unread") => Vec::new(),
        Method::POST => heard.form().unwrap_or_default(),
        _ => return reply::method("GET, HEAD, POST"),
    };
    let stop = |what: &str| reply::page(StatusCode::BAD_REQUEST, "This request cannot be served", what, None);
    let parameters = match pushed::resolved(server, tenant, parameters) {
        Ok(parameters) => parameters,
        Err(what) => return stop(what),
    };
    let get = |name: &str| first(&parameters, name);
    let faults = &server.faults;
    let any = || tenant.clients.first().filter(|_| faults.on("authorize.unknown-client-served"));
    // The defect: who does not say which app they are is the one that has the redirect URI.
    let guessed = || {
        let of = |client: &&Client| get("redirect_uri").is_some_and(|uri| client.redirect_uris.contains(&uri));
        let guesses = faults.on("authorize.client-guessed") && get("client_id").is_none();
        guesses.then(|| tenant.clients.iter().find(of)).flatten()
    };
    let known = get("client_id").and_then(|id| tenant.client(id));
    let Some(client) = known.or_else(any).or_else(guessed) else {
        return stop("<p>The app is not known here.</p>");
    };
    let default = || faults.on("redirect.missing-guessed").then_some("https://default.attacker.example/callback");
    let asked_uri =
        get("redirect_uri").map_or_else(default, |uri| Some(uri).filter(|uri| is_registered(server, client, uri)));
    let Some(redirect_uri) = asked_uri else {
        return stop("<p>The app is not registered for this redirect URI.</p>");
    };
    let last = parameters.iter().rfind(|(name, _)| name == "redirect_uri").map(|(_, uri)| uri.as_str());
    let redirect_uri = last.filter(|_| server.faults.on("redirect.last-one-used")).unwrap_or(redirect_uri);
    let named =
        get("request").filter(|_| server.faults.on("authorize.request-object-trusted")).and_then(named_by_object);
    let redirect_uri = named.as_deref().unwrap_or(redirect_uri);
    match ask(server, tenant, client, redirect_uri, &parameters) {
        Ok(asked) => {
            let again = (get("prompt") == Some("login") && !faults.on("authorize.prompt-login-ignored"))
                || (get("max_age").is_some() && !faults.on("authorize.max-age-ignored"));
            let user = browser::user(server, tenant, heard).filter(|_| !again);
            if get("prompt") == Some("none") {
                return silently(server, tenant, Asked { user, ..asked });
            }
            let (transaction, known) = (random(), user.is_some());
            let launched = asked.launched.as_ref().map(|launched| launched.patient.clone());
            tenant.book().asked.insert(transaction.clone(), Asked { user, ..asked });
            let of_launch = |patient: String| tenant.users.iter().find(|own| own.patient.as_ref() == Some(&patient));
            if let Some(own) = launched.and_then(of_launch).filter(|_| faults.on("launch.signs-in") && !known) {
                // The defect: whoever has the launch is the person that it was made for.
                if let Some(asked) = tenant.book().asked.get_mut(&transaction) {
                    asked.user = Some(own.name.clone());
                }
                let mut page = consent::page(server, tenant, &transaction);
                browser::sign_in(server, tenant, heard, &own.name, &mut page);
                return page;
            }
            if known {
                return consent::page(server, tenant, &transaction);
            }
            let mut page = login_page(server, tenant, &transaction, "");
            browser::greet(server, tenant, heard, &mut page);
            page
        }
        Err((_, description)) if server.faults.on("authorize.errors-as-pages") => stop(description),
        Err((error, description)) => {
            let mut back = vec![("error", error), ("error_description", description)];
            if let Some(state) = get("state") {
                back.push(("state", state));
            }
            // RFC 6749 4.2.2.1
            let behind = get("response_type") == Some("token") && faults.on("authorize.errors-in-fragment");
            back_to_app(server, tenant, (redirect_uri, behind), &back)
        }
    }
}

/// Where the app waits, and whether its answer stands behind the `#`.
type Back<'a> = (&'a str, bool);

/// The answer for the app: with the issuer, so that the app knows whose it is (RFC 9207 2).
pub(super) fn back_to_app(server: &Server, tenant: &Tenant, back: Back<'_>, answer: &[(&str, &str)]) -> Response {
    let own = server.issuer(tenant.name);
    let issuer = if server.faults.on("authorize.names-another-issuer") { format!("{own}/other") } else { own };
    let named = (!server.faults.on("authorize.names-no-issuer")).then_some(("iss", issuer.as_str()));
    let all: Vec<(&str, &str)> = answer.iter().copied().chain(named).collect();
    let url = reply::with_query(back.0, &all);
    reply::redirect(&if back.1 { url.replacen('?', "#", 1) } else { url })
}

/// The answer to `prompt=none`: no page is shown (OpenID Connect Core 1.0, 3.1.2.1 and 3.1.2.6).
fn silently(server: &Server, tenant: &Tenant, asked: Asked) -> Response {
    let anybody = || tenant.users.first().filter(|_| server.faults.on("authorize.prompt-none-is-anybody"));
    if let Some(own) = anybody() {
        return consent::at_once(server, tenant, &Asked { user: Some(own.name.clone()), ..asked });
    }
    let error = if asked.user.is_some() { "consent_required" } else { "login_required" };
    let state = asked.state.as_deref().map(|state| ("state", state));
    let back: Vec<(&str, &str)> = std::iter::once(("error", error)).chain(state).collect();
    back_to_app(server, tenant, asked.back(), &back)
}

/// The redirect URI of a request object, whoever made it.
fn named_by_object(object: &str) -> Option<String> {
    use base64::Engine as _;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(object.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    claims["redirect_uri"].as_str().map(str::to_owned)
}

/// Redirect URIs are compared character by character (RFC 9700 2.1).
fn is_registered(server: &Server, client: &Client, uri: &str) -> bool {
    let faults = &server.faults;
    let same = |registered: &&str| -> bool {
        let (Ok(own), Ok(asked)) = (url::Url::parse(registered), url::Url::parse(uri)) else { return false };
        let place = |url: &url::Url| (url.host_str().map(str::to_owned), url.port());
        let (own_host, asked_host) = (own.host_str().unwrap_or_default(), asked.host_str().unwrap_or_default());
        (faults.on("redirect.any-host") && own.path() == asked.path() && !asked_host.starts_with(own_host))
            || (faults.on("redirect.path-prefix") && place(&own) == place(&asked) && {
                asked.path().strip_prefix(own.path()).is_some_and(|rest| rest.starts_with('/'))
            })
            || (faults.on("redirect.query-ignored") && place(&own) == place(&asked) && own.path() == asked.path())
            || (faults.on("redirect.host-prefix") && asked_host != own_host && asked_host.starts_with(own_host))
            || (faults.on("redirect.scheme-ignored") && place(&own) == place(&asked) && own.scheme() != asked.scheme())
            || (faults.on("redirect.fragment-ignored") && asked.fragment().is_some() && place(&own) == place(&asked))
            || (faults.on("redirect.user-info-trusted") && asked.username() == own_host)
            || (faults.on("redirect.slash-ignored") && asked.as_str().strip_suffix('/') == Some(own.as_str()))
            || (faults.on("redirect.case-ignored") && asked.as_str().eq_ignore_ascii_case(own.as_str()))
            || (faults.on("redirect.path-normalised") && place(&own) == place(&asked) && asked.path().contains("%2f.."))
    };
    let script = || uri.starts_with("javascript:") && client.redirect_uris.iter().any(|own| uri.ends_with(own));
    let of_another =
        || server.tenants.values().flat_map(|tenant| &tenant.clients).any(|c| c.redirect_uris.contains(&uri));
    client.redirect_uris.contains(&uri)
        || client.redirect_uris.iter().any(same)
        || (faults.on("redirect.script-accepted") && script())
        || (faults.on("redirect.of-any-client") && of_another())
}

/// Whether the host of a URL begins with that of another one.
fn begins_like(url: &str, other: &str) -> bool {
    let host = |text: &str| url::Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
    host(url).zip(host(other)).is_some_and(|(own, other)| own.starts_with(&other))
}

pub(super) type Refusal = (&'static str, &'static str);

pub(super) fn ask(
    server: &Server,
    tenant: &Tenant,
    client: &Client,
    redirect_uri: &str,
    parameters: &[(String, String)],
) -> Result<Asked, Refusal> {
    let faults = &server.faults;
    let get = |name: &str| first(parameters, name);
    let mut seen = BTreeSet::new();
    if faults.on("authorize.unknown-parameter-refused") && get("probity").is_some() {
        return Err(("invalid_request", "a parameter is not known"));
    }
    let of_two = |name: &str| name == "redirect_uri" && faults.on("redirect.last-one-used");
    if !parameters.iter().all(|(name, _)| seen.insert(name) || of_two(name))
        && !faults.on("authorize.first-parameter-wins")
    {
        return Err(("invalid_request", "a parameter is there twice"));
    }
    let implicit = get("response_type") == Some("token") && faults.on("authorize.implicit-served");
    if get("response_type") != Some("code") && !implicit && !faults.on("authorize.response-type-ignored") {
        return Err(("unsupported_response_type", "only the response type code is supported"));
    }
    let base = server.base(tenant.name);
    match get("aud") {
        Some(aud) if aud.trim_end_matches('/') == base => {}
        Some(aud) if faults.on("launch.aud-by-prefix") && begins_like(aud, &base) => {}
        Some(aud)
            if faults.on("launch.aud-of-any-tenant")
                && server.tenants.keys().any(|name| server.base(name) == aud.trim_end_matches('/')) => {}
        Some(aud)
            if faults.on("launch.aud-below-the-base")
                && aud.strip_prefix(&base).is_some_and(|rest| rest.starts_with('/')) => {}
        Some(aud) if faults.on("launch.aud-anywhere") && aud.contains(&base) && !aud.starts_with(&base) => {}
        Some(_) if faults.on("launch.aud-ignored") => {}
        None if faults.on("launch.aud-optional") => {}
        _ => return Err(("invalid_request", "aud must be the FHIR base of this tenant")),
    }
    let method = get("code_challenge_method").unwrap_or("plain");
    let challenge = get("code_challenge").unwrap_or_default();
    let legal = (43..=128).contains(&challenge.len())
        && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    let legal = legal || !challenge.is_empty() && faults.on("pkce.challenge-unchecked");
    let without = challenge.is_empty() && faults.on("pkce.optional");
    let omitted = get("code_challenge_method").is_none() && faults.on("pkce.default-is-plain");
    let plain = legal && method == "plain" && (omitted || faults.on("pkce.plain-accepted"));
    let confidential = !matches!(client.auth, ClientAuth::Public);
    let without = without || (challenge.is_empty() && confidential && faults.on("pkce.optional-for-confidential"));
    let unknown = legal && method != "plain" && faults.on("pkce.unknown-method-accepted");
    if !(without || plain || unknown || (legal && method == "S256")) {
        return Err(("invalid_request", "a code_challenge with method S256 is required"));
    }
    let system = faults.on("scope.system-granted");
    let asked: Vec<&str> = get("scope").unwrap_or_default().split_whitespace().collect();
    let legal = |scope: &&str| {
        PLAIN.contains(scope) || (Scope::parse(scope).is_some() && (system || !scope.starts_with("system/")))
    };
    let mut scopes: Vec<String> = asked.into_iter().filter(legal).map(str::to_owned).collect();
    lax_scopes(server, get("scope").unwrap_or_default(), &mut scopes);
    let old = faults.on("scope.v1-refused") && scopes.iter().any(|scope| scope.ends_with(".read"));
    if old {
        return Err(("invalid_scope", "scopes of SMART 1.0 are not known"));
    }
    let granular = scopes.iter().any(|scope| scope.contains('?'));
    if scopes.is_empty() || granular && faults.on("granular.refused") {
        return Err(("invalid_scope", "none of the scopes can be granted"));
    }
    let launched = match get("launch") {
        // A handle is good once, for the client it was made for.
        Some(handle) => match handed(server, tenant, handle)
            .filter(|own| own.client == client.id && now() - own.made <= LAUNCH_LIFE)
        {
            Some(launched) => Some(launched),
            None if faults.on("launch.unknown-accepted") => None,
            None => return Err(("invalid_request", "the launch is not known")),
        },
        None if scopes.iter().any(|scope| scope == "launch") => {
            return Err(("invalid_request", "the scope launch needs a launch"));
        }
        None => None,
    };
    if launched.is_some() && faults.on("ehr.authorization-fails") {
        return Err(("server_error", "the launch cannot be used"));
    }
    Ok(Asked {
        client: client.id.to_owned(),
        redirect_uri: redirect_uri.to_owned(),
        implicit,
        state: get("state").map(str::to_owned),
        nonce: get("nonce").map(str::to_owned),
        key: get("dpop_jkt").map(str::to_owned),
        challenge: challenge.to_owned(),
        method: method.to_owned(),
        scopes,
        launched,
        named: get("patient").map(str::to_owned).filter(|_| faults.on("authorize.patient-parameter-believed")),
        user: None,
    })
}

/// The defects of a server that reads more into scopes than they say.
fn lax_scopes(server: &Server, asked: &str, scopes: &mut Vec<String>) {
    let faults = &server.faults;
    let mut add = |scope: &str| scopes.push(scope.to_owned());
    if asked.trim().is_empty() && faults.on("scope.none-is-everything") {
        add("launch/patient");
        add("patient/*.rs");
    }
    let unknown = |scope: &str| Scope::parse(scope).is_none() && !PLAIN.contains(&scope);
    if asked.split_whitespace().any(|scope| unknown(scope) && !scope.contains('/'))
        && faults.on("scope.unknown-is-everything")
    {
        add("patient/*.rs");
    }
    if faults.on("scope.letters-unchecked") {
        let malformed = asked.split_whitespace().filter(|scope| unknown(scope));
        malformed.filter_map(|scope| scope.strip_suffix(".x")).for_each(|scope| add(&format!("{scope}.rs")));
    }
}

/// The launch of a handle. The defect: that of any tenant.
fn handed(server: &Server, tenant: &Tenant, handle: &str) -> Option<super::state::Launched> {
    let kept = server.faults.on("launch.handles-kept");
    let own = if kept { tenant.book().launches.get(handle).cloned() } else { tenant.book().launches.remove(handle) };
    let of_any = || server.tenants.values().find_map(|other| other.book().launches.remove(handle));
    own.or_else(|| server.faults.on("tenant.launches-shared").then(of_any).flatten())
}

fn login_page(server: &Server, tenant: &Tenant, transaction: &str, alert: &str) -> Response {
    if let Some(page) = server.blackouts.script(Page::Login) {
        return page;
    }
    let action = format!("{}/login", server.issuer(tenant.name));
    let body = format!(
        "{alert}<form method=\"post\" action=\"{action}\">\
         <input type=\"hidden\" name=\"transaction\" value=\"{transaction}\">\
         <p><label>User name <input name=\"username\" autocomplete=\"username\" required></label></p>\
         <p><label>Password <input type=\"password\" name=\"password\" autocomplete=\"current-password\" required></label></p>\
         <p><button type=\"submit\">Sign in</button></p></form>"
    );
    reply::page(StatusCode::OK, "Sign in", &body, None)
}

/// The login page's form.
pub(super) fn login(server: &Server, tenant: &Tenant, heard: &Heard) -> Response {
    let Some(form) = heard.form().filter(|_| heard.method == Method::POST) else { return reply::method("POST") };
    let transaction = first(&form, "transaction").unwrap_or_default();
    if !tenant.book().asked.contains_key(transaction) {
        return reply::expired();
    }
    match sign_in(tenant, &server.faults, &form) {
        Ok(name) => {
            if let Some(asked) = tenant.book().asked.get_mut(transaction) {
                asked.user = Some(name.clone());
            }
            let mut page = consent::page(server, tenant, transaction);
            browser::sign_in(server, tenant, heard, &name, &mut page);
            page
        }
        Err(alert) => login_page(server, tenant, transaction, &format!("<p role=\"alert\">{alert}</p>")),
    }
}

/// Checks name and password; the error is what the page says, the same for unknown names and wrong passwords.
pub(super) fn sign_in(tenant: &Tenant, faults: &Faults, form: &[(String, String)]) -> Result<String, &'static str> {
    let name = first(form, "username").unwrap_or_default();
    let mut book = tenant.book();
    let wrong = book.wrong_passwords.entry(name.to_owned()).or_default();
    if *wrong >= PATIENCE {
        return Err("Too many attempts. Please wait before you try again.");
    }
    let typed = first(form, "password");
    let anybody_s = || tenant.users.iter().any(|user| Some(user.password.as_str()) == typed);
    let lets_in = |user: &&super::state::User| {
        Some(user.password.as_str()) == typed
            || faults.on("authorize.any-password")
            || (faults.on("authorize.password-of-another") && anybody_s())
    };
    match tenant.user(name).filter(lets_in) {
        Some(user) => {
            *wrong = 0;
            Ok(user.name.clone())
        }
        None => {
            *wrong += 1;
            Err("The user name or the password is wrong.")
        }
    }
}
