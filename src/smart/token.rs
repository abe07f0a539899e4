//! The token endpoint: the correct exchange by the `oauth2` crate over our door, and the raw one that attacks alter.

use super::assertion;
use super::authorize::Ask;
use super::discovery::Endpoints;
use super::parameters;
use super::trouble::Trouble;
use crate::http::{Answer, Call, Door, NoAnswer, NoJson};
use crate::target::{Client, ClientAuth, SecretMethod};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::time::{Duration, Instant};
use url::Url;

/// A request to the token endpoint that can be altered before it is sent.
#[derive(Clone)]
pub struct TokenRequest {
    /// Where it goes.
    pub endpoint: Url,
    /// Its form parameters in order.
    pub parameters: Vec<(String, String)>,
    /// User and password of HTTP Basic, if it authenticates that way.
    pub basic: Option<(String, String)>,
    /// The access token that authorizes it, if one does (RFC 7662 2.1).
    pub bearer: Option<String>,
    /// Where its parameters are.
    pub carriage: Carriage,
    /// The origin of the page that sends it, if a page does.
    pub origin: Option<String>,
    /// The proof of possession in its header (RFC 9449 5), if it has one.
    pub proof: Option<String>,
}

/// Where a request to the token endpoint carries its parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carriage {
    /// In a form in the body: the only right place (RFC 6749 3.2 and B).
    #[default]
    Form,
    /// In the URL of a GET.
    Get,
    /// In the URL of a POST without a body.
    Query,
    /// In a JSON document in the body.
    Json,
}

impl TokenRequest {
    pub(super) fn new(endpoints: &Endpoints, client: &Client, grant: &[(&str, &str)]) -> Result<Self, Trouble> {
        let mut parameters: Vec<(String, String)> =
            grant.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut basic = None;
        match &client.auth {
            ClientAuth::Public | ClientAuth::Certificate => {
                parameters.push(("client_id".to_owned(), client.id.clone()))
            }
            ClientAuth::Secret { secret, method: SecretMethod::Basic } => {
                basic = Some((client.id.clone(), secret.expose().to_owned()));
            }
            ClientAuth::Secret { secret, method: SecretMethod::Post } => {
                parameters.push(("client_id".to_owned(), client.id.clone()));
                parameters.push(("client_secret".to_owned(), secret.expose().to_owned()));
            }
            ClientAuth::PrivateKey { key, alg, kid } => {
                let signed = assertion::sign(&client.id, endpoints, key.expose(), *alg, kid.as_deref())?;
                parameters.push(("client_assertion_type".to_owned(), assertion::TYPE.to_owned()));
                parameters.push(("client_assertion".to_owned(), signed));
            }
        }
        let (endpoint, carriage) = (endpoints.token.clone(), Carriage::Form);
        Ok(Self { endpoint, parameters, basic, bearer: None, carriage, origin: None, proof: None })
    }

    /// The correct exchange of `code` for the request it came from.
    ///
    /// # Errors
    /// [`Trouble::NotConfigured`] when the client's key cannot be used.
    pub fn for_code(endpoints: &Endpoints, client: &Client, ask: &Ask, code: &str) -> Result<Self, Trouble> {
        let grant = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", ask.redirect_uri.as_str()),
            ("code_verifier", &ask.verifier),
        ];
        Ok(Self::new(endpoints, client, &grant)?.with(&client.token))
    }

    /// The correct use of a refresh token.
    ///
    /// # Errors
    /// [`Trouble::NotConfigured`] when the client's key cannot be used.
    pub fn for_refresh(endpoints: &Endpoints, client: &Client, token: &str) -> Result<Self, Trouble> {
        let grant = [("grant_type", "refresh_token"), ("refresh_token", token)];
        Ok(Self::new(endpoints, client, &grant)?.with(&client.token))
    }

    /// With the parameters that the configuration adds.
    fn with(mut self, more: &[(String, String)]) -> Self {
        self.parameters.extend(more.iter().cloned());
        self
    }

    /// A request of this client about `token` at another endpoint (introspection, revocation).
    ///
    /// # Errors
    /// [`Trouble::NotConfigured`] when the client's key cannot be used.
    pub fn about(endpoints: &Endpoints, client: &Client, endpoint: &Url, token: &str) -> Result<Self, Trouble> {
        let mut request = Self::new(endpoints, client, &[("token", token)])?;
        request.endpoint = endpoint.clone();
        Ok(request)
    }

    /// A request about `token` that an access token authorizes, in the place of a client.
    pub fn by_bearer(endpoint: &Url, token: &str, access_token: &str) -> Self {
        Self {
            endpoint: endpoint.clone(),
            parameters: vec![("token".to_owned(), token.to_owned())],
            basic: None,
            bearer: Some(access_token.to_owned()),
            carriage: Carriage::Form,
            origin: None,
            proof: None,
        }
    }

    /// The call that carries it.
    fn call(&self, purpose: &str) -> Call {
        let in_url = || {
            let mut url = self.endpoint.clone();
            url.query_pairs_mut().extend_pairs(&self.parameters);
            url
        };
        match self.carriage {
            Carriage::Form => Call::post_form(self.endpoint.clone(), &self.parameters, purpose),
            Carriage::Get => Call::get(in_url(), purpose),
            Carriage::Query => Call::post_form(in_url(), &[], purpose),
            Carriage::Json => {
                let all = self.parameters.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str())));
                let body = Value::Object(all.collect()).to_string();
                Call::new("POST", self.endpoint.clone(), purpose).header("content-type", "application/json").body(body)
            }
        }
    }

    /// Sets a parameter, or removes it.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        parameters::set(&mut self.parameters, name, value);
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        parameters::get(&self.parameters, name)
    }
}

/// Sends a token request as it is.
///
/// # Errors
/// [`NoAnswer`] when no answer came.
pub async fn send(door: &Door, request: &TokenRequest, purpose: &str) -> Result<Answer, NoAnswer> {
    let mut call = request.call(purpose).header("accept", "application/json").oauth();
    if let Some(token) = &request.bearer {
        call = call.header("authorization", format!("Bearer {token}"));
    }
    if let Some(origin) = &request.origin {
        call = call.header("origin", origin.as_str());
    }
    if let Some(proof) = &request.proof {
        call = call.header("dpop", proof.as_str());
    }
    if let Some((user, password)) = &request.basic {
        // RFC 6749 2.3.1: both are form-encoded before they are joined.
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(user), encode(password));
        call = call.header("authorization", format!("Basic {}", STANDARD.encode(pair)));
    }
    door.send(call).await
}

/// A token response that can be used.
#[derive(Clone)]
pub struct Grant {
    /// The access token.
    pub access_token: String,
    /// The refresh token.
    pub refresh_token: Option<String>,
    /// The `id_token`.
    pub id_token: Option<String>,
    /// The granted scopes; those asked for when the answer does not say (RFC 6749 5.1).
    pub scope: String,
    /// Whether the answer said which scopes it grants.
    pub scope_stated: bool,
    /// Lifetime of the access token in seconds.
    pub expires_in: Option<u64>,
    /// The patient in context.
    pub patient: Option<String>,
    /// The encounter in context.
    pub encounter: Option<String>,
    /// The whole response.
    pub response: Value,
    /// When it was asked for: the token was made between then and [`Self::obtained`].
    pub asked: Instant,
    /// When it came.
    pub obtained: Instant,
    /// The exchange that brought it.
    pub number: u32,
}

impl Grant {
    /// Whether the access token may have ended by what its answer said; not known when it did not say.
    pub fn has_ended(&self) -> bool {
        self.expires_in.is_some_and(|life| self.asked.elapsed() >= Duration::from_secs(life))
    }

    /// The same, asked for at this time. Nobody knows when a token was made, only that it was not before.
    #[must_use]
    pub fn asked_at(self, asked: Instant) -> Self {
        Self { asked, ..self }
    }

    /// Reads a token response; `asked` are the scopes asked for.
    ///
    /// # Errors
    /// [`Unusable`] says why it cannot be used.
    pub fn read(answer: &Answer, asked: &str) -> Result<Self, Unusable> {
        if !answer.is_success() {
            let error = answer.json().ok().and_then(|body| body.get("error")?.as_str().map(str::to_owned));
            return Err(Unusable::Refused { status: answer.status(), error, said: answer.said() });
        }
        Self::of_response(answer.json().map_err(Unusable::NotJson)?, asked, answer.number())
    }

    /// Reads the JSON object of a token response that the exchange `number` brought.
    ///
    /// # Errors
    /// [`Unusable::NoAccessToken`] where it grants nothing.
    pub fn of_response(response: Value, asked: &str, number: u32) -> Result<Self, Unusable> {
        let text = |name: &str| response.get(name).and_then(Value::as_str).map(str::to_owned);
        let scope = text("scope");
        Ok(Self {
            access_token: text("access_token").ok_or(Unusable::NoAccessToken)?,
            refresh_token: text("refresh_token"),
            id_token: text("id_token"),
            scope_stated: scope.is_some(),
            scope: scope.unwrap_or_else(|| asked.to_owned()),
            expires_in: response.get("expires_in").and_then(whole),
            patient: text("patient"),
            encounter: text("encounter"),
            asked: Instant::now(),
            obtained: Instant::now(),
            number,
            response,
        })
    }
}

/// A number of seconds, also where it is written as 3600.0.
pub(super) fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        let text = value.as_f64().filter(|number| number.fract() == 0.0)?.to_string();
        text.parse().ok()
    })
}

/// Why a token response cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// The status is no success.
    #[error("the token endpoint answers {status}{}", said.as_ref().map(|said| format!(" with {said}")).unwrap_or_default())]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The OAuth error, if the answer names one.
        error: Option<String>,
        /// The error with its description.
        said: Option<String>,
    },
    /// It is not JSON; the reason says what it is.
    #[error("the token endpoint answers {0}")]
    NotJson(NoJson),
    /// It grants nothing.
    #[error("the token response has no access_token")]
    NoAccessToken,
}

impl From<Unusable> for Trouble {
    fn from(why: Unusable) -> Self {
        Self::Refused(why.to_string())
    }
}

/// The correct exchange of a code. The answer is returned as it came, whatever it is.
///
/// # Errors
/// [`Trouble`] when no answer came or the client is not usable.
pub async fn exchange(
    door: &Door,
    endpoints: &Endpoints,
    client: &Client,
    ask: &Ask,
    code: &str,
) -> Result<Answer, Trouble> {
    if let ClientAuth::PrivateKey { .. } = client.auth {
        let request = TokenRequest::for_code(endpoints, client, ask, code)?;
        return Ok(send(door, &request, "exchange of a code for tokens").await?);
    }
    let config = |error: String| Trouble::NotConfigured(error);
    let (url, redirect) = (endpoints.token.to_string(), ask.redirect_uri.to_string());
    let mut oauth = oauth2::basic::BasicClient::new(oauth2::ClientId::new(client.id.clone()))
        .set_token_uri(oauth2::TokenUrl::new(url).map_err(|error| config(error.to_string()))?)
        .set_redirect_uri(oauth2::RedirectUrl::new(redirect).map_err(|error| config(error.to_string()))?);
    oauth = oauth.set_auth_type(oauth2::AuthType::RequestBody);
    if let ClientAuth::Secret { secret, method } = &client.auth {
        oauth = oauth.set_client_secret(oauth2::ClientSecret::new(secret.expose().to_owned()));
        if *method == SecretMethod::Basic {
            oauth = oauth.set_auth_type(oauth2::AuthType::BasicAuth);
        }
    }
    let passed = std::sync::Mutex::new(None);
    let through = |request: oauth2::HttpRequest| {
        let passed = &passed;
        async move {
            let outcome = forward(door, request, "exchange of a code for tokens").await;
            let reply = outcome.as_ref().map_err(Clone::clone).map(to_oauth2);
            if let Ok(mut slot) = passed.lock() {
                *slot = Some(outcome);
            }
            reply
        }
    };
    let mut exchange = oauth.exchange_code(oauth2::AuthorizationCode::new(code.to_owned()));
    for (name, value) in &client.token {
        exchange = exchange.add_extra_param(name.as_str(), value.as_str());
    }
    // Whether oauth2 can parse the answer is not the question: the answer itself is judged.
    let _ =
        exchange.set_pkce_verifier(oauth2::PkceCodeVerifier::new(ask.verifier.clone())).request_async(&through).await;
    let outcome = passed.into_inner().ok().flatten();
    match outcome {
        Some(answer) => Ok(answer?),
        None => Err(Trouble::NotConfigured("the token request could not be built".to_owned())),
    }
}

/// The correct use of a refresh token; `scope` narrows it.
///
/// # Errors
/// [`Trouble`] when no answer came or the client is not usable.
pub async fn refresh(
    door: &Door,
    endpoints: &Endpoints,
    client: &Client,
    token: &str,
    scope: Option<&str>,
) -> Result<Answer, Trouble> {
    let mut request = TokenRequest::for_refresh(endpoints, client, token)?;
    request.set("scope", scope);
    Ok(send(door, &request, "use of a refresh token").await?)
}

async fn forward(door: &Door, request: oauth2::HttpRequest, purpose: &str) -> Result<Answer, NoAnswer> {
    let nowhere = || NoAnswer { number: 0, place: "the token endpoint".to_owned(), why: "not a URL".to_owned() };
    let url = Url::parse(&request.uri().to_string()).map_err(|_| nowhere())?;
    let mut call = Call::new("POST", url, purpose).oauth();
    for (name, value) in request.headers() {
        call = call.header(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
    }
    door.send(call.body(request.into_body())).await
}

fn to_oauth2(answer: &Answer) -> oauth2::HttpResponse {
    let mut response = oauth2::HttpResponse::new(answer.body().to_vec());
    if let Ok(status) = oauth2::http::StatusCode::from_u16(answer.status()) {
        *response.status_mut() = status;
    }
    for (name, value) in answer.all_headers() {
        if let (Ok(name), Ok(value)) =
            (oauth2::http::HeaderName::try_from(name.as_str()), oauth2::http::HeaderValue::try_from(value.as_str()))
        {
            response.headers_mut().append(name, value);
        }
    }
    response
}
