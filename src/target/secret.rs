//! Secrets, and the named values they come from.

use super::{ClientAuth, Target};
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

/// A text that must not be seen: no `Display`, no serialisation, wiped from memory when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the request that needs it and for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Target {
    /// Every secret of the configuration with the kind it is known by, for the registry of what is never written down.
    pub fn secrets(&self) -> Vec<(&'static str, &str)> {
        let other = self.other_tenant.as_ref();
        let clients = self.clients.values().chain(other.into_iter().flat_map(|o| o.clients.values()));
        let users = self.users.values().chain(other.into_iter().flat_map(|o| o.users.values()));
        let mut all = Vec::new();
        for client in clients {
            match &client.auth {
                ClientAuth::Public | ClientAuth::Certificate => {}
                ClientAuth::Secret { secret, .. } => all.push(("client_secret", secret.expose())),
                ClientAuth::PrivateKey { key, .. } => all.push(("private_key", key.expose())),
            }
        }
        all.extend(self.tls.client.as_ref().map(|(_, key)| ("private_key", key.expose())));
        for user in users {
            all.extend(user.password.as_ref().map(|password| ("password", password.expose())));
            all.extend(user.totp.as_ref().map(|totp| ("totp", totp.expose())));
            if let Some(tokens) = &user.tokens {
                all.push(("access_token", tokens.access_token.expose()));
                all.extend(tokens.refresh_token.as_ref().map(|token| ("refresh_token", token.expose())));
            }
        }
        all
    }
}

/// Named values: an overlay over the environment variables of the process.
///
/// The embedded tenant hands its secrets over this way, so that they need not enter the environment.
#[derive(Clone, Default)]
pub struct Values {
    overlay: BTreeMap<String, String>,
}

impl Values {
    /// Values that are looked up in `overlay` first.
    pub fn new(overlay: BTreeMap<String, String>) -> Self {
        Self { overlay }
    }

    /// The value called `name`, unless it is absent or not Unicode.
    pub fn get(&self, name: &str) -> Option<String> {
        self.overlay.get(name).cloned().or_else(|| std::env::var(name).ok())
    }
}

impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.overlay.keys()).finish()
    }
}
