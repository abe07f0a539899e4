//! The exchanges of a run as HAR 1.2, which browsers and proxies read. Redacted like every other report.

use super::Rendered;
use crate::record::{Body, Exchange, Header, Run};
use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

#[derive(Serialize)]
struct Har<'r> {
    log: Log<'r>,
}

#[derive(Serialize)]
struct Log<'r> {
    version: &'static str,
    creator: Creator<'r>,
    /// Made one by one as they are written: a run may have tens of thousands.
    #[serde(serialize_with = "entries")]
    entries: &'r [Arc<Exchange>],
}

#[derive(Serialize)]
struct Creator<'r> {
    name: &'static str,
    version: &'r str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'r> {
    started_date_time: DateTime<Utc>,
    time: f64,
    request: Sent<'r>,
    response: Came<'r>,
    cache: Cache,
    timings: Timings,
    comment: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent<'r> {
    method: &'r str,
    url: &'r str,
    http_version: &'r str,
    cookies: [(); 0],
    headers: &'r [Header],
    query_string: Vec<Pair<'r>>,
    headers_size: i8,
    body_size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_data: Option<PostData<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PostData<'r> {
    mime_type: &'r str,
    text: &'r str,
}

/// Without an answer the status is 0, as browsers write it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Came<'r> {
    status: u16,
    status_text: &'static str,
    http_version: &'r str,
    cookies: [(); 0],
    headers: &'r [Header],
    content: Content<'r>,
    #[serde(rename = "redirectURL")]
    redirect_url: &'r str,
    headers_size: i8,
    body_size: i64,
    #[serde(rename = "_error", skip_serializing_if = "Option::is_none")]
    error: Option<&'r str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Content<'r> {
    size: u64,
    mime_type: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'r str>,
}

#[derive(Serialize)]
struct Pair<'r> {
    name: &'r str,
    value: &'r str,
}

/// Nothing is known of caches; HAR wants it said.
#[derive(Serialize)]
struct Cache {}

#[derive(Serialize)]
struct Timings {
    blocked: f64,
    send: u8,
    wait: f64,
    receive: f64,
}

fn entries<S: Serializer>(exchanges: &&[Arc<Exchange>], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(exchanges.iter().map(|exchange| entry(exchange)))
}

pub(super) fn render(run: &Run, to: &mut dyn Write) -> Rendered {
    let creator = Creator { name: "probity", version: &run.start.probity };
    let har = Har { log: Log { version: "1.2", creator, entries: &run.exchanges } };
    serde_json::to_writer_pretty(&mut *to, &har)?;
    Ok(to.write_all(b"\n")?)
}

fn entry(exchange: &Exchange) -> Entry<'_> {
    let milliseconds = |microseconds: u64| Duration::from_micros(microseconds).as_secs_f64() * 1000.0;
    let (timing, request) = (&exchange.timing, &exchange.request);
    Entry {
        started_date_time: exchange.started,
        time: milliseconds(timing.total_us),
        request: Sent {
            method: &request.method,
            url: &request.url,
            http_version: exchange.response.as_ref().map_or("HTTP/1.1", |response| response.version.as_str()),
            cookies: [],
            headers: &request.headers,
            query_string: query(&request.url),
            headers_size: -1,
            body_size: size(&request.body),
            post_data: text(&request.body).map(|text| PostData { mime_type: media_type(&request.headers), text }),
        },
        response: came(exchange),
        cache: Cache {},
        timings: Timings {
            blocked: milliseconds(timing.queued_us),
            send: 0,
            wait: milliseconds(timing.head_us),
            receive: milliseconds(timing.total_us.saturating_sub(timing.head_us)),
        },
        comment: format!("#{} {}", exchange.number, exchange.purpose),
    }
}

fn came(exchange: &Exchange) -> Came<'_> {
    let none = Came {
        status: 0,
        status_text: "",
        http_version: "",
        cookies: [],
        headers: &[],
        content: Content { size: 0, mime_type: "x-unknown", text: None },
        redirect_url: "",
        headers_size: -1,
        body_size: -1,
        error: None,
    };
    let Some(response) = &exchange.response else {
        return Came { error: Some(exchange.error.as_deref().unwrap_or("no answer")), ..none };
    };
    let bytes = size(&response.body);
    Came {
        status: response.status,
        http_version: &response.version,
        headers: &response.headers,
        content: Content { size: bytes, mime_type: media_type(&response.headers), text: text(&response.body) },
        redirect_url: value(&response.headers, "location").unwrap_or_default(),
        body_size: i64::try_from(bytes).unwrap_or(i64::MAX),
        ..none
    }
}

fn value<'h>(all: &'h [Header], name: &str) -> Option<&'h str> {
    all.iter().find(|header| header.name == name).map(|header| header.value.as_str())
}

fn media_type(all: &[Header]) -> &str {
    value(all, "content-type").unwrap_or("x-unknown")
}

fn text(body: &Body) -> Option<&str> {
    if let Body::Text { text, .. } = body { Some(text) } else { None }
}

fn size(body: &Body) -> u64 {
    match body {
        Body::None => 0,
        Body::Text { bytes, .. } | Body::Shape { bytes, .. } | Body::Size { bytes } => *bytes,
    }
}

/// The parameters of a URL as it is written; what was redacted stays so.
fn query(url: &str) -> Vec<Pair<'_>> {
    let text = url.split_once('?').map_or("", |(_, query)| query);
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(name, value)| Pair { name, value }).collect()
}
