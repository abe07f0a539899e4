//! A raw answer: in memory only. It has no `Serialize` and its `Debug` shows no content; an `Exchange` is what is kept.

use super::certificate::{self, Certificate};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// What came back, unredacted. Cheap to clone.
#[derive(Clone)]
pub struct Answer(Arc<Inner>);

struct Inner {
    number: u32,
    url: Url,
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    miscoded: Option<String>,
    certificate: Option<Vec<u8>>,
    took: Duration,
}

/// A body that is no JSON: what it is instead, as a phrase without its content.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoJson(String);

impl Answer {
    /// An answer: the recorded exchange, the URL that was asked, status, headers (names in lower case) and body.
    pub fn new(number: u32, url: Url, status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        Self(Arc::new(Inner {
            number,
            url,
            status,
            headers,
            body,
            miscoded: None,
            certificate: None,
            took: Duration::ZERO,
        }))
    }

    /// The answer, with what is wrong with its Content-Encoding.
    pub(super) fn miscoded_as(mut self, miscoded: Option<String>) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.miscoded = miscoded;
        }
        self
    }

    /// The answer, with the certificate that the server showed, and how long it took.
    pub(super) fn under(mut self, certificate: Option<Vec<u8>>, took: Duration) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            (inner.certificate, inner.took) = (certificate, took);
        }
        self
    }

    /// From sending the request to the end of the answer, as the app saw it.
    pub fn took(&self) -> Duration {
        self.0.took
    }

    /// The certificate of the server, where it was asked by TLS. Few look at it, so it is read when they do.
    pub fn certificate(&self) -> Option<Certificate> {
        certificate::read(self.0.certificate.as_deref()?)
    }

    /// What is wrong with its Content-Encoding, as a phrase; the body is as it came then.
    pub fn miscoded(&self) -> Option<&str> {
        self.0.miscoded.as_deref()
    }

    /// The number of the recorded exchange, to be cited.
    pub fn number(&self) -> u32 {
        self.0.number
    }

    /// The URL that answered.
    pub fn url(&self) -> &Url {
        &self.0.url
    }

    /// The HTTP status code.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.0.status)
    }

    /// The first header of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Every header of that name (lower case).
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.headers.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// All headers.
    pub fn all_headers(&self) -> &[(String, String)] {
        &self.0.headers
    }

    /// The media type, lower case, without parameters.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.0.body
    }

    /// The body as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.0.body)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// What the body is instead.
    pub fn json(&self) -> Result<Value, NoJson> {
        if self.0.body.is_empty() {
            return Err(NoJson("an empty body".to_owned()));
        }
        serde_json::from_slice(&self.0.body).map_err(|error| {
            NoJson(format!(
                "{} bytes of {} that are not JSON (line {}, column {})",
                self.0.body.len(),
                self.media_type().unwrap_or_else(|| "unnamed type".to_owned()),
                error.line(),
                error.column()
            ))
        })
    }

    /// The error that the body tells, as OAuth or FHIR write it: error code and description, or the code of an issue. What
    /// an OperationOutcome says in words may be about a record, and is not repeated.
    pub fn said(&self) -> Option<String> {
        const LONGEST: usize = 160;
        let body = self.json().ok()?;
        if let Some(error) = body["error"].as_str() {
            let words = body["error_description"].as_str().unwrap_or_default();
            let words: String = words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST).collect();
            return Some(if words.is_empty() {
                format!("error `{error}`")
            } else {
                format!("error `{error}` (\"{words}\")")
            });
        }
        let issues = body["issue"].as_array().filter(|_| body["resourceType"] == "OperationOutcome")?;
        let code = issues.iter().find(|issue| issue["severity"] != "information")?["code"].as_str()?;
        Some(format!("an OperationOutcome with `{code}`"))
    }

    /// `status 403 with error "insufficient_scope"`
    pub fn status_and_said(&self) -> String {
        self.said()
            .map_or_else(|| format!("status {}", self.status()), |said| format!("status {} with {said}", self.status()))
    }

    /// The absolute URL of the `Location` header.
    pub fn location(&self) -> Option<Url> {
        self.0.url.join(self.header("location")?).ok()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, status {})", self.0.number, self.0.status)
    }
}

/// Why there is no answer: it could not be tested.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no answer from {place}: {why}")]
pub struct NoAnswer {
    /// The number of the recorded exchange.
    pub number: u32,
    /// Scheme, host and port.
    pub place: String,
    /// `connection refused`, `no whole answer within 30s`...
    pub why: String,
}

impl NoAnswer {
    /// The root cause of a transport error, without the URL that reqwest would print.
    pub(super) fn cause(error: &reqwest::Error) -> String {
        if error.is_timeout() {
            return "no whole answer within limits.timeout".to_owned();
        }
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        let kind = if error.is_connect() {
            "cannot connect"
        } else if error.is_body() || error.is_decode() {
            "the answer broke off"
        } else {
            "the request failed"
        };
        format!("{kind}: {cause}")
    }
}
