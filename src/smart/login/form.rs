//! The form driver: a browser without a screen that logs a person in, picks the patient and consents.

use super::end::{Arrival, parameters};
use super::page::{Form as HtmlForm, Page, Sent};
use super::seen::{Decision, Move, Progress};
use super::typed::Typed;
use super::{ASKS_WHO, Consent, Jar, Landing, Plan, Title, Turn, Unread};
use crate::http::{Answer, Call, Door};
use crate::smart::trouble::Trouble;
use crate::target::Form;
use url::Url;

/// Plays a sign-in without a browser.
///
/// # Errors
/// [`Trouble::NotConfigured`] where a page asks for what is not configured.
pub(super) async fn play(rules: &Form, door: &Door, plan: Plan<'_>) -> Result<Landing, Trouble> {
    let browser = Browser {
        door,
        rules,
        jar: plan.jar.clone(),
        plan,
        turn: None,
        exchanges: Vec::new(),
        is_untouched: true,
        progress: Progress::default(),
    };
    browser.go().await
}

/// What a form is for that gives no password.
const DECISION: &str = "login: decision";

struct Browser<'a> {
    door: &'a Door,
    rules: &'a Form,
    plan: Plan<'a>,
    jar: Jar,
    /// There once the password was sent.
    turn: Option<Turn>,
    exchanges: Vec<u32>,
    /// Whether nothing was entered or decided yet.
    is_untouched: bool,
    progress: Progress,
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
        let first = match self.plan.posted {
            Some(form) => Call::post_form(url.clone(), form, self.plan.purpose),
            None => Call::get(url.clone(), self.plan.purpose),
        };
        let mut call = first.header("accept", "text/html");
        // Every page may come with a redirect or two of its own.
        let hops = u32::from(self.rules.max_pages) * 3;
        let mut status = 0;
        for _ in 0..hops {
            let asked = call.clone();
            if let Some(cookies) = self.jar.header(&url) {
                call = call.header("cookie", cookies);
            }
            let answer = match self.door.send(call.oauth()).await {
                Ok(answer) => answer,
                Err(none) => return Ok(Landing::NoAnswer(none)),
            };
            self.exchanges.push(answer.number());
            status = answer.status();
            self.jar.keep(&answer, &url);
            match self.next(&answer, &url).await? {
                Next::Landed(landing @ Landing::Redirected { .. }) if self.could_not_choose(&landing) => {
                    let why = Unread::nothing_to(self.plan.consent);
                    return Ok(Landing::CannotRead { status, number: landing.number(), why });
                }
                Next::Landed(landing) => return Ok(landing),
                // A browser sends a form once more where these redirects point.
                Next::Visit(_, to) if matches!(status, 307 | 308) => (call, url) = (asked.at(to.clone()), to),
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
        self.plan.consent.is_a_choice() && !self.progress.chose && landing.get("code").is_some()
    }

    async fn next(&mut self, answer: &Answer, url: &Url) -> Result<Next, Trouble> {
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
        let mut page = if is_html { Page::read(url, &answer.text(), &selectors(self.rules)) } else { Page::default() };
        page.seen.status = status;
        if let Some(landing) = page.forms.iter().find_map(|form| self.posted(form, answer)) {
            self.accepted();
            return Ok(Next::Landed(landing));
        }
        if let Some(to) = page.onward.clone() {
            return Ok(self.visit(to, answer));
        }
        let asks_again = page.seen.asks_for_password();
        if status == 401 && !asks_again && self.turn.as_ref().is_some_and(|turn| !turn.is_right()) {
            return Ok(self.refused(answer));
        }
        let tells = self.door.tells_pages();
        let title = |text: &str| Title::of(tells, text);
        if refuses && !asks_again {
            let title = title(&page.seen.title);
            let why =
                if is_html { format!("an error page{title}") } else { "an error that is no HTML page".to_owned() };
            return Ok(self.dead_end(answer, why));
        }
        if !is_html {
            return Ok(unread(answer, Unread::NotHtml));
        }
        if page.is_dead_end {
            self.accepted();
            return Ok(self.dead_end(answer, format!("a page{} that offers no way to go on", title(&page.seen.title))));
        }
        if let Some(forbidden) = page.keep_within(|to| self.may_go(to)) {
            return Ok(unread(answer, other_origin(&forbidden)));
        }
        let decision = match page.seen.controls.is_empty() {
            true => Decision::RefusedPage,
            false => page.seen.decide(self.rules, self.plan.user, self.plan.consent, &mut self.progress, tells),
        };
        if decision != Decision::RefusedUser {
            self.accepted();
        }
        match decision {
            Decision::Do(step) => self.act(&page, &step, answer).await,
            Decision::AsksWho => Ok(self.dead_end(answer, ASKS_WHO.to_owned())),
            Decision::RefusedUser => Ok(self.refused(answer)),
            Decision::Unread(why) => Ok(unread(answer, why)),
            // What it has may be worked in a browser.
            Decision::RefusedPage if page.scripted => Ok(unread(answer, Unread::Script(title(&page.seen.title)))),
            Decision::RefusedPage => Ok(unread(answer, Unread::NoForm(title(&page.seen.title)))),
        }
    }

    /// A page of the server that refuses.
    fn dead_end(&self, answer: &Answer, why: String) -> Next {
        let (status, number) = (answer.status(), answer.number());
        Next::Landed(Landing::RefusedPage { status, number, why, at_once: self.is_untouched })
    }

    /// Fills in and presses.
    async fn act(&mut self, page: &Page, step: &Move, answer: &Answer) -> Result<Next, Trouble> {
        self.is_untouched = false;
        self.plan.onlooker.tell_step(&page.seen, step);
        let typed = Typed::for_step(self.door, self.plan.user, step).await?;
        let Some(sent) = page.sent(step, |entry| typed.text(entry)) else {
            return Ok(unread(answer, Unread::NoForm(Title::default())));
        };
        if !self.may_go(&sent.to) {
            return Ok(unread(answer, other_origin(&sent.to)));
        }
        let purpose = if step.gives_password() { "login: credentials" } else { DECISION };
        let (call, to) = self.request(sent, &page.seen.url, purpose);
        Ok(if step.gives_password() { Next::Credentials(call, to) } else { Next::Visit(call, to) })
    }

    /// The landing of a page whose form brings the answer to the app (`response_mode=form_post`).
    fn posted(&self, form: &HtmlForm, answer: &Answer) -> Option<Landing> {
        let parameters: Vec<_> = form.inputs.iter().map(|own| (own.name.clone(), own.value.clone())).collect();
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

    fn request(&mut self, sent: Sent, from: &str, purpose: &str) -> (Call, Url) {
        let Sent { mut to, fields, post } = sent;
        let Some(mut pairs) = fields else {
            return (Call::get(to.clone(), purpose).header("accept", "text/html"), to);
        };
        for (name, value) in &self.rules.extra {
            pairs.retain(|(key, _)| key != name);
            pairs.push((name.clone(), value.clone()));
        }
        if let Consent::Tampered(more) = self.plan.consent
            && purpose == DECISION
            && self.progress.signed_in
        {
            pairs.extend(more.iter().cloned());
            self.progress.chose = true;
        }
        if *self.plan.consent == Consent::FromElsewhere && purpose == DECISION && self.progress.signed_in {
            (self.jar, self.progress.chose) = (Jar::default(), true);
        }
        if post {
            // Browsers name the origin of the page that posts; servers use it against cross-site requests.
            let origin = Url::parse(from).unwrap_or_else(|_| to.clone()).origin().ascii_serialization();
            let call =
                Call::post_form(to.clone(), &pairs, purpose).header("accept", "text/html").header("origin", origin);
            (call, to)
        } else {
            to.query_pairs_mut().clear().extend_pairs(&pairs);
            (Call::get(to.clone(), purpose).header("accept", "text/html"), to)
        }
    }
}

/// The selectors that steps name.
pub(super) fn selectors(rules: &Form) -> Vec<&str> {
    rules.steps.iter().filter_map(|step| step.what.strip_prefix("css=")).collect()
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
