//! What a person chooses on a page, whoever shows it: the boxes of a consent page, the button to press, the own record.

use super::Consent;

/// Something to press.
#[derive(Clone, Debug)]
pub(super) struct Button {
    pub(super) value: String,
    pub(super) text: String,
}

/// A box that can be ticked.
pub(super) struct Choice {
    /// Its position on the page.
    pub(super) at: usize,
    /// What it may stand for.
    pub(super) values: Vec<String>,
    /// Whether it is ticked.
    pub(super) checked: bool,
}

impl Choice {
    /// The boxes to change so that exactly what `consent` says is granted, and whether the page lets the user choose at all.
    pub(super) fn ticks(choices: &[Self], consent: &Consent) -> (Vec<(usize, bool)>, bool) {
        let (wanted, chose): (Vec<bool>, bool) = match consent {
            Consent::All | Consent::Tampered(_) | Consent::Refuse | Consent::Nobody | Consent::FromElsewhere => {
                return (Vec::new(), false);
            }
            Consent::Exactly(scopes) => {
                let wanted: Vec<bool> =
                    choices.iter().map(|own| own.values.iter().any(|value| scopes.contains(value))).collect();
                let chose = choices.iter().zip(&wanted).any(|(own, wanted)| own.checked && !wanted);
                (wanted, chose)
            }
            Consent::Categories(types) => narrow(choices, types),
        };
        let changed = choices.iter().zip(wanted).filter(|(own, wanted)| own.checked != *wanted);
        (changed.map(|(own, wanted)| (own.at, wanted)).collect(), chose)
    }

    /// The scope of one of these types that it stands for: the type, and whether it is of a category.
    fn scope<'t>(&self, types: &'t [String]) -> Option<(&'t str, bool)> {
        self.values.iter().find_map(|value| {
            let (_, rest) = value.split_once('/')?;
            let of =
                types.iter().find(|of| rest.strip_prefix(of.as_str()).is_some_and(|rest| rest.starts_with('.')))?;
            Some((of.as_str(), value.contains('?')))
        })
    }
}

/// Ticks the boxes of categories of these types, and not those of the whole types where there are categories. Whether
/// there are boxes for the types at all.
fn narrow(choices: &[Choice], types: &[String]) -> (Vec<bool>, bool) {
    let scopes: Vec<Option<(&str, bool)>> = choices.iter().map(|own| own.scope(types)).collect();
    let narrowed: Vec<&str> = scopes.iter().flatten().filter(|(_, category)| *category).map(|(of, _)| *of).collect();
    let wanted = choices.iter().zip(&scopes).map(|(own, scope)| match scope {
        Some((of, category)) if narrowed.contains(of) => *category,
        _ => own.checked,
    });
    (wanted.collect(), scopes.iter().any(Option::is_some))
}

/// Whether a value on a page means this patient.
pub(super) fn is_patient(value: &str, patient: &str) -> bool {
    value == patient || value.rsplit('/').next() == Some(patient)
}

/// The first button that one of `wanted` names by its whole value or text; failing that, by the beginning of its text.
///
/// Never by a part in the middle: "Don't allow" holds "allow".
pub(super) fn pick<'a>(buttons: &'a [Button], wanted: &[String]) -> Option<&'a Button> {
    let lower = |text: &str| text.trim().to_lowercase();
    let whole = |want: &str, b: &Button| lower(&b.value) == want || lower(&b.text) == want;
    let begins = |want: &str, b: &Button| lower(&b.text).strip_prefix(want).is_some_and(|rest| rest.starts_with(' '));
    let find = |matches: &dyn Fn(&str, &Button) -> bool| {
        wanted.iter().find_map(|want| buttons.iter().find(|button| matches(&lower(want), button)))
    };
    find(&whole).or_else(|| find(&begins))
}
