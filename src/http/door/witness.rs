//! What somebody else has asked and was answered, such as a browser: recorded like the rest, and sent by nobody here.

use super::{Call, Door, Raw, Timing, Utc};
use url::Url;

impl Door {
    /// Records that `url` was opened for `purpose`, and the status (0 where nobody knows it) and page that came, or why none did.
    pub fn witness(&self, url: Url, purpose: &str, came: Result<(u16, &str), &str>) -> u32 {
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
        });
        self.record(number, &call, Utc::now(), Timing::default(), &outcome);
        number
    }
}
