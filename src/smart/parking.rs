//! Tokens that live longer than a run: kept at its end, and used by a later one once they have expired.

use super::session::{Launch, Session, SessionKey};
use super::token::{Grant, Unusable};
use crate::target::ClientRole;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use url::Url;

/// The tokens of a scenario that waits for their end.
#[derive(Clone, Serialize, Deserialize)]
pub struct Parked {
    /// The run in which they were given, and in which they worked.
    pub run: String,
    /// The client, by its role in the configuration.
    client: String,
    user: String,
    scopes: Option<String>,
    patient: Option<String>,
    asked: DateTime<Utc>,
    obtained: DateTime<Utc>,
    scope: String,
    response: Value,
    /// The endpoint that gave them.
    pub at: Url,
}

/// What a run keeps for a later one, and what an earlier one has kept for it.
#[derive(Default)]
pub struct Parking {
    /// Whether anything is kept.
    pub keeps: bool,
    /// What an earlier run has kept, by scenario.
    pub brought: BTreeMap<String, Parked>,
    kept: Mutex<BTreeMap<String, Parked>>,
}

impl Parking {
    /// What goes on with `brought`, and keeps tokens itself or not.
    pub fn new(keeps: bool, brought: BTreeMap<String, Parked>) -> Self {
        Self { keeps, brought, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<String, Parked>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the tokens of a scenario.
    pub fn keep(&self, scenario: &str, parked: Parked) {
        self.kept().insert(scenario.to_owned(), parked);
    }

    /// What is kept by now.
    pub fn all_kept(&self) -> BTreeMap<String, Parked> {
        self.kept().clone()
    }

    /// Whether a grant is kept that ends with `token`.
    pub fn holds(&self, token: &str) -> bool {
        self.kept().values().any(|own| own.tokens().any(|one| one == token))
    }
}

impl Parked {
    /// The tokens of a session; none of one that no server has given them to.
    pub fn of(session: &Session, grant: &Grant, at: &Url, run: &str) -> Self {
        let now = Utc::now();
        let before = |then: Instant| now - chrono::Duration::from_std(then.elapsed()).unwrap_or_default();
        Self {
            run: run.to_owned(),
            client: session.key.client.word().to_owned(),
            user: session.key.user.clone(),
            scopes: session.key.scopes.clone(),
            patient: session.patient.clone(),
            asked: before(grant.asked),
            obtained: before(grant.obtained),
            scope: grant.scope.clone(),
            response: grant.response.clone(),
            at: at.clone(),
        }
    }

    /// The session as it was.
    ///
    /// # Errors
    /// [`Unusable`] where the response that was kept holds no token.
    pub fn session(&self) -> Result<Session, Unusable> {
        let mut grant = Grant::of_response(self.response.clone(), &self.scope, 0)?;
        (grant.asked, grant.obtained) = (since(self.asked), since(self.obtained));
        let key = SessionKey {
            second_tenant: false,
            client: self.role(),
            user: self.user.clone(),
            scopes: self.scopes.clone(),
            launch: Launch::Standalone,
            kept: None,
        };
        Ok(Session::own(key, grant, None, self.patient.clone(), Vec::new()))
    }

    /// The client that was given them.
    pub fn role(&self) -> ClientRole {
        ClientRole::named(&self.client).unwrap_or(ClientRole::Public)
    }

    /// When the access token has expired by what its response said; none where it did not say.
    pub fn ends(&self) -> Option<DateTime<Utc>> {
        let life = self.response.get("expires_in").and_then(super::token::whole)?;
        self.obtained.checked_add_signed(chrono::Duration::try_seconds(i64::try_from(life).ok()?)?)
    }

    /// The token that the grant ends with.
    pub fn last(&self) -> Option<&str> {
        self.tokens().next()
    }

    /// The refresh token and the access token.
    fn tokens(&self) -> impl Iterator<Item = &str> {
        ["refresh_token", "access_token"].into_iter().filter_map(|name| self.response[name].as_str())
    }
}

/// A time of the past on the clock of this process. A machine that has started since knows no earlier time than now.
fn since(then: DateTime<Utc>) -> Instant {
    let now = Instant::now();
    now.checked_sub((Utc::now() - then).to_std().unwrap_or_default()).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parked(response: Value) -> Parked {
        let key = SessionKey {
            second_tenant: false,
            client: ClientRole::ShortLived,
            user: "a".to_owned(),
            scopes: None,
            launch: Launch::Standalone,
            kept: None,
        };
        let grant = Grant::of_response(response, "patient/*.rs", 7).unwrap();
        let session = Session::own(key, grant.clone(), None, Some("p".to_owned()), Vec::new());
        Parked::of(&session, &grant, &Url::parse("https://as.test/token").unwrap(), "run-1")
    }

    #[test]
    fn a_session_that_was_kept_is_the_same_in_another_process() {
        let own = parked(json!({ "access_token": "t1", "refresh_token": "r1", "expires_in": 3600, "patient": "p" }));
        let read: Parked = serde_json::from_str(&serde_json::to_string(&own).unwrap()).unwrap();
        let session = read.session().unwrap();
        let grant = session.grant.unwrap();
        assert_eq!((grant.access_token.as_str(), grant.refresh_token.as_deref()), ("t1", Some("r1")));
        assert_eq!((session.key.client, session.patient.as_deref()), (ClientRole::ShortLived, Some("p")));
        let left = (read.ends().unwrap() - Utc::now()).num_seconds();
        assert!((3590..=3600).contains(&left), "{left}");
        assert!(!grant.has_ended());
    }

    #[test]
    fn what_is_kept_is_told_by_either_of_its_tokens() {
        let parking = Parking::default();
        parking.keep("expired.read", parked(json!({ "access_token": "t1", "refresh_token": "r1" })));
        assert!(parking.holds("t1") && parking.holds("r1") && !parking.holds("t2"));
        assert_eq!(parking.all_kept()["expired.read"].last(), Some("r1"));
        assert_eq!(parking.all_kept()["expired.read"].ends(), None);
    }
}
