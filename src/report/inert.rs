//! Makes text of the target harmless to look at: terminal escapes, reordering and invisible characters become visible.

use crate::record::Run;
use serde_json::{Map, Value};
use std::fmt::Write as _;

/// Whether `c` could act on a terminal, break XML or make a text read other than it is.
///
/// Line feed and tab stay: they are layout. The joiners U+200C and U+200D stay: some scripts need them.
pub(super) fn acts(c: char) -> bool {
    matches!(c,
        '\0'..='\x08' | '\x0b'..='\x1f' | '\x7f'..='\u{9f}'          // C0 (escape sequences start here), DEL, C1
        | '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{feff}' // invisible
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}' // reordering
        | '\u{2028}' | '\u{2029}'                                      // line ends to some readers only
        | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` with every character that acts written as `\u{1b}`.
pub fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\r' && rest.peek() == Some(&'\n') {
            continue;
        }
        if acts(c) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// A copy of `run` in which no text acts.
///
/// One pass over everything, so that no rendering can forget a field.
pub(super) fn run(run: &Run) -> serde_json::Result<Run> {
    serde_json::from_value(value(serde_json::to_value(run)?))
}

fn value(value_in: Value) -> Value {
    match value_in {
        Value::String(string) => Value::String(if string.chars().any(acts) { text(&string) } else { string }),
        Value::Array(items) => Value::Array(items.into_iter().map(value).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(key, field)| (text(&key), value(field))).collect::<Map<_, _>>())
        }
        other => other,
    }
}
