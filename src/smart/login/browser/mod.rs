//! The browser driver: a real browser, worked as a person would, for pages that scripts make.
//!
//! It needs no script from the user. It reads the page as rendered, decides what the page wants, does that, and waits until the
//! page has changed, up to the redirect. The browser reaches the origins of the configuration only.

mod host;
mod picture;
mod proxy;
mod record;

pub use host::Browsers;
pub(super) use record::record;

use super::end::Arrival;
use super::form::{is_busy, selectors};
use super::seen::{Decision, Entry, Move, Progress, Seen};
use super::typed::Typed;
use super::{ASKS_WHO, Landing, Plan, Title, Turn, Unread};
use crate::http::Door;
use crate::smart::trouble::Trouble;
use crate::target::Form;
use host::{Browser, said};
use picture::picture;
use proxy::{Arrived, Proxy};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use thirtyfour::error::{WebDriverError, WebDriverErrorInner};
use thirtyfour::{Key, WebDriver, WebElement};
use url::Url;

const READ: &str = include_str!("page.js");
/// How often a page is looked at while it changes.
const GLANCE: Duration = Duration::from_millis(120);

/// Plays a sign-in in a browser.
///
/// # Errors
/// [`Trouble::NotConfigured`] where a page asks for what is not configured.
pub(super) async fn play(rules: &Form, door: &Door, plan: Plan<'_>) -> Result<Landing, Trouble> {
    let browsers = std::sync::Arc::clone(&plan.browsers);
    match Visit::open(rules, door, plan, &browsers).await {
        Ok(visit) => visit.go().await,
        Err(landing) => Ok(landing),
    }
}

struct Visit<'a> {
    rules: &'a Form,
    door: &'a Door,
    plan: Plan<'a>,
    proxy: Proxy,
    browser: Browser<'a>,
    /// There once the password was sent.
    turn: Option<Turn>,
    exchanges: Vec<u32>,
    progress: Progress,
}

/// What the browser shows once it is quiet.
enum Shown {
    Page(Box<Seen>, Vec<Value>),
    Arrived(Arrived),
    /// It went to an origin where it may not go.
    Outside(Url),
}

impl<'a> Visit<'a> {
    /// A browser of its own behind a proxy of its own; where the sign-in landed if there is none.
    async fn open(rules: &'a Form, door: &'a Door, plan: Plan<'a>, browsers: &'a Browsers) -> Result<Self, Landing> {
        let unread = |why: String| Landing::CannotRead { status: 0, number: 0, why: Unread::Browser(why) };
        let proxy = Proxy::start(door, &plan.end, &plan.start).await.map_err(|why| unread(why.to_string()))?;
        let trust = door.trust().await;
        let browser = browsers.open(rules, proxy.port, &trust, plan.onlooker.watches).await.map_err(unread)?;
        Ok(Self { rules, door, plan, proxy, browser, turn: None, exchanges: Vec::new(), progress: Progress::default() })
    }

    /// A browser that does not end by itself ends with its server.
    async fn close(self) {
        drop(self.browser.driver.quit().await);
    }
}

impl Visit<'_> {
    async fn go(mut self) -> Result<Landing, Trouble> {
        let ended = self.walk().await;
        let ended = match ended {
            Ok(landing) => landing,
            Err(why) => Ok(self.unread(0, Unread::Browser(said(&why)))),
        };
        self.close().await;
        ended
    }

    async fn walk(&mut self) -> Result<Result<Landing, Trouble>, WebDriverError> {
        // A page that cannot be loaded is an error to WebDriver; what came of it shows in what follows.
        if let Err(why) = set_out(&self.browser.driver, &self.plan).await
            && self.proxy.arrived().is_none()
            && !matches!(*why, WebDriverErrorInner::UnknownError(_))
        {
            return Err(why);
        }
        let mut before = String::new();
        let mut pressed = String::new();
        let mut is_untouched = true;
        // A page may look as it did until the server has answered.
        let mut pending = None;
        for _ in 0..u32::from(self.rules.max_pages) * 2 {
            let patience = if pending.is_some() { self.rules.page_timeout / 4 } else { self.rules.page_timeout };
            let (seen, elements) = match self.settled(&before, patience).await? {
                None if pending.is_some() => {
                    if let Some(turn) = &mut self.turn {
                        turn.refused();
                    }
                    return Ok(Ok(Landing::RefusedUser { number: pending.unwrap_or(0) }));
                }
                None => return Ok(Ok(self.stuck(&pressed).await?)),
                Some(Shown::Arrived(arrived)) => return Ok(Ok(self.landed(arrived))),
                Some(Shown::Outside(url)) => {
                    let origin = url.origin().ascii_serialization();
                    return Ok(Ok(self.unread(0, Unread::OtherOrigin { origin })));
                }
                Some(Shown::Page(seen, elements)) => (seen, elements),
            };
            self.witness(&seen).await;
            before = seen.fingerprint();
            if is_busy(seen.status) {
                return Ok(Ok(self.unread(seen.status, Unread::Busy)));
            }
            let tells = self.door.tells_pages();
            let title = |text: &str| Title::of(tells, text);
            let had_signed_in = self.progress.signed_in;
            let decision = seen.decide(self.rules, self.plan.user, self.plan.consent, &mut self.progress, tells);
            if had_signed_in
                && decision != Decision::RefusedUser
                && let Some(turn) = &mut self.turn
            {
                turn.accepted();
            }
            let number = self.exchanges.last().copied().unwrap_or(0);
            let step = match decision {
                Decision::Do(step) => step,
                Decision::RefusedUser if pending.is_none() && seen.has_typed_password() => {
                    pending = Some(number);
                    continue;
                }
                Decision::RefusedUser => {
                    if let Some(turn) = &mut self.turn {
                        turn.refused();
                    }
                    return Ok(Ok(Landing::RefusedUser { number }));
                }
                Decision::AsksWho => {
                    let (status, why) = (seen.status, ASKS_WHO.to_owned());
                    return Ok(Ok(Landing::RefusedPage { status, number, why, at_once: is_untouched }));
                }
                Decision::RefusedPage => {
                    let why = format!("an error page{}", title(&seen.title));
                    return Ok(Ok(Landing::RefusedPage { status: seen.status, number, why, at_once: is_untouched }));
                }
                Decision::Unread(why) => {
                    return Ok(Ok(self.unread(seen.status, self.withheld(&seen, title).unwrap_or(why))));
                }
            };
            if step.gives_password() {
                let turn = self.plan.standing.turn().await;
                if turn.is_wrong() {
                    return Ok(Ok(Landing::RefusedUser { number: 0 }));
                }
                self.turn = Some(turn);
            }
            self.plan.onlooker.tell_step(&seen, &step);
            pressed = step.press.and_then(|at| seen.controls.get(at)).map(|c| c.label.clone()).unwrap_or_default();
            let typed = match Typed::for_step(self.door, self.plan.user, &step).await {
                Ok(typed) => typed,
                Err(trouble) => return Ok(Err(trouble)),
            };
            self.act(&step, &elements, &typed).await?;
            pending = None;
            is_untouched = false;
        }
        let pages = u32::from(self.rules.max_pages) * 2;
        Ok(Ok(self.unread(0, Unread::TooManyPages(pages))))
    }

    /// The page once it has changed from `before` and then stays as it is; `None` when nothing changes in so long.
    async fn settled(&self, before: &str, patience: Duration) -> Result<Option<Shown>, WebDriverError> {
        let began = Instant::now();
        let mut last = String::new();
        loop {
            if let Some(arrived) = self.proxy.arrived() {
                return Ok(Some(Shown::Arrived(arrived)));
            }
            // The address tells more than the page where a load fails: browsers show a page of their own then.
            if let Ok(url) = self.browser.driver.current_url().await {
                if let Some(arrived) = self.proxy.judge(&url) {
                    return Ok(Some(Shown::Arrived(arrived)));
                }
                if matches!(url.scheme(), "http" | "https") && !self.door.may_receive(&url) {
                    return Ok(Some(Shown::Outside(url)));
                }
            }
            let is_late = began.elapsed() > patience;
            match self.read().await {
                Ok((seen, elements)) => {
                    let now = seen.fingerprint();
                    let is_new = now != before && seen.ready && !seen.is_blank();
                    // A page of text alone may still be loading its controls.
                    let is_awaited = seen.is_awaited(self.rules, &self.progress) && seen.status < 400;
                    let is_whole =
                        (!seen.controls.is_empty() && !is_awaited) || began.elapsed() > self.rules.page_timeout / 4;
                    if (is_new && is_whole && now == last) || (is_late && now != before) {
                        return Ok(Some(Shown::Page(Box::new(seen), elements)));
                    }
                    last = now;
                }
                // The page goes away while it is read.
                Err(why) if is_late => return Err(why),
                Err(_) => last.clear(),
            }
            if is_late {
                return Ok(None);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// The page, or the first frame of it that can be worked where the page itself cannot.
    async fn read(&self) -> Result<(Seen, Vec<Value>), WebDriverError> {
        let driver = &self.browser.driver;
        driver.enter_default_frame().await?;
        let (page, elements) = self.read_here().await?;
        for frame in (0..page.frames).filter(|_| !page.is_workable()) {
            // A frame of another origin, or one that goes away meanwhile, is none.
            if driver.enter_frame(frame).await.is_ok()
                && let Ok((seen, elements)) = self.read_here().await
                && seen.is_workable()
            {
                return Ok((Seen { status: page.status, ..seen }, elements));
            }
            driver.enter_default_frame().await?;
        }
        Ok((page, elements))
    }

    async fn read_here(&self) -> Result<(Seen, Vec<Value>), WebDriverError> {
        self.browser.driver.execute(READ, vec![json!(selectors(self.rules))]).await?.convert()
    }

    /// Fills in and presses.
    async fn act(&self, step: &Move, elements: &[Value], typed: &Typed<'_>) -> Result<(), WebDriverError> {
        let element = |at: usize| {
            let value = elements.get(at).cloned().unwrap_or_default();
            WebElement::from_json(value, std::sync::Arc::clone(self.browser.driver.handle()))
        };
        let mut last = None;
        for (at, entry) in &step.entries {
            let field = element(*at)?;
            match entry {
                Entry::Option(value) => {
                    const CHOOSE: &str = "arguments[0].value = arguments[1];\
                        for (const kind of ['input', 'change']) arguments[0].dispatchEvent(new Event(kind, { bubbles: true }));";
                    self.browser.driver.execute(CHOOSE, vec![field.to_json()?, json!(value)]).await?;
                }
                Entry::Tick(_) => self.press(&field).await?,
                entry => self.fill(&field, &typed.text(entry)).await?,
            }
            last = Some(field);
        }
        match (step.press, last) {
            (Some(at), _) => self.press(&element(at)?).await,
            (None, Some(field)) => field.send_keys(Key::Enter).await,
            (None, None) => Ok(()),
        }
    }

    async fn fill(&self, field: &WebElement, text: &str) -> Result<(), WebDriverError> {
        field.clear().await?;
        field.send_keys(text).await
    }

    /// Presses as a person would; where something lies over it, as a script would.
    async fn press(&self, element: &WebElement) -> Result<(), WebDriverError> {
        if element.click().await.is_err() {
            self.browser.driver.execute("arguments[0].click()", vec![element.to_json()?]).await?;
        }
        Ok(())
    }

    fn landed(&mut self, arrived: Arrived) -> Landing {
        if let Some(turn) = &mut self.turn {
            turn.accepted();
        }
        let number =
            self.door.witness(arrived.url.clone(), "login: back to the app", Err("not followed: the app waits there"));
        self.exchanges.push(number);
        let could_not_choose = self.plan.consent.is_a_choice()
            && !self.progress.chose
            && arrived.parameters.iter().any(|(name, _)| name == "code");
        if could_not_choose {
            return self.unread(0, Unread::nothing_to(self.plan.consent));
        }
        let Arrived { url, parameters, place } = arrived;
        let exchanges = self.exchanges.clone();
        match place {
            Arrival::Here => Landing::Redirected { url, parameters, exchanges },
            Arrival::Elsewhere => Landing::Elsewhere { url, parameters, exchanges },
        }
    }

    async fn stuck(&self, pressed: &str) -> Result<Landing, WebDriverError> {
        let (seen, _) = self.read().await?;
        let tells = self.door.tells_pages();
        let title = |text: &str| Title::of(tells, text);
        let blank = seen.is_blank().then(|| Unread::Script(title(&seen.title)));
        let pressed = if tells { format!("`{pressed}`") } else { "a button".to_owned() };
        let waited = self.rules.page_timeout;
        let stuck = || Unread::Stuck { title: title(&seen.title), pressed, waited };
        let why = self.withheld(&seen, title).or(blank).unwrap_or_else(stuck);
        Ok(self.unread(seen.status, why))
    }

    /// Why a page does not work that needs what the browser may not load.
    fn withheld(&self, seen: &Seen, title: impl Fn(&str) -> Title) -> Option<Unread> {
        let origins = self.proxy.withheld(&seen.origins);
        (!origins.is_empty()).then(|| Unread::Withheld { title: title(&seen.title), origins: origins.join(", ") })
    }

    fn unread(&self, status: u16, why: Unread) -> Landing {
        Landing::CannotRead { status, number: self.exchanges.last().copied().unwrap_or(0), why }
    }

    async fn witness(&mut self, seen: &Seen) {
        let Ok(url) = Url::parse(&seen.url) else { return };
        let picture = picture(&self.browser.driver, self.door).await;
        let page = Ok((seen.status, seen.html.as_str()));
        let number = self.door.witness_pictured(url, "login: a page in the browser", page, picture);
        self.exchanges.push(number);
    }
}

/// Sends the first request, as an app would have the browser do.
async fn set_out(driver: &WebDriver, plan: &Plan<'_>) -> Result<(), WebDriverError> {
    const POST: &str = "const form = document.createElement('form');\
        form.method = 'post'; form.action = arguments[0];\
        for (const [name, value] of arguments[1]) {\
            const field = document.createElement('input');\
            field.type = 'hidden'; field.name = name; field.value = value; form.append(field);\
        }\
        document.body.append(form); form.submit();";
    let start = plan.start.as_str();
    let Some(form) = plan.posted else { return driver.goto(start).await };
    driver.goto("about:blank").await?;
    driver.execute(POST, vec![json!(start), json!(form)]).await.map(drop)
}
