//! The first half of a TLS handshake, by hand: what a server answers to a client that offers exactly one version.
//!
//! A TLS library refuses old versions itself, so it can show nothing of what a server does with them. No secret is sent, no key is
//! agreed on: the answer to the ClientHello is enough (RFC 5246 7.4.1; RFC 8446 4.1).

use rand::Rng as _;
use std::fmt;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A version of SSL or TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsVersion {
    /// SSL 3.0 (RFC 6101).
    Ssl3,
    /// TLS 1.0 (RFC 2246).
    Tls10,
    /// TLS 1.1 (RFC 4346).
    Tls11,
    /// TLS 1.2 (RFC 5246).
    Tls12,
    /// TLS 1.3 (RFC 8446).
    Tls13,
}

impl TlsVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 5] = [Self::Ssl3, Self::Tls10, Self::Tls11, Self::Tls12, Self::Tls13];

    /// Whether no server may accept it any more (RFC 9325 3.1.1).
    pub fn is_obsolete(self) -> bool {
        self < Self::Tls12
    }

    fn number(self) -> u16 {
        match self {
            Self::Ssl3 => 0x0300,
            Self::Tls10 => 0x0301,
            Self::Tls11 => 0x0302,
            Self::Tls12 => 0x0303,
            Self::Tls13 => 0x0304,
        }
    }

    fn of(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.number() == number)
    }
}

impl fmt::Display for TlsVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ssl3 => "SSL 3.0",
            Self::Tls10 => "TLS 1.0",
            Self::Tls11 => "TLS 1.1",
            Self::Tls12 => "TLS 1.2",
            Self::Tls13 => "TLS 1.3",
        })
    }
}

/// What a client offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hello {
    /// One version, with the usual cipher suites.
    Version(TlsVersion),
    /// TLS 1.2 with cipher suites that protect nothing any more: NULL, anonymous, EXPORT, RC4, DES and 3DES (RFC 9325 4.1).
    Weak,
    /// TLS 1.2 with cipher suites without forward secrecy: the key of the server opens what was recorded (RFC 9325 4.1).
    StaticRsa,
}

impl Hello {
    fn version(self) -> TlsVersion {
        match self {
            Self::Version(version) => version,
            Self::Weak | Self::StaticRsa => TlsVersion::Tls12,
        }
    }

    fn suites(self) -> &'static [u16] {
        match self {
            Self::Version(TlsVersion::Tls13) => &SUITES_13,
            Self::Version(_) => &SUITES,
            Self::Weak => &SUITES_WEAK,
            Self::StaticRsa => &SUITES_STATIC,
        }
    }
}

impl fmt::Display for Hello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => write!(f, "{version} alone"),
            Self::Weak => f.write_str("weak ciphers alone"),
            Self::StaticRsa => f.write_str("ciphers without forward secrecy alone"),
        }
    }
}

/// What a server goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreed {
    /// The version.
    pub version: TlsVersion,
    /// Whether it compresses what it protects, which tells of its content (RFC 9325 3.3).
    pub compresses: bool,
    /// Whether it says that a renegotiation is bound to the connection (RFC 5746). TLS 1.3 knows none.
    pub binds_renegotiation: bool,
    /// Whether it says that it would speak TLS 1.3 to a client that does (RFC 8446 4.1.3).
    pub marks_downgrade: bool,
}

/// What became of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// The server goes on.
    Accepted(Agreed),
    /// It does not: an alert, or the end of the connection.
    Refused(String),
    /// Nobody answered for it, or not in TLS.
    NoAnswer(String),
}

impl fmt::Display for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(agreed) => {
                let compressed = if agreed.compresses { ", compressed" } else { "" };
                write!(f, "goes on with {}{compressed}", agreed.version)
            }
            Self::Refused(how) => write!(f, "refused: {how}"),
            Self::NoAnswer(why) => write!(f, "no answer: {why}"),
        }
    }
}

/// Offers this to whoever listens there, under this name.
pub(super) async fn offer(host: &str, port: u16, offered: Hello, patience: Duration) -> Handshake {
    let whole = async {
        let address = host.trim_start_matches('[').trim_end_matches(']');
        let mut stream = TcpStream::connect((address, port)).await.map_err(Failure::Connect)?;
        let hello = client_hello(offered, Some(host).filter(|host| is_name(host)));
        stream.write_all(&hello).await.map_err(Failure::closed)?;
        answer(&mut stream, offered.version()).await
    };
    match tokio::time::timeout(patience, whole).await {
        Ok(Ok(handshake)) => handshake,
        Ok(Err(Failure::Closed)) => Handshake::Refused("the connection is closed".to_owned()),
        Ok(Err(Failure::Connect(why))) => Handshake::NoAnswer(format!("cannot connect: {why}")),
        Err(_) => Handshake::NoAnswer(format!("none within {} s", patience.as_secs())),
    }
}

enum Failure {
    Connect(io::Error),
    Closed,
}

impl Failure {
    /// However a connection ends, the server does not go on.
    fn closed(_: io::Error) -> Self {
        Self::Closed
    }
}

/// Only names are sent as server names, never addresses (RFC 6066 3).
fn is_name(host: &str) -> bool {
    !host.starts_with('[') && host.parse::<std::net::IpAddr>().is_err()
}

async fn answer(stream: &mut TcpStream, offered: TlsVersion) -> Result<Handshake, Failure> {
    let mut head = [0; 5];
    stream.read_exact(&mut head).await.map_err(Failure::closed)?;
    let length = usize::from(u16::from_be_bytes([head[3], head[4]]));
    if head[1] != 3 || !matches!(head[0], 21 | 22) || length > 1 << 14 {
        // To an old hello some servers say in plain text that they do not understand it.
        return Ok(match offered.is_obsolete() {
            true => Handshake::Refused("an answer that is not TLS".to_owned()),
            false => Handshake::NoAnswer("what answers does not speak TLS".to_owned()),
        });
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.map_err(Failure::closed)?;
    Ok(match head[0] {
        21 => Handshake::Refused(format!("alert {}", alert(body.get(1).copied().unwrap_or_default()))),
        _ => match server_hello(&body) {
            Some(agreed) => Handshake::Accepted(agreed),
            None => Handshake::NoAnswer("a ServerHello that cannot be read".to_owned()),
        },
    })
}

/// RFC 8446 6.
fn alert(number: u8) -> String {
    let name = match number {
        0 => "close_notify",
        10 => "unexpected_message",
        40 => "handshake_failure",
        47 => "illegal_parameter",
        50 => "decode_error",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        109 => "missing_extension",
        112 => "unrecognized_name",
        _ => return number.to_string(),
    };
    name.to_owned()
}

/// What a ServerHello or a HelloRetryRequest goes on with.
fn server_hello(body: &[u8]) -> Option<Agreed> {
    let mut rest = Reader(body);
    if rest.byte()? != 2 {
        return None;
    }
    rest.take(3)?;
    let legacy = rest.number()?;
    let marks_downgrade = rest.take(32)?.ends_with(DOWNGRADE);
    let session = usize::from(rest.byte()?);
    rest.take(session)?;
    rest.take(2)?;
    let compresses = rest.byte()? != 0;
    let mut agreed =
        Agreed { version: TlsVersion::of(legacy)?, compresses, binds_renegotiation: false, marks_downgrade };
    // TLS 1.3 says its version in an extension, and TLS 1.2 in its old place.
    if rest.number().is_some() {
        while let (Some(kind), Some(length)) = (rest.number(), rest.number()) {
            let mut value = Reader(rest.take(usize::from(length))?);
            match kind {
                SUPPORTED_VERSIONS => agreed.version = TlsVersion::of(value.number()?)?,
                RENEGOTIATION_INFO => agreed.binds_renegotiation = true,
                _ => {}
            }
        }
    }
    Some(agreed)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, many: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(many)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|own| own[0])
    }

    fn number(&mut self) -> Option<u16> {
        self.take(2).map(|own| u16::from_be_bytes([own[0], own[1]]))
    }
}

const SUPPORTED_VERSIONS: u16 = 43;
const RENEGOTIATION_INFO: u16 = 0xff01;
/// The end of the random value of a server that speaks TLS 1.3, where it goes on with TLS 1.2.
const DOWNGRADE: &[u8] = b"DOWNGRD\x01";

/// Suites that a server of any age knows some of, with the signal that renegotiation is secure (RFC 5746 3.3).
const SUITES: [u16; 22] = [
    0xc02f, 0xc030, 0xc02b, 0xc02c, 0xcca8, 0xcca9, 0x009c, 0x009d, 0xc013, 0xc014, 0xc009, 0xc00a, 0x0033, 0x0039,
    0x002f, 0x0035, 0xc012, 0xc008, 0x000a, 0x0005, 0x0004, 0x00ff,
];
const SUITES_13: [u16; 3] = [0x1301, 0x1302, 0x1303];
const SUITES_WEAK: [u16; 52] = [
    0x0001, 0x0002, 0x003b, 0x0018, 0x001b, 0x0034, 0x003a, 0x006c, 0x006d, 0x00a6, 0x00a7, 0xc015, 0xc016, 0xc017,
    0xc018, 0xc019, 0x0003, 0x0006, 0x0008, 0x000b, 0x000e, 0x0011, 0x0014, 0x0017, 0x0019, 0x0004, 0x0005, 0xc007,
    0xc011, 0xc002, 0xc00c, 0x0009, 0x000a, 0x000c, 0x000d, 0x000f, 0x0010, 0x0012, 0x0013, 0x0015, 0x0016, 0x001a,
    0xc003, 0xc008, 0xc00d, 0xc012, 0xc001, 0xc006, 0xc00b, 0xc010, 0x0007, 0x00ff,
];
const SUITES_STATIC: [u16; 7] = [0x002f, 0x0035, 0x003c, 0x003d, 0x009c, 0x009d, 0x00ff];
const GROUPS: [u16; 4] = [0x001d, 0x0017, 0x0018, 0x0019];
const SIGNATURES: [u16; 11] = [0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201];

fn client_hello(offered: Hello, name: Option<&str>) -> Vec<u8> {
    let version = offered.version();
    let mut random = [0_u8; 64];
    rand::rng().fill(&mut random);
    let mut hello = Vec::new();
    hello.extend(version.number().min(TlsVersion::Tls12.number()).to_be_bytes());
    hello.extend(&random[..32]);
    hello.extend(with_length::<1>(&random[32..]));
    hello.extend(with_length::<2>(&numbers(offered.suites())));
    // A server that compresses at all takes DEFLATE (RFC 3749 2). TLS 1.3 allows no offer of it (RFC 8446 4.1.2).
    hello.extend(if version == TlsVersion::Tls12 { with_length::<1>(&[1, 0]) } else { with_length::<1>(&[0]) });
    if version > TlsVersion::Ssl3 {
        hello.extend(with_length::<2>(&extensions(version, name)));
    }
    let mut message = vec![1];
    message.extend(with_length::<3>(&hello));
    let mut record = vec![22];
    record.extend(version.number().min(TlsVersion::Tls10.number()).to_be_bytes());
    record.extend(with_length::<2>(&message));
    record
}

fn extensions(version: TlsVersion, name: Option<&str>) -> Vec<u8> {
    let mut all = Vec::new();
    let mut add = |kind: u16, value: &[u8]| {
        all.extend(kind.to_be_bytes());
        all.extend(with_length::<2>(value));
    };
    if let Some(name) = name {
        let entry: Vec<u8> = std::iter::once(0).chain(with_length::<2>(name.as_bytes())).collect();
        add(0, &with_length::<2>(&entry));
    }
    add(10, &with_length::<2>(&numbers(&GROUPS)));
    add(11, &[1, 0]);
    if version >= TlsVersion::Tls12 {
        add(13, &with_length::<2>(&numbers(&SIGNATURES)));
    }
    if version == TlsVersion::Tls13 {
        add(SUPPORTED_VERSIONS, &[2, 3, 4]);
        // No share: the server asks for one, which says that it speaks TLS 1.3 (RFC 8446 4.2.8).
        add(51, &[0, 0]);
    }
    all
}

fn numbers(all: &[u16]) -> Vec<u8> {
    all.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// The bytes after their length, which is written in `N` bytes.
fn with_length<const N: usize>(bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len().to_be_bytes();
    length[length.len() - N..].iter().chain(bytes).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_offers_one_version_and_names_hosts_only() {
        for version in TlsVersion::ALL {
            let hello = client_hello(Hello::Version(version), Some("fhir.example.org"));
            assert_eq!(usize::from(u16::from_be_bytes([hello[3], hello[4]])), hello.len() - 5);
            let has_name = hello.windows(16).any(|part| part == b"fhir.example.org");
            assert_eq!(has_name, version > TlsVersion::Ssl3);
        }
        assert!(is_name("fhir.example.org") && !is_name("127.0.0.1") && !is_name("[::1]"));
    }

    #[test]
    fn a_server_hello_tells_its_version_in_two_places() {
        let hello = |legacy: u16, compression: u8, extensions: &[u8]| {
            let mut body = legacy.to_be_bytes().to_vec();
            body.extend([7; 32]);
            body.extend([0, 0x13, 0x01, compression]);
            if !extensions.is_empty() {
                body.extend(with_length::<2>(extensions));
            }
            let mut message = vec![2];
            message.extend(with_length::<3>(&body));
            server_hello(&message)
        };
        let plain = |version| Agreed { version, compresses: false, binds_renegotiation: false, marks_downgrade: false };
        let old = plain(TlsVersion::Tls12);
        assert_eq!(hello(0x0301, 0, &[]), Some(plain(TlsVersion::Tls10)));
        assert_eq!(hello(0x0303, 0, &[0xff, 1, 0, 1, 0]), Some(Agreed { binds_renegotiation: true, ..old }));
        assert_eq!(hello(0x0303, 1, &[]), Some(Agreed { compresses: true, ..old }));
        assert_eq!(hello(0x0303, 0, &[0, 43, 0, 2, 3, 4]), Some(plain(TlsVersion::Tls13)));
        assert_eq!(hello(0x0999, 0, &[]), None);
        assert_eq!(server_hello(&[2, 0, 0]), None);
    }
}
