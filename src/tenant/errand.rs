//! Defects of a server that calls addresses which a request names. It calls nothing but loopback.

use super::bearer::peek;
use super::request::{Heard, first};
use super::state::Server;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use url::{Host, Url};

/// What lay at the addresses that were called.
#[derive(Default)]
pub(super) struct Errands(Mutex<HashMap<String, Value>>);

impl Errands {
    /// The document at an address; null where there is none.
    pub(super) fn brought(&self, address: &Value) -> Value {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        address.as_str().and_then(|address| all.get(address)).cloned().unwrap_or_default()
    }
}

/// Calls what the defects that are switched on let this request name.
pub(super) async fn run(server: &Server, path: &str, heard: &Heard) {
    if !server.faults.any() {
        return;
    }
    for address in named(server, path, heard) {
        if !address.starts_with(&server.origin)
            && let Some(document) = fetched(&address).await
        {
            server.errands.0.lock().unwrap_or_else(PoisonError::into_inner).insert(address, document);
        }
    }
}

fn named(server: &Server, path: &str, heard: &Heard) -> Vec<String> {
    let on = |id| server.faults.on(id);
    let mut all: Vec<Option<String>> = Vec::new();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let query = heard.query_pairs();
    let asked = |name: &str| first(&query, name).map(str::to_owned);
    if path.starts_with("/provider/") {
        let token = heard.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        if let Some((header, claims)) = token.and_then(peek) {
            all.push(text(&header["jku"]).filter(|_| on("token.key-fetched")));
            all.push(text(&header["x5u"]).filter(|_| on("token.certificate-fetched")));
            all.push(text(&claims["iss"]).filter(|_| on("token.issuer-looked-up")));
        }
        all.push(asked("patient").filter(|_| on("errands.reference-resolved")));
        all.push(asked("code:in").filter(|_| on("errands.value-set-fetched")));
        all.push(asked("_profile").or_else(|| asked("profile")).filter(|_| on("errands.profile-fetched")));
        let body = String::from_utf8_lossy(&heard.body);
        let quoted =
            |after: &str| body.split_once(after).and_then(|(_, rest)| rest.split('"').nth(1)).map(str::to_owned);
        all.push(quoted("<!ENTITY own SYSTEM").filter(|_| on("errands.entity-fetched")));
        all.push(quoted("<!DOCTYPE Bundle SYSTEM").filter(|_| on("errands.document-type-fetched")));
    } else if path.ends_with("/authorize") {
        all.push(asked("request_uri").filter(|_| on("errands.request-object-fetched")));
        all.push(asked("aud").filter(|_| on("errands.audience-looked-up")));
        all.push(asked("redirect_uri").filter(|_| on("errands.redirect-uri-looked-up")));
    } else if path.ends_with("/token") {
        let form = heard.form().unwrap_or_default();
        let header = first(&form, "client_assertion").and_then(peek).map(|(header, _)| header).unwrap_or_default();
        all.push(text(&header["jku"]).filter(|_| on("client.assertion-key-fetched")));
    }
    all.into_iter().flatten().collect()
}

/// What lies at an address on loopback.
async fn fetched(address: &str) -> Option<Value> {
    let url = Url::parse(address).ok().filter(|url| url.scheme() == "http")?;
    let Some(Host::Ipv4(host)) = url.host().filter(|host| matches!(host, Host::Ipv4(own) if own.is_loopback())) else {
        return None;
    };
    let call = async {
        let mut stream = tokio::net::TcpStream::connect((host, url.port_or_known_default()?)).await.ok()?;
        let head = format!("GET {} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n", url.path());
        stream.write_all(head.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        let answer = String::from_utf8(answer).ok()?;
        answer.split_once("\r\n\r\n").map(|(_, body)| serde_json::from_str(body).unwrap_or_default())
    };
    tokio::time::timeout(Duration::from_secs(5), call).await.ok().flatten()
}
