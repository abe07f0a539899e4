//! `run.json`: the run itself, indented, keys in the order of the record.

use super::{Rendered, inert};
use crate::record::Run;
use std::io::{self, Write};

pub(super) fn render(run: &Run, to: &mut dyn Write) -> Rendered {
    serde_json::to_writer_pretty(Escaping(to), run)?;
    Ok(to.write_all(b"\n")?)
}

/// Writes what acts as an escape: it can only stand inside JSON strings, where that means the same.
struct Escaping<'w>(&'w mut dyn Write);

impl Write for Escaping<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.iter().all(|byte| *byte < 0x7f) {
            return self.0.write(bytes);
        }
        // JSON is written in texts, never in halves of a character.
        let text = std::str::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData)?;
        for c in text.chars() {
            if inert::acts(c) {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(self.0, "\\u{unit:04x}")?;
                }
            } else {
                self.0.write_all(c.encode_utf8(&mut [0; 4]).as_bytes())?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
