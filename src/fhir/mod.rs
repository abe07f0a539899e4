//! FHIR REST as a client: requests with a session's token, Bundles, and references.

mod bundle;
mod search;
pub mod terminology;

pub use bundle::{Bundle, any_reference, references};
pub use search::{End, Pages, Pairs, path, reference_to, search, search_by_post};

use crate::http::{Answer, Call, Door, NoAnswer};
use crate::smart::{Session, Site};
use url::Url;

/// The media type of FHIR JSON.
pub const JSON: &str = "application/fhir+json";

/// A GET of `url` with `token`, asking for FHIR JSON.
pub fn get(url: Url, token: Option<&str>, purpose: &str) -> Call {
    Call::get(url, purpose).header("accept", JSON).bearer(token)
}

/// The CapabilityStatement, asked for once per run.
///
/// # Errors
/// [`NoAnswer`] when no answer came.
pub async fn capability(door: &Door, site: &Site) -> Result<Answer, NoAnswer> {
    let call = Call::get(site.fhir("metadata"), "CapabilityStatement").header("accept", JSON).public();
    door.shared("public", call).await
}

/// A GET below the FHIR base with the session's token; the answer is shared by all who ask the same.
///
/// # Errors
/// [`NoAnswer`] when no answer came.
pub async fn read(door: &Door, site: &Site, session: &Session, path: &str, purpose: &str) -> Result<Answer, NoAnswer> {
    page(door, site, session, site.fhir(path), purpose).await
}

/// The same for a whole URL of this server.
async fn page(door: &Door, site: &Site, session: &Session, url: Url, purpose: &str) -> Result<Answer, NoAnswer> {
    door.shared_by(&session.label(), get(url, None, purpose), |call| session.send(door, site, call)).await
}
