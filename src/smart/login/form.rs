//! The form driver: a browser without a screen that logs a person in, picks the patient and consents.

use super::choice::{Choice, is_patient, pick};
use super::end::{Arrival, parameters};
use super::page::{Button, Form as HtmlForm, Input, Page};
use super::{Consent, Landing, Plan, Title, Turn, Unread};
use crate::http::{Answer, Call, Door};
use crate::smart::trouble::Trouble;
use crate::target::Form;
use cookie_store::CookieStore;
use url::Url;

/// Plays a sign-in without a browser.
///
/// # Errors
/// [`Trouble::NotConfigured`] where a page asks for what is not configured.
pub(super) async fn play(rules: &Form, door: &Door, plan: Plan<'_>) -> Result<Landing, Trouble> {
    let browser = Browser {
        door,
        rules,
        plan,
        jar: CookieStore::default(),
        turn: None,
        exchanges: Vec::new(),
        is_untouched: true,
        refused: false,
    };
    browser.go().await
}

struct Browser<'a> {
    door: &'a Door,
    rules: &'a Form,
    plan: Plan<'a>,
    jar: CookieStore,
    /// There once the password was sent.
    turn: Option<Turn>,
    exchanges: Vec<u32>,
    /// Whether nothing was entered or decided yet.
    is_untouched: bool,
    /// Whether a page let the user refuse, or refuse a scope.
    refused: bool,
}

enum Next {
    Visit(Call, Url),
    /// The same, with the user's name and password.
    Credentials(Call, Url),
    Landed(Landing),
}

impl Browser<'_> {
    async fn go(mut self) -> Result<Landing, Trouble> {
        let mut url = self.plan.start.clone();
        let mut call = Call::get(url.clone(), self.plan.purpose).header("accept", "text/html");
        // Every page may come with a redirect or two of its own.
        let hops = u32::from(self.rules.max_pages) * 3;
        let mut status = 0;
        for _ in 0..hops {
            let cookies: Vec<String> =
                self.jar.get_request_values(&url).map(|(name, value)| format!("{name}={value}")).collect();
            if !cookies.is_empty() {
                call = call.header("cookie", cookies.join("; "));
            }
            let answer = match self.door.send(call.oauth()).await {
                Ok(answer) => answer,
                Err(none) => return Ok(Landing::NoAnswer(none)),
            };
            self.exchanges.push(answer.number());
            status = answer.status();
            for line in answer.headers("set-cookie") {
                // A cookie that the server may not set is ignored, as a browser would.
                let _ = self.jar.parse(line, &url);
            }
            match self.next(&answer, &url)? {
                Next::Landed(landing @ Landing::Redirected { .. }) if self.could_not_choose(&landing) => {
                    let why = Unread::NothingToRefuse;
                    return Ok(Landing::CannotRead { status, number: landing.number(), why });
                }
                Next::Landed(landing) => return Ok(landing),
                Next::Visit(next, to) => (call, url) = (next, to),
                Next::Credentials(next, to) => {
                    let turn = self.plan.standing.turn().await;
                    if turn.is_wrong() {
                        return Ok(Landing::RefusedUser { number: 0 });
                    }
                    self.turn = Some(turn);
                    (call, url) = (next, to);
                }
            }
        }
        let number = self.exchanges.last().copied().unwrap_or(0);
        Ok(Landing::CannotRead { status, number, why: Unread::TooManyPages(hops) })
    }

    /// Whether everything was granted because no page let the user refuse it or a part: consent may be remembered.
    fn could_not_choose(&self, landing: &Landing) -> bool {
        *self.plan.consent != Consent::All && !self.refused && landing.get("code").is_some()
    }

    fn next(&mut self, answer: &Answer, url: &Url) -> Result<Next, Trouble> {
        let status = answer.status();
        if (300..400).contains(&status) {
            return Ok(match answer.location() {
                Some(to) => self.visit(to, answer),
                None => unread(answer, Unread::NoLocation),
            });
        }
        if is_busy(status) {
            return Ok(unread(answer, Unread::Busy));
        }
        let refuses = status >= 400;
        let is_html = answer.media_type().is_none_or(|media| media.contains("html"));
        let page = if is_html { Page::read(url, &answer.text()) } else { Page::default() };
        if let Some(landing) = page.forms.iter().find_map(|form| self.posted(form, answer)) {
            self.accepted();
            return Ok(Next::Landed(landing));
        }
        if let Some(to) = page.onward.clone() {
            return Ok(self.visit(to, answer));
        }
        if let Some(form) = page.forms.iter().find(|form| form.wants_password()) {
            let next = self.log_in(form, answer);
            self.is_untouched = false;
            return next;
        }
        if status == 401 && self.turn.as_ref().is_some_and(|turn| !turn.is_right()) {
            return Ok(self.refused(answer));
        }
        // A page may greet a person by name, and a picker's buttons are patients.
        let title = Title::of(self.door.keeps_content(), &page.title);
        if refuses {
            let what =
                if is_html { format!("an error page{title}") } else { "an error that is no HTML page".to_owned() };
            return Ok(Next::Landed(Landing::RefusedPage {
                status,
                number: answer.number(),
                why: what,
                at_once: self.is_untouched,
            }));
        }
        if !is_html {
            return Ok(unread(answer, Unread::NotHtml));
        }
        self.accepted();
        let usable = page.forms.iter().filter(|form| !form.buttons.is_empty()).collect::<Vec<_>>();
        let own = |form: &&&HtmlForm| self.plan.user.patient.as_deref().is_some_and(|patient| is_about(form, patient));
        let mut allowed = usable.iter().filter(|form| self.may_go(&form.action));
        // A page may have a form for each record.
        if let Some(form) = allowed.clone().find(own).or_else(|| allowed.next()) {
            let next = self.decide(form, title, answer);
            self.is_untouched = false;
            return Ok(next);
        }
        Ok(match usable.first() {
            Some(form) => unread(answer, other_origin(&form.action)),
            None if page.scripted => unread(answer, Unread::Script(title)),
            None if page.is_dead_end => {
                let why = format!("a page{title} that offers no way to go on");
                Next::Landed(Landing::RefusedPage { status, number: answer.number(), why, at_once: self.is_untouched })
            }
            None => unread(answer, Unread::NoForm(title)),
        })
    }

    /// The landing of a page whose form brings the answer to the app (`response_mode=form_post`).
    fn posted(&self, form: &HtmlForm, answer: &Answer) -> Option<Landing> {
        let parameters: Vec<_> = form.inputs.iter().map(|i| (i.name.clone(), i.value.clone())).collect();
        self.landing(&form.action, parameters, answer)
    }

    fn landing(&self, to: &Url, parameters: Vec<(String, String)>, answer: &Answer) -> Option<Landing> {
        debug_assert_eq!(self.exchanges.last(), Some(&answer.number()));
        let (url, exchanges) = (to.clone(), self.exchanges.clone());
        Some(match self.plan.end.arrival(to, &parameters, &self.plan.start, self.may_go(to))? {
            Arrival::Here => Landing::Redirected { url, parameters, exchanges },
            Arrival::Elsewhere => Landing::Elsewhere { url, parameters, exchanges },
        })
    }

    fn visit(&mut self, to: Url, answer: &Answer) -> Next {
        if let Some(landing) = self.landing(&to, parameters(&to), answer) {
            self.accepted();
            return Next::Landed(landing);
        }
        if !self.may_go(&to) {
            // A login may legally wander to an identity provider, but only to one that the configuration names.
            return unread(answer, other_origin(&to));
        }
        Next::Visit(Call::get(to.clone(), "login: next page").header("accept", "text/html"), to)
    }

    /// Whether the sign-in may go on at `url`: cookies, the password and decisions go to no other place.
    fn may_go(&self, url: &Url) -> bool {
        self.door.may_receive(url)
    }

    /// The server has let the user in, if they have tried.
    fn accepted(&mut self) {
        if let Some(turn) = &mut self.turn {
            turn.accepted();
        }
    }

    fn refused(&mut self, answer: &Answer) -> Next {
        if let Some(turn) = &mut self.turn {
            turn.refused();
        }
        Next::Landed(Landing::RefusedUser { number: answer.number() })
    }

    fn log_in(&mut self, form: &HtmlForm, answer: &Answer) -> Result<Next, Trouble> {
        if self.turn.is_some() {
            return Ok(self.refused(answer));
        }
        if !self.may_go(&form.action) {
            return Ok(unread(answer, other_origin(&form.action)));
        }
        let user = self.plan.user;
        let password = user.password.as_ref().ok_or_else(|| {
            Trouble::NotConfigured("the login page asks for a password and the user has none configured".to_owned())
        })?;
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
            user.username.clone_into(&mut inputs[at].value);
        }
        if let Some(at) = secret {
            password.expose().clone_into(&mut inputs[at].value);
        }
        let button = pick(&form.buttons, &self.rules.submit_text).or(form.buttons.first());
        let (call, to) = self.submit(form, inputs, button, "login: credentials");
        Ok(Next::Credentials(call, to))
    }

    fn decide(&mut self, form: &HtmlForm, title: Title, answer: &Answer) -> Next {
        let mut inputs = form.inputs.clone();
        let patient = self.plan.user.patient.as_deref();
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
        let boxes = inputs.iter().enumerate().filter(|(_, input)| input.kind == "checkbox");
        let choices: Vec<Choice> =
            boxes.map(|(at, input)| Choice { at, values: vec![input.value.clone()], checked: input.checked }).collect();
        let (ticks, chose) = Choice::ticks(&choices, self.plan.consent);
        for (at, wanted) in ticks {
            inputs[at].checked = wanted;
        }
        self.refused |= chose;
        let (wanted, key, approves) = match self.plan.consent {
            Consent::All | Consent::Exactly(_) | Consent::Categories(_) => {
                (&self.rules.consent_approve, "consent_approve", true)
            }
            Consent::Refuse => (&self.rules.consent_deny, "consent_deny", false),
        };
        let of_patient = patient.and_then(|patient| form.buttons.iter().find(|b| is_patient(&b.value, patient)));
        let button = match of_patient.filter(|_| approves).or_else(|| pick(&form.buttons, wanted)) {
            Some(button) => Some(button),
            // A page with one button asks for nothing but to go on.
            None if approves && form.buttons.len() == 1 => form.buttons.first(),
            None => {
                let texts: Vec<&str> = form.buttons.iter().map(|b| b.text.as_str()).collect();
                let why = Unread::unknown_buttons(title, &texts, self.door.keeps_content(), key);
                return unread(answer, why);
            }
        };
        self.refused |= !approves;
        let (call, to) = self.submit(form, inputs, button, "login: decision");
        Next::Visit(call, to)
    }

    fn submit(&self, form: &HtmlForm, inputs: Vec<Input>, button: Option<&Button>, purpose: &str) -> (Call, Url) {
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
            (call, to)
        } else {
            to.query_pairs_mut().clear().extend_pairs(&pairs);
            (Call::get(to.clone(), purpose).header("accept", "text/html"), to)
        }
    }
}

/// Whether a form is about this patient and no choice among several.
fn is_about(form: &HtmlForm, patient: &str) -> bool {
    let hidden = form.inputs.iter().filter(|input| input.kind == "hidden").map(|input| &input.value);
    hidden.chain(form.buttons.iter().map(|button| &button.value)).any(|value| is_patient(value, patient))
}

/// Statuses with which a server says that it cannot answer now.
pub(super) fn is_busy(status: u16) -> bool {
    matches!(status, 408 | 429 | 500..=599)
}

fn unread(answer: &Answer, why: Unread) -> Next {
    Next::Landed(Landing::CannotRead { status: answer.status(), number: answer.number(), why })
}

fn other_origin(url: &Url) -> Unread {
    let origin = url.origin();
    let origin = if origin.is_tuple() { origin.ascii_serialization() } else { format!("a `{}:` URL", url.scheme()) };
    Unread::OtherOrigin { origin }
}
