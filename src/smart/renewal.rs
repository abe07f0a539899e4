//! The token of a session that scenarios share, made anew before it ends: a run may take longer than a token lives.

use super::discovery::Endpoints;
use super::login::driver;
use super::session::{Launch, Renewal, Session};
use super::sign_in::open;
use super::site::Site;
use super::token::{Grant, refresh};
use super::trouble::Trouble;
use crate::http::{Answer, Call, Door, NoAnswer};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// How long a token counts as alive whose answer does not say.
const UNSAID: Duration = Duration::from_secs(300);
/// What must be left of a token's life before a request is sent with it: a part of its life within these bounds. Tokens
/// carry whole seconds, so the last one is not to be counted on.
const MARGIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];

/// How often a request is sent whose token ends on the way.
const TRIES: usize = 3;

impl Session {
    /// The newest token with what belongs to it; the identity and the context remain those of the login.
    pub fn grant(&self) -> Option<Grant> {
        let newer = self.renewal.as_ref().and_then(Renewal::newer);
        newer.or_else(|| self.grant.clone())
    }

    /// Makes sure that the token of a shared session outlives the next requests.
    ///
    /// # Errors
    /// Why there is no newer one; the same for all who ask.
    pub async fn keep_alive(&self, door: &Door, site: &Site) -> Result<(), Trouble> {
        let Some(renewal) =
            self.renewal.as_ref().filter(|_| self.left().is_some_and(|(left, life)| is_due(left, life)))
        else {
            return Ok(());
        };
        let mut failed = renewal.failed.lock().await;
        let Some((left, _)) = self.left().filter(|(left, life)| is_due(*left, *life)) else { return Ok(()) };
        let trouble = match failed.clone() {
            Some(trouble) => trouble,
            // Boxed: a login is a long future, and this one is part of every request.
            None => match Box::pin(self.renewed(door, site)).await {
                Ok(newer) => {
                    *renewal.newer.write().unwrap_or_else(PoisonError::into_inner) = Some(newer);
                    return Ok(());
                }
                Err(trouble) => failed.insert(trouble).clone(),
            },
        };
        // What is left of the old one is used up.
        if left.is_zero() { Err(trouble) } else { Ok(()) }
    }

    /// Sends a request with the session's token; again with a newer one where a shared session's token ended while the
    /// request waited for its turn.
    ///
    /// # Errors
    /// [`NoAnswer`] when no whole answer came, or the token has ended and there is no newer one.
    pub async fn send(&self, door: &Door, site: &Site, call: Call) -> Result<Answer, NoAnswer> {
        let mut tries = TRIES;
        loop {
            self.ready(door, site).await?;
            let token = self.token();
            let answer = door.send(call.clone().bearer(token.as_deref())).await?;
            tries -= 1;
            let ended = || self.token() != token || self.left().is_some_and(|(left, life)| is_due(left, life));
            if answer.status() != 401 || tries == 0 || self.renewal.is_none() || !ended() {
                return Ok(answer);
            }
        }
    }

    /// As [`Session::keep_alive`], for a request that gets an answer or none.
    ///
    /// # Errors
    /// [`NoAnswer`] when the token has ended and there is no newer one.
    pub async fn ready(&self, door: &Door, site: &Site) -> Result<(), NoAnswer> {
        self.keep_alive(door, site).await.map_err(|trouble| match trouble {
            Trouble::NoAnswer(none) => none,
            other => NoAnswer {
                number: 0,
                place: site.base().origin().ascii_serialization(),
                why: format!("the access token has ended, and there is no newer one: {other}"),
            },
        })
    }

    /// What is left of the token's life, and the whole of it.
    fn left(&self) -> Option<(Duration, Duration)> {
        let of = |grant: &Grant| {
            // Tokens that were supplied without saying so may live as long as they like.
            let life = grant.expires_in.map(Duration::from_secs).or((grant.number > 0).then_some(UNSAID))?;
            Some((life.saturating_sub(grant.obtained.elapsed()), life))
        };
        let newer = self.renewal.as_ref().map(|renewal| renewal.newer.read().unwrap_or_else(PoisonError::into_inner));
        newer.as_deref().and_then(Option::as_ref).or(self.grant.as_ref()).and_then(of)
    }

    /// Another token of the same user and client: by another login where nobody must help, else by the refresh token.
    async fn renewed(&self, door: &Door, site: &Site) -> Result<Grant, Trouble> {
        let first = self.grant.clone().ok_or_else(|| Trouble::NotConfigured("there is no token".to_owned()))?;
        let target = site.target();
        let by_hand = self.key.launch == Launch::Ehr && target.ehr.as_ref().is_some_and(|ehr| ehr.listen);
        let newer = if driver(&target.login).player().is_ok_and(|player| player.is_unattended()) && !by_hand {
            let other = open(door, site, self.key.clone()).await?;
            if other.patient != self.patient {
                return Err(Trouble::Refused(
                    "another login of the same user has another patient in context".to_owned(),
                ));
            }
            other.grant
        } else {
            let old = self.grant().and_then(|grant| grant.refresh_token).ok_or_else(|| {
                Trouble::NotConfigured("supply a newer token, or a refresh token beside it".to_owned())
            })?;
            let endpoints = Endpoints::discover(door, site).await?;
            let client = site.client(self.key.client)?;
            let asked = Instant::now();
            let answer = refresh(door, &endpoints, client, &old, None).await?;
            let mut grant = Grant::read(&answer, &first.scope)?.asked_at(asked);
            grant.refresh_token = grant.refresh_token.or(Some(old));
            Some(grant)
        };
        let newer = newer.ok_or_else(|| Trouble::Refused("the login gives no token any more".to_owned()))?;
        Ok(Grant {
            access_token: newer.access_token,
            refresh_token: newer.refresh_token,
            expires_in: newer.expires_in,
            asked: newer.asked,
            obtained: newer.obtained,
            ..first
        })
    }
}

fn is_due(left: Duration, life: Duration) -> bool {
    // A token that is said to live for no time would be due at once, and the next one too.
    life > MARGIN[0] && left <= (life / 4).clamp(MARGIN[0], MARGIN[1])
}
