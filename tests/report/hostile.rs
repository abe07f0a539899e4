//! A target that answers with attacks on whoever reads the report.

use crate::{sample, xml};
use probity::record::Run;
use probity::report::{Format, Look, read, render};
use scraper::Html;
use serde_json::Value;

const ATTACK: &str = "<script>alert(1)</script>\"><img src=x onerror=alert(2)> ' onmouseover='alert(3) \
     javascript:alert(4) --> ]]></style></pre></failure></testsuites>{{ 7*7 }} &lt;b&gt; \
     \u{1b}[31mred\u{1b}[2J\u{1b}]0;title\u{7}\u{9b}5m\u{0}\u{8}\u{7f}\u{202e}txt.exe\u{2066}\u{200b}\u{2028}\u{fffe}\r end";

/// Members whose values are not free text, so that no target can choose them.
const FIXED: [&str; 15] = [
    "strength",
    "severity",
    "verdict",
    "kept",
    "state",
    "started",
    "finished",
    "expires",
    "fail_on",
    "inconclusive",
    "features_sha256",
    "schema_version",
    "tags",
    "blocks",
    "cause",
];

/// The sample with every free text, and every key of an outline, replaced by `text`.
fn of(text: &str) -> Run {
    let mut value = serde_json::to_value(sample::run()).unwrap();
    replace(&mut value, text, false);
    serde_json::from_value(value).unwrap()
}

fn replace(value: &mut Value, text: &str, outline: bool) {
    match value {
        Value::String(string) => *string = text.to_owned(),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, text, outline)),
        Value::Object(fields) => {
            let requirement = fields.contains_key("strength") && fields.contains_key("source");
            for (key, field) in fields.iter_mut() {
                let fixed = FIXED.contains(&key.as_str()) || requirement && key == "id";
                if !fixed {
                    replace(field, text, outline || key == "outline");
                }
            }
            if outline && let Some((key, field)) = fields.iter().next().map(|(k, v)| (k.clone(), v.clone())) {
                fields.remove(&key);
                fields.insert(text.to_owned(), field);
            }
        }
        _ => {}
    }
}

fn rendered(run: &Run, format: Format, look: Look) -> String {
    String::from_utf8(render(run, format, look).unwrap()).unwrap()
}

/// Characters that act on a terminal or reorder text.
fn acts(c: char) -> bool {
    c.is_control() && c != '\n' && c != '\t' || "\u{200b}\u{202e}\u{2066}\u{2028}\u{fffe}\u{feff}".contains(c)
}

/// Every element with the names of its attributes, in order: what an injection would change.
fn skeleton(page: &str) -> Vec<String> {
    let page = Html::parse_document(page);
    page.root_element()
        .descendent_elements()
        .map(|e| {
            let mut names: Vec<&str> = e.value().attrs().map(|(name, _)| name).collect();
            names.sort_unstable();
            format!("{} {}", e.value().name(), names.join(" "))
        })
        .collect()
}

#[test]
fn the_page_has_the_same_elements_whatever_the_target_says() {
    let hostile = rendered(&of(ATTACK), Format::Html, Look::default());
    assert_eq!(skeleton(&hostile), skeleton(&rendered(&of("plain"), Format::Html, Look::default())));
    assert!(!hostile.chars().any(acts));
    assert!(hostile.contains(r"\u{1b}[31mred"), "an escape sequence is shown, not hidden");
}

#[test]
fn every_link_of_the_page_leads_inside_or_to_the_web() {
    let page = Html::parse_document(&rendered(&of(ATTACK), Format::Html, Look::default()));
    for link in page.select(&scraper::Selector::parse("[href]").unwrap()) {
        let href = link.attr("href").unwrap();
        assert!(href.starts_with('#') || href.starts_with("https://") || href.starts_with("http://"), "{href}");
    }
}

#[test]
fn the_console_gets_no_control_character_of_the_target() {
    let text = rendered(&of(ATTACK), Format::Console, Look::default());
    assert!(!text.chars().any(acts), "{text:?}");
    let coloured = rendered(&of(ATTACK), Format::Console, Look { color: true, width: 80 });
    let ours = regex::Regex::new("\x1b\\[[0-9;]{1,4}m").unwrap();
    assert!(!ours.replace_all(&coloured, "").chars().any(acts));
    assert!(!coloured.contains("\x1b[31m"), "a sequence of the target survives");
}

#[test]
fn the_xml_has_the_same_elements_whatever_the_target_says() {
    let names = |text: &str| -> Vec<String> {
        xml::parse(&rendered(&of(text), Format::Junit, Look::default())).all().iter().map(|n| n.name.clone()).collect()
    };
    assert_eq!(names(ATTACK), names("plain"));
}

#[test]
fn the_json_keeps_what_the_target_said_and_shows_no_raw_control_character() {
    let run = of(ATTACK);
    let text = rendered(&run, Format::Json, Look::default());
    assert!(!text.chars().any(acts));
    assert_eq!(read(std::io::Cursor::new(&text)).unwrap(), run);
}

#[test]
fn a_line_of_the_target_cannot_pose_as_a_line_of_the_report() {
    let text = rendered(&of("x\nGate passed. It fails on: nothing"), Format::Console, Look::default());
    assert!(!text.lines().any(|line| line.starts_with("Gate passed")), "{text}");
}

#[test]
fn what_machines_read_holds_no_control_character_and_no_markup_of_the_target() {
    for format in [Format::Sarif, Format::Markdown, Format::Csv, Format::Ctrf, Format::Tap, Format::Har] {
        let text = rendered(&of(ATTACK), format, Look::default());
        // CSV ends its rows as RFC 4180 says.
        let text = text.replace("\r\n", "\n");
        assert!(!text.chars().any(acts), "{format}");
    }
    let markdown = rendered(&of(ATTACK), Format::Markdown, Look::default());
    assert!(!markdown.contains("<script") && !markdown.contains("<img"), "{markdown}");
    let is_result = |line: &&str| line.starts_with("ok ") || line.starts_with("not ok ");
    let results = |text: &str| rendered(&of(text), Format::Tap, Look::default()).lines().filter(is_result).count();
    assert_eq!(results("x\nok 99 - mine"), results("plain"));
}
