//! How the pages of a sign-in are worked: words to look for, and steps where words are not enough.

use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// What plays the pages of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagesBy {
    /// Requests alone: it runs no scripts.
    Form,
    /// A browser.
    Browser,
    /// Requests where they are enough, else a browser.
    Either,
}

/// How to fill in the login, picker and consent pages of a server.
///
/// Lists hold candidates in the order in which they are tried; comparisons ignore case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// What plays the pages.
    pub by: PagesBy,
    /// A WebDriver server that runs already; one is started where none is named.
    pub webdriver_url: Option<Url>,
    /// How long a page in a browser may take to show what it asks for.
    pub page_timeout: Duration,
    /// Names or ids of the input for the user name.
    pub username_field: Vec<String>,
    /// Names or ids of the input for the password.
    pub password_field: Vec<String>,
    /// Texts or values of the button that logs in; any submit button of the form when none matches.
    pub submit_text: Vec<String>,
    /// Texts or values of the button that consents.
    pub consent_approve: Vec<String>,
    /// Texts or values of the button that refuses.
    pub consent_deny: Vec<String>,
    /// Names or ids of inputs for the id of the patient. Lists and radio buttons need no name.
    pub picker: Vec<String>,
    /// Pages between the authorize request and the redirect before giving up.
    pub max_pages: u8,
    /// Fixed values for further inputs, by name.
    pub extra: BTreeMap<String, String>,
    /// What to do where reading the pages is not enough.
    pub steps: Vec<LoginStep>,
}

/// One thing to do on a page of the sign-in: done once, when what it is about is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginStep {
    /// The accessible name, label, text, name or id of a control, or `css=` and a selector.
    pub what: String,
    /// What to do with it.
    pub act: Act,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Fills it in.
    Fill(With),
    /// Presses it.
    Click,
    /// Chooses it, or an option of it; the user's patient where none is named.
    Choose(Option<String>),
    /// Waits until it is there, be it only as text.
    Wait,
}

/// What a field is filled with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum With {
    /// The user's name.
    UserName,
    /// The user's password.
    Password,
    /// The code of the moment.
    Code,
    /// The user's patient.
    Patient,
    /// This text.
    Text(String),
}

/// How a person is asked to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// How long they have for one sign-in.
    pub wait: Duration,
    /// Whether the browser of this machine is opened for them.
    pub open: bool,
    /// Whether they are asked for each sign-in of a check of its own, not only for those that checks share.
    pub each: bool,
}
