//! Blackouts: everything of a kind refused, broken or hidden, so that nothing of that kind may pass a check.

use super::reply;
use super::request::{Heard, first};
use super::state::Server;
use axum::body::Bytes;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
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
enum Does {
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
enum Place {
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

/// What a dark place answers in the place of everything; none where there is light.
pub(super) fn instead(server: &Server, path: &str, heard: &Heard) -> Option<Response> {
    let blackouts = &server.blackouts;
    if blackouts.on.is_empty() {
        return None;
    }
    let before = blackouts.served.fetch_add(1, Ordering::Relaxed);
    blackouts.on.iter().find_map(|one| match &one.does {
        Does::Answers { at, status, error, after } if before >= *after && at.holds(path, heard) => {
            Some(at.answer(StatusCode::from_u16(*status).ok()?, error.as_deref()))
        }
        Does::BreaksOff(at) if at.holds(path, heard) => Some(broken_off()),
        _ => None,
    })
}

/// The answer as it leaves: a search may find nothing.
pub(super) async fn dimmed(server: &Server, path: &str, heard: &Heard, answer: Response) -> Response {
    let blind = server.blackouts.does(|does| matches!(does, Does::FindsNothing));
    if !blind || answer.status() != StatusCode::OK || !is_search(path) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let mut bundle: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if let Some(members) = bundle.as_object_mut() {
        members.shift_remove("entry");
        members.insert("total".to_owned(), json!(0));
        if let Some(links) = members.get_mut("link").and_then(Value::as_array_mut) {
            links.retain(|link| link["relation"] == "self");
        }
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    let body = if heard.method == Method::HEAD { String::new() } else { bundle.to_string() };
    Response::from_parts(parts, body.into())
}

/// An answer whose connection ends before it does.
pub(super) fn broken_off() -> Response {
    let broken = futures::stream::once(async { Err::<Bytes, _>(std::io::Error::other("the answer breaks off")) });
    Response::new(axum::body::Body::from_stream(broken))
}

const FHIR: &str = "/provider/patient-access/v2/";
const SECOND: &str = "meadow";

/// The path below the FHIR base of a tenant, without the SMART configuration.
fn below_base(path: &str) -> Option<&str> {
    let (_, rest) = path.strip_prefix(FHIR)?.split_once('/')?;
    (!rest.starts_with(".well-known/")).then_some(rest)
}

fn is_type(part: &str) -> bool {
    part.starts_with(|first: char| first.is_ascii_uppercase())
}

fn is_search(path: &str) -> bool {
    let parts: Vec<&str> = below_base(path).unwrap_or_default().trim_end_matches('/').split('/').collect();
    match parts.as_slice() {
        [of] | [of, "_search" | "$docref"] | ["Patient", _, of] | ["Patient", _, of, "_search"] => is_type(of),
        _ => false,
    }
}

impl Place {
    fn holds(self, path: &str, heard: &Heard) -> bool {
        let oauth = || path.strip_prefix("/auth/")?.split_once("/oauth2/v1/").map(|(_, rest)| rest);
        match self {
            Self::Everything => true,
            Self::Authorize => oauth() == Some("authorize"),
            Self::Token => oauth() == Some("token"),
            Self::Refresh => {
                let form = heard.form().unwrap_or_default();
                oauth() == Some("token") && first(&form, "grant_type") == Some("refresh_token")
            }
            Self::Revocation => oauth() == Some("revoke"),
            Self::Introspection => oauth() == Some("introspect"),
            Self::Keys => oauth() == Some("jwks"),
            Self::OpenidConfiguration => oauth() == Some(".well-known/openid-configuration"),
            Self::SmartConfiguration => path.ends_with("/.well-known/smart-configuration"),
            Self::Ehr => path.starts_with("/ehr/"),
            Self::Fhir => below_base(path).is_some(),
            Self::Read => below_base(path).is_some_and(|rest| is_type(rest) && rest.contains('/') && !is_search(path)),
            Self::SecondTenant => path.split('/').any(|part| part == SECOND),
        }
    }

    fn answer(self, status: StatusCode, error: Option<&str>) -> Response {
        let what = "this is not available";
        let mut answer = match self {
            Self::Fhir | Self::Read => {
                let code = if status == StatusCode::FORBIDDEN { "forbidden" } else { "transient" };
                let issue = json!([{ "severity": "error", "code": code, "diagnostics": what }]);
                reply::secret(status, &json!({ "resourceType": "OperationOutcome", "issue": issue }))
            }
            Self::Authorize | Self::Ehr => reply::page(status, "Not available", "<p>This is not available.</p>", None),
            _ => reply::json_error(status, error.unwrap_or("temporarily_unavailable"), what),
        };
        if matches!(self, Self::Fhir | Self::Read) {
            answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/fhir+json"));
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Options, serve};
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

    #[tokio::test]
    async fn what_is_dark_is_dark_and_the_rest_is_not() {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let cases = [
            ("blackout.authorize-429", "/auth/harbor/oauth2/v1/authorize", Some(429)),
            ("blackout.smart-configuration-503", &*format!("{FHIR}harbor/.well-known/smart-configuration"), Some(503)),
            ("blackout.fhir-403", &*format!("{FHIR}harbor/metadata"), Some(403)),
            ("blackout.keys-503", "/auth/harbor/oauth2/v1/jwks", Some(503)),
            ("blackout.second-tenant-503", "/auth/meadow/oauth2/v1/jwks", Some(503)),
            ("blackout.ehr-404", "/ehr/harbor", Some(404)),
            ("blackout.fhir-breaks-off", &*format!("{FHIR}harbor/metadata"), None),
        ];
        for (id, path, status) in cases {
            let serving = serve(Options { faults: vec![id.to_owned()], ..Options::default() }).await.unwrap();
            let answer = http.get(format!("{}{path}", serving.origin())).send().await;
            let whole = match answer {
                Ok(answer) => Some(answer.status().as_u16()).zip(answer.bytes().await.ok()),
                Err(_) => None,
            };
            assert_eq!(whole.map(|(status, _)| status), status, "{id}");
            let light = format!("{}/auth/harbor/oauth2/v1/.well-known/openid-configuration", serving.origin());
            assert_eq!(http.get(light).send().await.unwrap().status(), 200, "{id}");
        }
    }
}
