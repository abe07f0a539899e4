//! Requests without TLS, to a host that is meant to be reached by TLS alone. They carry nothing secret.

use super::Door;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

/// Who listens answers in this time.
const PATIENCE: Duration = Duration::from_secs(5);
/// So much of an answer is read.
const MOST: u64 = 16 * 1024;

/// What came of a request without TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plain {
    /// Nobody answered in HTTP.
    Nobody,
    /// An answer.
    Answered {
        /// Its status.
        status: u16,
        /// Its headers, names in lower case.
        headers: Vec<(String, String)>,
        /// The beginning of its body.
        body: String,
    },
}

impl Door {
    /// Asks for what `url` names, without TLS: on port 80, or on the same port where that is not the usual one. Returns what
    /// came, and the number of the exchange that records it. Nobody is asked but the hosts of the configuration.
    pub async fn plain(&self, method: &str, url: &Url, token: Option<&str>) -> (Plain, u32) {
        let port = url.port().unwrap_or(80);
        let host = url.host_str().unwrap_or_default();
        let came = match self.may_receive(url) {
            true => {
                let _permit = self.inner.gate.enter().await;
                tokio::time::timeout(PATIENCE, ask(method, url, host, port, token)).await.ok().flatten()
            }
            false => None,
        };
        let mut place = url.clone();
        // A URL with a host takes both.
        let _ = place.set_scheme("http");
        let _ = place.set_port(Some(port));
        let purpose = format!("a {method} without TLS");
        let number = match &came {
            Some(Plain::Answered { status, body, .. }) => self.witness(place, &purpose, Ok((*status, body))),
            _ => self.witness(place, &purpose, Err("nobody answers in HTTP")),
        };
        (came.unwrap_or(Plain::Nobody), number)
    }
}

async fn ask(method: &str, url: &Url, host: &str, port: u16, token: Option<&str>) -> Option<Plain> {
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).await.ok()?;
    let mut head = format!("{method} {} HTTP/1.1\r\nhost: {host}\r\naccept: */*\r\nconnection: close\r\n", url.path());
    if let Some(token) = token {
        head.push_str(&format!("authorization: Bearer {token}\r\n"));
    }
    let body = if method == "POST" { "grant_type=authorization_code&code=probity-invented-code-0000" } else { "" };
    if !body.is_empty() {
        head.push_str("content-type: application/x-www-form-urlencoded\r\n");
        head.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    stream.write_all(format!("{head}\r\n{body}").as_bytes()).await.ok()?;
    let mut bytes = Vec::new();
    let _ = stream.take(MOST).read_to_end(&mut bytes).await;
    read(&String::from_utf8_lossy(&bytes))
}

fn read(text: &str) -> Option<Plain> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned())).collect();
    Some(Plain::Answered { status, headers, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_as_far_as_it_came() {
        let came = read("HTTP/1.1 301 Moved\r\nLocation: https://h.test/\r\n\r\n");
        let Some(Plain::Answered { status: 301, headers, .. }) = came else { panic!("{came:?}") };
        assert_eq!(headers, [("location".to_owned(), "https://h.test/".to_owned())]);
        assert_eq!(read("\u{15}\u{3}\u{3}"), None);
    }
}
