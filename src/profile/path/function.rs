//! The functions of FHIRPath that are supported, with what they take and what they do.

use std::collections::HashSet;
use std::ops::ControlFlow;

use super::super::json::{Kind, NodeId};
use super::super::narrative;
use super::eval::{Eval, Flow, Sink};
use super::parse::Expr;
use super::value::{Item, equal};
use super::{Element, value};

macro_rules! functions {
    ($($name:literal $variant:ident $least:literal ..= $most:literal,)*) => {
        /// A supported function.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub(super) enum Function { $($variant,)* }

        impl Function {
            pub fn named(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }

            /// The least and the most arguments.
            pub fn arity(self) -> (usize, usize) {
                match self { $(Self::$variant => ($least, $most),)* }
            }
        }
    };
}

functions! {
    "exists" Exists 0..=1, "empty" Empty 0..=0, "not" Not 0..=0, "where" Where 1..=1, "select" Select 1..=1,
    "all" All 1..=1, "allTrue" AllTrue 0..=0, "allFalse" AllFalse 0..=0, "anyTrue" AnyTrue 0..=0,
    "anyFalse" AnyFalse 0..=0, "count" Count 0..=0, "first" First 0..=0, "last" Last 0..=0, "tail" Tail 0..=0,
    "skip" Skip 1..=1, "take" Take 1..=1, "single" Single 0..=0, "distinct" Distinct 0..=0,
    "isDistinct" IsDistinct 0..=0, "subsetOf" SubsetOf 1..=1, "supersetOf" SupersetOf 1..=1, "intersect" Intersect 1..=1,
    "exclude" Exclude 1..=1, "combine" Combine 1..=1, "union" Union 1..=1, "repeat" Repeat 1..=1,
    "children" Children 0..=0, "descendants" Descendants 0..=0, "hasValue" HasValue 0..=0, "getValue" GetValue 0..=0,
    "extension" Extension 1..=1, "resolve" Resolve 0..=0, "iif" Iif 2..=3, "trace" Trace 0..=2,
    "startsWith" StartsWith 1..=1, "endsWith" EndsWith 1..=1, "contains" Contains 1..=1, "indexOf" IndexOf 1..=1,
    "substring" Substring 1..=2, "length" Length 0..=0, "upper" Upper 0..=0, "lower" Lower 0..=0,
    "toInteger" ToInteger 0..=0, "toDecimal" ToDecimal 0..=0, "toString" ToString 0..=0, "toBoolean" ToBoolean 0..=0,
    "htmlChecks" HtmlChecks 0..=0,
}

impl<'d> Eval<'d, '_> {
    pub(super) fn call(&self, f: Function, on: &Expr, args: &[Expr], this: &Item<'d>, out: Sink<'_, 'd>) -> Flow {
        use Function as F;
        let document = self.around.document;
        let argument = args.first();
        let done = Flow::Continue(());
        match f {
            F::Exists => {
                let there = match argument {
                    None => self.any(on, this),
                    Some(criteria) => self
                        .each(on, this, &mut |item| match self.truth(criteria, &item) {
                            Some(true) => Flow::Break(()),
                            _ => Flow::Continue(()),
                        })
                        .is_break(),
                };
                out(Item::Boolean(there))
            }
            F::Empty => out(Item::Boolean(!self.any(on, this))),
            F::Not => self.truth(on, this).map_or(done, |b| out(Item::Boolean(!b))),
            F::Where => self.each(on, this, &mut |item| match argument.and_then(|a| self.truth(a, &item)) {
                Some(true) => out(item),
                _ => Flow::Continue(()),
            }),
            F::Select => self.each(on, this, &mut |item| argument.map_or(done, |a| self.each(a, &item, out))),
            F::All => {
                let broken = self.each(on, this, &mut |item| match argument.and_then(|a| self.truth(a, &item)) {
                    Some(true) => Flow::Continue(()),
                    _ => Flow::Break(()),
                });
                out(Item::Boolean(broken.is_continue()))
            }
            F::AllTrue | F::AllFalse | F::AnyTrue | F::AnyFalse => {
                let wanted = matches!(f, F::AllTrue | F::AnyTrue);
                let mut hits =
                    self.collect(on, this).into_iter().map(|item| self.truth(&Expr::This, &item) == Some(wanted));
                out(Item::Boolean(if matches!(f, F::AllTrue | F::AllFalse) {
                    hits.all(|h| h)
                } else {
                    hits.any(|h| h)
                }))
            }
            F::Count => {
                let mut count = 0;
                let _ = self.each(on, this, &mut |_| {
                    count += 1;
                    Flow::Continue(())
                });
                out(Item::Integer(count))
            }
            F::Iif => {
                let Some(focus) = self.focus(on, this) else { return done };
                let branch = if self.truth(&args[0], &focus) == Some(true) { args.get(1) } else { args.get(2) };
                branch.map_or(done, |branch| self.each(branch, &focus, out))
            }
            F::Trace => self.each(on, this, out),
            F::HasValue => {
                let item = self.single(on, this);
                out(Item::Boolean(item.is_some_and(|item| item.plain(document).is_some())))
            }
            F::Children => self.each(on, this, &mut |item| self.children(&item, out)),
            F::Descendants => self.each(on, this, &mut |item| self.descendants(&item, out)),
            F::Resolve => self.each(on, this, &mut |item| self.resolve(&item).map_or(Flow::Continue(()), &mut *out)),
            F::Extension => {
                let url = argument.and_then(|a| self.single(a, this)).and_then(|i| i.text(document));
                self.each(on, this, &mut |item| {
                    let Some(list) = item.object(document).and_then(|n| document.child(n, "extension")) else {
                        return Flow::Continue(());
                    };
                    let hit = |&n: &NodeId| document.string(n, "url") == url.as_deref();
                    document.children(list).filter(hit).try_for_each(|n| out(Item::Element(n.into())))
                })
            }
            F::HtmlChecks => {
                let text = self.single(on, this).and_then(|i| i.text(document));
                text.map_or(done, |text| out(Item::Boolean(narrative::problem(&text).is_none())))
            }
            F::Repeat => {
                let mut found: Vec<Item<'d>> = Vec::new();
                let mut next = self.collect(on, this);
                while !next.is_empty() {
                    let round: Vec<_> =
                        next.iter().flat_map(|i| argument.map(|a| self.collect(a, i)).unwrap_or_default()).collect();
                    found.extend(round.iter().cloned());
                    next = round;
                    if found.len() > 100_000 {
                        break;
                    }
                }
                found.into_iter().try_for_each(out)
            }
            F::First => self.first(on, this).map_or(done, out),
            _ => self.over_collection(f, self.collect(on, this), argument, args.get(1), this, out),
        }
    }

    fn first(&self, on: &Expr, this: &Item<'d>) -> Option<Item<'d>> {
        let mut first = None;
        let _ = self.each(on, this, &mut |item| {
            first = Some(item);
            ControlFlow::Break(())
        });
        first
    }

    /// What the branches of `iif` see as `$this`: the input, or what is around if the input is the whole expression.
    fn focus(&self, on: &Expr, this: &Item<'d>) -> Option<Item<'d>> {
        if matches!(on, Expr::This) {
            return Some(this.clone());
        }
        // `x.resolve().iif(empty(), ...)`: an empty input is still asked.
        Some(self.first(on, this).unwrap_or(Item::Element(Element { node: None, sibling: None, of: "" })))
    }

    fn over_collection(
        &self,
        f: Function,
        mut items: Vec<Item<'d>>,
        argument: Option<&Expr>,
        second: Option<&Expr>,
        this: &Item<'d>,
        out: Sink<'_, 'd>,
    ) -> Flow {
        use Function as F;
        let document = self.around.document;
        let done = Flow::Continue(());
        let other = || argument.map(|a| self.collect(a, this)).unwrap_or_default();
        let number = |expr: Option<&Expr>| {
            let item = expr.and_then(|a| self.single(a, this)).and_then(|i| i.integer(document));
            item.and_then(|n| usize::try_from(n.max(0)).ok())
        };
        let within = |item: &Item<'d>, all: &[Item<'d>]| all.iter().any(|o| equal(document, o, item));
        match f {
            F::Last => items.pop().map_or(done, out),
            F::Tail => items.into_iter().skip(1).try_for_each(out),
            F::Skip => items.into_iter().skip(number(argument).unwrap_or(0)).try_for_each(out),
            F::Take => items.into_iter().take(number(argument).unwrap_or(0)).try_for_each(out),
            F::Distinct => distinct(self, items).into_iter().try_for_each(out),
            F::IsDistinct => {
                let count = items.len();
                out(Item::Boolean(distinct(self, items).len() == count))
            }
            F::SubsetOf => {
                let all = other();
                out(Item::Boolean(items.iter().all(|i| within(i, &all))))
            }
            F::SupersetOf => out(Item::Boolean(other().iter().all(|i| within(i, &items)))),
            F::Intersect => {
                let all = other();
                distinct(self, items).into_iter().filter(|i| within(i, &all)).try_for_each(out)
            }
            F::Exclude => {
                let all = other();
                items.into_iter().filter(|i| !within(i, &all)).try_for_each(out)
            }
            F::Combine => items.into_iter().chain(other()).try_for_each(out),
            F::Union => {
                items.extend(other());
                distinct(self, items).into_iter().try_for_each(out)
            }
            _ => {
                // An element that has only extensions has no text either.
                if over_nothing(f) && items.iter().all(|item| item.text(document).is_none()) {
                    return out(Item::Boolean(false));
                }
                if items.len() != 1 {
                    return done;
                }
                let Some(item) = items.pop() else { return done };
                if f == F::Single {
                    return out(item);
                }
                self.over_value(f, &item, argument, number(argument), number(second), this).map_or(done, out)
            }
        }
    }

    fn over_value(
        &self,
        f: Function,
        item: &Item<'d>,
        argument: Option<&Expr>,
        from: Option<usize>,
        count: Option<usize>,
        this: &Item<'d>,
    ) -> Option<Item<'d>> {
        use Function as F;
        let document = self.around.document;
        let text = item.text(document)?;
        let other = || argument.and_then(|a| self.single(a, this)).and_then(|i| i.text(document));
        Some(match f {
            F::GetValue => item.clone(),
            F::StartsWith => Item::Boolean(text.starts_with(&other()?)),
            F::EndsWith => Item::Boolean(text.ends_with(&other()?)),
            F::Contains => Item::Boolean(text.contains(&other()?)),
            F::IndexOf => match text.find(&other()?) {
                Some(at) => Item::Integer(text[..at].chars().count() as i64),
                None => Item::Integer(-1),
            },
            F::Substring => {
                let from = from?;
                if from >= text.chars().count() {
                    return None;
                }
                Item::Text(text.chars().skip(from).take(count.unwrap_or(usize::MAX)).collect::<String>().into())
            }
            F::Length => Item::Integer(text.chars().count() as i64),
            F::Upper => Item::Text(text.to_uppercase().into()),
            F::Lower => Item::Text(text.to_lowercase().into()),
            F::ToInteger => Item::Integer(text.strip_prefix('+').unwrap_or(&text).parse().ok()?),
            F::ToDecimal => {
                value::decimals(&text, "0")?;
                Item::Decimal(text.into())
            }
            F::ToBoolean => Item::Boolean(match text.to_lowercase().as_str() {
                "true" | "t" | "yes" | "y" | "1" | "1.0" => true,
                "false" | "f" | "no" | "n" | "0" | "0.0" => false,
                _ => return None,
            }),
            F::ToString => Item::Text(text.into()),
            _ => return None,
        })
    }

    fn children(&self, item: &Item<'d>, out: Sink<'_, 'd>) -> Flow {
        let document = self.around.document;
        let Some(object) = item.object(document) else { return Flow::Continue(()) };
        for child in document.children(object) {
            let key = document.key(child);
            if key == "resourceType" {
                continue;
            }
            match key.strip_prefix('_') {
                Some(plain) if document.child(object, plain).is_some() => {}
                Some(_) => self.spread(None, Some(child), "", out)?,
                None => self.spread(Some(child), document.sibling(object, key), "", out)?,
            }
        }
        Flow::Continue(())
    }

    fn descendants(&self, item: &Item<'d>, out: Sink<'_, 'd>) -> Flow {
        self.children(item, &mut |child| {
            out(child.clone())?;
            self.descendants(&child, out)
        })
    }

    fn resolve(&self, item: &Item<'d>) -> Option<Item<'d>> {
        let document = self.around.document;
        let node = match item {
            Item::Element(Element { node: Some(node), .. }) if document.kind(*node) == Kind::Object => {
                (self.around.resolve)(document.string(*node, "reference")?)
            }
            _ => (self.around.resolve)(&item.text(document)?),
        };
        node.map(|n| Item::Element(n.into()))
    }
}

/// Tests of text say false of nothing: FHIRPath says nothing, but the invariants of FHIR were written for, and are run
/// by, an engine that says false (`ref-1` of a reference that has a display only).
pub(super) fn over_nothing(f: Function) -> bool {
    matches!(f, Function::StartsWith | Function::EndsWith | Function::Contains)
}

/// The items without those that equal an earlier one; primitives by a set, so that long lists stay cheap.
fn distinct<'d>(eval: &Eval<'d, '_>, items: Vec<Item<'d>>) -> Vec<Item<'d>> {
    let document = eval.around.document;
    let mut texts = HashSet::new();
    let mut kept: Vec<Item<'d>> = Vec::new();
    for item in items {
        let fresh = match item.plain(document) {
            Some(value::Plain::Text(text)) => texts.insert(text.to_owned()),
            _ => !kept.iter().any(|o| equal(document, o, &item)),
        };
        if fresh {
            kept.push(item);
        }
    }
    kept
}
