//! What went wrong, by cause: what reads alike is one entry, however many scenarios met it.

use super::words;
use crate::record::{ScenarioRecord, Severity, Verdict};

/// What several scenarios met alike.
pub(super) struct Alike<'a> {
    pub(super) verdict: Verdict,
    pub(super) waived: bool,
    /// The gravest of theirs.
    pub(super) severity: Option<Severity>,
    /// What the first of them says.
    pub(super) gist: String,
    /// In the order they were given.
    pub(super) scenarios: Vec<&'a ScenarioRecord>,
}

/// Groups `scenarios`, in the order of the first of each group.
pub(super) fn alike<'a>(scenarios: &[&'a ScenarioRecord]) -> Vec<Alike<'a>> {
    let mut groups: Vec<(String, Alike<'a>)> = Vec::new();
    for scenario in scenarios {
        let (gist, verdict, waived) = (words::gist(scenario), scenario.verdict, words::waived(scenario));
        let pattern = pattern(&gist);
        let severity = scenario.requirement.severity;
        let known = groups
            .iter_mut()
            .find(|(own, group)| *own == pattern && group.verdict == verdict && group.waived == waived);
        match known {
            Some((_, group)) => {
                group.severity = group.severity.max(severity);
                group.scenarios.push(scenario);
            }
            None => groups.push((pattern, Alike { verdict, waived, severity, gist, scenarios: vec![scenario] })),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// A gist without what differs from one scenario to the next: names of types, addresses, values, numbers. A status stays.
fn pattern(gist: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    for word in gist.split_whitespace() {
        let bare = word.trim_matches(|c: char| c.is_ascii_punctuation());
        let is_status = bare.len() == 3 && bare.bytes().all(|byte| byte.is_ascii_digit());
        let is_plain = bare.chars().all(|c| c.is_lowercase());
        let word = if is_status || is_plain { bare } else { "*" };
        if word != "*" || out.last() != Some(&"*") {
            out.push(word);
        }
    }
    out.join(" ")
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn what_differs_by_type_and_value_alone_is_alike() {
        let of = |kind: &str, n: usize| {
            format!("expected 200 with the {kind} that was asked for; observed status 500 for {kind}/{n} (`{n}`)")
        };
        assert_eq!(pattern(&of("Condition", 4)), pattern(&of("CarePlan", 17)));
    }

    #[test]
    fn another_status_and_other_words_are_another_cause() {
        assert_ne!(pattern("expected 401; observed status 500"), pattern("expected 401; observed status 200"));
        assert_ne!(pattern("expected a token; observed none"), pattern("expected a refusal; observed none"));
    }
}
