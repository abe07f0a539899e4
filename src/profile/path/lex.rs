//! FHIRPath as tokens.

/// A token with the offset at which it begins.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Token {
    pub kind: Lexeme,
    pub at: usize,
}

/// What a token is.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Lexeme {
    /// A name, plain or delimited by backticks.
    Name(String),
    /// `$this`, `$index`, `$total`, without the sign.
    Variable(String),
    /// `%resource`, "%`ext-x`", `%'x'`, without the sign.
    External(String),
    /// A string literal, unescaped.
    Text(String),
    /// A number as written.
    Number(String),
    /// An operator or bracket.
    Sign(&'static str),
}

/// Longer ones first.
const SIGNS: [&str; 21] =
    ["!=", "!~", "<=", ">=", "=", "~", "<", ">", "+", "-", "*", "/", "&", "|", "(", ")", "[", "]", "{", "}", ","];

/// Cuts an expression into tokens.
pub(super) fn tokens(source: &str) -> Result<Vec<Token>, (String, usize)> {
    let mut out = Vec::new();
    let bytes = source.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let kind = match bytes[at] {
            b' ' | b'\t' | b'\r' | b'\n' => {
                at += 1;
                continue;
            }
            b'/' if source[at..].starts_with("//") => {
                at = source[at..].find('\n').map_or(bytes.len(), |n| at + n);
                continue;
            }
            b'/' if source[at..].starts_with("/*") => {
                at = source[at..].find("*/").map(|n| at + n + 2).ok_or(("a comment without end".to_owned(), at))?;
                continue;
            }
            b'\'' => Lexeme::Text(delimited(source, &mut at)?),
            b'`' => Lexeme::Name(delimited(source, &mut at)?),
            b'$' => {
                at += 1;
                Lexeme::Variable(word(source, &mut at))
            }
            b'%' => {
                at += 1;
                Lexeme::External(match bytes.get(at) {
                    Some(b'\'' | b'`') => delimited(source, &mut at)?,
                    _ => word(source, &mut at),
                })
            }
            b'0'..=b'9' => {
                let digits = |at: &mut usize| {
                    while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
                        *at += 1;
                    }
                };
                digits(&mut at);
                if bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
                    at += 1;
                    digits(&mut at);
                }
                Lexeme::Number(source[start..at].to_owned())
            }
            b'.' => {
                at += 1;
                Lexeme::Sign(".")
            }
            b if b.is_ascii_alphabetic() || b == b'_' => Lexeme::Name(word(source, &mut at)),
            _ => {
                let sign = SIGNS.into_iter().find(|sign| source[at..].starts_with(sign));
                let sign = sign.ok_or_else(|| ("a character that FHIRPath does not know".to_owned(), at))?;
                at += sign.len();
                Lexeme::Sign(sign)
            }
        };
        out.push(Token { kind, at: start });
    }
    Ok(out)
}

fn word(source: &str, at: &mut usize) -> String {
    let rest = &source[*at..];
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    *at += end;
    rest[..end].to_owned()
}

fn delimited(source: &str, at: &mut usize) -> Result<String, (String, usize)> {
    let start = *at;
    let mut chars = source[start..].char_indices();
    let quote = chars.next().map(|(_, c)| c);
    let mut out = String::new();
    while let Some((offset, c)) = chars.next() {
        if Some(c) == quote {
            *at = start + offset + 1;
            return Ok(out);
        }
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next().map(|(_, c)| c) {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('f') => out.push('\u{c}'),
            Some('u') => {
                let digits: String = chars.by_ref().take(4).map(|(_, c)| c).collect();
                let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                out.push(code.ok_or_else(|| ("a \\u without four hexadecimal digits".to_owned(), start + offset))?);
            }
            // Published expressions escape more than the grammar names, such as `\-`: the character stands for itself,
            // except that a regular expression needs its backslash.
            Some(c @ ('\'' | '"' | '`' | '/' | '\\')) => out.push(c),
            Some(c) => out.extend(['\\', c]),
            None => break,
        }
    }
    Err(("a literal without its closing quote".to_owned(), start))
}
