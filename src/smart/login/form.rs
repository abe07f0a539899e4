//! The form driver: a browser without a screen that logs a person in, picks the patient and consents.

use super::page::{Button, Form as HtmlForm, Input, Page};
use crate::http::{Answer, Call, Door};
use crate::smart::{Landing, Trouble};
use crate::target::{Form, User};
use cookie_store::CookieStore;
use url::Url;

/// Who sits at the browser and what they decide.
#[derive(Clone)]
pub struct Person<'a> {
    /// Their credentials and patient.
    pub user: &'a User,
    /// Whether they consent.
    pub approves: bool,
    /// The scopes they leave ticked on a consent page that lets them choose; all when `None`.
    pub keeps: Option<Vec<String>>,
}

/// Starts at `start` and goes on until the browser is sent to `stop` (the redirect URI, or the launch URL of the app)
/// or to a page that is no known form.
///
/// # Errors
/// [`Trouble::NoAnswer`] when the server stops answering; [`Trouble::Refused`] when it refuses the credentials;
/// [`Trouble::NotConfigured`] when a password is asked for that is not configured, or by a host that may not have it.
pub async fn drive(
    door: &Door,
    form: &Form,
    start: Call,
    start_url: &Url,
    stop: &Url,
    person: &Person<'_>,
) -> Result<Landing, Trouble> {
    let mut browser = Browser { door, rules: form, stop, jar: CookieStore::default(), tried: 0 };
    browser.go(start, start_url.clone(), person).await
}

struct Browser<'a> {
    door: &'a Door,
    rules: &'a Form,
    stop: &'a Url,
    jar: CookieStore,
    /// How often the password was entered.
    tried: u32,
}

enum Next {
    Visit(Call, Url),
    Landed(Landing),
}

impl Browser<'_> {
    async fn go(&mut self, mut call: Call, mut url: Url, person: &Person<'_>) -> Result<Landing, Trouble> {
        // Every page may come with a redirect or two of its own.
        let hops = u32::from(self.rules.max_pages) * 3;
        for _ in 0..hops {
            let cookies: Vec<String> =
                self.jar.get_request_values(&url).map(|(name, value)| format!("{name}={value}")).collect();
            if !cookies.is_empty() {
                call = call.header("cookie", cookies.join("; "));
            }
            let answer = self.door.send(call.oauth()).await?;
            for line in answer.headers("set-cookie") {
                // A cookie that the server may not set is ignored, as a browser would.
                let _ = self.jar.parse(line, &url);
            }
            match self.next(&answer, &url, person)? {
                Next::Landed(landing) => return Ok(landing),
                Next::Visit(next, to) => (call, url) = (next, to),
            }
        }
        Err(Trouble::Refused(format!(
            "the login took more than {hops} requests without coming back to the app (login.max_pages)"
        )))
    }

    fn next(&mut self, answer: &Answer, url: &Url, person: &Person<'_>) -> Result<Next, Trouble> {
        if (300..400).contains(&answer.status()) {
            return Ok(match answer.location() {
                Some(to) => self.visit(to, answer),
                None => Next::Landed(stay(answer, "a redirect without a usable Location".to_owned())),
            });
        }
        let is_html = answer.media_type().is_none_or(|media| media.contains("html"));
        if !is_html {
            return Ok(Next::Landed(stay(answer, "not an HTML page".to_owned())));
        }
        let page = Page::read(url, &answer.text());
        if let Some(form) = page.forms.iter().find(|form| self.is_stop(&form.action)) {
            let parameters = form.inputs.iter().map(|i| (i.name.clone(), i.value.clone())).collect();
            let landing = Landing::App { url: form.action.clone(), parameters, number: answer.number() };
            return Ok(Next::Landed(landing));
        }
        if let Some(to) = page.onward.clone() {
            return Ok(self.visit(to, answer));
        }
        if let Some(form) = page.forms.iter().find(|form| form.wants_password()) {
            return self.log_in(form, person);
        }
        // A page may greet a person by name, and a picker's buttons are patients.
        let title = match self.door.keeps_content() && !page.title.is_empty() {
            true => format!(" titled \"{}\"", page.title),
            false => String::new(),
        };
        match page.forms.iter().find(|form| !form.buttons.is_empty() && self.is_ours(form)) {
            Some(form) if answer.status() < 400 => self.decide(form, person, &title, answer),
            _ => Ok(Next::Landed(stay(answer, format!("a page{title} that offers no form to go on with")))),
        }
    }

    fn visit(&self, to: Url, answer: &Answer) -> Next {
        if self.is_stop(&to) {
            let fragment = to.fragment().unwrap_or_default().as_bytes();
            let parameters = to
                .query_pairs()
                .chain(url::form_urlencoded::parse(fragment))
                .map(|(k, v)| (k.into_owned(), v.into_owned()));
            let parameters = parameters.collect();
            return Next::Landed(Landing::App { url: to, parameters, number: answer.number() });
        }
        if !matches!(to.scheme(), "http" | "https") {
            return Next::Landed(stay(answer, format!("a redirect to a `{}:` URL", to.scheme())));
        }
        if !self.door.may_receive(&to) {
            // A login may legally wander to an identity provider, but only to one that the configuration names.
            let origin = to.origin().ascii_serialization();
            return Next::Landed(stay(
                answer,
                format!("a redirect to {origin}; add it to allow_origins if the login belongs there"),
            ));
        }
        Next::Visit(Call::get(to.clone(), "login: next page").header("accept", "text/html"), to)
    }

    fn log_in(&mut self, form: &HtmlForm, person: &Person<'_>) -> Result<Next, Trouble> {
        let password = person.user.password.as_ref().ok_or_else(|| {
            Trouble::NotConfigured("the login page asks for a password and the user has none configured".to_owned())
        })?;
        if !self.is_ours(form) {
            let origin = form.action.origin().ascii_serialization();
            return Err(Trouble::NotConfigured(format!(
                "the login form goes to {origin}, which may not have the password; add it to allow_origins if it is right"
            )));
        }
        self.tried += 1;
        if self.tried > 1 {
            return Err(Trouble::Refused("the server refuses the user's name or password".to_owned()));
        }
        let named = |candidates: &[String], input: &Input| {
            candidates.iter().any(|c| c.eq_ignore_ascii_case(&input.name) || c.eq_ignore_ascii_case(&input.id))
        };
        let username = form
            .inputs
            .iter()
            .position(|input| named(&self.rules.username_field, input))
            .or_else(|| form.inputs.iter().position(|input| matches!(input.kind.as_str(), "text" | "email")));
        let secret = form
            .inputs
            .iter()
            .position(|input| input.kind == "password" && named(&self.rules.password_field, input))
            .or_else(|| form.inputs.iter().position(|input| input.kind == "password"));
        let mut inputs = form.inputs.clone();
        if let Some(at) = username {
            person.user.username.clone_into(&mut inputs[at].value);
        }
        if let Some(at) = secret {
            password.expose().clone_into(&mut inputs[at].value);
        }
        let button = pick(&form.buttons, &self.rules.submit_text).or(form.buttons.first());
        Ok(self.submit(form, inputs, button, "login: credentials"))
    }

    fn decide(&self, form: &HtmlForm, person: &Person<'_>, title: &str, answer: &Answer) -> Result<Next, Trouble> {
        let mut inputs = form.inputs.clone();
        let patient = person.user.patient.as_deref();
        for input in &mut inputs {
            if !self.rules.picker.iter().any(|name| name.eq_ignore_ascii_case(&input.name)) {
                continue;
            }
            match (input.kind.as_str(), patient) {
                ("select", Some(patient)) => {
                    if let Some((value, _)) = input.options.iter().find(|(value, _)| is_patient(value, patient)) {
                        value.clone_into(&mut input.value);
                    }
                }
                ("radio", Some(patient)) => input.checked = is_patient(&input.value, patient),
                _ => {}
            }
        }
        if let Some(keeps) = &person.keeps {
            for input in inputs.iter_mut().filter(|input| input.kind == "checkbox") {
                input.checked = keeps.contains(&input.value);
            }
        }
        let wanted = if person.approves { &self.rules.consent_approve } else { &self.rules.consent_deny };
        let button = match pick(&form.buttons, wanted) {
            Some(button) => Some(button),
            // A page with one button asks for nothing but to go on.
            None if person.approves && form.buttons.len() == 1 => form.buttons.first(),
            None => {
                let texts: Vec<&str> = form.buttons.iter().map(|b| b.text.as_str()).collect();
                let key = if person.approves { "consent_approve" } else { "consent_deny" };
                let shown = match self.door.keeps_content() {
                    true => format!("{texts:?}"),
                    false => format!("({} of them; `bodies = \"full\"` shows their texts)", texts.len()),
                };
                let why = format!("a page{title} with the buttons {shown}, none of which is in login.{key}");
                return Ok(Next::Landed(stay(answer, why)));
            }
        };
        Ok(self.submit(form, inputs, button, "login: decision"))
    }

    fn submit(&self, form: &HtmlForm, inputs: Vec<Input>, button: Option<&Button>, purpose: &str) -> Next {
        let mut pairs: Vec<(String, String)> = inputs
            .into_iter()
            .filter(|input| input.checked && !input.name.is_empty())
            .map(|input| (input.name, input.value))
            .collect();
        if let Some(button) = button.filter(|button| !button.name.is_empty()) {
            pairs.push((button.name.clone(), button.value.clone()));
        }
        for (name, value) in &self.rules.extra {
            pairs.retain(|(key, _)| key != name);
            pairs.push((name.clone(), value.clone()));
        }
        let mut to = form.action.clone();
        if form.post {
            // Browsers name the origin of a form they post; servers use it against cross-site requests.
            let origin = to.origin().ascii_serialization();
            let call =
                Call::post_form(to.clone(), &pairs, purpose).header("accept", "text/html").header("origin", origin);
            Next::Visit(call, to)
        } else {
            to.query_pairs_mut().clear().extend_pairs(&pairs);
            Next::Visit(Call::get(to.clone(), purpose).header("accept", "text/html"), to)
        }
    }

    fn is_ours(&self, form: &HtmlForm) -> bool {
        self.door.may_receive(&form.action)
    }

    /// Whether `url` is the place we wait for, whatever its query.
    fn is_stop(&self, url: &Url) -> bool {
        (url.scheme(), url.host(), url.port_or_known_default(), url.path())
            == (self.stop.scheme(), self.stop.host(), self.stop.port_or_known_default(), self.stop.path())
    }
}

fn is_patient(value: &str, patient: &str) -> bool {
    value == patient || value.rsplit('/').next() == Some(patient)
}

fn stay(answer: &Answer, why: String) -> Landing {
    Landing::Page { status: answer.status(), number: answer.number(), why }
}

/// The first button that one of `wanted` names by its whole value or text; failing that, by the beginning of its text.
///
/// Never by a part in the middle: "Don't allow" holds "allow".
fn pick<'a>(buttons: &'a [Button], wanted: &[String]) -> Option<&'a Button> {
    let lower = |text: &str| text.trim().to_lowercase();
    let whole = |want: &str, b: &Button| lower(&b.value) == want || lower(&b.text) == want;
    let begins = |want: &str, b: &Button| lower(&b.text).strip_prefix(want).is_some_and(|rest| rest.starts_with(' '));
    let find = |matches: &dyn Fn(&str, &Button) -> bool| {
        wanted.iter().find_map(|want| buttons.iter().find(|button| matches(&lower(want), button)))
    };
    find(&whole).or_else(|| find(&begins))
}
