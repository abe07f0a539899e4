//! What somebody else has asked and was answered, such as a browser: recorded like the rest, and sent by nobody here.

use super::{Bodies, Call, Door, Raw, Timing, Utc};
use url::Url;

impl Door {
    /// Records that `url` was opened for `purpose`, and the status (0 where nobody knows it) and page that came, or why none did.
    pub fn witness(&self, url: Url, purpose: &str, came: Result<(u16, &str), &str>) -> u32 {
        self.witness_pictured(url, purpose, came, None)
    }

    /// The same, with a picture of the page (PNG in base64).
    pub fn witness_pictured(
        &self,
        url: Url,
        purpose: &str,
        came: Result<(u16, &str), &str>,
        picture: Option<String>,
    ) -> u32 {
        let call = Call::get(url, purpose).oauth();
        self.learn(&call);
        let number = self.inner.ledger.next_number();
        let outcome = came.map_err(str::to_owned).map(|(status, page)| Raw {
            status,
            version: "in a browser".to_owned(),
            headers: vec![("content-type".to_owned(), "text/html".to_owned())],
            tls: None,
            certificate: None,
            miscoded: None,
            body: page.as_bytes().to_vec(),
            picture,
        });
        self.record(number, &call, Utc::now(), Timing::default(), &outcome);
        number
    }

    /// What is kept of bodies.
    pub fn bodies(&self) -> Bodies {
        self.inner.bodies
    }

    /// Whether a text holds a credential, however it is encoded.
    pub fn names_a_secret(&self, text: &str) -> bool {
        !self.inner.redactor.credentials_in(text).is_empty()
    }
}
