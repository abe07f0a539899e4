//! The reference target over real sockets: sign-in, tokens, refresh, launch, and what is refused.

mod clients;
mod pages;

use super::{Options, Serving, serve};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Client, RequestBuilder, Response, redirect::Policy};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const CALLBACK: &str = "http://127.0.0.1:9797/callback";
const VERIFIER: &str = "0123456789-0123456789-0123456789-0123456789";
const SCOPES: &str = "launch/patient openid fhirUser offline_access patient/Patient.rs patient/Condition.rs";

/// A browser at one tenant of a server of its own.
struct Desk {
    serving: Serving,
    http: Client,
    cookies: Vec<String>,
}

type Query = BTreeMap<String, String>;

impl Desk {
    async fn new() -> Self {
        let serving = serve(Options::default()).await.unwrap();
        let http = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { serving, http, cookies: Vec::new() }
    }

    fn base(&self) -> String {
        format!("{}/provider/patient-access/v2/harbor", self.serving.origin())
    }

    fn oauth(&self, what: &str) -> String {
        format!("{}/auth/harbor/oauth2/v1/{what}", self.serving.origin())
    }

    fn secret(&self, name: &str) -> String {
        self.serving.secrets()[&format!("PROBITY_EMBEDDED_HARBOR_{name}")].clone()
    }

    async fn send(&mut self, request: RequestBuilder) -> Response {
        let response = request.header("cookie", self.cookies.join("; ")).send().await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            self.cookies.push(cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
        }
        response
    }

    async fn form(&self, url: &str, pairs: &[(&str, &str)]) -> (u16, Value) {
        let response = posted(&self.http, url, pairs).send().await.unwrap();
        let status = response.status().as_u16();
        (status, serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }

    /// An authorization request of the public app; `changes` replace parameters, an empty value leaves one out.
    async fn authorize(&mut self, changes: &[(&str, &str)]) -> Response {
        let base = self.base();
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let mut parameters: BTreeMap<&str, &str> = BTreeMap::from([
            ("response_type", "code"),
            ("client_id", "probity-public"),
            ("redirect_uri", CALLBACK),
            ("scope", SCOPES),
            ("state", "Zq~1 &=/"),
            ("aud", &base),
            ("nonce", "n-1"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ]);
        parameters.extend(changes.iter().copied());
        parameters.retain(|_, value| !value.is_empty());
        let url = url::Url::parse_with_params(&self.oauth("authorize"), parameters).unwrap();
        let request = self.http.get(url);
        self.send(request).await
    }

    /// Signs in on the page and allows `keep` (all scopes when `None`); gives the parameters of the redirect.
    async fn sign_in(&mut self, page: Response, user: &str, keep: Option<&[&str]>) -> Query {
        assert_eq!(page.status(), 200);
        let password = self.secret(&format!("{}_PASSWORD", user.to_uppercase().replace('-', "_")));
        let transaction = value_of(&page.text().await.unwrap(), "transaction");
        let pairs = [("transaction", transaction.as_str()), ("username", user), ("password", &password)];
        let request = posted(&self.http, &self.oauth("login"), &pairs);
        let page = self.send(request).await;
        assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
        let page = page.text().await.unwrap();
        // Who keeps nothing in particular leaves the page as it is.
        let ticks = if keep.is_some() { "input[name=scope]" } else { "input[name=scope][checked]" };
        let ticks = scraper::Selector::parse(ticks).unwrap();
        let document = scraper::Html::parse_document(&page);
        let offered: Vec<String> =
            document.select(&ticks).filter_map(|tick| tick.value().attr("value").map(str::to_owned)).collect();
        drop(document);
        let mut pairs = vec![("transaction", transaction.as_str()), ("decision", "approve"), ("patient", "patient-9")];
        let kept = offered.iter().filter(|one| keep.is_none_or(|keep| keep.contains(&one.as_str())));
        pairs.extend(kept.map(|scope| ("scope", scope.as_str())));
        // What was not asked for is not granted, even if the form says so.
        pairs.push(("scope", "patient/Device.rs"));
        let request = posted(&self.http, &self.oauth("consent"), &pairs);
        let response = self.send(request).await;
        back(&response)
    }

    /// The code of a sign-in of user 1 in the public app.
    async fn code(&mut self) -> String {
        let page = self.authorize(&[]).await;
        self.sign_in(page, "user-1", None).await["code"].clone()
    }

    async fn exchange(&self, code: &str) -> (u16, Value) {
        self.exchange_as(code, &[("client_id", "probity-public")]).await
    }

    async fn exchange_as(&self, code: &str, more: &[(&str, &str)]) -> (u16, Value) {
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        pairs.extend(more);
        self.form(&self.oauth("token"), &pairs).await
    }

    async fn refresh(&self, token: &Value, more: &[(&str, &str)]) -> (u16, Value) {
        let token = token.as_str().unwrap();
        let mut pairs =
            vec![("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", "probity-public")];
        pairs.extend(more);
        self.form(&self.oauth("token"), &pairs).await
    }

    async fn read(&self, base: &str, token: &Value) -> Response {
        let request = self.http.get(format!("{base}/Patient/patient-1"));
        request.header("authorization", format!("bearer {}", token.as_str().unwrap())).send().await.unwrap()
    }

    /// Launches the confidential app for patient 1 from the EHR; gives the handle.
    async fn launch(&mut self) -> String {
        let ehr = format!("{}/ehr/harbor", self.serving.origin());
        let fields = [("client", "probity-confidential"), ("patient", "patient-1")];
        let password = self.secret("CLINICIAN_1_PASSWORD");
        let login = [fields[0], fields[1], ("username", "clinician-1"), ("password", &password)];
        let request = posted(&self.http, &format!("{ehr}/login"), &login);
        self.send(request).await;
        let request = posted(&self.http, &format!("{ehr}/launch"), &fields);
        let response = self.send(request).await;
        let launch = back(&response);
        assert_eq!(launch["iss"], self.base());
        launch["launch"].clone()
    }
}

fn posted(http: &Client, url: &str, pairs: &[(&str, &str)]) -> RequestBuilder {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    http.post(url).header("content-type", "application/x-www-form-urlencoded").body(body)
}

fn value_of(page: &str, name: &str) -> String {
    let selector = scraper::Selector::parse(&format!("input[name={name}]")).unwrap();
    let document = scraper::Html::parse_document(page);
    document.select(&selector).next().unwrap().value().attr("value").unwrap().to_owned()
}

/// The parameters of a redirect to the app.
fn back(response: &Response) -> Query {
    assert_eq!(response.status(), 303);
    let place = url::Url::parse(response.headers()["location"].to_str().unwrap()).unwrap();
    assert!(place.as_str().starts_with("http://127.0.0.1:9797/"), "the browser is sent to the app");
    place.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn a_patient_signs_in_and_the_app_reads_their_record_and_no_other_tenants() {
    let mut desk = Desk::new().await;
    let page = desk.authorize(&[]).await;
    let redirect = desk.sign_in(page, "user-1", None).await;
    assert_eq!(redirect["state"], "Zq~1 &=/");
    let (status, token) = desk.exchange(&redirect["code"]).await;
    assert_eq!((status, &token["patient"], &token["scope"]), (200, &"patient-1".into(), &SCOPES.into()));
    assert!(token["id_token"].is_string() && token["refresh_token"].is_string());
    let record = desk.read(&desk.base(), &token["access_token"]).await;
    assert_eq!(record.status(), 200);
    let other = desk.read(&desk.base().replace("harbor", "meadow"), &token["access_token"]).await;
    assert_eq!(other.status(), 401);
    assert!(other.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));
    let identity = desk.read(&desk.base(), &token["id_token"]).await;
    assert_eq!(identity.status(), 401);
}

#[tokio::test]
async fn a_code_used_again_gives_nothing_and_takes_back_what_it_gave() {
    let mut desk = Desk::new().await;
    let code = desk.code().await;
    let both = futures::future::join(desk.exchange(&code), desk.exchange(&code)).await;
    let mut statuses = [both.0.0, both.1.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400], "of two at once one gets a token");
    let token = if both.0.0 == 200 { both.0.1 } else { both.1.1 };
    assert_eq!(desk.read(&desk.base(), &token["access_token"]).await.status(), 401);
    assert_eq!(desk.refresh(&token["refresh_token"], &[]).await.1["error"], "invalid_grant");
}

#[tokio::test]
async fn a_refresh_token_narrows_rotates_and_dies_with_its_family_when_used_again() {
    let mut desk = Desk::new().await;
    let code = desk.code().await;
    let token = desk.exchange(&code).await.1;
    let wider = desk.refresh(&token["refresh_token"], &[("scope", "openid patient/Observation.rs")]).await;
    assert_eq!((wider.0, &wider.1["error"]), (400, &"invalid_scope".into()));
    let narrow = desk.refresh(&token["refresh_token"], &[("scope", "patient/Patient.rs")]).await.1;
    assert_eq!(narrow["scope"], "patient/Patient.rs");
    let whole = desk.refresh(&narrow["refresh_token"], &[]).await.1;
    assert_eq!(whole["scope"], SCOPES, "the replacement keeps what was granted at first");
    assert_eq!(desk.read(&desk.base(), &whole["access_token"]).await.status(), 200);
    assert_eq!(desk.refresh(&token["refresh_token"], &[]).await.0, 400);
    assert_eq!(desk.refresh(&whole["refresh_token"], &[]).await.0, 400);
    assert_eq!(desk.read(&desk.base(), &whole["access_token"]).await.status(), 401);
}

#[tokio::test]
async fn unknown_tenants_and_shortened_paths_lead_nowhere() {
    let desk = Desk::new().await;
    for path in [
        "/auth/nowhere/oauth2/v1/jwks",
        "/provider/patient-access/v2/nowhere/metadata",
        "/auth/harbor/jwks",
        "/ehr/harbor/oauth2/v1/login",
    ] {
        let url = format!("{}{path}", desk.serving.origin());
        assert_eq!(desk.http.get(url).send().await.unwrap().status(), 404, "{path}");
    }
}
