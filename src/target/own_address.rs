//! The address of the app's own that a target may be lured to call (`own_address`).

use super::error::ConfigError;
use super::keys;
use super::section::{Section, Use};
use std::net::SocketAddr;
use url::Url;

/// An address of the app's own, as the target reaches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnAddress {
    /// Where this machine listens.
    pub listen: SocketAddr,
    /// How the target calls it; by default the place where this machine listens.
    pub url: Option<Url>,
}

/// What the configuration says of it; for a target that is `near`, on loopback alone, any free port there.
pub(super) fn own_address(section: &Section<'_>, near: bool) -> Result<Option<OwnAddress>, ConfigError> {
    let Some(own) = section.section("own_address", keys::OWN_ADDRESS)? else {
        return Ok(near.then_some(OwnAddress { listen: SocketAddr::from(([127, 0, 0, 1], 0)), url: None }));
    };
    let url = own.url("url", Use::Own)?;
    let Some((text, entry)) = own.text("listen")?.zip(own.entry("listen")) else {
        return Err(own.missing("listen", "add the address and port to listen on, such as `listen = \"0.0.0.0:8455\"`"));
    };
    let listen = text.parse().map_err(|_| {
        let title = format!("`{}` is no address with a port", own.name("listen"));
        entry.node.at.error(title, "not an IP address and a port", "write it as in \"0.0.0.0:8455\"")
    })?;
    Ok(Some(OwnAddress { listen, url }))
}
