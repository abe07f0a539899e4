//! The HTTP client of a target: what it trusts, what it shows of itself, and through what it goes.

use super::bounds::Bounds;
use super::coding;
use super::error::DoorError;
use crate::target::Target;

/// A client that follows nothing.
///
/// # Errors
/// When the TLS configuration cannot be used.
pub(super) fn of(target: &Target, bounds: &Bounds, run: Option<&str>) -> Result<reqwest::Client, DoorError> {
    const PRODUCT: &str = concat!("probity/", env!("CARGO_PKG_VERSION"));
    let agent = run.map_or_else(|| PRODUCT.to_owned(), |run| format!("{PRODUCT} (run {})", plain(run)));
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(agent)
        .connect_timeout(target.limits.connect_timeout)
        .timeout(target.limits.timeout)
        .referer(false)
        .default_headers(coding::accepted())
        // One request is one exchange on a connection that is seen; what else is in the tree may bring HTTP/2 with it.
        .http1_only()
        .tls_info(true);
    if let Some(extra) = &target.tls.extra_ca {
        for certificate in reqwest::Certificate::from_pem_bundle(&extra.pem)
            .map_err(|why| DoorError::NoCertificate { from: extra.from.clone(), why: why.to_string() })?
        {
            builder = builder.add_root_certificate(certificate);
        }
    }
    if let Some((path, key)) = &target.tls.client {
        let mut pem = std::fs::read(path).map_err(|why| DoorError::Unread { path: path.clone(), why })?;
        pem.push(b'\n');
        pem.extend_from_slice(key.expose().as_bytes());
        // What the reader says may quote the key.
        let identity = reqwest::Identity::from_pem(&pem).map_err(|_| DoorError::NoIdentity { path: path.clone() })?;
        builder = builder.identity(identity);
    }
    if let Some(proxy) = &target.proxy {
        let through = reqwest::Proxy::all(proxy.as_str()).map_err(|why| DoorError::Tls(why.to_string()))?;
        builder = builder.proxy(through);
    }
    builder.dns_resolver(bounds.resolver()).build().map_err(|why| DoorError::Tls(why.to_string()))
}

/// The letters, digits and dashes of an id: it stands in a header.
fn plain(id: &str) -> String {
    id.chars().filter(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.')).collect()
}
