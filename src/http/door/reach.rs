//! Where a door leads: to which origins, how often, and whom a browser may believe there.

use super::Door;
use crate::http::Call;
use crate::target::Target;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::Url;
use x509_parser::pem::Pem;

/// What `tls.extra_ca` vouches for.
#[derive(Default)]
pub(super) struct Vouched {
    /// The encrypted origins of the configuration.
    origins: Vec<Url>,
    /// The certificates of the authorities, as DER in base64.
    authorities: Vec<String>,
}

/// What a browser must be told of `tls.extra_ca`, of which it knows nothing. Empty where there is none.
#[derive(Debug, Default)]
pub struct Trust {
    /// The keys of the certificates at the origins of the configuration. Each certificate was verified by those authorities, for its
    /// name and now.
    pub pins: Vec<String>,
    /// The certificates of the authorities, as DER in base64.
    pub authorities: Vec<String>,
}

impl Vouched {
    pub(super) fn of(target: &Target) -> Self {
        let Some(extra) = &target.tls.extra_ca else { return Self::default() };
        let certificates = Pem::iter_from_buffer(&extra.pem).filter_map(Result::ok);
        let certificates = certificates.filter(|pem| pem.label == "CERTIFICATE");
        Self {
            origins: target.encrypted(),
            authorities: certificates.map(|pem| STANDARD.encode(pem.contents)).collect(),
        }
    }
}

impl Door {
    /// From now on requests are sent beyond the budget too.
    pub fn lift_budget(&self) {
        self.inner.bounds.lift_budget();
    }

    /// Whether secrets of the target may be sent to the origin of `url`.
    pub fn may_receive(&self, url: &Url) -> bool {
        self.inner.bounds.may_receive(url)
    }

    /// What a browser must be told of `tls.extra_ca`.
    pub async fn trust(&self) -> Trust {
        let vouched = &self.inner.vouched;
        let mut pins = Vec::new();
        for url in vouched.origins.clone() {
            let call = Call::get(url, "a request that looks at the certificate, for a browser").public();
            // What is not verified is not trusted: the browser says why it stays away.
            let shown = self.shared("public", call).await.ok().and_then(|answer| answer.certificate());
            pins.extend(shown.map(|own| own.pin));
        }
        Trust { pins, authorities: vouched.authorities.clone() }
    }
}
