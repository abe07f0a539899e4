//! A mistake in a configuration file: what, where (file, line, column, excerpt) and what to do next.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use regex::Regex;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

/// A file that was read, with its secrets veiled so that an excerpt can be shown.
#[derive(Debug)]
pub(super) struct Source {
    path: String,
    veiled: String,
    /// Whether it is one of ours, so that a mistake in it is not the user's.
    pub(super) builtin: bool,
}

impl Source {
    pub(super) fn new(path: impl Into<String>, text: &str, builtin: bool) -> Arc<Self> {
        Arc::new(Self { path: path.into(), veiled: veil(text), builtin })
    }
}

/// A place in a file.
#[derive(Clone, Debug)]
pub(super) struct At {
    pub(super) source: Arc<Source>,
    pub(super) span: Range<usize>,
}

impl At {
    /// An error that points here.
    pub(super) fn error(
        &self,
        title: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> ConfigError {
        ConfigError(Box::new(Parts { title: title.into(), at: self.clone(), label: label.into(), help: help.into() }))
    }
}

/// Why a configuration is refused. `Display` is the plain rendering, several lines long.
#[derive(Debug)]
pub struct ConfigError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    title: String,
    at: At,
    label: String,
    help: String,
}

impl ConfigError {
    /// The mistake in one line, without the place.
    pub fn title(&self) -> &str {
        &self.0.title
    }

    /// The next step in one line.
    pub fn help(&self) -> &str {
        &self.0.help
    }

    /// The whole message with the excerpt, with ANSI colours if `colour`.
    pub fn render(&self, colour: bool) -> String {
        let Parts { title, at, label, help } = &*self.0;
        let text = &at.source.veiled;
        let span = at.span.start.min(text.len())..at.span.end.min(text.len());
        let snippet = Snippet::source(text.as_str())
            .path(at.source.path.as_str())
            .annotation(AnnotationKind::Primary.span(span).label(label.as_str()));
        let report =
            [Level::ERROR.primary_title(title.as_str()).element(snippet).element(Level::HELP.message(help.as_str()))];
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&report)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for ConfigError {}

/// What a person may have written where only a reference to a secret belongs, broken documents included.
static PRIVATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?i)(?:\b(?:pas\w*|pwd|credential\w*|\w*secret|\w+_token|\w*key)["']?[ \t]*=[ \t]*"#,
        r#"(?:[\[{](?P<inner>[^\]}\n]*)|"""(?P<a>(?s:.*?))(?:"""|\z)|'''(?P<b>(?s:.*?))(?:'''|\z)|"(?P<c>[^"\n]*)|'(?P<d>[^'\n]*)))"#,
        r#"|(?:://(?P<e>[^/\s"'@]+)@)"#,
        r#"|(?:-----BEGIN [A-Z ]*PRIVATE KEY-----(?P<f>(?s:.*?))(?:-----END|\z))"#,
    ))
    .ok()
});

/// What belongs between the braces of a reference, and may be shown.
static REFERENCE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"^\s*(?:env|file)\s*=\s*(?:"[^"]*"|'[^']*')\s*$"#).ok());

/// The text with everything that looks like a secret replaced by as many `*`, so that places stay where they are.
fn veil(text: &str) -> String {
    let Some(pattern) = PRIVATE.as_ref() else { return "*".repeat(text.len()) };
    let mut bytes = text.as_bytes().to_vec();
    let harmless = |part: &str| REFERENCE.as_ref().is_some_and(|pattern| pattern.is_match(part));
    for found in pattern.captures_iter(text) {
        if found.name("inner").is_some_and(|part| harmless(part.as_str())) {
            continue;
        }
        for part in found.iter().skip(1).flatten() {
            for byte in &mut bytes[part.range()] {
                if !matches!(*byte, b'\n' | b'\r') {
                    *byte = b'*';
                }
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| "*".repeat(text.len()))
}
