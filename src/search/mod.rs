//! What a search means: the parameters of a guide, the values a resource has for them, whether it satisfies one.
//!
//! Nothing here asks anybody. The answers are three-valued ([`Fit`]): where the standard leaves a server a choice (time
//! zones that nobody wrote down, case, server-defined string matching), neither reading is held against it.

mod choose;
mod escape;
mod fit;
mod granular;
mod group;
mod matching;
mod meaning;
mod moment;

pub use choose::{Wanted, another, best, forms};
pub use fit::Fit;
pub use granular::{GranularSets, granular_sets};
pub use group::{Anchor, Group, anchors, anchors_of, groups, kebab, queried, status, strength};
pub use matching::{fit, fits_all};
pub use meaning::{Kind, Meaning, Parameter, Values};
pub use moment::{Comparator, Span};

#[cfg(test)]
mod tests;
