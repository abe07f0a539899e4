//! TLS handshakes that offer one version, as what they are: connections to the target, counted and recorded like the rest.

use super::Door;
use crate::http::handshake::{Handshake, Hello, offer};
use std::time::Duration;
use url::Url;

/// A handshake is one round: who has not answered by then does not.
const PATIENCE: Duration = Duration::from_secs(10);

impl Door {
    /// Offers a handshake at the origin of `url`, and tells what became of it and the number of the exchange that records it. Nobody is connected to
    /// but the origins of the configuration.
    pub async fn offer(&self, url: &Url, hello: Hello) -> (Handshake, u32) {
        let handshake = match (url.host_str(), url.port_or_known_default()) {
            (Some(host), Some(port)) if self.may_receive(url) => {
                let _permit = self.inner.gate.enter().await;
                offer(host, port, hello, PATIENCE).await
            }
            _ => Handshake::NoAnswer("not an origin of the configuration; see allow_origins".to_owned()),
        };
        let mut place = url.clone();
        place.set_path("/");
        place.set_query(None);
        let number = self.witness(place, &format!("a handshake that offers {hello}"), Err(&handshake.to_string()));
        (handshake, number)
    }
}
