//! Whether something satisfies a search, three-valued.

/// Whether something satisfies a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// By every reading of the standard.
    Yes,
    /// By none.
    No,
    /// A server may see it either way.
    Either,
}

impl Fit {
    /// Whether one or the other satisfies it.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::No, Self::No) => Self::No,
            _ => Self::Either,
        }
    }

    #[must_use]
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Either,
        }
    }
}
