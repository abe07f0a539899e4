//! The app's own address: it serves what an attack lays there, and remembers who called.
//!
//! A server that can be lured to an address that a stranger names does the stranger's errands in its own network, and takes the
//! stranger's keys for its own (OWASP API Security 2023, API7; RFC 8725 3.10).

use crate::target::OwnAddress;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// The longest request that is read, in bytes.
const LONGEST: usize = 16 * 1024;
/// How long a caller may take to send one.
const PATIENCE: Duration = Duration::from_secs(10);

/// The listener of a run. It ends with the run.
pub struct Outpost {
    url: Url,
    laid: Laid,
    task: tokio::task::JoinHandle<()>,
}

type Laid = Arc<Mutex<HashMap<String, Place>>>;

/// What lies at a path, and how often it was called for.
struct Place {
    document: Option<String>,
    calls: Vec<String>,
}

/// A place at the own address that nobody but this attack names.
#[derive(Clone)]
pub struct Lure {
    url: Url,
    name: String,
    laid: Laid,
}

impl Outpost {
    /// Listens at that address.
    ///
    /// # Errors
    /// Why it cannot.
    pub async fn open(own: &OwnAddress) -> Result<Self, String> {
        let socket =
            TcpListener::bind(own.listen).await.map_err(|why| format!("cannot listen at {}: {why}", own.listen))?;
        let at = socket.local_addr().map_err(|why| why.to_string())?;
        let url = match &own.url {
            Some(url) => url.clone(),
            None => Url::parse(&format!("http://{at}")).map_err(|why| why.to_string())?,
        };
        let laid = Laid::default();
        let served = Arc::clone(&laid);
        let task = tokio::spawn(async move {
            while let Ok((caller, _)) = socket.accept().await {
                let served = Arc::clone(&served);
                tokio::spawn(async move { drop(tokio::time::timeout(PATIENCE, answer(caller, &served)).await) });
            }
        });
        Ok(Self { url, laid, task })
    }

    /// A new place.
    pub fn lure(&self) -> Lure {
        let name = format!("probity-{:032x}", rand::random::<u128>());
        let laid = Arc::clone(&self.laid);
        laid.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.clone(), Place { document: None, calls: Vec::new() });
        Lure { url: crate::target::join(&self.url, &name), name, laid }
    }
}

impl Drop for Outpost {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Lure {
    /// A place at an address where nobody listens.
    #[cfg(test)]
    pub fn unheard(url: Url) -> Self {
        Self { url, name: "probity-0".to_owned(), laid: Laid::default() }
    }

    /// The address of a place.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// From now on the place, and all below it, answers with this document.
    pub fn lay(&self, document: &Value) {
        if let Some(place) = self.laid.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&self.name) {
            place.document = Some(document.to_string());
        }
    }

    /// The first lines of the requests that came.
    pub fn calls(&self) -> Vec<String> {
        let laid = self.laid.lock().unwrap_or_else(PoisonError::into_inner);
        laid.get(&self.name).map(|place| place.calls.clone()).unwrap_or_default()
    }
}

async fn answer(mut caller: TcpStream, laid: &Laid) -> std::io::Result<()> {
    let mut read = Vec::new();
    while !read.windows(4).any(|end| end == b"\r\n\r\n") && read.len() < LONGEST {
        if caller.read_buf(&mut read).await? == 0 {
            break;
        }
    }
    let head = String::from_utf8_lossy(&read);
    let mut line = head.lines().next().unwrap_or_default().split(' ');
    let (method, path) = (line.next().unwrap_or_default(), line.next().unwrap_or_default());
    let document = {
        let mut laid = laid.lock().unwrap_or_else(PoisonError::into_inner);
        let named = laid.iter_mut().find(|(name, _)| path.contains(name.as_str()));
        named.and_then(|(name, place)| {
            // The rest of the path may be anything, the name is ours.
            place.calls.push(format!("{method} /{name}"));
            place.document.clone()
        })
    };
    let (status, body) = document.map_or(("404 Not Found", String::new()), |document| ("200 OK", document));
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    caller.write_all(head.as_bytes()).await?;
    caller.write_all(body.as_bytes()).await?;
    caller.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    #[tokio::test]
    async fn who_calls_is_remembered_and_served_what_lies_there() {
        let own = OwnAddress { listen: SocketAddr::from(([127, 0, 0, 1], 0)), url: None };
        let outpost = Outpost::open(&own).await.unwrap();
        let (lure, other) = (outpost.lure(), outpost.lure());
        lure.lay(&serde_json::json!({ "keys": [] }));
        let got = reqwest::get(lure.url().join(&format!("{}/jwks?x=1", lure.url().path())).unwrap()).await.unwrap();
        assert_eq!(got.text().await.unwrap(), "{\"keys\":[]}");
        assert_eq!(lure.calls(), [format!("GET {}", lure.url().path())]);
        assert!(other.calls().is_empty());
        assert_eq!(reqwest::get(other.url().clone()).await.unwrap().status(), 404);
        assert_eq!(other.calls().len(), 1);
    }
}
