//! Sign-ins on pages that scripts make, in a real browser.

use crate::{Foreign, probity, ran, require};
use base64::Engine as _;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

fn has_browser() -> Option<()> {
    let found = Command::new("chromedriver").arg("--version").output().is_ok_and(|out| out.status.success());
    require::require(found.then_some(()), "install chromium and its chromedriver, to sign in with a browser")
}

fn read(folder: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join("out/run.json")).unwrap()).unwrap()
}

fn verdicts(run: &Value) -> Vec<(&str, &str)> {
    let all = run["scenarios"].as_array().unwrap();
    all.iter().map(|s| (s["requirement"]["id"].as_str().unwrap(), s["verdict"].as_str().unwrap())).collect()
}

const ARGUMENTS: [&str; 6] = ["run", "--target", "foreign", "--intrusive", "--out", "out"];

#[test]
fn pages_made_by_scripts_are_signed_in_to_consented_refused_and_told_from_error_pages() {
    if has_browser().is_none() {
        return;
    }
    let server = Foreign::with_script_pages(&[]);
    let folder = tempfile::tempdir().unwrap();
    server.configure(folder.path());
    let ids = ["smart.standalone.redirect", "smart.standalone.token-body", "pkce.wrong-verifier", "scope.unconsented"];
    let more = ["launch.user-denies", "launch.aud-foreign", "redirect.unregistered-host", "redirect.scheme-downgrade"];
    let arguments: Vec<&str> = ARGUMENTS.into_iter().chain(ids).chain(more).collect();
    let (code, out, err) = ran(&mut server.probity(folder.path(), &arguments));
    assert_eq!(code, 0, "{out}{err}");
    let run = read(folder.path());
    assert!(verdicts(&run).iter().all(|(_, verdict)| *verdict == "pass"), "{:?}", verdicts(&run));
    let text = run.to_string();
    assert!(text.contains("login: a page in the browser"), "the pages are recorded");
    for secret in server.secrets() {
        assert!(!text.contains(&secret), "a password is in run.json");
    }
    let pages: Vec<&Value> =
        run["exchanges"].as_array().unwrap().iter().filter(|own| own["picture"].is_string()).collect();
    assert!(pages.len() > 3, "pages are pictured");
    for page in pages {
        let png = base64::engine::general_purpose::STANDARD.decode(page["picture"].as_str().unwrap()).unwrap();
        assert!(png.starts_with(b"\x89PNG"));
    }
}

#[test]
fn an_answer_behind_the_fragment_is_seen() {
    if has_browser().is_none() {
        return;
    }
    // RFC 6749 4.2.2: what comes of an implicit request stands behind the `#`, which no server is sent.
    for (fault, wanted) in [("authorize.errors-in-fragment", "pass"), ("authorize.implicit-served", "fail")] {
        let server = Foreign::with_script_pages(&[fault]);
        let folder = tempfile::tempdir().unwrap();
        server.configure(folder.path());
        let arguments: Vec<&str> = ARGUMENTS.into_iter().chain(["client-auth.implicit-response-type"]).collect();
        let (_, out, err) = ran(&mut server.probity(folder.path(), &arguments));
        let run = read(folder.path());
        assert_eq!(verdicts(&run), [("client-auth.implicit-response-type", wanted)], "{fault}: {out}{err}");
    }
}

#[test]
fn a_wrong_password_is_typed_once_and_blames_nobody() {
    if has_browser().is_none() {
        return;
    }
    let server = Foreign::with_script_pages(&[]);
    let folder = tempfile::tempdir().unwrap();
    let wrong = ("PROBITY_EMBEDDED_HARBOR_USER_1_PASSWORD", "PROBITY_EMBEDDED_HARBOR_USER_2_PASSWORD");
    server.configure_with(folder.path(), &[wrong]);
    let arguments: Vec<&str> = ARGUMENTS.into_iter().chain(["smart.standalone", "pkce.wrong-verifier"]).collect();
    let (code, out, err) = ran(&mut server.probity(folder.path(), &arguments));
    assert_eq!(code, 3, "{out}{err}");
    assert!(out.contains("refuses the user's name or password"), "{out}");
    let run = read(folder.path());
    assert!(verdicts(&run).iter().all(|(_, verdict)| *verdict == "skip"), "{:?}", verdicts(&run));
    let asked = run["setup"].as_array().unwrap().iter().filter(|setup| setup["state"] == "misconfigured").count();
    assert!(asked >= 1, "{:#}", run["setup"]);
}

#[test]
fn a_sign_in_within_a_frame_is_played() {
    if has_browser().is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let origin = runtime.block_on(framed());
    let text = format!(
        "[targets.foreign]\nfhir_base = \"{origin}/fhir\"\nenvironment = \"preview\"\npermitted = true\n\
         [targets.foreign.login]\ndriver = \"browser\"\n[targets.foreign.clients.public]\nid = \"app\"\n\
         [targets.foreign.users.a]\nusername = \"dora\"\npassword = {{ env = \"PW\" }}\n"
    );
    std::fs::write(folder.path().join("probity.toml"), text).unwrap();
    let arguments: Vec<&str> = ARGUMENTS.into_iter().chain(["smart.standalone.redirect"]).collect();
    let (_, out, err) = ran(probity(folder.path(), &arguments).env("PW", "correct-horse"));
    let run = read(folder.path()).to_string();
    assert!(run.contains("login: back to the app"), "{out}{err}");
    assert!(!run.contains("correct-horse"));
}

/// A server whose page has a frame, and whose frame has the form. It lets in who is right, and no other.
async fn framed() -> String {
    use axum::extract::{Form, Query, State};
    use axum::response::{Html, IntoResponse as _, Redirect};
    use axum::routing::{get, post};
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};
    type Asked = Arc<Mutex<HashMap<String, String>>>;
    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", socket.local_addr().unwrap());
    let endpoints = serde_json::json!({
        "authorization_endpoint": format!("{origin}/authorize"), "token_endpoint": format!("{origin}/token"),
    });
    let authorize = |State(asked): State<Asked>, Query(query): Query<HashMap<String, String>>| async move {
        *asked.lock().unwrap() = query;
        Html("<title>Portal</title><p>Welcome</p><iframe src=/inner></iframe>")
    };
    const INNER: &str = "<form method=post action=/go target=_top><input name=username>\
                         <input type=password name=password><button>Sign in</button></form>";
    let go = |State(asked): State<Asked>, Form(sent): Form<HashMap<String, String>>| async move {
        let asked = asked.lock().unwrap();
        match (sent["username"].as_str(), sent["password"].as_str()) {
            ("dora", "correct-horse") => {
                Redirect::to(&format!("{}?code=1&state={}", asked["redirect_uri"], asked["state"])).into_response()
            }
            _ => Html("<p>Wrong</p>").into_response(),
        }
    };
    let router = axum::Router::new()
        .route("/fhir/.well-known/smart-configuration", get(move || async move { axum::Json(endpoints) }))
        .route("/authorize", get(authorize))
        .route("/inner", get(|| async { Html(INNER) }))
        .route("/go", post(go))
        .with_state(Asked::default());
    tokio::spawn(async move { axum::serve(socket, router).await.unwrap() });
    origin
}

#[test]
fn without_a_browser_the_setup_says_how_to_get_one() {
    let server = Foreign::with_script_pages(&[]);
    let folder = tempfile::tempdir().unwrap();
    server.configure(folder.path());
    let arguments: Vec<&str> = ARGUMENTS.into_iter().chain(["smart.standalone"]).collect();
    let (code, out, err) = ran(server.probity(folder.path(), &arguments).env("PATH", folder.path()));
    assert_eq!(code, 3, "{out}{err}");
    assert!(out.contains("chromedriver"), "{out}");
    assert!(!out.contains("FAIL"), "{out}");
}

#[test]
fn the_reference_target_serves_pages_that_scripts_make() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = ran(&mut probity(folder.path(), &["serve", "--help"]));
    assert_eq!(code, 0);
    assert!(out.contains("--script-pages"), "{out}");
}
