//! What an expression yields: elements of the resource or values of its own, and how they compare.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::super::element::object_of;
use super::super::json::{Document, Kind, NodeId};
use super::super::primitive::Instant;
use super::Element;

/// One item of a collection.
#[derive(Clone, Debug)]
pub(super) enum Item<'d> {
    Element(Element<'d>),
    Text(Cow<'d, str>),
    Integer(i64),
    Decimal(Cow<'d, str>),
    Boolean(bool),
}

/// A primitive value.
#[derive(Debug)]
pub(super) enum Plain<'a> {
    Text(&'a str),
    Number(Cow<'a, str>),
    Boolean(bool),
}

impl<'d> Item<'d> {
    /// The primitive value, if it has one.
    pub fn plain<'a>(&'a self, document: &'a Document<'_>) -> Option<Plain<'a>> {
        Some(match self {
            Self::Element(element) => {
                let node = element.node?;
                match document.kind(node) {
                    Kind::String => Plain::Text(document.text(node)),
                    Kind::Number => Plain::Number(document.text(node).into()),
                    Kind::Boolean => Plain::Boolean(document.text(node) == "true"),
                    Kind::Object | Kind::Array | Kind::Null => return None,
                }
            }
            Self::Text(text) => Plain::Text(text),
            Self::Integer(n) => Plain::Number(n.to_string().into()),
            Self::Decimal(text) => Plain::Number(text.as_ref().into()),
            Self::Boolean(b) => Plain::Boolean(*b),
        })
    }

    pub fn text(&self, document: &Document<'_>) -> Option<String> {
        match self.plain(document)? {
            Plain::Text(text) => Some(text.to_owned()),
            Plain::Number(n) => Some(n.into_owned()),
            Plain::Boolean(b) => Some(b.to_string()),
        }
    }

    pub fn integer(&self, document: &Document<'_>) -> Option<i64> {
        match self.plain(document)? {
            Plain::Number(n) => n.parse().ok(),
            Plain::Text(_) | Plain::Boolean(_) => None,
        }
    }

    /// The object to look for members in.
    pub fn object(&self, document: &Document<'_>) -> Option<NodeId> {
        let Self::Element(element) = self else { return None };
        object_of(document, *element)
    }
}

/// `=` of two items.
pub(super) fn equal(document: &Document<'_>, left: &Item<'_>, right: &Item<'_>) -> bool {
    match (left.plain(document), right.plain(document)) {
        (Some(Plain::Text(a)), Some(Plain::Text(b))) => a == b,
        (Some(Plain::Number(a)), Some(Plain::Number(b))) => decimals(&a, &b) == Some(Ordering::Equal),
        (Some(Plain::Boolean(a)), Some(Plain::Boolean(b))) => a == b,
        (None, None) => match (left.object(document), right.object(document)) {
            (Some(a), Some(b)) => same(document, a, document, b),
            _ => false,
        },
        _ => false,
    }
}

/// Whether two trees say the same, whatever the order of members.
pub(crate) fn same(a_in: &Document<'_>, a: NodeId, b_in: &Document<'_>, b: NodeId) -> bool {
    match (a_in.kind(a), b_in.kind(b)) {
        (Kind::Object, Kind::Object) => {
            a_in.len(a) == b_in.len(b)
                && a_in.children(a).all(|x| b_in.child(b, a_in.key(x)).is_some_and(|y| same(a_in, x, b_in, y)))
        }
        (Kind::Array, Kind::Array) => {
            a_in.len(a) == b_in.len(b) && a_in.children(a).zip(b_in.children(b)).all(|(x, y)| same(a_in, x, b_in, y))
        }
        (Kind::Number, Kind::Number) => decimals(a_in.text(a), b_in.text(b)) == Some(Ordering::Equal),
        (x, y) => x == y && a_in.text(a) == b_in.text(b),
    }
}

/// `<` and its like; nothing if the two cannot be ordered.
pub(super) fn order(document: &Document<'_>, left: &Item<'_>, right: &Item<'_>) -> Option<Ordering> {
    match (left.plain(document), right.plain(document)) {
        (Some(Plain::Number(a)), Some(Plain::Number(b))) => decimals(&a, &b),
        (Some(Plain::Text(a)), Some(Plain::Text(b))) => match (Instant::parse(a), Instant::parse(b)) {
            (Some(a), Some(b)) => a.compare(&b),
            (None, None) => Some(a.cmp(b)),
            // One is a moment and the other should be: its format is told elsewhere.
            _ => None,
        },
        (None, None) => {
            // Quantities of one unit.
            let (a, b) = (left.object(document)?, right.object(document)?);
            let unit = |n| document.string(n, "code").or_else(|| document.string(n, "unit"));
            if unit(a) != unit(b) || document.string(a, "system") != document.string(b, "system") {
                return None;
            }
            decimals(document.text(document.child(a, "value")?), document.text(document.child(b, "value")?))
        }
        _ => None,
    }
}

/// Whether two things were to be ordered but cannot be: moments of which one is less precise or malformed, quantities
/// of different units.
pub(super) fn are_incomparable(document: &Document<'_>, left: &Item<'_>, right: &Item<'_>) -> bool {
    if left.object(document).is_some() && right.object(document).is_some() {
        return true;
    }
    let moment = |item: &Item<'_>| matches!(item.plain(document), Some(Plain::Text(t)) if Instant::parse(t).is_some());
    moment(left) || moment(right)
}

/// Compares two numbers as written, without rounding.
pub(crate) fn decimals(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Digits::read(a)?, Digits::read(b)?);
    if a.digits.is_empty() && b.digits.is_empty() {
        return Some(Ordering::Equal);
    }
    if a.negative != b.negative {
        return Some(if a.negative { Ordering::Less } else { Ordering::Greater });
    }
    let size = match (a.digits.is_empty(), b.digits.is_empty()) {
        (true, _) => Ordering::Less,
        (_, true) => Ordering::Greater,
        _ => a.exponent.cmp(&b.exponent).then_with(|| a.digits.cmp(&b.digits)),
    };
    Some(if a.negative { size.reverse() } else { size })
}

/// 0.d1d2d3... times ten to the exponent, d1 not zero; no digits for zero.
struct Digits {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

impl Digits {
    fn read(text: &str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let exponent: i64 = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return None;
        }
        let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let leading = all.iter().take_while(|&&b| b == b'0').count();
        let trailing = all.iter().rev().take_while(|&&b| b == b'0').count();
        let digits = all.get(leading..all.len() - trailing).unwrap_or_default().to_vec();
        let negative = negative && !digits.is_empty();
        let exponent = exponent.saturating_add(i64::try_from(whole.len()).ok()?).saturating_sub(leading as i64);
        Some(Self { negative, digits, exponent })
    }
}
