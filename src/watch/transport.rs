//! Transport: nothing leads from an encrypted server to a plain one.

use super::sight::directives;
use super::{Breach, Sight, Watcher};
use serde_json::Value;
use url::Url;

/// SMART App Launch 2.0.0: all exchanges of sensitive data are encrypted.
pub(super) const PLAIN_LINKS: Watcher = Watcher {
    words: "leads to a plain connection of the same server",
    looks_at: "answers with links or redirects",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        if !sight.place.is_encrypted() {
            return None;
        }
        let mut urls: Vec<(&str, String)> = Vec::new();
        let leads_to_app = |to: &str| sight.call.is_oauth() && Url::parse(to).is_ok_and(|to| is_on_this_machine(&to));
        let location = sight.answer.header("location").filter(|to| !leads_to_app(to));
        urls.extend(location.map(|value| ("Location", value.to_owned())));
        if let Some(body) = sight.json() {
            links(sight, body, &mut |place, url| urls.push((place, url.to_owned())));
        }
        let plain = urls.iter().filter(|(_, url)| is_plain(sight, url));
        let mut breaches: Vec<Breach> = plain.map(|(place, _)| Breach::of(format!("{place} has http"))).collect();
        breaches.dedup();
        (!urls.is_empty()).then_some(breaches)
    },
};

/// Whether an address names a host of the server without TLS.
fn is_plain(sight: &Sight<'_>, url: &str) -> bool {
    let own = [sight.place.base.host_str(), sight.answer.url().host_str()];
    Url::parse(url).is_ok_and(|url| url.scheme() == "http" && own.contains(&url.host_str()))
}

/// Whether an address is one of this machine, where the app is that a sign-in ends at.
fn is_on_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => true,
    }
}

/// What a server writes as the address of something of its own.
fn links(sight: &Sight<'_>, body: &Value, found: &mut impl FnMut(&'static str, &str)) {
    if body["resourceType"] == "Bundle" {
        for link in body["link"].as_array().into_iter().flatten() {
            link["url"].as_str().into_iter().for_each(|url| found("Bundle.link", url));
        }
        for entry in body["entry"].as_array().into_iter().flatten() {
            entry["fullUrl"].as_str().into_iter().for_each(|url| found("Bundle.entry.fullUrl", url));
        }
    } else if sight.answer.url().path().contains("/.well-known/") {
        // A document of discovery: every member that is an address.
        let members = body.as_object().into_iter().flatten();
        members.filter_map(|(_, value)| value.as_str()).for_each(|url| found("a discovery document", url));
    }
}

/// RFC 9700 2.6; RFC 8252 7.3: only the redirect to an app on the same machine may be plain.
pub(super) const PLAIN_REDIRECTS: Watcher = Watcher {
    words: "is a redirect of the sign-in to a plain connection",
    looks_at: "redirects of the authorization server",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        if !sight.place.is_encrypted() || !sight.call.is_oauth() || !(300..400).contains(&sight.answer.status()) {
            return None;
        }
        let to = sight.answer.url().join(sight.answer.header("location")?).ok()?;
        let plain = to.scheme() == "http" && !is_on_this_machine(&to);
        let breach = || Breach::of(format!("{} redirects to http", sight.asked()));
        Some(plain.then(breach).into_iter().collect())
    },
};

/// RFC 6797 7.1.
pub(super) const STRICT_TRANSPORT: Watcher = Watcher {
    words: "is a page without Strict-Transport-Security",
    looks_at: "pages of the authorization server",
    needs_sign_in: false,
    least: 1,
    look: |sight| {
        if !sight.place.is_encrypted() || !sight.is_page() {
            return None;
        }
        let ages = sight.answer.headers("strict-transport-security").flat_map(directives);
        let lasts =
            ages.filter(|(name, _)| name == "max-age").any(|(_, age)| age.parse::<u64>().is_ok_and(|age| age > 0));
        Some(if lasts { Vec::new() } else { vec![Breach::mild("Strict-Transport-Security is missing")] })
    },
};
