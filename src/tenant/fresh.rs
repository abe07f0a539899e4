//! What the server makes for one holder alone: codes and refresh tokens, and how long an access token lives.

use super::fault::Faults;
use super::state::{Client, Lifetime, Tenant, random};
use super::token::known_client;
use std::sync::atomic::{AtomicU32, Ordering};

/// What a defect counts instead of rolling the dice.
static COUNT: AtomicU32 = AtomicU32::new(70_001);

fn counted(name: &str) -> String {
    format!("{name}-{:08}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// An authorization code.
pub(super) fn code(faults: &Faults) -> String {
    if faults.on("code.guessable") { counted("harbor-code") } else { random() }
}

/// A refresh token.
pub(super) fn refresh_token(faults: &Faults) -> String {
    if faults.on("refresh.guessable") { counted("harbor-refresh") } else { random() }
}

/// How many seconds an access token of the client lives.
pub(super) fn lifetime(tenant: &Tenant, caller: &Client, faults: &Faults) -> i64 {
    let own = caller.lifetime.seconds(tenant.book().unused());
    match caller.lifetime {
        _ if faults.on("token.lives-a-day") && known_client(caller) => own.max(86_400),
        Lifetime::Short if faults.on("token.ends-early") => own.max(4),
        _ => own,
    }
}
