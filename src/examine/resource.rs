//! The metadata of a protected resource (RFC 9728).

use serde_json::Value;
use url::Url;

/// The URL that a challenge names its metadata by: `resource_metadata`, quoted or as a token (RFC 9728 5.1; RFC 9110 11.2).
pub fn named_by_challenge(challenge: &str) -> Option<String> {
    let lower = challenge.to_ascii_lowercase();
    let at = lower.find("resource_metadata")?;
    let rest = challenge[at + "resource_metadata".len()..].trim_start().strip_prefix('=')?.trim_start();
    let value = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split([',', ' ']).next(),
    };
    value.map(str::to_owned).filter(|value| !value.is_empty())
}

/// Whether metadata is about the FHIR server at `base`, and what it says.
///
/// An API may be described at its base or above it; what it does not cover it is not about.
pub fn is_about(metadata: &Value, base: &Url) -> (bool, String) {
    let Some(own) = metadata["resource"].as_str() else { return (false, "no resource".to_owned()) };
    let (own_place, base) = (own.trim_end_matches('/'), base.as_str().trim_end_matches('/'));
    let covers = base.strip_prefix(own_place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    (covers && own_place.contains("://"), format!("resource {own}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_challenge_names_metadata_among_other_parameters() {
        let named = |text: &str| named_by_challenge(text);
        let url = Some("https://h.test/.well-known/oauth-protected-resource/r4".to_owned());
        assert_eq!(
            named(r#"Bearer realm="x", resource_metadata="https://h.test/.well-known/oauth-protected-resource/r4""#),
            url
        );
        assert_eq!(
            named("Bearer Resource_Metadata = https://h.test/.well-known/oauth-protected-resource/r4, error=x"),
            url
        );
        assert_eq!(named(r#"Bearer realm="x""#), None);
        assert_eq!(named(r#"Bearer resource_metadata="""#), None);
    }

    #[test]
    fn metadata_covers_its_own_path_and_no_sibling() {
        let base = Url::parse("https://h.test/v2/one/r4").unwrap();
        let covers = |own: &str| is_about(&json!({ "resource": own }), &base).0;
        assert!(covers("https://h.test/v2/one/r4") && covers("https://h.test/v2/one/r4/") && covers("https://h.test"));
        assert!(!covers("https://h.test/v2/two/r4") && !covers("https://h.test/v2/on") && !covers("https:"));
        assert!(!is_about(&json!({}), &base).0);
    }
}
