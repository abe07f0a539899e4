//! The cookies of a browser, which outlive a sign-in: who keeps them may come back with them.

use crate::http::Answer;
use cookie_store::CookieStore;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use url::Url;

/// The cookies of one browser; clones are of the same browser.
#[derive(Clone, Default)]
pub struct Jar(Arc<Mutex<CookieStore>>);

impl Jar {
    fn store(&self) -> MutexGuard<'_, CookieStore> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Another browser, with the cookies that this one has now.
    #[must_use]
    pub fn copied(&self) -> Self {
        Self(Arc::new(Mutex::new(self.store().clone())))
    }

    /// Whether it has no cookie at all.
    pub fn is_empty(&self) -> bool {
        self.store().iter_unexpired().next().is_none()
    }

    /// Keeps the cookies of an answer. One that the server may not set is ignored, as a browser would.
    pub(super) fn keep(&self, answer: &Answer, url: &Url) {
        for line in answer.headers("set-cookie") {
            let _ = self.store().parse(line, url);
        }
    }

    /// The `Cookie` header that a browser sends to `url`.
    pub(super) fn header(&self, url: &Url) -> Option<String> {
        joined(self.store().get_request_values(url))
    }

    /// All cookies for the host of `url`, whatever paths they are for: what somebody sends who is no browser.
    pub fn all_for(&self, url: &Url) -> Option<String> {
        let store = self.store();
        joined(
            store
                .iter_unexpired()
                .filter(|cookie| cookie.domain.matches(url))
                .map(|cookie| (cookie.name(), cookie.value())),
        )
    }
}

fn joined<'c>(pairs: impl Iterator<Item = (&'c str, &'c str)>) -> Option<String> {
    let all: Vec<String> = pairs.map(|(name, value)| format!("{name}={value}")).collect();
    (!all.is_empty()).then(|| all.join("; "))
}
