//! Phrases about introspection: what the server says of a token, to whom.

use super::scene::Other;
use super::token::{ask, attempted, client};
use super::{Outcome, Words, World};
use crate::examine::{introspection, refusal};
use crate::http::Answer;
use crate::probe::{Attack as _, Attempt, IntrospectedToken, IntrospectionCaller, Made};
use crate::record::Halt;
use crate::smart::{Endpoints, SessionKey, Site, TokenRequest};
use crate::target::ClientRole;

topic! {
    Given r"an introspection endpoint" "the SMART configuration names one" has_introspection;
    Deed r"the app (?:introspects|has introspected) its access token" "as the client that it is or, where clients may not ask, with an access token of its own; after Given the token must be active" introspects;
    Deed r"the {ClientRole} app (?:introspects|has introspected) the access token" "the same, asked by another client" other_introspects;
    When r"the app introspects {IntrospectedToken}" "in place of its access token" introspects_other;
    When r"the access token is introspected {IntrospectionCaller}" "by somebody who may not ask" introspected_by;
    Given r"a token of the other tenant is active there" "the confidential app asks at the other tenant" active_elsewhere;
    When r"the access token is introspected at the other tenant" "the confidential app asks at the other tenant" introspected_elsewhere;
    Check r"the introspected context is that of the session" "client_id, scope and patient agree" context;
    Check r"the introspected issuer and subject are those of the id_token" "iss and sub agree" person;
    Check r"the introspected end (?:is|should be) that of the token response" "exp is within 30 s of expires_in" end;
    Check r"the token is introspected as inactive" "200, and active is the boolean false" inactive;
    Check r"the token is not introspected as active" "inactive, or an error: RFC 7662 is about tokens that open something" not_active;
    Check r"nothing else (?:is|should be) told of it" "active is the only member" nothing_else;
    Check r"the introspection (?:is|should be) refused" "a status from 400 to 499, and no word that it is active" refused;
    Check r"nothing of the person's data is told" "no name, birth date, address, phone or e-mail" no_data;
    Check r"whose token it is remains untold" "no sub, username or fhirUser" untold;
}

/// Who is asked about a token, and who asks.
struct Asking<'a> {
    site: &'a Site,
    by: ClientRole,
    token: &'a str,
    /// Whose access token authorizes the question where clients may not ask.
    with: SessionKey,
}

impl Asking<'_> {
    /// Asks as the client, and with the access token where clients may not ask: RFC 7662 2.1 leaves open who may.
    async fn ask(
        &self,
        world: &mut World,
        words: &Words,
        purpose: &str,
        change: impl Fn(&mut Attempt) -> Made,
    ) -> Outcome {
        let found = Endpoints::discover(&world.door, self.site).await.map_err(|trouble| world.halt(words, trouble))?;
        let Some(place) = &found.introspect else {
            return Err(world.page.not_applicable("the SMART configuration names no introspection_endpoint"));
        };
        let client = client(world, words, self.site, self.by)?;
        let request =
            TokenRequest::about(&found, client, place, self.token).map_err(|trouble| world.halt(words, trouble))?;
        let id_token = world.grant()?.id_token;
        let mut attempt = Attempt::correct(request);
        for by_bearer in [false, true] {
            if by_bearer {
                let live = world.shared_session(words, self.with.clone()).await?;
                live.ready(&world.door, self.site).await.map_err(|none| world.unanswered(&none))?;
                let bearer = live.token().unwrap_or_default();
                attempt = Attempt::correct(TokenRequest::by_bearer(place, self.token, &bearer));
            }
            attempt.lent.id_token.clone_from(&id_token);
            change(&mut attempt).map_err(|need| world.lacks(need))?;
            ask(world, &attempt, purpose).await?;
            if !introspection::turns_away(world.answer()?) {
                return Ok(());
            }
        }
        let status = world.answer()?.status();
        Err(world.page.blocked(format!(
            "nobody may introspect: the endpoint answers {status} to the {} app and to its access token",
            self.by.word()
        )))
    }
}

async fn has_introspection(world: &mut World, words: Words) -> Outcome {
    match world.endpoints(&words).await?.introspect {
        Some(_) => Ok(()),
        None => Err(world.page.not_applicable("the SMART configuration names no introspection_endpoint")),
    }
}

/// Asks about the access token of the session, with a change.
async fn about_own(
    world: &mut World,
    words: &Words,
    by: ClientRole,
    purpose: &str,
    change: impl Fn(&mut Attempt) -> Made,
) -> Outcome {
    let (site, token) = (world.bench.site.clone(), world.grant()?.access_token);
    let asking = Asking { site: &site, by, token: &token, with: world.session()?.key.clone() };
    asking.ask(world, words, purpose, change).await
}

/// After `Given` the answer must say that the token is alive: else what is said of others proves nothing.
fn controlled(world: &World, words: &Words) -> Outcome {
    match words.is_given() && !introspection::is_active(world.answer()?) {
        true => Err(world.page.blocked("introspection does not call the live token active")),
        false => Ok(()),
    }
}

async fn introspects(world: &mut World, words: Words) -> Outcome {
    let by = world.session()?.key.client;
    about_own(world, &words, by, "introspection of a live token", |_| Ok(())).await?;
    controlled(world, &words)
}

async fn other_introspects(world: &mut World, words: Words) -> Outcome {
    if words.is_given() && world.goes_on() {
        return Ok(());
    }
    let by = words.slot::<ClientRole>()?;
    about_own(world, &words, by, "introspection of another client's token", |_| Ok(())).await?;
    controlled(world, &words)
}

async fn introspects_other(world: &mut World, words: Words) -> Outcome {
    let attack: IntrospectedToken = words.slot()?;
    let by = world.session()?.key.client;
    about_own(world, &words, by, &format!("introspection of {}", attack.about().words), |it| attack.make(it)).await
}

async fn introspected_by(world: &mut World, words: Words) -> Outcome {
    let attack: IntrospectionCaller = words.slot()?;
    let found = world.endpoints(&words).await?;
    let place = found.introspect.clone().ok_or_else(|| world.misplaced("an introspection endpoint"))?;
    let (site, token) = (world.bench.site.clone(), world.grant()?.access_token);
    let client = client(world, &words, &site, world.session()?.key.client)?;
    let request = TokenRequest::about(&found, client, &place, &token).map_err(|trouble| world.halt(&words, trouble))?;
    let attempt = attempted(world, attack, Attempt::correct(request))?;
    ask(world, &attempt, &format!("introspection {}", attack.about().words)).await
}

/// Asks the other tenant about a token.
async fn elsewhere(world: &mut World, words: &Words, token: &str, purpose: &str) -> Outcome {
    let site = world.bench.site.second().map_err(|trouble| world.halt(words, trouble))?;
    let other: &Other = world.need()?;
    let asking = Asking { site: &site, by: ClientRole::Confidential, token, with: other.0.key.clone() };
    asking.ask(world, words, purpose, |_| Ok(())).await
}

async fn active_elsewhere(world: &mut World, words: Words) -> Outcome {
    let other: &Other = world.need()?;
    let token = other.0.token().unwrap_or_default();
    elsewhere(world, &words, &token, "introspection of its own token at the other tenant").await?;
    controlled(world, &words)
}

async fn introspected_elsewhere(world: &mut World, words: Words) -> Outcome {
    let token = world.grant()?.access_token;
    elsewhere(world, &words, &token, "introspection of this tenant's token at the other tenant").await
}

async fn context(world: &mut World, words: Words) -> Outcome {
    let (grant, session) = (world.grant()?, world.session()?);
    let client = client(world, &words, &world.bench.site, session.key.client)?;
    world.write(&words, introspection::has_context_of(world.answer()?, &client.id, &grant))
}

async fn person(world: &mut World, words: Words) -> Outcome {
    world.write(&words, world.id_token()?.is_introspected(world.answer()?))
}

async fn end(world: &mut World, words: Words) -> Outcome {
    let skew = world.bench.site.target().waits.clock_skew;
    let now = chrono::Utc::now().timestamp();
    let clocks = [now, now.saturating_add(world.door.clock_ahead())];
    let seen = introspection::ends_as_told(world.answer()?, &world.grant()?, skew, clocks);
    let none = || world.page.not_applicable("the token response or its introspection does not say when the token ends");
    world.write(&words, seen.ok_or_else(none)?)
}

/// The answer, which must be one that says something.
fn said(world: &World) -> Result<&Answer, Halt> {
    let answer = world.answer()?;
    match refusal::no_answer(answer) {
        Some(why) if !introspection::is_active(answer) => {
            world.page.cite(&[answer.number()]);
            Err(world.page.inconclusive(why))
        }
        _ => Ok(answer),
    }
}

async fn inactive(world: &mut World, words: Words) -> Outcome {
    world.write(&words, introspection::is_inactive(said(world)?))
}

async fn not_active(world: &mut World, words: Words) -> Outcome {
    world.write(&words, introspection::is_not_active(said(world)?))
}

async fn nothing_else(world: &mut World, words: Words) -> Outcome {
    world.write(&words, introspection::tells_nothing_else(said(world)?))
}

async fn refused(world: &mut World, words: Words) -> Outcome {
    world.write(&words, introspection::is_refused(said(world)?))
}

async fn untold(world: &mut World, words: Words) -> Outcome {
    world.write(&words, introspection::tells_no_person(said(world)?))
}

async fn no_data(world: &mut World, words: Words) -> Outcome {
    world.write(&words, introspection::tells_no_data(world.answer()?))
}
