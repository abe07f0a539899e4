//! The parameters of a search, from the query and the form.

use axum::http::{Method, StatusCode, header};

use super::outcome::Refusal;
use super::request::FhirRequest;

/// The parameters of a search in the order given.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(pub(super) Vec<(String, String)>);

impl Query {
    /// Query string and, for POST, the form; both count.
    pub(super) fn read(request: &FhirRequest) -> Result<Self, Refusal> {
        let mut pairs = Vec::new();
        let mut sources = vec![request.query.as_deref().unwrap_or_default().as_bytes()];
        if request.method == Method::POST {
            let form = request.header(header::CONTENT_TYPE).unwrap_or_default();
            let form = form.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            if form != "application/x-www-form-urlencoded" && !(form.is_empty() && request.body.is_empty()) {
                let text = "a search by POST is a form; send application/x-www-form-urlencoded";
                return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-supported", text));
            }
            sources.push(&request.body);
        }
        for source in sources {
            pairs.extend(url::form_urlencoded::parse(source).map(|(n, v)| (n.into_owned(), v.into_owned())));
        }
        Ok(Self(pairs))
    }

    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// The same without one parameter.
    pub(super) fn without(&self, name: &str) -> Self {
        Self(self.0.iter().filter(|(own, _)| own != name).cloned().collect())
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    pub(super) fn value_of_any_modifier(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n.split(':').next() == Some(name))
    }

    pub(super) fn has_include(&self) -> bool {
        self.0.iter().any(|(n, _)| n.starts_with("_include") || n.starts_with("_revinclude"))
    }

    /// Is only the number of matches asked for?
    pub(super) fn counts_only(&self) -> bool {
        self.value("_summary") == Some("count") || self.value("_count") == Some("0") || self.has("_total")
    }
}
