//! The fence around a patient is down on one kind of interaction only.

use super::interaction::Interaction;
use super::member::{Family, Member};

pub(super) const FAMILIES: [Family; 1] = [Family {
    id: "leak",
    what: "{0} shows another patient",
    read: |text| {
        let (_, interaction) = NAMES.into_iter().find(|(name, _)| *name == text)?;
        Some(Box::new(Leak(interaction)))
    },
}];

pub(super) const NAMES: [(&str, Interaction); 16] = [
    ("read", Interaction::Read),
    ("read-clinical", Interaction::ReadClinical),
    ("vread", Interaction::VersionRead),
    ("search", Interaction::Search),
    ("reference-forms", Interaction::ReferenceForms),
    ("multi-or", Interaction::SeveralValues),
    ("missing-patient", Interaction::MissingPatient),
    ("id", Interaction::Id),
    ("identifier", Interaction::Identifier),
    ("demographics", Interaction::Demographics),
    ("compartment", Interaction::Compartment),
    ("post-search", Interaction::PostSearch),
    ("revinclude", Interaction::ReverseInclude),
    ("include", Interaction::Include),
    ("total", Interaction::Total),
    ("canary", Interaction::Canary),
];

#[derive(Debug)]
struct Leak(Interaction);

impl Member for Leak {
    fn lifts(&self, interaction: Interaction) -> bool {
        self.0 == interaction
    }
}
