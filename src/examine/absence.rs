//! Why a chart does not show something: nobody may see it, nobody could look, or the records have none.

use crate::chart::Chart;
use crate::fhir::End;

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absence {
    /// It does not apply, or the records do not show it: a reason to skip.
    Skip(String),
    /// It could not be tested.
    Untested(String),
}

/// Why nobody can know what the records show of a type, if so.
pub fn unknowable(chart: &Chart, of: &str) -> Option<Absence> {
    if chart.people.is_empty() {
        let why = match chart.troubles.is_empty() {
            true => "no user with a patient is configured".to_owned(),
            false => chart.troubles.join("; "),
        };
        return Some(Absence::Skip(format!("no patient's record can be seen: {why}")));
    }
    if !chart.claims(of) {
        return Some(Absence::Skip(format!("not applicable: the CapabilityStatement does not claim {of}")));
    }
    let mut of_type = chart.made.iter().filter(|made| made.anchor.of == of);
    if let Some(why) = of_type.find_map(|made| made.pages.untested()) {
        return Some(Absence::Untested(why));
    }
    (!chart.may_be_seen(of)).then(|| Absence::Skip(format!("the granted scopes do not permit to see {of}")))
}

/// Why `what`, which is about a type, is not known.
pub fn not_shown(chart: &Chart, of: &str, what: &str) -> Absence {
    if let Some(absence) = unknowable(chart, of) {
        return absence;
    }
    let mut of_type = chart.made.iter().filter(|made| made.anchor.of == of);
    Absence::Skip(match of_type.find(|made| made.pages.end != End::Whole) {
        Some(made) => {
            let numbers: Vec<String> = made.pages.numbers().iter().map(|number| format!("#{number}")).collect();
            let end = made.pages.end.words();
            format!("{what} is not known: the search for {of} ended with {end} ({})", numbers.join(", "))
        }
        None => format!("not shown by the records of the configured users: {what}"),
    })
}
