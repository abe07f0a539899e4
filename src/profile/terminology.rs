//! Whether a code is of a value set, as far as the compiled packages let it be said.

use super::library::{Library, Part, Set};

/// An answer about membership.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Member {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// The packages do not say; with the reason.
    Unknown(String),
}

impl Library {
    /// Whether the code is of the value set. Without a system (an element of type `code`) the code alone decides.
    pub fn is_member(&self, value_set: &str, system: Option<&str>, code: &str) -> Member {
        let Some(set) = self.set(value_set) else {
            return Member::Unknown(format!("the value set {value_set} is not among the compiled packages"));
        };
        let Some(system) = system else { return self.by_code(set, code) };
        let mut unsure = None;
        if let Some(part) = set.by_system.get(system) {
            match self.within(system, part, code) {
                Member::Yes => return Member::Yes,
                Member::No => {}
                Member::Unknown(reason) => unsure = Some(reason),
            }
        }
        let open = set.open.iter().find(|o| o.system.as_deref().is_none_or(|s| s == system));
        unsure.or_else(|| open.map(|o| o.reason.clone())).map_or(Member::No, Member::Unknown)
    }

    /// Whether the code is of the code system; unknown if no package has the system whole.
    pub fn is_of_system(&self, system: &str, code: &str) -> Member {
        if let Some(by_syntax) = by_syntax(system, code) {
            return if by_syntax { Member::Yes } else { Member::No };
        }
        match self.system(system) {
            Some(codes) if codes.has(code) => Member::Yes,
            Some(_) => Member::No,
            None => Member::Unknown(format!("the codes of {system} are not among the compiled packages")),
        }
    }

    fn by_code(&self, set: &Set, code: &str) -> Member {
        let mut unsure = set.open.first().map(|o| o.reason.clone());
        for (system, part) in &set.by_system {
            match self.within(system, part, code) {
                Member::Yes => return Member::Yes,
                Member::No => {}
                Member::Unknown(reason) => unsure = Some(reason),
            }
        }
        unsure.map_or(Member::No, Member::Unknown)
    }

    fn within(&self, system: &str, part: &Part, code: &str) -> Member {
        match part {
            Part::Some(codes) if codes.contains(code) => Member::Yes,
            Part::Some(_) => Member::No,
            Part::All { but } if but.contains(code) => Member::No,
            Part::All { .. } => self.is_of_system(system, code),
        }
    }
}

/// Systems whose codes have a grammar rather than a list.
fn by_syntax(system: &str, code: &str) -> Option<bool> {
    match system {
        "urn:ietf:bcp:47" => Some(is_language_tag(code)),
        "http://unitsofmeasure.org" => Some(octofhir_ucum::validate(code).is_ok()),
        "urn:ietf:bcp:13" | "urn:ietf:rfc:3986" if code.is_empty() => Some(false),
        "urn:ietf:bcp:13" => Some(is_media_type(code)),
        "urn:ietf:rfc:3986" => Some(!code.contains(char::is_whitespace)),
        _ => None,
    }
}

/// RFC 5646, section 2.1: well-formed; no language of more than three letters was ever registered.
fn is_language_tag(code: &str) -> bool {
    let mut parts = code.split('-');
    let primary = parts.next().unwrap_or_default();
    let letters = |s: &str, range: std::ops::RangeInclusive<usize>| {
        range.contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let private = matches!(primary, "x" | "i");
    (private || letters(primary, 2..=3))
        && parts.all(|p| (1..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// RFC 6838, section 4.2, with parameters.
fn is_media_type(code: &str) -> bool {
    let (essence, _) = code.split_once(';').unwrap_or((code, ""));
    let name = |s: &str| {
        !s.is_empty() && s.len() <= 127 && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+*".contains(&b))
    };
    essence.trim().split_once('/').is_some_and(|(kind, sub)| name(kind) && name(sub))
}
