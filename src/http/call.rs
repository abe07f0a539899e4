//! A request before it is sent: what is asked, and how it is to be recorded.

use super::redact::Dialect;
use url::Url;

/// A request to be made.
#[derive(Clone)]
pub struct Call {
    pub(super) method: &'static str,
    pub(super) url: Url,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) purpose: String,
    pub(super) dialect: Dialect,
    pub(super) public: bool,
}

impl Call {
    /// A request for `purpose` (a phrase for the report, without secrets).
    pub fn new(method: &'static str, url: Url, purpose: impl Into<String>) -> Self {
        let purpose = purpose.into();
        Self { method, url, headers: Vec::new(), body: None, purpose, dialect: Dialect::Fhir, public: false }
    }

    /// A GET request.
    pub fn get(url: Url, purpose: impl Into<String>) -> Self {
        Self::new("GET", url, purpose)
    }

    /// A POST of a form.
    pub fn post_form(url: Url, pairs: &[(String, String)], purpose: impl Into<String>) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        Self::new("POST", url, purpose).header("content-type", "application/x-www-form-urlencoded").body(body)
    }

    /// Adds a header (name in lower case).
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Sends the token as a bearer token, if there is one.
    #[must_use]
    pub fn bearer(self, token: Option<&str>) -> Self {
        match token {
            Some(token) => self.header("authorization", format!("Bearer {token}")),
            None => self,
        }
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Marks authorization traffic, where `code` and `launch` are secrets.
    #[must_use]
    pub fn oauth(mut self) -> Self {
        self.dialect = Dialect::Oauth;
        self
    }

    /// The same request to another URL.
    #[must_use]
    pub fn at(self, url: Url) -> Self {
        Self { url, ..self }
    }

    /// Marks a document that is public by its nature: its body is kept whatever the retention rule says.
    #[must_use]
    pub fn public(mut self) -> Self {
        self.public = true;
        self
    }
}
