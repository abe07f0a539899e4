//! The end of a run: what it was granted is given back (RFC 7009 2.1), so that no grant of ours outlives it.

use super::discovery::Endpoints;
use super::site::Site;
use super::token::{TokenRequest, send};
use crate::http::Door;
use crate::record::{SetupRecord, SetupState};
use futures::StreamExt as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use url::Url;

/// A token that a client of ours was given, the one that the grant ends with.
#[derive(Clone, Debug)]
pub struct Given {
    /// The token endpoint that gave it.
    pub at: Url,
    /// The `client_id` of who asked.
    pub client: String,
    /// The refresh token, or the access token where there was none.
    pub token: String,
}

/// After so many refusals in a row the rest is not tried: the server takes nothing back.
const PATIENCE: usize = 5;

/// Gives these back at the tenants of the configuration, and notes what is left, if anything is.
pub async fn give_back(door: &Door, site: &Site, given: &[Given]) {
    let (returned, in_vain, tried) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let mut nowhere = 0;
    for site in [Some(site.clone()), site.second().ok()].into_iter().flatten() {
        let Ok(endpoints) = Endpoints::discover(door, &site).await else { continue };
        in_vain.store(0, Ordering::Relaxed);
        let own = given.iter().filter(|one| one.at == endpoints.token);
        let requests: Vec<TokenRequest> = own
            .filter_map(|one| {
                // Attacks ask as clients that nobody registered, too.
                let client = site.clients().find(|client| client.id == one.client)?;
                let Some(revoke) = &endpoints.revoke else {
                    nowhere += 1;
                    return None;
                };
                TokenRequest::about(&endpoints, client, revoke, &one.token).ok()
            })
            .collect();
        tried.fetch_add(requests.len(), Ordering::Relaxed);
        let at_once = site.target().limits.concurrency as usize;
        let give = async |request: &TokenRequest| {
            if in_vain.load(Ordering::Relaxed) >= PATIENCE {
                return;
            }
            let answer = send(door, request, "a grant of this run, given back at its end").await;
            if answer.is_ok_and(|answer| answer.is_success()) {
                returned.fetch_add(1, Ordering::Relaxed);
                in_vain.store(0, Ordering::Relaxed);
            } else {
                in_vain.fetch_add(1, Ordering::Relaxed);
            }
        };
        futures::stream::iter(&requests).map(give).buffer_unordered(at_once).collect::<Vec<()>>().await;
    }
    let (returned, tried) = (returned.into_inner(), tried.into_inner());
    let reason = match (nowhere, tried - returned) {
        (0, 0) => return,
        (0, left) => format!("{left} of {tried} grants of this run were not taken back"),
        (nowhere, _) => {
            format!("the server names no revocation endpoint, so {nowhere} grants of this run end by themselves")
        }
    };
    door.note(SetupRecord {
        id: "setup.grants".to_owned(),
        what: "the grants of this run are given back at its end".to_owned(),
        state: SetupState::Noted,
        reason: Some(reason),
        help: Some("end them where the server lets patients or operators do so".to_owned()),
        exchanges: Vec::new(),
        blocks: Vec::new(),
    });
}
