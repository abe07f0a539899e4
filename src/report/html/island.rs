//! The recorded exchanges in the page: compressed, in parts, each unpacked when one of its exchanges is looked at.

use crate::record::{Body, Exchange};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use std::borrow::Cow;
use std::io::Write as _;

/// Exchanges of one part.
const PART: usize = 256;
/// Characters of all bodies together, and the least and the most of one: large runs must still open.
const BODIES: usize = 24 << 20;
const BODY_LEAST: usize = 1 << 9;
const BODY_MOST: usize = 128 << 10;

/// What the script reads. Everything in it is base64 and numbers, so nothing of the target can end the element.
#[derive(Serialize)]
struct Island {
    /// Exchanges of one part.
    part: usize,
    /// Of each exchange: number, method, URL, status or none, microseconds.
    index: String,
    parts: Vec<String>,
}

/// The text of the island.
pub(super) fn island(exchanges: &[Exchange]) -> std::io::Result<String> {
    let limit = limit(exchanges);
    let index: Vec<_> = exchanges
        .iter()
        .map(|one| {
            let status = one.response.as_ref().map(|response| response.status);
            (one.number, &one.request.method, &one.request.url, status, one.timing.total_us)
        })
        .collect();
    let parts = exchanges.chunks(PART).map(|part| {
        let part: Vec<Cow<'_, Exchange>> = part.iter().map(|one| cut(one, limit)).collect();
        packed(&part)
    });
    let island = Island { part: PART, index: packed(&index)?, parts: parts.collect::<Result<_, _>>()? };
    serde_json::to_string(&island).map_err(Into::into)
}

/// How much of one body there is room for.
fn limit(exchanges: &[Exchange]) -> usize {
    let lengths: Vec<usize> = exchanges.iter().flat_map(|one| bodies(one).map(length)).collect();
    let mut limit = BODY_MOST;
    while limit > BODY_LEAST && lengths.iter().map(|own| own.min(&limit)).sum::<usize>() > BODIES {
        limit /= 2;
    }
    limit
}

fn bodies(exchange: &Exchange) -> impl Iterator<Item = &Body> {
    let answer = exchange.response.as_ref().map(|response| &response.body);
    std::iter::once(&exchange.request.body).chain(answer)
}

fn length(body: &Body) -> usize {
    if let Body::Text { text, .. } = body { text.len() } else { 0 }
}

fn packed(value: &impl Serialize) -> std::io::Result<String> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::new(7));
    serde_json::to_writer(&mut packer, value)?;
    packer.flush()?;
    Ok(STANDARD.encode(packer.finish()?))
}

/// The exchange with bodies that a report has room for: most are as they were recorded.
fn cut(exchange: &Exchange, limit: usize) -> Cow<'_, Exchange> {
    if bodies(exchange).all(|body| length(body) <= limit) {
        return Cow::Borrowed(exchange);
    }
    let mut exchange = exchange.clone();
    shorten(&mut exchange.request.body, limit);
    if let Some(response) = &mut exchange.response {
        shorten(&mut response.body, limit);
    }
    Cow::Owned(exchange)
}

fn shorten(body: &mut Body, limit: usize) {
    if let Body::Text { text, .. } = body
        && let Some((end, _)) = text.char_indices().nth(limit)
    {
        text.truncate(end);
        text.push_str("\n[cut here; run.json holds the rest]");
    }
}
