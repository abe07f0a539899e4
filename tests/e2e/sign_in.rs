//! Servers whose sign-in cannot be played to its end: nothing is said of the server, and nothing passes.

use axum::Router;
use axum::extract::Query;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect};
use probity::record::{Cause, Run, SetupState, Verdict};
use probity::{suite, target};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

const IDS: [&str; 5] = ["smart.standalone", "code.state-echo-exact", "redirect", "pkce", "launch"];

/// A run of what begins with a sign-in, against a server that answers every authorization request like this; 302 is a
/// redirect back to the app with this error.
fn run_against(status: u16, html: &'static str) -> Run {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", socket.local_addr().unwrap());
        let configuration = serde_json::json!({
            "authorization_endpoint": format!("{origin}/authorize"), "token_endpoint": format!("{origin}/token"),
        });
        let router = Router::new()
            .route(
                "/fhir/.well-known/smart-configuration",
                axum::routing::get(move || async move { axum::Json(configuration) }),
            )
            .fallback(move |Query(asked): Query<HashMap<String, String>>| async move {
                if status == 302 {
                    let back = format!("{}?error={html}&state={}", asked["redirect_uri"], asked["state"]);
                    return Redirect::to(&back).into_response();
                }
                let status = StatusCode::from_u16(status).unwrap();
                (status, [(header::CONTENT_TYPE, "text/html")], html).into_response()
            });
        tokio::spawn(async move { axum::serve(socket, router).await.unwrap() });
        let text = format!(
            "[targets.t]\nfhir_base = \"{origin}/fhir\"\nenvironment = \"preview\"\npermitted = true\n\
             [targets.t.login]\ndriver = \"form\"\n[targets.t.limits]\nrequests_per_second = 0\nconcurrency = 8\nretries = 0\n\
             [targets.t.clients.public]\nid = \"app\"\n\
             [targets.t.users.a]\nusername = \"a\"\npassword = {{ env = \"PW\" }}\npatient = \"p1\"\n"
        );
        let values = target::Values::new([("PW".to_owned(), "s3cret-password".to_owned())].into_iter().collect());
        let target = target::load(&text, Path::new("t.toml"), None, &values).unwrap();
        let plan = suite::Plan::new(suite::Catalogue::embedded().unwrap(), &IDS.map(str::to_owned)).unwrap();
        suite::run(plan, Arc::new(target), Arc::new(|_| ()), std::future::pending()).await.unwrap()
    })
}

#[test]
fn a_sign_in_that_is_not_played_to_its_end_passes_and_fails_nothing() {
    for (status, html) in [
        (200, "<title>Portal</title><div id=root></div><script src=/app.js></script>"),
        (200, "<form><input name=x></form>"),
        (429, "<h1>Too many requests</h1>"),
        (503, "<h1>Later</h1>"),
    ] {
        let run = run_against(status, html);
        assert!(run.scenarios.len() > 20, "{} scenarios", run.scenarios.len());
        for record in &run.scenarios {
            let id = &record.requirement.id;
            let why = record.reason.as_deref().unwrap_or_default();
            assert!(matches!(record.verdict, Verdict::Skip | Verdict::Error), "{status} {id}: {:?}", record.verdict);
            assert_ne!(record.cause, Some(Cause::ToolBroke), "{status} {id}: {why}");
        }
        let redirect =
            run.scenarios.iter().find(|record| record.requirement.id.as_str() == "smart.standalone.redirect");
        assert_eq!(redirect.unwrap().cause, Some(Cause::Blocked), "{status}");
    }
}

#[test]
fn a_page_that_does_not_know_the_app_is_a_matter_of_setup() {
    let run = run_against(400, "<h1>No</h1>");
    assert!(run.scenarios.iter().all(|record| matches!(record.verdict, Verdict::Skip)), "nothing is blamed or passed");
    let broken: Vec<_> = run.setup.iter().filter(|setup| setup.is_broken()).collect();
    assert_eq!(broken.len(), 1);
    assert_eq!((broken[0].id.as_str(), broken[0].state), ("setup.a.public", SetupState::Misconfigured));
    assert!(broken[0].help.as_ref().unwrap().contains("redirect_uri"), "{:?}", broken[0].help);
}

#[test]
fn a_redirect_that_refuses_fails_what_must_be_granted() {
    let run = run_against(302, "access_denied");
    let verdict = |id: &str| run.scenarios.iter().find(|record| record.requirement.id.as_str() == id).unwrap().verdict;
    assert_eq!(verdict("smart.standalone.code"), Verdict::Fail);
    let passed = run.scenarios.iter().filter(|record| record.verdict == Verdict::Pass);
    let passed: Vec<&str> = passed.map(|record| record.requirement.id.as_str()).collect();
    assert_eq!(passed, ["smart.standalone.redirect"], "no control of another holds");
}
