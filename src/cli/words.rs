//! Enums of the library as values of the command line: their own list, their own words.

use clap::builder::{PossibleValuesParser, TypedValueParser};

/// Takes one of the words of `all`, and gives what it stands for.
pub(super) fn one_of<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    word: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(|one| word(*one)).collect::<Vec<_>>()).try_map(move |given| {
        all.iter().copied().find(|one| word(*one) == given).ok_or_else(|| format!("unknown word {given}"))
    })
}
