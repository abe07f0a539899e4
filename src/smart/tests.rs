//! Sign-ins against small servers at real sockets: how each ended, and what that means.

use super::{Ask, Consent, Landing, Launch, Meaning, SessionKey, Sessions, Site, Trouble, open};
use crate::http::Door;
use crate::record::{Ledger, Page};
use crate::smart::login::Unread;
use crate::smart::sign_in::authorize_now;
use crate::target::{ClientRole, Values, load};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode, header};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

const CALLBACK: &str = "http://127.0.0.1:9797/callback";
const LOGIN: &str = "<title>Hello</title><form method=post action=/login><input name=username>\
    <input type=password name=password><button>Log in</button></form>";
const CONSENT: &str = "<form method=post action=/consent><button name=d value=yes>Allow</button>\
    <button name=d value=no>Deny</button></form>";

/// One request, as the server saw it: method and path, and the parameters of query and body.
#[derive(Clone)]
struct Asked {
    what: String,
    parameters: HashMap<String, String>,
}

type Reply = Response<Body>;

fn reply(status: u16, kind: &str, body: impl Into<String>) -> Reply {
    let reply = Response::builder().status(StatusCode::from_u16(status).unwrap());
    reply.header(header::CONTENT_TYPE, kind).body(Body::from(body.into())).unwrap()
}

fn page(status: u16, html: &str) -> Reply {
    reply(status, "text/html", html)
}

fn to(place: &str) -> Reply {
    Response::builder().status(StatusCode::FOUND).header(header::LOCATION, place).body(Body::empty()).unwrap()
}

/// A server that publishes its endpoints; everything else is up to `answer`.
struct Server {
    site: Site,
    door: Door,
    seen: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    async fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", socket.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, all, own) = (Arc::new(answer), Arc::clone(&seen), origin.clone());
        let handle = move |request: Request| {
            let (answer, all, own) = (Arc::clone(&answer), Arc::clone(&all), own.clone());
            async move {
                let (parts, body) = request.into_parts();
                if parts.uri.path().ends_with("smart-configuration") {
                    let endpoints = serde_json::json!({
                        "authorization_endpoint": format!("{own}/authorize"), "token_endpoint": format!("{own}/token"),
                    });
                    return reply(200, "application/json", endpoints.to_string());
                }
                let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
                let query = parts.uri.query().unwrap_or_default().as_bytes();
                let pairs = url::form_urlencoded::parse(query).chain(url::form_urlencoded::parse(&body));
                let asked = Asked {
                    what: format!("{} {}", parts.method, parts.uri.path()),
                    parameters: pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
                };
                all.lock().unwrap().push(asked.clone());
                answer(&asked)
            }
        };
        tokio::spawn(async move { axum::serve(socket, axum::Router::new().fallback(handle)).await.unwrap() });
        let user = |name: &str| {
            format!(
                "[targets.t.users.{name}]\nusername = \"{name}\"\npassword = {{ env = \"PW\" }}\npatient = \"p-{name}\"\n"
            )
        };
        let text = format!(
            "[targets.t]\nfhir_base = \"{origin}/fhir\"\nenvironment = \"preview\"\npermitted = true\nbodies = \"full\"\n\
             allow_origins = [\"http://127.0.0.1:1\"]\nredirect_uri = \"{CALLBACK}\"\n[targets.t.login]\ndriver = \"form\"\n[targets.t.limits]\nrequests_per_second = 0\nconcurrency = 8\nretries = 0\n\
             [targets.t.clients.public]\nid = \"app\"\n[targets.t.clients.second]\nid = \"other\"\n{}{}",
            user("a"),
            user("b"),
        );
        let values = Values::new([("PW".to_owned(), "s3cret-password".to_owned())].into_iter().collect());
        let target = Arc::new(load(&text, Path::new("t.toml"), None, &values).unwrap());
        let door = Door::open(&target, Ledger::new(Box::new(|_| ())), None).unwrap();
        Self { site: Site::main(target), door, seen }
    }

    /// How a sign-in of user a ends whose request is altered like this.
    async fn ending_of(&self, alter: impl FnOnce(&mut Ask), consent: &Consent) -> Landing {
        authorize_now(&self.door, &self.site, &key("a", ClientRole::Public), alter, consent).await.unwrap().1
    }

    async fn ending(&self) -> Landing {
        self.ending_of(|_| {}, &Consent::All).await
    }

    fn requests(&self, what: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|asked| asked.what == what).count()
    }

    fn passwords(&self) -> usize {
        self.seen.lock().unwrap().iter().filter(|asked| asked.parameters.contains_key("password")).count()
    }
}

fn key(user: &str, client: ClientRole) -> SessionKey {
    SessionKey {
        second_tenant: false,
        client,
        user: user.to_owned(),
        scopes: None,
        launch: Launch::Standalone,
        kept: None,
    }
}

/// How a sign-in ends whose first page is this.
async fn first_page(status: u16, kind: &'static str, body: &'static str) -> Landing {
    Server::start(move |_| reply(status, kind, body)).await.ending().await
}

fn is_unclear(landing: &Landing) -> bool {
    landing.unclear().is_some() && matches!(landing.meaning(), Meaning::Unclear(_))
}

#[tokio::test]
async fn a_page_made_by_scripts_is_not_read_and_says_nothing() {
    let html = "<title>Portal</title><div id=root></div><script src=/app.js></script>";
    let landing = first_page(200, "text/html", html).await;
    assert!(is_unclear(&landing));
    assert!(matches!(&landing, Landing::CannotRead { why: Unread::Script(_), status: 200, number } if *number > 0));
    assert!(landing.to_string().contains("titled \"Portal\""), "{landing}");
}

#[tokio::test]
async fn pages_without_usable_buttons_say_nothing() {
    let fields = first_page(200, "text/html", "<form><input name=x></form>").await;
    assert!(is_unclear(&fields) && matches!(fields, Landing::CannotRead { why: Unread::NoForm(_), .. }));
    let links = first_page(200, "text/html", "<p>Choose</p><a href=/x>X</a>").await;
    assert!(is_unclear(&links) && matches!(links, Landing::CannotRead { why: Unread::NoForm(_), .. }));
    let buttons = first_page(200, "text/html", "<form><button>Red</button><button>Blue</button></form>").await;
    assert!(is_unclear(&buttons) && buttons.to_string().contains("login.consent_approve"), "{buttons}");
    let json = first_page(200, "application/json", "{}").await;
    assert!(is_unclear(&json) && matches!(json, Landing::CannotRead { why: Unread::NotHtml, .. }));
}

#[tokio::test]
async fn a_server_that_cannot_answer_now_refuses_nothing() {
    for status in [408, 429, 500, 503] {
        let landing = first_page(status, "text/html", "<h1>Later</h1>").await;
        assert!(is_unclear(&landing), "{status}: {landing}");
        let form = first_page(status, "text/html", LOGIN).await;
        assert!(matches!(form, Landing::CannotRead { why: Unread::Busy, .. }), "{status}: {form}");
    }
}

#[tokio::test]
async fn error_pages_and_pages_without_a_way_on_refuse() {
    for (status, kind, body) in [
        (400, "text/html", "<h1>Bad request</h1>"),
        (403, "text/html", "<h1>No</h1><script>1</script>"),
        (400, "application/json", "{\"error\":\"invalid_request\"}"),
        (200, "text/html", "<h1>This app is not registered</h1>"),
    ] {
        let landing = first_page(status, kind, body).await;
        assert_eq!(landing.meaning(), Meaning::Refused, "{landing}");
        assert!(matches!(landing, Landing::RefusedPage { status: own, .. } if own == status));
    }
}

#[tokio::test]
async fn an_error_redirect_refuses_and_a_code_grants() {
    let error = Server::start(|_| to(&format!("{CALLBACK}?error=invalid_scope"))).await.ending().await;
    assert_eq!((error.meaning(), error.get("error")), (Meaning::Refused, Some("invalid_scope")));
    let code = Server::start(|_| to(&format!("{CALLBACK}?code=c1"))).await.ending().await;
    assert_eq!((code.meaning(), code.get("code")), (Meaning::Granted, Some("c1")));
    let nothing = Server::start(|_| to(CALLBACK)).await.ending().await;
    assert!(matches!(nothing.meaning(), Meaning::Unclear(_)) && nothing.unclear().is_none());
    let posted = Server::start(|_| {
        page(200, &format!("<form method=post action={CALLBACK}><input type=hidden name=code value=c2></form>"))
    });
    assert_eq!(posted.await.ending().await.get("code"), Some("c2"));
}

#[tokio::test]
async fn a_closed_connection_is_no_answer() {
    let server = Server::start(|_| to("http://127.0.0.1:1/")).await;
    assert!(matches!(server.ending().await, Landing::NoAnswer(_)));
}

#[tokio::test]
async fn a_code_at_another_uri_is_seen_and_not_followed() {
    // The server's own host and port would be followed otherwise.
    let server = Server::start(|asked| match asked.what.as_str() {
        "GET /authorize" => to(&format!("/elsewhere?code=c1&state={}", asked.parameters["state"])),
        _ => page(200, "<h1>Stolen</h1>"),
    });
    let server = server.await;
    let landing = server.ending().await;
    assert!(matches!(&landing, Landing::Elsewhere { url, .. } if url.path() == "/elsewhere"), "{landing}");
    assert_eq!((landing.meaning(), landing.get("code")), (Meaning::Granted, None));
    assert_eq!(server.requests("GET /elsewhere"), 0);
    assert!(!landing.to_string().contains("c1"), "{landing}");
}

#[tokio::test]
async fn a_redirect_uri_that_the_server_normalises_is_another_uri() {
    let server = Server::start(|_| to("http://127.0.0.1:9797/elsewhere?code=c1")).await;
    let climb = |ask: &mut Ask| ask.redirect_uri = format!("{CALLBACK}%2f..%2felsewhere").parse().unwrap();
    let landing = server.ending_of(climb, &Consent::All).await;
    assert!(matches!(landing, Landing::Elsewhere { .. }), "{landing}");
    assert_eq!(landing.meaning(), Meaning::Granted);
}

#[tokio::test]
async fn another_origin_is_not_followed_unless_it_is_configured() {
    let landing = Server::start(|_| to("https://idp.example.org/login?client_id=x")).await.ending().await;
    assert!(is_unclear(&landing) && landing.to_string().contains("https://idp.example.org"), "{landing}");
    let form = "<form method=post action=https://evil.example/><input type=password name=password><button>Go</button>";
    let foreign = Server::start(move |_| page(200, form)).await;
    let landing = foreign.ending().await;
    assert!(matches!(landing, Landing::CannotRead { why: Unread::OtherOrigin { .. }, .. }), "{landing}");
    assert_eq!(foreign.passwords(), 0);
}

#[tokio::test]
async fn a_user_may_refuse() {
    let server = Server::start(|asked| match asked.parameters.get("d").map(String::as_str) {
        None => page(200, CONSENT),
        Some("no") => to(&format!("{CALLBACK}?error=access_denied")),
        Some(_) => to(&format!("{CALLBACK}?code=c1")),
    });
    let server = server.await;
    assert_eq!(server.ending_of(|_| {}, &Consent::Refuse).await.get("error"), Some("access_denied"));
    assert_eq!(server.ending().await.get("code"), Some("c1"));
}

#[tokio::test]
async fn where_nothing_can_be_refused_a_part_is_not_refused() {
    let asks = Server::start(|asked| match asked.parameters.get("d").map(String::as_str) {
        None => page(200, CONSENT),
        Some(_) => to(&format!("{CALLBACK}?code=c1")),
    });
    let at_once = Server::start(|_| to(&format!("{CALLBACK}?code=c1")));
    for server in [asks.await, at_once.await] {
        let landing = server.ending_of(|_| {}, &Consent::Exactly(vec!["openid".to_owned()])).await;
        assert!(matches!(landing, Landing::CannotRead { why: Unread::NothingToRefuse, .. }), "{landing}");
        assert!(is_unclear(&landing));
    }
}

#[tokio::test]
async fn categories_take_the_place_of_a_type_where_the_page_offers_them() {
    const WIDE: &str = "<input type=checkbox name=scope value=patient/Goal.rs checked>";
    const NARROW: &str = "<input type=checkbox name=scope value=patient/Goal.rs?category=a%7Cb>";
    for (boxes, expected) in
        [([WIDE, NARROW].concat(), "patient/Goal.rs?category=a%7Cb"), (WIDE.to_owned(), "patient/Goal.rs")]
    {
        let server = Server::start(move |asked| match asked.parameters.get("d").map(String::as_str) {
            None => page(
                200,
                &format!("<form method=post action=/consent>{boxes}<button name=d value=yes>Allow</button></form>"),
            ),
            Some(_) => to(&format!("{CALLBACK}?code=c1")),
        });
        let server = server.await;
        let landing = server.ending_of(|_| {}, &Consent::Categories(vec!["Goal".to_owned()])).await;
        assert_eq!(landing.get("code"), Some("c1"), "{landing}");
        let posted = server.seen.lock().unwrap().last().unwrap().parameters.clone();
        assert_eq!(posted["scope"], expected);
    }
}

#[tokio::test]
async fn a_form_or_a_button_for_each_record_is_a_picker() {
    let form = |id: &str| {
        format!("<form method=post action=/pick><input type=hidden name=p value={id}><button>Open</button></form>")
    };
    let button = |id: &str| format!("<button name=p value={id}>Open</button>");
    let forms = [form("p-x"), form("p-a"), form("p-y")].concat();
    let buttons = format!("<form method=post action=/pick>{}{}</form>", button("p-x"), button("p-a"));
    for html in [forms, buttons] {
        let server = Server::start(move |asked| match asked.parameters.get("p").map(String::as_str) {
            None => page(200, &html),
            Some("p-a") => to(&format!("{CALLBACK}?code=c1")),
            Some(_) => page(403, "<h1>Not yours</h1>"),
        });
        assert_eq!(server.await.ending().await.get("code"), Some("c1"));
    }
}

/// A server that shows its login page; user a's password is wrong, that of b is right.
async fn guarded(refusal: fn() -> Reply) -> Server {
    Server::start(move |asked| match (asked.what.as_str(), asked.parameters.get("username").map(String::as_str)) {
        ("POST /login", Some("b")) => to("/consent"),
        ("POST /login", _) => refusal(),
        ("GET /consent", _) => page(200, CONSENT),
        ("POST /consent", _) => to(&format!("{CALLBACK}?code=c1")),
        ("POST /token", _) => reply(200, "application/json", r#"{"access_token":"t1","token_type":"bearer"}"#),
        _ => page(200, LOGIN),
    })
    .await
}

#[tokio::test]
async fn nobody_signs_in_to_an_app_twice_at_the_same_time() {
    let server = Server::start(|asked| match asked.what.as_str() {
        "GET /authorize" => to(&format!("{CALLBACK}?code=c1")),
        _ => reply(200, "application/json", r#"{"access_token":"t1","token_type":"bearer"}"#),
    })
    .await;
    let scopes = |scopes: &str| SessionKey { scopes: Some(scopes.to_owned()), ..key("a", ClientRole::Public) };
    let one = |own: &'static str| open(&server.door, &server.site, scopes(own));
    let all = tokio::join!(one("openid"), one("openid fhirUser"), one("launch/patient"), one("patient/*.rs"));
    assert!(all.0.is_ok() && all.1.is_ok() && all.2.is_ok() && all.3.is_ok());
    let order: Vec<String> = server.seen.lock().unwrap().iter().map(|asked| asked.what.clone()).collect();
    assert_eq!(order.len(), 10, "the setup and four sign-ins: {order:?}");
    assert!(order.chunks(2).all(|pair| pair == ["GET /authorize", "POST /token"]), "{order:?}");
}

#[tokio::test]
async fn a_wrong_password_is_sent_once_however_many_sign_ins_there_are() {
    for refusal in [|| page(200, LOGIN), || page(401, "<h1>No</h1>"), || to("/authorize?again=1")] {
        let server = guarded(refusal).await;
        let (door, site, pool, ledger_page) = (&server.door, &server.site, Sessions::default(), Page::default());
        let (public, second) = (key("a", ClientRole::Public), key("a", ClientRole::Second));
        let all = tokio::join!(
            pool.get(door, &ledger_page, site, public.clone()),
            pool.get(door, &ledger_page, site, second.clone()),
            open(door, site, public.clone()),
            authorize_now(door, site, &second, |_| {}, &Consent::All),
        );
        for trouble in [all.0.err(), all.1.err(), all.2.err()] {
            assert!(
                matches!(trouble, Some(Trouble::Setup { reason, .. }) if reason.contains("user's name or password"))
            );
        }
        assert!(matches!(all.3.unwrap().1, Landing::RefusedUser { .. }));
        assert!(matches!(server.ending().await, Landing::RefusedUser { number: 0 }));
        assert_eq!(server.passwords(), 1);
    }
}

#[tokio::test]
async fn a_right_password_is_sent_by_every_sign_in() {
    let server = guarded(|| page(401, LOGIN)).await;
    let (door, site) = (&server.door, &server.site);
    let sign_ins = tokio::join!(
        open(door, site, key("b", ClientRole::Public)),
        open(door, site, key("b", ClientRole::Second)),
        open(door, site, key("b", ClientRole::Public)),
    );
    assert!(sign_ins.0.is_ok() && sign_ins.1.is_ok() && sign_ins.2.is_ok());
    assert_eq!(server.passwords(), 3);
    // What is known of one user says nothing of another.
    assert!(matches!(server.ending().await, Landing::RefusedUser { number } if number > 0));
    assert!(open(door, site, key("b", ClientRole::Public)).await.is_ok());
}
