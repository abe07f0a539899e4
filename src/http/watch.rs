//! Watching: whoever wants to see every exchange of a run as it was, before anything is hidden. Nothing of it is kept here.

use super::answer::Answer;
use super::call::Call;
use super::redact::Dialect;

/// Is told of every answer, on the thread of the run, before it is recorded.
pub trait Watch: Send + Sync {
    /// One answer to one request.
    fn see(&self, call: &Call, answer: &Answer);
}

impl Call {
    /// The HTTP method.
    pub fn method(&self) -> &str {
        self.method
    }

    /// The first header of that name (lower case).
    pub fn header_value(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.body.as_deref().unwrap_or_default())
    }

    /// Whether this is authorization traffic.
    pub fn is_oauth(&self) -> bool {
        self.dialect == Dialect::Oauth
    }
}
