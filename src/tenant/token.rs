//! The token endpoint: codes and refresh tokens for tokens (RFC 6749 4.1.3, 5 and 6; RFC 7636 4.6; RFC 9700).

use super::identity::id_token;
use super::reply;
use super::request::{Heard, first};
use super::state::{Client, Code, Grant, Lifetime, Refresh, Server, Tenant, now};
use super::{bearer, client, dpop, fresh, pkce, told};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// Lifetime of a code in seconds.
const CODE_LIFE: i64 = 60;
/// The same, for the client whose tokens live for seconds.
const SHORT_CODE_LIFE: i64 = 3;

/// A token request.
pub(super) fn token(server: &Server, tenant: &Tenant, heard: &Heard) -> Response {
    let faults = &server.faults;
    let by_get = heard.method == Method::GET && faults.on("token.by-get");
    if heard.method != Method::POST && !by_get {
        return reply::method("POST");
    }
    let in_url = by_get || heard.body.is_empty() && heard.query.is_some() && faults.on("token.parameters-in-url");
    let form = match (in_url, faults.on("token.json-read")) {
        (true, _) => Some(heard.query_pairs()),
        (false, true) => heard.form().or_else(|| members(&heard.body)),
        (false, false) => heard.form(),
    };
    let Some(mut form) = form else { return invalid("invalid_request", "the body must be a form") };
    if server.faults.on("token.last-parameter-wins") {
        let mut last: BTreeMap<String, String> = BTreeMap::new();
        last.extend(form);
        form = last.into_iter().collect();
    }
    let mut seen = BTreeSet::new();
    let of_two = |name: &str| name == "grant_type" && faults.on("token.first-grant-type-wins");
    if !form.iter().all(|(name, _)| seen.insert(name) || of_two(name)) {
        return invalid("invalid_request", "a parameter is there twice");
    }
    if faults.on("token.unknown-parameter-refused") && first(&form, "probity").is_some() {
        return invalid("invalid_request", "there is a parameter that is not known");
    }
    let caller = match client::authenticate(server, tenant, heard, &form) {
        Ok(client) => client,
        Err(refusal) => return *refusal,
    };
    let key = match dpop::key(server, tenant, heard) {
        Ok(key) => key,
        Err(refusal) => return *refusal,
    };
    let answer = match first(&form, "grant_type") {
        Some("authorization_code") => by_code(server, tenant, caller, key, &form),
        Some("refresh_token") => by_refresh(server, tenant, caller, key, &form),
        Some(other) if granted_otherwise(server, other) => by_itself(server, tenant, caller, other),
        Some(_) => Err(("unsupported_grant_type", "only codes and refresh tokens are exchanged")),
        None => Err(("invalid_request", "the parameter grant_type is missing")),
    };
    match answer {
        Ok(mut response) => {
            let of_launch = response.get("smart_style_url").is_some();
            let stored =
                if of_launch { faults.on("ehr.response-cacheable") } else { faults.on("token.response-cacheable") };
            told::adjust(server, of_launch, &mut response);
            let mut answer = reply::secret(StatusCode::OK, &response);
            if stored {
                answer.headers_mut().remove(header::CACHE_CONTROL);
                answer.headers_mut().insert(header::PRAGMA, HeaderValue::from_static("public"));
            }
            answer
        }
        Err((error, description)) => {
            let mut answer = invalid(error, description);
            if faults.on("errors.oauth-as-text") {
                answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            }
            answer
        }
    }
}

/// The members of a JSON document, for a defect that reads them as parameters.
fn members(body: &[u8]) -> Option<Vec<(String, String)>> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let pair = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
    Some(body.as_object()?.iter().filter_map(pair).collect())
}

/// The defects of a server that knows more grants than it should.
fn granted_otherwise(server: &Server, grant: &str) -> bool {
    server.faults.on(match grant {
        "password" => "grant.password",
        "client_credentials" => "grant.client-credentials",
        "urn:ietf:params:oauth:grant-type:token-exchange" => "grant.token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer" => "grant.jwt-bearer",
        "urn:ietf:params:oauth:grant-type:device_code" => "grant.device-code",
        _ => "grant.unknown-served",
    })
}

/// What those defects answer: a user is asked for where one is named, and the first patient is taken where none is.
fn by_itself(server: &Server, tenant: &Tenant, caller: &Client, grant: &str) -> Result<Value, Refusal> {
    let user = tenant.users.first().filter(|_| grant != "password").ok_or(("invalid_grant", "no such user"))?;
    let grant = Grant {
        id: tenant.book().new_grant(),
        client: caller.id.to_owned(),
        user: user.name.clone(),
        scopes: vec!["patient/*.rs".to_owned()],
        patient: user.patient.clone(),
        encounter: None,
        launched: false,
        nonce: None,
        key: None,
    };
    Ok(response(server, tenant, caller, &grant, None))
}

fn invalid(error: &str, description: &str) -> Response {
    reply::json_error(StatusCode::BAD_REQUEST, error, description)
}

pub(super) type Refusal = (&'static str, &'static str);

fn by_code(
    server: &Server,
    tenant: &Tenant,
    caller: &Client,
    key: Option<String>,
    form: &[(String, String)],
) -> Result<Value, Refusal> {
    const BAD: Refusal = ("invalid_grant", "the code cannot be exchanged");
    let faults = &server.faults;
    let meant = || {
        let book = tenant.book();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(first(form, "code_verifier").unwrap_or_default()));
        let own = book.codes.iter().find(|(_, own)| !own.used && own.challenge == challenge);
        own.map(|(code, _)| code.clone())
    };
    // The defects: without a code the one is meant that the code_verifier belongs to; the beginning of a code is the code.
    let missing = first(form, "code").is_none() && faults.on("code.optional");
    let begun = |sent: &str| {
        let start = sent.get(..8).unwrap_or(sent);
        let found = tenant.book().codes.keys().find(|own| own.starts_with(start)).cloned();
        let is_first = || !std::mem::replace(&mut tenant.book().took_beginning, true);
        let suffices =
            || faults.on("code.beginning-suffices") || faults.on("code.beginning-suffices-once") && is_first();
        found.filter(|own| own != sent && suffices())
    };
    let found = if missing { meant() } else { first(form, "code").and_then(begun) };
    let code = found.as_deref().or(first(form, "code")).ok_or(("invalid_request", "the parameter code is missing"))?;
    let known = tenant.book().codes.get(code).cloned();
    let elsewhere = || {
        let other = server.tenants.values().find(|other| other.name != tenant.name)?;
        faults.on("tenant.codes-shared").then(|| other.book().codes.get(code).cloned())?
    };
    // The defect: a code that was never made counts as the one that the code_verifier belongs to.
    let guessed = || -> Option<Code> {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(first(form, "code_verifier")?));
        let book = tenant.book();
        let own = book.codes.values().find(|own| own.challenge == challenge);
        faults.on("code.unknown-accepted").then(|| own.cloned())?
    };
    let mut entry = known.or_else(elsewhere).or_else(guessed).ok_or(BAD)?;
    if entry.used {
        if !faults.on("code.reuse-keeps-tokens") {
            tenant.book().revoked.insert(entry.grant.id);
        }
        if !faults.on("code.reusable") {
            return Err(BAD);
        }
    }
    if entry.grant.client != caller.id && !faults.on("code.any-client") {
        return Err(BAD);
    }
    let life = if caller.lifetime == Lifetime::Short { SHORT_CODE_LIFE } else { CODE_LIFE };
    if now() - entry.made > life && !faults.on("code.never-ends") {
        return Err(BAD);
    }
    match first(form, "redirect_uri") {
        Some(uri) if uri == entry.redirect_uri => {}
        Some(_) if faults.on("code.redirect-uri-unchecked") => {}
        // Another client has another redirect URI; what it sends here is the one of the attack's victim.
        None if faults.on("code.redirect-uri-optional") => {}
        Some(_) => return Err(BAD),
        None => return Err(("invalid_request", "the parameter redirect_uri is missing")),
    }
    if !entry.challenge.is_empty() {
        pkce::verify(server, caller, &entry, first(form, "code_verifier"))?;
    }
    // RFC 9449 10: the request named the key.
    if entry.grant.key.is_some() && entry.grant.key != key && !faults.on("dpop.named-key-forgotten") {
        return Err(("invalid_dpop_proof", "the proof is not of the key that the request named"));
    }
    // Of two requests at once only one may find the code unused.
    let spent = tenant.book().codes.get_mut(code).is_some_and(|own| std::mem::replace(&mut own.used, true));
    if spent && !entry.used {
        tenant.book().revoked.insert(entry.grant.id);
        return Err(BAD);
    }
    if faults.on("ehr.exchange-fails") && entry.grant.launched {
        return Err(BAD);
    }
    if faults.on("code.exchange-fails") && caller.id == "probity-public" {
        return Err(BAD);
    }
    entry.grant.client = caller.id.to_owned();
    entry.grant.key = key;
    if let Some(named) = first(form, "patient").filter(|_| faults.on("token.patient-parameter-believed")) {
        entry.grant.patient = Some(named.to_owned());
    }
    Ok(response(server, tenant, caller, &entry.grant, Some(&entry.grant)))
}

fn by_refresh(
    server: &Server,
    tenant: &Tenant,
    caller: &Client,
    key: Option<String>,
    form: &[(String, String)],
) -> Result<Value, Refusal> {
    const BAD: Refusal = ("invalid_grant", "the refresh token cannot be used");
    let faults = &server.faults;
    let token = first(form, "refresh_token").ok_or(("invalid_request", "the parameter refresh_token is missing"))?;
    let known = tenant.book().refresh.get(token).cloned();
    let of_code = || {
        let code = tenant.book().codes.get(token).cloned()?;
        faults.on("code.usable-as-refresh-token").then_some(Refresh { grant: code.grant, used: false })
    };
    let of_access = || {
        let claims =
            bearer::claims(server, tenant, token).ok().filter(|_| faults.on("refresh.access-token-accepted"))?;
        let book = tenant.book();
        book.refresh.values().find(|own| claims["grant"].as_u64() == Some(own.grant.id) && !own.used).cloned()
    };
    let begun = || {
        let start = token.get(..8)?;
        let book = tenant.book();
        let own = book.refresh.iter().find(|(own, _)| own.starts_with(start));
        faults.on("refresh.beginning-suffices").then(|| own.map(|(_, own)| own.clone()))?
    };
    let of_another = || {
        let other = server.tenants.values().find(|other| other.name != tenant.name)?;
        faults.on("tenant.refresh-tokens-shared").then(|| other.book().refresh.get(token).cloned())?
    };
    let known = known.or_else(of_code).or_else(of_access).or_else(begun).or_else(of_another);
    let newest = || -> Option<Refresh> {
        let book = tenant.book();
        let own = book.refresh.values().filter(|own| own.grant.client == caller.id);
        let dead = |own: &Refresh| book.revoked.contains(&own.grant.id);
        faults
            .on("refresh.unknown-accepted")
            .then(|| own.filter(|own| !own.used && !dead(own)).max_by_key(|own| own.grant.id).cloned())?
    };
    let mut own = known.or_else(newest).ok_or(BAD)?;
    if own.grant.client != caller.id && !faults.on("refresh.any-client") {
        return Err(BAD);
    }
    // The defect: only the last token that was replaced is remembered as dead.
    let forgotten = faults.on("refresh.old-generations-work") && {
        tenant.book().refresh.values().filter(|other| other.grant.id == own.grant.id).count() > 2
    };
    if own.used && !forgotten && !faults.on("refresh.replaced-works") {
        // A token that was replaced is in two hands: the whole family dies (RFC 9700 4.14.2).
        if !faults.on("refresh.family-survives") {
            tenant.book().revoked.insert(own.grant.id);
        }
        return Err(BAD);
    }
    if tenant.book().revoked.contains(&own.grant.id) {
        return Err(BAD);
    }
    if !dpop::may_refresh(server, caller, own.grant.key.as_ref(), key.as_ref()) {
        return Err(BAD);
    }
    own.grant.key = key.or(own.grant.key);
    if faults.on("refresh.dies-with-access-token") && caller.lifetime == super::state::Lifetime::Short {
        return Err(BAD);
    }
    if told::refuses(faults, caller, &own.grant, first(form, "scope").is_some()) {
        return Err(BAD);
    }
    // The replacement keeps what was granted at first, however narrow this access token is (RFC 6749 6).
    let first_grant = own.grant.clone();
    if let Some(scope) = first(form, "scope").filter(|scope| !scope.trim().is_empty()) {
        let wanted: Vec<String> = scope.split_whitespace().map(str::to_owned).collect();
        if !wanted.iter().all(|one| own.grant.scopes.contains(one)) && !faults.on("refresh.scope-widened") {
            return Err(("invalid_scope", "a refresh cannot widen the scopes"));
        }
        if !faults.on("refresh.narrowing-ignored") {
            own.grant.scopes = wanted;
        }
    }
    let rotates = !faults.on("refresh.not-rotated");
    let spent = {
        let mut book = tenant.book();
        let old = book.refresh.get_mut(token).filter(|_| rotates);
        old.is_some_and(|old| std::mem::replace(&mut old.used, true))
    };
    if spent && !own.used {
        tenant.book().revoked.insert(own.grant.id);
        return Err(BAD);
    }
    let named = first(form, "aud").filter(|_| faults.on("refresh.aud-believed"));
    if let Some(other) = named.and_then(|aud| server.tenants.values().find(|other| server.base(other.name) == aud)) {
        return Ok(response(server, other, caller, &own.grant, None));
    }
    if faults.on("refresh.other-patient") {
        own.grant.patient = Some("patient-3".to_owned());
    }
    if let Some(named) = first(form, "patient").filter(|_| faults.on("refresh.patient-parameter-believed")) {
        own.grant.patient = Some(named.to_owned());
    }
    let mut answer = response(server, tenant, caller, &own.grant, rotates.then_some(&first_grant));
    if !rotates {
        answer["refresh_token"] = json!(token);
    }
    if faults.on("openid.refreshed-for-another") && own.grant.user == "user-1" {
        own.grant.user = "user-4".to_owned();
        answer["id_token"] = json!(id_token(server, tenant, &own.grant, ""));
    }
    if faults.on("refresh.answers-little") {
        told::keep(&mut answer, &["access_token", "token_type", "refresh_token"]);
    }
    Ok(answer)
}

pub(super) fn known_client(caller: &Client) -> bool {
    caller.id == "probity-public"
}

/// The token response (RFC 6749 5.1; SMART App Launch 2.0.0, App Launch).
fn response(server: &Server, tenant: &Tenant, caller: &Client, grant: &Grant, lasting: Option<&Grant>) -> Value {
    let faults = &server.faults;
    let has = |scope: &str| grant.scopes.iter().any(|own| own == scope);
    let lifetime = fresh::lifetime(tenant, caller, faults);
    let access = bearer::issue(server, tenant, grant, lifetime).unwrap_or_default();
    let mut body = json!({
        "access_token": access,
        "token_type": told::kind(grant, faults),
        "expires_in": lifetime,
        "scope": told::granted(grant, faults).join(" "),
    });
    let of_patient = has("launch/patient") || grant.launched || grant.scopes.iter().any(|s| s.starts_with("patient/"));
    if let Some(patient) = grant.patient.as_ref().filter(|_| of_patient) {
        body["patient"] = json!(patient);
    }
    if grant.launched {
        if let Some(encounter) = &grant.encounter {
            body["encounter"] = json!(encounter);
        }
        told::in_view(server, tenant, grant, &mut body);
        body["need_patient_banner"] = json!(true);
        body["smart_style_url"] = json!(format!("{}/style.json", server.issuer(tenant.name)));
    }
    let unasked = faults.on("openid.id-token-unasked");
    if (has("openid") || unasked) && (grant.launched || !server.faults.on("openid.no-id-token")) {
        body["id_token"] = json!(id_token(server, tenant, grant, &access));
    }
    let lasts = |grant: &&Grant| grant.scopes.iter().any(|own| own == "offline_access" || own == "online_access");
    if faults.on("answers.with-more-members") {
        body["x_probity"] = json!({ "more": [1, null] });
    }
    let lasts = |grant: &&Grant| lasts(grant) || faults.on("refresh.token-unasked");
    if let Some(lasting) = lasting.filter(lasts).filter(|_| !faults.on("refresh.none-granted")) {
        let token = fresh::refresh_token(faults);
        tenant.book().refresh.insert(token.clone(), Refresh { grant: lasting.clone(), used: false });
        body["refresh_token"] = json!(token);
    }
    body
}
