//! The recorded exchanges in the page: compressed, in parts, each unpacked when something of it is looked at.
//!
//! Servers and tests repeat themselves: a body, the headers of a message and the like are written once.

use crate::record::{Body, Exchange, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Write as _};
use std::sync::Arc;

/// Exchanges of one part, and bytes of the bodies of one.
const PART: usize = 512;
const BODIES_PART: usize = 512 << 10;
/// Characters of all bodies together, and the least and the most of one: large runs must still open.
const BODIES: usize = 24 << 20;
const BODY_LEAST: usize = 1 << 9;
const BODY_MOST: usize = 128 << 10;

/// What the script reads. Everything in it is base64 and numbers, so nothing of the target can end the element.
#[derive(Default, Serialize)]
struct Island {
    exchanges: Parts,
    bodies: Parts,
}

/// A list in parts, and with what each begins: the number of an exchange, the place of a body.
#[derive(Default, Serialize)]
struct Parts {
    firsts: Vec<usize>,
    parts: Vec<String>,
}

/// What the page shows of an exchange. What is often the same is a place in the table of the part.
#[derive(Serialize)]
struct Row<'a> {
    number: u32,
    purpose: usize,
    method: &'a str,
    url: &'a str,
    headers: usize,
    body: Option<usize>,
    /// Status, version, headers and body.
    answer: Option<(u16, usize, usize, Option<usize>)>,
    /// Seconds since 1970.
    started: i64,
    took_us: u64,
    /// What stands before the URL and what after it.
    curl: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<&'a str>,
}

/// The text of the island.
pub(super) fn island(exchanges: &[Arc<Exchange>]) -> io::Result<String> {
    let limit = limit(exchanges);
    let mut island = Island::default();
    let mut bodies = Once::default();
    let mut begun = 0;
    for part in exchanges.chunks(PART) {
        let mut table = Once::default();
        let mut rows = Vec::new();
        for one in part {
            let mut kept = |body: &Body| match body.is_none() {
                true => Ok(None),
                false => bodies.place(&shortened(body, limit)).map(Some),
            };
            rows.push(row(one, &mut table, &mut kept)?);
            if bodies.items.len() > BODIES_PART {
                island.bodies.push(begun, &bodies.list())?;
                begun = bodies.known.len();
            }
        }
        let (rows, table) = (serde_json::to_string(&rows)?, table.list());
        let first = part.first().map_or(0, |one| one.number);
        island.exchanges.push(first as usize, &[b"[", rows.as_bytes(), b",", &table, b"]"].concat())?;
    }
    island.bodies.push(begun, &bodies.list())?;
    serde_json::to_string(&island).map_err(Into::into)
}

fn row<'a>(
    one: &'a Exchange,
    table: &mut Once,
    kept: &mut impl FnMut(&Body) -> io::Result<Option<usize>>,
) -> io::Result<Row<'a>> {
    let request = &one.request;
    let answer = one.response.as_ref().map(|Response { status, version, headers, body }| {
        Ok::<_, io::Error>((*status, table.place(version)?, table.place(headers)?, kept(body)?))
    });
    Ok(Row {
        number: one.number,
        method: &request.method,
        url: &request.url,
        body: kept(&request.body)?,
        answer: answer.transpose()?,
        purpose: table.place(&one.purpose)?,
        headers: table.place(&request.headers)?,
        started: one.started.timestamp(),
        took_us: one.timing.total_us,
        curl: table.place(&one.curl.splitn(2, &request.url).collect::<Vec<_>>())?,
        error: one.error.as_deref(),
        picture: one.picture.as_deref(),
    })
}

impl Parts {
    fn push(&mut self, first: usize, json: &[u8]) -> io::Result<()> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::new(7));
        packer.write_all(json)?;
        self.parts.push(STANDARD.encode(packer.finish()?));
        self.firsts.push(first);
        Ok(())
    }
}

/// A list in which nothing stands twice.
#[derive(Default)]
struct Once {
    /// The place of each, by the digest of its JSON.
    known: HashMap<[u8; 32], usize>,
    /// The items that were not yet taken, as JSON.
    items: Vec<u8>,
}

impl Once {
    fn place(&mut self, item: &impl Serialize) -> io::Result<usize> {
        let json = serde_json::to_vec(item)?;
        let next = self.known.len();
        let place = *self.known.entry(Sha256::digest(&json).into()).or_insert(next);
        if place == next {
            self.items.push(if self.items.is_empty() { b'[' } else { b',' });
            self.items.extend(json);
        }
        Ok(place)
    }

    /// The items since the last time, as a JSON array.
    fn list(&mut self) -> Vec<u8> {
        let mut items = std::mem::take(&mut self.items);
        items.extend(if items.is_empty() { &b"[]"[..] } else { b"]" });
        items
    }
}

/// How much of one body there is room for.
fn limit(exchanges: &[Arc<Exchange>]) -> usize {
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

/// What a report has room for of a body: most are as they were recorded.
fn shortened(body: &Body, limit: usize) -> Cow<'_, Body> {
    if let Body::Text { text, bytes } = body
        && let Some((end, _)) = text.char_indices().nth(limit)
    {
        let text = format!("{}\n[cut here; run.json holds the rest]", &text[..end]);
        return Cow::Owned(Body::Text { text, bytes: *bytes });
    }
    Cow::Borrowed(body)
}
