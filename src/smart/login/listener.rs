//! The app's own addresses on loopback: waits until a browser is sent there (RFC 8252 7.3).

use crate::smart::trouble::Trouble;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::{Url, form_urlencoded};

/// The longest request that is read, in bytes.
const LONGEST: usize = 64 * 1024;
/// How long a browser may take to send one.
const PATIENCE: Duration = Duration::from_secs(10);
/// A page that sends what stands behind the `#` of its address as a query: browsers keep it to themselves.
const FRAGMENT: &str = "<!doctype html><title>One moment</title><script>\
    if (location.hash.length > 1) location.replace(location.pathname + '?' + location.hash.slice(1));\
    else document.title = 'Nothing came';</script>";

/// Why no launch came in.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Nothing of this machine can be listened on there.
    #[error("cannot listen on {0}: it must be http on a loopback address")]
    NotLoopback(Url),
    /// The address is taken, or not allowed.
    #[error("cannot listen on {address}: {why}")]
    Bind {
        /// The address.
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

/// A listener on the host and port of an address of the app.
pub struct Listener {
    socket: TcpListener,
    place: Url,
}

/// A request of a browser: its address, and the parameters of its query or form.
pub(super) struct Request {
    pub(super) url: Url,
    pub(super) parameters: Vec<(String, String)>,
}

/// What a browser is answered.
pub(super) enum Reply {
    /// The end of what was waited for, in words for the person.
    Done(&'static str),
    /// A page.
    Page(String),
    /// A JSON document, which may be kept for a minute.
    Document(String),
    /// Go there.
    To(Url),
    NotFound,
}

impl Listener {
    /// Listens on `place`, which must be plain HTTP on a loopback address.
    ///
    /// # Errors
    /// [`ListenError`] says why it cannot listen there.
    pub async fn bind(place: &Url) -> Result<Self, ListenError> {
        let address = place
            .socket_addrs(|| None)
            .ok()
            .and_then(|all| all.into_iter().find(|address| address.ip().is_loopback()))
            .filter(|_| place.scheme() == "http")
            .ok_or_else(|| ListenError::NotLoopback(place.clone()))?;
        let socket = TcpListener::bind(address).await.map_err(|why| ListenError::Bind { address, why })?;
        Ok(Self { socket, place: place.clone() })
    }

    /// Answers whoever asks for the place itself with a JSON document, until nobody waits for it any more.
    pub async fn publish(&self, document: &str) {
        let judge = |request: &Request| match request.url.path() == self.place.path() {
            true => (Reply::Document(document.to_owned()), false),
            false => (Reply::NotFound, false),
        };
        self.until(judge).await;
    }

    /// The port that it listens on.
    pub fn port(&self) -> Option<u16> {
        self.socket.local_addr().ok().map(|address| address.port())
    }

    /// Waits for a launch with `iss` equal to `base` and returns the parameters it carried.
    ///
    /// # Errors
    /// [`ListenError::NoLaunch`] when none came in time.
    pub async fn launch(&self, base: &Url, wait: Duration) -> Result<Vec<(String, String)>, ListenError> {
        let same = |iss: &str| iss.trim_end_matches('/') == base.as_str().trim_end_matches('/');
        let ours = |request: &Request| {
            request.url.path() == self.place.path()
                && request.parameters.iter().any(|(name, value)| name == "iss" && same(value))
        };
        let arrival = self.until(|request| match ours(request) {
            true => (Reply::Done("The app was launched. You can close this window."), true),
            false => (Reply::NotFound, false),
        });
        let arrived = tokio::time::timeout(wait, arrival).await;
        let arrived = arrived.map_err(|_| ListenError::NoLaunch { launch_url: self.place.clone(), wait })?;
        Ok(arrived.parameters)
    }

    /// Answers each request until one is what was waited for.
    pub(super) async fn until(&self, judge: impl Fn(&Request) -> (Reply, bool)) -> Request {
        loop {
            let Ok((mut stream, _)) = self.socket.accept().await else { continue };
            let read = tokio::time::timeout(PATIENCE, self.request(&mut stream)).await;
            let Some(request) = read.ok().flatten() else { continue };
            let (reply, ends) = judge(&request);
            reply.send(&mut stream).await;
            if ends {
                return request;
            }
        }
    }

    /// A page for an answer that may stand behind the `#` of its address.
    pub(super) fn unfolding() -> Reply {
        Reply::Page(FRAGMENT.to_owned())
    }

    async fn request(&self, stream: &mut TcpStream) -> Option<Request> {
        let (head, body) = read(stream).await?;
        let mut words = head.split_whitespace();
        let (method, target) = (words.next()?, words.next()?);
        let url = self.place.join(target).ok()?;
        let mut parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        if method == "POST" {
            parameters.extend(form_urlencoded::parse(&body).into_owned());
        }
        Some(Request { url, parameters })
    }
}

impl Reply {
    async fn send(self, stream: &mut TcpStream) {
        let cache = if matches!(self, Self::Document(_)) { "max-age=60" } else { "no-store" };
        let (status, more, text) = match self {
            Self::Done(words) => ("200 OK", "content-type: text/plain".to_owned(), words.to_owned()),
            Self::Page(html) => ("200 OK", "content-type: text/html; charset=utf-8".to_owned(), html),
            Self::Document(json) => ("200 OK", "content-type: application/json".to_owned(), json),
            Self::To(url) => ("302 Found", format!("location: {url}"), String::new()),
            Self::NotFound => ("404 Not Found", "content-type: text/plain".to_owned(), "Nothing is here.".to_owned()),
        };
        let reply = format!(
            "HTTP/1.1 {status}\r\n{more}\r\ncache-control: {cache}\r\nreferrer-policy: no-referrer\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{text}",
            text.len()
        );
        let _ = stream.write_all(reply.as_bytes()).await;
        let _ = stream.shutdown().await;
    }
}

/// The head of a request, and its body as far as its length is told.
async fn read(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        more(stream, &mut bytes, &mut chunk).await?;
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let length = length.unwrap_or(0).min(LONGEST);
    while bytes.len() < end + length {
        more(stream, &mut bytes, &mut chunk).await?;
    }
    Some((head, bytes[end..end + length].to_vec()))
}

async fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>, chunk: &mut [u8]) -> Option<()> {
    let read = stream.read(chunk).await.ok()?;
    if read == 0 || bytes.len() + read > LONGEST {
        return None;
    }
    bytes.extend_from_slice(&chunk[..read]);
    Some(())
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
        assert!(launch.unwrap().contains(&("launch".to_owned(), "abc".to_owned())));
    }
}
