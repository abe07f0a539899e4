//! The server behind TLS, with a certificate authority made at its start, and the defects of transport.

use super::fault::Faults;
use axum::serve::Listener;
use chrono::Datelike as _;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ServerConfig, SupportedProtocolVersion};
use tokio_rustls::server::TlsStream;

/// Whether something is switched on that shows only behind TLS: a defect of transport, or "tls.alone".
pub(super) fn needed_by(faults: &Faults) -> bool {
    faults.ids().any(|id| id.starts_with("tls."))
}

/// How the server shows itself.
pub(super) struct Identity {
    /// The certificate of the authority that vouches for it, as PEM.
    pub(super) authority: String,
    config: Arc<ServerConfig>,
}

impl Identity {
    /// A fresh authority, and a certificate of it for loopback; `None` where the system gives no randomness.
    pub(super) fn new(faults: &Faults) -> Option<Self> {
        let (authority_key, key) = (KeyPair::generate().ok()?, KeyPair::generate().ok()?);
        let mut authority = CertificateParams::new(Vec::<String>::new()).ok()?;
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = authority.self_signed(&authority_key).ok()?;
        let mut own = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).ok()?;
        let days = if faults.on("tls.certificate-ends-soon") { 5 } else { 90 };
        let day = |from_now| {
            let (year, month, day) = date(from_now);
            rcgen::date_time_ymd(year, month, day)
        };
        (own.not_before, own.not_after) = (day(-1), day(days));
        let signed = own.signed_by(&key, &Issuer::new(authority, authority_key)).ok()?;
        let versions: &[&SupportedProtocolVersion] =
            if faults.on("tls.without-1-3") { &[&TLS12] } else { &[&TLS12, &TLS13] };
        let builder = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = builder.with_protocol_versions(versions).ok()?.with_no_client_auth();
        let key = PrivateKeyDer::try_from(key.serialize_der()).ok()?;
        let config = builder.with_single_cert(vec![signed.der().clone()], key).ok()?;
        Some(Self { authority: root.pem(), config: Arc::new(config) })
    }
}

/// So many days from today.
fn date(from_now: i64) -> (i32, u8, u8) {
    let date = chrono::Utc::now() + chrono::Duration::days(from_now);
    let part = |number: u32| u8::try_from(number).unwrap_or(1);
    (date.year(), part(date.month()), part(date.day()))
}

/// Connections that have shaken hands. One that is slow to do so holds nobody up.
pub(super) struct Encrypted {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl Encrypted {
    /// Takes over a listener.
    ///
    /// # Errors
    /// When the listener has no address.
    pub(super) fn new(listener: TcpListener, identity: &Identity, faults: &Faults) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (done, ready) = mpsc::channel(64);
        let acceptor = TlsAcceptor::from(Arc::clone(&identity.config));
        let defects = Defects::of(faults);
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    // The server has stopped: the port is free again.
                    () = done.closed() => break,
                };
                let Ok((stream, peer)) = accepted else {
                    // Such as too many open files: at once it would be the same again.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let (acceptor, done) = (acceptor.clone(), done.clone());
                tokio::spawn(async move {
                    if let Some(stream) = defects.instead(stream).await
                        && let Ok(stream) = acceptor.accept(stream).await
                    {
                        // Nobody waits for it once the server stops.
                        drop(done.send((stream, peer)).await);
                    }
                });
            }
        });
        Ok(Self { ready, address })
    }
}

impl Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(ready) => ready,
            // The task that fills the queue ends with the runtime alone.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}

/// The first byte of a TLS record with a handshake.
const HANDSHAKE: u8 = 22;

/// What goes wrong before a handshake.
#[derive(Clone, Copy)]
struct Defects {
    old: bool,
    weak: bool,
    lasting: bool,
    plain: bool,
    compresses: bool,
    renegotiates: bool,
    unmarked: bool,
}

impl Defects {
    fn of(faults: &Faults) -> Self {
        Self {
            old: faults.on("tls.version-1-0"),
            weak: faults.on("tls.weak-cipher"),
            lasting: faults.on("tls.no-forward-secrecy"),
            plain: faults.on("tls.plain-served"),
            compresses: faults.on("tls.compressed"),
            renegotiates: faults.on("tls.renegotiation-unbound"),
            unmarked: faults.on("tls.downgrade-unmarked"),
        }
    }

    /// Gives the connection back where it goes on as it should.
    async fn instead(self, mut stream: TcpStream) -> Option<TcpStream> {
        let mut seen = [0; 1024];
        let many = stream.peek(&mut seen).await.ok()?;
        let hello = seen.get(..many)?;
        let answer = match hello.first() {
            Some(&HANDSHAKE) => self.hello(hello),
            None => None,
            Some(_) if self.plain => {
                Some(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}".to_vec())
            }
            Some(_) => Some(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_vec()),
        };
        let Some(answer) = answer else { return Some(stream) };
        stream.write_all(&answer).await.ok()?;
        stream.shutdown().await.ok()?;
        // What is left unread would reset the connection before the answer is read.
        let mut rest = tokio::io::sink();
        let read = tokio::io::copy(&mut stream, &mut rest);
        drop(tokio::time::timeout(Duration::from_secs(5), read).await);
        None
    }

    /// The ServerHello that no TLS library of today would send.
    fn hello(self, hello: &[u8]) -> Option<Vec<u8>> {
        /// The versions before TLS 1.2.
        const OLD: [u16; 2] = [0x0301, 0x0302];
        /// 3DES, and ciphers that the key of the server opens.
        const WEAK: [u16; 1] = [0x000a];
        const LASTING: [u16; 4] = [0x009c, 0x009d, 0x002f, 0x0035];
        let (version, suites) = offered(hello)?;
        let first = |known: &[u16]| suites.iter().copied().find(|suite| known.contains(suite));
        // A client that knows no TLS 1.3, and good ciphers of TLS 1.2.
        let older = version == 0x0303 && !names_versions(hello) && !is_alone(&suites);
        match version {
            _ if older && (self.compresses || self.renegotiates || self.unmarked) => {
                let mut answer = server_hello(version, *suites.first()?);
                if !self.unmarked {
                    // The end of the random value (RFC 8446 4.1.3).
                    answer.get_mut(35..43)?.copy_from_slice(b"DOWNGRD\x01");
                }
                if self.compresses {
                    // After the suite stands the compression: DEFLATE (RFC 3749 2).
                    *answer.last_mut()? = 1;
                }
                if !self.renegotiates {
                    // With renegotiation_info, which is empty (RFC 5746 3.6).
                    answer.extend([0, 5, 0xff, 1, 0, 1, 0]);
                    (answer[4], answer[8]) = (answer[4] + 7, answer[8] + 7);
                }
                Some(answer)
            }
            _ if self.old && OLD.contains(&version) => Some(server_hello(version, *suites.first()?)),
            _ if !is_alone(&suites) => None,
            _ if self.weak => Some(server_hello(version, first(&WEAK)?)),
            _ if self.lasting => Some(server_hello(version, first(&LASTING)?)),
            _ => None,
        }
    }
}

/// Whether a hello has the extension supported_versions, written by a client that knows TLS 1.3 (RFC 8446 4.2.1).
fn names_versions(hello: &[u8]) -> bool {
    hello.windows(4).any(|four| four[..3] == [0, 43, 0] && four[3] <= 16)
}

/// Whether a client offers nothing that is better: one that does is served well.
fn is_alone(suites: &[u16]) -> bool {
    /// Those that the server knows.
    const GOOD: [u16; 9] = [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9];
    !suites.iter().any(|suite| GOOD.contains(suite))
}

/// The version that a ClientHello names, and its cipher suites (RFC 5246 7.4.1.2).
fn offered(hello: &[u8]) -> Option<(u16, Vec<u16>)> {
    let number = |at: usize| Some(u16::from_be_bytes([*hello.get(at)?, *hello.get(at + 1)?]));
    let version = number(9)?;
    let at = 44 + usize::from(*hello.get(43)?);
    let suites = hello.get(at + 2..at + 2 + usize::from(number(at)?))?;
    Some((version, suites.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect()))
}

/// A ServerHello that goes on with this version and suite (RFC 5246 7.4.1.3).
fn server_hello(version: u16, suite: u16) -> Vec<u8> {
    let [major, minor] = version.to_be_bytes();
    let [high, low] = suite.to_be_bytes();
    let mut record = vec![HANDSHAKE, major, minor, 0, 42, 2, 0, 0, 38, major, minor];
    record.extend([7; 32]);
    record.extend([0, high, low, 0]);
    record
}
