//! The authorization request: well formed by the `oauth2` crate, then changeable, so that an attack alters one thing only.

use super::discovery::Endpoints;
use super::login::{End, Jar};
use super::parameters;
use super::token::TokenRequest;
use super::trouble::Trouble;
use crate::target::Client;
use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, RedirectUrl, Scope};
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
    /// The redirect URI that it names, at which the answer is awaited.
    pub redirect_uri: Url,
    /// The redirect URI that is registered for the client.
    pub registered: Url,
    /// Whether the browser sends it as a form (SMART App Launch 2.0.0, `authorize-post`), not in the URL.
    pub posted: bool,
    /// The cookies of the browser that sends it.
    pub jar: Jar,
}

/// Why an authorization request cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The authorization endpoint cannot be used.
    #[error("the authorization endpoint is not a usable URL: {0}")]
    Endpoint(oauth2::url::ParseError),
    /// The redirect URI cannot be used.
    #[error("the redirect URI is not a usable URL: {0}")]
    Redirect(oauth2::url::ParseError),
}

impl From<AskError> for Trouble {
    fn from(why: AskError) -> Self {
        Self::NotConfigured(why.to_string())
    }
}

impl Ask {
    /// A correct request for `scopes` with PKCE S256, `state`, `nonce` and `aud` (SMART App Launch 2.0.0, App Launch).
    ///
    /// # Errors
    /// [`AskError`] when an endpoint is not usable as a URL of the flow.
    pub fn new(
        endpoints: &Endpoints,
        app: &Client,
        redirect_uri: &Url,
        scopes: &[String],
        aud: &Url,
        launch: Option<&str>,
    ) -> Result<Self, AskError> {
        let auth = AuthUrl::new(endpoints.authorize.to_string()).map_err(AskError::Endpoint)?;
        let redirect = RedirectUrl::new(redirect_uri.to_string()).map_err(AskError::Redirect)?;
        let client = BasicClient::new(ClientId::new(app.id.clone())).set_auth_uri(auth).set_redirect_uri(redirect);
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
        for (name, value) in &app.authorize {
            request = request.add_extra_param(name.as_str(), value.as_str());
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
            registered: redirect_uri.clone(),
            posted: false,
            jar: Jar::default(),
        })
    }

    /// Gives it values as long as those of real apps may be: a `state` of every character that RFC 6749 A.5 permits, a nonce
    /// of 512 characters, and the longest `code_verifier` (RFC 7636 4.1).
    pub fn lengthen(&mut self) {
        const LONG: usize = 512;
        let printable: String = (' '..='~').cycle().take(LONG - self.state.len()).collect();
        self.state.push_str(&printable);
        self.nonce = std::iter::repeat_n(self.nonce.as_str(), LONG).collect::<String>().chars().take(LONG).collect();
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256_len(96);
        self.verifier = verifier.secret().clone();
        let (state, nonce) = (self.state.clone(), self.nonce.clone());
        self.set("state", Some(&state));
        self.set("nonce", Some(&nonce));
        self.set("code_challenge", Some(challenge.as_str()));
    }

    /// Sets a parameter, or removes it.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        parameters::set(&mut self.parameters, name, value);
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        parameters::get(&self.parameters, name)
    }

    /// The request with which the client hands it in itself at `endpoint` (RFC 9126 2.1).
    ///
    /// # Errors
    /// [`Trouble::NotConfigured`] when the client's key cannot be used.
    pub fn pushed(&self, endpoints: &Endpoints, client: &Client, endpoint: &Url) -> Result<TokenRequest, Trouble> {
        let own = self.parameters.iter().filter(|(name, _)| name != "client_id");
        let grant: Vec<(&str, &str)> = own.map(|(name, value)| (&**name, &**value)).collect();
        let mut request = TokenRequest::new(endpoints, client, &grant)?;
        request.endpoint = endpoint.clone();
        // Who authenticates by the body has named the client there.
        if request.get("client_id").is_none() {
            request.set("client_id", Some(&client.id));
        }
        Ok(request)
    }

    /// Where its answer must come.
    pub fn end(&self) -> End {
        let (asked, registered) = (self.redirect_uri.clone(), self.registered.clone());
        End { asked, registered, state: Some(self.state.clone()).filter(|state| !state.is_empty()) }
    }

    /// Where the browser goes first, and the form that it sends there where the request is posted.
    pub(super) fn start(&self) -> (Url, Option<&[(String, String)]>) {
        if self.posted { (self.endpoint.clone(), Some(&self.parameters)) } else { (self.url(), None) }
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
