//! Scenarios that wait for the end of a token which no run waits for: their tokens are kept, and a later run goes on with them.

use super::{Outcome, Words, World};
use crate::record::Halt;
use crate::smart::{Parked, SessionKey};
use crate::target::ClientRole;
use chrono::{DateTime, SecondsFormat, Utc};
use std::sync::Arc;

impl World {
    /// What an earlier run has kept for this scenario.
    fn brought(&self) -> Option<&Parked> {
        self.bench.parking.brought.get(&self.id)
    }

    /// Whether everything before the end of the token was done, and had succeeded, in an earlier run.
    pub(super) fn goes_on(&self) -> bool {
        self.brought().is_some()
    }

    /// The session of a scenario that waits for its token's end: the one that was kept, or a fresh one.
    pub(super) async fn open_expiring(&mut self, words: &Words, key: SessionKey) -> Outcome {
        if let Some(parked) = self.brought() {
            let session = parked.session().map_err(|why| self.page.blocked(why.to_string()))?;
            self.put(Arc::new(session));
            return Ok(());
        }
        // Where tokens are kept, any app does: nobody waits for their end.
        let none = self.bench.site.client(ClientRole::ShortLived).is_err();
        let client = if none && self.bench.parking.keeps { ClientRole::Public } else { key.client };
        self.open_session(words, SessionKey { client, ..key }).await
    }

    /// When the token that was kept has expired.
    pub(super) fn kept_end(&self) -> Option<DateTime<Utc>> {
        self.brought().and_then(Parked::ends)
    }

    /// Keeps the tokens of the scenario for a later run, where this one keeps any.
    pub(super) async fn keep(&self, words: &Words) -> Result<Option<Halt>, Halt> {
        if !self.bench.parking.keeps {
            return Ok(None);
        }
        let at = self.endpoints(words).await?.token;
        let parked = Parked::of(self.session()?.as_ref(), &self.grant()?, &at, &self.bench.run);
        let end = parked.ends().map_or_else(|| "some time".to_owned(), in_words);
        self.bench.parking.keep(&self.id, parked);
        let reason =
            format!("its token is kept until it has expired ({end}); `probity run --resume FILE` goes on then");
        Ok(Some(self.page.not_configured(reason)))
    }
}

pub(super) fn in_words(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
