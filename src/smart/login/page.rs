//! An HTML page as the form driver sees it: its forms, and where it sends the browser by itself.

use scraper::{ElementRef, Html, Selector};
use url::Url;

/// One page, read once.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The text of `<title>`.
    pub(super) title: String,
    /// Its forms in order.
    pub(super) forms: Vec<Form>,
    /// Where a meta refresh or a script sends the browser.
    pub(super) onward: Option<Url>,
    /// Whether scripts may make or work it.
    pub(super) scripted: bool,
    /// Whether it says something and offers nothing: no link, no field, no button, no script.
    pub(super) is_dead_end: bool,
}

/// One form.
#[derive(Debug)]
pub(super) struct Form {
    /// Where it is sent.
    pub(super) action: Url,
    /// Whether it is sent by POST.
    pub(super) post: bool,
    /// Its inputs in order.
    pub(super) inputs: Vec<Input>,
    /// Its submit buttons in order.
    pub(super) buttons: Vec<Button>,
}

/// One input, select or textarea.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) name: String,
    pub(super) id: String,
    /// The `type` in lower case; `select` and `textarea` for those.
    pub(super) kind: String,
    pub(super) value: String,
    /// For check boxes and radio buttons.
    pub(super) checked: bool,
    /// Values and texts of a select's options.
    pub(super) options: Vec<(String, String)>,
}

/// One submit button.
#[derive(Clone, Debug)]
pub(super) struct Button {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) text: String,
}

impl Page {
    /// Reads the page at `url`.
    pub(super) fn read(url: &Url, html: &str) -> Self {
        let document = Html::parse_document(html);
        let base = all(document.root_element(), "base[href]")
            .first()
            .and_then(|base| url.join(base.value().attr("href")?).ok())
            .unwrap_or_else(|| url.clone());
        let title = all(document.root_element(), "title").first().map(|t| text_of(*t)).unwrap_or_default();
        let forms = all(document.root_element(), "form")
            .into_iter()
            .filter_map(|form| Form::read(form, document.root_element(), &base))
            .collect();
        let root = document.root_element();
        // Scripts of another type are data.
        let runs = |script: &ElementRef<'_>| {
            let kind = script.value().attr("type").unwrap_or_default().to_ascii_lowercase();
            kind.is_empty() || kind == "module" || kind.contains("javascript")
        };
        let scripted = all(root, "script").iter().any(runs);
        let offers = !all(root, "a[href], area[href], input, select, textarea, button, iframe, frame").is_empty();
        let says = all(root, "body").iter().any(|body| !text_of(*body).is_empty());
        Self { title, forms, onward: onward(&document, &base), scripted, is_dead_end: says && !offers && !scripted }
    }
}

impl Form {
    fn read(form: ElementRef<'_>, root: ElementRef<'_>, base: &Url) -> Option<Self> {
        let attribute = |element: ElementRef<'_>, name: &str| element.value().attr(name).unwrap_or_default().to_owned();
        let mut fields = all(form, "input, select, textarea, button");
        // Controls outside the form may belong to it by its id (HTML, form-associated elements).
        let id = attribute(form, "id");
        if !id.is_empty() {
            let outside = all(root, "input[form], select[form], textarea[form], button[form]");
            fields.extend(outside.into_iter().filter(|field| field.value().attr("form") == Some(&id)));
        }
        let (mut inputs, mut buttons) = (Vec::new(), Vec::new());
        for field in fields {
            if field.value().attr("disabled").is_some() {
                continue;
            }
            let tag = field.value().name();
            let kind = match tag {
                "input" => field.value().attr("type").unwrap_or("text").to_ascii_lowercase(),
                "button" => field.value().attr("type").unwrap_or("submit").to_ascii_lowercase(),
                other => other.to_owned(),
            };
            let (name, value) = (attribute(field, "name"), attribute(field, "value"));
            match kind.as_str() {
                "submit" | "image" => {
                    let text = if tag == "button" { text_of(field) } else { value.clone() };
                    buttons.push(Button { name, value, text });
                }
                "button" | "reset" | "file" => {}
                "select" => {
                    let options = all(field, "option");
                    let value_of = |option: &ElementRef<'_>| {
                        option.value().attr("value").map_or_else(|| text_of(*option), str::to_owned)
                    };
                    let selected = options.iter().find(|o| o.value().attr("selected").is_some()).or(options.first());
                    inputs.push(Input {
                        name,
                        id: attribute(field, "id"),
                        kind,
                        value: selected.map(value_of).unwrap_or_default(),
                        checked: true,
                        options: options.iter().map(|o| (value_of(o), text_of(*o))).collect(),
                    });
                }
                _ => inputs.push(Input {
                    name,
                    id: attribute(field, "id"),
                    value: match tag {
                        "textarea" => text_of(field),
                        _ if matches!(kind.as_str(), "checkbox" | "radio") && field.value().attr("value").is_none() => {
                            "on".to_owned()
                        }
                        _ => value,
                    },
                    checked: !matches!(kind.as_str(), "checkbox" | "radio") || field.value().attr("checked").is_some(),
                    kind,
                    options: Vec::new(),
                }),
            }
        }
        let action = match form.value().attr("action").map(str::trim).filter(|action| !action.is_empty()) {
            Some(action) => base.join(action).ok()?,
            None => base.clone(),
        };
        let post = form.value().attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
        Some(Self { action, post, inputs, buttons })
    }

    /// Whether it asks for a password.
    pub(super) fn wants_password(&self) -> bool {
        self.inputs.iter().any(|input| input.kind == "password")
    }
}

/// A meta refresh, or a script that sets `location` to a literal.
fn onward(document: &Html, base: &Url) -> Option<Url> {
    let root = document.root_element();
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

fn all<'a>(element: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector).map(|selector| element.select(&selector).collect()).unwrap_or_default()
}

fn text_of(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> Page {
        Page::read(&Url::parse("https://as.test/login?x=1").unwrap(), html)
    }

    #[test]
    fn a_form_is_read_with_its_defaults() {
        let page = read(
            r#"<title>Sign in</title><form method=POST action="/do"><input type=hidden name=tx value=7>
            <input name=user><input type=password name=pw><input type=checkbox name=stay>
            <select name=p><option value=1>One<option value=2 selected>Two</select>
            <button name=decision value=yes>Allow it</button></form>"#,
        );
        assert_eq!(page.title, "Sign in");
        let form = &page.forms[0];
        assert_eq!((form.action.as_str(), form.post), ("https://as.test/do", true));
        assert!(form.wants_password());
        assert_eq!(form.inputs[4].value, "2");
        assert!(!form.inputs[3].checked);
        assert_eq!(form.buttons[0].text, "Allow it");
    }

    #[test]
    fn a_page_that_offers_nothing_is_told_from_one_that_needs_a_browser() {
        let told = |html: &str| (read(html).scripted, read(html).is_dead_end);
        assert_eq!(told("<h1>Not allowed</h1>"), (false, true));
        assert_eq!(told("<h1>Hello</h1><a href='/on'>On</a>"), (false, false));
        assert_eq!(told("<div id=root></div><script src='/app.js'></script>"), (true, false));
        assert_eq!(told("<script type='application/json'>{}</script><p>Done</p>"), (false, true));
        assert_eq!(told(""), (false, false));
    }

    #[test]
    fn controls_outside_the_form_belong_to_it_by_id() {
        let page = read(r#"<form id=f></form><button form=f name=go value=1>Go</button>"#);
        assert_eq!(page.forms[0].buttons[0].name, "go");
        assert_eq!(page.forms[0].action.as_str(), "https://as.test/login?x=1");
    }

    #[test]
    fn a_page_may_send_the_browser_on_by_itself() {
        let refresh = read(r#"<meta http-equiv="Refresh" content="0; URL='/next?a=b'">"#);
        assert_eq!(refresh.onward.unwrap().as_str(), "https://as.test/next?a=b");
        let script = read(r#"<script>window.location.href = "https:\/\/app.test\/cb?code=1\u0026state=2";</script>"#);
        assert_eq!(script.onward.unwrap().as_str(), "https://app.test/cb?code=1&state=2");
    }
}
