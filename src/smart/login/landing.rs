//! How a sign-in ended, and what that says about the request that began it.

use crate::http::NoAnswer;
use std::fmt;
use url::Url;

/// How a sign-in ended.
#[derive(Clone)]
pub enum Landing {
    /// The browser came to where the app waits: the redirect URI, or the launch URL.
    Redirected {
        /// The whole URL, secrets included.
        url: Url,
        /// The parameters of its query or fragment, or of a form post.
        parameters: Vec<(String, String)>,
        /// The exchanges of the sign-in, in order.
        exchanges: Vec<u32>,
    },
    /// The answer for the app was sent to a place where the app does not wait. It was not followed.
    Elsewhere {
        /// The whole URL, secrets included.
        url: Url,
        /// The parameters that would have come there.
        parameters: Vec<(String, String)>,
        /// The exchanges of the sign-in, in order.
        exchanges: Vec<u32>,
    },
    /// On a page of the server that refuses: an error status, or a page with no way to go on.
    RefusedPage {
        /// Its HTTP status.
        status: u16,
        /// The exchange that showed it.
        number: u32,
        /// What was seen there.
        why: String,
        /// Whether it came before the user was asked for anything: the server refuses the request itself.
        at_once: bool,
    },
    /// The server does not take the user's name and password. This says nothing about the request.
    RefusedUser {
        /// The exchange that showed it; 0 where the refusal of an earlier sign-in was remembered.
        number: u32,
    },
    /// On a page that the driver cannot read.
    CannotRead {
        /// Its HTTP status.
        status: u16,
        /// The exchange that showed it.
        number: u32,
        /// Why not.
        why: Unread,
    },
    /// The server stopped answering.
    NoAnswer(NoAnswer),
}

/// Why a driver cannot go on from a page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// 429, 408 or 5xx: the server cannot or will not answer now.
    #[error("the server does not serve the request now")]
    Busy,
    /// Scripts make the page, or work its buttons.
    #[error("a page{0} that needs a browser: scripts make it, and it has no form to go on with")]
    Script(Title),
    /// The page wants a code that is made for this moment.
    #[error("a page{0} that asks for a one-time code, which nobody gives")]
    OneTimeCode(Title),
    /// The page wants another code than those that the user's key makes.
    #[error("a page{0} that asks for a one-time code again: it does not take those of the user's `totp`")]
    OtherCode(Title),
    /// Something was pressed, and the page stayed as it was.
    #[error("a page{title} that does not change within {} s after {pressed} was pressed", waited.as_secs())]
    Stuck {
        /// The page's title.
        title: Title,
        /// The text of the button, as far as it may be told.
        pressed: String,
        /// How long.
        waited: std::time::Duration,
    },
    /// The browser went to load something that it may not.
    #[error("a page{title} that needs {origins}, where the browser may not go")]
    Withheld {
        /// The page's title.
        title: Title,
        /// Scheme, host and port of each.
        origins: String,
    },
    /// There is no browser, or it broke.
    #[error("a page that needs a browser: {0}")]
    Browser(String),
    /// The page has links or fields, and no form to go on with.
    #[error("a page{0} that offers no form to go on with")]
    NoForm(Title),
    /// The page has buttons, and the configuration names none of them.
    #[error("a page{title} with the buttons {buttons}, none of which is in login.{key}")]
    UnknownButtons {
        /// The page's title.
        title: Title,
        /// Their texts, as far as they may be told.
        buttons: String,
        /// The key of the configuration that would name them.
        key: &'static str,
    },
    /// The login goes on at an origin that the configuration does not name.
    #[error("the sign-in goes on at {origin}; add it to allow_origins if the sign-in belongs there")]
    OtherOrigin {
        /// Scheme, host and port; the scheme alone of a URL that has no host.
        origin: String,
    },
    /// Everything was granted, and no page let the user refuse.
    #[error("no page that lets the user refuse what the app asks for, or a part of it")]
    NothingToRefuse,
    /// No form was sent whose fields could be added to.
    #[error("no form of a consent page that could be sent in another way")]
    NothingToTamper,
    /// The browser keeps its cookies to itself.
    #[error("no browser whose cookies are known: this check needs login.driver = \"form\"")]
    OwnCookies,
    /// The person did not do it in time.
    #[error("nobody signed in within {} s (login.wait)", .0.as_secs())]
    NobodyCame(std::time::Duration),
    /// The person did not want to, or could not.
    #[error("the person left this sign-in out")]
    LeftOut,
    /// The answer is no HTML page.
    #[error("not an HTML page")]
    NotHtml,
    /// A redirect that leads nowhere.
    #[error("a redirect without a usable Location")]
    NoLocation,
    /// The pages come without end.
    #[error("more than {0} requests without coming back to the app (login.max_pages)")]
    TooManyPages(u32),
}

impl Unread {
    /// Why a decision other than the usual one was not made.
    pub(super) fn nothing_to(consent: &super::Consent) -> Self {
        use super::Consent::{FromElsewhere, Tampered};
        if matches!(consent, Tampered(_) | FromElsewhere) { Self::NothingToTamper } else { Self::NothingToRefuse }
    }

    /// Buttons of which `key` names none; their texts are told as far as a title may be.
    /// `listed` is how many more stand in lists.
    pub(super) fn unknown_buttons(title: Title, texts: &[&str], listed: usize, tells: bool, key: &'static str) -> Self {
        let buttons = match (tells, listed) {
            (true, 0) => format!("{texts:?}"),
            (true, listed) => format!("{texts:?} and {listed} in a list"),
            (false, listed) => format!("({} of them)", texts.len() + listed),
        };
        Self::UnknownButtons { title, buttons, key }
    }
}

/// The title of a page, as far as it may be told: a page may greet a person by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Title(pub Option<String>);

impl Title {
    /// The title `text`, where what pages say is kept.
    pub(super) fn of(keeps: bool, text: &str) -> Self {
        Self(Some(text.to_owned()).filter(|text| keeps && !text.is_empty()))
    }
}

impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |title| write!(f, " titled \"{title}\""))
    }
}

/// What an ending says about the authorization request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A code or a token was sent out, wherever it went.
    Granted,
    /// The server refused: an error page, or an error for the app.
    Refused,
    /// Neither: it could not be tested, for this reason.
    Unclear(String),
}

impl Landing {
    /// A parameter that came back to the app.
    pub fn get(&self, name: &str) -> Option<&str> {
        match self {
            Self::Redirected { parameters, .. } => find(parameters, name),
            _ => None,
        }
    }

    /// The exchange that ended there.
    pub fn number(&self) -> u32 {
        match self {
            Self::Redirected { exchanges, .. } | Self::Elsewhere { exchanges, .. } => {
                exchanges.last().copied().unwrap_or(0)
            }
            Self::RefusedPage { number, .. } | Self::RefusedUser { number } | Self::CannotRead { number, .. } => {
                *number
            }
            Self::NoAnswer(none) => none.number,
        }
    }

    /// Why the ending says nothing about the server; `None` where the server has sent the browser somewhere or refused.
    pub fn unclear(&self) -> Option<String> {
        match self {
            Self::Redirected { .. } | Self::Elsewhere { .. } | Self::RefusedPage { .. } => None,
            Self::RefusedUser { .. } | Self::CannotRead { .. } | Self::NoAnswer(_) => {
                Some(format!("the sign-in was not played to its end: {self}"))
            }
        }
    }

    /// What it says about the authorization request.
    pub fn meaning(&self) -> Meaning {
        const GRANTS: [&str; 3] = ["code", "access_token", "id_token"];
        match self {
            Self::Redirected { parameters, .. } | Self::Elsewhere { parameters, .. } => {
                if GRANTS.iter().any(|name| find(parameters, name).is_some_and(|value| !value.is_empty())) {
                    Meaning::Granted
                } else if find(parameters, "error").is_some() {
                    Meaning::Refused
                } else {
                    Meaning::Unclear(format!("neither a code nor an error: {self}"))
                }
            }
            Self::RefusedPage { .. } => Meaning::Refused,
            Self::RefusedUser { .. } | Self::CannotRead { .. } | Self::NoAnswer(_) => {
                Meaning::Unclear(self.unclear().unwrap_or_default())
            }
        }
    }
}

fn find<'p>(parameters: &'p [(String, String)], name: &str) -> Option<&'p str> {
    parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// What may be said of it in a report.
impl fmt::Display for Landing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let carries = |f: &mut fmt::Formatter<'_>, parameters: &[(String, String)]| {
            let names: Vec<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
            match find(parameters, "error") {
                Some(error) => write!(f, " with error `{error}`"),
                None if names.is_empty() => write!(f, " without parameters"),
                None => write!(f, " with {}", names.join(", ")),
            }
        };
        match self {
            Self::Redirected { parameters, .. } => {
                write!(f, "a redirect to the app")?;
                carries(f, parameters)
            }
            Self::Elsewhere { url, parameters, .. } => {
                let mut place = url.clone();
                place.set_query(None);
                place.set_fragment(None);
                write!(f, "a redirect to {place}, where the app does not wait,")?;
                carries(f, parameters)
            }
            Self::RefusedPage { status, why, .. } => write!(f, "a page of the server (status {status}): {why}"),
            Self::RefusedUser { number: 0 } => {
                write!(f, "the server has refused the user's name or password before; they are sent only once")
            }
            Self::RefusedUser { .. } => write!(f, "the server refuses the user's name or password"),
            Self::CannotRead { status, why, .. } => write!(f, "status {status}: {why}"),
            Self::NoAnswer(none) => none.fmt(f),
        }
    }
}
