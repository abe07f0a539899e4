//! Includes and reverse includes that bring nothing, or too much.

use super::member::{Family, Member, kind, parameter};

pub(super) const FAMILIES: [Family; 4] = [
    Family {
        id: "include.none",
        what: "an include of {0} along {1} brings nothing",
        read: |text| parameter(text).map(|(of, name)| Box::new(Nothing { of, along: Some(name) }) as Box<dyn Member>),
    },
    Family {
        id: "include.stray",
        what: "an include of {0} brings something that no match points to",
        read: |text| kind(text).map(|of| Box::new(Stray { of, reverse: false }) as Box<dyn Member>),
    },
    Family {
        id: "revinclude.none",
        what: "a reverse include of {0} brings nothing",
        read: |text| kind(text).map(|of| Box::new(Nothing { of, along: None }) as Box<dyn Member>),
    },
    Family {
        id: "revinclude.stray",
        what: "a reverse include of {0} brings something that points to no match",
        read: |text| kind(text).map(|of| Box::new(Stray { of, reverse: true }) as Box<dyn Member>),
    },
];

#[derive(Debug)]
struct Nothing {
    of: &'static str,
    /// The parameter of an include; none for a reverse one, along whatever parameter.
    along: Option<String>,
}

impl Member for Nothing {
    fn includes_nothing(&self, kind: &str, parameter: &str, reverse: bool) -> bool {
        kind == self.of
            && match &self.along {
                Some(along) => !reverse && along == parameter,
                None => reverse,
            }
    }
}

#[derive(Debug)]
struct Stray {
    of: &'static str,
    reverse: bool,
}

impl Member for Stray {
    fn includes_stray(&self, kind: &str, reverse: bool) -> bool {
        kind == self.of && reverse == self.reverse
    }
}
