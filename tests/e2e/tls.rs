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

fn serve(mut stream: TcpStream, accepted: &[u16], refusal: Refusal) {
    let mut head = [0; 5];
    if stream.read_exact(&mut head).is_err() {
        return;
    }
    let mut hello = head.to_vec();
    hello.resize(5 + usize::from(u16::from_be_bytes([head[3], head[4]])), 0);
    if stream.read_exact(&mut hello[5..]).is_err() {
        return;
    }
    let version = offered(&hello);
    let answer = match (accepted.contains(&version), refusal) {
        (true, _) => {
            let legacy = version.min(TLS_1_2).to_be_bytes();
            let mut body = legacy.to_vec();
            body.extend([9; 32]);
            body.extend([0, 0x13, 0x01, 0]);
            if version == TLS_1_3 {
                body.extend([0, 6, 0, 43, 0, 2, 3, 4]);
            }
            let length = u8::try_from(body.len()).unwrap();
            let mut record = vec![22, legacy[0], legacy[1], 0, length + 4, 2, 0, 0, length];
            record.extend(body);
            record
        }
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
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "[targets.t]\nfhir_base = \"https://127.0.0.1:{port}/fhir\"\nauthorize = \"https://127.0.0.1:{port}/authorize\"\n\
         token = \"https://127.0.0.1:{port}/token\"\n[targets.t.clients.public]\nid = \"app\"\n\
         [targets.t.limits]\nrequests_per_second = 0\n"
    );
    std::fs::write(folder.path().join("probity.toml"), text).unwrap();
    let wanted = ["run", "smart.tls", "us-core.tls", "transport.tls-versions", "transport.tls-modern", "--out", "out"];
    let (_, out, err) = ran(&mut probity(folder.path(), &wanted));
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
