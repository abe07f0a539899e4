//! Why a chart does not show something: nobody may see it, nobody could look, or the records have none.

use crate::chart::Chart;
use crate::fhir::End;
use crate::record::Cause;

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// What kind of reason it is.
    pub cause: Cause,
    /// The reason, for people.
    pub why: String,
}

impl Absence {
    fn new(cause: Cause, why: impl Into<String>) -> Self {
        Self { cause, why: why.into() }
    }
}

/// Why nobody can know what the records show of a type, if so.
pub fn unknowable(chart: &Chart, of: &str) -> Option<Absence> {
    if chart.people.is_empty() {
        let (cause, why) = match chart.troubles.is_empty() {
            true => (Cause::NotConfigured, "no user with a patient is configured".to_owned()),
            false => (Cause::Blocked, chart.troubles.join("; ")),
        };
        return Some(Absence::new(cause, format!("no patient's record can be seen: {why}")));
    }
    if !chart.claims(of) {
        return Some(Absence::new(
            Cause::NotApplicable,
            format!("not applicable: the CapabilityStatement does not claim {of}"),
        ));
    }
    let mut of_type = chart.made.iter().filter(|made| made.anchor.of == of);
    if let Some(why) = of_type.find_map(|made| made.pages.untested()) {
        return Some(Absence::new(Cause::NoAnswer, why));
    }
    (!chart.may_be_seen(of))
        .then(|| Absence::new(Cause::NotShown, format!("the granted scopes do not permit to see {of}")))
}

/// Why `what`, which is about a type, is not known.
pub fn not_shown(chart: &Chart, of: &str, what: &str) -> Absence {
    if let Some(absence) = unknowable(chart, of) {
        return absence;
    }
    let mut of_type = chart.made.iter().filter(|made| made.anchor.of == of);
    match of_type.find(|made| made.pages.end != End::Whole) {
        Some(made) => {
            let numbers: Vec<String> = made.pages.numbers().iter().map(|number| format!("#{number}")).collect();
            let end = made.pages.end.words();
            let why = format!("{what} is not known: the search for {of} ended with {end} ({})", numbers.join(", "));
            Absence::new(Cause::Blocked, why)
        }
        None => Absence::new(Cause::NotShown, format!("not shown by the records of the configured users: {what}")),
    }
}
