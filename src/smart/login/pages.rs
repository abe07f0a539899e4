//! Sign-ins on the pages of the server: without a browser where that is enough, and in a browser where scripts make the pages.

use super::{Driver, Landing, Plan, Player, Playing, Unread, browser, form};
use crate::http::Door;
use crate::smart::trouble::Trouble;
use crate::target::{Form, PagesBy};

impl Driver for Form {
    fn player(&self) -> Result<&dyn Player, Trouble> {
        Ok(self)
    }
}

impl Player for Form {
    fn play<'p>(&'p self, door: &'p Door, plan: Plan<'p>) -> Playing<'p> {
        Box::pin(async move {
            match self.by {
                PagesBy::Browser if plan.consent.needs_jar(&plan.jar) => Ok(unread(Unread::OwnCookies)),
                _ if plan.onlooker.shows() => browser::record(self, door, plan).await,
                _ if plan.onlooker.watches => browser::play(self, door, plan).await,
                PagesBy::Form => form::play(self, door, plan).await,
                PagesBy::Browser => browser::play(self, door, plan).await,
                PagesBy::Either => either(self, door, plan).await,
            }
        })
    }
}

/// The first page that only a browser can work takes this sign-in and all later ones of the run there.
async fn either(rules: &Form, door: &Door, plan: Plan<'_>) -> Result<Landing, Trouble> {
    let needs_jar = plan.consent.needs_jar(&plan.jar);
    if plan.browsers.are_needed() {
        return if needs_jar { Ok(unread(Unread::OwnCookies)) } else { browser::play(rules, door, plan).await };
    }
    let landing = form::play(rules, door, plan.clone()).await?;
    let Landing::CannotRead { why: why @ (Unread::Script(_) | Unread::NoForm(_)), .. } = &landing else {
        return Ok(landing);
    };
    if needs_jar {
        return Ok(unread(Unread::OwnCookies));
    }
    // A page that scripts make may still refuse this one request: only one that is whole needs a browser from now on.
    if matches!(why, Unread::Script(_)) {
        plan.browsers.need();
    }
    browser::play(rules, door, plan).await
}

fn unread(why: Unread) -> Landing {
    Landing::CannotRead { status: 0, number: 0, why }
}
