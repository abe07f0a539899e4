//! Phrases about the token endpoint: exchange, refresh, revocation, introspection, each right or altered.

use super::{Outcome, Words, World};
use crate::http::Answer;
use crate::probe::{
    Attack, Attempt, ClientAuthChange, CodeChange, CodeMisuse, IntrospectedToken, Need, PkceChange, RefreshChange,
    RefreshMisuse,
};
use crate::record::{Halt, Strength};
use crate::smart::{Endpoints, Grant, Session, Site, TokenRequest, send_token_request};
use crate::target::{Client, ClientRole};
use serde_json::Value;
use std::sync::Arc;

topic! {
    When r"the app exchanges its code" "the correct exchange" exchanges;
    Given r"the app has exchanged its code for a token" "the correct exchange, which must give a token" has_exchanged;
    When r"the app exchanges its code again after the servers had time to agree" "waits for waits.cluster_lag first" exchanges_again, attack CodeMisuse::Again;
    When r"the app exchanges its code with {CodeChange}" "the exchange with one thing changed" exchanges_with::<CodeChange>;
    When r"the app exchanges its code with {PkceChange}" "the exchange with another code_verifier, or none" exchanges_with::<PkceChange>;
    When r"the app exchanges its code with {ClientAuthChange}" "the exchange with other credentials of the app, or none" exchanges_with::<ClientAuthChange>;
    When r"the {ClientRole} app exchanges the code" "another client sends the exchange as its own" other_exchanges, attack CodeMisuse::ByAnotherApp;
    When r"the code is exchanged at the other tenant" "the exchange goes to the other tenant's token endpoint" exchanges_elsewhere, attack CodeMisuse::AtAnotherTenant;
    Check r"a token is issued" "2xx with an access_token" token_issued;
    Check r"no token is issued" "no access_token, refresh_token or id_token, and no server error" no_token;
    Check r#"the refusal should be (\d{3})(?: or (\d{3}))? with error ("[^"]+"(?: or "[^"]+")*)"# "RFC 6749 5.2" refusal;
    Given r"a refresh token" "the session has one" has_refresh_token;
    Deed r"the app (?:uses|has used) its refresh token" "the correct use" uses_refresh;
    When r#"the app uses its refresh token for "{Scopes}""# "asks for these scopes" uses_refresh_for, attack RefreshMisuse::ForMoreScopes;
    When r"the app uses {RefreshChange}" "in place of its refresh token" uses_changed_refresh;
    When r"the {ClientRole} app uses the refresh token" "another client sends it as its own" other_refreshes, attack RefreshMisuse::ByAnotherApp;
    Check r"no access to {ResourceType} is granted" "an error, or a token without that scope" no_access_granted;
    Check r"the token response has another refresh token" "RFC 9700 4.14.2" rotated;
    Given r"a revocation endpoint" "the SMART configuration names one" has_revocation;
    Given r"an introspection endpoint" "the SMART configuration names one" has_introspection;
    When r"the app revokes its refresh token" "RFC 7009 2.1" revokes;
    When r"the app introspects its access token" "RFC 7662 2.1" introspects;
    When r"the app introspects {IntrospectedToken}" "in place of its access token" introspects_other;
    Check r"the introspected context is that of the session" "client_id, scope and patient agree" introspected;
}

fn client<'a>(world: &World, words: &Words, site: &'a Site, role: ClientRole) -> Result<&'a Client, Halt> {
    site.client(role).map_err(|trouble| world.halt(words, trouble))
}

/// The correct exchange of the scenario's code.
fn exchange_request(world: &World, words: &Words) -> Result<TokenRequest, Halt> {
    let sign_in = world.sign_in()?;
    let Some(code) = sign_in.landing.get("code") else {
        return Err(world.page.inconclusive(world.door.redact(&format!("there is no code: {}", sign_in.landing))));
    };
    let client = client(world, words, &world.bench.site, sign_in.key.client)?;
    TokenRequest::for_code(&sign_in.endpoints, client, &sign_in.ask, code).map_err(|trouble| world.halt(words, trouble))
}

async fn send(world: &mut World, request: &TokenRequest, purpose: &str) -> Result<Answer, Halt> {
    let answer = send_token_request(&world.door, request, purpose).await;
    world.scene.document = None;
    let answer = world.answered(answer)?;
    if let Ok(grant) = Grant::read(&answer, request.get("scope").unwrap_or_default()) {
        world.scene.grant = Some(grant);
    }
    Ok(answer)
}

async fn exchanges(world: &mut World, words: Words) -> Outcome {
    let sign_in = world.sign_in()?;
    let Some(code) = sign_in.landing.get("code").map(str::to_owned) else {
        return Err(world.page.inconclusive(world.door.redact(&format!("there is no code: {}", sign_in.landing))));
    };
    let client = client(world, &words, &world.bench.site, sign_in.key.client)?;
    let answer = crate::smart::exchange(&world.door, &sign_in.endpoints, client, &sign_in.ask, &code)
        .await
        .map_err(|trouble| world.halt(&words, trouble))?;
    let asked = sign_in.ask.get("scope").unwrap_or_default().to_owned();
    let (key, ask, landing) = (sign_in.key.clone(), sign_in.ask.clone(), sign_in.landing.number());
    let answer = world.answered(Ok(answer))?;
    let grant = Grant::read(&answer, &asked).ok();
    if let Some(grant) = grant.clone() {
        let (patient, exchanges) = (grant.patient.clone(), vec![landing, grant.number]);
        world.scene.session = Some(Arc::new(Session::own(key, grant, Some(ask), patient, exchanges)));
    }
    world.scene.grant = grant;
    Ok(())
}

async fn has_exchanged(world: &mut World, words: Words) -> Outcome {
    exchanges(world, words).await?;
    match (&world.scene.grant, world.answer()?) {
        (Some(_), _) => Ok(()),
        (None, answer) => Err(world.page.blocked(format!("the exchange gave no token: status {}", answer.status()))),
    }
}

async fn exchanges_again(world: &mut World, words: Words) -> Outcome {
    let lag = world.bench.site.target().waits.cluster_lag;
    tokio::time::sleep(lag).await;
    let attempt = attempted(world, CodeMisuse::Again, Attempt::correct(exchange_request(world, &words)?))?;
    let before = world.scene.grant.clone();
    send(world, &attempt.request, "second exchange of the same code").await?;
    // What a second exchange may give is judged by its answer; the token under test stays the first one.
    world.scene.grant = before;
    Ok(())
}

/// The request as an attack alters it.
fn attempted(world: &World, attack: impl Attack<Subject = Attempt>, mut attempt: Attempt) -> Result<Attempt, Halt> {
    attack.make(&mut attempt).map_err(|need| world.lacks(need))?;
    Ok(attempt)
}

async fn exchanges_with<A: Attack<Subject = Attempt>>(world: &mut World, words: Words) -> Outcome {
    let attack: A = words.slot()?;
    let about = attack.about();
    let mut attempt = Attempt::correct(exchange_request(world, &words)?);
    attempt.lent.challenge = world.sign_in()?.ask.get("code_challenge").map(str::to_owned);
    if about.needs.contains(&Need::SecondSignIn) {
        attempt.lent.verifier = Some(other_verifier(world, &words).await?);
    }
    let attempt = attempted(world, attack, attempt)?;
    send(world, &attempt.request, &format!("exchange of a code with {}", about.words)).await.map(drop)
}

/// The `code_verifier` of another sign-in of the same app.
async fn other_verifier(world: &World, words: &Words) -> Result<String, Halt> {
    let key = world.sign_in()?.key.clone();
    let site = world.bench.site.clone();
    let (ask, landing, _) = crate::smart::authorize(&world.door, &site, &key, |_| {}, &crate::smart::Consent::All)
        .await
        .map_err(|trouble| world.halt(words, trouble))?;
    if landing.get("code").is_none() {
        let reason = world.door.redact(&format!("the other sign-in gave no code: {landing}"));
        return Err(world.page.inconclusive(reason));
    }
    Ok(ask.verifier)
}

async fn other_exchanges(world: &mut World, words: Words) -> Outcome {
    let own = exchange_request(world, &words)?;
    let sign_in = world.sign_in()?;
    let code = sign_in.landing.get("code").unwrap_or_default().to_owned();
    let site = world.bench.site.clone();
    let client = client(world, &words, &site, words.slot::<ClientRole>()?)?;
    let other = TokenRequest::for_code(&sign_in.endpoints, client, &sign_in.ask, &code)
        .map_err(|trouble| world.halt(&words, trouble))?;
    let mut attempt = Attempt::correct(own);
    attempt.lent.by_other_client = Some(other);
    let attempt = attempted(world, CodeMisuse::ByAnotherApp, attempt)?;
    send(world, &attempt.request, "exchange of another client's code").await.map(drop)
}

async fn exchanges_elsewhere(world: &mut World, words: Words) -> Outcome {
    let site = world.bench.site.second().map_err(|trouble| world.halt(&words, trouble))?;
    let elsewhere = Endpoints::discover(&world.door, &site).await.map_err(|trouble| world.halt(&words, trouble))?;
    let mut attempt = Attempt::correct(exchange_request(world, &words)?);
    attempt.lent.elsewhere = Some(elsewhere.token);
    let attempt = attempted(world, CodeMisuse::AtAnotherTenant, attempt)?;
    send(world, &attempt.request, "exchange of a code at the other tenant").await.map(drop)
}

async fn token_issued(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let (held, observed) = match Grant::read(&answer, "") {
        Ok(_) => (true, format!("status {} with an access_token", answer.status())),
        Err(why) => (false, why.to_string()),
    };
    world.check(&words, held, "an access token", observed, vec![answer.number()])
}

async fn no_token(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let body = answer.json().unwrap_or(Value::Null);
    let given: Vec<&str> =
        ["access_token", "refresh_token", "id_token"].into_iter().filter(|name| body.get(*name).is_some()).collect();
    let observed = match given.as_slice() {
        [] => format!("status {} without a token", answer.status()),
        names => format!("status {} with {}", answer.status(), names.join(", ")),
    };
    world.check(&words, given.is_empty(), "no token", observed.clone(), vec![answer.number()])?;
    if answer.status() >= 500 {
        // A server that breaks has not refused; it gave nothing, so this is no hole.
        world.find(Strength::Should, false, "a refusal (4xx)", &observed, vec![answer.number()]);
    } else if given.is_empty() && answer.is_success() {
        world.find(Strength::Should, false, "a refusal (4xx)", &observed, vec![answer.number()]);
    }
    Ok(())
}

async fn refusal(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let statuses = [words.get(0), words.get(1)];
    let errors = words.quoted();
    let own = answer.json().ok().and_then(|body| body["error"].as_str().map(str::to_owned)).unwrap_or_default();
    let status = answer.status().to_string();
    // RFC 6749 5.2: a client that tried to authenticate may always be told invalid_client with 401.
    let client = own == "invalid_client" && status == "401";
    let held = client || (statuses.contains(&status.as_str()) && errors.contains(&own.as_str()));
    let observed =
        if own.is_empty() { format!("{status} without an error code") } else { format!("{status} with error `{own}`") };
    let expected = format!("{} with error {}", statuses.join(" ").trim().replace(' ', " or "), words.get(2));
    world.check(&words, held, expected, observed, vec![answer.number()])
}

/// The refresh token to be used next.
fn refresh_token(world: &World) -> Result<String, Halt> {
    let own = world.session()?.grant().and_then(|grant| grant.refresh_token);
    let newest = world.scene.grant.as_ref().and_then(|grant| grant.refresh_token.clone());
    newest.or(own).ok_or_else(|| {
        world.page.not_applicable("the token response has no refresh_token (was offline_access granted?)")
    })
}

async fn has_refresh_token(world: &mut World, _: Words) -> Outcome {
    world.grant()?;
    refresh_token(world).map(drop)
}

/// The correct use of a refresh token by a client.
async fn refresh_request(world: &World, words: &Words, token: &str, by: ClientRole) -> Result<Attempt, Halt> {
    let endpoints = endpoints(world, words).await?;
    let client = client(world, words, &world.bench.site, by)?;
    let request = TokenRequest::for_refresh(&endpoints, client, token).map_err(|trouble| world.halt(words, trouble))?;
    Ok(Attempt::correct(request))
}

async fn use_refresh(world: &mut World, attempt: &Attempt) -> Outcome {
    let session = world.session()?;
    let answer = send_token_request(&world.door, &attempt.request, "use of a refresh token").await;
    let answer = world.answered(answer)?;
    let asked = attempt.request.get("scope").unwrap_or_else(|| session.scope());
    if let Ok(mut grant) = Grant::read(&answer, asked) {
        // RFC 6749 says nothing of context in a refresh; what the session had stays.
        grant.patient = grant.patient.or_else(|| session.patient.clone());
        world.scene.grant = Some(grant);
    }
    Ok(())
}

async fn uses_refresh(world: &mut World, words: Words) -> Outcome {
    let token = refresh_token(world)?;
    let attempt = refresh_request(world, &words, &token, world.session()?.key.client).await?;
    use_refresh(world, &attempt).await?;
    let answer = world.answer()?;
    if words.is_given() && !answer.is_success() {
        return Err(world.page.blocked(format!("the refresh token gave no token: status {}", answer.status())));
    }
    Ok(())
}

async fn uses_refresh_for(world: &mut World, words: Words) -> Outcome {
    let token = refresh_token(world)?;
    let mut attempt = refresh_request(world, &words, &token, world.session()?.key.client).await?;
    attempt.lent.scopes = Some(words.get(0).to_owned());
    let attempt = attempted(world, RefreshMisuse::ForMoreScopes, attempt)?;
    use_refresh(world, &attempt).await
}

async fn uses_changed_refresh(world: &mut World, words: Words) -> Outcome {
    world.grant()?;
    // Where the session has none, the correct request has an empty one: the change puts another in its place.
    let token = world.session()?.grant().and_then(|grant| grant.refresh_token).unwrap_or_default();
    let attempt = refresh_request(world, &words, &token, world.session()?.key.client).await?;
    let attempt = attempted(world, words.slot::<RefreshChange>()?, attempt)?;
    use_refresh(world, &attempt).await
}

async fn other_refreshes(world: &mut World, words: Words) -> Outcome {
    let token = refresh_token(world)?;
    let mut attempt = refresh_request(world, &words, &token, world.session()?.key.client).await?;
    let other = refresh_request(world, &words, &token, words.slot::<ClientRole>()?).await?;
    attempt.lent.by_other_client = Some(other.request);
    let attempt = attempted(world, RefreshMisuse::ByAnotherApp, attempt)?;
    use_refresh(world, &attempt).await
}

async fn no_access_granted(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let kind = words.get(0);
    let (held, observed) = match Grant::read(&answer, "") {
        Ok(grant) => (!crate::smart::covers(&grant.scope, kind, 'r'), format!("granted {}", grant.scope)),
        Err(why) => (true, why.to_string()),
    };
    world.check(&words, held, format!("no scope for {kind}"), observed, vec![answer.number()])
}

async fn rotated(world: &mut World, words: Words) -> Outcome {
    let first = world.session()?.grant().and_then(|grant| grant.refresh_token);
    let answer = world.answer()?;
    let now = Grant::read(&answer, "").ok().and_then(|grant| grant.refresh_token);
    let observed = match now {
        Some(token) if Some(&token) == first.as_ref() => "the same refresh token",
        Some(_) => "another refresh token",
        None => "no refresh token",
    };
    world.check(&words, observed == "another refresh token", "another refresh token", observed, vec![answer.number()])
}

async fn endpoints(world: &World, words: &Words) -> Result<Endpoints, Halt> {
    Endpoints::discover(&world.door, &world.bench.site).await.map_err(|trouble| world.halt(words, trouble))
}

async fn has_revocation(world: &mut World, words: Words) -> Outcome {
    match endpoints(world, &words).await?.revoke {
        Some(_) => Ok(()),
        None => Err(world.page.not_applicable("the SMART configuration names no revocation_endpoint")),
    }
}

async fn has_introspection(world: &mut World, words: Words) -> Outcome {
    match endpoints(world, &words).await?.introspect {
        Some(_) => Ok(()),
        None => Err(world.page.not_applicable("the SMART configuration names no introspection_endpoint")),
    }
}

/// A correct request about a token of the session at another endpoint.
async fn about(world: &World, words: &Words, revoke: bool, token: &str) -> Result<Attempt, Halt> {
    let found = endpoints(world, words).await?;
    let place = if revoke { found.revoke.clone() } else { found.introspect.clone() };
    let place = place.ok_or_else(|| world.misplaced("an endpoint"))?;
    let client = client(world, words, &world.bench.site, world.session()?.key.client)?;
    let request = TokenRequest::about(&found, client, &place, token).map_err(|trouble| world.halt(words, trouble))?;
    Ok(Attempt::correct(request))
}

async fn ask_about(world: &mut World, attempt: &Attempt, purpose: &str) -> Outcome {
    let answer = send_token_request(&world.door, &attempt.request, purpose).await;
    world.scene.document = None;
    world.answered(answer).map(drop)
}

async fn revokes(world: &mut World, words: Words) -> Outcome {
    let token = refresh_token(world)?;
    let attempt = about(world, &words, true, &token).await?;
    ask_about(world, &attempt, "revocation of a refresh token").await
}

async fn introspects(world: &mut World, words: Words) -> Outcome {
    let token = world.grant()?.access_token;
    let attempt = about(world, &words, false, &token).await?;
    ask_about(world, &attempt, "introspection of a live token").await
}

async fn introspects_other(world: &mut World, words: Words) -> Outcome {
    let attack: IntrospectedToken = words.slot()?;
    let own = world.session()?.token().unwrap_or_default();
    let attempt = attempted(world, attack, about(world, &words, false, &own).await?)?;
    ask_about(world, &attempt, &format!("introspection of {}", attack.about().words)).await
}

async fn introspected(world: &mut World, words: Words) -> Outcome {
    let answer = world.answer()?;
    let body = answer.json().unwrap_or(Value::Null);
    let grant = world.grant()?;
    let session = world.session()?;
    let site = world.bench.site.clone();
    let client = client(world, &words, &site, session.key.client)?;
    let set = |text: &str| text.split_whitespace().map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
    let mut differ = Vec::new();
    if body["client_id"] != client.id.as_str() {
        differ.push("client_id");
    }
    if set(body["scope"].as_str().unwrap_or_default()) != set(&grant.scope) {
        differ.push("scope");
    }
    if grant.patient.is_some() && body["patient"].as_str() != grant.patient.as_deref() {
        differ.push("patient");
    }
    let observed = if differ.is_empty() { "they agree".to_owned() } else { format!("differ: {}", differ.join(", ")) };
    let expected = "client_id, scope and patient as in the token response";
    world.check(&words, differ.is_empty(), expected, observed, vec![answer.number(), grant.number])
}
