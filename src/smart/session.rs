//! An authorised session: what it was made for, and its tokens.

use super::authorize::Ask;
use super::login::Consent;
use super::scopes::parse;
use super::token::Grant;
use super::trouble::Trouble;
use crate::target::ClientRole;
use std::sync::{PoisonError, RwLock};

/// How the app came to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Launch {
    /// The patient opened it.
    Standalone,
    /// The EHR opened it.
    Ehr,
}

/// What makes two sessions the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionKey {
    /// Whether at the second tenant.
    pub second_tenant: bool,
    /// The client that the app is.
    pub client: ClientRole,
    /// The user's name in the configuration.
    pub user: String,
    /// The scopes asked for; the client's or target's own when `None`.
    pub scopes: Option<String>,
    /// The launch.
    pub launch: Launch,
    /// The resource types that the user leaves ticked, separated by spaces; all that are asked for when `None`.
    pub kept: Option<String>,
}

impl SessionKey {
    /// What the user decides on the consent page.
    pub fn consent(&self) -> Consent {
        let Some(kept) = &self.kept else { return Consent::All };
        let kept: Vec<&str> = kept.split_whitespace().collect();
        let stays = |scope: &&str| match parse(scope).first() {
            Some(own) => kept.contains(&own.resource.as_str()),
            None => true,
        };
        let asked = self.scopes.iter().flat_map(|scopes| scopes.split_whitespace());
        Consent::Exactly(asked.filter(stays).map(str::to_owned).collect())
    }
}

/// One authorised session.
pub struct Session {
    /// What it was made for.
    pub key: SessionKey,
    /// The tokens as the login gave them; none at a target without authorization.
    pub grant: Option<Grant>,
    /// The authorization request it came from; none for supplied tokens.
    pub ask: Option<Ask>,
    /// The patient the user must see.
    pub patient: Option<String>,
    /// The exchanges that made it.
    pub exchanges: Vec<u32>,
    /// Newer tokens, where scenarios share the session.
    pub(super) renewal: Option<Renewal>,
}

impl Session {
    /// A session of one scenario alone, which nothing renews.
    pub fn own(key: SessionKey, grant: Grant, ask: Option<Ask>, patient: Option<String>, exchanges: Vec<u32>) -> Self {
        Self { key, grant: Some(grant), ask, patient, exchanges, renewal: None }
    }

    /// The newest access token, if the target wants one.
    pub fn token(&self) -> Option<String> {
        let newer = self.renewal.as_ref().and_then(Renewal::token);
        newer.or_else(|| Some(self.grant.as_ref()?.access_token.clone()))
    }

    /// The granted scopes; everything at a target without authorization.
    pub fn scope(&self) -> &str {
        self.grant.as_ref().map_or("patient/*.cruds", |grant| grant.scope.as_str())
    }

    /// Who is in context and what was granted, for somebody who reads along.
    pub fn in_words(&self) -> String {
        let patient = self.grant.as_ref().and_then(|grant| grant.patient.as_ref());
        let patient = patient.map_or_else(|| "no patient in context".to_owned(), |id| format!("patient {id}"));
        format!("{patient}; granted {}", self.scope())
    }

    /// A name for sharing answers: no two sessions have the same, not even two of the same key.
    pub fn label(&self) -> String {
        format!("{:?} {:?}", self.key, self.exchanges)
    }
}

/// What renewing a session that scenarios share has brought.
#[derive(Default)]
pub(super) struct Renewal {
    pub(super) newer: RwLock<Option<Grant>>,
    /// Held while somebody renews; why it failed, which is the answer to all who ask again.
    pub(super) failed: tokio::sync::Mutex<Option<Trouble>>,
}

impl Renewal {
    pub(super) fn newer(&self) -> Option<Grant> {
        self.newer.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The newest token alone.
    fn token(&self) -> Option<String> {
        self.newer.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|grant| grant.access_token.clone())
    }
}
