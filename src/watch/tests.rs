//! What every watcher says of right, wrong and other answers.

use super::*;
use crate::http::Answer;
use url::Url;

mod leaks;

const FHIR: &str = "https://fhir.example.org/r4/";
/// The FHIR base of the other tenant.
const OTHER: &str = "https://fhir.example.org/other/r4/";
const LOGIN: &str = "https://auth.example.org/";

/// What a watcher says of one answer: `None` if it does not look at it.
struct Scene {
    base: &'static str,
    call: Call,
    url: Url,
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl Scene {
    fn to(call: Call, url: Url) -> Self {
        Self { base: FHIR, call, url, status: 200, headers: Vec::new(), body: String::new() }
    }

    /// The answer of the FHIR API to a holder of a token.
    fn fhir(path: &str) -> Self {
        let url = Url::parse(FHIR).unwrap().join(path).unwrap();
        Self::to(Call::get(url.clone(), "a read").bearer(Some("token-of-patient-a")), url)
    }

    /// A Bundle with a link to another page.
    fn linked(url: &str) -> Self {
        let body = serde_json::json!({ "resourceType": "Bundle", "link": [{ "relation": "next", "url": url }] });
        Self::fhir("Goal").body(&body.to_string())
    }

    /// The answer of the token endpoint.
    fn token() -> Self {
        let url = Url::parse(LOGIN).unwrap().join("token").unwrap();
        let pairs = [("grant_type", "authorization_code"), ("code", "code-1234567"), ("password", "secret-password")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self::to(Call::post_form(url.clone(), &pairs, "a token").oauth(), url)
    }

    /// The answer to an authorization request that the app hands in (RFC 9126 2.1).
    fn pushed() -> Self {
        let url = Url::parse(LOGIN).unwrap().join("par").unwrap();
        let pairs = [("response_type", "code"), ("client_id", "app")].map(|(name, value)| (name.into(), value.into()));
        let call = Call::post_form(url.clone(), &pairs, "a pushed request").header("accept", "application/json");
        Self::to(call.oauth(), url)
    }

    /// A page of the authorization server.
    fn page() -> Self {
        let url = Url::parse(LOGIN).unwrap().join("login").unwrap();
        Self::to(Call::get(url.clone(), "a page").oauth(), url).header("content-type", "text/html; charset=utf-8")
    }

    fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn body(mut self, body: &str) -> Self {
        self.body = body.to_owned();
        self
    }

    fn at(mut self, base: &'static str) -> Self {
        self.base = base;
        self
    }

    fn judged(self, watcher: Watcher) -> Option<Vec<String>> {
        let place = Place { base: Url::parse(self.base).unwrap(), other: Url::parse(OTHER).ok() };
        let answer = Answer::new(1, self.url, self.status, self.headers, self.body.into_bytes());
        let breaches = (watcher.look)(&Sight::new(&self.call, &answer, &place))?;
        let mark = |breach: Breach| match breach.strength {
            Strength::Shall => breach.what,
            _ => format!("(should) {}", breach.what),
        };
        Some(breaches.into_iter().map(mark).collect())
    }

    fn passes(self, watcher: Watcher) {
        assert_eq!(self.judged(watcher), Some(Vec::new()));
    }

    fn escapes(self, watcher: Watcher) {
        assert_eq!(self.judged(watcher), None);
    }

    fn breaks(self, watcher: Watcher, what: &str) {
        assert_eq!(self.judged(watcher), Some(vec![what.to_owned()]));
    }
}

const RECORD: &str = r#"{"resourceType":"Goal","id":"1"}"#;

#[test]
fn a_shared_cache_may_keep_no_record() {
    let record = || Scene::fhir("Goal/1").body(RECORD);
    record().header("cache-control", "no-store").passes(cache::SHARED);
    record().header("cache-control", "private, max-age=60").passes(cache::SHARED);
    record().header("cache-control", "Public, max-age=60").breaks(cache::SHARED, "Cache-Control has public");
    record().breaks(cache::SHARED, "(should) Cache-Control has neither no-store nor private");
    // What everybody may read may be kept by everybody.
    Scene::fhir("metadata").body(r#"{"resourceType":"CapabilityStatement"}"#).escapes(cache::SHARED);
    record().status(404).escapes(cache::SHARED);
}

#[test]
fn no_cache_may_keep_a_token() {
    let token = || Scene::token().body(r#"{"access_token":"x"}"#);
    token().header("cache-control", "no-cache").header("cache-control", "no-store").passes(cache::TOKENS);
    token().header("cache-control", "private").breaks(cache::TOKENS, "Cache-Control has no no-store");
    Scene::token().status(400).body(r#"{"error":"invalid_grant"}"#).escapes(cache::TOKENS);
}

#[test]
fn an_error_of_the_token_endpoint_may_not_be_kept_where_it_says_so() {
    let error = || Scene::token().status(400).body(r#"{"error":"invalid_grant"}"#);
    error().passes(cache::TOKEN_ERRORS);
    error().header("cache-control", "no-store, max-age=60").passes(cache::TOKEN_ERRORS);
    let what = "(should) it says how long it is fresh, and has no no-store";
    error().header("cache-control", "max-age=60").breaks(cache::TOKEN_ERRORS, what);
    error().header("expires", "Thu, 01 Jan 2099 00:00:00 GMT").breaks(cache::TOKEN_ERRORS, what);
}

#[test]
fn a_form_is_not_sent_on_by_a_redirect() {
    let form = |status| {
        let url = Url::parse(LOGIN).unwrap().join("consent").unwrap();
        let call = Call::post_form(url.clone(), &[("password".to_owned(), "secret".to_owned())], "a form").oauth();
        Scene::to(call, url).status(status).header("location", "https://app.test/callback")
    };
    form(303).passes(page::REPEATS);
    form(302).passes(page::REPEATS);
    form(307).breaks(page::REPEATS, "a form of the sign-in is answered with 307");
    form(308).breaks(page::REPEATS, "a form of the sign-in is answered with 308");
    form(200).escapes(page::REPEATS);
    Scene::token().status(307).escapes(page::REPEATS);
    Scene::page().status(307).escapes(page::REPEATS);
}

#[test]
fn only_the_own_site_may_frame_a_form() {
    let form = || Scene::page().body("<FORM method=post>");
    form().header("x-frame-options", "deny").passes(page::FRAMES);
    form().header("content-security-policy", "default-src 'self'; frame-ancestors 'none'").passes(page::FRAMES);
    form()
        .header("x-frame-options", "DENY")
        .header("content-security-policy", "frame-ancestors https:")
        .breaks(page::FRAMES, "the policy frame-ancestors permits every site");
    form()
        .header("x-frame-options", "ALLOWALL")
        .breaks(page::FRAMES, "there is neither a policy frame-ancestors nor X-Frame-Options");
    Scene::page().body("<p>signed in</p>").escapes(page::FRAMES);
}

#[test]
fn a_policy_for_scripts_keeps_foreign_ones_out() {
    let with = |policy: &str| Scene::page().header("content-security-policy", policy);
    with("script-src 'self'").passes(page::SCRIPTS);
    with("default-src 'none'; frame-ancestors 'none'").passes(page::SCRIPTS);
    with("script-src 'nonce-abc' 'unsafe-inline' https: 'strict-dynamic'").passes(page::SCRIPTS);
    with("script-src 'self' 'unsafe-inline'")
        .breaks(page::SCRIPTS, "(should) the policy for scripts has 'unsafe-inline'");
    with("script-src *").breaks(page::SCRIPTS, "(should) the policy for scripts permits every source");
    with("frame-ancestors 'none'").breaks(page::SCRIPTS, "(should) the policy for scripts does not exist");
    // A browser holds the page to both.
    with("frame-ancestors 'none'").header("content-security-policy", "script-src 'self'").passes(page::SCRIPTS);
    Scene::page().escapes(page::SCRIPTS);
}

#[test]
fn the_last_referrer_policy_counts() {
    Scene::page().passes(page::REFERRERS);
    Scene::page().header("referrer-policy", "unsafe-url, no-referrer").passes(page::REFERRERS);
    Scene::page()
        .header("referrer-policy", "unsafe-url")
        .breaks(page::REFERRERS, "(should) Referrer-Policy is unsafe-url");
}

#[test]
fn cookies_of_the_login_are_for_its_pages_alone() {
    let sets = |cookie: &str| Scene::page().header("set-cookie", cookie);
    sets("sid=1; Secure; HttpOnly; SameSite=Lax").passes(page::COOKIES);
    sets("sid=1; Secure").breaks(page::COOKIES, "(should) a cookie is not HttpOnly");
    sets("sid=1; HttpOnly").breaks(page::COOKIES, "(should) a cookie is not Secure");
    sets("sid=1; HttpOnly").at("http://127.0.0.1:8080/").passes(page::COOKIES);
    sets("sid=; Max-Age=0").escapes(page::COOKIES);
    Scene::page().escapes(page::COOKIES);
}

#[test]
fn a_resource_is_called_what_it_is() {
    let called = |kind: &str| Scene::fhir("Goal/1").body(RECORD).header("content-type", kind);
    called("application/fhir+json; charset=utf-8").passes(header::MEDIA_TYPES);
    called("application/json").breaks(header::MEDIA_TYPES, "(should) a resource in JSON is called application/json");
    called("text/html").breaks(header::MEDIA_TYPES, "a resource in JSON is called text/html");
    Scene::fhir("Goal/1").body(RECORD).breaks(header::MEDIA_TYPES, "a resource has no Content-Type");
}

#[test]
fn a_401_says_how_to_authenticate() {
    Scene::fhir("Goal/1").status(401).header("www-authenticate", "Bearer").passes(header::CHALLENGES);
    let what = "401 without WWW-Authenticate to GET Goal";
    Scene::fhir("Goal/1").status(401).breaks(header::CHALLENGES, what);
    // The client did not use the header, so the token endpoint need not name it.
    Scene::token().status(401).passes(header::CHALLENGES);
    Scene::pushed().status(401).passes(header::CHALLENGES);
    Scene::fhir("Goal/1").status(403).escapes(header::CHALLENGES);
}

#[test]
fn a_version_in_a_header_is_told_by_its_numbers() {
    let sent = |name: &str, value: &str| Scene::fhir("Goal/1").header(name, value);
    sent("server", "nginx").passes(header::VERSIONS);
    sent("via", "1.1 gateway").passes(header::VERSIONS);
    sent("server", "nginx/1.27.2").breaks(header::VERSIONS, "(should) the header server has a version");
    sent("x-powered-by", "PHP/8.3").breaks(header::VERSIONS, "(should) the header x-powered-by has a version");
}

#[test]
fn an_error_of_the_fhir_api_gives_its_reason() {
    let refused = |body: &str| Scene::fhir("Goal/1").status(404).body(body);
    let whole = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found"}]}"#;
    refused(whole).passes(error::OUTCOMES);
    refused("gone").breaks(error::OUTCOMES, "(should) 404 without an OperationOutcome to GET Goal");
    refused(r#"{"resourceType":"OperationOutcome","issue":[]}"#)
        .breaks(error::OUTCOMES, "an OperationOutcome without an issue");
    refused(r#"{"resourceType":"OperationOutcome","issue":[{"severity":"bad","code":"x"}]}"#)
        .breaks(error::OUTCOMES, "an issue of an OperationOutcome without a severity of FHIR");
    refused(r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error"}]}"#)
        .breaks(error::OUTCOMES, "an issue of an OperationOutcome without a code");
    let xml = "<OperationOutcome xmlns=\"http://hl7.org/fhir\"/>";
    refused(xml).header("content-type", "application/fhir+xml").passes(error::OUTCOMES);
    // Our own tokens and the server's trouble are no matter of this rule.
    refused(whole).status(500).escapes(error::OUTCOMES);
    refused("too long").status(431).escapes(error::OUTCOMES);
}

#[test]
fn an_error_of_the_token_endpoint_has_the_form_of_oauth() {
    let json =
        |status: u16, body: &str| Scene::token().status(status).body(body).header("content-type", "application/json");
    json(400, r#"{"error":"invalid_grant"}"#).passes(error::TOKEN_ERRORS);
    json(401, r#"{"error":"invalid_client"}"#).passes(error::TOKEN_ERRORS);
    json(200, r#"{"error":"invalid_grant"}"#).breaks(error::TOKEN_ERRORS, "an error with the status 200");
    json(403, r#"{"error":"odd word"}"#).breaks(error::TOKEN_ERRORS, "(should) another error with the status 403");
    json(401, r#"{"error":"invalid_grant"}"#).breaks(error::TOKEN_ERRORS, "(should) invalid_grant with the status 401");
    Scene::token()
        .status(400)
        .body("<h1>Bad Request</h1>")
        .breaks(error::TOKEN_ERRORS, "(should) a 400 without `error` in JSON");
    Scene::token()
        .status(400)
        .body(r#"{"error":"invalid_grant"}"#)
        .header("content-type", "text/plain")
        .breaks(error::TOKEN_ERRORS, "(should) an error in JSON that is not called application/json");
    for no_answer in [429, 500, 503] {
        json(no_answer, r#"{"error":"x"}"#).escapes(error::TOKEN_ERRORS);
    }
    json(200, r#"{"access_token":"x"}"#).escapes(error::TOKEN_ERRORS);
}

#[test]
fn an_oauth_error_keeps_to_its_characters() {
    let described = |text: &str| {
        let body = serde_json::json!({ "error": "invalid_grant", "error_description": text });
        Scene::token().status(400).body(&body.to_string())
    };
    described("the code is not known").passes(error::CHARACTERS);
    described("line\r\nbreak")
        .breaks(error::CHARACTERS, "`error_description` has a control character, such as a line break");
    for text in ["a \"quote\"", "a \\ backslash", "caf\u{e9}"] {
        let what = "(should) `error_description` has a character that RFC 6749 does not permit";
        described(text).breaks(error::CHARACTERS, what);
    }
    Scene::token().status(400).body("{}").escapes(error::CHARACTERS);
}

#[test]
fn what_breaks_down_is_told_by_what_was_asked() {
    Scene::fhir("Goal?patient=1").status(500).breaks(error::BREAKDOWNS, "500 to GET Goal by patient");
    for fine in [200, 404, 501, 503] {
        Scene::fhir("Goal/1").status(fine).passes(error::BREAKDOWNS);
    }
}

#[test]
fn nothing_leads_from_tls_to_a_plain_connection() {
    Scene::linked("https://fhir.example.org/r4?p=2").passes(transport::PLAIN_LINKS);
    Scene::linked("http://fhir.example.org/r4?p=2").breaks(transport::PLAIN_LINKS, "Bundle.link has http");
    Scene::fhir(".well-known/smart-configuration")
        .body(r#"{"token_endpoint":"http://fhir.example.org/token"}"#)
        .breaks(transport::PLAIN_LINKS, "a discovery document has http");
    Scene::linked("http://127.0.0.1/r4?p=2").at("http://127.0.0.1/").escapes(transport::PLAIN_LINKS);
    let to = |url: &str| Scene::page().status(302).header("location", url);
    to("http://fhir.example.org/back").breaks(transport::PLAIN_LINKS, "Location has http");
    to("http://127.0.0.1:9797/callback").at("https://127.0.0.1/").escapes(transport::PLAIN_LINKS);
}

#[test]
fn a_sign_in_is_redirected_over_tls_or_to_the_own_machine() {
    let to = |url: &str| Scene::page().status(302).header("location", url);
    for fine in ["https://app.example.org/back", "/consent", "http://127.0.0.1:4000/back", "com.example.app:/back"] {
        to(fine).passes(transport::PLAIN_REDIRECTS);
    }
    to("http://auth.example.org/consent").breaks(transport::PLAIN_REDIRECTS, "GET /login redirects to http");
    to("http://x.example.org/").at("http://127.0.0.1/").escapes(transport::PLAIN_REDIRECTS);
}

#[test]
fn a_page_over_tls_insists_on_it() {
    Scene::page().header("strict-transport-security", "max-age=31536000").passes(transport::STRICT_TRANSPORT);
    let what = "(should) Strict-Transport-Security is missing";
    Scene::page().header("strict-transport-security", "max-age=0").breaks(transport::STRICT_TRANSPORT, what);
    Scene::page().breaks(transport::STRICT_TRANSPORT, what);
    Scene::page().at("http://127.0.0.1/").escapes(transport::STRICT_TRANSPORT);
}

#[test]
fn what_happens_once_may_be_chance_and_what_happens_twice_is_counted() {
    let watching = Watching::new(Place { base: Url::parse(FHIR).unwrap(), other: None });
    let breaks_down = |number: u32| {
        let scene = Scene::fhir("Goal/1");
        watching.see(&scene.call, &Answer::new(number, scene.url, 500, Vec::new(), Vec::new()));
    };
    breaks_down(1);
    assert!(watching.tally(error::BREAKDOWNS).breaches.is_empty());
    breaks_down(2);
    let tally = watching.tally(error::BREAKDOWNS);
    assert_eq!(tally.looked_at, 2);
    assert_eq!(tally.breaches, [(Breach::of("500 to GET Goal"), vec![1, 2])]);
}

#[test]
fn an_answer_belongs_to_the_patient_of_the_token_that_asked() {
    let watching = Watching::new(Place { base: Url::parse(FHIR).unwrap(), other: None });
    let token = |access: &str, patient: &str| {
        let scene = Scene::token();
        let body = serde_json::json!({ "access_token": access, "patient": patient }).to_string();
        watching.see(&scene.call, &Answer::new(1, scene.url, 200, Vec::new(), body.into_bytes()));
    };
    token("token-of-a", "a");
    token("token-of-b", "b");
    for (number, bearer) in [(2, Some("token-of-a")), (3, Some("token-of-b")), (4, None), (5, Some("invented"))] {
        let url = Url::parse(FHIR).unwrap().join("Goal").unwrap();
        let call = Call::get(url.clone(), "a search").bearer(bearer);
        watching.see(&call, &Answer::new(number, url, 200, Vec::new(), Vec::new()));
    }
    let numbers = |kept: Vec<Kept>| kept.iter().map(|kept| kept.answer.number()).collect::<Vec<_>>();
    assert_eq!(numbers(watching.given_to("b")), [3]);
    assert_eq!(numbers(watching.not_given_to("b")), [2, 4, 5]);
}

#[test]
fn a_link_to_the_other_tenant_is_one_whoever_asked() {
    Scene::linked("https://fhir.example.org/r4/Goal?p=1").passes(leak::TENANTS);
    Scene::linked("https://fhir.example.org/other/r4/Goal?p=1")
        .breaks(leak::TENANTS, "a link of the Bundle leads there");
    Scene::linked("https://fhir.example.org/other/r4x/Goal").passes(leak::TENANTS);
}
