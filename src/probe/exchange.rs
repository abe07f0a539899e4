//! The exchange of a code with one thing changed.

use crate::smart::TokenRequest;

/// What another sign-in lends to the attack.
#[derive(Default)]
pub struct Other {
    /// Its `code_verifier`.
    pub verifier: Option<String>,
}

/// Changes `request` as `change` says; `false` when no such change is known. `challenge` is the S256 challenge sent.
pub fn alter(request: &mut TokenRequest, change: &str, challenge: &str, other: &Other) -> bool {
    match change {
        "another code_verifier" => {
            request.set("code_verifier", Some(&crate::smart::random_verifier()));
        }
        "no code_verifier" => request.set("code_verifier", None),
        "an empty code_verifier" => request.set("code_verifier", Some("")),
        "the code_challenge as code_verifier" => request.set("code_verifier", Some(challenge)),
        "the code_verifier in other case" => {
            let swapped: String = request.get("code_verifier").unwrap_or_default().chars().map(swap_case).collect();
            request.set("code_verifier", Some(&swapped));
        }
        "the code_verifier of another sign-in" => match &other.verifier {
            Some(verifier) => request.set("code_verifier", Some(verifier)),
            None => return false,
        },
        "an invented code" => request.set("code", Some("probity-invented-code-0000")),
        "a redirect_uri that is not its own" => {
            let own = request.get("redirect_uri").unwrap_or_default().to_owned();
            request.set("redirect_uri", Some(&format!("{}/elsewhere", own.trim_end_matches('/'))));
        }
        "no redirect_uri" => request.set("redirect_uri", None),
        "a wrong secret in the header" => {
            let id = take_client_id(request);
            request.basic = Some((id, WRONG_SECRET.to_owned()));
        }
        "a wrong secret in the body" => {
            let id = take_client_id(request);
            request.set("client_id", Some(&id));
            request.set("client_secret", Some(WRONG_SECRET));
        }
        "its client_id and no secret" => {
            let id = take_client_id(request);
            request.set("client_id", Some(&id));
        }
        "an empty secret" => {
            let id = take_client_id(request);
            request.basic = Some((id, String::new()));
        }
        "an unknown client_id" => match &mut request.basic {
            Some((id, _)) => "probity-unknown-client".clone_into(id),
            None => request.set("client_id", Some("probity-unknown-client")),
        },
        _ => return false,
    }
    true
}

const WRONG_SECRET: &str = "probity-wrong-secret-0000";

/// Removes the client's authentication and returns its id.
fn take_client_id(request: &mut TokenRequest) -> String {
    let in_body = request.get("client_id").map(str::to_owned);
    request.set("client_id", None);
    request.set("client_secret", None);
    let in_header = request.basic.take().map(|(id, _)| id);
    in_header.or(in_body).unwrap_or_default()
}

fn swap_case(c: char) -> char {
    if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
}
