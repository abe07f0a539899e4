//! The sessions of a run, shared between scenarios by (tenant, client, user, scopes, launch).

use super::session::{Renewal, Session, SessionKey};
use super::sign_in::open_shared;
use super::site::Site;
use super::trouble::Trouble;
use crate::http::Door;
use crate::record::Page;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OnceCell;

type Slot = Arc<OnceCell<Result<Arc<Session>, Trouble>>>;

/// Every shared session of a run.
#[derive(Default)]
pub struct Sessions {
    slots: Mutex<HashMap<SessionKey, Slot>>,
}

impl Sessions {
    /// The session for `key`, made by whoever asks first; its exchanges are cited on `page`.
    ///
    /// # Errors
    /// Why there is none; the same for all who ask.
    pub async fn get(&self, door: &Door, page: &Page, site: &Site, key: SessionKey) -> Result<Arc<Session>, Trouble> {
        let slot = {
            let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(slots.entry(key.clone()).or_default())
        };
        let made = slot.get_or_init(|| async {
            let session = open_shared(door, site, key).await?;
            Ok(Arc::new(Session { renewal: Some(Renewal::default()), ..session }))
        });
        let session = made.await.clone()?;
        page.cite(&session.exchanges);
        session.keep_alive(door, site).await?;
        Ok(session)
    }
}
