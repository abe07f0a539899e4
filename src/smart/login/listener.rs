//! The app's launch URL on loopback: waits until an EHR sends a browser there.

use crate::smart::trouble::Trouble;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// The longest request head that is read, in bytes.
const LONGEST_HEAD: usize = 16 * 1024;

/// Why no launch came in.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Nothing of this machine can be listened on there.
    #[error("cannot listen on {0}: launch_url must be http on a loopback address")]
    NotLoopback(Url),
    /// The address is taken, or not allowed.
    #[error("cannot listen on {address}: {why}")]
    Bind {
        /// The address of the launch URL.
        address: SocketAddr,
        /// What the system says.
        why: std::io::Error,
    },
    /// Nobody launched the app in time.
    #[error("no EHR launched the app at {launch_url} within {} s", wait.as_secs())]
    NoLaunch {
        /// Where it was awaited.
        launch_url: Url,
        /// How long.
        wait: Duration,
    },
}

impl From<ListenError> for Trouble {
    fn from(why: ListenError) -> Self {
        Self::NotConfigured(why.to_string())
    }
}

/// A listener on the host and port of the launch URL.
pub struct Listener {
    socket: TcpListener,
    launch_url: Url,
}

impl Listener {
    /// Listens on `launch_url`, which must be plain HTTP on a loopback address.
    ///
    /// # Errors
    /// [`ListenError`] says why it cannot listen there.
    pub async fn bind(launch_url: &Url) -> Result<Self, ListenError> {
        let address = launch_url
            .socket_addrs(|| None)
            .ok()
            .and_then(|all| all.into_iter().find(|address| address.ip().is_loopback()))
            .filter(|_| launch_url.scheme() == "http")
            .ok_or_else(|| ListenError::NotLoopback(launch_url.clone()))?;
        let socket = TcpListener::bind(address).await.map_err(|why| ListenError::Bind { address, why })?;
        Ok(Self { socket, launch_url: launch_url.clone() })
    }

    /// Waits for a launch with `iss` equal to `base` and returns the parameters it carried.
    ///
    /// # Errors
    /// [`ListenError::NoLaunch`] when none came in time.
    pub async fn launch(&self, base: &Url, wait: Duration) -> Result<HashMap<String, String>, ListenError> {
        let arrival = async {
            loop {
                let Ok((stream, _)) = self.socket.accept().await else { continue };
                if let Some(parameters) = self.serve(stream, base).await {
                    return parameters;
                }
            }
        };
        tokio::time::timeout(wait, arrival)
            .await
            .map_err(|_| ListenError::NoLaunch { launch_url: self.launch_url.clone(), wait })
    }

    async fn serve(&self, mut stream: TcpStream, base: &Url) -> Option<HashMap<String, String>> {
        let head = tokio::time::timeout(Duration::from_secs(10), read_head(&mut stream)).await.ok()??;
        let target = head.split_whitespace().nth(1)?;
        let url = self.launch_url.join(target).ok()?;
        let parameters: HashMap<String, String> = url.query_pairs().into_owned().collect();
        let same = |iss: &String| iss.trim_end_matches('/') == base.as_str().trim_end_matches('/');
        let ours = url.path() == self.launch_url.path() && parameters.get("iss").is_some_and(same);
        let (status, text) = if ours {
            ("200 OK", "The app was launched. You can close this window.")
        } else {
            ("404 Not Found", "This is not a launch of the server under test.")
        };
        let reply = format!(
            "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
            text.len()
        );
        let _ = stream.write_all(reply.as_bytes()).await;
        let _ = stream.shutdown().await;
        ours.then_some(parameters)
    }
}

async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut chunk = [0; 1024];
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        let read = stream.read(&mut chunk).await.ok()?;
        if read == 0 || head.len() + read > LONGEST_HEAD {
            return None;
        }
        head.extend_from_slice(&chunk[..read]);
    }
    String::from_utf8(head).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_launch_of_another_server_is_waited_past() {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let url = Url::parse(&format!("http://{free}/launch")).unwrap();
        let base = Url::parse("https://h.test/fhir").unwrap();
        let listener = Listener::bind(&url).await.unwrap();
        let browser = async {
            for query in ["iss=https://other.test&launch=x", "iss=https://h.test/fhir/&launch=abc"] {
                let mut stream = TcpStream::connect(free).await.unwrap();
                stream.write_all(format!("GET /launch?{query} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
                let mut reply = String::new();
                stream.read_to_string(&mut reply).await.unwrap();
            }
        };
        let (launch, ()) = tokio::join!(listener.launch(&base, Duration::from_secs(5)), browser);
        assert_eq!(launch.unwrap()["launch"], "abc");
    }
}
