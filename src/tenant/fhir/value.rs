//! The text of a search value: alternatives, parts and escapes (FHIR R4, Search: escaping search parameters).

/// The characters that mean something in a search value unless a backslash stands before them.
const MARKS: [char; 4] = [',', '$', '|', '\\'];

/// The texts between the `mark`s of `text` that are not escaped; their own escapes stay as they are.
pub(super) fn between(text: &str, mark: char) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = text.match_indices(mark).map(|(at, _)| at).find(|at| !is_escaped(&text[..*at]));
        rest = end.map(|end| &text[end + mark.len_utf8()..]);
        Some(&text[..end.unwrap_or(text.len())])
    })
}

/// Whether what follows `before` is escaped: two backslashes are one that was escaped itself.
fn is_escaped(before: &str) -> bool {
    before.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// What a text with escapes says. A backslash before anything else stands for itself.
pub(super) fn plain(text: &str) -> String {
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        said.push_str(before);
        let mark = after.chars().next().filter(|next| MARKS.contains(next));
        said.push(mark.unwrap_or('\\'));
        rest = &after[mark.map_or(0, char::len_utf8)..];
    }
    said + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_divides_unless_it_is_escaped() {
        let parts = |text| between(text, ',').map(plain).collect::<Vec<_>>();
        assert_eq!(parts("a,b"), ["a", "b"]);
        assert_eq!(parts(r"a\,b,c"), ["a,b", "c"]);
        assert_eq!(parts(r"a\\,b"), [r"a\", "b"]);
        assert_eq!(parts(r"a\\\,b"), [r"a\,b"]);
        assert_eq!(parts(",é,"), ["", "é", ""]);
        assert_eq!(parts(""), [""]);
    }

    #[test]
    fn each_of_the_four_escapes_gives_its_character_and_other_backslashes_stay() {
        assert_eq!(plain(r"\,\$\|\\"), r",$|\");
        assert_eq!(plain(r"a\nb\"), r"a\nb\");
    }
}
