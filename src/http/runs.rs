//! What runs of base64 and hex characters stand for, at any offset.

use super::decode::{Draft, View, hex_number};
use std::cell::RefCell;
use std::ops::Range;

/// A run shorter than this encodes nothing that is searched for: 8 characters of base64 are 6 bytes.
const BASE64_RUN: usize = 8;
const HEX_RUN: usize = 12;

/// What the runs of hex and base64 characters of a view decode to, as far as it can be anything readable.
pub(super) fn runs(view: &View<'_>) -> Vec<View<'static>> {
    let bytes = &view.bytes;
    let mut out = Vec::new();
    let (mut run, mut decoded) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < bytes.len() {
        if sextet(bytes[at]).is_none() {
            at += 1;
            continue;
        }
        // Encoders break long lines; a break is a part of the run.
        let begun = at;
        let goes_on = |byte: &u8| sextet(*byte).is_some() || matches!(byte, b'\r' | b'\n');
        at += bytes[begun..].iter().take_while(|byte| goes_on(byte)).count();
        if at - begun < BASE64_RUN || is_idle(&bytes[begun..at]) {
            continue;
        }
        run.clear();
        run.extend(bytes[begun..at].iter().filter_map(|byte| sextet(*byte)));
        if run.len() < BASE64_RUN {
            continue;
        }
        let before = out.len();
        // Nearly everything that is tried turns out to be nothing, so places are looked up last.
        let origins =
            || (begun..at).filter(|at| sextet(bytes[*at]).is_some()).map(|at| view.origin(at)).collect::<Vec<_>>();
        for start in 0..4 {
            base64(&run[start..], &mut decoded);
            if is_readable(&decoded) {
                let origins = &origins()[start..];
                let places = (0..decoded.len()).map(|byte| {
                    let first = byte / 3 * 4 + byte % 3;
                    (origins[first].0, origins[first + 1].1)
                });
                readable(&decoded, &places.collect::<Vec<_>>(), &mut out);
            }
        }
        if run.len() < HEX_RUN {
            idle(&bytes[begun..at], out.len() == before);
            continue;
        }
        let parts = (begun..at).filter(|at| sextet(bytes[*at]).is_some()).collect::<Vec<_>>();
        for part in parts.split(|at| !bytes[*at].is_ascii_hexdigit()).filter(|part| part.len() >= HEX_RUN) {
            for start in 0..2 {
                let decoded = hex(view, &part[start..]);
                readable(&decoded.bytes, &decoded.places, &mut out);
            }
        }
        idle(&bytes[begun..at], out.len() == before);
    }
    out
}

/// The words that texts are made of come again and again: what was found to stand for nothing is not decoded again.
struct Idle([Word; 4096]);

/// A run of up to so many characters is remembered.
const LONGEST_WORD: usize = 95;

#[derive(Clone, Copy, PartialEq)]
struct Word {
    length: u8,
    bytes: [u8; LONGEST_WORD],
}

thread_local! {
    static IDLE: RefCell<Box<Idle>> =
        RefCell::new(Box::new(Idle([Word { length: 0, bytes: [0; LONGEST_WORD] }; 4096])));
}

impl Word {
    fn of(run: &[u8]) -> Option<Self> {
        let mut bytes = [0; LONGEST_WORD];
        bytes.get_mut(..run.len())?.copy_from_slice(run);
        Some(Self { length: run.len() as u8, bytes })
    }

    /// Its place among the words: one that comes later takes it over.
    fn place(&self) -> usize {
        let own = &self.bytes[..usize::from(self.length)];
        let sum =
            own.iter().fold(u32::from(self.length), |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
        (sum ^ sum >> 15) as usize % 4096
    }
}

fn is_idle(run: &[u8]) -> bool {
    Word::of(run).is_some_and(|word| IDLE.with_borrow(|idle| idle.0[word.place()] == word))
}

/// Remembers a run that stands for nothing.
fn idle(run: &[u8], nothing: bool) {
    if let Some(word) = Word::of(run).filter(|_| nothing) {
        IDLE.with_borrow_mut(|idle| idle.0[word.place()] = word);
    }
}

/// What each byte is worth in base64, of either alphabet.
static SEXTETS: [Option<u8>; 256] = {
    let mut all = [None; 256];
    let mut value = 0;
    while value < 64 {
        all[b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[value] as usize] = Some(value as u8);
        value += 1;
    }
    all[b'-' as usize] = Some(62);
    all[b'_' as usize] = Some(63);
    all
};

fn sextet(byte: u8) -> Option<u8> {
    SEXTETS[usize::from(byte)]
}

/// Fills `bytes` with what the characters of a run stand for.
fn base64(run: &[u8], bytes: &mut Vec<u8>) {
    bytes.clear();
    for four in run.chunks(4) {
        let bits = four.iter().fold(0, |bits, value| bits << 6 | u32::from(*value)) << (6 * (4 - four.len()));
        bytes.extend_from_slice(&bits.to_be_bytes()[1..four.len()]);
    }
}

fn hex(view: &View<'_>, run: &[usize]) -> Draft {
    let mut out = Draft::default();
    for pair in run.chunks_exact(2) {
        let digits = [view.bytes[pair[0]], view.bytes[pair[1]]];
        if let Some(byte) = hex_number(Some(&digits)) {
            out.push(byte as u8, (view.origin(pair[0]).0, view.origin(pair[1]).1));
        }
    }
    out
}

/// The shortest readable part of decoded bytes that can hold a secret.
const READABLE: usize = 6;

/// Whether any part of decoded bytes is text.
fn is_readable(bytes: &[u8]) -> bool {
    // Random bytes are rarely that long without one that no text has.
    let mut plain = 0;
    let possible = bytes.iter().any(|byte| {
        plain = if matches!(byte, 0..0x09 | 0x0e..0x20 | 0x7f) { 0 } else { plain + 1 };
        plain >= READABLE
    });
    let mut any = false;
    if possible {
        parts(bytes, |_| any = true);
    }
    any
}

/// Adds the parts that are text: other bytes are what random characters decode to.
fn readable(bytes: &[u8], places: &[(u32, u32)], out: &mut Vec<View<'static>>) {
    parts(bytes, |part| {
        let draft = Draft { bytes: bytes[part.clone()].to_vec(), places: places[part].to_vec() };
        out.push(draft.view());
    });
}

/// The parts of `bytes` that are text and long enough.
fn parts(bytes: &[u8], mut found: impl FnMut(Range<usize>)) {
    let mut close = |part: Range<usize>| {
        if part.len() >= READABLE {
            found(part);
        }
    };
    let (mut start, mut at) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() && !c.is_whitespace() {
                close(start..at);
                start = at + c.len_utf8();
            }
            at += c.len_utf8();
        }
        if !chunk.invalid().is_empty() {
            close(start..at);
            at += chunk.invalid().len();
            start = at;
        }
    }
    close(start..at);
}
