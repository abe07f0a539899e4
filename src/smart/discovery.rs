//! Where the authorization server is: `.well-known/smart-configuration` (SMART App Launch 2.0.0, Conformance).

use super::site::Site;
use super::trouble::Trouble;
use crate::http::{Answer, Call, Door, NoAnswer};
use serde_json::Value;
use url::Url;

/// The endpoints an app needs, resolved against the FHIR base when the document gives them relative.
#[derive(Clone, Debug)]
pub struct Endpoints {
    /// `authorization_endpoint`
    pub authorize: Url,
    /// `token_endpoint`
    pub token: Url,
    /// `introspection_endpoint`
    pub introspect: Option<Url>,
    /// `revocation_endpoint`
    pub revoke: Option<Url>,
    /// `jwks_uri`
    pub jwks: Option<Url>,
    /// `issuer`
    pub issuer: Option<String>,
    /// The whole document; null when the endpoints come from the configuration alone.
    pub document: Value,
    /// How many seconds the server's clock is ahead of this machine's.
    pub clock_ahead: i64,
}

impl Endpoints {
    /// Asks for the SMART configuration as any app would, once per run.
    ///
    /// # Errors
    /// [`NoAnswer`] when no answer came.
    pub async fn ask(door: &Door, site: &Site) -> Result<Answer, NoAnswer> {
        let url = site.fhir(".well-known/smart-configuration");
        let call = Call::get(url, format!("SMART configuration of the {}", site.label()));
        door.shared("public", call.header("accept", "application/json").public()).await
    }

    /// The endpoints of `site`: discovered, unless the configuration names them.
    ///
    /// # Errors
    /// [`Trouble`] when the document cannot be had or lacks an endpoint.
    pub async fn discover(door: &Door, site: &Site) -> Result<Self, Trouble> {
        let (authorize, token) = site.configured_endpoints();
        let answer = Self::ask(door, site).await;
        let document = match &answer {
            Ok(answer) if answer.is_success() => answer.json().unwrap_or(Value::Null),
            _ => Value::Null,
        };
        let find = |member: &str| -> Option<Url> {
            let text = document.get(member)?.as_str()?;
            Url::parse(text).ok().or_else(|| site.fhir("").join(text).ok())
        };
        let missing = |member: &str| -> Trouble {
            match &answer {
                Err(none) => Trouble::NoAnswer(none.clone()),
                Ok(answer) if answer.is_success() => {
                    Trouble::NoEndpoint(format!("the SMART configuration names no usable {member}"))
                }
                Ok(answer) => Trouble::NoEndpoint(format!(
                    "the SMART configuration answers {}, and the configuration names no {member}",
                    answer.status()
                )),
            }
        };
        Ok(Self {
            authorize: authorize
                .or_else(|| find("authorization_endpoint"))
                .ok_or_else(|| missing("authorization_endpoint"))?,
            token: token.or_else(|| find("token_endpoint")).ok_or_else(|| missing("token_endpoint"))?,
            introspect: find("introspection_endpoint"),
            revoke: find("revocation_endpoint"),
            jwks: find("jwks_uri"),
            issuer: document.get("issuer").and_then(Value::as_str).map(str::to_owned),
            document,
            clock_ahead: door.clock_ahead(),
        })
    }
}
