//! Dates of unequal precision as half-open ranges of milliseconds, and the comparisons of date searches.

use chrono::{DateTime, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use serde_json::Value;

/// A span of time: `from` inclusive, `to` exclusive, milliseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Span {
    /// A FHIR date, dateTime or instant of any precision; `None` when it is none of these.
    pub(super) fn parse(text: &str) -> Option<Span> {
        if !text.is_ascii() {
            return None;
        }
        let midnight = |d: NaiveDate| d.and_time(NaiveTime::MIN).and_utc().timestamp_millis();
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        let day = |from: NaiveDate, to: Option<NaiveDate>| Some(Span { from: midnight(from), to: midnight(to?) });
        match text.len() {
            4 if digits(text) => {
                let first = NaiveDate::from_ymd_opt(text.parse().ok()?, 1, 1)?;
                day(first, first.checked_add_months(Months::new(12)))
            }
            7 => {
                let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
                day(first, first.checked_add_months(Months::new(1)))
            }
            10 => {
                let first = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
                day(first, first.checked_add_days(Days::new(1)))
            }
            16.. => Span::time(text),
            _ => None,
        }
    }

    fn time(text: &str) -> Option<Span> {
        let (date, rest) = text.split_at_checked(11)?;
        if !date.ends_with('T') {
            return None;
        }
        // A plus sign that was not percent-encoded in a query arrives as a space.
        let zone_at = rest.find(['Z', '+', '-', ' ']).unwrap_or(rest.len());
        let (clock, zone) = rest.split_at_checked(zone_at)?;
        let zone = if zone.is_empty() { "Z".to_owned() } else { zone.replace(' ', "+") };
        let (clock, width) = match clock.len() {
            5 => (format!("{clock}:00"), TimeDelta::minutes(1)),
            8 => (clock.to_owned(), TimeDelta::seconds(1)),
            10.. => (clock.to_owned(), TimeDelta::milliseconds(1)),
            _ => return None,
        };
        let start = DateTime::parse_from_rfc3339(&format!("{date}{clock}{zone}")).ok()?.timestamp_millis();
        Some(Span { from: start, to: start + width.num_milliseconds() })
    }

    /// The span of an element: a date string or a Period.
    pub(super) fn of(value: &Value) -> Option<Span> {
        if let Some(text) = value.as_str() {
            return Span::parse(text);
        }
        let bound = |name: &str| value.get(name).and_then(Value::as_str).and_then(Span::parse);
        let (start, end) = (bound("start"), bound("end"));
        if start.is_none() && end.is_none() {
            return None;
        }
        Some(Span { from: start.map_or(i64::MIN, |s| s.from), to: end.map_or(i64::MAX, |e| e.to) })
    }
}

/// A comparison of a date search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Comparison {
    prefix: [u8; 2],
    span: Span,
}

impl Comparison {
    /// `ge2024-01`, `2024`, ...
    pub(super) fn parse(text: &str) -> Option<Comparison> {
        let (prefix, rest) = match text.get(..2) {
            Some(p) if p.bytes().all(|b| b.is_ascii_lowercase()) => (p, text.get(2..)?),
            _ => ("eq", text),
        };
        if !["eq", "ne", "gt", "ge", "lt", "le", "sa", "eb", "ap"].contains(&prefix) {
            return None;
        }
        let [a, b] = prefix.as_bytes() else { return None };
        Some(Comparison { prefix: [*a, *b], span: Span::parse(rest)? })
    }

    /// Does an element's span satisfy it?
    pub(super) fn holds(self, element: Span) -> bool {
        let s = self.span;
        let inside = element.from >= s.from && element.to <= s.to;
        match &self.prefix {
            b"eq" => inside,
            b"ne" => !inside,
            b"gt" => element.to > s.to,
            b"ge" => element.to > s.to || inside || element.from >= s.from,
            b"lt" => element.from < s.from,
            b"le" => element.from < s.from || inside || element.to <= s.to,
            b"sa" => element.from >= s.to,
            b"eb" => element.to <= s.from,
            _ => {
                let slack = TimeDelta::days(30).num_milliseconds();
                element.from < s.to.saturating_add(slack) && element.to > s.from.saturating_sub(slack)
            }
        }
    }
}

/// An HTTP date of an instant, for Last-Modified.
pub(super) fn http_date(instant: &str) -> Option<String> {
    let span = Span::parse(instant)?;
    let time: NaiveDateTime = DateTime::from_timestamp_millis(span.from)?.naive_utc();
    Some(time.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
}
