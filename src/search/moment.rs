//! Spans of time of any precision, with or without a time zone, and what a comparator says of them.
//!
//! A date without a zone may be meant anywhere on earth: a comparison that turns out differently between the zones is
//! undecided.

use super::fit::Fit;
use chrono::{DateTime, Days, Months, NaiveDate, NaiveDateTime};
use serde_json::Value;

/// From UTC-12 to UTC+14.
const ZONES: std::ops::RangeInclusive<i64> = -14..=12;
const HOUR: i64 = 3_600_000;

/// A span of time in milliseconds, its end outside; local where it names no zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first millisecond; the lowest number when open.
    pub from: i64,
    /// The first millisecond after it; the highest number when open.
    pub to: i64,
    /// Whether the text names a time zone.
    pub zoned: bool,
}

impl Span {
    /// A date, dateTime or instant; none when it is no such text.
    pub fn parse(text: &str) -> Option<Self> {
        let millis = |at: NaiveDateTime| at.and_utc().timestamp_millis();
        let day = |d: NaiveDate| millis(d.and_hms_opt(0, 0, 0).unwrap_or_default());
        let local = |from: NaiveDate, to: Option<NaiveDate>| Some(Self { from: day(from), to: day(to?), zoned: false });
        match text.len() {
            4 => {
                let first = NaiveDate::parse_from_str(&format!("{text}-01-01"), "%Y-%m-%d").ok()?;
                local(first, first.checked_add_months(Months::new(12)))
            }
            7 => {
                let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
                local(first, first.checked_add_months(Months::new(1)))
            }
            10 => {
                let first = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
                local(first, first.checked_add_days(Days::new(1)))
            }
            _ => Self::clock(text),
        }
    }

    fn clock(text: &str) -> Option<Self> {
        let width = |clock: &str| match clock.split_once('.') {
            Some((_, fraction)) => 10_i64.pow(3_u32.saturating_sub(u32::try_from(fraction.len()).unwrap_or(3))),
            None if clock.len() <= 5 => 60_000,
            None => 1000,
        };
        let time = text.get(11..)?;
        let zone_at = time.find(['Z', '+', '-']);
        let clock = zone_at.map_or(time, |at| &time[..at]);
        let full = if clock.len() == 5 { format!("{clock}:00") } else { clock.to_owned() };
        let date = text.get(..11)?;
        let from = match zone_at {
            Some(at) => DateTime::parse_from_rfc3339(&format!("{date}{full}{}", &time[at..])).ok()?.timestamp_millis(),
            None => NaiveDateTime::parse_from_str(&format!("{date}{full}"), "%Y-%m-%dT%H:%M:%S%.f")
                .ok()?
                .and_utc()
                .timestamp_millis(),
        };
        Some(Self { from, to: from + width(clock).max(1), zoned: zone_at.is_some() })
    }

    /// The span of an element: a text, or a Period whose missing bounds are open. None for anything else.
    pub fn of(value: &Value) -> Option<Self> {
        if let Some(text) = value.as_str() {
            return Self::parse(text);
        }
        let bound = |name: &str| value[name].as_str().map(Self::parse);
        match (bound("start"), bound("end")) {
            (None, None) => None,
            (start, end) => {
                let (start, end) =
                    (start.map_or(Some(None), |s| s.map(Some))?, end.map_or(Some(None), |e| e.map(Some))?);
                Some(Self {
                    from: start.map_or(i64::MIN, |s| s.from),
                    to: end.map_or(i64::MAX, |e| e.to),
                    zoned: start.is_none_or(|s| s.zoned) && end.is_none_or(|e| e.zoned),
                })
            }
        }
    }

    fn shifted(self, hours: i64) -> Self {
        let move_by = |at: i64| if at == i64::MIN || at == i64::MAX { at } else { at + hours * HOUR };
        Self { from: move_by(self.from), to: move_by(self.to), zoned: true }
    }
}

/// A prefix of a date search (FHIR R4, Search: prefixes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparator {
    /// Within the value.
    Equal,
    /// After the value.
    Greater,
    /// At the value or after it.
    NotBefore,
    /// Before the value.
    Less,
    /// At the value or before it.
    NotAfter,
}

impl Comparator {
    /// Splits a search value into its comparator and the moment; none for a prefix that is not one of these.
    pub fn split(text: &str) -> Option<(Self, &str)> {
        let named = [
            ("eq", Self::Equal),
            ("gt", Self::Greater),
            ("ge", Self::NotBefore),
            ("lt", Self::Less),
            ("le", Self::NotAfter),
        ];
        if let Some((prefix, comparator)) = named.iter().find(|(prefix, _)| text.starts_with(prefix)) {
            return Some((*comparator, &text[prefix.len()..]));
        }
        text.starts_with(|c: char| c.is_ascii_digit()).then_some((Self::Equal, text))
    }

    /// Whether an element satisfies the comparison with `wanted`, whatever zone either was meant in.
    pub fn holds(self, element: Span, wanted: Span) -> Fit {
        if element.zoned == wanted.zoned {
            return self.same_zone(element, wanted);
        }
        let mut fits = ZONES.map(|hours| match wanted.zoned {
            true => self.same_zone(element.shifted(hours), wanted),
            false => self.same_zone(element, wanted.shifted(hours)),
        });
        let first = fits.next().unwrap_or(Fit::Either);
        if fits.all(|fit| fit == first) { first } else { Fit::Either }
    }

    /// What lies across the boundary is undecided: readings of the standard differ there.
    fn same_zone(self, element: Span, wanted: Span) -> Fit {
        let (yes, no) = match self {
            Self::Equal => (
                element.from >= wanted.from && element.to <= wanted.to,
                element.to <= wanted.from || element.from >= wanted.to,
            ),
            Self::Greater => (element.from >= wanted.to, element.to <= wanted.to),
            Self::NotBefore => (element.from >= wanted.from, element.to <= wanted.from),
            Self::Less => (element.to <= wanted.from, element.from >= wanted.from),
            Self::NotAfter => (element.to <= wanted.to, element.from >= wanted.to),
        };
        match (yes, no) {
            (true, _) => Fit::Yes,
            (_, true) => Fit::No,
            _ => Fit::Either,
        }
    }
}
