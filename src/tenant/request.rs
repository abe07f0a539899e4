//! One request to the authorization side, read whole.

use axum::body::Bytes;
use axum::http::{HeaderMap, Method};

/// One request, read whole.
pub(super) struct Heard {
    pub(super) method: Method,
    pub(super) query: Option<String>,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Heard {
    /// The pairs of the query.
    pub(super) fn query_pairs(&self) -> Vec<(String, String)> {
        pairs(self.query.as_deref().unwrap_or_default().as_bytes())
    }

    /// The pairs of a form body; `None` when the body is something else.
    pub(super) fn form(&self) -> Option<Vec<(String, String)>> {
        let kind = self.header("content-type")?.split(';').next()?.trim().to_ascii_lowercase();
        (kind == "application/x-www-form-urlencoded").then(|| pairs(&self.body))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The value of a cookie.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        let all = self.header("cookie")?.split(';');
        all.filter_map(|pair| pair.trim().split_once('=')).find(|(own, _)| *own == name).map(|(_, value)| value)
    }
}

fn pairs(text: &[u8]) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// The value of the first pair called `name`.
pub(super) fn first<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
}
