//! Whether an answer says anything: one that could not be served neither grants nor refuses.

use crate::http::Answer;

/// Why the server did not serve the request, if so: it asks to come back later (RFC 9110 15.5.9 and 15.6.4, RFC 8470 5.2,
/// RFC 6585 4).
pub fn unserved(answer: &Answer) -> Option<String> {
    let status = answer.status();
    matches!(status, 408 | 425 | 429 | 503)
        .then(|| format!("the server does not serve the request now: status {status}"))
}

/// Statuses with which a server says that it cannot answer now. 501 says for good that the server does no such thing
/// (RFC 9110 15.6.2).
pub fn is_breakdown(status: u16) -> bool {
    matches!(status, 429 | 500 | 502..)
}

/// Why an answer to what should be refused refuses nothing, though it grants nothing: the server broke on it, or does not
/// serve it. An OAuth error is a word of the server, whatever the status (RFC 6749 5.2), unless it is one of the two that
/// say the same as such a status (RFC 6749 4.1.2.1).
pub fn no_answer(answer: &Answer) -> Option<String> {
    const BREAKDOWNS: [&str; 2] = ["server_error", "temporarily_unavailable"];
    let said = || {
        let body = answer.json().unwrap_or_default();
        body["error"].as_str().is_some_and(|error| !BREAKDOWNS.contains(&error))
    };
    unserved(answer).or_else(|| {
        let status = answer.status();
        (is_breakdown(status) && !said())
            .then(|| format!("status {status} is a breakdown: it neither grants nor refuses"))
    })
}
