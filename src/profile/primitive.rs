//! The primitive types of FHIR R4: which texts and JSON kinds are values of each (R4 datatypes, section 2.24.0.1).

use std::cmp::Ordering;

use super::json::Kind;

/// The JSON kind that a primitive type is written as.
pub fn json_kind(of: &str) -> Kind {
    match of {
        "boolean" => Kind::Boolean,
        "integer" | "positiveInt" | "unsignedInt" | "decimal" => Kind::Number,
        _ => Kind::String,
    }
}

/// Why `text` is not a value of the primitive type; nothing if it is one. `xhtml` is judged as narrative, not here.
pub fn problem(of: &str, text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("at least one character: a value is never empty");
    }
    let bad = match of {
        "boolean" => !matches!(text, "true" | "false"),
        "integer" => return whole(text, -2_147_483_648, 2_147_483_647),
        "positiveInt" => return whole(text, 1, 2_147_483_647),
        "unsignedInt" => return whole(text, 0, 2_147_483_647),
        "decimal" => return (!is_decimal(text)).then_some("a decimal number"),
        "date" => {
            let ok = Instant::parse(text).is_some_and(|i| i.precision != Precision::Second && text.len() <= 10);
            return (!ok).then_some("a date: YYYY, YYYY-MM or YYYY-MM-DD, of the calendar");
        }
        "dateTime" => {
            let ok = Instant::parse(text).is_some_and(|i| i.precision != Precision::Second || i.zoned);
            return (!ok).then_some("a dateTime: a date, or YYYY-MM-DDThh:mm:ss with a time zone, of the calendar");
        }
        "instant" => {
            let ok = Instant::parse(text).is_some_and(|i| i.precision == Precision::Second && i.zoned);
            return (!ok).then_some("an instant: YYYY-MM-DDThh:mm:ss with a time zone, of the calendar");
        }
        "time" => return (time(text).is_none_or(|(_, rest)| !rest.is_empty())).then_some("a time: hh:mm:ss"),
        "id" => {
            let ok = text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
            return (!ok).then_some("an id: 1 to 64 of A-Z, a-z, 0-9, '-' and '.'");
        }
        "code" => {
            return (!is_code(text)).then_some("a code: no space around it and single spaces at most within");
        }
        "uri" | "url" | "canonical" => {
            if text.contains(char::is_whitespace) {
                return Some("a URI without white space");
            }
            if of == "canonical" && !text.starts_with('#') && !is_absolute(text) {
                return Some("an absolute URL, or # and the id of a contained resource");
            }
            // A canonical may end in a version, and a URN in components and a fragment (RFC 8141).
            let plain = if of == "canonical" { text.split('|').next().unwrap_or(text) } else { text };
            let plain = plain.split(['#', '?']).next().unwrap_or(plain);
            return match plain {
                oid if oid.starts_with("urn:oid:") => problem("oid", oid),
                uuid if uuid.starts_with("urn:uuid:") => problem("uuid", uuid),
                _ => None,
            };
        }
        "oid" => return (!is_oid(text)).then_some("an OID: urn:oid: and numbers joined by dots"),
        "uuid" => return (!is_uuid(text)).then_some("a UUID: urn:uuid: and 36 characters in lower case"),
        "base64Binary" => {
            return (!is_base64(text)).then_some("base64, padded");
        }
        "string" | "markdown" => {
            if text.len() > 1_048_576 {
                return Some("at most 1 MB of text");
            }
            if text.trim_matches([' ', '\t', '\r', '\n']).is_empty() {
                return Some("something else than white space");
            }
            text.chars().any(|c| c < ' ' && !matches!(c, '\t' | '\r' | '\n'))
        }
        _ => false,
    };
    bad.then_some(match of {
        "boolean" => "true or false",
        _ => "text without control characters",
    })
}

/// Whether the text begins with a scheme, and something follows it.
pub(super) fn is_absolute(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    !rest.is_empty()
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
}

fn whole(text: &str, least: i64, most: i64) -> Option<&'static str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    let value = text.parse::<i64>().ok().filter(|_| plain && text != "-0");
    match value {
        Some(value) if (least..=most).contains(&value) => None,
        _ if least == 1 => Some("a whole number from 1 to 2147483647"),
        _ if least == 0 => Some("a whole number from 0 to 2147483647"),
        _ => Some("a whole number from -2147483648 to 2147483647"),
    }
}

fn is_decimal(text: &str) -> bool {
    // The grammar is JSON's own; only a magnitude that no decimal type holds is refused.
    let (_, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    exponent.parse::<i32>().is_ok_and(|e| (-6_000..=6_000).contains(&e))
}

fn is_code(text: &str) -> bool {
    let space = |b: u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
    let bytes = text.as_bytes();
    let edge = bytes.first().is_some_and(|&b| space(b)) || bytes.last().is_some_and(|&b| space(b));
    !edge && !bytes.windows(2).any(|pair| space(pair[0]) && space(pair[1]))
}

/// Groups of four of the alphabet, white space between them allowed, padded at the end.
fn is_base64(text: &str) -> bool {
    const SPACE: u8 = 1;
    const PADDING: u8 = 2;
    const NEITHER: u8 = 4;
    const CLASS: [u8; 256] = {
        let mut class = [NEITHER; 256];
        let mut n = 0;
        while n < 256 {
            let b = n as u8;
            if b.is_ascii_alphanumeric() || b == b'+' || b == b'/' {
                class[n] = 0;
            } else if b.is_ascii_whitespace() {
                class[n] = SPACE;
            } else if b == b'=' {
                class[n] = PADDING;
            }
            n += 1;
        }
        class
    };
    let bytes = text.as_bytes();
    // Nearly always all but the end is plain.
    let plain = bytes.iter().take_while(|&&b| CLASS[b as usize] == 0).count();
    let (mut count, mut padding) = (plain, 0_usize);
    for &b in &bytes[plain..] {
        match CLASS[b as usize] {
            SPACE => continue,
            PADDING => padding += 1,
            0 if padding == 0 => {}
            _ => return false,
        }
        count += 1;
    }
    count > 0 && count.is_multiple_of(4) && padding <= 2
}

fn is_oid(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("urn:oid:") else { return false };
    let mut arcs = rest.split('.');
    let first = arcs.next().is_some_and(|a| matches!(a, "0" | "1" | "2"));
    let mut count = 0;
    let fine = arcs.all(|arc| {
        count += 1;
        !arc.is_empty() && arc.bytes().all(|b| b.is_ascii_digit()) && (arc == "0" || !arc.starts_with('0'))
    });
    first && fine && count > 0
}

fn is_uuid(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("urn:uuid:") else { return false };
    rest.len() == 36
        && rest.bytes().enumerate().all(|(n, b)| match n {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_digit() || (b'a'..=b'f').contains(&b),
        })
}

/// How much of a moment is stated.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Precision {
    /// `2024`
    Year,
    /// `2024-05`
    Month,
    /// `2024-05-31`
    Day,
    /// With the time of day.
    Second,
}

/// A date, dateTime or instant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Instant {
    precision: Precision,
    zoned: bool,
    /// Seconds since 1970 in UTC, as if January, first, midnight where not stated.
    seconds: i64,
    nanos: u32,
    year: u32,
    month: u32,
    day: u32,
}

impl Instant {
    /// Reads any of the three types; nothing if it is none of them or not of the calendar.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let year = digits(bytes, 0, 4)?;
        if year == 0 {
            return None;
        }
        let mut out = Self { precision: Precision::Year, zoned: false, seconds: 0, nanos: 0, year, month: 1, day: 1 };
        if bytes.len() > 4 {
            out.month = digits(bytes, 5, 2).filter(|m| bytes[4] == b'-' && (1..=12).contains(m))?;
            out.precision = Precision::Month;
        }
        if bytes.len() > 7 {
            out.day = digits(bytes, 8, 2).filter(|d| bytes[7] == b'-' && *d >= 1)?;
            out.precision = Precision::Day;
        }
        let day = chrono::NaiveDate::from_ymd_opt(i32::try_from(out.year).ok()?, out.month, out.day)?;
        out.seconds = day.and_hms_opt(0, 0, 0)?.and_utc().timestamp();
        if bytes.len() <= 10 {
            return matches!(bytes.len(), 4 | 7 | 10).then_some(out);
        }
        if bytes[10] != b'T' {
            return None;
        }
        out.precision = Precision::Second;
        let ((seconds, nanos), rest) = time(&text[11..])?;
        out.seconds += seconds;
        out.nanos = nanos;
        match rest.as_bytes() {
            [] => {}
            b"Z" => out.zoned = true,
            [sign @ (b'+' | b'-'), zone @ ..] => {
                let (hours, minutes) = (digits(zone, 0, 2)?, digits(zone, 3, 2)?);
                if zone.len() != 5 || zone[2] != b':' || minutes > 59 || hours > 14 || hours == 14 && minutes > 0 {
                    return None;
                }
                let offset = i64::from(hours * 3600 + minutes * 60);
                out.seconds += if *sign == b'+' { -offset } else { offset };
                out.zoned = true;
            }
            _ => return None,
        }
        Some(out)
    }

    /// Earlier or later; nothing where the less precise of the two leaves it open.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        if self.precision == Precision::Second && other.precision == Precision::Second {
            return Some((self.seconds, self.nanos).cmp(&(other.seconds, other.nanos)));
        }
        let shared = self.precision.min(other.precision);
        let part = |i: &Self| match shared {
            Precision::Year => (i.year, 0, 0),
            Precision::Month => (i.year, i.month, 0),
            Precision::Day | Precision::Second => (i.year, i.month, i.day),
        };
        match part(self).cmp(&part(other)) {
            Ordering::Equal if self.precision != other.precision => None,
            order => Some(order),
        }
    }
}

fn digits(bytes: &[u8], from: usize, count: usize) -> Option<u32> {
    let slice = bytes.get(from..from + count)?;
    slice.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| n * 10 + u32::from(b - b'0')))
}

/// Seconds and nanoseconds of `hh:mm:ss.fff`, and what follows.
fn time(text: &str) -> Option<((i64, u32), &str)> {
    let bytes = text.as_bytes();
    let (h, m, s) = (digits(bytes, 0, 2)?, digits(bytes, 3, 2)?, digits(bytes, 6, 2)?);
    if bytes[2] != b':' || bytes[5] != b':' || h > 23 || m > 59 || s > 60 {
        return None;
    }
    let mut end = 8;
    let mut nanos = 0;
    if bytes.get(8) == Some(&b'.') {
        let fraction = bytes[9..].iter().take_while(|b| b.is_ascii_digit()).count();
        if fraction == 0 {
            return None;
        }
        end = 9 + fraction;
        for n in 0..9 {
            nanos = nanos * 10 + bytes.get(9 + n).filter(|_| n < fraction).map_or(0, |b| u32::from(b - b'0'));
        }
    }
    Some(((i64::from(h * 3600 + m * 60 + s), nanos), text.get(end..)?))
}
