//! Where a door leads: to which origins, how often, and whose keys a browser may believe there.

use super::Door;
use crate::http::Call;
use url::Url;

impl Door {
    /// From now on requests are sent beyond the budget too.
    pub fn lift_budget(&self) {
        self.inner.bounds.lift_budget();
    }

    /// Whether secrets of the target may be sent to the origin of `url`.
    pub fn may_receive(&self, url: &Url) -> bool {
        self.inner.bounds.may_receive(url)
    }

    /// The keys of the certificates at the origins of the configuration, for a browser, which knows nothing of `tls.extra_ca`. Each
    /// certificate was verified by those authorities, for its name and now. Empty where the system's authorities are all that is
    /// trusted.
    pub async fn pins(&self) -> Vec<String> {
        let mut pins = Vec::new();
        for url in self.inner.vouched.clone() {
            let call = Call::get(url, "a request that looks at the certificate, for a browser").public();
            // What is not verified is not trusted: the browser says why it stays away.
            let shown = self.shared("public", call).await.ok().and_then(|answer| answer.certificate());
            pins.extend(shown.map(|own| own.pin));
        }
        pins
    }
}
