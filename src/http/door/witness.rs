//! What somebody else has asked and was answered, such as a browser: recorded like the rest, and sent by nobody here.

use super::{Bodies, Call, Door, Raw, Timing, Utc};
use url::Url;

impl Door {
    /// Records that `url` was opened for `purpose`, and the status (0 where nobody knows it) and page that came, or why none did.
    pub fn witness(&self, url: Url, purpose: &str, came: Result<(u16, &str), &str>) -> u32 {
        let outcome = came.map_err(str::to_owned).map(|(status, page)| Self::raw(status, page, None));
        self.noted(url, purpose, outcome)
    }

    /// What is kept of bodies.
    pub fn bodies(&self) -> Bodies {
        self.inner.bodies
    }

    /// Whether a text holds a credential, however it is encoded.
    pub fn names_a_secret(&self, text: &str) -> bool {
        !self.inner.redactor.credentials_in(text).is_empty()
    }

    /// Records a page that was opened, and a picture of it (PNG in base64).
    pub fn witness_seen(&self, url: Url, purpose: &str, came: (u16, &str), picture: Option<String>) -> u32 {
        self.noted(url, purpose, Ok(Self::raw(came.0, came.1, picture)))
    }

    fn raw(status: u16, page: &str, picture: Option<String>) -> Raw {
        Raw {
            status,
            version: "in a browser".to_owned(),
            headers: vec![("content-type".to_owned(), "text/html".to_owned())],
            tls: None,
            certificate: None,
            miscoded: None,
            body: page.as_bytes().to_vec(),
            picture,
        }
    }

    fn noted(&self, url: Url, purpose: &str, outcome: Result<Raw, String>) -> u32 {
        let call = Call::get(url, purpose).oauth();
        self.learn(&call);
        let number = self.inner.ledger.next_number();
        self.record(number, &call, Utc::now(), Timing::default(), &outcome);
        number
    }
}
