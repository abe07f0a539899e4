//! Blackouts: everything of a kind refused, broken or hidden, so that nothing of that kind may pass a check.

use super::reply;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One way in which the reference target can refuse, break or hide everything of a kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blackout {
    /// Its name: `blackout.` and what is dark.
    pub id: String,
    /// What the server then does.
    pub what: String,
    does: Does,
    /// Patterns of the scenarios that may not pass: a dotted prefix of ids, in which `*` stands for any one part.
    pub darkens: Vec<String>,
    /// Patterns of those among them that may, because they need nothing of what is dark.
    #[serde(default)]
    pub spares: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Does {
    /// Answers every request to a place with this status; the requests before the first `after` are served.
    Answers {
        at: Place,
        status: u16,
        #[serde(default)]
        error: Option<String>,
        #[serde(default)]
        after: usize,
    },
    /// Ends the connection in the middle of every answer of a place.
    BreaksOff(Place),
    /// Finds nothing, whatever is searched for.
    FindsNothing,
    /// Shows a page that only a script can use.
    ShowsScript(Page),
    /// Leaves a member out of every token response.
    Withholds(Member),
    /// Has no client of this id.
    Forgets(String),
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Place {
    Everything,
    Authorize,
    Token,
    /// The token endpoint, for refresh tokens.
    Refresh,
    Revocation,
    Introspection,
    Keys,
    OpenidConfiguration,
    SmartConfiguration,
    Ehr,
    /// Everything below the FHIR base but the SMART configuration.
    Fhir,
    /// The resources below the FHIR base, by their ids.
    Read,
    /// All of the second tenant.
    SecondTenant,
}

/// A page of the authorization server.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Page {
    Login,
    Consent,
}

/// A member of a token response.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(super) enum Member {
    IdToken,
    RefreshToken,
}

impl Member {
    /// Every member that can be withheld.
    pub(super) const ALL: [Self; 2] = [Self::IdToken, Self::RefreshToken];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::IdToken => "id_token",
            Self::RefreshToken => "refresh_token",
        }
    }
}

const TEXT: &str = include_str!("faults/blackouts.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    /// Patterns that several blackouts name together, as `group:NAME`.
    groups: BTreeMap<String, Vec<String>>,
    blackout: Vec<Blackout>,
}

static CATALOGUE: LazyLock<Vec<Blackout>> = LazyLock::new(|| {
    let Ok(Catalogue { groups, mut blackout }) = toml::from_str(TEXT) else { return Vec::new() };
    let spelt_out = |patterns: &mut Vec<String>| {
        let each = patterns.drain(..).flat_map(|pattern| match pattern.strip_prefix("group:") {
            Some(name) => groups.get(name).cloned().unwrap_or_default(),
            None => vec![pattern],
        });
        *patterns = each.collect();
    };
    for one in &mut blackout {
        spelt_out(&mut one.darkens);
        spelt_out(&mut one.spares);
    }
    blackout
});

/// Every blackout the reference target can be given.
pub fn catalogue() -> &'static [Blackout] {
    &CATALOGUE
}

impl Blackout {
    /// The patterns of what it darkens and spares.
    pub fn patterns(&self) -> impl Iterator<Item = &str> {
        self.darkens.iter().chain(&self.spares).map(String::as_str)
    }

    /// Whether the server is sound at first.
    pub fn comes_later(&self) -> bool {
        matches!(self.does, Does::Answers { after, .. } if after > 0)
    }

    /// Whether the scenario called `id` may not pass.
    pub fn covers(&self, id: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(id, pattern));
        any(&self.darkens) && !any(&self.spares)
    }
}

/// Whether the scenario called `id` is one that the pattern of a blackout names.
pub fn matches(id: &str, pattern: &str) -> bool {
    let mut parts = id.split('.');
    pattern.split('.').all(|wanted| parts.next().is_some_and(|part| wanted == "*" || wanted == part))
}

/// The blackouts that are switched on.
#[derive(Debug, Default)]
pub(super) struct Blackouts {
    on: Vec<&'static Blackout>,
    /// Requests answered so far, of all places.
    served: AtomicUsize,
}

impl Blackouts {
    /// Switches on those of `ids` that are blackouts; the others are given back.
    pub(super) fn switch_on(ids: &[String]) -> (Self, Vec<String>) {
        let (dark, rest) =
            ids.iter().cloned().partition::<Vec<String>, _>(|id| catalogue().iter().any(|one| one.id == *id));
        let on = catalogue().iter().filter(|one| dark.contains(&one.id)).collect();
        (Self { on, served: AtomicUsize::new(0) }, rest)
    }

    /// What is done to one more request; nothing that begins only later.
    pub(super) fn doing(&self) -> impl Iterator<Item = &'static Does> {
        let before = if self.on.is_empty() { 0 } else { self.served.fetch_add(1, Ordering::Relaxed) };
        let begun = move |does: &&Does| !matches!(does, Does::Answers { after, .. } if before < *after);
        self.on.iter().map(|one| &one.does).filter(begun)
    }

    /// Whether every search finds nothing.
    pub(super) fn blind(&self) -> bool {
        self.does(|does| matches!(does, Does::FindsNothing))
    }

    fn does(&self, holds: impl Fn(&Does) -> bool) -> bool {
        self.on.iter().any(|one| holds(&one.does))
    }

    /// Whether the client called `id` is not registered.
    pub(super) fn forget(&self, id: &str) -> bool {
        self.does(|does| matches!(does, Does::Forgets(own) if own == id))
    }

    /// Whether token responses lack the member.
    pub(super) fn withhold(&self, member: Member) -> bool {
        self.does(|does| matches!(does, Does::Withholds(own) if *own == member))
    }

    /// The page that stands in the place of `page`.
    pub(super) fn script(&self, page: Page) -> Option<Response> {
        let on = self.does(|does| matches!(does, Does::ShowsScript(own) if *own == page));
        on.then(|| {
            let body = "<div id=\"app\"></div><noscript>Please switch on JavaScript.</noscript>\
                        <script src=\"/app.js\" defer></script>";
            reply::page(StatusCode::OK, "Loading", body, None)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_can_be_read_and_spells_out_its_groups() {
        let read: Catalogue = toml::from_str(TEXT).unwrap();
        assert_eq!(read.blackout.len(), catalogue().len());
        for one in catalogue() {
            assert!(one.id.starts_with("blackout.") && !one.what.is_empty(), "{}", one.id);
            for pattern in one.darkens.iter().chain(&one.spares) {
                assert!(!pattern.contains(':'), "{}: there is no {pattern}", one.id);
            }
        }
    }

    #[test]
    fn a_pattern_is_a_prefix_in_whole_parts() {
        assert!(matches("us-core.patient.read", "us-core.*.read") && matches("refresh.unknown", "refresh"));
        assert!(matches("a.b", "*") && !matches("refreshed.unknown", "refresh") && !matches("a", "a.b"));
    }
}
