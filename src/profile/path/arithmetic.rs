//! Sums, products and their like of two items.

use super::eval::Eval;
use super::parse::Operator;
use super::value::{Item, Plain};

/// The result, if the two are numbers (or texts, for `+`) and there is one.
pub(super) fn arithmetic<'d>(operator: Operator, a: &Item<'d>, b: &Item<'d>, eval: &Eval<'d, '_>) -> Option<Item<'d>> {
    let document = eval.around.document;
    if let (Some(a), Some(b)) = (a.integer(document), b.integer(document)) {
        return Some(Item::Integer(match operator {
            Operator::Plus => a.checked_add(b)?,
            Operator::Minus => a.checked_sub(b)?,
            Operator::Times => a.checked_mul(b)?,
            Operator::Div => a.checked_div(b)?,
            Operator::Mod => a.checked_rem(b)?,
            Operator::Divide => return Some(Item::Decimal((a as f64 / b as f64).to_string().into())),
            _ => return None,
        }));
    }
    match (a.plain(document)?, b.plain(document)?) {
        (Plain::Text(a), Plain::Text(b)) if operator == Operator::Plus => Some(Item::Text((a.to_owned() + b).into())),
        (Plain::Number(a), Plain::Number(b)) => {
            let (a, b): (f64, f64) = (a.parse().ok()?, b.parse().ok()?);
            let value = match operator {
                Operator::Plus => a + b,
                Operator::Minus => a - b,
                Operator::Times => a * b,
                Operator::Divide if b != 0.0 => a / b,
                Operator::Div if b != 0.0 => (a / b).trunc(),
                Operator::Mod if b != 0.0 => a % b,
                _ => return None,
            };
            Some(Item::Decimal(value.to_string().into()))
        }
        _ => None,
    }
}
