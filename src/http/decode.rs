//! What a text says once it is decoded: each view knows which bytes of the original every decoded byte came from.
//!
//! A secret may pass through JSON or HTML escapes, percent-encoding, base64 at any offset, hex, and chains of these. Searching
//! the decoded views and hiding what they came from finds it without guessing how it was written.

use super::runs::runs;
use std::borrow::Cow;
use std::ops::Range;

/// Decoded bytes, and for each its place in the original text.
pub(super) struct View<'t> {
    pub(super) bytes: Cow<'t, [u8]>,
    /// Start and end of what each byte was decoded from; `None` in the original itself.
    places: Option<Vec<(u32, u32)>>,
}

/// Chains of encodings that are followed; each step needs something to decode, so ordinary text ends after one or two.
const DEEPEST: u32 = 7;
/// Bytes of views that one text may cost, as a multiple of its length and at least this many.
const DEAREST: (usize, usize) = (40, 400_000);

/// The text is encoded so often that looking into all of it was given up.
pub(super) struct TooDeep;

/// Calls `found` for `text` and every view of it; `found` is told the view, and asks it for places.
///
/// # Errors
/// [`TooDeep`] when the views would cost too much; the text must then not be shown.
pub(super) fn views(text: &str, mut found: impl FnMut(&View<'_>)) -> Result<(), TooDeep> {
    let whole = View { bytes: Cow::Borrowed(text.as_bytes()), places: None };
    let mut budget = DEAREST.1.max(text.len().saturating_mul(DEAREST.0));
    walk(&whole, 0, &mut budget, &mut found)
}

fn walk(view: &View<'_>, depth: u32, budget: &mut usize, found: &mut impl FnMut(&View<'_>)) -> Result<(), TooDeep> {
    *budget = budget.checked_sub(view.bytes.len()).ok_or(TooDeep)?;
    found(view);
    let escapes = [json as fn(&View<'_>) -> Option<View<'static>>, html, percent];
    let next: Vec<View<'_>> = escapes.into_iter().filter_map(|decode| decode(view)).chain(runs(view)).collect();
    if depth == DEEPEST {
        return if next.is_empty() { Ok(()) } else { walk_no_deeper(&next, budget, found) };
    }
    next.iter().try_for_each(|next| walk(next, depth + 1, budget, found))
}

/// The last step: what could still be decoded is not shown unless it is plain bytes that decode to nothing readable.
fn walk_no_deeper(views: &[View<'_>], budget: &mut usize, found: &mut impl FnMut(&View<'_>)) -> Result<(), TooDeep> {
    for view in views {
        *budget = budget.checked_sub(view.bytes.len()).ok_or(TooDeep)?;
        found(view);
    }
    Err(TooDeep)
}

impl View<'_> {
    /// The place in the original of the bytes `start..end` of this view.
    pub(super) fn place(&self, start: usize, end: usize) -> Range<usize> {
        let (start, end) = self.span(start, end);
        start as usize..end as usize
    }

    /// What one byte was decoded from.
    pub(super) fn origin(&self, at: usize) -> (u32, u32) {
        self.places.as_ref().map_or((at as u32, at as u32 + 1), |places| places[at])
    }

    fn span(&self, start: usize, end: usize) -> (u32, u32) {
        let Some(places) = &self.places else { return (start as u32, end as u32) };
        let all = &places[start..end];
        let first = all.iter().map(|(start, _)| *start).min().unwrap_or_default();
        let last = all.iter().map(|(_, end)| *end).max().unwrap_or_default();
        (first, last)
    }
}

/// A view while it is decoded.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) bytes: Vec<u8>,
    pub(super) places: Vec<(u32, u32)>,
}

impl Draft {
    pub(super) fn push(&mut self, byte: u8, place: (u32, u32)) {
        self.bytes.push(byte);
        self.places.push(place);
    }

    fn push_char(&mut self, c: char, place: (u32, u32)) {
        let mut buffer = [0; 4];
        for byte in c.encode_utf8(&mut buffer).bytes() {
            self.push(byte, place);
        }
    }

    /// The bytes `from..to` of a view as they are.
    fn copy(&mut self, view: &View<'_>, from: usize, to: usize) {
        self.bytes.extend_from_slice(&view.bytes[from..to]);
        match &view.places {
            Some(places) => self.places.extend_from_slice(&places[from..to]),
            None => self.places.extend((from..to).map(|at| (at as u32, at as u32 + 1))),
        }
    }

    pub(super) fn view(self) -> View<'static> {
        View { bytes: Cow::Owned(self.bytes), places: Some(self.places) }
    }
}

/// The view with everything that `one` decodes in the place of its encoded form; none if there is nothing to decode.
fn unescaped(view: &View<'_>, mark: u8, one: impl Fn(&[u8]) -> Option<(char, usize)>) -> Option<View<'static>> {
    let mut out = Draft::default();
    let mut done = 0;
    for at in memchr::memchr_iter(mark, &view.bytes) {
        // A mark may stand in what the one before it encodes.
        if at < done {
            continue;
        }
        if let Some((c, length)) = one(&view.bytes[at..]) {
            out.copy(view, done, at);
            out.push_char(c, view.span(at, at + length));
            done = at + length;
        }
    }
    if done == 0 {
        return None;
    }
    out.copy(view, done, view.bytes.len());
    Some(out.view())
}

pub(super) fn hex_number(bytes: Option<&[u8]>) -> Option<u32> {
    let text = std::str::from_utf8(bytes?).ok()?;
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(text, 16).ok()
}

fn json(view: &View<'_>) -> Option<View<'static>> {
    unescaped(view, b'\\', |bytes| {
        let plain = |c: char| Some((c, 2));
        match bytes.get(1)? {
            b'u' => {
                let high = hex_number(bytes.get(2..6))?;
                if let (0xD800..0xDC00, Some(b"\\u")) = (high, bytes.get(6..8)) {
                    let low = hex_number(bytes.get(8..12)).filter(|low| (0xDC00..0xE000).contains(low))?;
                    return Some((char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))?, 12));
                }
                Some((char::from_u32(high)?, 6))
            }
            b'n' => plain('\n'),
            b'r' => plain('\r'),
            b't' => plain('\t'),
            b'b' => plain('\u{8}'),
            b'f' => plain('\u{c}'),
            other @ (b'"' | b'\\' | b'/' | b'\'') => plain(char::from(*other)),
            _ => None,
        }
    })
}

/// Names of characters that encoders of HTML write.
const ENTITIES: [(&[u8], char); 12] = [
    (b"&amp;", '&'),
    (b"&lt;", '<'),
    (b"&gt;", '>'),
    (b"&quot;", '"'),
    (b"&apos;", '\''),
    (b"&plus;", '+'),
    (b"&equals;", '='),
    (b"&sol;", '/'),
    (b"&lowbar;", '_'),
    (b"&period;", '.'),
    (b"&colon;", ':'),
    (b"&hyphen;", '-'),
];

fn html(view: &View<'_>) -> Option<View<'static>> {
    unescaped(view, b'&', |bytes| {
        if bytes.get(1) == Some(&b'#') {
            let hex = matches!(bytes.get(2), Some(b'x' | b'X'));
            let start = if hex { 3 } else { 2 };
            let digits = bytes[start.min(bytes.len())..].iter().take(8).take_while(|b| b.is_ascii_hexdigit()).count();
            let text = std::str::from_utf8(&bytes[start.min(bytes.len())..start + digits]).ok()?;
            let code = u32::from_str_radix(text, if hex { 16 } else { 10 }).ok()?;
            let end = start + digits;
            let length = if bytes.get(end) == Some(&b';') { end + 1 } else { end };
            return Some((char::from_u32(code)?, length));
        }
        ENTITIES.iter().find(|(name, _)| bytes.starts_with(name)).map(|(name, c)| (*c, name.len()))
    })
}

/// A plus sign stays: a value with spaces is searched for with pluses too.
fn percent(view: &View<'_>) -> Option<View<'static>> {
    let mut out = Draft::default();
    let mut done = 0;
    for at in memchr::memchr_iter(b'%', &view.bytes) {
        if at < done {
            continue;
        }
        if let Some(byte) = hex_number(view.bytes.get(at + 1..at + 3)) {
            out.copy(view, done, at);
            out.push(byte as u8, view.span(at, at + 3));
            done = at + 3;
        }
    }
    if done == 0 {
        return None;
    }
    out.copy(view, done, view.bytes.len());
    Some(out.view())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str, wanted: &str) -> Vec<String> {
        let mut places = Vec::new();
        let _ = views(text, |view| {
            let at = view.bytes.windows(wanted.len()).position(|part| part == wanted.as_bytes());
            places.extend(at.map(|at| text[view.place(at, at + wanted.len())].to_owned()));
        });
        places
    }

    #[test]
    fn what_is_escaped_is_seen_and_its_place_is_known() {
        assert_eq!(seen(r#"{"a":"s\u0065cret-x"}"#, "secret-x"), [r"s\u0065cret-x"]);
        assert_eq!(seen("a=s%65cret-x&b", "secret-x"), ["s%65cret-x"]);
        assert_eq!(seen("<b>s&#101;cret&hyphen;x</b>", "secret-x"), ["s&#101;cret&hyphen;x"]);
        assert_eq!(seen("id 7365637265742d78.", "secret-x"), ["7365637265742d78"]);
    }

    #[test]
    fn base64_is_seen_at_every_offset_whatever_stands_around_it() {
        use base64::Engine as _;
        for before in ["", "x", "xy", "xyz", "xyz1"] {
            let text = base64::engine::general_purpose::STANDARD.encode(format!("{before}secret-x tail"));
            for prefix in ["", "k", "kk", "kkk"] {
                assert!(!seen(&format!("{prefix}{text}"), "secret-x").is_empty(), "{prefix} {text}");
            }
        }
    }

    #[test]
    fn ordinary_text_costs_little() {
        let text =
            r#"{"resourceType":"Observation","status":"final","code":{"coding":[{"code":"8867-4"}]}}"#.repeat(50);
        let mut bytes = 0;
        assert!(views(&text, |view| bytes += view.bytes.len()).is_ok());
        assert!(bytes < 3 * text.len(), "{bytes} of {}", text.len());
    }

    #[test]
    fn what_is_encoded_without_end_is_given_up() {
        let mut text = "secret-x".to_owned();
        for _ in 0..12 {
            text = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
            if text.len() > 100_000 {
                break;
            }
        }
        assert!(views(&text, |_| {}).is_err());
    }
}
