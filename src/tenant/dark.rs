//! What a blackout makes of a request: which places are dark, and what is answered there.

use super::blackout::{Does, Place};
use super::reply;
use super::request::{Heard, first};
use super::state::Server;
use axum::body::Bytes;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

/// What a dark place answers in the place of everything; none where there is light.
pub(super) fn instead(server: &Server, path: &str, heard: &Heard) -> Option<Response> {
    server.blackouts.doing().find_map(|does| match does {
        Does::Answers { at, status, error, .. } if at.holds(path, heard) => {
            Some(at.answer(StatusCode::from_u16(*status).ok()?, error.as_deref()))
        }
        Does::BreaksOff(at) if at.holds(path, heard) => Some(broken_off()),
        _ => None,
    })
}

/// The answer as it leaves: a search may find nothing.
pub(super) async fn dimmed(server: &Server, path: &str, heard: &Heard, answer: Response) -> Response {
    if !server.blackouts.blind() || answer.status() != StatusCode::OK || !is_search(path) {
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
