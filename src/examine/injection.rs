//! What came of requests that want to be repeated in an answer.

use super::Observation;
use crate::http::Answer;

/// Markup that nobody writes by chance, and that does nothing.
pub const MARKUP: &str = "<probity\"'x>";

/// Whether no address in an answer leads to a host that only headers of the request named.
pub fn leads_nowhere_else(answer: &Answer, host: &str) -> Observation {
    let body = answer.text().to_ascii_lowercase();
    let address = format!("://{host}");
    let in_headers = answer.all_headers().iter().any(|(_, value)| value.to_ascii_lowercase().contains(host));
    let seen = match (body.contains(&address), in_headers) {
        (true, _) => "an address in the body leads there",
        (false, true) => "a header names it",
        (false, false) => "none",
    };
    Observation::new(seen == "none", "no address of the other host", seen, vec![answer.number()])
}

/// Whether a page does not repeat the markup as it was sent. JSON and texts are no pages, unless a browser may guess so.
pub fn repeats_no_markup(answer: &Answer) -> Observation {
    let kind = answer.media_type().unwrap_or_default();
    let is_page = kind.contains("html") || kind.contains("svg") || kind.is_empty();
    let repeats = answer.text().contains(MARKUP);
    let observed = match (repeats, is_page) {
        (true, true) => "the page repeats it",
        (true, false) => "an answer that is no page repeats it",
        (false, _) => "nothing repeats it",
    };
    Observation::new(!(repeats && is_page), "the markup is not repeated as markup", observed, vec![answer.number()])
}

/// Whether the header that stood behind a line break is no header of the answer.
pub fn has_no_injected_header(answer: &Answer) -> Observation {
    let is_there = answer.header("x-probity-injected").is_some();
    let observed = if is_there { "the header is there" } else { "no such header" };
    Observation::new(!is_there, "no header from the request", observed, vec![answer.number()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(kind: &str, body: &str, more: &[(&str, &str)]) -> Answer {
        let url = url::Url::parse("https://fhir.example.org/r4/any").unwrap();
        let own = std::iter::once(("content-type", kind)).chain(more.iter().copied());
        let headers = own.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Answer::new(1, url, 200, headers, body.as_bytes().to_vec())
    }

    #[test]
    fn an_address_of_another_host_is_seen_in_bodies_and_headers() {
        let host = "attacker.example";
        assert!(leads_nowhere_else(&answer("application/json", "{\"note\": \"attacker.example\"}", &[]), host).met);
        assert!(
            !leads_nowhere_else(&answer("application/json", "{\"url\": \"https://Attacker.example/x\"}", &[]), host)
                .met
        );
        assert!(!leads_nowhere_else(&answer("text/html", "", &[("location", "https://attacker.example")]), host).met);
    }

    #[test]
    fn markup_is_a_breach_only_where_it_is_markup() {
        assert!(!repeats_no_markup(&answer("text/html; charset=utf-8", "<p>no <probity\"'x> here", &[])).met);
        assert!(repeats_no_markup(&answer("text/html", "&lt;probity&quot;&#39;x&gt;", &[])).met);
        assert!(repeats_no_markup(&answer("application/fhir+json", "{\"a\": \"<probity\"'x>\"}", &[])).met);
        assert!(!repeats_no_markup(&answer("", "<probity\"'x>", &[])).met);
    }

    #[test]
    fn a_header_that_was_sent_is_seen() {
        assert!(has_no_injected_header(&answer("text/html", "", &[("x-probity", "1")])).met);
        assert!(!has_no_injected_header(&answer("text/html", "", &[("x-probity-injected", "1")])).met);
    }
}
