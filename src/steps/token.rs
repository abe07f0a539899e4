//! Phrases about the token endpoint: exchange and refresh, each right or altered.

use super::{Outcome, Words, World};
use crate::examine::{Document, token};
use crate::http::{Answer, Lure};
use crate::probe::{
    AssertionChange, Attack, Attempt, ClientAuthChange, CodeChange, CodeMisuse, GrantChange, Need, PkceChange,
    RefreshChange, RefreshMisuse,
};
use crate::record::Halt;
use crate::smart::{Ask, Assertion, Endpoints, Grant, Session, Site, TokenRequest, send_token_request};
use crate::target::{Client, ClientRole};
use std::sync::Arc;

topic! {
    When r"the app exchanges its code" "the correct exchange" exchanges;
    When r"the app exchanges its code with a parameter of no meaning" "the correct exchange, and one parameter that no standard knows" exchanges_with_more;
    Given r"the app has exchanged its code for a token" "the correct exchange, which must give a token" has_exchanged;
    When r"the app exchanges its code again after the servers had time to agree" "waits for waits.cluster_lag first" exchanges_again, attack CodeMisuse::Again;
    When r"the app exchanges its code with {CodeChange}" "the exchange with one thing changed" exchanges_with::<CodeChange>;
    When r"the app exchanges its code with {PkceChange}" "the exchange with another code_verifier, or none" exchanges_with::<PkceChange>;
    When r"the app exchanges its code with {AssertionChange}" "the exchange with another client assertion" exchanges_with::<AssertionChange>;
    When r"the app asks for a token {GrantChange}" "another grant in place of the exchange" exchanges_with::<GrantChange>;
    When r"the app exchanges its code again at once" "the same request" exchanges_at_once, attack CodeMisuse::AtOnce;
    When r"the app exchanges its code with {ClientAuthChange}" "the exchange with other credentials of the app, or none" exchanges_with::<ClientAuthChange>;
    When r"the {ClientRole} app exchanges the code" "another client sends the exchange as its own" other_exchanges, attack CodeMisuse::ByAnotherApp;
    When r"the code is exchanged at the other tenant" "the exchange goes to the other tenant's token endpoint" exchanges_elsewhere, attack CodeMisuse::AtAnotherTenant;
    Check r"a token is issued" "2xx with an access_token" token_issued;
    Check r"no token (?:is|should be) issued" "no access_token, refresh_token or id_token, and no server error" no_token;
    Check r#"the refusal should be (\d{3})(?: or (\d{3}))? with error ("[^"]+"(?: or "[^"]+")*)"# "RFC 6749 5.2" refusal;
    Given r"a refresh token" "the session has one" has_refresh_token;
    Deed r"the app (?:uses|has used) its refresh token" "the correct use" uses_refresh;
    When r#"the app uses its refresh token for "{Scopes}""# "asks for these scopes" uses_refresh_for, attack RefreshMisuse::ForMoreScopes;
    When r"the app uses its refresh token for the scopes that it was granted" "names them in the request" uses_refresh_for_same;
    Check r"no scope is granted beyond those granted before" "RFC 6749 6" within_before;
    When r"the app uses {RefreshChange}" "in place of its refresh token" uses_changed_refresh;
    Check r"the refresh token that was replaced brings no token" "waits for waits.cluster_lag, then uses it" replaced_is_dead, attack RefreshMisuse::AfterItsReplacement;
    When r"the replaced refresh token has been used" "waits for waits.cluster_lag, then uses it" uses_replaced, attack RefreshMisuse::AfterItsReplacement;
    Check r"its refresh token (?:brings|should bring) no token" "uses it" refresh_is_dead;
    When r"the refresh token is used at the other tenant" "the request goes to the other tenant's token endpoint" refreshes_elsewhere, attack RefreshMisuse::AtAnotherTenant;
    When r"the {ClientRole} app uses the refresh token" "another client sends it as its own" other_refreshes, attack RefreshMisuse::ByAnotherApp;
    Check r"no access to {ResourceType} is granted" "an error, or a token without that scope" no_access_granted;
    Check r"the access token should end within (\d+) seconds" "expires_in, and the exp of a JSON Web Token" ends_within;
    Check r"the token response has another refresh token" "RFC 9700 4.14.2" rotated;
}

pub(super) fn client<'a>(world: &World, words: &Words, site: &'a Site, role: ClientRole) -> Result<&'a Client, Halt> {
    site.client(role).map_err(|trouble| world.halt(words, trouble))
}

/// The correct exchange of the scenario's code.
pub(super) fn exchange_request(world: &World, words: &Words) -> Result<TokenRequest, Halt> {
    let sign_in = world.sign_in()?;
    let Some(code) = sign_in.landing.get("code") else {
        return Err(world.page.inconclusive(world.door.redact(&format!("there is no code: {}", sign_in.landing))));
    };
    let client = client(world, words, &world.bench.site, sign_in.key.client)?;
    TokenRequest::for_code(&sign_in.endpoints, client, &sign_in.ask, code).map_err(|trouble| world.halt(words, trouble))
}

async fn send(world: &mut World, request: &TokenRequest, purpose: &str) -> Result<Answer, Halt> {
    let answer = send_token_request(&world.door, request, purpose).await;
    world.forget::<Document>();
    let answer = world.answered(answer)?;
    if let Ok(grant) = Grant::read(&answer, request.get("scope").unwrap_or_default()) {
        world.put(grant);
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
    world.forget::<Grant>();
    if let Ok(grant) = Grant::read(&answer, &asked) {
        let (patient, exchanges) = (grant.patient.clone(), vec![landing, grant.number]);
        world.put(Arc::new(Session::own(key, grant.clone(), Some(ask), patient, exchanges)));
        world.put(grant);
    }
    Ok(())
}

async fn exchanges_with_more(world: &mut World, words: Words) -> Outcome {
    let mut request = exchange_request(world, &words)?;
    request.set("probity", Some("1"));
    send(world, &request, "exchange of a code with a parameter of no meaning").await.map(drop)
}

async fn has_exchanged(world: &mut World, words: Words) -> Outcome {
    exchanges(world, words).await?;
    match (world.found::<Grant>(), world.answer()?) {
        (Some(_), _) => Ok(()),
        (None, answer) => Err(world
            .page
            .blocked(world.door.redact(&format!("the exchange gave no token: {}", answer.status_and_said())))),
    }
}

async fn exchanges_at_once(world: &mut World, words: Words) -> Outcome {
    let attempt = attempted(world, CodeMisuse::AtOnce, Attempt::correct(exchange_request(world, &words)?))?;
    ask(world, &attempt, "second exchange of the same code").await
}

async fn exchanges_again(world: &mut World, words: Words) -> Outcome {
    let lag = world.bench.site.target().waits.cluster_lag;
    tokio::time::sleep(lag).await;
    let attempt = attempted(world, CodeMisuse::Again, Attempt::correct(exchange_request(world, &words)?))?;
    // What a second exchange may give is judged by its answer; the token under test stays the first one.
    ask(world, &attempt, "second exchange of the same code").await
}

/// The request as an attack alters it.
pub(super) fn attempted(
    world: &World,
    attack: impl Attack<Subject = Attempt>,
    mut attempt: Attempt,
) -> Result<Attempt, Halt> {
    attack.make(&mut attempt).map_err(|need| world.lacks(need))?;
    Ok(attempt)
}

async fn exchanges_with<A: Attack<Subject = Attempt>>(world: &mut World, words: Words) -> Outcome {
    let attack: A = words.slot()?;
    let about = attack.about();
    let mut attempt = Attempt::correct(exchange_request(world, &words)?);
    attempt.lent.challenge = world.sign_in()?.ask.get("code_challenge").map(str::to_owned);
    attempt.lent.access_token = world.found::<Arc<Session>>().and_then(|session| session.token());
    let own = client(world, &words, &world.bench.site, world.sign_in()?.key.client)?;
    attempt.lent.assertion = Assertion::of(own, &world.sign_in()?.endpoints);
    attempt.lent.lure = world.found::<Lure>().cloned();
    if about.needs.contains(&Need::SecondSignIn) {
        attempt.lent.verifier = Some(another_sign_in(world, &words).await?.0.verifier);
    }
    if about.needs.contains(&Need::UsedAssertion) {
        attempt.lent.used_assertion = Some(used_assertion(world, &words).await?);
    }
    let attempt = attempted(world, attack, attempt)?;
    send(world, &attempt.request, &format!("exchange of a code with {}", about.words)).await.map(drop)
}

/// The client assertion with which the code of another sign-in was exchanged.
async fn used_assertion(world: &World, words: &Words) -> Result<String, Halt> {
    let (ask, code) = another_sign_in(world, words).await?;
    let sign_in = world.sign_in()?;
    let client = client(world, words, &world.bench.site, sign_in.key.client)?;
    let request = TokenRequest::for_code(&sign_in.endpoints, client, &ask, &code);
    let request = request.map_err(|trouble| world.halt(words, trouble))?;
    let answer = send_token_request(&world.door, &request, "exchange whose assertion is sent again").await;
    let answer = answer.map_err(|none| world.unanswered(&none))?;
    if let Err(why) = Grant::read(&answer, "") {
        return Err(world.page.inconclusive(why.to_string()));
    }
    request.get("client_assertion").map(str::to_owned).ok_or_else(|| world.lacks(Need::AssertionKey))
}

/// Another sign-in of the same app: its request and its code.
async fn another_sign_in(world: &World, words: &Words) -> Result<(Ask, String), Halt> {
    let key = world.sign_in()?.key.clone();
    let site = world.bench.site.clone();
    let (ask, landing, _) = crate::smart::authorize(&world.door, &site, &key, |_| {}, &crate::smart::Consent::All)
        .await
        .map_err(|trouble| world.halt(words, trouble))?;
    let Some(code) = landing.get("code") else {
        let reason = world.door.redact(&format!("the other sign-in gave no code: {landing}"));
        return Err(world.page.inconclusive(reason));
    };
    Ok((ask, code.to_owned()))
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
    if attempt.request.endpoint == elsewhere.token {
        return Err(world.page.not_applicable("both tenants have the same token endpoint"));
    }
    attempt.lent.elsewhere = Some(elsewhere.token);
    let attempt = attempted(world, CodeMisuse::AtAnotherTenant, attempt)?;
    send(world, &attempt.request, "exchange of a code at the other tenant").await.map(drop)
}

async fn token_issued(world: &mut World, words: Words) -> Outcome {
    world.write(&words, token::issued(world.answer()?))
}

async fn no_token(world: &mut World, words: Words) -> Outcome {
    world.write_refusal(&words, world.answer()?, token::none_issued(world.answer()?))
}

async fn refusal(world: &mut World, words: Words) -> Outcome {
    let statuses: Vec<&str> = [words.get(0), words.get(1)].into_iter().filter(|status| !status.is_empty()).collect();
    world.write(&words, token::refused(world.answer()?, &statuses, &words.quoted()))
}

/// The refresh token to be used next.
pub(super) fn refresh_token(world: &World) -> Result<String, Halt> {
    let own = world.session()?.grant().and_then(|grant| grant.refresh_token);
    let newest = world.found::<Grant>().and_then(|grant| grant.refresh_token.clone());
    newest.or(own).ok_or_else(|| {
        world.page.not_applicable("the token response has no refresh_token (was offline_access granted?)")
    })
}

async fn has_refresh_token(world: &mut World, _: Words) -> Outcome {
    world.grant()?;
    refresh_token(world).map(drop)
}

/// The correct use of a refresh token by a client.
pub(super) async fn refresh_request(
    world: &World,
    words: &Words,
    token: &str,
    by: ClientRole,
) -> Result<Attempt, Halt> {
    let endpoints = world.endpoints(words).await?;
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
        world.put(grant);
    }
    Ok(())
}

async fn uses_refresh(world: &mut World, words: Words) -> Outcome {
    use_refresh_token(world, &words).await?;
    let answer = world.answer()?;
    if words.is_given() && !answer.is_success() {
        return Err(world
            .page
            .blocked(world.door.redact(&format!("the refresh token gave no token: {}", answer.status_and_said()))));
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

async fn uses_refresh_for_same(world: &mut World, words: Words) -> Outcome {
    let token = refresh_token(world)?;
    let mut attempt = refresh_request(world, &words, &token, world.session()?.key.client).await?;
    let scopes = world.session()?.scope().to_owned();
    attempt.request.set("scope", Some(&scopes));
    use_refresh(world, &attempt).await
}

async fn within_before(world: &mut World, words: Words) -> Outcome {
    // What came last: an answer without scopes grants what was asked for.
    let Some(grant) = world.found::<Grant>() else {
        return Err(world.page.inconclusive("the refresh gave no token"));
    };
    world.write(&words, token::within_granted(grant, world.session()?.scope()))
}

async fn uses_changed_refresh(world: &mut World, words: Words) -> Outcome {
    let token = refresh_token(world)?;
    let mut attempt = refresh_request(world, &words, &token, world.session()?.key.client).await?;
    attempt.lent.access_token = world.session()?.token();
    let attempt = attempted(world, words.slot::<RefreshChange>()?, attempt)?;
    use_refresh(world, &attempt).await
}

/// The correct use of the newest refresh token.
pub(super) async fn use_refresh_token(world: &mut World, words: &Words) -> Outcome {
    let token = refresh_token(world)?;
    let attempt = refresh_request(world, words, &token, world.session()?.key.client).await?;
    use_refresh(world, &attempt).await
}

async fn refresh_is_dead(world: &mut World, words: Words) -> Outcome {
    use_refresh_token(world, &words).await?;
    no_token(world, words).await
}

async fn replaced_is_dead(world: &mut World, words: Words) -> Outcome {
    uses_replaced(world, words.again()).await?;
    no_token(world, words).await
}

async fn uses_replaced(world: &mut World, words: Words) -> Outcome {
    tokio::time::sleep(world.bench.site.target().waits.cluster_lag).await;
    let first = world.session()?.grant().and_then(|grant| grant.refresh_token);
    let Some(first) = first else { return Err(world.lacks(Need::RefreshToken)) };
    let attempt = refresh_request(world, &words, &first, world.session()?.key.client).await?;
    let attempt = attempted(world, RefreshMisuse::AfterItsReplacement, attempt)?;
    ask(world, &attempt, "use of a refresh token that was replaced").await
}

async fn refreshes_elsewhere(world: &mut World, words: Words) -> Outcome {
    let site = world.bench.site.second().map_err(|trouble| world.halt(&words, trouble))?;
    let elsewhere = Endpoints::discover(&world.door, &site).await.map_err(|trouble| world.halt(&words, trouble))?;
    let token = refresh_token(world)?;
    let mut attempt = refresh_request(world, &words, &token, world.session()?.key.client).await?;
    if attempt.request.endpoint == elsewhere.token {
        return Err(world.page.not_applicable("both tenants have the same token endpoint"));
    }
    attempt.lent.elsewhere = Some(elsewhere.token);
    let attempt = attempted(world, RefreshMisuse::AtAnotherTenant, attempt)?;
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
    world.write_refusal(&words, world.answer()?, [token::gives_no_access(world.answer()?, words.get(0))])
}

async fn ends_within(world: &mut World, words: Words) -> Outcome {
    let most = words.get(0).parse().unwrap_or(u64::MAX);
    let seen = token::ends_within(&world.grant()?, most);
    world.write(&words, seen)
}

async fn rotated(world: &mut World, words: Words) -> Outcome {
    let used = world.session()?.grant().and_then(|grant| grant.refresh_token);
    world.write(&words, token::rotated(world.answer()?, used.as_deref()))
}

pub(super) async fn ask(world: &mut World, attempt: &Attempt, purpose: &str) -> Outcome {
    let answer = send_token_request(&world.door, &attempt.request, purpose).await;
    world.forget::<Document>();
    world.answered(answer).map(drop)
}
