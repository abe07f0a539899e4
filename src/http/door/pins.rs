//! The keys of a target whose certificates only the configuration vouches for: a browser knows nothing of `tls.extra_ca`.

use super::Door;
use crate::http::Call;

impl Door {
    /// The keys of the certificates at the origins of the configuration, each as [`Certificate::pin`](crate::http::Certificate).
    /// Every certificate was verified by the authorities of the configuration, for its name and now. Empty where the system's
    /// authorities are all that is trusted.
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
