//! A recorded request as a curl command: secrets are shell variables named like their placeholders.

use super::redact::placeholders;
use std::fmt::Write as _;

/// The command for a redacted request.
pub(super) fn command(method: &str, url: &str, headers: &[(String, String)], body: Option<&str>) -> String {
    let mut out = String::from("curl -sS");
    if method != "GET" {
        let _ = write!(out, " -X {method}");
    }
    let _ = write!(out, " {}", quote(url));
    for (name, value) in headers {
        let _ = write!(out, " -H {}", quote(&format!("{name}: {value}")));
    }
    if let Some(body) = body {
        let _ = write!(out, " --data-raw {}", quote(body));
    }
    out
}

/// Single-quotes `text` for a shell; each placeholder `<kind:n>` becomes `"$KIND_n"` outside the quotes.
fn quote(text: &str) -> String {
    let mut out = String::from("'");
    let mut rest = 0;
    for (span, kind, number) in placeholders(text) {
        out.push_str(&text[rest..span.start].replace('\'', r"'\''"));
        let variable = kind.to_ascii_uppercase().replace('-', "_");
        let _ = write!(out, "'\"${variable}_{number}\"'");
        rest = span.end;
    }
    out.push_str(&text[rest..].replace('\'', r"'\''"));
    out.push('\'');
    out.replace(|c: char| c.is_control() && c != '\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_quotes_for_the_shell_and_names_secrets_by_variable() {
        let headers = [("authorization".to_owned(), "Bearer <access_token:2>".to_owned())];
        assert_eq!(
            command("GET", "https://h.test/Patient?name=O'Hara", &headers, None),
            r#"curl -sS 'https://h.test/Patient?name=O'\''Hara' -H 'authorization: Bearer '"$ACCESS_TOKEN_2"''"#
        );
    }
}
