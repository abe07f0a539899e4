//! Two clocks: how far the server's is from this machine's, by the Date of its first answer (RFC 9110 6.6.1).

use super::answer::Answer;
use crate::record::{SetupRecord, SetupState};
use chrono::{DateTime, Utc};
use std::sync::OnceLock;
use std::time::Duration;

/// Clocks that are no further apart agree: Date has no fractions of a second, and an answer takes its time.
const NEAR: i64 = 10;

/// A Date that is further away is no clock that anybody lives by, but a header that is wrong.
const FAR: i64 = 86_400;

/// What is known of the server's clock.
#[derive(Default)]
pub(super) struct Clock(OnceLock<i64>);

impl Clock {
    /// How many seconds the server's clock is ahead of this machine's; 0 if they agree or nobody knows.
    pub(super) fn ahead(&self) -> i64 {
        self.0.get().copied().filter(|ahead| ahead.abs() < FAR).unwrap_or_default()
    }

    /// Compares the clocks once, by the first answer with a Date. What is to be told if they differ.
    pub(super) fn compare(&self, answer: &Answer, sent: DateTime<Utc>, took: Duration) -> Option<SetupRecord> {
        if self.0.get().is_some() {
            return None;
        }
        let date = DateTime::parse_from_rfc2822(answer.header("date")?).ok()?.to_utc();
        let came = sent + took;
        let ahead = match (date - came, date - sent) {
            (ahead, _) if ahead.num_seconds() > NEAR => ahead.num_seconds(),
            (_, behind) if behind.num_seconds() < -NEAR => behind.num_seconds(),
            _ => 0,
        };
        self.0.set(ahead).ok()?;
        let which = if ahead > 0 { "ahead of" } else { "behind" };
        (ahead != 0).then(|| SetupRecord {
            id: "setup.clock".to_owned(),
            what: "the server's clock differs from this machine's".to_owned(),
            state: SetupState::Noted,
            reason: Some(format!("its Date is {} s {which} this machine's clock", ahead.unsigned_abs())),
            help: Some("set the clock that is wrong; until then, times are judged by either clock".to_owned()),
            exchanges: vec![answer.number()],
            blocks: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(date: &str) -> (i64, Option<String>) {
        let sent = "2026-03-02T09:14:00Z".parse().unwrap();
        let url = "https://fhir.example.org/metadata".parse().unwrap();
        let answer = Answer::new(3, url, 200, vec![("date".to_owned(), date.to_owned())], Vec::new());
        let clock = Clock::default();
        let told = clock.compare(&answer, sent, Duration::from_secs(2));
        assert!(clock.compare(&answer, sent, Duration::from_secs(2)).is_none(), "it is told once");
        (clock.ahead(), told.and_then(|told| told.reason))
    }

    #[test]
    fn clocks_that_are_near_agree() {
        for date in ["Mon, 02 Mar 2026 09:13:50 GMT", "Mon, 02 Mar 2026 09:14:12 GMT", "yesterday", ""] {
            assert_eq!(told(date), (0, None), "{date}");
        }
    }

    #[test]
    fn clocks_that_differ_are_told() {
        let (ahead, why) = told("Mon, 02 Mar 2026 09:24:02 GMT");
        assert_eq!((ahead, why.as_deref()), (600, Some("its Date is 600 s ahead of this machine's clock")));
        let (ahead, why) = told("Sun, 29 Nov 2020 01:00:00 GMT");
        assert!(ahead == 0 && why.is_some(), "a Date years ago is told, and no clock to go by");
    }
}
