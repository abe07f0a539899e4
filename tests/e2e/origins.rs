//! Secrets go only to origins that the configuration names, whatever a server says of itself.

use crate::{probity, ran};
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// A server of a few lines: it keeps every request and answers as it is told.
struct Server {
    origin: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves on `host`; `answer` makes a whole HTTP answer of the request line.
    fn on(host: &str, answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind((host, 0)).unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let text = request(&mut stream);
                let answer = answer(text.lines().next().unwrap_or_default());
                kept.lock().unwrap().push(text);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { origin, requests }
    }

    fn heard(&self) -> String {
        self.requests.lock().unwrap().join("\n")
    }
}

/// One request, as far as its headers announce it.
fn request(stream: &mut impl std::io::Read) -> String {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0_usize) {
                return text;
            }
        }
        match stream.read(&mut chunk) {
            Ok(count) if count > 0 => bytes.extend_from_slice(&chunk[..count]),
            _ => return text,
        }
    }
}

fn whole(status: &str, media: &str, more: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {media}\r\nContent-Length: {length}\r\nConnection: close\r\n{more}\r\n{body}"
    )
}

/// The answers of a FHIR server whose discovery names these endpoints; its own authorize endpoint gives a code at once.
fn answers(authorize: String, token: String) -> impl Fn(&str) -> String + Send + 'static {
    move |line| {
        let path = line.split(' ').nth(1).unwrap_or_default();
        if path.starts_with("/fhir/.well-known/smart-configuration") {
            let document = format!(
                r#"{{"authorization_endpoint":"{authorize}","token_endpoint":"{token}","introspection_endpoint":"{token}",
                   "revocation_endpoint":"{token}","capabilities":[],"code_challenge_methods_supported":["S256"]}}"#
            );
            return whole("200 OK", "application/json", "", &document);
        }
        if let Some(query) = path.strip_prefix("/authorize?") {
            let state = query.split('&').find_map(|pair| pair.strip_prefix("state=")).unwrap_or_default();
            let to = format!("Location: http://127.0.0.1:9797/callback?code=planted-code-0123456789&state={state}\r\n");
            return whole("302 Found", "text/plain", &to, "");
        }
        if path.starts_with("/fhir/metadata") {
            return whole("200 OK", "application/fhir+json", "", r#"{"resourceType":"CapabilityStatement"}"#);
        }
        whole("404 Not Found", "text/plain", "", "nothing here")
    }
}

const PASSWORD: &str = "planted-password-0123";
const SECRET: &str = "planted-client-secret-0123";

fn configure(folder: &Path, server: &Server, more: &str) {
    let text = format!(
        "[targets.t]\nfhir_base = \"{}/fhir\"\nenvironment = \"preview\"\npermitted = true\n\
         redirect_uri = \"http://127.0.0.1:9797/callback\"\nscopes = [\"launch/patient\", \"patient/*.rs\"]\n{more}\
         [targets.t.login]\ndriver = \"form\"\n[targets.t.limits]\nrequests_per_second = 0\n\
         [targets.t.clients.public]\nid = \"app\"\n[targets.t.clients.confidential]\nid = \"server\"\n\
         secret = {{ env = \"PLANTED_SECRET\" }}\nmethod = \"basic\"\n\
         [targets.t.users.a]\nusername = \"alice\"\npassword = {{ env = \"PLANTED_PASSWORD\" }}\npatient = \"p1\"\n",
        server.origin
    );
    std::fs::write(folder.join("probity.toml"), text).unwrap();
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    ran(probity(folder, arguments).env("PLANTED_SECRET", SECRET).env("PLANTED_PASSWORD", PASSWORD))
}

/// What must never reach an origin that is not named: credentials, codes, and forms that would hold them.
fn is_told_nothing(foreign: &Server) {
    let heard = foreign.heard();
    for secret in ["planted", "code_verifier", "grant_type", "authorization:", "cHJvYml0", "password"] {
        assert!(!heard.to_lowercase().contains(secret), "{secret} in {heard}");
    }
}

#[test]
fn a_token_endpoint_that_only_discovery_names_at_another_host_gets_no_secret() {
    let foreign =
        Server::on("127.0.0.2", |_| whole("400 Bad Request", "application/json", "", r#"{"error":"invalid_grant"}"#));
    let token = format!("{}/token", foreign.origin);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let server = Server::on("127.0.0.1", answers(format!("{own}/authorize"), token.clone()));
    let folder = tempfile::tempdir().unwrap();
    // The authorize endpoint is given, so that a code is issued; only the token endpoint is discovered.
    let given = format!("authorize = \"{}/authorize\"\n", server.origin);
    configure(folder.path(), &server, &given);
    let (code, out, err) =
        run(folder.path(), &["run", "smart.standalone", "pkce", "client-auth", "refresh", "revocation", "--out", "r"]);
    assert_eq!(code, 3, "{out}{err}");
    is_told_nothing(&foreign);
    assert!(server.heard().contains("/authorize?"), "the sign-in began");
    let report = std::fs::read_to_string(folder.path().join("r/run.json")).unwrap();
    assert!(report.contains("not sent") && report.contains(&foreign.origin), "the report names the origin");
    assert!(!report.contains("planted"), "the report holds no secret");

    let (code, out, _) = run(folder.path(), &["check"]);
    assert_eq!(code, 2, "{out}");
    assert!(out.contains(&foreign.origin) && out.contains("allow_origins"), "{out}");

    // The user's word opens the way: the same requests are sent, so the test can fail.
    configure(folder.path(), &server, &format!("{given}allow_origins = [\"{}\"]\n", foreign.origin));
    run(folder.path(), &["run", "smart.standalone", "-q", "--out", "allowed"]);
    assert!(foreign.heard().contains("code=planted-code-0123456789"), "{}", foreign.heard());
}

#[test]
fn a_login_page_on_another_port_of_the_same_host_gets_no_password() {
    let page = r#"<html><title>Sign in</title><form method="post" action="/login"><input name="username">
        <input type="password" name="password"><button>Sign in</button></form></html>"#;
    let foreign = Server::on("127.0.0.1", move |_| whole("200 OK", "text/html", "", page));
    let authorize = format!("{}/authorize", foreign.origin);
    let server = Server::on("127.0.0.1", answers(authorize, format!("{}/token", foreign.origin)));
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path(), &server, "");
    let (code, out, err) = run(folder.path(), &["run", "smart.standalone", "pkce", "--out", "r"]);
    assert_eq!(code, 3, "{out}{err}");
    assert!(foreign.heard().contains("GET /authorize?"), "the page was asked for");
    is_told_nothing(&foreign);

    configure(folder.path(), &server, &format!("allow_origins = [\"{}\"]\n", foreign.origin));
    run(folder.path(), &["run", "smart.standalone", "-q", "--out", "allowed"]);
    assert!(foreign.heard().contains(PASSWORD), "{}", foreign.heard());
}
