//! Thirty sign-ins of different make, as real portals build them, and what each driver makes of them without settings.
//!
//! A file of `portals/` is one portal: its pages in order, each with what its form must bring and which page follows.

use crate::{probity, ran, require};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// What makes the codes of the portal that wants one.
const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const PASSWORD: &str = "Tulip-9-Rain";
/// What scripts of pages send their forms with.
const SCRIPT: &str = "async function send(data, again) {
  const answer = await fetch(location.pathname, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(data) });
  const { next } = await answer.json();
  if (next) location.href = next; else if (again) again();
}";

struct Page {
    name: String,
    expects: Vec<(String, String)>,
    next: String,
    html: String,
}

type Portal = Vec<Page>;

struct Server {
    origin: String,
    portals: HashMap<String, Portal>,
    /// Where the app of a portal waits, and its state.
    apps: Mutex<HashMap<String, (String, String)>>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/portals")
}

fn read(path: &Path) -> Portal {
    let text = std::fs::read_to_string(path).unwrap();
    let page = |part: &str| {
        let (head, html) = part.split_once("-->").unwrap();
        let mut head = head.split('|').map(str::trim);
        let (name, expects, next) = (head.next().unwrap(), head.next().unwrap(), head.next().unwrap());
        let pairs = expects.split('&').filter_map(|pair| pair.split_once('='));
        Page {
            name: name.to_owned(),
            expects: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            next: next.to_owned(),
            html: html.to_owned(),
        }
    };
    text.split("<!-- PAGE ").skip(1).map(page).collect()
}

/// The names of all portals.
fn names() -> Vec<String> {
    let files = std::fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file());
    let mut all: Vec<String> = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    all.sort();
    all
}

impl Server {
    async fn start() -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let own = |name: String| (name.clone(), read(&folder().join(format!("{name}.html"))));
        let with_steps = ("doors".to_owned(), read(&folder().join("steps/doors.html")));
        let portals = names().into_iter().map(own).chain([with_steps]).collect();
        let server = Arc::new(Self { origin: origin.clone(), portals, apps: Mutex::default() });
        let router = axum::Router::new().fallback(answer).with_state(server);
        tokio::spawn(async move { axum::serve(listener, router).await });
        origin
    }

    /// Where a page leads once its form is right.
    fn onward(&self, portal: &str, page: &Page) -> String {
        if page.next != "app" {
            return format!("{}/{portal}/{}", self.origin, page.next);
        }
        let (redirect_uri, state) = self.apps.lock().unwrap().get(portal).cloned().unwrap_or_default();
        let state: String = url::form_urlencoded::byte_serialize(state.as_bytes()).collect();
        format!("{redirect_uri}?code=code-of-{portal}&state={state}")
    }
}

fn totp_fits(code: &str) -> bool {
    let secret = totp_rs::Secret::try_from_base32(KEY).unwrap();
    totp_rs::Builder::new().with_secret(secret).build_noncompliant().check_current(code).is_some()
}

async fn answer(
    State(server): State<Arc<Server>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query: HashMap<String, String> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let path = uri.path().trim_start_matches('/');
    if path == "portal.js" {
        return ([(header::CONTENT_TYPE, "text/javascript")], SCRIPT).into_response();
    }
    let Some((portal, rest)) = path.split_once('/') else { return StatusCode::NOT_FOUND.into_response() };
    let Some(pages) = server.portals.get(portal) else { return StatusCode::NOT_FOUND.into_response() };
    let at = |place: &str| format!("{}/{portal}/{place}", server.origin);
    match rest {
        ".well-known/smart-configuration" => {
            return axum::Json(json!({
                "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
                "capabilities": ["launch-standalone", "client-public", "permission-patient", "context-standalone-patient"],
                "code_challenge_methods_supported": ["S256"], "grant_types_supported": ["authorization_code"],
            }))
            .into_response();
        }
        "token" => {
            let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
            return match form.get("code").is_some_and(|code| *code == format!("code-of-{portal}")) {
                true => axum::Json(json!({ "access_token": format!("token-of-{portal}"), "token_type": "Bearer",
                    "expires_in": 3600, "scope": "launch/patient patient/*.rs", "patient": "p-7" }))
                .into_response(),
                false => (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": "invalid_grant" }))).into_response(),
            };
        }
        "authorize" => {
            let get = |name: &str| query.get(name).cloned().unwrap_or_default();
            server.apps.lock().unwrap().insert(portal.to_owned(), (get("redirect_uri"), get("state")));
            let start =
                [(header::LOCATION, at("start")), (header::SET_COOKIE, format!("sid={portal}; Path=/{portal}"))];
            return (StatusCode::FOUND, start).into_response();
        }
        _ => {}
    }
    let Some(page) = pages.iter().find(|page| page.name == rest) else { return StatusCode::NOT_FOUND.into_response() };
    let known = headers.get(header::COOKIE).and_then(|cookie| cookie.to_str().ok());
    if !known.is_some_and(|cookie| cookie.contains(&format!("sid={portal}"))) {
        return (StatusCode::BAD_REQUEST, "no session").into_response();
    }
    let is_json =
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let sent: HashMap<String, String> = if is_json {
        let value: Value = serde_json::from_slice(&body).unwrap_or_default();
        let members = value.as_object().cloned().unwrap_or_default();
        members.into_iter().map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned())).collect()
    } else {
        url::form_urlencoded::parse(&body).into_owned().collect()
    };
    let fits = |(name, value): &(String, String)| {
        let own = sent.get(name);
        if value == "TOTP" { own.is_some_and(|code| totp_fits(code)) } else { own == Some(value) }
    };
    let is_done = if method == Method::POST {
        !page.expects.is_empty() && page.expects.iter().all(fits)
    } else {
        page.expects.is_empty() && query.contains_key("go")
    };
    let next = server.onward(portal, page);
    match (is_done, is_json) {
        (true, true) => axum::Json(json!({ "next": next })).into_response(),
        (true, false) => (StatusCode::SEE_OTHER, [(header::LOCATION, next)]).into_response(),
        (false, true) => axum::Json(json!({})).into_response(),
        (false, false) => axum::response::Html(format!("<!doctype html>{}", page.html)).into_response(),
    }
}

/// What became of a sign-in at a portal: the verdict about the code, and why there is none.
fn tried(origin: &str, name: &str, login: &str) -> (String, String) {
    let place = tempfile::tempdir().unwrap();
    let text = format!(
        "[targets.portal]\nfhir_base = \"{origin}/{name}\"\n[targets.portal.limits]\nrequests_per_second = 0\n\
         [targets.portal.clients.public]\nid = \"app\"\n[targets.portal.users.a]\nusername = \"dora\"\npatient = \"p-7\"\n\
         password = {{ env = \"PORTAL_PASSWORD\" }}\ntotp = {{ env = \"PORTAL_KEY\" }}\n\
         [targets.portal.login]\npage_timeout = \"6s\"\n{login}"
    );
    std::fs::write(place.path().join("probity.toml"), text).unwrap();
    let mut command = probity(place.path(), &["run", "smart.standalone.code", "--out", "out", "--quiet"]);
    let (code, out, err) = ran(command.env("PORTAL_PASSWORD", PASSWORD).env("PORTAL_KEY", KEY));
    let run = std::fs::read(place.path().join("out/run.json")).unwrap_or_else(|_| panic!("{out}{err}"));
    let run: Value = serde_json::from_slice(&run).unwrap();
    let text = run.to_string();
    assert!(!text.contains(PASSWORD) && !text.contains(KEY) && !out.contains(PASSWORD), "{name}: a secret is told");
    let verdict = run["scenarios"][0]["verdict"].as_str().unwrap_or_default().to_owned();
    (verdict, format!("{name} ({code}): {} {err}", run["setup"][0]["reason"]))
}

fn start() -> (tokio::runtime::Runtime, String) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let origin = runtime.block_on(Server::start());
    (runtime, origin)
}

/// The portals to which a driver gets in, and what is said of the others.
fn mastered(driver: &str) -> (Vec<String>, Vec<String>) {
    let (_runtime, origin) = start();
    let (mut yes, mut no) = (Vec::new(), Vec::new());
    for name in names() {
        match tried(&origin, &name, &format!("driver = \"{driver}\"\n")) {
            (verdict, _) if verdict == "pass" => yes.push(name),
            (_, why) => no.push(why),
        }
    }
    (yes, no)
}

#[test]
fn steps_of_the_configuration_get_in_where_reading_is_not_enough() {
    const STEPS: &str = "driver = \"form\"\n\
        [[targets.portal.login.steps]]\nclick = \"Patients and family\"\n\
        [[targets.portal.login.steps]]\nfill = \"css=#clinic\"\ntext = \"NORTH\"\n\
        [[targets.portal.login.steps]]\nfill = \"Member ID\"\nwith = \"username\"\n\
        [[targets.portal.login.steps]]\nfill = \"Secret word\"\nwith = \"password\"\n\
        [[targets.portal.login.steps]]\nchoose = \"Region\"\noption = \"West\"\n\
        [[targets.portal.login.steps]]\nclick = \"Enter the portal\"\n";
    let (_runtime, origin) = start();
    let (verdict, why) = tried(&origin, "doors", STEPS);
    assert_eq!(verdict, "pass", "{why}");
    let (verdict, why) = tried(&origin, "doors", "driver = \"form\"\n");
    assert_ne!(verdict, "pass", "{why}");
}

/// The portals that scripts make: what has no browser can only say so.
const SCRIPTED: [&str; 8] =
    ["b2c", "callbacks", "choose-authenticator", "controlled-inputs", "framed", "notice-dialog", "shadow", "slow-app"];

#[test]
fn the_form_driver_signs_in_to_every_portal_that_needs_no_script() {
    let (yes, no) = mastered("form");
    let unexpected: Vec<&String> =
        no.iter().filter(|told| !SCRIPTED.iter().chain(&["script-link"]).any(|own| told.starts_with(own))).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    assert_eq!(yes.len(), names().len() - SCRIPTED.len() - 1, "{no:#?}");
    println!("form: {} of {}", yes.len(), names().len());
}

#[test]
fn auto_signs_in_to_every_portal() {
    let found = std::process::Command::new("chromedriver").arg("--version").output();
    let found = found.is_ok_and(|out| out.status.success()).then_some(());
    if require::require(found, "install chromium and its chromedriver, to sign in with a browser").is_none() {
        return;
    }
    let (yes, no) = mastered("auto");
    assert!(no.is_empty(), "{} of {}: {no:#?}", yes.len(), names().len());
    println!("auto: {} of {}", yes.len(), names().len());
}
