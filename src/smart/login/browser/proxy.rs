//! The way of a browser into the network: to the origins that the configuration names, and to no other. What is sent to the app
//! ends here; nobody has to listen where the app waits.

use super::super::end::{Arrival, End, is_answer, parameters};
use crate::http::Door;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

/// The longest request head, and the longest form that is read for the app, in bytes.
const LONGEST: usize = 64 * 1024;

const DONE: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\r\n\
                    <!doctype html><title>Back at the app</title><p>The sign-in has ended.</p>";
const REFUSED: &str = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n\
                       The configuration does not name this origin.";
const BROKEN: &str = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// The answer for the app, wherever it was sent.
#[derive(Clone)]
pub(super) struct Arrived {
    pub(super) url: Url,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) place: Arrival,
}

/// A proxy of one browser. It ends when it is dropped.
pub(super) struct Proxy {
    pub(super) port: u16,
    watch: Arc<Watch>,
    task: JoinHandle<()>,
}

struct Watch {
    door: Door,
    end: End,
    start: Url,
    arrived: Mutex<Option<Arrived>>,
    withheld: Mutex<BTreeSet<String>>,
}

impl Proxy {
    pub(super) async fn start(door: &Door, end: &End, start: &Url) -> std::io::Result<Self> {
        let socket = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = socket.local_addr()?.port();
        let (arrived, withheld) = (Mutex::default(), Mutex::default());
        let watch = Arc::new(Watch { door: door.clone(), end: end.clone(), start: start.clone(), arrived, withheld });
        let own = Arc::clone(&watch);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                let own = Arc::clone(&own);
                // A browser that goes away is no error.
                tokio::spawn(async move { drop(serve(&own, stream).await) });
            }
        });
        Ok(Self { port, watch, task })
    }

    /// The answer for the app, if it was sent.
    pub(super) fn arrived(&self) -> Option<Arrived> {
        locked(&self.watch.arrived).clone()
    }

    /// What `url` is to the app, where the browser shows it as its address.
    pub(super) fn judge(&self, url: &Url) -> Option<Arrived> {
        self.watch.judge(url, parameters(url))
    }

    /// Those of `origins` to which the browser was not let.
    pub(super) fn withheld(&self, origins: &[String]) -> Vec<String> {
        let withheld = locked(&self.watch.withheld);
        origins.iter().filter(|origin| withheld.contains(*origin)).cloned().collect()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watch {
    fn may_go(&self, url: &Url) -> bool {
        self.door.may_receive(url)
    }

    fn judge(&self, url: &Url, parameters: Vec<(String, String)>) -> Option<Arrived> {
        let place = self.end.arrival(url, &parameters, &self.start, self.may_go(url))?;
        Some(Arrived { url: url.clone(), parameters, place })
    }

    fn withhold(&self, url: &Url) {
        locked(&self.withheld).insert(url.origin().ascii_serialization());
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The head of a request and what came with it.
struct Head {
    method: String,
    target: String,
    lines: Vec<String>,
    rest: Vec<u8>,
}

impl Head {
    async fn read(stream: &mut TcpStream) -> std::io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            if bytes.len() > LONGEST || stream.read_buf(&mut bytes).await? == 0 {
                return Ok(None);
            }
        };
        let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = text.split("\r\n").map(str::to_owned);
        let first = lines.next().unwrap_or_default();
        let mut parts = first.split(' ');
        let (method, target) =
            (parts.next().unwrap_or_default().to_owned(), parts.next().unwrap_or_default().to_owned());
        Ok(Some(Self { method, target, lines: lines.collect(), rest: bytes[end + 4..].to_vec() }))
    }

    fn length(&self) -> usize {
        let found = self.lines.iter().filter_map(|line| line.split_once(':'));
        let mut length = found.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        length.next().and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(0)
    }
}

async fn serve(watch: &Watch, mut stream: TcpStream) -> std::io::Result<()> {
    let Some(head) = Head::read(&mut stream).await? else { return Ok(()) };
    if head.method == "CONNECT" {
        let Ok(url) = Url::parse(&format!("https://{}", head.target)) else { return answer(stream, REFUSED).await };
        if !watch.may_go(&url) {
            watch.withhold(&url);
            return answer(stream, REFUSED).await;
        }
        let Some(mut server) = connect(&url).await else { return answer(stream, BROKEN).await };
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
        return copy_bidirectional(&mut stream, &mut server).await.map(drop);
    }
    let Ok(url) = Url::parse(&head.target) else { return answer(stream, REFUSED).await };
    let mut sent = parameters(&url);
    let mut rest = head.rest.clone();
    if head.method == "POST" && !watch.may_go(&url) {
        // An answer may come to the app as a form (`response_mode=form_post`).
        while rest.len() < head.length().min(LONGEST) && stream.read_buf(&mut rest).await? > 0 {}
        sent.extend(url::form_urlencoded::parse(&rest).map(|(name, value)| (name.into_owned(), value.into_owned())));
    }
    if let Some(arrived) = watch.judge(&url, sent) {
        // Browsers keep what stands behind a `#` to themselves: such an answer shows in their address alone.
        if is_answer(&arrived.parameters) {
            locked(&watch.arrived).get_or_insert(arrived);
        }
        return answer(stream, DONE).await;
    }
    if !watch.may_go(&url) {
        watch.withhold(&url);
        return answer(stream, REFUSED).await;
    }
    let Some(mut server) = connect(&url).await else { return answer(stream, BROKEN).await };
    // One request for each connection: the next one is judged anew.
    let kept = |line: &&String| {
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        !matches!(name.as_str(), "connection" | "proxy-connection" | "keep-alive")
    };
    let lines: Vec<&str> = head.lines.iter().filter(kept).map(String::as_str).collect();
    let place = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let text = format!("{} {place} HTTP/1.1\r\n{}\r\nConnection: close\r\n\r\n", head.method, lines.join("\r\n"));
    server.write_all(text.as_bytes()).await?;
    server.write_all(&rest).await?;
    copy_bidirectional(&mut stream, &mut server).await.map(drop)
}

async fn connect(url: &Url) -> Option<TcpStream> {
    let host = url.host_str()?.trim_matches(['[', ']']);
    TcpStream::connect((host, url.port_or_known_default()?)).await.ok()
}

async fn answer(mut stream: TcpStream, text: &str) -> std::io::Result<()> {
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}
