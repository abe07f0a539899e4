//! `run.json`: the run itself, indented, keys in the order of the record.

use super::inert;
use crate::record::Run;
use std::fmt::Write as _;

pub(super) fn render(run: &Run) -> serde_json::Result<Vec<u8>> {
    let mut text = serde_json::to_string_pretty(run)?;
    if text.chars().any(inert::acts) {
        text = escaped(&text);
    }
    text.push('\n');
    Ok(text.into_bytes())
}

/// Such characters can only stand inside JSON strings, where an escape means the same.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if inert::acts(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}
