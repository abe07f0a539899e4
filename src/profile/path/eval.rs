//! The evaluation: items are pushed to whoever asks, so `exists()` stops at the first and nothing is collected in vain.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::super::element::{members, pair};
use super::super::json::{Kind, NodeId};
use super::arithmetic::arithmetic;
use super::parse::{Expr, Name, Operator};
use super::value::{Item, Plain, are_incomparable, equal, order};
use super::{Around, Element};

/// One evaluation.
pub(super) struct Eval<'d, 's> {
    pub around: &'d Around<'d, 's>,
    pub context: Element<'d>,
}

/// Where items go; breaking ends the evaluation.
pub(super) type Sink<'f, 'd> = &'f mut dyn FnMut(Item<'d>) -> ControlFlow<()>;
pub(super) type Flow = ControlFlow<()>;

impl<'d> Eval<'d, '_> {
    /// The expression as a condition: true, false, or nothing.
    pub fn truth(&self, expr: &Expr, this: &Item<'d>) -> Option<bool> {
        match expr {
            Expr::Binary(Operator::And, left, right) => match self.truth(left, this) {
                Some(false) => Some(false),
                first => match (first, self.truth(right, this)) {
                    (_, Some(false)) => Some(false),
                    (Some(true), Some(true)) => Some(true),
                    _ => None,
                },
            },
            Expr::Binary(Operator::Or, left, right) => match self.truth(left, this) {
                Some(true) => Some(true),
                first => match (first, self.truth(right, this)) {
                    (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                },
            },
            Expr::Binary(Operator::Implies, left, right) => match self.truth(left, this) {
                Some(false) => Some(true),
                first => match (first, self.truth(right, this)) {
                    (_, Some(true)) => Some(true),
                    (Some(true), second) => second,
                    _ => None,
                },
            },
            Expr::Binary(Operator::Xor, left, right) => Some(self.truth(left, this)? != self.truth(right, this)?),
            _ => {
                let mut first = None;
                let mut many = false;
                let _ = self.each(expr, this, &mut |item| {
                    if first.is_some() {
                        many = true;
                        return Flow::Break(());
                    }
                    first = Some(item);
                    Flow::Continue(())
                });
                let item = first?;
                match item.plain(self.around.document) {
                    Some(Plain::Boolean(b)) if !many => Some(b),
                    // Anything that is there counts as true, in the place of a condition.
                    _ => Some(true),
                }
            }
        }
    }

    /// All items.
    pub fn collect(&self, expr: &Expr, this: &Item<'d>) -> Vec<Item<'d>> {
        let mut items = Vec::new();
        let _ = self.each(expr, this, &mut |item| {
            items.push(item);
            Flow::Continue(())
        });
        items
    }

    /// Whether there is any item.
    pub fn any(&self, expr: &Expr, this: &Item<'d>) -> bool {
        self.each(expr, this, &mut |_| Flow::Break(())).is_break()
    }

    /// The item, if there is exactly one.
    pub fn single(&self, expr: &Expr, this: &Item<'d>) -> Option<Item<'d>> {
        let mut items = self.collect(expr, this);
        if items.len() == 1 { items.pop() } else { None }
    }

    /// Pushes each item of the expression into `out`.
    pub fn each(&self, expr: &Expr, this: &Item<'d>, out: Sink<'_, 'd>) -> Flow {
        let document = self.around.document;
        match expr {
            Expr::Nothing => Flow::Continue(()),
            Expr::This => out(this.clone()),
            Expr::Resource => out(Item::Element(self.around.resource.into())),
            Expr::RootResource => out(Item::Element(self.around.root_resource.into())),
            Expr::Context => out(Item::Element(self.context)),
            Expr::Text(text) => out(Item::Text(text.clone().into())),
            Expr::Integer(n) => out(Item::Integer(*n)),
            Expr::Decimal(text) => out(Item::Decimal(text.clone().into())),
            Expr::Boolean(b) => out(Item::Boolean(*b)),
            Expr::Member(on, name) => self.each(on, this, &mut |item| self.member(&item, name, out)),
            Expr::Index(on, index) => {
                let Some(index) = self.single(index, this).and_then(|i| i.integer(document)) else {
                    return Flow::Continue(());
                };
                let items = self.collect(on, this);
                usize::try_from(index).ok().and_then(|n| items.into_iter().nth(n)).map_or(Flow::Continue(()), out)
            }
            Expr::Call(on, function, arguments) => self.call(*function, on, arguments, this, out),
            Expr::Matches(on, regex) => match self.single(on, this).and_then(|i| i.text(document)) {
                Some(text) => out(Item::Boolean(regex.is_match(&text))),
                None => out(Item::Boolean(false)),
            },
            Expr::Replace(on, regex, with) => match self.single(on, this).and_then(|i| i.text(document)) {
                Some(text) => out(Item::Text(regex.replace_all(&text, with.as_str()).into_owned().into())),
                None => Flow::Continue(()),
            },
            Expr::Is(on, of) => match self.single(on, this) {
                Some(item) => out(Item::Boolean(self.is_type(&item, of) == Some(true))),
                None => Flow::Continue(()),
            },
            Expr::OfType(on, of) => self.each(on, this, &mut |item| match self.is_type(&item, of) {
                Some(false) => Flow::Continue(()),
                _ => out(item),
            }),
            Expr::Negate(on) => match self.single(on, this).and_then(|i| i.integer(document)) {
                Some(n) => out(Item::Integer(-n)),
                None => Flow::Continue(()),
            },
            Expr::Binary(Operator::And | Operator::Or | Operator::Xor | Operator::Implies, ..) => {
                self.truth(expr, this).map_or(Flow::Continue(()), |b| out(Item::Boolean(b)))
            }
            Expr::Binary(operator, left, right) => self.binary(*operator, left, right, this, out),
        }
    }

    fn binary(&self, operator: Operator, left: &Expr, right: &Expr, this: &Item<'d>, out: Sink<'_, 'd>) -> Flow {
        use Operator as O;
        let document = self.around.document;
        let say = |out: Sink<'_, 'd>, b: bool| out(Item::Boolean(b));
        match operator {
            O::Union => {
                let mut items = self.collect(left, this);
                items.extend(self.collect(right, this));
                for (n, item) in items.iter().enumerate() {
                    if !items[..n].iter().any(|other| equal(document, other, item)) {
                        out(item.clone())?;
                    }
                }
                Flow::Continue(())
            }
            O::In | O::Contains => {
                let (one, all) = if operator == O::In { (left, right) } else { (right, left) };
                let Some(one) = self.single(one, this) else { return Flow::Continue(()) };
                say(out, self.has(all, this, &one))
            }
            O::Equal | O::NotEqual => {
                let (a, b) = (self.collect(left, this), self.collect(right, this));
                if a.is_empty() || b.is_empty() {
                    return Flow::Continue(());
                }
                let equal = a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| equal(document, a, b));
                say(out, equal == (operator == O::Equal))
            }
            O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual => {
                let (Some(a), Some(b)) = (self.single(left, this), self.single(right, this)) else {
                    return Flow::Continue(());
                };
                let Some(order) = order(document, &a, &b) else {
                    // "2020" to "2020-06": whether the one is before the other is open, so "not after" is not broken.
                    // FHIR says so of periods (an end includes all that it matches), FHIRPath says nothing.
                    let loose =
                        matches!(operator, O::LessOrEqual | O::GreaterOrEqual) && are_incomparable(document, &a, &b);
                    return if loose { say(out, true) } else { Flow::Continue(()) };
                };
                say(
                    out,
                    match operator {
                        O::Less => order == Ordering::Less,
                        O::LessOrEqual => order != Ordering::Greater,
                        O::Greater => order == Ordering::Greater,
                        _ => order != Ordering::Less,
                    },
                )
            }
            O::Concatenate => {
                let text = |expr| self.single(expr, this).and_then(|i| i.text(document)).unwrap_or_default();
                out(Item::Text((text(left) + text(right).as_str()).into()))
            }
            _ => {
                let (Some(a), Some(b)) = (self.single(left, this), self.single(right, this)) else {
                    return Flow::Continue(());
                };
                arithmetic(operator, &a, &b, self).map_or(Flow::Continue(()), out)
            }
        }
    }

    /// Whether `one` is among the items of `all`, without building unions.
    fn has(&self, all: &Expr, this: &Item<'d>, one: &Item<'d>) -> bool {
        if let Expr::Binary(Operator::Union, left, right) = all {
            return self.has(left, this, one) || self.has(right, this, one);
        }
        let document = self.around.document;
        self.each(all, this, &mut |item| {
            if equal(document, &item, one) { Flow::Break(()) } else { Flow::Continue(()) }
        })
        .is_break()
    }

    fn member(&self, item: &Item<'d>, name: &Name, out: Sink<'_, 'd>) -> Flow {
        let document = self.around.document;
        let Some(object) = item.object(document) else { return Flow::Continue(()) };
        if name.may_be_type && document.string(object, "resourceType") == Some(&name.text) {
            return out(item.clone());
        }
        members(document, object, &name.text, true).into_iter().map(Item::Element).try_for_each(out)
    }

    /// Pushes a property's value or values with their siblings.
    pub fn spread(&self, node: Option<NodeId>, sibling: Option<NodeId>, of: &'d str, out: Sink<'_, 'd>) -> Flow {
        pair(self.around.document, node, sibling, of).into_iter().map(Item::Element).try_for_each(out)
    }

    /// Whether the item is of the type; nothing if its type cannot be known from the text.
    pub fn is_type(&self, item: &Item<'d>, of: &str) -> Option<bool> {
        let document = self.around.document;
        match item {
            Item::Text(_) => Some(matches!(of, "string" | "String")),
            Item::Integer(_) => Some(matches!(of, "integer" | "Integer")),
            Item::Decimal(_) => Some(matches!(of, "decimal" | "Decimal")),
            Item::Boolean(_) => Some(matches!(of, "boolean" | "Boolean")),
            Item::Element(element) => {
                if let Some(kind) = item.object(document).and_then(|n| document.string(n, "resourceType")) {
                    return Some(kind == of || of == "Resource" || of == "DomainResource");
                }
                if !element.of.is_empty() {
                    // Types of primitives begin with a small letter: `DateTime` is none.
                    let lower = |c: char| c.is_ascii_lowercase();
                    let primitive = element.node.is_none_or(|n| document.kind(n) != Kind::Object);
                    return Some(if primitive && element.sibling.is_none() || of.starts_with(lower) {
                        of.starts_with(lower) && of.eq_ignore_ascii_case(element.of)
                            // The System types, as `answer is Boolean` of the base specification means them.
                            || of == element.of && matches!(of, "Boolean" | "String" | "Integer" | "Decimal")
                    } else {
                        of == element.of
                    });
                }
                let primitive = of.starts_with(|c: char| c.is_ascii_lowercase());
                match element.node.map(|n| document.kind(n)) {
                    Some(Kind::Object) if primitive => Some(false),
                    Some(Kind::String) => match of {
                        "boolean" | "integer" | "decimal" | "positiveInt" | "unsignedInt" => Some(false),
                        _ if primitive => None,
                        _ => Some(false),
                    },
                    Some(Kind::Number) => Some(matches!(of, "integer" | "decimal" | "positiveInt" | "unsignedInt")),
                    Some(Kind::Boolean) => Some(of == "boolean"),
                    _ => None,
                }
            }
        }
    }
}
