//! Makes text of the target harmless to look at: terminal escapes, reordering and invisible characters become visible.

use crate::record::{Exchange, Run};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::fmt::Write as _;
use std::io;
use std::num::NonZero;
use std::sync::Arc;

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

/// `run` as no text of it acts. What is harmless already is shared.
///
/// Everything is looked at as it serialises, so that no rendering can forget a field.
pub(super) fn run(run: &Run) -> serde_json::Result<Run> {
    // One by one: a run may have tens of thousands, and few of them act.
    let exchange = |(one, acts): (&Arc<Exchange>, bool)| match acts {
        true => tamed(one.as_ref()).map(Arc::new),
        false => Ok(Arc::clone(one)),
    };
    let exchanges = run.exchanges.iter().zip(acting(&run.exchanges)).map(exchange).collect::<Result<_, _>>()?;
    let rest = Run { exchanges: Vec::new(), ..run.clone() };
    let rest = if has_acting(&rest) { tamed(&rest)? } else { rest };
    Ok(Run { exchanges, ..rest })
}

fn tamed<T: Serialize + DeserializeOwned>(one: &T) -> serde_json::Result<T> {
    serde_json::from_value(value(serde_json::to_value(one)?))
}

/// Whether some text of it acts.
fn has_acting(one: &impl Serialize) -> bool {
    serde_json::to_writer(Scan::default(), one).is_err()
}

/// [`has_acting`] of each, by as many threads as there are processors.
fn acting(exchanges: &[Arc<Exchange>]) -> Vec<bool> {
    let hands = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = exchanges.len().div_ceil(hands).max(1);
    let look = |some: &[Arc<Exchange>]| some.iter().map(has_acting).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let hands: Vec<_> = exchanges.chunks(share).map(|some| (some.len(), scope.spawn(move || look(some)))).collect();
        // What was not looked at to the end is taken to act.
        hands.into_iter().flat_map(|(many, hand)| hand.join().unwrap_or_else(|_| vec![true; many])).collect()
    })
}

/// Takes JSON, and fails at the first character that acts.
#[derive(Default)]
struct Scan {
    /// Whether a backslash came last.
    escapes: bool,
}

impl io::Write for Scan {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            // JSON writes the C0 controls as escapes: `\n` and `\t` alone are layout.
            if std::mem::take(&mut self.escapes) {
                if matches!(byte, b'b' | b'f' | b'r' | b'u') {
                    return Err(io::ErrorKind::InvalidData.into());
                }
            } else {
                self.escapes = *byte == b'\\';
            }
        }
        // What is no text of its own is taken to act.
        let plain = bytes.iter().all(|byte| *byte < 0x7f);
        if plain || std::str::from_utf8(bytes).is_ok_and(|text| !text.chars().any(acts)) {
            Ok(bytes.len())
        } else {
            Err(io::ErrorKind::InvalidData.into())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_found_wherever_it_stands() {
        for harmless in ["", "a \"quoted\" \\\\ \\u001b path", "line\n\ttab", "Zoë 日本 \u{200d}"] {
            assert!(!has_acting(&serde_json::json!({ harmless: [harmless] })), "{harmless:?}");
        }
        for acting in ["\u{1b}[31m", "\r", "\u{8}", "\u{c}", "\u{7f}", "\u{9b}", "a\u{202e}b", "\u{2028}", "\u{e0001}"]
        {
            assert!(has_acting(&serde_json::json!([acting])), "{acting:?}");
            assert!(has_acting(&serde_json::json!({ acting: 1 })), "{acting:?} as a key");
        }
    }
}
