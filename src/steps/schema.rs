//! The JSON Schemas of protocol documents: one name each, compiled once.

use super::slot::Named;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use std::sync::LazyLock;

/// Declares the schemas: each is the file of its name below `profiles/protocol/`.
macro_rules! schemas {
    ($($variant:ident $words:literal;)+) => {
        /// A document whose schema Probity has.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Schema {
            $($variant),+
        }

        impl Named for Schema {
            const SLOT: &'static str = "Schema";

            fn all() -> &'static [Self] {
                &[$(Self::$variant),+]
            }

            fn words(self) -> &'static str {
                match self { $(Self::$variant => $words),+ }
            }
        }

        impl Schema {
            const fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => include_str!(concat!("../../profiles/protocol/", $words, ".schema.json"))),+
                }
            }
        }
    };
}

schemas! {
    SmartConfiguration "smart-configuration";
    OpenidConfiguration "openid-configuration";
    Jwks "jwks";
    TokenResponse "token-response";
    OauthError "oauth-error";
    IntrospectionActive "introspection-active";
    Brands "brands";
}

/// In the order of the variants; `None` where the text is no schema, which a test rules out.
static COMPILED: LazyLock<Vec<Option<Validator>>> = LazyLock::new(|| {
    let compile = |schema: &Schema| {
        let schema = serde_json::from_str(schema.text()).ok()?;
        jsonschema::validator_for(&schema).ok()
    };
    Schema::all().iter().map(compile).collect()
});

impl Schema {
    /// The rules that a document breaks, without its values: they may be a token or a name. `None` where there is no schema.
    pub(super) fn errors(self, document: &Value) -> Option<Vec<String>> {
        let validator = COMPILED.get(self as usize)?.as_ref()?;
        let told = |error: ValidationError<'_>| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() { "the document".to_owned() } else { place };
            format!("{place}: {}", error.masked_with("the value"))
        };
        Some(validator.iter_errors(document).map(told).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_compiles() {
        for schema in Schema::all() {
            assert!(schema.errors(&Value::Null).is_some(), "{schema:?}");
        }
    }
}
