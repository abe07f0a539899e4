//! `run.json`: the run itself, indented, keys in the order of the record.

use super::inert;
use crate::record::Run;
use std::fmt::Write as _;

pub(super) fn render(run: &Run) -> serde_json::Result<Vec<u8>> {
    let text = serde_json::to_string_pretty(run)?;
    // Such characters can only stand inside JSON strings, where an escape means the same.
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if inert::acts(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    Ok(out.into_bytes())
}
