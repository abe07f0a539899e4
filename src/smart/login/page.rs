//! An HTML page without a browser: what a person would see of it, and what is sent when they press something.

use super::control::{Control, Kind};
use super::markup::{all, attribute, in_list, label, marks, near, onward, shows, text_of, value_of};
use super::seen::{Entry, Move, Seen};
use scraper::{ElementRef, Html, Selector};
use url::Url;

/// One page, read once.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// What it shows.
    pub(super) seen: Seen,
    /// What each control of it is.
    places: Vec<Place>,
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
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// Where it is sent.
    pub(super) action: Url,
    /// Whether it is sent by POST.
    pub(super) post: bool,
    /// Its fields in order, hidden ones too.
    pub(super) inputs: Vec<Input>,
}

/// One field of a form.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub(super) name: String,
    pub(super) value: String,
    /// Whether it is sent: a box must be ticked.
    pub(super) sent: bool,
    is_radio: bool,
}

/// What a control is.
#[derive(Clone, Debug)]
enum Place {
    Field { form: usize, input: usize },
    Button { form: usize, name: String, value: String, action: Option<Url>, post: Option<bool> },
    Link(Url),
}

/// What is sent next.
pub(super) struct Sent {
    pub(super) to: Url,
    /// The fields; none of a link.
    pub(super) fields: Option<Vec<(String, String)>>,
    pub(super) post: bool,
}

const CONTROLS: &str = "input, select, textarea, button, a[href]";
/// Words of one control, and of the row that it stands in.
const LABEL: usize = 200;
const NEAR: usize = 300;

impl Page {
    /// Reads the page at `url`; `selectors` are those that steps of the configuration name.
    pub(super) fn read(url: &Url, html: &str, selectors: &[&str]) -> Self {
        let document = Html::parse_document(html);
        let root = document.root_element();
        let base = all(root, "base[href]")
            .first()
            .and_then(|base| url.join(base.value().attr("href")?).ok())
            .unwrap_or_else(|| url.clone());
        let title = all(root, "title").first().map(|title| text_of(*title)).unwrap_or_default();
        // Scripts of another type are data.
        let runs = |script: &ElementRef<'_>| {
            let kind = attribute(*script, "type").to_ascii_lowercase();
            kind.is_empty() || kind == "module" || kind.contains("javascript")
        };
        let scripted = all(root, "script").iter().any(runs);
        let offers = !all(root, "a[href], area[href], input, select, textarea, button, iframe, frame").is_empty();
        let text = all(root, "body").first().map(|body| text_of(*body)).unwrap_or_default();
        let mut page = Self {
            onward: onward(root, &base),
            scripted,
            is_dead_end: !text.is_empty() && !offers && !scripted,
            seen: Seen { url: url.to_string(), title, text, ready: true, ..Seen::default() },
            ..Self::default()
        };
        let owners = page.open_forms(root, &base);
        let css: Vec<(&str, Selector)> =
            selectors.iter().filter_map(|text| Some((*text, Selector::parse(text).ok()?))).collect();
        for element in all(root, CONTROLS) {
            let fits =
                css.iter().filter(|(_, selector)| selector.matches(&element)).map(|(text, _)| (*text).to_owned());
            page.take(root, element, &base, &owners, fits.collect());
        }
        page.mark_lone_buttons();
        page
    }

    /// Notes the forms, and gives their elements in the same order.
    fn open_forms<'d>(&mut self, root: ElementRef<'d>, base: &Url) -> Vec<ElementRef<'d>> {
        let mut owners = Vec::new();
        for form in all(root, "form") {
            let action = match attribute(form, "action").trim() {
                "" => Some(base.clone()),
                action => base.join(action).ok(),
            };
            let Some(action) = action else { continue };
            let post = attribute(form, "method").eq_ignore_ascii_case("post");
            owners.push(form);
            self.forms.push(Form { action, post, inputs: Vec::new() });
        }
        owners
    }

    fn take(
        &mut self,
        root: ElementRef<'_>,
        element: ElementRef<'_>,
        base: &Url,
        owners: &[ElementRef<'_>],
        css: Vec<String>,
    ) {
        if element.value().attr("disabled").is_some() {
            return;
        }
        let tag = element.value().name();
        if tag == "a" {
            let href = attribute(element, "href");
            let to = base.join(&href).ok().filter(|to| matches!(to.scheme(), "http" | "https"));
            if let Some(to) = to.filter(|_| !href.starts_with('#') && shows(element)) {
                self.show(root, element, Kind::Link, css, Place::Link(to), |_| ());
            }
            return;
        }
        // Controls outside the form may belong to it by its id (HTML, form-associated elements).
        let owner = match element.value().attr("form") {
            Some(id) => owners.iter().position(|form| attribute(*form, "id") == id),
            None => {
                let mut around = element.ancestors().filter_map(ElementRef::wrap);
                around.find_map(|node| owners.iter().position(|form| *form == node))
            }
        };
        let Some(form) = owner else { return };
        let name = attribute(element, "name");
        let kind = match tag {
            "input" => element.value().attr("type").unwrap_or("text").to_ascii_lowercase(),
            "button" => element.value().attr("type").unwrap_or("submit").to_ascii_lowercase(),
            other => other.to_owned(),
        };
        if matches!(kind.as_str(), "submit" | "image") {
            let place = Place::Button {
                form,
                name,
                value: attribute(element, "value"),
                action: element.value().attr("formaction").and_then(|action| base.join(action).ok()),
                post: element.value().attr("formmethod").map(|method| method.eq_ignore_ascii_case("post")),
            };
            if shows(element) {
                self.show(root, element, Kind::Button, css, place, |_| ());
            }
            return;
        }
        // What scripts work is nothing without them.
        if matches!(kind.as_str(), "button" | "reset" | "file") {
            return;
        }
        let ticks = matches!(kind.as_str(), "checkbox" | "radio");
        let options: Vec<(String, String)> = match tag {
            "select" => all(element, "option").into_iter().map(|option| (value_of(option), text_of(option))).collect(),
            _ => Vec::new(),
        };
        let value = match tag {
            "select" => {
                let chosen =
                    all(element, "option").into_iter().find(|option| option.value().attr("selected").is_some());
                chosen.map(value_of).or_else(|| options.first().map(|(value, _)| value.clone())).unwrap_or_default()
            }
            "textarea" => text_of(element),
            _ if ticks && element.value().attr("value").is_none() => "on".to_owned(),
            _ => attribute(element, "value"),
        };
        let sent = !ticks || element.value().attr("checked").is_some();
        let input = self.forms[form].inputs.len();
        self.forms[form].inputs.push(Input { name, value: value.clone(), sent, is_radio: kind == "radio" });
        let kind = match kind.as_str() {
            "hidden" => return,
            "password" => Kind::Password,
            "checkbox" => Kind::Checkbox,
            "radio" => Kind::Radio,
            "select" => Kind::Select,
            _ => Kind::Text,
        };
        if shows(element) {
            self.show(root, element, kind, css, Place::Field { form, input }, |control| {
                (control.value, control.checked, control.options) = (value, ticks && sent, options);
            });
        }
    }

    fn show(
        &mut self,
        root: ElementRef<'_>,
        element: ElementRef<'_>,
        kind: Kind,
        css: Vec<String>,
        place: Place,
        more: impl FnOnce(&mut Control),
    ) {
        let mut control = Control {
            kind,
            name: attribute(element, "name"),
            id: attribute(element, "id"),
            autocomplete: attribute(element, "autocomplete"),
            label: label(root, element).chars().take(LABEL).collect(),
            value: attribute(element, "value"),
            required: element.value().attr("required").is_some(),
            in_list: in_list(element),
            near: near(element).chars().take(NEAR).collect(),
            marks: marks(element),
            css,
            ..Control::default()
        };
        more(&mut control);
        self.seen.controls.push(control);
        self.places.push(place);
    }

    /// A form with one button may be one record of a list: what it sends tells which.
    fn mark_lone_buttons(&mut self) {
        let forms: Vec<Option<usize>> = self
            .places
            .iter()
            .map(|place| if let Place::Button { form, .. } = place { Some(*form) } else { None })
            .collect();
        for (at, form) in forms.iter().enumerate() {
            let Some(form) = form else { continue };
            if forms.iter().flatten().filter(|other| *other == form).count() == 1 {
                let sent = self.forms[*form].inputs.iter().filter(|input| input.sent).map(|input| input.value.clone());
                self.seen.controls[at].marks.extend(sent);
            }
        }
    }

    /// Takes away the controls of forms and links that lead where `may_go` forbids; where the first of them leads, if nothing
    /// to press is left.
    pub(super) fn keep_within(&mut self, may_go: impl Fn(&Url) -> bool) -> Option<Url> {
        let to = |place: &Place| match place {
            Place::Field { form, .. } => self.forms[*form].action.clone(),
            Place::Button { form, action, .. } => action.clone().unwrap_or_else(|| self.forms[*form].action.clone()),
            Place::Link(to) => to.clone(),
        };
        let targets: Vec<Url> = self.places.iter().map(to).collect();
        let kept: Vec<bool> = targets.iter().map(may_go).collect();
        let forbidden = targets.iter().zip(&kept).zip(&self.places);
        let mut forbidden = forbidden.filter(|((_, kept), place)| !**kept && !matches!(place, Place::Link(_)));
        let first = forbidden.next().map(|((to, _), _)| to.clone());
        let (mut by_control, mut by_place) = (kept.iter(), kept.iter());
        self.seen.controls.retain(|_| by_control.next().copied().unwrap_or_default());
        self.places.retain(|_| by_place.next().copied().unwrap_or_default());
        first.filter(|_| !self.seen.is_workable())
    }

    /// What is sent for a move; `entered` says what an entry comes to. None where there is nothing to send.
    pub(super) fn sent(&self, step: &Move, entered: impl Fn(&Entry) -> String) -> Option<Sent> {
        let pressed = step.press.and_then(|at| self.places.get(at));
        if let Some(Place::Link(to)) = pressed {
            return Some(Sent { to: to.clone(), fields: None, post: false });
        }
        let last = step.entries.last().and_then(|(at, _)| self.places.get(*at));
        let form = match pressed.or(last)? {
            Place::Field { form, .. } | Place::Button { form, .. } => *form,
            Place::Link(_) => return None,
        };
        // Enter presses the first button of the form.
        let of_form = |place: &&Place| matches!(place, Place::Button { form: own, .. } if *own == form);
        let button = pressed.or_else(|| self.places.iter().find(of_form));
        let fields = self.places.iter().zip(&self.seen.controls);
        let typed = fields.filter(|(place, control)| {
            matches!(place, Place::Field { form: own, .. } if *own == form)
                && matches!(control.kind, Kind::Text | Kind::Password)
        });
        // Without a button, Enter sends a form of one field only (HTML, implicit submission).
        if button.is_none() && typed.count() > 1 {
            return None;
        }
        let Form { action, post, mut inputs } = self.forms.get(form)?.clone();
        for (at, entry) in &step.entries {
            let Some(Place::Field { form: own, input }) = self.places.get(*at) else { continue };
            if *own == form {
                enter(&mut inputs, *input, entry, &entered);
            }
        }
        let sent = inputs.into_iter().filter(|input| input.sent && !input.name.is_empty());
        let mut fields: Vec<(String, String)> = sent.map(|input| (input.name, input.value)).collect();
        let (mut to, mut by_post) = (action, post);
        if let Some(Place::Button { name, value, action, post, .. }) = button {
            if !name.is_empty() {
                fields.push((name.clone(), value.clone()));
            }
            to = action.clone().unwrap_or(to);
            by_post = post.unwrap_or(by_post);
        }
        Some(Sent { to, fields: Some(fields), post: by_post })
    }
}

fn enter(inputs: &mut [Input], at: usize, entry: &Entry, entered: impl Fn(&Entry) -> String) {
    let Some(Input { name, is_radio, .. }) = inputs.get(at).cloned() else { return };
    match entry {
        Entry::Tick(on) => {
            inputs
                .iter_mut()
                .filter(|other| is_radio && other.is_radio && other.name == name)
                .for_each(|o| o.sent = false);
            inputs[at].sent = *on;
        }
        entry => inputs[at].value = entered(entry),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(html: &str) -> Page {
        Page::read(&Url::parse("https://as.test/login?x=1").unwrap(), html, &[])
    }

    #[test]
    fn a_form_is_read_with_its_defaults() {
        let page = read(
            r#"<title>Sign in</title><form method=POST action="/do"><input type=hidden name=tx value=7>
            <input name=user><input type=password name=pw><input type=checkbox name=stay>
            <select name=p><option value=1>One<option value=2 selected>Two</select>
            <button name=decision value=yes>Allow it</button></form>"#,
        );
        assert_eq!(page.seen.title, "Sign in");
        let form = &page.forms[0];
        assert_eq!((form.action.as_str(), form.post), ("https://as.test/do", true));
        assert_eq!(form.inputs[4].value, "2");
        assert!(!form.inputs[3].sent);
        let kinds: Vec<Kind> = page.seen.controls.iter().map(|control| control.kind).collect();
        assert_eq!(kinds, [Kind::Text, Kind::Password, Kind::Checkbox, Kind::Select, Kind::Button]);
        assert_eq!(page.seen.controls[4].label, "Allow it");
        let step = Move { entries: vec![(0, Entry::UserName), (2, Entry::Tick(true))], press: Some(4) };
        let sent = page.sent(&step, |_| "dora".to_owned()).unwrap();
        let fields: Vec<String> =
            sent.fields.unwrap().into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(fields, ["tx=7", "user=dora", "pw=", "stay=on", "p=2", "decision=yes"]);
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
        let sent = page.sent(&Move { entries: Vec::new(), press: Some(0) }, |_| String::new()).unwrap();
        assert_eq!((sent.to.as_str(), sent.fields.unwrap().len()), ("https://as.test/login?x=1", 1));
    }

    #[test]
    fn a_page_may_send_the_browser_on_by_itself() {
        let refresh = read(r#"<meta http-equiv="Refresh" content="0; URL='/next?a=b'">"#);
        assert_eq!(refresh.onward.unwrap().as_str(), "https://as.test/next?a=b");
        let script = read(r#"<script>window.location.href = "https:\/\/app.test\/cb?code=1\u0026state=2";</script>"#);
        assert_eq!(script.onward.unwrap().as_str(), "https://app.test/cb?code=1&state=2");
    }
}
