//! How an HTML element is seen without a style sheet: whether it shows, what it is called, what it stands in.

use scraper::{ElementRef, Selector};
use url::Url;

/// Whether a person sees it, as far as its own page says.
pub(super) fn shows(element: ElementRef<'_>) -> bool {
    let hides = |element: ElementRef<'_>| {
        let style: String = attribute(element, "style").to_ascii_lowercase().split_whitespace().collect();
        element.value().attr("hidden").is_some()
            || style.contains("display:none")
            || style.contains("visibility:hidden")
            || element.value().name() == "template"
    };
    !hides(element) && !element.ancestors().filter_map(ElementRef::wrap).any(hides)
}

/// The accessible name, as far as the page gives it without a style sheet (Accessible Name and Description Computation).
pub(super) fn label(root: ElementRef<'_>, element: ElementRef<'_>) -> String {
    let by_id = |id: &str| all(root, "[id]").into_iter().find(|other| attribute(*other, "id") == id).map(text_of);
    let by = attribute(element, "aria-labelledby");
    let named: Vec<String> = by.split_whitespace().filter_map(by_id).collect();
    let id = attribute(element, "id");
    let own = !matches!(element.value().name(), "input" | "select" | "textarea");
    let of_label = || {
        let outside =
            all(root, "label[for]").into_iter().find(|label| !id.is_empty() && attribute(*label, "for") == id);
        let inside = || element.ancestors().filter_map(ElementRef::wrap).find(|other| other.value().name() == "label");
        outside.or_else(inside).map(text_of).unwrap_or_default()
    };
    let alt = || all(element, "img[alt]").first().map(|image| attribute(*image, "alt")).unwrap_or_default();
    let is_button = matches!(attribute(element, "type").to_ascii_lowercase().as_str(), "submit" | "image");
    let found = [
        named.join(" "),
        attribute(element, "aria-label"),
        if own { text_of(element) } else { of_label() },
        if is_button { attribute(element, "value") } else { String::new() },
        attribute(element, "alt"),
        alt(),
        attribute(element, "placeholder"),
        attribute(element, "title"),
    ];
    found.into_iter().find(|text| !text.trim().is_empty()).unwrap_or_default()
}

/// The text of the row or card that it stands in.
pub(super) fn near(element: ElementRef<'_>) -> String {
    const ROWS: [&str; 5] = ["li", "tr", "article", "label", "fieldset"];
    let row = element.ancestors().filter_map(ElementRef::wrap).find(|other| ROWS.contains(&other.value().name()));
    row.map(text_of).unwrap_or_default()
}

/// Whether it stands in a list or a table.
pub(super) fn in_list(element: ElementRef<'_>) -> bool {
    const LISTS: [&str; 4] = ["ul", "ol", "table", "dl"];
    element.ancestors().filter_map(ElementRef::wrap).any(|other| LISTS.contains(&other.value().name()))
}

/// Values of attributes of it and of what it stands in.
pub(super) fn marks(element: ElementRef<'_>) -> Vec<String> {
    let own = std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap)).take(3);
    let mut found = Vec::new();
    for place in own {
        let telling =
            |name: &str| matches!(name, "id" | "value" | "href" | "name" | "for") || name.starts_with("data-");
        found.extend(place.value().attrs().filter(|(name, _)| telling(name)).map(|(_, value)| value.to_owned()));
        if matches!(place.value().name(), "li" | "tr" | "article" | "label" | "form" | "body") {
            break;
        }
    }
    // An address may name the record in its query.
    let pairs = found.iter().flat_map(|mark| mark.split(['?', '&']).filter_map(|pair| pair.split_once('=')));
    let named: Vec<String> = pairs.map(|(_, value)| value.to_owned()).collect();
    found.into_iter().chain(named).collect()
}

/// A meta refresh, or a script that sets `location` to a literal.
pub(super) fn onward(root: ElementRef<'_>, base: &Url) -> Option<Url> {
    for meta in all(root, "meta[http-equiv]") {
        let is_refresh = meta.value().attr("http-equiv").is_some_and(|kind| kind.eq_ignore_ascii_case("refresh"));
        let target =
            meta.value().attr("content").and_then(|content| content.split_once(';')).map(|(_, rest)| rest.trim());
        if let (true, Some(target)) = (is_refresh, target) {
            let target =
                target.get(..4).filter(|start| start.eq_ignore_ascii_case("url=")).map_or(target, |_| &target[4..]);
            return base.join(target.trim_matches(['\'', '"', ' '])).ok();
        }
    }
    for script in all(root, "script") {
        let text = script.text().collect::<String>();
        for marker in ["location.href", "location.replace", "location.assign", "window.location", "location"] {
            let Some(at) = text.find(marker) else { continue };
            let rest = text[at + marker.len()..].trim_start();
            let Some(rest) = rest.strip_prefix('=').or_else(|| rest.strip_prefix('(')) else { continue };
            let rest = rest.trim_start();
            let Some(quote) = rest.chars().next().filter(|c| *c == '"' || *c == '\'') else { continue };
            if let Some(end) = rest[1..].find(quote) {
                let literal = rest[1..=end].replace("\\/", "/").replace("\\u0026", "&").replace("\\x26", "&");
                return base.join(&literal).ok();
            }
        }
    }
    None
}

/// What a selector finds below it.
pub(super) fn all<'a>(element: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector).map(|selector| element.select(&selector).collect()).unwrap_or_default()
}

/// An attribute; empty where there is none.
pub(super) fn attribute(element: ElementRef<'_>, name: &str) -> String {
    element.value().attr(name).unwrap_or_default().to_owned()
}

/// What an option sends.
pub(super) fn value_of(option: ElementRef<'_>) -> String {
    option.value().attr("value").map_or_else(|| text_of(option), str::to_owned)
}

/// Its text, with scripts and styles left out.
pub(super) fn text_of(element: ElementRef<'_>) -> String {
    let texts = element.descendants().filter_map(|node| {
        let text = node.value().as_text()?;
        let is_code = |parent: ElementRef<'_>| matches!(parent.value().name(), "script" | "style");
        (!node.parent().and_then(ElementRef::wrap).is_some_and(is_code)).then(|| text.to_string())
    });
    texts.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}
