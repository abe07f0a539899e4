//! Dates of unequal precision as spans of time, and the prefixes of date searches (FHIR R4, Search: date and prefixes).

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, Utc};
use serde_json::Value;

const MINUTE: i64 = 60_000;

/// A span of time: `from` inclusive, `to` exclusive, milliseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: i64,
    pub(super) to: i64,
}

/// A number of exactly `width` digits.
fn number(text: &str, width: usize) -> Option<u32> {
    (text.len() == width && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// Milliseconds of a clock (`hh:mm`, `hh:mm:ss`, `hh:mm:ss.fff`), and how many of them it stands for.
fn clock(text: &str) -> Option<(i64, i64)> {
    let mut parts = text.splitn(3, ':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let Some(seconds) = parts.next() else {
        let start = NaiveTime::from_hms_opt(hour, minute, 0)?.signed_duration_since(NaiveTime::MIN);
        return Some((start.num_milliseconds(), MINUTE));
    };
    let (whole, fraction) = seconds.split_once('.').map_or((seconds, None), |(whole, rest)| (whole, Some(rest)));
    let start = NaiveTime::from_hms_opt(hour, minute, number(whole, 2)?)?.signed_duration_since(NaiveTime::MIN);
    match fraction {
        None => Some((start.num_milliseconds(), 1000)),
        Some(digits) => {
            let first: String = digits.chars().chain("00".chars()).take(3).collect();
            number(digits, digits.len()).filter(|_| !digits.is_empty())?;
            Some((start.num_milliseconds() + i64::from(number(&first, 3)?), 1))
        }
    }
}

/// Milliseconds that a zone is ahead of UTC; what names none is taken for UTC. A plus sign that was not percent-encoded
/// in a query arrives as a space.
fn ahead(zone: &str) -> Option<i64> {
    if zone.is_empty() || zone == "Z" {
        return Some(0);
    }
    let (sign, offset) = zone.split_at_checked(1)?;
    let (hours, minutes) = offset.split_once(':')?;
    let away = i64::from(number(hours, 2)?) * 60 + i64::from(number(minutes, 2).filter(|m| *m < 60)?);
    (away <= 14 * 60).then_some(if sign == "-" { -away * MINUTE } else { away * MINUTE })
}

impl Span {
    /// A FHIR date, dateTime or instant of any precision; `None` when it is none of these.
    pub(super) fn parse(text: &str) -> Option<Span> {
        let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
        let mut parts = date.split('-');
        let year = i32::try_from(number(parts.next()?, 4)?).ok()?;
        let month = parts.next().map(|month| number(month, 2));
        let day = parts.next().map(|day| number(day, 2));
        if parts.next().is_some() {
            return None;
        }
        let first = NaiveDate::from_ymd_opt(year, month.unwrap_or(Some(1))?, day.unwrap_or(Some(1))?)?;
        let after = match (month, day) {
            (None, _) => first.checked_add_months(Months::new(12))?,
            (_, None) => first.checked_add_months(Months::new(1))?,
            _ => first.checked_add_days(Days::new(1))?,
        };
        let start_of = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
        let Some(time) = time else { return Some(Span { from: start_of(first), to: start_of(after) }) };
        // Only a whole date has a time of day.
        day?;
        let (at, zone) = time.split_at(time.find(['Z', '+', '-', ' ']).unwrap_or(time.len()));
        let (since_midnight, width) = clock(at)?;
        let from = start_of(first) + since_midnight - ahead(zone)?;
        Some(Span { from, to: from + width })
    }

    /// The span of an element: a date string or a Period.
    pub(super) fn of(value: &Value) -> Option<Span> {
        let bound = |name: &str| Span::parse(value.get(name)?.as_str()?);
        match value {
            Value::String(text) => Span::parse(text),
            _ => match (bound("start"), bound("end")) {
                (None, None) => None,
                (start, end) => {
                    Some(Span { from: start.map_or(i64::MIN, |s| s.from), to: end.map_or(i64::MAX, |e| e.to) })
                }
            },
        }
    }

    fn contains(self, other: Span) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    fn overlaps(self, other: Span) -> bool {
        self.from < other.to && other.from < self.to
    }
}

/// What a date search asks of the span of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prefix {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
    Sa,
    Eb,
    Ap,
}

/// A prefix and the span it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Comparison {
    prefix: Prefix,
    span: Span,
}

impl Comparison {
    /// `ge2024-01`, `2024`, ...
    pub(super) fn parse(text: &str) -> Option<Comparison> {
        let date_at = text.find(|c: char| c.is_ascii_digit())?;
        let prefix = match &text[..date_at] {
            "" | "eq" => Prefix::Eq,
            "ne" => Prefix::Ne,
            "gt" => Prefix::Gt,
            "ge" => Prefix::Ge,
            "lt" => Prefix::Lt,
            "le" => Prefix::Le,
            "sa" => Prefix::Sa,
            "eb" => Prefix::Eb,
            "ap" => Prefix::Ap,
            _ => return None,
        };
        Some(Comparison { prefix, span: Span::parse(&text[date_at..])? })
    }

    /// Does an element's span satisfy it?
    pub(super) fn holds(self, element: Span) -> bool {
        let wanted = self.span;
        let (reaches_beyond, begins_before) = (element.to > wanted.to, element.from < wanted.from);
        match self.prefix {
            Prefix::Eq => wanted.contains(element),
            Prefix::Ne => !wanted.contains(element),
            Prefix::Gt => reaches_beyond,
            Prefix::Ge => reaches_beyond || wanted.contains(element),
            Prefix::Lt => begins_before,
            Prefix::Le => begins_before || wanted.contains(element),
            Prefix::Sa => element.from >= wanted.to,
            Prefix::Eb => element.to <= wanted.from,
            // Within a tenth of the time between now and the date, as the standard recommends.
            Prefix::Ap => {
                let slack = (Utc::now().timestamp_millis() - wanted.from).abs() / 10;
                let near = Span { from: wanted.from.saturating_sub(slack), to: wanted.to.saturating_add(slack) };
                near.overlaps(element)
            }
        }
    }
}

/// An HTTP date of an instant, for Last-Modified.
pub(super) fn http_date(instant: &str) -> Option<String> {
    let time = DateTime::from_timestamp_millis(Span::parse(instant)?.from)?;
    Some(time.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
}
