//! What a text says once it is decoded: each view knows which bytes of the original every decoded byte came from.
//!
//! A secret may pass through JSON or HTML escapes, percent-encoding, base64 at any offset, hex, and chains of these. Searching
//! the decoded views and hiding what they came from finds it without guessing how it was written.

/// Decoded bytes, and for each its place in the original text.
pub(super) struct View {
    pub(super) bytes: Vec<u8>,
    /// Start and end of what each byte was decoded from.
    places: Vec<(u32, u32)>,
}

/// Chains of encodings that are followed; each step needs something to decode, so ordinary text ends after one or two.
const DEEPEST: u32 = 7;
/// Bytes of views that one text may cost, as a multiple of its length and at least this many.
const DEAREST: (usize, usize) = (40, 400_000);
/// A run shorter than this encodes nothing that is searched for: 8 characters of base64 are 6 bytes.
const BASE64_RUN: usize = 8;
const HEX_RUN: usize = 12;

/// The text is encoded so often that looking into all of it was given up.
pub(super) struct TooDeep;

/// Calls `found` for `text` and every view of it; `found` is told the view, and asks it for places.
///
/// # Errors
/// [`TooDeep`] when the views would cost too much; the text must then not be shown.
pub(super) fn views(text: &str, mut found: impl FnMut(&View)) -> Result<(), TooDeep> {
    let places = (0..text.len() as u32).map(|at| (at, at + 1)).collect();
    let whole = View { bytes: text.as_bytes().to_vec(), places };
    let mut budget = DEAREST.1.max(text.len().saturating_mul(DEAREST.0));
    walk(&whole, 0, &mut budget, &mut found)
}

fn walk(view: &View, depth: u32, budget: &mut usize, found: &mut impl FnMut(&View)) -> Result<(), TooDeep> {
    *budget = budget.checked_sub(view.bytes.len()).ok_or(TooDeep)?;
    found(view);
    let escapes = [json as fn(&View) -> Option<View>, html, address, form];
    let next: Vec<View> = escapes.into_iter().filter_map(|decode| decode(view)).chain(runs(view)).collect();
    if depth == DEEPEST {
        return if next.is_empty() { Ok(()) } else { walk_no_deeper(&next, budget, found) };
    }
    next.iter().try_for_each(|next| walk(next, depth + 1, budget, found))
}

/// The last step: what could still be decoded is not shown unless it is plain bytes that decode to nothing readable.
fn walk_no_deeper(views: &[View], budget: &mut usize, found: &mut impl FnMut(&View)) -> Result<(), TooDeep> {
    for view in views {
        *budget = budget.checked_sub(view.bytes.len()).ok_or(TooDeep)?;
        found(view);
    }
    Err(TooDeep)
}

impl View {
    /// The place in the original of the bytes `start..end` of this view.
    pub(super) fn place(&self, start: usize, end: usize) -> std::ops::Range<usize> {
        let all = &self.places[start..end];
        let first = all.iter().map(|(start, _)| *start).min().unwrap_or_default();
        let last = all.iter().map(|(_, end)| *end).max().unwrap_or_default();
        first as usize..last as usize
    }

    fn empty() -> Self {
        Self { bytes: Vec::new(), places: Vec::new() }
    }

    fn push(&mut self, byte: u8, place: (u32, u32)) {
        self.bytes.push(byte);
        self.places.push(place);
    }

    fn push_char(&mut self, c: char, place: (u32, u32)) {
        let mut buffer = [0; 4];
        for byte in c.encode_utf8(&mut buffer).bytes() {
            self.push(byte, place);
        }
    }

    fn span(&self, start: usize, end: usize) -> (u32, u32) {
        let place = self.place(start, end);
        (place.start as u32, place.end as u32)
    }
}

/// The view with everything that `one` decodes in the place of its encoded form; none if there is nothing to decode.
fn unescaped(view: &View, mark: u8, one: impl Fn(&[u8]) -> Option<(char, usize)>) -> Option<View> {
    memchr::memchr(mark, &view.bytes)?;
    let mut out = View::empty();
    let (mut at, mut any) = (0, false);
    while at < view.bytes.len() {
        let decoded = if view.bytes[at] == mark { one(&view.bytes[at..]) } else { None };
        match decoded {
            Some((c, length)) => {
                out.push_char(c, view.span(at, at + length));
                any = true;
                at += length;
            }
            None => {
                out.push(view.bytes[at], view.places[at]);
                at += 1;
            }
        }
    }
    any.then_some(out)
}

fn hex_number(bytes: Option<&[u8]>) -> Option<u32> {
    let text = std::str::from_utf8(bytes?).ok()?;
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(text, 16).ok()
}

fn json(view: &View) -> Option<View> {
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

fn html(view: &View) -> Option<View> {
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

/// `plus`: whether a plus sign is a space, as in a form.
fn percent(view: &View, plus: bool) -> Option<View> {
    let mark = if plus { memchr::memchr(b'+', &view.bytes) } else { memchr::memchr(b'%', &view.bytes) };
    mark?;
    let mut out = View::empty();
    let (mut at, mut any) = (0, plus);
    while at < view.bytes.len() {
        match (view.bytes[at], hex_number(view.bytes.get(at + 1..at + 3))) {
            (b'%', Some(byte)) => {
                out.push(byte as u8, view.span(at, at + 3));
                any = true;
                at += 3;
            }
            (byte, _) => {
                out.push(if plus && byte == b'+' { b' ' } else { byte }, view.places[at]);
                at += 1;
            }
        }
    }
    any.then_some(out)
}

fn address(view: &View) -> Option<View> {
    percent(view, false)
}

fn form(view: &View) -> Option<View> {
    percent(view, true)
}

/// What the runs of hex and base64 characters of a view decode to, as far as it can be anything readable.
fn runs(view: &View) -> Vec<View> {
    let mut out = Vec::new();
    let (mut run, mut bytes) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < view.bytes.len() {
        if sextet(view.bytes[at]).is_none() {
            at += 1;
            continue;
        }
        // Encoders break long lines; a break is a part of the run.
        run.clear();
        while let Some(byte) = view.bytes.get(at) {
            if sextet(*byte).is_some() {
                run.push(at);
            } else if !matches!(byte, b'\r' | b'\n') {
                break;
            }
            at += 1;
        }
        if run.len() >= BASE64_RUN {
            for start in 0..4 {
                base64(view, &run[start..], &mut bytes, None);
                if is_readable(&bytes) {
                    let mut places = Vec::new();
                    base64(view, &run[start..], &mut bytes, Some(&mut places));
                    readable(&bytes, &places, &mut out);
                }
            }
        }
        for part in run.split(|place| !view.bytes[*place].is_ascii_hexdigit()).filter(|part| part.len() >= HEX_RUN) {
            for start in 0..2 {
                let decoded = hex(view, &part[start..]);
                readable(&decoded.bytes, &decoded.places, &mut out);
            }
        }
    }
    out
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// Fills `bytes`, and `places` where they are wanted: nearly everything that is tried turns out to be nothing.
fn base64(view: &View, run: &[usize], bytes: &mut Vec<u8>, mut places: Option<&mut Vec<(u32, u32)>>) {
    bytes.clear();
    let (mut bits, mut held, mut before) = (0_u32, 0_u32, None::<usize>);
    for place in run {
        bits = (bits << 6) | sextet(view.bytes[*place]).unwrap_or_default();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            if let Some(places) = &mut places {
                places.push((view.places[before.unwrap_or(*place)].0, view.places[*place].1));
            }
            bits &= (1 << held) - 1;
        }
        // What is left over of this character belongs to the next byte.
        before = (held > 0).then_some(*place);
    }
}

fn hex(view: &View, run: &[usize]) -> View {
    let mut out = View::empty();
    for pair in run.chunks_exact(2) {
        let digits = [view.bytes[pair[0]], view.bytes[pair[1]]];
        if let Some(byte) = hex_number(Some(&digits)) {
            out.push(byte as u8, (view.places[pair[0]].0, view.places[pair[1]].1));
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
fn readable(bytes: &[u8], places: &[(u32, u32)], out: &mut Vec<View>) {
    parts(bytes, |part| out.push(View { bytes: bytes[part.clone()].to_vec(), places: places[part].to_vec() }));
}

/// The parts of `bytes` that are text and long enough.
fn parts(bytes: &[u8], mut found: impl FnMut(std::ops::Range<usize>)) {
    let mut close = |part: std::ops::Range<usize>| {
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
