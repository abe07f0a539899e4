//! One HTTP request and its answer, as recorded: redacted before it gets here.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// One HTTP request and what came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// Position in the run, from 1. Findings cite it.
    pub number: u32,
    /// What the request was for, for example `read of the patient of another session`.
    pub purpose: String,
    /// Scenario that caused it; none for exchanges shared between scenarios before any asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// The request.
    pub request: Request,
    /// The answer, if one came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Response>,
    /// Why no answer came: `connection refused`, `timed out after 30 s`...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// When the request was sent.
    pub started: DateTime<Utc>,
    /// How long it took.
    pub timing: Timing,
    /// Facts of the TLS connection, for `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsFacts>,
    /// The request as a curl command, with placeholders for secrets.
    pub curl: String,
    /// A PNG of the page in base64, where a browser showed one: without what was filled in, and without any text unless
    /// bodies are kept whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

/// The request as sent, redacted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// `GET`, `POST`...
    pub method: String,
    /// The whole URL.
    pub url: String,
    /// The headers in the order sent.
    pub headers: Vec<Header>,
    /// The body.
    #[serde(default, skip_serializing_if = "Body::is_none")]
    pub body: Body,
}

/// The answer as received, redacted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// `HTTP/1.1`, `HTTP/2.0`...
    pub version: String,
    /// The headers in the order received.
    pub headers: Vec<Header>,
    /// The body by the target's retention rule.
    #[serde(default, skip_serializing_if = "Body::is_none")]
    pub body: Body,
}

/// One header line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Its name, as on the wire (lower case).
    pub name: String,
    /// Its value, redacted.
    pub value: String,
}

/// What is kept of a body.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kept", rename_all = "kebab-case")]
pub enum Body {
    /// There was none.
    #[default]
    None,
    /// The text (`bodies = "full"`).
    Text {
        /// The redacted text.
        text: String,
        /// Size on the wire in bytes.
        bytes: u64,
    },
    /// The structure without the values (`bodies = "shape"`).
    Shape {
        /// The JSON structure with every value replaced by its kind; absent when it is not JSON.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        outline: Option<Outline>,
        /// Size on the wire in bytes.
        bytes: u64,
    },
    /// Only its size (`bodies = "none"`).
    Size {
        /// Size on the wire in bytes.
        bytes: u64,
    },
}

/// A JSON structure, kept as text: parsed, those of a large run would take most of its memory.
#[derive(Clone, Debug)]
pub struct Outline(Box<RawValue>);

impl Outline {
    /// The structure itself.
    pub fn value(&self) -> Value {
        serde_json::from_str(self.0.get()).unwrap_or_default()
    }
}

impl From<&Value> for Outline {
    fn from(value: &Value) -> Self {
        Self(RawValue::from_string(value.to_string()).unwrap_or_default())
    }
}

impl PartialEq for Outline {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Serialize for Outline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A raw value cannot be taken out of what serde holds back until it knows which kind of body it reads.
        Value::deserialize(deserializer).map(|value| Self::from(&value))
    }
}

impl Body {
    /// Whether there was no body.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

/// Durations in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timing {
    /// Waiting for the rate and concurrency limits before sending.
    pub queued_us: u64,
    /// From sending to the head of the answer.
    pub head_us: u64,
    /// From sending to the end of the answer.
    pub total_us: u64,
}

/// What the TLS handshake showed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TlsFacts {
    /// SHA-256 of the server certificate (DER), hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_sha256: Option<String>,
}
