//! The part of FHIRPath that invariants are written in: compiled once, evaluated on the text's own tree without copies.
//!
//! Three-valued as FHIRPath 2.0 defines it. What is not supported is an error of compilation that names it; an
//! expression never passes because something in it was not understood.

mod arithmetic;
mod choice;
mod eval;
mod function;
mod lex;
mod parse;
mod value;

use super::json::{Document, NodeId};
#[cfg(test)]
pub(super) use choice::CHOICE_ELEMENTS;
pub(super) use choice::{is_choice_element, is_choice_suffix};
pub use parse::NotCompiled;
pub(super) use value::decimals;

/// An element of a resource: a value, what stands beside it, and its type where the key told it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Element<'d> {
    /// The value.
    pub node: Option<NodeId>,
    /// The object under the underscored key, of a primitive.
    pub sibling: Option<NodeId>,
    /// The type that the suffix of a choice names ("Quantity", "DateTime"); empty if unknown.
    pub of: &'d str,
}

impl From<NodeId> for Element<'_> {
    fn from(node: NodeId) -> Self {
        Self { node: Some(node), sibling: None, of: "" }
    }
}

/// What an expression may look at beside its focus.
pub struct Around<'d, 's> {
    /// The text.
    pub document: &'d Document<'s>,
    /// `%resource`
    pub resource: NodeId,
    /// `%rootResource`
    pub root_resource: NodeId,
    /// What `resolve()` finds for a reference.
    pub resolve: &'d dyn Fn(&str) -> Option<NodeId>,
}

/// A compiled expression.
#[derive(Debug)]
pub struct Path {
    expr: parse::Expr,
}

impl Path {
    /// Compiles; an unknown function, variable or operator is an error that names it.
    pub fn compile(source: &str) -> Result<Self, NotCompiled> {
        Ok(Self { expr: parse::parse(source)? })
    }

    /// Whether the constraint holds of `focus`: it does if the expression is true. An empty result is not, as in the
    /// official validator; so that a test of text that is not there says false rather than nothing, see
    /// `function::over_nothing`.
    pub fn holds<'d>(&self, focus: Element<'d>, around: &'d Around<'d, '_>) -> bool {
        let eval = eval::Eval { around, context: focus };
        eval.truth(&self.expr, &value::Item::Element(focus)).unwrap_or(false)
    }

    /// The elements that the expression selects; values that are not elements are left out.
    pub fn select<'d>(&self, focus: Element<'d>, around: &'d Around<'d, '_>) -> Vec<Element<'d>> {
        let eval = eval::Eval { around, context: focus };
        let items = eval.collect(&self.expr, &value::Item::Element(focus));
        items.into_iter().filter_map(|item| if let value::Item::Element(e) = item { Some(e) } else { None }).collect()
    }
}
