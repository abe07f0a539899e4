//! What the target is spared: requests per second, requests at once, and how long we wait when it says "later".

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The gate before every request.
pub(super) struct Gate {
    rate: Option<DefaultDirectRateLimiter>,
    slots: Semaphore,
}

impl Gate {
    /// `per_second` 0 means no rate limit; `at_once` is at least 1.
    pub(super) fn new(per_second: u32, at_once: usize) -> Self {
        let rate = NonZeroU32::new(per_second).map(|n| RateLimiter::direct(Quota::per_second(n)));
        Self { rate, slots: Semaphore::new(at_once.max(1)) }
    }

    /// Waits for a slot; it is free again when the permit is dropped.
    pub(super) async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        let permit = self.slots.acquire().await.ok();
        if let Some(rate) = &self.rate {
            rate.until_ready().await;
        }
        permit
    }
}

/// How long `Retry-After` (seconds or an HTTP date) asks us to wait.
pub(super) fn retry_after(value: &str, now: chrono::DateTime<chrono::Utc>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = chrono::DateTime::parse_from_rfc2822(value).ok()?;
    (date.with_timezone(&chrono::Utc) - now).to_std().ok().or(Some(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now = chrono::DateTime::parse_from_rfc2822("Sun, 06 Nov 1994 08:49:37 GMT").unwrap().into();
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:40 GMT", now), Some(Duration::from_secs(3)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }
}
