//! Where requests may go: secrets to the origins that the configuration names, and nothing into private networks on the word of a
//! public server.

use super::call::Call;
use super::redact::Redactor;
use crate::target::Target;
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use url::{Host, Origin, Url};

/// Requests to origins that the configuration does not name, over all of these together: enough to see what references
/// lead to, and too few to be of use to a server that makes us call others.
const ELSEWHERE: usize = 100;

/// The bounds of one target.
pub(super) struct Bounds {
    origins: HashSet<Origin>,
    target: String,
    /// Whether the target itself is in a private network, so that its references may lead there too.
    private: bool,
    elsewhere: AtomicUsize,
    /// Requests that may be sent, and those that were.
    budget: AtomicUsize,
    sent: AtomicUsize,
}

impl Bounds {
    pub(super) fn of(target: &Target) -> Self {
        let origins = target.origins().into_iter().collect();
        let private = target.fhir_base.host().is_some_and(|host| is_private_name(&host));
        let budget = AtomicUsize::new(target.limits.requests as usize);
        Self {
            origins,
            target: target.name.clone(),
            private,
            elsewhere: AtomicUsize::new(0),
            budget,
            sent: AtomicUsize::new(0),
        }
    }

    /// Whether secrets may be sent there.
    pub(super) fn may_receive(&self, url: &Url) -> bool {
        self.origins.contains(&url.origin())
    }

    /// Whether a request may be sent.
    ///
    /// # Errors
    /// Why not, with the next step.
    pub(super) fn check(&self, call: &Call, redactor: &Redactor) -> Result<(), String> {
        let budget = self.budget.load(Ordering::Relaxed);
        if self.sent.fetch_add(1, Ordering::Relaxed) >= budget {
            return Err(format!("not sent: the budget of {budget} requests is spent (limits.requests)"));
        }
        if self.may_receive(&call.url) {
            return Ok(());
        }
        let origin = call.url.origin().ascii_serialization();
        let carried = carried(call, redactor);
        if !carried.is_empty() {
            return Err(format!(
                "not sent: it would give {} to {origin}, which the configuration does not name; if that is right, add \
                 \"{origin}\" to allow_origins in [targets.{}]",
                carried.join(", "),
                self.target
            ));
        }
        if !self.private && call.url.host().is_some_and(|host| is_private_name(&host)) {
            return Err(format!("not sent: {origin} is a private address, and the target is a public server"));
        }
        if self.elsewhere.fetch_add(1, Ordering::Relaxed) >= ELSEWHERE {
            return Err(format!("not sent: more than {ELSEWHERE} requests to other origins"));
        }
        Ok(())
    }

    /// No budget from now on.
    pub(super) fn lift_budget(&self) {
        self.budget.store(usize::MAX, Ordering::Relaxed);
    }

    /// Resolves names, and hides private addresses behind names of a public target's world.
    pub(super) fn resolver(&self) -> Arc<Resolver> {
        let named = self.origins.iter().filter_map(|origin| match origin {
            Origin::Tuple(_, Host::Domain(name), _) => Some(name.clone()),
            _ => None,
        });
        Arc::new(Resolver { named: named.collect(), private: self.private })
    }
}

/// What a request carries that is for the target alone.
fn carried(call: &Call, redactor: &Redactor) -> Vec<String> {
    let mut kinds = redactor.credentials_in(call.url.as_str());
    if let Some(body) = call.body.as_deref() {
        kinds.extend(redactor.credentials_in(&String::from_utf8_lossy(body)));
    }
    for (name, value) in &call.headers {
        if name == "authorization" || name == "proxy-authorization" {
            kinds.insert("credentials of a client or user".to_owned());
        } else {
            kinds.extend(redactor.credentials_in(value));
        }
    }
    kinds.into_iter().map(|kind| kind.replace('_', " ")).collect()
}

/// A host that is private by its address or by its name.
fn is_private_name(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => is_private(IpAddr::V4(*address)),
        Host::Ipv6(address) => is_private(IpAddr::V6(*address)),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name.eq_ignore_ascii_case("localhost") || name.ends_with(".localhost") || name.ends_with(".internal")
        }
    }
}

/// Loopback, link-local (which has the metadata services of clouds), private and unspecified addresses.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(|| is_private_v6(v6), is_private_v4),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let shared = address.octets()[0] == 100 && (64..128).contains(&address.octets()[1]);
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_broadcast()
        || shared
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    address.is_loopback() || address.is_unspecified() || address.is_unique_local() || address.is_unicast_link_local()
}

/// The resolver of the door's client.
pub(super) struct Resolver {
    named: HashSet<String>,
    private: bool,
}

impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let host = name.as_str().to_owned();
        let open = self.private || self.named.contains(&host);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host, 0)).await?.collect();
            let (private, public): (Vec<SocketAddr>, Vec<SocketAddr>) =
                found.into_iter().partition(|address| is_private(address.ip()));
            if !open && public.is_empty() && !private.is_empty() {
                return Err("it leads to a private address, and the target is a public server".into());
            }
            let addresses: Vec<SocketAddr> = if open { private.into_iter().chain(public).collect() } else { public };
            Ok(Box::new(addresses.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_in_every_form() {
        for address in
            ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.9", "172.20.0.1", "100.64.0.1", "0.0.0.0"]
        {
            assert!(is_private(address.parse().unwrap()), "{address}");
            assert!(is_private(format!("::ffff:{address}").parse().unwrap()), "mapped {address}");
        }
        for address in ["::1", "fe80::1", "fd00::1"] {
            assert!(is_private(address.parse().unwrap()), "{address}");
        }
        for address in ["93.184.216.34", "172.32.0.1", "100.128.0.1", "2606:2800::1"] {
            assert!(!is_private(address.parse().unwrap()), "{address}");
        }
    }
}
