//! The rules of narrative (R4 section 2.29.1): well-formed XHTML in a `div`, of the elements and attributes allowed.

use std::sync::OnceLock;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use rustc_hash::FxHashSet;

const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// Chapters 7 to 11 of HTML 4 without section 9.4, chapter 15, links and images; nothing that HTML 4 deprecates.
const ELEMENTS: [&str; 53] = [
    "a",
    "abbr",
    "acronym",
    "address",
    "area",
    "b",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "kbd",
    "li",
    "map",
    "ol",
    "p",
    "pre",
    "q",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "ul",
    "var",
];

const ATTRIBUTES: [&str; 42] = [
    "abbr",
    "accesskey",
    "align",
    "alt",
    "axis",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "char",
    "charoff",
    "cite",
    "class",
    "colspan",
    "compact",
    "datetime",
    "dir",
    "frame",
    "headers",
    "height",
    "href",
    "id",
    "lang",
    "name",
    "noshade",
    "nowrap",
    "rowspan",
    "rules",
    "scope",
    "span",
    "src",
    "start",
    "style",
    "summary",
    "tabindex",
    "title",
    "type",
    "valign",
    "value",
    "width",
    "xml:lang",
    "xml:space",
];

/// Only some elements may carry these.
const OF_ELEMENT: [(&str, &str); 13] = [
    ("a", "rel"),
    ("a", "rev"),
    ("a", "charset"),
    ("a", "hreflang"),
    ("a", "target"),
    ("a", "shape"),
    ("a", "coords"),
    ("img", "usemap"),
    ("img", "longdesc"),
    ("img", "ismap"),
    ("area", "shape"),
    ("area", "coords"),
    ("area", "nohref"),
];

/// Why the text is not a narrative; nothing if it is one.
pub fn problem(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    let mut depth = 0_usize;
    let mut says = false;
    let mut closed = false;
    loop {
        match reader.read_event() {
            Err(_) => return Some("it is not well-formed XML".into()),
            Ok(Event::Eof) if depth > 0 => return Some("it ends inside an element".into()),
            Ok(Event::Eof) if !closed => return Some("it has no div element".into()),
            Ok(Event::Eof) if !says => return Some("it says nothing: neither text nor an image".into()),
            Ok(Event::Eof) => return None,
            Ok(Event::Start(start)) => {
                if closed {
                    return Some("something follows the div".into());
                }
                if let Some(problem) = element(&start, depth) {
                    return Some(problem);
                }
                says |= start.name().as_ref() == b"img";
                depth += 1;
                if depth > 200 {
                    return Some("it is nested deeper than 200 elements".into());
                }
            }
            Ok(Event::Empty(start)) => {
                if closed {
                    return Some("something follows the div".into());
                }
                if let Some(problem) = element(&start, depth) {
                    return Some(problem);
                }
                says |= start.name().as_ref() == b"img";
                closed |= depth == 0;
            }
            Ok(Event::End(_)) => {
                depth = depth.saturating_sub(1);
                closed |= depth == 0;
            }
            Ok(Event::Text(content)) => {
                let blank = content.iter().all(u8::is_ascii_whitespace);
                if depth == 0 && !blank {
                    return Some("there is text outside the div".into());
                }
                says |= !blank;
            }
            Ok(Event::GeneralRef(entity)) => {
                let name = String::from_utf8_lossy(&entity);
                if !is_entity(&name) {
                    return Some(format!("the entity &{name}; is not allowed"));
                }
                says = true;
            }
            Ok(Event::CData(_)) => says = true,
            Ok(Event::DocType(_)) => return Some("a document type is not allowed".into()),
            Ok(Event::PI(_) | Event::Decl(_)) => return Some("processing instructions are not allowed".into()),
            Ok(Event::Comment(_)) => {}
        }
    }
}

static ELEMENT_SET: OnceLock<FxHashSet<&str>> = OnceLock::new();
static ATTRIBUTE_SET: OnceLock<FxHashSet<&str>> = OnceLock::new();

fn known(names: &[&'static str], name: &str, set: &OnceLock<FxHashSet<&'static str>>) -> bool {
    set.get_or_init(|| names.iter().copied().collect()).contains(name)
}

fn element(start: &BytesStart<'_>, depth: usize) -> Option<String> {
    let name = start.name();
    let Ok(name) = std::str::from_utf8(name.as_ref()) else { return Some("an element has no name of text".into()) };
    if depth == 0 && name != "div" {
        return Some(format!("the outermost element is {name}, not div"));
    }
    if !known(&ELEMENTS, name, &ELEMENT_SET) {
        return Some(format!("the element {name} is not allowed in narrative"));
    }
    let mut in_xhtml = depth > 0;
    if in_xhtml && start.attributes_raw().is_empty() {
        return None;
    }
    for attribute in start.attributes() {
        let Ok(attribute) = attribute else { return Some(format!("an attribute of {name} is not well-formed")) };
        let key = attribute.key;
        let Ok(key) = std::str::from_utf8(key.as_ref()) else {
            return Some(format!("an attribute of {name} is no text"));
        };
        if key == "xmlns" {
            in_xhtml |= attribute.value.as_ref() == XHTML.as_bytes();
            continue;
        }
        let allowed = known(&ATTRIBUTES, key, &ATTRIBUTE_SET)
            || key.starts_with("xmlns:") && depth == 0
            || OF_ELEMENT.contains(&(name, key));
        if !allowed {
            return Some(format!("the attribute {key} of {name} is not allowed in narrative"));
        }
        if let Some(entity) = bad_entity(&String::from_utf8_lossy(&attribute.value)) {
            return Some(format!("the entity &{entity}; in the {key} of {name} is not allowed"));
        }
        if matches!(key, "href" | "src") {
            let value = String::from_utf8_lossy(&attribute.value).trim().to_ascii_lowercase();
            if value.starts_with("javascript:") {
                return Some(format!("the {key} of {name} runs a script"));
            }
        }
    }
    (!in_xhtml).then(|| format!("the div does not say xmlns=\"{XHTML}\""))
}

/// The entities of XML and numbers of its characters; those that HTML defines are not allowed (R4 section 2.4.0.1).
fn is_entity(name: &str) -> bool {
    let Some(number) = name.strip_prefix('#') else { return matches!(name, "amp" | "lt" | "gt" | "quot" | "apos") };
    let code = match number.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    let character = code.ok().and_then(char::from_u32);
    character.is_some_and(|c| matches!(c, '\t' | '\n' | '\r') || c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}'))
}

/// The first entity of an attribute's value that is not allowed, or what stands in the place of one.
fn bad_entity(value: &str) -> Option<&str> {
    let entities = value.split('&').skip(1).map(|rest| rest.split_once(';').map_or(rest, |(name, _)| name));
    entities.into_iter().find(|name| !is_entity(name))
}
