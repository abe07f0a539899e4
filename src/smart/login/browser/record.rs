//! A person shows how a sign-in is done, in a browser of ours: what they do becomes steps for the configuration.
//!
//! What they type is compared with what is known of the user, and is never written down.

use super::host::said;
use super::{GLANCE, Landing, Plan, Unread, Visit, set_out};
use crate::http::Door;
use crate::smart::trouble::Trouble;
use crate::target::{Act, Form, LoginStep, User, With};
use serde::Deserialize;
use std::time::{Duration, Instant};

const RECORD: &str = include_str!("record.js");
/// How long a person has for it.
const PATIENCE: Duration = Duration::from_secs(600);

/// One thing that was done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Deed {
    act: String,
    what: String,
    kind: String,
    autocomplete: String,
    text: String,
    value: String,
}

/// Looks on until the browser is back at the app.
///
/// # Errors
/// None: what stops it is told in the landing.
pub(in super::super) async fn record(rules: &Form, door: &Door, plan: Plan<'_>) -> Result<Landing, Trouble> {
    let browsers = std::sync::Arc::clone(&plan.browsers);
    let mut visit = match Visit::open(rules, door, plan, &browsers).await {
        Ok(visit) => visit,
        Err(landing) => return Ok(landing),
    };
    let landing = visit.taken_down().await;
    visit.close().await;
    Ok(landing)
}

impl Visit<'_> {
    async fn taken_down(&mut self) -> Landing {
        let driver = self.browser.driver.clone();
        // A page that cannot be loaded shows in what follows.
        drop(set_out(&driver, &self.plan).await);
        let began = Instant::now();
        loop {
            if let Ok(done) = driver.execute(RECORD, Vec::new()).await
                && let Ok(deeds) = done.convert::<Vec<Deed>>()
            {
                let steps = deeds.iter().filter_map(|deed| step(deed, self.plan.user, self.rules));
                steps.for_each(|step| self.plan.onlooker.take(step));
            }
            let back = driver.current_url().await.ok().and_then(|url| self.proxy.judge(&url));
            if let Some(arrived) = self.proxy.arrived().or(back) {
                return self.landed(arrived);
            }
            if began.elapsed() > PATIENCE {
                return self.unread(0, Unread::NobodyCame(PATIENCE));
            }
            // A window that the person closes ends it.
            if let Err(why) = driver.title().await {
                return self.unread(0, Unread::Browser(said(&why)));
            }
            tokio::time::sleep(GLANCE).await;
        }
    }
}

/// The step that does the same. Consent is left to be decided: checks refuse it, or a part of it.
fn step(deed: &Deed, user: &User, rules: &Form) -> Option<LoginStep> {
    let what = deed.what.clone();
    let is_consent = || {
        let own = what.to_lowercase();
        rules.consent_approve.iter().chain(&rules.consent_deny).any(|word| own == word.to_lowercase())
            || own.contains('/')
    };
    let act = match deed.act.as_str() {
        "fill" => Act::Fill(match deed.text.as_str() {
            text if !text.is_empty() && text == user.username => With::UserName,
            text if !text.is_empty() && Some(text) == user.patient.as_deref() => With::Patient,
            _ if deed.kind == "password" => With::Password,
            _ if deed.autocomplete == "one-time-code" => With::Code,
            _ => With::Text(String::new()),
        }),
        "choose" => {
            let own = [Some(deed.text.as_str()), Some(deed.value.as_str())].contains(&user.patient.as_deref());
            Act::Choose(Some(deed.text.clone()).filter(|text| !own && !text.is_empty()))
        }
        "click" if !is_consent() => Act::Click,
        _ => return None,
    };
    (!what.is_empty()).then_some(LoginStep { what, act })
}
