//! The driver `person`: somebody signs in in a browser of their own, and the app waits for them.
//!
//! Where the redirect URI is on loopback the browser comes back by itself (RFC 8252 7.3); elsewhere its address is pasted.

use super::end::{Arrival, is_answer, parameters};
use super::listener::{Listener, Reply, Request};
use super::{Consent, Driver, Landing, Plan, Player, Playing, Unread};
use crate::http::Door;
use crate::smart::trouble::Trouble;
use crate::target::{Person, is_loopback};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, OnceLock};
use tokio::sync::{Mutex, mpsc};
use url::Url;

impl Driver for Person {
    fn player(&self) -> Result<&dyn Player, Trouble> {
        Ok(self)
    }
}

impl Player for Person {
    fn play<'p>(&'p self, door: &'p Door, plan: Plan<'p>) -> Playing<'p> {
        Box::pin(play(self, door, plan))
    }

    fn is_unattended(&self) -> bool {
        false
    }

    fn asks_each_time(&self) -> bool {
        self.each
    }
}

/// A person does one thing at a time.
static DESK: Mutex<()> = Mutex::const_new(());

async fn play(rules: &Person, door: &Door, plan: Plan<'_>) -> Result<Landing, Trouble> {
    if let Consent::Tampered(_) = plan.consent {
        return Ok(unread(Unread::NothingToTamper));
    }
    if matches!(plan.consent, Consent::Nobody | Consent::FromElsewhere) {
        return Ok(unread(Unread::OwnCookies));
    }
    let _turn = DESK.lock().await;
    let desk = Desk::set_up(&plan).await?;
    let start = desk.start.port().map_or_else(String::new, |port| format!("http://127.0.0.1:{port}/"));
    say(&plan, &start, desk.ends.is_empty(), rules.wait);
    if rules.open {
        // Whoever has no browser here opens the address elsewhere.
        let _ = open::that_detached(&start);
    }
    let came = tokio::time::timeout(rules.wait, desk.wait(&plan)).await;
    Ok(match came {
        Err(_) => unread(Unread::NobodyCame(rules.wait)),
        Ok(Came::Skipped) => unread(Unread::LeftOut),
        Ok(Came::SawError) => {
            let why = "a person saw that it does not go on".to_owned();
            let number = door.witness(plan.start.clone(), "login: a page that a person saw", Err("told by a person"));
            Landing::RefusedPage { status: 0, number, why, at_once: false }
        }
        Ok(Came::Back(url, parameters)) => {
            let number = door.witness(url.clone(), "login: back to the app", Err("not followed: the app waits there"));
            let place = plan.end.arrival(&url, &parameters, &plan.start, false);
            let exchanges = vec![number];
            match place {
                Some(Arrival::Here) => Landing::Redirected { url, parameters, exchanges },
                _ => Landing::Elsewhere { url, parameters, exchanges },
            }
        }
    })
}

fn unread(why: Unread) -> Landing {
    Landing::CannotRead { status: 0, number: 0, why }
}

/// Where the person sets out, and where the app waits for them.
struct Desk {
    start: Listener,
    ends: Vec<Listener>,
}

/// What came of it.
enum Came {
    Back(Url, Vec<(String, String)>),
    SawError,
    Skipped,
}

impl Desk {
    async fn set_up(plan: &Plan<'_>) -> Result<Self, Trouble> {
        let anywhere = Url::parse("http://127.0.0.1:0/").map_err(|why| Trouble::NotConfigured(why.to_string()))?;
        let start = Listener::bind(&anywhere).await?;
        let mut ends: Vec<Listener> = Vec::new();
        let mut taken: Vec<(Option<String>, Option<u16>)> = Vec::new();
        for place in plan.end.places() {
            let key = (place.host_str().map(str::to_owned), place.port_or_known_default());
            if place.scheme() != "http" || !is_loopback(place) || taken.contains(&key) {
                continue;
            }
            ends.push(Listener::bind(place).await?);
            taken.push(key);
        }
        Ok(Self { start, ends })
    }

    async fn wait(&self, plan: &Plan<'_>) -> Came {
        let set_out = self.start.until(|request| (departure(plan, request), false));
        let ends = self.ends.iter().map(|end| Box::pin(end.until(|request| arrival(plan, request))));
        let back = async {
            if ends.len() == 0 {
                return std::future::pending().await;
            }
            let (request, ..) = futures::future::select_all(ends).await;
            Came::Back(request.url, request.parameters)
        };
        tokio::select! {
            _ = set_out => Came::Skipped,
            came = back => came,
            came = told(plan) => came,
        }
    }
}

/// The first page sends the browser to the server, by a form where the request is posted.
fn departure(plan: &Plan<'_>, request: &Request) -> Reply {
    if request.url.path() != "/" {
        return Reply::NotFound;
    }
    let Some(form) = plan.posted else { return Reply::To(plan.start.clone()) };
    let escape = |text: &str| text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let mut page = format!(
        "<!doctype html><title>One moment</title><form method=\"post\" action=\"{}\">",
        escape(plan.start.as_str())
    );
    for (name, value) in form {
        let _ = write!(page, "<input type=\"hidden\" name=\"{}\" value=\"{}\">", escape(name), escape(value));
    }
    page.push_str("<button>Go on</button></form><script>document.forms[0].submit()</script>");
    Reply::Page(page)
}

/// Whether a request brings the answer to the app.
fn arrival(plan: &Plan<'_>, request: &Request) -> (Reply, bool) {
    // An EHR launch comes with `iss`.
    let has_come = is_answer(&request.parameters) || request.parameters.iter().any(|(name, _)| name == "iss");
    let place = plan.end.arrival(&request.url, &request.parameters, &plan.start, false);
    match place {
        Some(_) if has_come => (Reply::Done("Thank you. You can close this window."), true),
        Some(Arrival::Here) => (Listener::unfolding(), false),
        _ => (Reply::NotFound, false),
    }
}

/// What the person types: an address to which the browser was sent, or a word. Without a keyboard nothing comes.
async fn told(plan: &Plan<'_>) -> Came {
    let keyboard = keyboard();
    let mut lines = keyboard.lock().await;
    loop {
        let Some(line) = lines.recv().await else { return std::future::pending().await };
        match line.trim() {
            "error" => return Came::SawError,
            "skip" => return Came::Skipped,
            "url" => tell(&format!("  {}\n", plan.start)),
            text => match Url::parse(text).map(|url| (parameters(&url), url)) {
                Ok((parameters, url)) if !parameters.is_empty() => return Came::Back(url, parameters),
                _ => tell(
                    "  That is no address to which a browser was sent. Type the whole address, `error` or `skip`.\n",
                ),
            },
        }
    }
}

/// The lines of standard input, read by one thread for the whole process.
fn keyboard() -> Arc<Mutex<mpsc::UnboundedReceiver<String>>> {
    static LINES: OnceLock<Arc<Mutex<mpsc::UnboundedReceiver<String>>>> = OnceLock::new();
    let open = || {
        let (give, take) = mpsc::unbounded_channel();
        std::thread::spawn(move || {
            for line in std::io::stdin().lines().map_while(Result::ok) {
                if give.send(line).is_err() {
                    break;
                }
            }
        });
        Arc::new(Mutex::new(take))
    };
    Arc::clone(LINES.get_or_init(open))
}

/// Asks the person: as whom, for what, and what to do where it ends otherwise.
fn say(plan: &Plan<'_>, start: &str, pasted: bool, wait: std::time::Duration) {
    let consent = match plan.consent {
        Consent::All | Consent::Tampered(_) => "allow everything that the app asks for".to_owned(),
        Consent::Exactly(kept) => format!("allow exactly these, and untick all others: {}", kept.join(", ")),
        Consent::Categories(types) => {
            format!("for {}, tick categories in place of the whole type", types.join(" and "))
        }
        Consent::Refuse => "refuse".to_owned(),
        Consent::Nobody | Consent::FromElsewhere => "leave this out".to_owned(),
    };
    let then = match pasted {
        true => "when the browser is sent to the app, paste that address here and press Enter",
        false => "the browser comes back to the app by itself",
    };
    tell(&format!(
        "\nA person is needed: {}\n  open     {start}  in a new private window\n  as       {}\n  consent  {consent}\n  then     {then}\n  \
         else     type `error` if the server shows an error or does not go on, `skip` to leave it out, `url` for the \
         whole address\n  within   {} s\n",
        plan.purpose,
        plan.user.username,
        wait.as_secs()
    ));
}

/// Tells the person; they read standard error, where nothing of a report is.
fn tell(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
