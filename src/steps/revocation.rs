//! Phrases about revocation: what the app ends, what others must not end (RFC 7009).

use super::token::{ask, attempted, client, refresh_token, use_refresh_token};
use super::{Outcome, Words, World};
use crate::examine::token;
use crate::probe::{Attack as _, Attempt, RevocationCaller, RevokedToken};
use crate::record::Halt;
use crate::smart::{Endpoints, TokenRequest};
use crate::target::ClientRole;

topic! {
    Given r"a revocation endpoint" "the SMART configuration names one" has_endpoint;
    Deed r"the app (?:revokes|has revoked) its refresh token" "RFC 7009 2.1; after Given the answer must be 200" revokes;
    When r"the app revokes its refresh token with a wrong hint" "token_type_hint=access_token, which is a hint only" revokes_with_hint;
    When r"the app revokes its access token" "RFC 7009 2.1" revokes_access;
    When r"the app revokes {RevokedToken}" "in place of its refresh token" revokes_other;
    When r"its refresh token is revoked {RevocationCaller}" "by somebody who may not; another app is the second one" revoked_by;
    When r"its refresh token is revoked at the other tenant" "the same request, at the revocation endpoint there" revoked_elsewhere;
    Check r"its refresh token still brings a token" "uses it" lives;
}

async fn has_endpoint(world: &mut World, words: Words) -> Outcome {
    match world.endpoints(&words).await?.revoke {
        Some(_) => Ok(()),
        None => Err(world.page.not_applicable("the SMART configuration names no revocation_endpoint")),
    }
}

/// The correct revocation of a token by a client.
pub(super) async fn request(world: &World, words: &Words, token: &str, by: ClientRole) -> Result<TokenRequest, Halt> {
    let found = world.endpoints(words).await?;
    let place = found.revoke.clone().ok_or_else(|| world.misplaced("a revocation endpoint"))?;
    let client = client(world, words, &world.bench.site, by)?;
    TokenRequest::about(&found, client, &place, token).map_err(|trouble| world.halt(words, trouble))
}

async fn own(world: &World, words: &Words, token: &str) -> Result<Attempt, Halt> {
    Ok(Attempt::correct(request(world, words, token, world.session()?.key.client).await?))
}

async fn revokes(world: &mut World, words: Words) -> Outcome {
    let attempt = own(world, &words, &refresh_token(world)?).await?;
    ask(world, &attempt, "revocation of a refresh token").await?;
    let status = world.answer()?.status();
    match words.is_given() && status != 200 {
        true => Err(world.page.blocked(format!("the token was not revoked: status {status}"))),
        false => Ok(()),
    }
}

async fn revokes_with_hint(world: &mut World, words: Words) -> Outcome {
    let mut attempt = own(world, &words, &refresh_token(world)?).await?;
    attempt.request.set("token_type_hint", Some("access_token"));
    ask(world, &attempt, "revocation of a refresh token that is called an access token").await
}

async fn revokes_access(world: &mut World, words: Words) -> Outcome {
    let attempt = own(world, &words, &world.grant()?.access_token).await?;
    ask(world, &attempt, "revocation of an access token").await
}

async fn revokes_other(world: &mut World, words: Words) -> Outcome {
    let attack: RevokedToken = words.slot()?;
    let attempt = attempted(world, attack, own(world, &words, "").await?)?;
    ask(world, &attempt, &format!("revocation of {}", attack.about().words)).await
}

async fn revoked_by(world: &mut World, words: Words) -> Outcome {
    let attack: RevocationCaller = words.slot()?;
    let token = refresh_token(world)?;
    let mut attempt = own(world, &words, &token).await?;
    if attack == RevocationCaller::AnotherApp {
        attempt.lent.by_other_client = Some(request(world, &words, &token, ClientRole::Second).await?);
    }
    let attempt = attempted(world, attack, attempt)?;
    ask(world, &attempt, &format!("revocation {}", attack.about().words)).await
}

async fn lives(world: &mut World, words: Words) -> Outcome {
    use_refresh_token(world, &words).await?;
    world.write(&words, token::issued(world.answer()?))
}

async fn revoked_elsewhere(world: &mut World, words: Words) -> Outcome {
    let site = world.bench.site.second().map_err(|trouble| world.halt(&words, trouble))?;
    let there = Endpoints::discover(&world.door, &site).await.map_err(|trouble| world.halt(&words, trouble))?;
    let none = || world.page.not_applicable("not applicable: the other tenant names no revocation_endpoint");
    let place = there.revoke.clone().ok_or_else(none)?;
    let token = refresh_token(world)?;
    let client = client(world, &words, &site, world.session()?.key.client)?;
    let made = TokenRequest::about(&there, client, &place, &token).map_err(|trouble| world.halt(&words, trouble))?;
    if own(world, &words, &token).await?.request.endpoint == made.endpoint {
        return Err(world.page.not_applicable("both tenants have the same revocation endpoint"));
    }
    ask(world, &Attempt::correct(made), "revocation of a refresh token at the other tenant").await
}
