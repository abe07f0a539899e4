//! The exchanges of a run as HAR 1.2, which browsers and proxies read. Redacted like every other report.

use crate::record::{Body, Exchange, Header, Run};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

#[derive(Serialize)]
struct Har<'r> {
    log: Log<'r>,
}

#[derive(Serialize)]
struct Log<'r> {
    version: &'static str,
    creator: Value,
    /// Made one by one as they are written: a run may have tens of thousands.
    #[serde(serialize_with = "entries")]
    entries: &'r [Exchange],
}

fn entries<S: Serializer>(exchanges: &&[Exchange], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(exchanges.iter().map(entry))
}

pub(super) fn render(run: &Run) -> serde_json::Result<Vec<u8>> {
    let creator = json!({ "name": "probity", "version": run.start.probity });
    let mut text = serde_json::to_vec_pretty(&Har { log: Log { version: "1.2", creator, entries: &run.exchanges } })?;
    text.push(b'\n');
    Ok(text)
}

fn entry(exchange: &Exchange) -> Value {
    let milliseconds = |microseconds: u64| json!(std::time::Duration::from_micros(microseconds).as_secs_f64() * 1000.0);
    let timing = &exchange.timing;
    let request = &exchange.request;
    let version = exchange.response.as_ref().map_or("HTTP/1.1", |response| response.version.as_str());
    let mut sent = json!({
        "method": request.method,
        "url": request.url,
        "httpVersion": version,
        "cookies": [],
        "headers": headers(&request.headers),
        "queryString": query(&request.url),
        "headersSize": -1,
        "bodySize": size(&request.body),
    });
    if let Body::Text { text, .. } = &request.body {
        sent["postData"] = json!({ "mimeType": media_type(&request.headers), "text": text });
    }
    json!({
        "startedDateTime": exchange.started,
        "time": milliseconds(timing.total_us),
        "request": sent,
        "response": response(exchange),
        "cache": {},
        "timings": {
            "blocked": milliseconds(timing.queued_us),
            "send": 0,
            "wait": milliseconds(timing.head_us),
            "receive": milliseconds(timing.total_us.saturating_sub(timing.head_us)),
        },
        "comment": format!("#{} {}", exchange.number, exchange.purpose),
    })
}

/// Without an answer the status is 0, as browsers write it.
fn response(exchange: &Exchange) -> Value {
    let Some(response) = &exchange.response else {
        let why = exchange.error.as_deref().unwrap_or("no answer");
        return json!({
            "status": 0, "statusText": "", "httpVersion": "", "cookies": [], "headers": [],
            "content": { "size": 0, "mimeType": "x-unknown" }, "redirectURL": "", "headersSize": -1, "bodySize": -1,
            "_error": why,
        });
    };
    let mut content = json!({ "size": size(&response.body), "mimeType": media_type(&response.headers) });
    if let Body::Text { text, .. } = &response.body {
        content["text"] = json!(text);
    }
    json!({
        "status": response.status,
        "statusText": "",
        "httpVersion": response.version,
        "cookies": [],
        "headers": headers(&response.headers),
        "content": content,
        "redirectURL": value(&response.headers, "location").unwrap_or_default(),
        "headersSize": -1,
        "bodySize": size(&response.body),
    })
}

fn headers(all: &[Header]) -> Vec<Value> {
    all.iter().map(|header| json!({ "name": header.name, "value": header.value })).collect()
}

fn value<'h>(all: &'h [Header], name: &str) -> Option<&'h str> {
    all.iter().find(|header| header.name == name).map(|header| header.value.as_str())
}

fn media_type(all: &[Header]) -> &str {
    value(all, "content-type").unwrap_or("x-unknown")
}

fn size(body: &Body) -> u64 {
    match body {
        Body::None => 0,
        Body::Text { bytes, .. } | Body::Shape { bytes, .. } | Body::Size { bytes } => *bytes,
    }
}

/// The parameters of a URL as it is written; what was redacted stays so.
fn query(url: &str) -> Vec<Value> {
    let text = url.split_once('?').map_or("", |(_, query)| query);
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(n, v)| json!({ "name": n, "value": v }))
        .collect()
}
