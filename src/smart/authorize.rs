//! The authorization request: well formed by the `oauth2` crate, then changeable, so that an attack alters one thing only.

use super::Endpoints;
use super::parameters;
use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, Scope};
use std::fmt;
use url::Url;

/// One authorization request and what belongs to it.
#[derive(Clone)]
pub struct Ask {
    /// Where it goes.
    pub endpoint: Url,
    /// Its parameters in order.
    pub parameters: Vec<(String, String)>,
    /// The `code_verifier` that belongs to its `code_challenge`.
    pub verifier: String,
    /// Its `state`.
    pub state: String,
    /// Its `nonce`.
    pub nonce: String,
    /// The redirect URI at which the answer is awaited.
    pub redirect_uri: Url,
}

impl Ask {
    /// A correct request for `scopes` with PKCE S256, `state`, `nonce` and `aud` (SMART App Launch 2.0.0, App Launch).
    ///
    /// # Errors
    /// A sentence when an endpoint is not usable as a URL of the flow.
    pub fn new(
        endpoints: &Endpoints,
        client_id: &str,
        redirect_uri: &Url,
        scopes: &[String],
        aud: &Url,
        launch: Option<&str>,
    ) -> Result<Self, String> {
        let auth = AuthUrl::new(endpoints.authorize.to_string()).map_err(|error| error.to_string())?;
        let redirect = RedirectUrl::new(redirect_uri.to_string()).map_err(|error| error.to_string())?;
        let client =
            BasicClient::new(ClientId::new(client_id.to_owned())).set_auth_uri(auth).set_redirect_uri(redirect);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let nonce = CsrfToken::new_random().secret().clone();
        let mut request = client
            .authorize_url(CsrfToken::new_random)
            .add_scopes(scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(challenge)
            .add_extra_param("aud", aud.as_str().trim_end_matches('/'))
            .add_extra_param("nonce", nonce.clone());
        if let Some(launch) = launch {
            request = request.add_extra_param("launch", launch);
        }
        let (url, state) = request.url();
        let mut endpoint = url.clone();
        endpoint.set_query(endpoints.authorize.query());
        let own = endpoints.authorize.query_pairs().count();
        Ok(Self {
            endpoint,
            parameters: url.query_pairs().skip(own).map(|(k, v)| (k.into_owned(), v.into_owned())).collect(),
            verifier: verifier.secret().clone(),
            state: state.secret().clone(),
            nonce,
            redirect_uri: redirect_uri.clone(),
        })
    }

    /// Sets a parameter, or removes it.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        parameters::set(&mut self.parameters, name, value);
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        parameters::get(&self.parameters, name)
    }

    /// The request as a URL.
    pub fn url(&self) -> Url {
        let mut url = self.endpoint.clone();
        url.query_pairs_mut().extend_pairs(&self.parameters);
        url
    }
}

/// A `code_verifier` that belongs to no request.
pub fn random_verifier() -> String {
    PkceCodeChallenge::new_random_sha256().1.secret().clone()
}

/// Where the browser ended after an authorization request.
#[derive(Clone)]
pub enum Landing {
    /// At the app: the redirect carried these parameters.
    App {
        /// The whole URL, secrets included.
        url: Url,
        /// The parameters of its query or fragment, or of a form post.
        parameters: Vec<(String, String)>,
        /// The exchange that redirected.
        number: u32,
    },
    /// On a page of the server that is no form we know.
    Page {
        /// Its HTTP status.
        status: u16,
        /// The exchange that showed it.
        number: u32,
        /// Why the driver stopped there.
        why: String,
    },
}

impl Landing {
    /// A parameter that came back to the app.
    pub fn get(&self, name: &str) -> Option<&str> {
        match self {
            Self::App { parameters, .. } => {
                parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
            }
            Self::Page { .. } => None,
        }
    }

    /// The exchange that ended there.
    pub fn number(&self) -> u32 {
        match self {
            Self::App { number, .. } | Self::Page { number, .. } => *number,
        }
    }
}

/// What may be said of it in a report.
impl fmt::Display for Landing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::App { parameters, .. } => {
                let names: Vec<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
                match self.get("error") {
                    Some(error) => write!(f, "a redirect to the app with error `{error}`"),
                    None if names.is_empty() => write!(f, "a redirect to the app without parameters"),
                    None => write!(f, "a redirect to the app with {}", names.join(", ")),
                }
            }
            Self::Page { status, why, .. } => write!(f, "a page of the server (status {status}): {why}"),
        }
    }
}
