//! `[login]`: how users sign in.

use super::error::ConfigError;
use super::keys;
use super::load::{positive, required};
use super::model::Login;
use super::pages::{Act, Form, LoginStep, PagesBy, Person, With};
use super::section::{Section, Use};
use std::collections::BTreeMap;

pub(super) fn login(section: &Section<'_>) -> Result<Login, ConfigError> {
    #[derive(Clone, Copy)]
    enum Driver {
        None,
        Pages(PagesBy),
        Person,
        Supplied,
    }
    const WORDS: [(&str, Driver); 6] = [
        ("auto", Driver::Pages(PagesBy::Either)),
        ("form", Driver::Pages(PagesBy::Form)),
        ("browser", Driver::Pages(PagesBy::Browser)),
        ("person", Driver::Person),
        ("supplied", Driver::Supplied),
        ("none", Driver::None),
    ];
    let login = required(section, "login", keys::LOGIN)?;
    let list = |key| login.list(key).map(Option::unwrap_or_default);
    let mut extra = BTreeMap::new();
    if let Some(fields) = login.names("extra")? {
        for (name, _) in fields.entries() {
            extra.extend(fields.text(name)?.map(|value| (name.clone(), value.to_owned())));
        }
    }
    let driver = login.choice("driver", &WORDS)?.unwrap_or(Driver::Pages(PagesBy::Either));
    let form = Form {
        by: if let Driver::Pages(by) = driver { by } else { PagesBy::Form },
        webdriver_url: login.url("webdriver_url", Use::Request)?,
        page_timeout: positive(&login, "page_timeout")?,
        username_field: list("username_field")?,
        password_field: list("password_field")?,
        submit_text: list("submit_text")?,
        consent_approve: list("consent_approve")?,
        consent_deny: list("consent_deny")?,
        picker: list("picker")?,
        max_pages: login.number("max_pages", 1, 50)?.and_then(|pages| u8::try_from(pages).ok()).unwrap_or(8),
        extra,
        steps: steps(&login)?,
    };
    Ok(match driver {
        Driver::None => Login::None,
        Driver::Pages(_) => Login::Form(Box::new(form)),
        Driver::Person => Login::Person(Person {
            wait: positive(&login, "wait")?,
            open: login.flag("open")?.unwrap_or(false),
            each: login.choice("sign_ins", &[("shared", false), ("each", true)])?.unwrap_or(false),
        }),
        Driver::Supplied => Login::Supplied,
    })
}

/// `[[login.steps]]`, in order.
fn steps(login: &Section<'_>) -> Result<Vec<LoginStep>, ConfigError> {
    login.tables("steps", "step", keys::STEP)?.iter().map(step).collect()
}

fn step(section: &Section<'_>) -> Result<LoginStep, ConfigError> {
    let mut acts = Vec::new();
    for key in ["fill", "click", "choose", "wait_for"] {
        acts.extend(section.text(key)?.map(|what| (key, what)));
    }
    let [(key, what)] = acts.as_slice() else {
        let why = if acts.is_empty() { "nothing to do" } else { "more than one thing to do" };
        return Err(section.at.error(
            format!("`{}` has {why}", section.path),
            "a step is one of fill, click, choose and wait_for",
            "write one [[...steps]] for each, such as `click = \"Next\"`",
        ));
    };
    if let Some(css) = what.strip_prefix("css=")
        && scraper::Selector::parse(css).is_err()
        && let Some(entry) = section.entry(key)
    {
        return Err(section.wrong(key, &entry.node, "a CSS selector", "\"css=#user\""));
    }
    const WITH: [(&str, With); 4] =
        [("username", With::UserName), ("password", With::Password), ("code", With::Code), ("patient", With::Patient)];
    let act = match *key {
        "fill" => Act::Fill(
            match (
                section.choice("with", &[("username", 0_usize), ("password", 1), ("code", 2), ("patient", 3)])?,
                section.text("text")?,
            ) {
                (Some(at), None) => WITH[at].1.clone(),
                (None, Some(text)) => With::Text(text.to_owned()),
                _ => {
                    return Err(section.missing(
                        "with",
                        "add `with = \"username\"` (or password, code, patient), or `text = \"...\"`",
                    ));
                }
            },
        ),
        "click" => Act::Click,
        "choose" => Act::Choose(section.text("option")?.map(str::to_owned)),
        _ => Act::Wait,
    };
    Ok(LoginStep { what: (*what).to_owned(), act })
}
