//! What is granted is not what the patient left ticked.

use super::member::{Family, Member, kind};

pub(super) const FAMILIES: [Family; 2] = [
    Family {
        id: "consent.keeps",
        what: "{0} is granted although the patient unticked it",
        read: |text| Some(Box::new(Consent { of: kind(text)?, granted: true })),
    },
    Family {
        id: "consent.loses",
        what: "{0} is not granted where the patient unticked something else",
        read: |text| Some(Box::new(Consent { of: kind(text)?, granted: false })),
    },
];

#[derive(Debug)]
struct Consent {
    of: &'static str,
    granted: bool,
}

impl Member for Consent {
    fn consents(&self, kind: &str) -> Option<bool> {
        (kind == self.of).then_some(self.granted)
    }
}
