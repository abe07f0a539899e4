//! Versions of TLS: servers that accept some of them, down to ones that no TLS library of today would.

use crate::{probity, ran};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

const TLS_1_0: u16 = 0x0301;
const TLS_1_2: u16 = 0x0303;
const TLS_1_3: u16 = 0x0304;

/// What a server does with a version that it does not accept.
#[derive(Clone, Copy)]
enum Refusal {
    Alert,
    Close,
    PlainText,
}

/// The version that a ClientHello offers: TLS 1.3 stands in an extension (RFC 8446 4.2.1).
fn offered(hello: &[u8]) -> u16 {
    let legacy = u16::from_be_bytes([hello[9], hello[10]]);
    if hello.windows(7).any(|part| part == [0, 43, 0, 3, 2, 3, 4]) { TLS_1_3 } else { legacy }
}

/// The rest of a record after its head.
fn whole(stream: &mut TcpStream, head: [u8; 5]) -> Option<Vec<u8>> {
    let mut record = head.to_vec();
    record.resize(5 + usize::from(u16::from_be_bytes([head[3], head[4]])), 0);
    stream.read_exact(&mut record[5..]).ok()?;
    Some(record)
}

/// A ServerHello that goes on with a version and a suite: TLS 1.3 stands in an extension (RFC 8446 4.2.1).
fn server_hello(version: u16, suite: u16) -> Vec<u8> {
    let legacy = version.min(TLS_1_2).to_be_bytes();
    let mut body = legacy.to_vec();
    body.extend([9; 32]);
    body.push(0);
    body.extend(suite.to_be_bytes());
    body.push(0);
    if version == TLS_1_3 {
        body.extend([0, 6, 0, 43, 0, 2, 3, 4]);
    }
    let length = u8::try_from(body.len()).unwrap();
    let mut record = vec![22, legacy[0], legacy[1], 0, length + 4, 2, 0, 0, length];
    record.extend(body);
    record
}

fn serve(mut stream: TcpStream, accepted: &[u16], refusal: Refusal) {
    let mut head = [0; 5];
    if stream.read_exact(&mut head).is_err() {
        return;
    }
    let Some(hello) = whole(&mut stream, head) else { return };
    let version = offered(&hello);
    let answer = match (accepted.contains(&version), refusal) {
        (true, _) => server_hello(version, 0x1301),
        (false, Refusal::Alert) => vec![21, 3, 1, 0, 2, 2, 70],
        (false, Refusal::Close) => Vec::new(),
        (false, Refusal::PlainText) => b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
    };
    // A client that has seen enough may be gone.
    drop(stream.write_all(&answer));
}

/// The verdicts about a server that accepts these versions.
fn verdicts(accepted: &'static [u16], refusal: Refusal) -> Vec<(String, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| serve(stream, accepted, refusal)));
    let wanted = ["run", "smart.tls", "us-core.tls", "transport.tls-versions", "transport.tls-modern", "--out", "out"];
    verdicts_at(&format!("https://127.0.0.1:{port}"), &wanted, "")
}

/// The verdicts of a run of these about a server at `origin`, with these lines in its target's table.
fn verdicts_at(origin: &str, wanted: &[&str], lines: &str) -> Vec<(String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[targets.t]\nfhir_base = \"{origin}/fhir\"\nauthorize = \"{origin}/authorize\"\n\
         token = \"{origin}/token\"\n{lines}[targets.t.clients.public]\nid = \"app\"\n\
         [targets.t.limits]\nrequests_per_second = 0\n"
    );
    std::fs::write(folder.path().join("probity.toml"), text).unwrap();
    let (_, out, err) = ran(&mut probity(folder.path(), wanted));
    let run = std::fs::read(folder.path().join("out/run.json")).unwrap_or_else(|_| panic!("{out}{err}"));
    let run: Value = serde_json::from_slice(&run).unwrap();
    let text = |scenario: &Value, pointer: &str| scenario.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let all = run["scenarios"].as_array().unwrap();
    all.iter().map(|scenario| (text(scenario, "/requirement/id"), text(scenario, "/verdict"))).collect()
}

fn all(verdicts: &[(String, String)], verdict: &str) -> bool {
    assert_eq!(verdicts.len(), 5);
    verdicts.iter().all(|(_, own)| own == verdict)
}

#[test]
fn a_server_of_today_passes_however_it_refuses_what_is_old() {
    for refusal in [Refusal::Alert, Refusal::Close, Refusal::PlainText] {
        let seen = verdicts(&[TLS_1_2, TLS_1_3], refusal);
        assert!(all(&seen, "pass"), "{seen:?}");
    }
}

#[test]
fn an_old_version_that_is_accepted_fails() {
    let seen = verdicts(&[TLS_1_0, TLS_1_2, TLS_1_3], Refusal::Alert);
    for (id, verdict) in &seen {
        assert_eq!(verdict, if id == "transport.tls-modern" { "pass" } else { "fail" }, "{id}");
    }
}

#[test]
fn a_server_without_the_newest_version_is_warned_of() {
    let seen = verdicts(&[TLS_1_2], Refusal::Alert);
    for (id, verdict) in &seen {
        assert_eq!(verdict, if id == "transport.tls-modern" { "warn" } else { "pass" }, "{id}");
    }
}

#[test]
fn what_refuses_everything_or_speaks_no_tls_passes_nothing() {
    for refusal in [Refusal::Alert, Refusal::Close, Refusal::PlainText] {
        let seen = verdicts(&[], refusal);
        assert!(seen.iter().all(|(_, verdict)| verdict != "pass"), "{seen:?}");
    }
}

/// The cipher suites that a ClientHello offers.
fn suites(hello: &[u8]) -> Vec<u16> {
    let session = usize::from(hello[43]);
    let at = 44 + session;
    let length = usize::from(u16::from_be_bytes([hello[at], hello[at + 1]]));
    hello[at + 2..at + 2 + length].chunks(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect()
}

/// What a server answers that takes the first suite it knows, and answers HTTP where nobody speaks TLS.
fn by_suite(mut stream: TcpStream, known: &[u16], plain: &str) {
    let mut head = [0; 5];
    if stream.read_exact(&mut head).is_err() {
        return;
    }
    if head[0] != 22 {
        drop(stream.write_all(plain.as_bytes()));
        // What is left unread would reset the connection.
        drop(stream.shutdown(std::net::Shutdown::Write));
        drop(stream.read_to_end(&mut Vec::new()));
        return;
    }
    let Some(hello) = whole(&mut stream, head) else { return };
    let answer = match suites(&hello).into_iter().find(|suite| known.contains(suite)) {
        Some(suite) if offered(&hello) == TLS_1_2 => server_hello(TLS_1_2, suite),
        _ => vec![21, 3, 3, 0, 2, 2, 40],
    };
    drop(stream.write_all(&answer));
}

/// The verdicts about a server that knows these suites and answers this in the clear.
fn surface(known: &'static [u16], plain: &'static str) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| by_suite(stream, known, plain)));
    let wanted = ["run", "transport.weak-ciphers", "transport.forward-secrecy", "transport.plain-http", "--out", "out"];
    verdicts_at(&format!("https://127.0.0.1:{port}"), &wanted, "").into_iter().map(|(_, verdict)| verdict).collect()
}

const TODAY: u16 = 0xc02f;
const STATIC_RSA: u16 = 0x009c;
const TRIPLE_DES: u16 = 0x000a;
const NOTHING: &str = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
const TO_TLS: &str = "HTTP/1.1 301 Moved\r\nlocation: https://127.0.0.1/\r\n\r\n";
const FHIR: &str =
    "HTTP/1.1 401 No\r\ncontent-type: application/fhir+json\r\n\r\n{\"resourceType\":\"OperationOutcome\"}";

#[test]
fn the_ciphers_of_a_server_are_told_apart() {
    assert_eq!(surface(&[TODAY], NOTHING), ["pass", "pass", "pass"]);
    assert_eq!(surface(&[TODAY, STATIC_RSA], NOTHING), ["pass", "warn", "pass"]);
    assert_eq!(surface(&[TODAY, TRIPLE_DES], NOTHING), ["fail", "pass", "pass"]);
    assert_eq!(surface(&[], NOTHING)[..2], ["skip", "skip"]);
}

#[test]
fn what_is_served_without_tls_fails() {
    assert_eq!(surface(&[TODAY], TO_TLS)[2], "pass");
    assert_eq!(surface(&[TODAY], FHIR)[2], "fail");
    assert_eq!(surface(&[TODAY], "HTTP/1.1 200 OK\r\n\r\n{}")[2], "fail");
    assert_eq!(surface(&[TODAY], "HTTP/1.1 404 No\r\nset-cookie: a=b\r\n\r\n")[2], "fail");
    assert_eq!(surface(&[TODAY], "HTTP/1.1 302 Go\r\nlocation: http://127.0.0.1/x\r\n\r\n")[2], "fail");
}

/// A server with a certificate of this name that is good for so many days; its address, and the file of the authority.
fn certified(name: &str, days: i64, folder: &std::path::Path) -> String {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use std::sync::Arc;
    use tokio_rustls::rustls::pki_types::PrivateKeyDer;
    use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned, crypto};
    let now = time::OffsetDateTime::now_utc();
    let (authority_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&authority_key).unwrap();
    std::fs::write(folder.join("ca.pem"), root.pem()).unwrap();
    let mut own = CertificateParams::new(vec![name.to_owned()]).unwrap();
    own.not_before = now - time::Duration::days(100);
    own.not_after = now + time::Duration::days(days);
    let signed = own.signed_by(&key, &Issuer::new(authority, authority_key)).unwrap();
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let private = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![signed.der().clone()], private).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            let mut seen = [0; 4096];
            if stream.read(&mut seen).is_ok() {
                drop(stream.write_all(b"HTTP/1.1 404 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"));
                drop(stream.flush());
            }
        }
    });
    format!("https://127.0.0.1:{port}")
}

#[test]
fn a_certificate_is_looked_at_for_name_end_and_key() {
    let verdict = |name: &str, days: i64| {
        let folder = tempfile::tempdir().unwrap();
        let origin = certified(name, days, folder.path());
        let lines = format!("tls.extra_ca = {:?}\n", folder.path().join("ca.pem"));
        verdicts_at(&origin, &["run", "transport.certificate", "--out", "out"], &lines)[0].1.clone()
    };
    assert_eq!(verdict("127.0.0.1", 90), "pass");
    assert_eq!(verdict("127.0.0.1", 5), "warn");
    assert_eq!(verdict("127.0.0.1", -5), "fail");
    assert_eq!(verdict("other.test", 90), "fail");
}

#[test]
fn no_target_is_offered_http_2() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut head = [0; 5];
            if stream.read_exact(&mut head).is_ok() {
                drop(whole(&mut stream, head).map(|hello| tell.send(hello)));
            }
        }
    });
    verdicts_at(&format!("https://127.0.0.1:{port}"), &["run", "smart.discovery", "--out", "out"], "");
    let hellos: Vec<Vec<u8>> = told.try_iter().collect();
    assert!(!hellos.is_empty());
    // Protocols by their names (RFC 7301 3.1), each after its length.
    let offer = b"\x02h2\x08http/1.1";
    assert!(!hellos.iter().any(|hello| hello.windows(offer.len()).any(|part| part == offer)));
}
