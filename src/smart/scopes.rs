//! SMART scopes, versions 1 and 2 (SMART App Launch 2.0.0, Scopes and Launch Context).

use std::collections::BTreeSet;

/// One resource scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// `patient`, `user` or `system`
    pub level: String,
    /// A resource type, or `*`
    pub resource: String,
    /// The permitted interactions: letters of `cruds`.
    pub permissions: BTreeSet<char>,
    /// The search parameters that narrow it (`category=...`), empty if none.
    pub query: String,
}

impl Scope {
    /// Whether it permits an interaction (a letter of `cruds`) on a type, at least in part.
    pub fn permits(&self, resource: &str, interaction: char) -> bool {
        (self.resource == "*" || self.resource == resource) && self.permissions.contains(&interaction)
    }
}

/// The resource scopes in a scope string; other scopes (`openid`, `launch/patient`...) are left out.
pub fn parse(scopes: &str) -> Vec<Scope> {
    scopes.split_whitespace().filter_map(one).collect()
}

fn one(text: &str) -> Option<Scope> {
    let (level, rest) = text.split_once('/')?;
    if !["patient", "user", "system"].contains(&level) {
        return None;
    }
    let (resource, rest) = rest.split_once('.')?;
    let (letters, query) = rest.split_once('?').unwrap_or((rest, ""));
    let permissions = match letters {
        "read" => "rs".chars().collect(),
        "write" => "cud".chars().collect(),
        "*" => "cruds".chars().collect(),
        letters if letters.chars().all(|c| "cruds".contains(c)) => letters.chars().collect(),
        _ => return None,
    };
    Some(Scope { level: level.to_owned(), resource: resource.to_owned(), permissions, query: query.to_owned() })
}

/// Whether the granted `scopes` permit `interaction` (a letter of `cruds`) on `resource`, at least in part.
pub fn covers(scopes: &str, resource: &str, interaction: char) -> bool {
    parse(scopes).iter().any(|scope| scope.permits(resource, interaction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_understood() {
        let all =
            parse("launch/patient openid patient/Patient.read user/*.cruds patient/Observation.rs?category=x|y a/b.c");
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].permissions, "rs".chars().collect());
        assert_eq!(all[2].query, "category=x|y");
        assert!(covers("patient/Patient.read", "Patient", 's'));
        assert!(covers("patient/*.r", "Condition", 'r'));
        assert!(!covers("patient/*.r", "Condition", 's'));
        assert!(!covers("patient/Patient.rs", "Condition", 'r'));
    }
}
